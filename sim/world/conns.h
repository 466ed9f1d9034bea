/* Connections between clients and nodes, and what leaves either end: ordered frames, with latency,
 * cut or silent in one direction. What arrives: conn_arrivals.h. */
#ifndef HUBBUB_SIM_WORLD_CONNS_H
#define HUBBUB_SIM_WORLD_CONNS_H

#include "sim/world/core.h"

uint64_t world_conn_id(const struct world *world, uint32_t slot);
bool world_conn_find(const struct world *world, uint64_t conn_id, uint32_t *ret_slot);
void world_conn_ahead(const struct world *world, uint64_t conn_id); /* fetches what a send needs */

void world_net_connect(struct world *world, uint32_t client, uint32_t client_conn);
/* Schedules what leaves one end for the other; takes the wire's reference. */
void world_net_push_up(struct world *world, uint32_t slot, enum ev_kind kind, struct wire *wire);
void world_net_push_down(struct world *world, uint32_t slot, enum ev_kind kind, uint16_t code,
                         struct wire *wire);
/* A frame from either side; takes the wire's reference. */
void world_net_send_up(struct world *world, uint32_t slot, struct wire *wire);
void world_net_close_by_client(struct world *world, uint32_t slot);
void world_net_close_by_node(struct world *world, uint64_t conn_id, uint32_t code);
void world_net_node_down(struct world *world, uint16_t node);
/* The client's end is gone: it gets nothing more. */
void world_conn_client_end(struct world *world, uint32_t slot);
/* Frees the slot when both ends are gone. */
void world_conn_done(struct world *world, uint32_t slot);
/* No half-open connection is left, at either end. */
bool world_conns_at_rest(const struct world *world);

#endif
