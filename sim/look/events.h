/* An event of the world in words, before it happens. */
#ifndef HUBBUB_SIM_LOOK_EVENTS_H
#define HUBBUB_SIM_LOOK_EVENTS_H

#include "sim/world/core.h"

struct concerned { /* whose event it is; OBS_NONE: none of that kind */
    uint32_t node, device;
};

/* Appends "n2 <- d17        frame: send r3 ..." without a newline. */
struct concerned words_event(struct buf *out, const struct world *world,
                             const struct sched_event *event);
/* Appends "n2 <- d17", padded: what goes to whom. */
void words_way(struct buf *out, const char *format, ...) HB_PRINTF(2, 3);

#endif
