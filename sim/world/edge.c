/* See edge.h. */
#include "sim/world/edge.h"

#include "sim/witness/edge.h"
#include "sim/world/announced.h"
#include "sim/world/clocks.h"
#include "sim/world/conns.h"
#include "sim/world/database.h"
#include "sim/world/tokens.h"

#define NO_STREAM (OBS_NONE - 1) /* no connection's room */

static struct edge_place place_of(const struct world *world, uint32_t slot)
{
    const struct world_conn *conn = &world->conns[slot];

    return (struct edge_place){.at_us = world_now(world),
                               .clock_us = world_node_mono(world, &world->nodes[conn->node]).us,
                               .epoch = WORLD_DB_EPOCH,
                               .device = conn->client,
                               .conn = conn->client_conn,
                               .node = conn->node};
}

/* --- What leaves ---------------------------------------------------------------------------- */

void world_edge_look(struct world *world, struct wire *wire, struct leaving *ret)
{
    *ret = (struct leaving){.wire = wire, .room = NO_STREAM};
    if (wire_decode(wire, &ret->frame, NULL) != HB_OK) {
        ret->frame = NULL;
        return;
    }
    const enum frame_type type = ret->frame->type;
    if ((type == FRAME_MESSAGE || type == FRAME_ROOM_EVENT) && ret->frame->entry.seq < OBS_NONE) {
        ret->room = world_room_number(world, ret->frame->entry.room_id);
        ret->seq = (uint32_t)ret->frame->entry.seq;
    }
}

/* The stream of a room is not followed any further than here without being told. */
static void stream_end(struct world *world, struct world_conn *conn, const struct edge_place *place)
{
    if (conn->stream_room != OBS_NONE && !world->recording) {
        witness_edge_sent(world->witness, place, conn->stream_room, conn->stream_next - 1, true,
                          &world->seen);
    }
    conn->stream_room = OBS_NONE;
}

static void tell_entry(struct world *world, struct world_conn *conn, const struct edge_place *place,
                       const struct leaving *leaving)
{
    const bool same = conn->stream_room == leaving->room;
    const bool message = leaving->frame->type == FRAME_MESSAGE;
    const uint32_t next = leaving->seq + 1;
    const uint32_t before = same ? conn->stream_next : 0;

    if (same) {
        stream_end(world, conn, place);
    }
    witness_edge_sent(world->witness, place, leaving->room, leaving->seq, false, &world->seen);
    /* A join or leave may be of this user: what comes behind it is told again. */
    if (conn->stream_room == OBS_NONE && message) {
        conn->stream_room = leaving->room;
        conn->stream_next = next > before ? next : before;
    }
}

void world_edge_tell(struct world *world, uint32_t slot, const struct leaving *leaving)
{
    struct world_conn *conn = &world->conns[slot];
    const struct edge_place place = place_of(world, slot);

    if (leaving->frame == NULL) {
        return;
    }
    if (leaving->room != NO_STREAM) {
        tell_entry(world, conn, &place, leaving);
    } else {
        if (leaving->frame->type == FRAME_WELCOME) {
            stream_end(world, conn, &place);
        }
        witness_edge_said(world->witness, &place, leaving->frame, &world->seen);
    }
    world_tell_edge(world);
}

void world_edge_hangs_up(struct world *world, uint64_t conn_id, uint32_t code)
{
    uint32_t slot;

    if (!world_conn_find(world, conn_id, &slot) || !world->conns[slot].node_open) {
        return;
    }
    const struct edge_place place = place_of(world, slot);
    witness_edge_moment(world->witness, OBS_HANGUP, &place, code, &world->seen);
    world_tell_edge(world);
}

void world_edge_writes(struct world *world, uint16_t node, const char *bytes, size_t bytes_len)
{
    struct announced_walk walk = announced_begin(bytes, bytes_len);
    struct obs obs = OBS(OBS_ANNOUNCED, world_now(world));
    int64_t key;

    obs.node = node;
    while (announced_next(&walk, &key, &obs.seq)) {
        obs.room = world_db_room(world, key);
        if (obs.room != OBS_NONE) {
            world_observe_edge(world, &obs);
        }
    }
}

/* --- What reaches it ------------------------------------------------------------------------ */

void world_edge_arrives(struct world *world, uint32_t slot)
{
    const struct edge_place place = place_of(world, slot);

    witness_edge_moment(world->witness, OBS_ARRIVED, &place, 0, &world->seen);
    world_tell_edge(world);
}

void world_edge_ends(struct world *world, uint32_t slot)
{
    const struct edge_place place = place_of(world, slot);

    witness_edge_moment(world->witness, OBS_GONE, &place, 0, &world->seen);
    world_tell_edge(world);
}

void world_edge_hears(struct world *world, uint32_t slot, struct wire *wire)
{
    const struct edge_place place = place_of(world, slot);
    const struct frame *frame = NULL;

    if (wire_decode(wire, &frame, NULL) != HB_OK) {
        frame = NULL;
    }
    const bool good = frame == NULL || world_token_comes(world, &place, frame);
    witness_edge_heard(world->witness, &place, frame, good, &world->seen);
    world_tell_edge(world);
}

void world_edge_node(struct world *world, enum obs_kind kind, uint16_t node, int64_t value)
{
    struct obs obs = OBS(kind, world_now(world));

    HB_ASSERT(kind == OBS_READY || kind == OBS_DRAIN);
    obs.node = node;
    obs.value = value;
    world_observe_edge(world, &obs);
}
