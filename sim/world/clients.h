/* Users, their rooms and their devices: virtual clients whose effects become frames and observations. */
#ifndef HUBBUB_SIM_WORLD_CLIENTS_H
#define HUBBUB_SIM_WORLD_CLIENTS_H

#include "sim/world/core.h"

/* Users, rooms and clients as the plan says: nothing is scheduled yet. */
void world_clients_init(struct world *world);
void world_clients_deinit(struct world *world);
void world_client_event(struct world *world, uint32_t index, struct client_event *event);
void world_client_frame(struct world *world, const struct world_conn *conn, struct wire *wire);
void world_client_wake(struct world *world, uint32_t index);
/* False: it is closed, or was never opened, or they write by HTTP alone: nobody sees them there. */
bool world_client_in_use(const struct world *world, uint32_t client);
bool world_clients_at_rest(const struct world *world);

#endif
