/* What became of things on their way, told to who records: publications, and frames that never arrive. */
#ifndef HUBBUB_SIM_WORLD_ASIDE_H
#define HUBBUB_SIM_WORLD_ASIDE_H

#include "sim/world/core.h"

/* Of every publication among the bytes that `node` writes to Redis, or that come to it from there.
 * `up`: the first. */
void world_aside_bus(struct world *world, enum aside_kind kind, uint16_t node, bool up,
                     const char *bytes, size_t bytes_len);
/* A frame does not arrive at the other end of its connection. `up`: towards the node. NULL: none is said. */
void world_aside_frame_lost(struct world *world, const struct world_conn *conn, bool up,
                            struct wire *wire);
/* What a fault does, in words. */
void world_aside_fault(struct world *world, const struct plan_fault *fault);

#endif
