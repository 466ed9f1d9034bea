/* Frame streams between clients and nodes: ordered, with latency, cut in the middle or silent in
 * one direction. */
#include "sim/world/world_internal.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_BITS                                                                                  \
    24 /* of a connection's id; the generation stands above: an id never comes again */

uint64_t world_conn_id(const struct world *world, uint32_t slot)
{
    return (uint64_t)world->conns[slot].generation << SLOT_BITS | slot;
}

bool world_conn_find(const struct world *world, uint64_t conn_id, uint32_t *ret_slot)
{
    const uint32_t slot = (uint32_t)(conn_id & ((1U << SLOT_BITS) - 1));
    if (slot >= world->conns_len || world->conns[slot].generation != conn_id >> SLOT_BITS ||
        !world->conns[slot].used) {
        return false;
    }
    *ret_slot = slot;
    return true;
}

void world_conn_ahead(const struct world *world, uint64_t conn_id)
{
    __builtin_prefetch(&world->conns[conn_id & ((1U << SLOT_BITS) - 1)], 1);
}

static struct world_conn *conn_of_event(struct world *world, const struct sched_event *event)
{
    struct world_conn *conn = &world->conns[event->a];
    return conn->used && conn->generation == event->b ? conn : NULL;
}

/* By hand, for the alignment. */
static void conns_grow(struct world *world)
{
    const uint32_t cap = world->conns_cap > 0 ? world->conns_cap * 2 : 1024;
    struct world_conn *conns = hb_aligned(_Alignof(struct world_conn), (size_t)cap * sizeof *conns);
    if (world->conns_len > 0) {
        memcpy(conns, world->conns, world->conns_len * sizeof *conns);
    }
    free(world->conns);
    world->conns = conns;
    world->conns_cap = cap;
}

static uint32_t conn_new(struct world *world, uint32_t client, uint32_t client_conn)
{
    uint32_t slot = world->conns_free;
    if (slot != CONN_NONE) {
        world->conns_free = world->conns[slot].next_free;
    } else {
        if (world->conns_len == world->conns_cap) {
            conns_grow(world);
        }
        slot = world->conns_len++;
        HB_ASSERT(slot < 1U << SLOT_BITS);
        world->conns[slot].generation = 0;
    }
    struct world_conn *conn = &world->conns[slot];
    const uint64_t seed = world->plan->seed;
    const uint32_t generation = conn->generation + 1;
    *conn = (struct world_conn){
        .generation = generation,
        .client = client,
        .client_conn = client_conn,
        .used = true,
        .client_open = true,
        .device = world->clients[client].client,
        .rng_up = rng_stream(seed, "net.up", client, client_conn),
        .rng_down = rng_stream(seed, "net.down", client, client_conn),
    };
    return slot;
}

static void conn_done(struct world *world, uint32_t slot)
{
    struct world_conn *conn = &world->conns[slot];
    if (!conn->client_open && !conn->node_open) {
        conn->used = false;
        conn->next_free = world->conns_free;
        world->conns_free = slot;
    }
}

/* Schedules what leaves one end of a connection for the other; a cut takes it away. */
static void push(struct world *world, int64_t at_us, struct sched_event event)
{
    if (at_us == PIPE_NEVER) {
        struct wire *wire = event.p;
        wire_unref(&wire);
        return;
    }
    sched_push(&world->sched, at_us, event);
}

static void push_up(struct world *world, uint32_t slot, enum ev_kind kind, struct wire *wire)
{
    struct world_conn *conn = &world->conns[slot];
    const struct hop hop = {.now_us = world_now(world),
                            .from = place_client(conn->client),
                            .to = place_node(kind == EV_CONNECT ? PLACE_ANY : conn->node),
                            .bytes = wire != NULL ? wire->bytes_len : 0};
    push(
        world,
        pipe_arrival(&world->pipes, &conn->up, &hop, world->plan->client_latency_us, &conn->rng_up),
        (struct sched_event){.kind = (uint16_t)kind, .a = slot, .b = conn->generation, .p = wire});
}

