/* What arrives over a stream between a node and Redis, at either end. */
#ifndef HUBBUB_SIM_WORLD_LINK_ARRIVALS_H
#define HUBBUB_SIM_WORLD_LINK_ARRIVALS_H

#include "sim/world/core.h"

void world_redis_event(struct world *world, const struct sched_event *event);

#endif
