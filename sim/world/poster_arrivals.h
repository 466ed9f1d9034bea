/* Requests of posters that arrive at nodes, and their answers. */
#ifndef HUBBUB_SIM_WORLD_POSTER_ARRIVALS_H
#define HUBBUB_SIM_WORLD_POSTER_ARRIVALS_H

#include "sim/world/core.h"

void world_poster_event(struct world *world, const struct sched_event *event);

#endif