static void push_down(struct world *world, uint32_t slot, enum ev_kind kind, uint16_t code,
                      struct wire *wire)
{
    struct world_conn *conn = &world->conns[slot];
    const struct hop hop = {.now_us = world_now(world),
                            .from = place_node(kind == EV_REFUSED ? PLACE_ANY : conn->node),
                            .to = place_client(conn->client),
                            .bytes = wire != NULL ? wire->bytes_len : 0};
    push(world,
         pipe_arrival(&world->pipes, &conn->down, &hop, world->plan->client_latency_us,
                      &conn->rng_down),
         (struct sched_event){
             .kind = (uint16_t)kind, .node = code, .a = slot, .b = conn->generation, .p = wire});
}

void world_net_connect(struct world *world, uint32_t client, uint32_t client_conn)
{
    const uint32_t slot = conn_new(world, client, client_conn);
    world->clients[client].conn = slot;
    push_up(world, slot, EV_CONNECT, NULL);
}

void world_net_send_up(struct world *world, uint32_t slot, struct wire *wire)
{
    push_up(world, slot, EV_FRAME_UP, wire);
}

void world_net_send_down(struct world *world, uint64_t conn_id, struct wire *wire)
{
    uint32_t slot;
    if (!world_conn_find(world, conn_id, &slot)) {
        wire_unref(&wire);
        return;
    }
    push_down(world, slot, EV_FRAME_DOWN, 0, wire);
}

static void observe_close(struct world *world, const struct world_conn *conn)
{
    struct obs obs = world_obs_of_device(world, OBS_CONN_CLOSE, conn->client);
    obs.node = conn->node;
    obs.value = conn->client_conn;
    world_observe(world, &obs);
}

/* The client's end is gone: it gets nothing more. */
static void client_end(struct world *world, uint32_t slot)
{
    struct world_conn *conn = &world->conns[slot];
    if (!conn->client_open) {
        return;
    }
    conn->client_open = false;
    struct world_client *client = &world->clients[conn->client];
    if (client->conn == slot) {
        client->conn = CONN_NONE;
    }
    if (conn->observed) {
        observe_close(world, conn);
    }
}

void world_net_close_by_client(struct world *world, uint32_t slot)
{
    client_end(world, slot);
    if (world->conns[slot].node_open) {
        push_up(world, slot, EV_CLOSE_UP, NULL);
    } else {
        conn_done(world, slot);
    }
}

void world_net_close_by_node(struct world *world, uint64_t conn_id, uint32_t code)
{
    uint32_t slot;
    if (!world_conn_find(world, conn_id, &slot)) {
        return;
    }
    world->conns[slot].node_open = false;
    if (world->conns[slot].client_open) {
        push_down(world, slot, EV_CLOSE_DOWN, (uint16_t)code, NULL);
    } else {
        conn_done(world, slot);
    }
}

static void tell_client_closed(struct world *world, uint32_t slot, uint32_t code)
{
    struct world_conn *conn = &world->conns[slot];
    const uint32_t client = conn->client;
    struct client_event event = {.kind = CLIENT_CLOSED};
    event.conn.conn = conn->client_conn;
    event.conn.close_code = code;
    client_end(world, slot);
    conn_done(world, slot);
    world_client_event(world, client, &event);
}

static void tell_node_closed(struct world *world, uint32_t slot)
{
    struct world_conn *conn = &world->conns[slot];
    const uint16_t node = conn->node;
    struct node_event event = {.kind = NODE_CONN_CLOSED};
    event.conn.conn.v = world_conn_id(world, slot);
    conn->node_open = false;
    conn_done(world, slot);
    if (world->nodes[node].node != NULL) {
        world_node_event(world, node, &event);
    }
}

