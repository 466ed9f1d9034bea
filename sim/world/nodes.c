/* See nodes.h. */
#include "sim/world/nodes.h"

#include "server/node/record.h"
#include "sim/world/aside.h"
#include "sim/world/clocks.h"
#include "sim/world/conns.h"
#include "sim/world/database.h"
#include "sim/world/edge.h"
#include "sim/world/links.h"
#include "sim/world/pause.h"
#include "sim/world/posters.h"
#include "sim/world/states.h"

#include <stdio.h>
#include <string.h>

/* --- Life ----------------------------------------------------------------------------------- */

static uint64_t draw(void *user)
{
    struct world_node *node = user;
    const uint64_t bits = rng_u64(&node->rng_entropy);

    if (node->record != NULL) {
        record_draw(node->record, bits);
    }
    return bits;
}

void world_nodes_init(struct world *world)
{
    const uint32_t count = world->plan->nodes;
    world->nodes = hb_calloc(count, sizeof *world->nodes);
    for (uint16_t i = 0; i < count; i++) {
        struct world_node *node = &world->nodes[i];
        char name[16];
        const int len = snprintf(name, sizeof name, "n%u", (unsigned)i);
        (void)names_number(&world->names, NAME_NODE, (struct text){name, (uint32_t)len}, NULL);
        node->armed_us = INT64_MAX;
        node->as = i;
        node->rng_db = rng_stream(world->plan->seed, "db", i, 0);
        node->rng_beat = rng_stream(world->plan->seed, "db.beat", i, 0);
        node->rng_redis = rng_stream(world->plan->seed, "redis", i, 0);
        struct obs obs = OBS(OBS_NODE, 0);
        obs.node = i;
        world_observe(world, &obs);
        if (!world->plan->drop_nodes[i]) {
            sched_push(&world->sched, 0, (struct sched_event){.kind = EV_NODE_START, .node = i});
        }
    }
}

static struct node_config config_of(struct world *world, struct world_node *node, uint16_t index)
{
    const struct plan *plan = world->plan;
    struct node_config config;

    node_config_default(&config);
    (void)snprintf(config.name, sizeof config.name, "%s",
                   names_text(&world->names, NAME_NODE, node->as).bytes);
    (void)snprintf(config.place, sizeof config.place, "place %u", (unsigned)index);
    config.trust.keys[0] = world->token_key;
    config.trust.keys_len = 1;
    config.cursor_keys[0] = world->cursor_key;
    config.cursor_keys_len = 1;
    config.identity = WORLD_DB_EPOCH;
    config.operator_key = world->operator_key;
    config.params = plan->server;
    node->rng_entropy = rng_stream(plan->seed, "node.entropy", index, node->life);
    config.entropy = (struct entropy){draw, node};
    config.memo = world->memo;
    return config;
}

void world_node_start(struct world *world, uint16_t index)
{
    struct world_node *node = &world->nodes[index];
    HB_ASSERT(node->node == NULL);
    node->life++;
    node->ready = false;
    node->fenced = false;
    node->started_us = world_now(world);
    node->start_local_us = world_node_local_us(node, world_now(world));
    world_states_begin(world, index);
    const struct node_config config = config_of(world, node, index);
    if (node->record != NULL) {
        record_config(node->record, &config);
    }
    node->node = node_new(&config);

    struct obs obs = OBS(OBS_NODE_UP, world_now(world));
    obs.node = index;
    obs.value = node->life;
    world_observe(world, &obs);
    struct node_event event = {.kind = NODE_START};
    world_node_event(world, index, &event);
}

void world_node_crash(struct world *world, uint16_t index)
{
    struct world_node *node = &world->nodes[index];
    HB_ASSERT(node->node != NULL);
    node_free(&node->node);
    world_pause_end(world, index); /* nobody is there who could wait */
    node->record = NULL;
    node->ready = false;
    node->armed_us = INT64_MAX;
    struct obs obs = OBS(OBS_NODE_DOWN, world_now(world));
    obs.node = index;
    world_observe(world, &obs);
    world_net_node_down(world, index);
    world_posters_node_down(world, index);
    world_redis_node_down(world, index);
}

/* --- Effects -------------------------------------------------------------------------------- */

/* The evidence for "an ack only after the commit": what leaves a node, as it leaves. The encoder
 * writes `type` first, so other frames cost one comparison. */
static bool is_ack(const struct wire *wire)
{
    static const char ack[] = "{\"type\":\"ack\"";

    return wire->bytes_len > sizeof ack && memcmp(wire->bytes, ack, sizeof ack - 1) == 0;
}

