/* What arrives over a connection: at the load balancer, at a node, at a client. */
#ifndef HUBBUB_SIM_WORLD_CONN_ARRIVALS_H
#define HUBBUB_SIM_WORLD_CONN_ARRIVALS_H

#include "sim/world/core.h"

void world_net_event(struct world *world, const struct sched_event *event);
/* The connection is reset in the middle: both sides are told, what is on its way is lost. */
void world_net_reset(struct world *world, uint32_t slot);

#endif
