/* See conns.h. */
#include "sim/world/conns.h"

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
        .stream_room = OBS_NONE,
        .device = world->clients[client].client,
        .rng_up = rng_stream(seed, "net.up", client, client_conn),
        .rng_down = rng_stream(seed, "net.down", client, client_conn),
    };
    return slot;
}

void world_conn_done(struct world *world, uint32_t slot)
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
        struct wire *wire = event.wire;
        wire_unref(&wire);
        return;
    }
    sched_push(&world->sched, at_us, event);
}

void world_net_push_up(struct world *world, uint32_t slot, enum ev_kind kind, struct wire *wire)
{
    struct world_conn *conn = &world->conns[slot];
    const struct hop hop = {.now_us = world_now(world),
                            .from = place_client(conn->client),
                            .to = place_node(kind == EV_CONNECT ? PLACE_ANY : conn->node),
                            .bytes = wire != NULL ? wire->bytes_len : 0};
    push(
        world,
        pipe_arrival(&world->pipes, &conn->up, &hop, world->plan->client_latency_us, &conn->rng_up),
        (struct sched_event){
            .kind = (uint16_t)kind, .slot = slot, .generation = conn->generation, .wire = wire});
}

void world_net_push_down(struct world *world, uint32_t slot, enum ev_kind kind, uint16_t code,
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
         (struct sched_event){.kind = (uint16_t)kind,
                              .close_code = code,
                              .slot = slot,
                              .generation = conn->generation,
                              .wire = wire});
}

void world_net_connect(struct world *world, uint32_t client, uint32_t client_conn)
{
    const uint32_t slot = conn_new(world, client, client_conn);
    world->clients[client].conn = slot;
    world_net_push_up(world, slot, EV_CONNECT, NULL);
}

void world_net_send_up(struct world *world, uint32_t slot, struct wire *wire)
{
    world_net_push_up(world, slot, EV_FRAME_UP, wire);
}

static void observe_close(struct world *world, const struct world_conn *conn)
{
    struct obs obs = world_obs_of_device(world, OBS_CONN_CLOSE, conn->client);
    obs.node = conn->node;
    obs.value = conn->client_conn;
    world_observe(world, &obs);
}

static void observe_half_open_end(struct world *world, uint32_t client)
{
    struct obs obs = world_obs_of_device(world, OBS_FAULT_END, client);
    obs.seq = FAULT_HALF_OPEN;
    obs.value = world->clients[client].half_open;
    obs.flags = OBS_QUIET;
    world->clients[client].half_open = OBS_NONE;
    world_observe(world, &obs);
}

void world_conn_client_end(struct world *world, uint32_t slot)
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
    if (client->half_open != OBS_NONE && (conn->drop_up || conn->drop_down)) {
        observe_half_open_end(world, conn->client);
    }
}

bool world_conns_at_rest(const struct world *world)
{
    for (uint32_t slot = 0; slot < world->conns_len; slot++) {
        const struct world_conn *conn = &world->conns[slot];
        if (conn->used && (conn->drop_up || conn->drop_down)) {
            return false;
        }
    }
    return true;
}

void world_net_close_by_client(struct world *world, uint32_t slot)
{
    world_conn_client_end(world, slot);
    if (world->conns[slot].node_open) {
        world_net_push_up(world, slot, EV_CLOSE_UP, NULL);
    } else {
        world_conn_done(world, slot);
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
        world_net_push_down(world, slot, EV_CLOSE_DOWN, (uint16_t)code, NULL);
    } else {
        world_conn_done(world, slot);
    }
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
            world_net_push_down(world, slot, EV_CLOSE_DOWN, CLOSE_ABNORMAL, NULL);
        } else {
            world_conn_done(world, slot);
        }
    }
}
