/* What arrives over a stream between a node and Redis, at either end. */
#ifndef HUBBUB_SIM_WORLD_LINK_ARRIVALS_H
#define HUBBUB_SIM_WORLD_LINK_ARRIVALS_H

#include "sim/world/core.h"

void world_redis_event(struct world *world, const struct sched_event *event);
/* Bytes of a client of Redis, whichever; what Redis writes goes out on the nodes' streams, what it writes to
 * somebody else nowhere. */
void world_redis_feed(struct world *world, uint64_t client, const char *bytes, size_t bytes_len);

#endif
