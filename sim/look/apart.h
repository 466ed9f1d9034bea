/* Where two runs part: the first event after which they are not one any more.
 *
 *     one    ----+----------------> ...
 *                | event 4711: what only one has, what only the other
 *     other  ----+----------------> ...
 *
 * Found by both worlds in lockstep, their hashes compared after every event. */
#ifndef HUBBUB_SIM_LOOK_APART_H
#define HUBBUB_SIM_LOOK_APART_H

#include "server/base/mem.h"
#include "sim/plan/plan.h"

#define APART_BEFORE 8  /* events that are told before it */
#define APART_AFTER  12 /* and with it and after it, of each */

struct apart {
    bool parted;
    uint64_t
        event; /* the first that differs, or after which one run is over; 0: they began differently */
    int64_t at_us;
    struct buf before;   /* what happened last in both, a line each; owned */
    struct buf after[2]; /* from that event on in each; owned */
};

void apart_find(const struct plan *one, const struct plan *other, struct apart *ret);
void apart_deinit(struct apart *apart);

#endif
