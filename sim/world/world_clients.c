/* Clients in the world: their effects become frames and observations; what people do comes from
 * the plan's generators. */
#include "server/protocol/id.h"
#include "sim/world/world_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_LIFE_S 86400

/* --- Who is in which room ------------------------------------------------------------------- */

static struct text number_name(char letter, uint32_t number, char ret[16])
{
    const int len = snprintf(ret, 16, "%c%u", letter, (unsigned)number);
    return (struct text){ret, (uint32_t)len};
}

/* Room r has the members (r * membersPerRoom + k) mod users: the rule that seeds the database. */
static void rooms_init(struct world *world)
{
    const struct plan *plan = world->plan;
    const uint32_t users_len = plan_users(plan);
    struct text *members = hb_calloc(plan->members_per_room, sizeof *members);

    for (uint32_t room = 0; room < plan->rooms; room++) {
        char store[16];
        const uint32_t number = world_room_number(world, number_name('r', room, store));
        const struct text name = names_text(&world->names, NAME_ROOM, number);
        for (uint32_t k = 0; k < plan->members_per_room; k++) {
            const uint64_t first = (uint64_t)room * plan->members_per_room + k;
            const uint32_t index = (uint32_t)(first % users_len);
            struct world_user *user = &world->users[index];
            members[k] = names_text(&world->names, NAME_USER, index);
            user->rooms = hb_realloc(user->rooms, (user->rooms_len + 1) * sizeof *user->rooms);
            user->rooms[user->rooms_len++] = (struct client_room_config){name, number};
        }
        world_db_seed_room(world, name, members, plan->members_per_room);
    }
    free(members);
}

/* A user, and its devices after it. */
static void user_init(struct world *world, uint32_t index)
{
    char store[16];
    struct world_user *user = &world->users[index];
    struct token_claims claims = {.issued_s = WORLD_EPOCH_MS / 1000,
                                  .expires_s = WORLD_EPOCH_MS / 1000 + TOKEN_LIFE_S};
    const struct text name = number_name('u', index, store);
    const uint32_t number = world_user_number(world, name);

    HB_ASSERT(number == index);
    user->key = id_key(name);
    memcpy(claims.subject, name.bytes, name.len);
    claims.subject_len = name.len;
    buf_clear(&world->scratch);
    token_mint(&world->token_key, &claims, &world->scratch);
    user->token.bytes = hb_strndup(world->scratch.bytes, world->scratch.len);
    user->token.len = (uint32_t)world->scratch.len;
    for (uint32_t d = 0; d < world->plan->devices_per_user; d++) {
        const uint32_t device = index * world->plan->devices_per_user + d;
        (void)names_number(&world->names, NAME_DEVICE, number_name('d', device, store), NULL);
        world->clients[device].user = user;
        const struct obs obs = world_obs_of_device(world, OBS_DEVICE, device);
        world_observe(world, &obs);
    }
}

static void client_init(struct world *world, uint32_t index)
{
    const struct plan *plan = world->plan;
    struct world_client *client = &world->clients[index];
    const struct client_config config = {
        .user = names_text(&world->names, NAME_USER, plan_user_of(plan, index)),
        .device = names_text(&world->names, NAME_DEVICE, index),
        .token = client->user->token,
        .rooms = client->user->rooms,
        .rooms_len = client->user->rooms_len,
        .params = plan->client,
        .ping_interval_us = plan->server.ping_interval_us,
        .ping_timeout_us = plan->server.ping_timeout_us,
        .rng = rng_stream(plan->seed, "client", index, 0),
    };
    client->client = client_new(&config);
    client->conn = CONN_NONE;
    client->armed_us = INT64_MAX;
}

/* --- Actions -------------------------------------------------------------------------------- */

uint64_t world_action_key(const struct plan_action_name *name)
{
    _Static_assert(PLAN_CLIENTS_MAX < 1 << 24 && FAULT_KIND_COUNT <= 256, "they fit into 64 bits");
    HB_ASSERT(name->client < PLAN_CLIENTS_MAX);
    return (uint64_t)name->client << 40 | (uint64_t)name->kind << 32 | name->n;
}

