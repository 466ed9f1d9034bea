/* The world's life, its loop, its hash and its observations. See world.h. */
#include "sim/world/world.h"

#include "sim/world/actions.h"
#include "sim/world/balancer.h"
#include "sim/world/clients.h"
#include "sim/world/conn_arrivals.h"
#include "sim/world/conns.h"
#include "sim/world/core.h"
#include "sim/world/database.h"
#include "sim/world/database_arrivals.h"
#include "sim/world/doings.h"
#include "sim/world/faults.h"
#include "sim/world/keys.h"
#include "sim/world/link_arrivals.h"
#include "sim/world/nodes.h"
#include "sim/world/overheard.h"
#include "sim/world/pause.h"
#include "sim/world/poster_arrivals.h"
#include "sim/world/posters.h"
#include "sim/world/rest.h"
#include "sim/world/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_CLIENTS_MAX                                                                           \
    1000 /* a larger world's database, which holds on to its pages, is not kept */
#define REST_US_MAX 600000000 /* so long after its settle one that is not at rest ends, too */

/* --- Life ----------------------------------------------------------------------------------- */

/* Keys of the cluster: secret from nobody in a simulation, and different in each. */
static void keys_init(struct world *world)
{
    struct rng rng = rng_stream(world->plan->seed, "keys", 0, 0);

    (void)snprintf(world->token_key.id, sizeof world->token_key.id, "sim");
    world->token_key.bytes_len = 32;
    world->cursor_key.id = 1;
    world->operator_key.said = true;
    memset(world->operator_key.bytes, 1, sizeof world->operator_key.bytes);
    for (uint32_t i = 0; i < 32; i++) {
        world->token_key.bytes[i] = (uint8_t)rng_u64(&rng);
        world->cursor_key.bytes[i] = (uint8_t)rng_u64(&rng);
    }
    world->token_signer =
        signature_key_new(world->token_key.alg, world->token_key.bytes, world->token_key.bytes_len);
}

struct world *world_new(const struct plan *plan, struct obs_sink sink, bool recording)
{
    return world_new_on(plan, sink, recording, NULL);
}

struct world *world_new_on(const struct plan *plan, struct obs_sink sink, bool recording,
                           struct vdb **kept)
{
    struct world *world = hb_calloc(1, sizeof *world);

    HB_ASSERT(plan->clients > 0 && plan->clients <= PLAN_CLIENTS_MAX);
    HB_ASSERT(plan->nodes > 0 && plan->nodes <= PLAN_NODES_MAX);
    HB_ASSERT(plan->devices_per_user > 0 && plan->clients % plan->devices_per_user == 0);
    HB_ASSERT(plan->members_per_room <= plan_users(plan));
    world->plan = plan;
    world->sink = sink;
    world->recording = recording;
    world->conns_free = CONN_NONE;
    world->pipes.seed = plan->seed;
    sched_init(&world->sched);
    keys_init(world);
    world->witness = witness_new(&(struct witness_config){.names = &world->names,
                                                          .devices = plan->clients,
                                                          .cursor_key = &world->cursor_key,
                                                          .recording = recording});
    world->engine = engine_new();
    world->memo = seal_memo_new();
    world->kept = kept;
    world->vdb = vdb_take(kept, WORLD_DB_EPOCH);
    world_faults_init(world);
    sched_push(&world->sched, plan->duration_us, (struct sched_event){.kind = EV_CALM});
    sched_push(&world->sched, plan->duration_us + plan->settle_us,
               (struct sched_event){.kind = EV_END});
    world_nodes_init(world);
    world_balancer_init(world);
    world_clients_init(world);
    world_actions_init(world);
    return world;
}

/* Frees what an event owns: a run may be left in the middle. */
static void event_drop(struct sched_event *event)
{
    static const enum ev_owns owns[] = {
#define X(name, word, owns) EV_OWNS_##owns,
        EV_MAP(X)
#undef X
    };
    switch (owns[event->kind]) {
    case EV_OWNS_NOTHING:
        return;
    case EV_OWNS_WIRE:
        wire_unref(&event->wire);
        return;
    case EV_OWNS_TX:
        world_tx_free(&event->tx);
        return;
    case EV_OWNS_CHUNK:
        free(event->chunk);
        return;
    }
    HB_UNREACHABLE("an event that owns something else");
}

