/* A set of numbers that are mostly neighbours, such as what a device has shown of a room: spans of
 * them. When there are too many spans the lowest are forgotten, and what is below `floor` is unknown. */
#ifndef HUBBUB_SIM_OUTSIDE_SPANS_H
#define HUBBUB_SIM_OUTSIDE_SPANS_H

#include "server/base/base.h"

#define SPANS_MAX 4096 /* a device that misses every other message of this many twice over */

struct span {
    uint64_t from, to; /* both in it */
};

struct spans { /* all zero is an empty one */
    struct span *items;
    uint32_t len, cap;
    uint64_t floor;
};

bool spans_has(const struct spans *spans, uint64_t number);
void spans_add(struct spans *spans, uint64_t number);
void spans_clear(struct spans *spans); /* keeps the memory */
void spans_deinit(struct spans *spans);

#endif
