/* A plan executed to an instant, to look around there.
 *
 *   from_us ------ traced ------ until_us -- shown -- steps ...
 *
 * It is the very run: whoever looks changes nothing. What the judge finds on the way is told where it is found. */
#ifndef HUBBUB_SIM_LOOK_LOOK_H
#define HUBBUB_SIM_LOOK_LOOK_H

#include "sim/look/lens.h"
#include "sim/look/show.h"

struct look_wish {
    const struct lens *lens; /* of whom there is a line; NULL: nobody, and everybody of the steps */
    int64_t from_us;         /* no lines before this */
    int64_t until_us;        /* what happens at this instant is executed; INT64_MAX: to the end */
    uint64_t until_event;    /* or after so many events, if that comes first; 0: not asked for */
    uint32_t steps;          /* so many events are told after that, a line each */
    const struct show_wish *shows;
    uint32_t shows_len;
    /* Takes whole lines, which are dropped afterwards. */
    void (*tell)(void *user, const struct buf *lines);
    void *user;
};

void look(const struct plan *plan, const struct look_wish *wish);

#endif
