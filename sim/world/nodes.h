/* Nodes in the world: their effects, start, crash and drain. */
#ifndef HUBBUB_SIM_WORLD_NODES_H
#define HUBBUB_SIM_WORLD_NODES_H

#include "sim/world/core.h"

void world_nodes_init(struct world *world);
void world_node_start(struct world *world, uint16_t index);
void world_node_crash(struct world *world, uint16_t index);
/* Steps a live node with `event` (its instants are filled in) and carries out its effects. */
void world_node_event(struct world *world, uint16_t index, struct node_event *event);
void world_node_wake(struct world *world, uint16_t index);
/* It does something again: also what its timer asked for meanwhile. */
void world_node_goes_on(struct world *world, uint16_t index);
/* Asks a live node to go: it ends by itself when nothing is under way any more. */
void world_node_drain(struct world *world, uint16_t index);

#endif
