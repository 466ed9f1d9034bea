/* The load balancer: each user to one node of those that are ready. */
#ifndef HUBBUB_SIM_WORLD_BALANCER_H
#define HUBBUB_SIM_WORLD_BALANCER_H

#include "sim/world/core.h"

void world_balancer_init(struct world *world); /* the nodes have their names */
/* The node that `user_key` is given; false: none is ready. */
bool world_route(const struct world *world, uint64_t user_key, uint16_t *ret);

#endif
