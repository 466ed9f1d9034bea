/* A room: its log, where nodes are in it, and how far its members were shown it. */
#ifndef HUBBUB_SIM_LOOK_SHOW_ROOM_H
#define HUBBUB_SIM_LOOK_SHOW_ROOM_H

#include "sim/world/core.h"

struct client_room;
struct room;

void show_room(const struct world *world, uint32_t number, struct buf *out);
/* "shown up to 42, holds 2, a marker for 30 to 33" */
void words_place(struct buf *out, const struct client_room *room);
/* Where a node is in a room: "live, applied 42 of 44, holds 1, being repaired, 3 connections" */
void words_room_at_node(struct buf *out, const struct room *room);

#endif
