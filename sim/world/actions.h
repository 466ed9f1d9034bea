/* What people do: they open the app, write, close it, lose their connection. From the plan's generators. */
#ifndef HUBBUB_SIM_WORLD_ACTIONS_H
#define HUBBUB_SIM_WORLD_ACTIONS_H

#include "sim/world/core.h"

/* Everyone's first start and first actions. */
void world_actions_init(struct world *world);
void world_client_action(struct world *world, const struct sched_event *event);
void world_client_away_end(struct world *world, const struct sched_event *event);
void world_client_start(struct world *world, uint32_t index);

#endif