static void observe_ack(struct world *world, uint16_t index, uint32_t device, struct wire *wire)
{
    const struct frame *frame;

    if (wire_decode(wire, &frame, NULL) != HB_OK) {
        return;
    }
    struct obs obs = world_obs_of_device(world, OBS_ACK_SENT, device);
    obs.node = index;
    obs.seq = frame->ack.seq;
    obs.id = frame->ack.id_key;
    obs.client_id = frame->ack.client_key;
    obs.hlc = frame->ack.hlc.packed;
    obs.timestamp = frame->ack.timestamp_ms;
    obs.room = world_room_number(world, frame->ack.room_id);
    world_observe(world, &obs);
}

static void on_send(struct world *world, uint16_t index, struct effect *effect,
                    struct leaving *leaving)
{
    struct wire *wire = effect->send.wire;
    uint32_t slot;

    effect->send.wire = NULL;
    if (!world_conn_find(world, effect->send.conn.v, &slot)) {
        struct obs astray = OBS(OBS_ASTRAY, world_now(world));
        astray.node = index;
        world_observe_edge(world, &astray);
        wire_unref(&wire);
        return;
    }
    if (is_ack(wire)) {
        observe_ack(world, index, world->conns[slot].client, wire);
    }
    world_edge_leaves(world, slot, wire, leaving);
    world_net_push_down(world, slot, EV_FRAME_DOWN, 0, wire);
}

static void on_http(struct world *world, uint16_t index, struct effect *effect)
{
    struct wire *body = effect->http.body;
    uint32_t client;

    effect->http.body = NULL;
    if (is_ack(body) && world_post_find(world, effect->http.request, &client)) {
        observe_ack(world, index, client, body);
    }
    world_post_answer(world, effect->http.request, effect->http.status, body);
}

/* Of which notes the first number is a room, by the database's key of it; and of these, the second a place. */
enum about { ABOUT_NODE, ABOUT_ROOM, ABOUT_ROW };
static const uint8_t abouts[NOTE_COUNT] = {
    [NOTE_SEND_DUPLICATE] = ABOUT_ROW,  [NOTE_GAP] = ABOUT_ROW,
    [NOTE_DUPLICATE] = ABOUT_ROW,       [NOTE_HELD] = ABOUT_ROW,
    [NOTE_PUBLISH_FAILED] = ABOUT_ROW,  [NOTE_ENTRY_UNKNOWN] = ABOUT_ROW,
    [NOTE_HELD_FULL] = ABOUT_ROW,       [NOTE_REPAIRED] = ABOUT_ROOM,
    [NOTE_REPAIR_ON] = ABOUT_ROOM,      [NOTE_RESUBSCRIBED] = ABOUT_ROOM,
    [NOTE_RESUME_TAIL] = ABOUT_ROOM,    [NOTE_RESUME_SYNC] = ABOUT_ROOM,
    [NOTE_PRESENCE_CROWD] = ABOUT_ROOM, [NOTE_TYPISTS] = ABOUT_ROOM,
};

/* What comes with every load, or every start. */
static bool is_routine(enum note_code code)
{
    static const bool routine[NOTE_COUNT] = {
        [NOTE_READY] = true,        [NOTE_REDIS_CONNECTED] = true, [NOTE_HTTP] = true,
        [NOTE_SYNC_PAGE] = true,    [NOTE_SYNC_ROOMS] = true,      [NOTE_CURSOR_ROOMS] = true,
        [NOTE_HEADS_SPLIT] = true,  [NOTE_USERS_SPLIT] = true,     [NOTE_SENDS_ROOMS] = true,
        [NOTE_ANNOUNCE_ALL] = true, [NOTE_PEERS_FULL] = true,      [NOTE_COMPARED] = true,
        [NOTE_TYPISTS] = true,
    };
    return routine[code];
}

static void tell_note(struct world *world, uint16_t index, const struct effect *effect)
{
    struct aside aside = ASIDE(ASIDE_NOTE, world_now(world));

    if (!world_is_told_asides(world)) {
        return;
    }
    aside.node = index;
    aside.text = note_text(effect->note.code);
    aside.routine = is_routine(effect->note.code);
    if (abouts[effect->note.code] != ABOUT_NODE) {
        aside.of = ASIDE_OF_ROW;
        aside.room = world_db_room_known(world, effect->note.a);
    }
    if (abouts[effect->note.code] == ABOUT_ROW && effect->note.b > 0) {
        aside.seq = (uint64_t)effect->note.b;
    }
    world_aside(world, &aside);
}

