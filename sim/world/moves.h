/* People who make, join and leave rooms. Each draws all of its parameters first; false: there is nothing to do. */
#ifndef HUBBUB_SIM_WORLD_MOVES_H
#define HUBBUB_SIM_WORLD_MOVES_H

#include "sim/world/core.h"

/* Under a name of its own, or one that others want too; open or not; with people whom its person knows, mostly. */
bool world_create(struct world *world, uint32_t client, struct rng *rng);
/* Any room that there is, of those that were made last more often. */
bool world_join(struct world *world, uint32_t client, struct rng *rng);
/* One that its person is in from the start, or any; and often joined again at once, by another device too. */
bool world_leave(struct world *world, uint32_t client, struct rng *rng);

#endif