static bool action_dropped(const struct world *world, uint32_t client, enum fault_kind kind,
                           uint32_t n)
{
    const struct plan_action_name name = {client, kind, n};
    return u64map_get(&world->drop_actions, world_action_key(&name), NULL);
}

/* Schedules the next action of a generator, `gap` after `from`. The stream of action n gives first
 * its gap, then its parameters. */
static void action_next(struct world *world, uint32_t index, uint32_t g, int64_t from_us)
{
    const struct plan_generator *generator = &world->plan->generators[g];
    struct world_client *client = &world->clients[index];
    struct rng rng =
        rng_stream(world->plan->seed, fault_word(generator->kind), index, client->actions_n[g]);
    const int64_t at = from_us + rng_exponential(&rng, generator->mean_us);

    client->actions_rng[g] = rng;
    if (at >= generator->to_us) {
        return;
    }
    if (!fault_row(generator->kind)->workload &&
        !action_dropped(world, index, generator->kind, client->actions_n[g])) {
        world->stats.faults[generator->kind].planned++;
    }
    sched_push(&world->sched, at, (struct sched_event){.kind = EV_ACTION, .a = index, .b = g});
}

static void observe_fault(struct world *world, enum obs_kind kind, uint32_t device,
                          enum fault_kind action, uint32_t n)
{
    struct obs obs = world_obs_of_device(world, kind, device);
    obs.seq = action;
    obs.value = n;
    world_observe(world, &obs);
}

static void do_send(struct world *world, uint32_t index, struct rng *rng)
{
    const struct plan *plan = world->plan;
    const struct world_user *user = world->clients[index].user;
    const int64_t room = rng_between(rng, 0, INT64_C(1) << 40);
    const int64_t line = rng_between(rng, 0, INT64_C(1) << 40);

    if (user->rooms_len == 0 || plan->corpus_len == 0) {
        return;
    }
    if (world_is_poster(world, index)) {
        world_poster_say(world, index, (uint32_t)(room % user->rooms_len),
                         plan->corpus[line % plan->corpus_len]);
        return;
    }
    struct client_event event = {.kind = CLIENT_SAY};
    event.say.room_ref = user->rooms[room % user->rooms_len].ref;
    event.say.content = plan->corpus[line % plan->corpus_len];
    world_client_event(world, index, &event);
}

/* Events say which kind by its distance from the first: recorded hashes hold that number. */
static uint16_t event_kind(enum fault_kind kind)
{
    HB_ASSERT(kind >= WORKLOAD_SEND);
    return (uint16_t)(kind - WORKLOAD_SEND);
}

static void do_fault(struct world *world, uint32_t index, const struct plan_generator *generator,
                     struct rng *rng, uint32_t n)
{
    struct world_client *client = &world->clients[index];
    struct world_fault_count *count = &world->stats.faults[generator->kind];
    const int64_t away = generator->away_us.high > 0
                             ? rng_between(rng, generator->away_us.low, generator->away_us.high)
                             : 0;
    const int64_t direction = rng_between(rng, 0, 2);
    const uint32_t slot = client->conn;

    count->fired++;
    if (slot == CONN_NONE || client->away) {
        return;
    }
    count->mattered++;
    observe_fault(world, OBS_FAULT_BEGIN, index, generator->kind, n);
    if (generator->kind == FAULT_DISCONNECT_ABRUPT) {
        world_net_reset(world, slot);
        observe_fault(world, OBS_FAULT_END, index, generator->kind, n);
        return;
    }
    const int64_t calm = world->plan->duration_us - 1;
    const int64_t until = world_now(world) + away < calm ? world_now(world) + away : calm;
    if (generator->kind == FAULT_HALF_OPEN) {
        struct world_conn *conn = &world->conns[slot];
        conn->drop_up = direction != 1;
        conn->drop_down = direction != 0;
        sched_push(&world->sched, until,
                   (struct sched_event){.kind = EV_HALF_OPEN_END,
                                        .node = event_kind(generator->kind),
                                        .a = slot,
                                        .b = conn->generation});
    } else {
        HB_ASSERT(generator->kind == FAULT_DISCONNECT_CLEAN);
        client->away = true;
        struct client_event event = {.kind = CLIENT_STOP};
        world_client_event(world, index, &event);
    }
    sched_push(&world->sched, until,
               (struct sched_event){
                   .kind = EV_AWAY_END, .node = event_kind(generator->kind), .a = index, .b = n});
}