void world_net_reset(struct world *world, uint32_t slot)
{
    const uint32_t generation = world->conns[slot].generation;
    if (world->conns[slot].node_open) {
        world->conns[slot].drop_up = false; /* the reset itself arrives */
        push_up(world, slot, EV_CLOSE_UP, NULL);
    }
    if (world->conns[slot].client_open) {
        tell_client_closed(world, slot, CLOSE_ABNORMAL);
    }
    HB_ASSERT(world->conns[slot].generation >= generation);
}

void world_net_node_down(struct world *world, uint16_t node)
{
    for (uint32_t slot = 0; slot < world->conns_len; slot++) {
        struct world_conn *conn = &world->conns[slot];
        if (!conn->used || !conn->node_open || conn->node != node) {
            continue;
        }
        conn->node_open = false;
        if (conn->client_open) {
            push_down(world, slot, EV_CLOSE_DOWN, CLOSE_ABNORMAL, NULL);
        } else {
            conn_done(world, slot);
        }
    }
}

/* A connection attempt reaches the load balancer. */
static void on_connect(struct world *world, uint32_t slot)
{
    struct world_conn *conn = &world->conns[slot];
    if (!conn->client_open) {
        conn_done(world, slot);
        return;
    }
    uint16_t node;
    if (!world_route(world, world->clients[conn->client].user->key, &node)) {
        push_down(world, slot, EV_REFUSED, 0, NULL);
        return;
    }
    conn->node = node;
    conn->node_open = true;
    push_down(world, slot, EV_CONNECTED, 0, NULL);
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
    struct obs obs = world_obs_of_device(world, OBS_CONN_OPEN, conn->client);
    obs.node = conn->node;
    obs.value = conn->client_conn;
    world_observe(world, &obs);
    struct client_event event = {.kind = CLIENT_CONNECTED};
    event.conn.conn = conn->client_conn;
    world_client_event(world, conn->client, &event);
}

static void on_frame_up(struct world *world, struct world_conn *conn, uint32_t slot,
                        struct wire *wire)
{
    if (conn->node_open && !conn->drop_up) {
        hash128_fold(&world->hash, world_conn_id(world, slot), wire->bytes_len);
        struct node_event event = {.kind = NODE_CONN_FRAME};
        event.conn.conn.v = world_conn_id(world, slot);
        event.conn.frame = wire;
        world_node_event(world, conn->node, &event);
    }
    wire_unref(&wire);
}

static void on_frame_down(struct world *world, const struct world_conn *conn, struct wire *wire)
{
    if (conn->client_open && !conn->drop_down) {
        world->stats.frames++;
        world_client_frame(world, conn, wire);
    }
    wire_unref(&wire);
}

void world_net_event(struct world *world, const struct sched_event *event)
{
    struct world_conn *conn = conn_of_event(world, event);
    const enum ev_kind kind = event->kind;

    if (conn == NULL) {
        struct wire *wire = event->p;
        wire_unref(&wire);
        return;
    }
    if (kind == EV_FRAME_DOWN) {
        on_frame_down(world, conn, event->p);
    } else if (kind == EV_FRAME_UP) {
        on_frame_up(world, conn, event->a, event->p);
    } else if (kind == EV_CONNECT) {
        on_connect(world, event->a);
    } else if (kind == EV_CONNECTED) {
        on_connected(world, event->a);
    } else if (kind == EV_REFUSED) {
        if (conn->client_open) {
            tell_client_closed(world, event->a, CLOSE_ABNORMAL);
        }
    } else if (kind == EV_CLOSE_UP) {
        if (conn->node_open && !conn->drop_up) {
            tell_node_closed(world, event->a);
        }
    } else if (kind == EV_CLOSE_DOWN) {
        if (conn->client_open && !conn->drop_down) {
            tell_client_closed(world, event->a, event->node);
        }
    } else {
        HB_ASSERT(kind == EV_HALF_OPEN_END);
        conn->drop_up = false;
        conn->drop_down = false;
        world_net_reset(world, event->a);
    }
}
