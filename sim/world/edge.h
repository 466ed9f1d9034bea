/* A node's edge: what reaches it and what leaves it, told to whoever judges.
 *
 * A frame that leaves is looked at once, however many it goes to (struct leaving). An entry that is the
 * next of the room that its connection was sent last costs two comparisons and an increment; only what
 * does not follow is told, and the first of each stream. When a run is recorded all are told. */
#ifndef HUBBUB_SIM_WORLD_EDGE_H
#define HUBBUB_SIM_WORLD_EDGE_H

#include "sim/world/core.h"

/* The frame that leaves now; one step of a node has one, so that no wire is taken for another that stood
 * at the same address. */
struct leaving {
    const struct wire *wire; /* NULL: none yet */
    const struct frame *frame;
    uint32_t room, seq; /* of an entry; else of no stream */
};
void world_edge_look(struct world *world, struct wire *wire, struct leaving *ret);
void world_edge_tell(struct world *world, uint32_t slot, const struct leaving *leaving);

/* Everything that a node sends on a connection. */
static inline void world_edge_leaves(struct world *world, uint32_t slot, struct wire *wire,
                                     struct leaving *leaving)
{
    struct world_conn *conn = &world->conns[slot];

    if (leaving->wire != wire) {
        world_edge_look(world, wire, leaving);
    }
    if (conn->stream_room == leaving->room && conn->stream_next == leaving->seq &&
        !world->recording) {
        conn->stream_next++;
    } else {
        world_edge_tell(world, slot, leaving);
    }
}

void world_edge_arrives(struct world *world, uint32_t slot);
void world_edge_hears(struct world *world, uint32_t slot, struct wire *wire);
void world_edge_ends(struct world *world, uint32_t slot);
void world_edge_hangs_up(struct world *world, uint64_t conn_id, uint32_t code);
/* What a node writes to Redis: of it, the heads that it announces. */
void world_edge_writes(struct world *world, uint16_t node, const char *bytes, size_t bytes_len);
/* OBS_READY, OBS_DRAIN. */
void world_edge_node(struct world *world, enum obs_kind kind, uint16_t node, int64_t value);

#endif