void world_client_action(struct world *world, uint32_t index, uint32_t g)
{
    const struct plan_generator *generator = &world->plan->generators[g];
    struct world_client *client = &world->clients[index];
    const uint32_t n = client->actions_n[g];
    struct rng rng = client->actions_rng[g];

    client->actions_n[g]++;
    action_next(world, index, g, world_now(world));
    if (action_dropped(world, index, generator->kind, n)) {
        return;
    }
    if (generator->kind == WORKLOAD_SEND) {
        do_send(world, index, &rng);
    } else {
        do_fault(world, index, generator, &rng, n);
    }
}

void world_client_away_end(struct world *world, uint32_t index)
{
    const enum fault_kind kind = WORKLOAD_SEND + world->last.node;
    struct world_client *client = &world->clients[index];

    observe_fault(world, OBS_FAULT_END, index, kind, world->last.b);
    if (kind == FAULT_DISCONNECT_CLEAN) {
        HB_ASSERT(client->away);
        client->away = false;
        struct client_event event = {.kind = CLIENT_START};
        world_client_event(world, index, &event);
    }
}

void world_clients_init(struct world *world)
{
    const struct plan *plan = world->plan;
    const uint32_t users_len = plan_users(plan);

    world->clients = hb_calloc(plan->clients, sizeof *world->clients);
    world->users = hb_calloc(users_len, sizeof *world->users);
    for (uint32_t i = 0; i < users_len; i++) {
        user_init(world, i);
    }
    rooms_init(world);
    world_posters_init(world);
    for (uint32_t i = 0; i < plan->clients; i++) {
        struct rng rng = rng_stream(plan->seed, "client.start", i, 0);
        const bool poster = world_is_poster(world, i);
        client_init(world, i);
        if (!poster) {
            sched_push(&world->sched, rng_between(&rng, 0, plan->connect_spread_us),
                       (struct sched_event){.kind = EV_CLIENT_START, .a = i});
        }
        for (uint32_t g = 0; g < plan->generators_len; g++) {
            if (!poster || fault_row(plan->generators[g].kind)->workload) {
                action_next(world, i, g, plan->generators[g].from_us);
            }
        }
    }
}

/* --- Effects -------------------------------------------------------------------------------- */

static void observe_entry(struct world *world, uint32_t index, enum obs_kind kind, uint32_t room,
                          const struct entry *entry, int64_t value)
{
    struct obs obs = world_obs_of_device(world, kind, index);
    obs.flags = (uint8_t)(entry->kind == ENTRY_MESSAGE ? 0 : OBS_EVENT);
    if (kind == OBS_RECV && value == 1) {
        obs.flags |= OBS_HELD;
    }
    obs.room = room;
    obs.seq = entry->seq;
    obs.id = entry->id_key;
    obs.sender = entry->sender_key;
    obs.client_id = entry->client_key;
    obs.content = entry->content_key;
    obs.hlc = entry->hlc.packed;
    obs.value = kind == OBS_SYNC_ROW ? value : 0;
    obs.entry = world->recording ? entry : NULL;
    world_observe(world, &obs);
}

/* Of a client's effect about a room that it has learnt, its name says which. */
static uint32_t room_of(struct world *world, uint32_t room_ref, struct text room_id)
{
    return room_ref != CLIENT_ROOM_NONE ? room_ref : world_room_number(world, room_id);
}

static void observe_welcome(struct world *world, uint32_t index, const struct frame_welcome *frame)
{
    struct world_client *client = &world->clients[index];
    HB_ASSERT(client->conn != CONN_NONE);
    struct obs obs = world_obs_of_device(world, OBS_WELCOME, index);
    obs.node = world->conns[client->conn].node;
    obs.value = world->conns[client->conn].client_conn;
    world_observe(world, &obs);
    world->stats.connects++;
    world->stats.reconnects += client->welcomes > 0;
    client->welcomes++;
    for (uint32_t i = 0; i < frame->rooms_len; i++) {
        obs = world_obs_of_device(world, OBS_HEAD, index);
        obs.room = world_room_number(world, frame->rooms[i].room_id);
        obs.seq = frame->rooms[i].head;
        world_observe(world, &obs);
    }
}

