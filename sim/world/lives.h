/* Which process has a node's name, told as the database comes to know it. */
#ifndef HUBBUB_SIM_WORLD_LIVES_H
#define HUBBUB_SIM_WORLD_LIVES_H

#include "sim/world/core.h"

/* A transaction of `node`, then under the name of node `as`, was committed. `orphan`: its process is over. If it
 * registers a life, others of that name have lost it. */
void world_lives_committed(struct world *world, uint16_t node, uint16_t as, bool orphan,
                           const struct db_tx *tx);

#endif
