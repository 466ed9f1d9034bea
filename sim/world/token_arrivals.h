/* A token that a client asked for arrives; an operator revokes one, or all of a person. */
#ifndef HUBBUB_SIM_WORLD_TOKEN_ARRIVALS_H
#define HUBBUB_SIM_WORLD_TOKEN_ARRIVALS_H

#include "sim/world/core.h"

void world_token_give(struct world *world, uint32_t client);

/* Asks a node, any that is up, to revoke the person of this client, or the token that it was given last. False: none
 * is. */
bool world_revoke_begin(struct world *world, uint32_t client, struct rng *rng);
void world_revoke(struct world *world, const struct sched_event *event); /* EV_REVOKE */

#endif