/* Order matters: rows, heads, the cursor's positions, then the page that ends them. */
static void observe_page(struct world *world, uint32_t index,
                         const struct frame_sync_response *page)
{
    struct world_client *client = &world->clients[index];
    struct obs obs;

    world->stats.sync_pages++;
    for (uint32_t i = 0; i < page->entries_len; i++) {
        observe_entry(world, index, OBS_SYNC_ROW,
                      world_room_number(world, page->entries[i].room_id), &page->entries[i],
                      client->sync_session);
    }
    for (uint32_t i = 0; i < page->heads_len; i++) {
        obs = world_obs_of_device(world, OBS_SYNC_HEAD, index);
        obs.room = world_room_number(world, page->heads[i].room_id);
        obs.seq = page->heads[i].seq;
        obs.value = client->sync_session;
        world_observe(world, &obs);
    }
    uint64_t epoch = 0;
    for (uint32_t i = 0; i < page->epoch.len; i++) { /* hex digits, as the node writes it */
        const char c = page->epoch.bytes[i];
        epoch = epoch << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    if (page->cursor.bytes != NULL && cursor_decode(&world->cursor_key, epoch, client->user->key,
                                                    page->cursor, world->cursor) == HB_OK) {
        for (uint32_t i = 0; i < world->cursor->positions_len; i++) {
            obs = world_obs_of_device(world, OBS_SYNC_CURSOR, index);
            obs.room = world_room_number(world, world->cursor->positions[i].room_id);
            obs.seq = world->cursor->positions[i].seq;
            obs.value = client->sync_session;
            world_observe(world, &obs);
        }
    }
    obs = world_obs_of_device(world, OBS_SYNC_PAGE, index);
    obs.seq = page->entries_len;
    obs.value = client->sync_session;
    obs.flags = page->has_more ? OBS_MORE : 0;
    world_observe(world, &obs);
}

static void observe_message(struct world *world, uint32_t index, enum obs_kind kind,
                            const struct client_effect *effect)
{
    struct obs obs = world_obs_of_device(world, kind, index);
    obs.room = room_of(world, effect->room_ref, effect->room_id);
    obs.client_id = effect->client_key;
    obs.content = effect->content_key;
    obs.hlc = effect->hlc;
    obs.value = effect->value;
    if (kind == OBS_ACK) {
        const struct frame_ack *ack = &effect->frame->ack;
        obs.seq = ack->seq;
        obs.id = ack->id_key;
        obs.client_id = ack->client_key;
        obs.hlc = ack->hlc.packed;
    } else if (kind == OBS_NACK) {
        obs.client_id = effect->frame->nack.client_key;
        obs.flags = effect->frame->nack.temporary ? OBS_TEMPORARY : 0;
    }
    world_observe(world, &obs);
}

static void on_connect(struct world *world, uint32_t index, uint32_t client_conn)
{
    struct world_client *client = &world->clients[index];
    HB_ASSERT(client->conn == CONN_NONE);
    client->connects++;
    world_net_connect(world, index, client_conn);
}

static void on_effect(struct world *world, uint32_t index, struct client_effect *effect)
{
    struct world_client *client = &world->clients[index];
    struct obs obs;
    switch (effect->kind) {
    case CLIENT_OUT_SHOWN:
        world->stats.deliveries++;
        observe_entry(world, index, OBS_SHOWN,
                      room_of(world, effect->room_ref, effect->entry->room_id), effect->entry, 0);
        return;
    case CLIENT_OUT_RECV:
        observe_entry(world, index, OBS_RECV,
                      room_of(world, effect->room_ref, effect->entry->room_id), effect->entry,
                      effect->value);
        return;
    case CLIENT_OUT_CONNECT:
        on_connect(world, index, effect->conn);
        return;
    case CLIENT_OUT_DISCONNECT:
        if (client->conn != CONN_NONE && world->conns[client->conn].client_conn == effect->conn) {
            world_net_close_by_client(world, client->conn);
        }
        return;
    case CLIENT_OUT_SEND:
        if (client->conn != CONN_NONE) {
            world_net_send_up(world, client->conn, effect->wire);
            effect->wire = NULL;
        }
        return;
    case CLIENT_OUT_ISSUED:
        world->stats.sends++;
        observe_message(world, index, OBS_SEND, effect);
        return;
    case CLIENT_OUT_RESENT:
        world->stats.resends++;
        observe_message(world, index, OBS_RESEND, effect);
        return;
    case CLIENT_OUT_ACKED:
        observe_message(world, index, OBS_ACK, effect);
        return;
    case CLIENT_OUT_NACKED:
        observe_message(world, index, OBS_NACK, effect);
        return;
    case CLIENT_OUT_FAILED:
        observe_message(world, index, OBS_FAILED, effect);
        return;
    case CLIENT_OUT_WELCOME:
        observe_welcome(world, index, &effect->frame->welcome);
        return;
    case CLIENT_OUT_SYNC_BEGIN:
        obs = world_obs_of_device(world, OBS_SYNC_BEGIN, index);
        obs.room = room_of(world, effect->room_ref, effect->room_id);
        obs.seq = (uint64_t)effect->value;
        obs.value = client->sync_session;
        world_observe(world, &obs);
        return;
    case CLIENT_OUT_SYNC_PAGE:
        observe_page(world, index, &effect->frame->sync_response);
        return;
    case CLIENT_OUT_RESET:
        obs = world_obs_of_device(world, OBS_RESET, index);
        obs.room = room_of(world, effect->room_ref, effect->room_id);
        world_observe(world, &obs);
        return;
    case CLIENT_OUT_ERROR:
        return;
    }
    HB_UNREACHABLE("an effect of no kind");
}

static void arm(struct world *world, uint32_t index)
{
    struct world_client *client = &world->clients[index];
    if (client->wake_us < client->armed_us) {
        client->armed_us = client->wake_us;
        sched_push(&world->sched, client->wake_us,
                   (struct sched_event){.kind = EV_CLIENT_WAKE, .a = index});
    }
}

static void carry_out(struct world *world, uint32_t index)
{
    struct client_out *out = &world->client_out;
    bool sync_begun = false;

    for (size_t i = 0; i < out->len; i++) {
        if (out->items[i].kind == CLIENT_OUT_SYNC_BEGIN && !sync_begun) {
            sync_begun = true; /* one session, one effect a room */
            world->clients[index].sync_session++;
        }
        on_effect(world, index, &out->items[i]);
    }
    client_out_clear(out);
    if (out->wake_moved) {
        world->clients[index].wake_us = out->wake_at.us;
        arm(world, index);
    }
}

void world_client_event(struct world *world, uint32_t index, struct client_event *event)
{
    HB_ASSERT(world->client_out.len == 0); /* never stepped from within its own effects */
    event->now = (struct mono){world_now(world)};
    client_step(world->clients[index].client, event, &world->client_out);
    carry_out(world, index);
}

/* The same for a frame, by far the most frequent event: it touches the connection and the client's
 * own lines, not the world's record of the client. */
void world_client_frame(struct world *world, const struct world_conn *conn, struct wire *wire)
{
    struct client_event event = {.kind = CLIENT_FRAME, .now = {world_now(world)}};
    const uint32_t index = conn->client;

    HB_ASSERT(world->client_out.len == 0);
    event.conn.conn = conn->client_conn;
    event.conn.frame = wire;
    client_step(conn->device, &event, &world->client_out);
    carry_out(world, index);
}

void world_client_wake(struct world *world, uint32_t index)
{
    struct world_client *client = &world->clients[index];
    if (client->armed_us != world_now(world)) {
        return; /* an earlier wake took this one's place */
    }
    client->armed_us = INT64_MAX;
    if (client->wake_us > world_now(world)) {
        arm(world, index);
        return;
    }
    struct client_event event = {.kind = CLIENT_WAKE};
    world_client_event(world, index, &event);
}

bool world_clients_at_rest(const struct world *world)
{
    for (uint32_t i = 0; i < world->plan->clients - world->plan->posters; i++) {
        const struct client *client = world->clients[i].client;
        if (!client_online(client) || client_outbox_len(client) > 0 ||
            client_held_len(client) > 0 || client_syncing(client)) {
            return false;
        }
    }
    return world_posters_at_rest(world);
}
