/* Tokens: whoever issues them, which each device has, and what comes with a frame or a request.
 *
 * Where a plan lets them end, a device asks for another one; an issuer is not always right: now and then it gives the
 * one that it gave last, or before that, or, while there is a session to refuse it, another person's. */
#ifndef HUBBUB_SIM_WORLD_TOKENS_H
#define HUBBUB_SIM_WORLD_TOKENS_H

#include "sim/world/core.h"

struct edge_place;

/* That a device has from the start; it stays until the world ends. */
struct text world_token_first(struct world *world, uint32_t client);
void world_tokens_deinit(struct world *world);

void world_token_wanted(struct world *world, uint32_t client); /* EV_TOKEN brings it */
void world_token_renew(struct world *world, uint32_t client);  /* at once */
/* What EV_TOKEN brings now. */
const struct world_token *world_token_issued(struct world *world, uint32_t client, bool session);

/* Tells of the token of a hello or refresh. False: it is not good, by the node's wall. */
bool world_token_comes(struct world *world, const struct edge_place *place,
                       const struct frame *frame);
/* Of a request; tells of it. */
struct text world_token_posted(struct world *world, uint32_t client, uint16_t node);

#endif
