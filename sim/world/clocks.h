/* Each node's own time: skewed, drifting, jumping. */
#ifndef HUBBUB_SIM_WORLD_CLOCKS_H
#define HUBBUB_SIM_WORLD_CLOCKS_H

#include "sim/world/core.h"

/* The node's own count of microseconds at a true instant: drifts, never jumps. */
int64_t world_node_local_us(const struct world_node *node, int64_t true_us);
struct mono world_node_mono(const struct world *world, const struct world_node *node);
int64_t world_node_wall_ms(const struct world *world, uint16_t index);
/* The first true instant, from now on, at which the node's monotonic clock shows `at` or more. */
int64_t world_node_true_us(const struct world *world, const struct world_node *node,
                           struct mono at);
void world_node_set_clock(struct world *world, uint16_t index, int64_t ppm, int64_t offset_ms);

#endif
