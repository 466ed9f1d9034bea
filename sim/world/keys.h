/* People who type: a key after the other in a room's field, or in the one to a person, until it is sent, emptied or left
 * as it is. */
#ifndef HUBBUB_SIM_WORLD_KEYS_H
#define HUBBUB_SIM_WORLD_KEYS_H

#include "sim/world/core.h"

/* False: they type already, are not there, or have nowhere to. */
bool world_keys_begin(struct world *world, uint32_t index, struct rng *rng);
/* The same to another user, who may have no room with them yet. */
bool world_keys_begin_to(struct world *world, uint32_t index, uint32_t user, struct rng *rng);
void world_keys_next(struct world *world, uint32_t index); /* EV_KEY */
void world_keys_reseed(struct world *world, uint64_t seed);
void world_keys_deinit(struct world *world);

#endif