void world_free(struct world **world_pointer)
{
    struct world *world = *world_pointer;
    if (world == NULL) {
        return;
    }
    struct sched_event event;
    while (sched_pop(&world->sched, &event)) {
        event_drop(&event);
    }
    world_keys_deinit(world);
    world_clients_deinit(world);
    world_posters_deinit(world);
    world_tokens_deinit(world);
    signature_key_free(&world->token_signer);
    for (uint32_t i = 0; i < world->plan->nodes; i++) {
        node_free(&world->nodes[i].node);
        for (uint32_t j = 0; j < world->nodes[i].held_len; j++) {
            event_drop(&world->nodes[i].held[j]);
        }
        free(world->nodes[i].held);
    }
    seal_memo_free(&world->memo);
    seats_deinit(&world->seats);
    free(world->nodes);
    ring_deinit(&world->ring);
    free(world->conns);
    free(world->user_of_key.items);
    free(world->room_of_key.items);
    free(world->faults_active);
    client_out_deinit(&world->client_out);
    effects_deinit(&world->effects);
    engine_out_deinit(&world->engine_out);
    engine_free(&world->engine);
    vdb_give(&world->vdb, world->plan->clients <= KEPT_CLIENTS_MAX ? world->kept : NULL);
    u64map_deinit(&world->redis_links);
    world_overheard_deinit(world);
    u64map_deinit(&world->drop_faults);
    u64map_deinit(&world->drop_actions);
    free(world->action_after);
    witness_free(&world->witness);
    obs_list_deinit(&world->seen);
    names_deinit(&world->names);
    buf_deinit(&world->scratch);
    sched_deinit(&world->sched);
    pipes_deinit(&world->pipes);
    free(world->reseeded);
    free(world);
    *world_pointer = NULL;
}

/* --- The loop ------------------------------------------------------------------------------- */

static void on_calm(struct world *world)
{
    world_faults_calm(world);
    struct obs obs = OBS(OBS_CALM, world_now(world));
    world_observe(world, &obs);
}

/* The plan's settle is the least: what is not at rest then goes on, until it is, or for as long as any
 * run waits. */
static void on_end(struct world *world)
{
    const int64_t now = world_now(world);

    world->stats.quiet =
        world_clients_at_rest(world) && world_conns_at_rest(world) && world_rest_is_told(world);
    if (!world->stats.quiet &&
        now < world->plan->duration_us + world->plan->settle_us + REST_US_MAX) {
        sched_push(&world->sched, now + REST_LOOK_US, (struct sched_event){.kind = EV_END});
        return;
    }
    if (world->stats.quiet) {
        world_rest_tell(world);
    }
    world_db_final(world);
    struct obs obs = OBS(OBS_END, world_now(world));
    obs.flags = world->stats.quiet ? OBS_QUIET : 0;
    world_observe(world, &obs);
    world->over = true;
}

static void dispatch(struct world *world, const struct sched_event *event)
{
    switch ((enum ev_kind)event->kind) {
    case EV_CONNECT:
    case EV_CONNECTED:
    case EV_REFUSED:
    case EV_FRAME_UP:
    case EV_FRAME_DOWN:
    case EV_CLOSE_UP:
    case EV_CLOSE_DOWN:
        world_net_event(world, event);
        return;
    case EV_REDIS_OPEN:
    case EV_REDIS_OPENED:
    case EV_REDIS_UP:
    case EV_REDIS_DOWN:
    case EV_REDIS_CLOSED:
    case EV_REDIS_LOST:
        world_redis_event(world, event);
        return;
    case EV_DB_RUN:
    case EV_DB_ANSWER:
        world_db_event(world, event);
        return;
    case EV_POST_UP:
    case EV_POST_DOWN:
    case EV_POST_GONE:
    case EV_POST_WAKE:
        world_poster_event(world, event);
        return;
    case EV_CLIENT_WAKE:
        world_client_wake(world, event->client);
        return;
    case EV_NODE_WAKE:
        if (world->nodes[event->node].life == event->life &&
            world->nodes[event->node].node != NULL) {
            world_node_wake(world, event->node);
        }
        return;
    case EV_ACTION:
    case EV_KEY:
    case EV_TOKEN:
    case EV_REVOKE:
    case EV_AWAY_END:
    case EV_CLIENT_START:
        world_doing(world, event);
        return;
    case EV_NODE_START:
        world_node_start(world, event->node);
        return;
    case EV_FAULT_BEGIN:
    case EV_FAULT_END:
    case EV_STRANGER:
        world_fault_event(world, event);
        return;
    case EV_CALM:
        on_calm(world);
        return;
    case EV_END:
        on_end(world);
        return;
    case EV_NODE_RESUME: /* see goes_on */
    case EV_NONE:
    case EV_KIND_COUNT:
        break;
    }
    HB_UNREACHABLE("an event of no kind");
}

