/* Transactions that arrive at the database, and answers at their nodes. */
#ifndef HUBBUB_SIM_WORLD_DATABASE_ARRIVALS_H
#define HUBBUB_SIM_WORLD_DATABASE_ARRIVALS_H

#include "sim/world/core.h"

void world_db_event(struct world *world, const struct sched_event *event);

#endif