static void on_effect(struct world *world, uint16_t index, struct effect *effect,
                      struct leaving *leaving)
{
    struct db_tx *tx;
    switch (effect->kind) {
    case EFFECT_SEND:
        on_send(world, index, effect, leaving);
        return;
    case EFFECT_CLOSE:
        world_edge_hangs_up(world, effect->close.conn.v, effect->close.code);
        world_net_close_by_node(world, effect->close.conn.v, effect->close.code);
        return;
    case EFFECT_REDIS_OPEN:
        world_redis_open(world, index, effect->redis.link);
        return;
    case EFFECT_REDIS_WRITE:
        world_edge_writes(world, index, world->effects.bytes.bytes + effect->redis.offset,
                          effect->redis.len);
        world_aside_bus(world, ASIDE_PUBLISHED, index, true,
                        world->effects.bytes.bytes + effect->redis.offset, effect->redis.len);
        world_redis_write(world, index, effect->redis.link,
                          world->effects.bytes.bytes + effect->redis.offset, effect->redis.len);
        return;
    case EFFECT_REDIS_CLOSE:
        world_redis_close(world, index, effect->redis.link);
        return;
    case EFFECT_DB:
        tx = effect->tx;
        effect->tx = NULL;
        world_db_submit(world, index, tx);
        return;
    case EFFECT_HTTP:
        on_http(world, index, effect);
        return;
    case EFFECT_READY:
        world->nodes[index].ready = effect->ready;
        world_edge_node(world, OBS_READY, index, effect->ready);
        return;
    case EFFECT_DRAINED:
        world->nodes[index].drained = true;
        return;
    case EFFECT_FENCED:
        world->nodes[index].fenced = true;
        return;
    case EFFECT_NOTE:
        world->stats.notes[effect->note.code]++;
        tell_note(world, index, effect);
        world_states_note(world, index, effect->note.code);
        hash128_fold(&world->hash, effect->note.code, (uint64_t)effect->note.a);
        return;
    }
    HB_UNREACHABLE("an effect of no kind");
}

#define EFFECTS_AHEAD 6

/* Of a message to fifty connections, fetches the next ones early. */
static void look_ahead(const struct world *world, const struct effect *effect)
{
    if (effect->kind == EFFECT_SEND) {
        world_conn_ahead(world, effect->send.conn.v);
    }
}

static void arm(struct world *world, uint16_t index)
{
    struct world_node *node = &world->nodes[index];
    if (node->wake_us < node->armed_us) {
        node->armed_us = node->wake_us;
        sched_push(&world->sched, node->wake_us,
                   (struct sched_event){.kind = EV_NODE_WAKE, .node = index, .life = node->life});
    }
}

void world_node_event(struct world *world, uint16_t index, struct node_event *event)
{
    struct world_node *node = &world->nodes[index];
    struct effects *effects = &world->effects;
    struct hb_context *context = hb_context();
    struct leaving leaving = {.wire = NULL};
    const int exit_code = context->exit_code;

    HB_ASSERT(node->node != NULL);
    HB_ASSERT(effects->len == 0); /* a node is never stepped from within its own effects */
    event->mono = world_node_mono(world, node);
    event->wall = (struct wall){world_node_wall_ms(world, index)};
    context->exit_code = exit_code != 0 ? 1 : 0; /* a failed assertion in the node is a finding */
    context->part = index + 1U;
    if (node->record != NULL) {
        record_event(node->record, event);
    }
    node_step(node->node, event, effects);
    context->exit_code = exit_code;
    context->part = 0;
    if (node->record != NULL) {
        record_effects(node->record, effects);
    }
    if (world->watch != NULL) {
        world->watch->node(world->watch->user, world, index, event, effects);
    }
    node->wake_us = world_node_true_us(world, node, effects->wake_at);
    for (size_t i = 0; i < effects->len; i++) {
        if (i + EFFECTS_AHEAD < effects->len) {
            look_ahead(world, &effects->items[i + EFFECTS_AHEAD]);
        }
        on_effect(world, index, &effects->items[i], &leaving);
    }
    effects_clear(effects);
    if (world_node_ends(node)) {
        node->drained = false;
        world_node_crash(world, index); /* nothing is lost by it now */
        return;
    }
    arm(world, index);
}

void world_node_drain(struct world *world, uint16_t index)
{
    struct node_event event = {.kind = NODE_DRAIN};

    world_pause_end(world, index); /* who asks a process to go lets it go on for that */
    world->nodes[index].drain_life = world->nodes[index].life;
    world_edge_node(world, OBS_DRAIN, index, 0);
    world_node_event(world, index, &event);
}

void world_node_goes_on(struct world *world, uint16_t index)
{
    struct world_node *node = &world->nodes[index];

    if (node->node != NULL && node->armed_us <= world_now(world)) { /* it rang for nobody */
        node->armed_us = INT64_MAX;
        node->wake_us = node->wake_us > world_now(world) ? node->wake_us : world_now(world);
        arm(world, index);
    }
}

void world_node_wake(struct world *world, uint16_t index)
{
    struct world_node *node = &world->nodes[index];
    if (node->armed_us != world_now(world)) {
        return; /* an earlier wake took this one's place */
    }
    node->armed_us = INT64_MAX;
    if (node->wake_us > world_now(world)) {
        arm(world, index);
        return;
    }
    struct node_event event = {.kind = NODE_WAKE};
    world_node_event(world, index, &event);
}
