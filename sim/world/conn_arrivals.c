/* See conn_arrivals.h. */
#include "sim/world/conn_arrivals.h"

#include "server/protocol/id.h"
#include "sim/world/aside.h"
#include "sim/world/balancer.h"
#include "sim/world/clients.h"
#include "sim/world/clocks.h"
#include "sim/world/conns.h"
#include "sim/world/edge.h"
#include "sim/world/nodes.h"

static struct world_conn *conn_of_event(struct world *world, const struct sched_event *event)
{
    struct world_conn *conn = &world->conns[event->slot];
    return conn->used && conn->generation == event->generation ? conn : NULL;
}

static void tell_client_closed(struct world *world, uint32_t slot, uint32_t code)
{
    struct world_conn *conn = &world->conns[slot];
    const uint32_t client = conn->client;
    struct client_event event = {.kind = CLIENT_CLOSED};
    event.conn.conn = conn->client_conn;
    event.conn.close_code = code;
    world_conn_client_end(world, slot);
    world_conn_done(world, slot);
    world_client_event(world, client, &event);
}

static void tell_node_closed(struct world *world, uint32_t slot)
{
    struct world_conn *conn = &world->conns[slot];
    const uint16_t node = conn->node;
    struct node_event event = {.kind = NODE_CONN_CLOSED};
    event.conn.conn.v = world_conn_id(world, slot);
    conn->node_open = false;
    world_edge_ends(world, slot);
    world_conn_done(world, slot);
    if (world->nodes[node].node != NULL) {
        world_node_event(world, node, &event);
    }
}

void world_net_reset(struct world *world, uint32_t slot)
{
    const uint32_t generation = world->conns[slot].generation;
    if (world->conns[slot].node_open) {
        world_net_push_up(world, slot, EV_CLOSE_UP, NULL);
    }
    if (world->conns[slot].client_open) {
        tell_client_closed(world, slot, CLOSE_ABNORMAL);
    }
    HB_ASSERT(world->conns[slot].generation >= generation);
}

/* A connection attempt reaches the load balancer. */
static void on_connect(struct world *world, uint32_t slot)
{
    struct world_conn *conn = &world->conns[slot];
    if (!conn->client_open) {
        world_conn_done(world, slot);
        return;
    }
    uint16_t node;
    if (!world_route(world, world->clients[conn->client].user->key, &node)) {
        world_net_push_down(world, slot, EV_REFUSED, 0, NULL);
        return;
    }
    conn->node = node;
    conn->node_open = true;
    world_edge_arrives(world, slot);
    world_net_push_down(world, slot, EV_CONNECTED, 0, NULL);
    struct node_event event = {.kind = NODE_CONN_OPEN};
    event.conn.conn.v = world_conn_id(world, slot);
    world_node_event(world, node, &event);
}

static void on_connected(struct world *world, uint32_t slot)
{
    struct world_conn *conn = &world->conns[slot];
    if (!conn->client_open) {
        return;
    }
    conn->observed = true;
    witness_connected(world->witness, conn->client, conn->client_conn, conn->node, world_now(world),
                      &world->seen);
    world_tell(world);
    struct client_event event = {.kind = CLIENT_CONNECTED};
    event.conn.conn = conn->client_conn;
    world_client_event(world, conn->client, &event);
}

/* What comes with a stamp: the node's clock as it is when it looks at it. */
static void observe_came(struct world *world, const struct world_conn *conn, struct wire *wire)
{
    const struct frame *frame;

    if (wire_decode(wire, &frame, NULL) != HB_OK ||
        (frame->type != FRAME_SEND && frame->type != FRAME_HELLO)) {
        return;
    }
    struct obs obs = world_obs_of_device(world, OBS_CAME, conn->client);
    obs.node = conn->node;
    obs.value = world_node_wall_ms(world, conn->node);
    if (frame->type == FRAME_SEND) {
        obs.client_id = id_key(frame->send.client_id);
        obs.hlc = frame->send.seen_hlc.packed;
    } else {
        obs.hlc = frame->hello.seen_hlc.packed;
    }
    world_observe(world, &obs);
}

static void on_frame_up(struct world *world, struct world_conn *conn, uint32_t slot,
                        struct wire *wire)
{
    if (conn->node_open && !conn->drop_up) {
        observe_came(world, conn, wire);
        struct node_event event = {.kind = NODE_CONN_FRAME};
        world_edge_hears(world, slot, wire);
        event.conn.conn.v = world_conn_id(world, slot);
        event.conn.frame = wire;
        world_node_event(world, conn->node, &event);
    } else {
        world_aside_frame_lost(world, conn, true, wire);
    }
    wire_unref(&wire);
}

static void on_frame_down(struct world *world, const struct world_conn *conn, struct wire *wire)
{
    if (conn->client_open && !conn->drop_down) {
        world->stats.frames++;
        world_client_frame(world, conn, wire);
    } else {
        world_aside_frame_lost(world, conn, false, wire);
    }
    wire_unref(&wire);
}

void world_net_event(struct world *world, const struct sched_event *event)
{
    struct world_conn *conn = conn_of_event(world, event);
    const enum ev_kind kind = event->kind;

    if (conn == NULL) {
        struct wire *wire = event->wire;
        wire_unref(&wire);
        return;
    }
    if (kind == EV_FRAME_DOWN) {
        on_frame_down(world, conn, event->wire);
    } else if (kind == EV_FRAME_UP) {
        on_frame_up(world, conn, event->slot, event->wire);
    } else if (kind == EV_CONNECT) {
        on_connect(world, event->slot);
    } else if (kind == EV_CONNECTED) {
        on_connected(world, event->slot);
    } else if (kind == EV_REFUSED) {
        if (conn->client_open) {
            tell_client_closed(world, event->slot, CLOSE_ABNORMAL);
        }
    } else if (kind == EV_CLOSE_UP) {
        if (conn->node_open && !conn->drop_up) {
            tell_node_closed(world, event->slot);
        }
    } else {
        HB_ASSERT(kind == EV_CLOSE_DOWN);
        if (conn->client_open && !conn->drop_down) {
            tell_client_closed(world, event->slot, event->close_code);
        }
    }
}
