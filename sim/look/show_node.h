/* A node: its clock, connections, rooms, jobs and parameters. */
#ifndef HUBBUB_SIM_LOOK_SHOW_NODE_H
#define HUBBUB_SIM_LOOK_SHOW_NODE_H

#include "sim/world/core.h"

void show_node(const struct world *world, uint32_t number, struct buf *out);

#endif
