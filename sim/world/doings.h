/* What people do, and what is done for and to them: each event of it to its file. */
#ifndef HUBBUB_SIM_WORLD_DOINGS_H
#define HUBBUB_SIM_WORLD_DOINGS_H

#include "sim/world/core.h"

void world_doing(struct world *world, const struct sched_event *event);

#endif