static void take(struct world *world, const struct sched_event *event)
{
    if (!world_pause_takes(world, event)) {
        dispatch(world, event);
    }
}

/* A node that did nothing takes what has come meanwhile. Who connects may be led to another by now. */
static void goes_on(struct world *world, uint16_t node)
{
    uint32_t held_len = 0;
    struct sched_event *held = world_pause_over(world, node, &held_len);

    for (uint32_t i = 0; i < held_len; i++) {
        take(world, &held[i]);
    }
    free(held);
    world_node_goes_on(world, node);
}

#define AHEAD_EVENTS_MAX 16

/* Fetches what the deliveries of the next stretches will touch, each step's address read from what
 * the step before it fetched. */
static void look_ahead(struct world *world)
{
    const struct sched_event *events[AHEAD_EVENTS_MAX];

    uint32_t len = sched_stretch(&world->sched, 4, events, AHEAD_EVENTS_MAX);
    for (uint32_t i = 0; i < len; i++) {
        __builtin_prefetch(events[i]);
    }
    len = sched_stretch(&world->sched, 3, events, AHEAD_EVENTS_MAX);
    for (uint32_t i = 0; i < len; i++) {
        if (events[i]->kind == EV_FRAME_DOWN) {
            __builtin_prefetch(&world->conns[events[i]->slot]);
        }
    }
    len = sched_stretch(&world->sched, 2, events, AHEAD_EVENTS_MAX);
    for (uint32_t i = 0; i < len; i++) {
        if (events[i]->kind == EV_FRAME_DOWN) {
            const struct world_conn *conn = &world->conns[events[i]->slot];
            __builtin_prefetch(conn->device, 1);
            __builtin_prefetch((const char *)conn->device + 64, 1);
            witness_ahead(world->witness, conn->client);
            if (world->sink.ahead != NULL) {
                world->sink.ahead(world->sink.user, conn->client);
            }
        }
    }
}

/* What an event brings besides its name: the bytes of its frame. Whoever takes them reads that line of
 * memory next. */
static uint64_t brought(const struct sched_event *event)
{
    const bool wire = event->kind == EV_FRAME_DOWN || event->kind == EV_FRAME_UP ||
                      (event->kind == EV_POST_DOWN && event->wire != NULL);
    return wire ? wire_digest(event->wire) : 0;
}

bool world_next_us(struct world *world, int64_t *ret)
{
    return !world->over && sched_next_us(&world->sched, ret);
}

bool world_step(struct world *world)
{
    if (world->over || !sched_pop(&world->sched, &world->last)) {
        return false;
    }
    const uint32_t stretch = (uint32_t)(world_now(world) / SCHED_STRETCH_US);
    if (stretch != world->stretch) {
        world->stretch = stretch;
        look_ahead(world);
    }
    world->stats.events++;
    hb_context()->now_us = world_now(world);
    hash128_fold(&world->hash, (uint64_t)world_now(world),
                 (uint64_t)world->last.kind << 48 ^ (uint64_t)world->last.small << 32 ^
                     world->last.a ^ brought(&world->last));
    if (world->watch != NULL) {
        world->watch->event(world->watch->user, world, &world->last);
    }
    if (world->last.kind == EV_NODE_RESUME) {
        goes_on(world, world->last.node);
    } else {
        take(world, &world->last);
    }
    return !world->over;
}

void world_record_node(struct world *world, uint16_t node, struct buf *out)
{
    HB_ASSERT(node < world->plan->nodes && world->nodes[node].life == 0);
    world->nodes[node].record = out;
}

void world_plant_difference(struct world *world)
{
    (void)rng_u64(&world->nodes[0].rng_redis); /* as if one draw more had been made */
}

int64_t world_now_us(const struct world *world)
{
    return world_now(world);
}

struct hash128 world_hash(const struct world *world)
{
    return world->hash;
}

void world_stats(const struct world *world, struct world_stats *ret)
{
    *ret = world->stats;
    ret->now_us = world_now(world);
}

void world_describe_last(const struct world *world, char *ret, size_t ret_cap)
{
    static const char *const words[] = {
#define X(name, word, owns) word,
        EV_MAP(X)
#undef X
    };
    const struct sched_event *last = &world->last;
    const int64_t us = world_now(world);
    (void)snprintf(ret, ret_cap, "event %llu at %lld.%06llds: %s (node %u, a %u, b %u)",
                   (unsigned long long)world->stats.events, (long long)(us / 1000000),
                   (long long)(us % 1000000), words[last->kind], (unsigned)last->small,
                   (unsigned)last->a, (unsigned)last->b);
}
