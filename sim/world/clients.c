/* See clients.h. */
#include "sim/world/clients.h"

#include "server/protocol/ring.h"
#include "sim/plan/seats.h"
#include "sim/world/conns.h"
#include "sim/world/database.h"
#include "sim/world/posters.h"
#include "sim/world/subjects.h"
#include "sim/world/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Who is in which room ------------------------------------------------------------------- */

static struct text number_name(char letter, uint32_t number, char ret[16])
{
    const int len = snprintf(ret, 16, "%c%u", letter, (unsigned)number);
    return (struct text){ret, (uint32_t)len};
}

static void seat(struct world_user *user, const struct plan *plan, uint32_t at,
                 struct client_room_config room)
{
    const bool dropped = plan_drops_room(plan, at);

    if (plan->drop_rooms != NULL) {
        user->seats = hb_realloc(user->seats, (user->seats_len + 1) * sizeof *user->seats);
        user->seats[user->seats_len++] = dropped ? ROOM_LEFT_OUT : user->rooms_len;
    }
    if (!dropped) {
        user->rooms = hb_realloc(user->rooms, (user->rooms_len + 1) * sizeof *user->rooms);
        user->rooms[user->rooms_len++] = room;
    }
}

/* The rule that seeds the database. */
static void rooms_init(struct world *world)
{
    const struct plan *plan = world->plan;
    struct text *members = hb_calloc(plan_users(plan), sizeof *members);
    struct seats *seats = &world->seats;

    seats_init(seats, plan);
    for (uint32_t room = 0; room < plan->rooms; room++) {
        char store[16];
        const uint32_t number = world_room_number(world, number_name('r', room, store));
        const struct text name = names_text(&world->names, NAME_ROOM, number);
        uint32_t members_len = 0;
        for (uint32_t place = seats->first[room]; place < seats->first[room + 1]; place++) {
            const uint32_t user = seats->users[place];
            seat(&world->users[user], plan, room, (struct client_room_config){name, number});
            if (!plan_drops_user(plan, user)) {
                members[members_len++] = names_text(&world->names, NAME_USER, user);
            }
        }
        if (!plan_drops_room(plan, room)) {
            world_db_seed_room(world, name, members, members_len);
        }
    }
    free(members);
}

/* A user, and its devices after it. */
static void user_init(struct world *world, uint32_t index)
{
    char subject_store[SUBJECT_BYTES_MAX];
    char name_store[ID_BYTES_MAX + 1];
    char store[16];
    struct world_user *user = &world->users[index];
    const struct text subject = subject_of(world->plan, index, subject_store);
    const struct text name = subject_user(subject, name_store);
    const uint32_t number = world_user_number(world, name);

    HB_ASSERT(number == index);
    user->key = ring_key(name);
    for (uint32_t d = 0; d < world->plan->devices_per_user; d++) {
        const uint32_t device = index * world->plan->devices_per_user + d;
        (void)names_number(&world->names, NAME_DEVICE, number_name('d', device, store), NULL);
        world->clients[device].user = user;
        witness_device(world->witness, device, index, world_now(world), &world->seen);
        world_tell(world);
    }
}

static void client_init(struct world *world, uint32_t index)
{
    const struct plan *plan = world->plan;
    struct world_client *client = &world->clients[index];
    const struct client_config config = {
        .user = names_text(&world->names, NAME_USER, plan_user_of(plan, index)),
        /* As people call theirs: alike. So client ids, which begin with it, are alike, too. */
        .device = names_text(&world->names, NAME_DEVICE, plan_device_of(plan, index)),
        .token = world_token_first(world, index),
        .rooms = client->user->rooms,
        .rooms_len = client->user->rooms_len,
        .params = plan->client,
        .ping_interval_us = plan->server.ping_interval_us,
        .ping_timeout_us = plan->server.ping_timeout_us,
        .rng = rng_stream(plan->seed, "client", index, 0),
    };
    client->client = client_new(&config);
    client->conn = CONN_NONE;
    client->half_open = OBS_NONE;
    client->armed_us = INT64_MAX;
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
        client_init(world, i);
    }
}

void world_clients_deinit(struct world *world)
{
    for (uint32_t i = 0; i < world->plan->clients; i++) {
        client_free(&world->clients[i].client);
    }
    for (uint32_t i = 0; i < plan_users(world->plan); i++) {
        free(world->users[i].rooms);
        free(world->users[i].seats);
    }
    free(world->users);
    free(world->clients);
}

/* --- Effects -------------------------------------------------------------------------------- */

static void on_connect(struct world *world, uint32_t index, uint32_t client_conn)
{
    struct world_client *client = &world->clients[index];
    HB_ASSERT(client->conn == CONN_NONE);
    client->connects++;
    struct obs want = world_obs_of_device(world, OBS_WANT, index);
    want.value = client_conn;
    world_observe_edge(world, &want);
    world_net_connect(world, index, client_conn);
}

/* What the world counts of it. */
static void count(struct world *world, uint32_t index, const struct client_effect *effect)
{
    struct world_stats *stats = &world->stats;
    struct world_client *client = &world->clients[index];

    stats->sends += effect->kind == CLIENT_OUT_ISSUED;
    stats->resends += effect->kind == CLIENT_OUT_RESENT;
    stats->sync_pages += effect->kind == CLIENT_OUT_SYNC_PAGE;
    if (effect->kind == CLIENT_OUT_WELCOME) {
        stats->connects++;
        stats->reconnects += client->welcomes > 0;
        client->welcomes++;
    }
}

static void on_effect(struct world *world, uint32_t index, struct client_effect *effect)
{
    struct world_client *client = &world->clients[index];

    witness_effect(world->witness, index, world_now(world), effect, &world->seen);
    world_tell(world);
    if (effect->kind == CLIENT_OUT_SHOWN) { /* by far the most */
        world->stats.deliveries++;
    } else if (effect->kind == CLIENT_OUT_CONNECT) {
        on_connect(world, index, effect->conn);
    } else if (effect->kind == CLIENT_OUT_DISCONNECT) {
        if (client->conn != CONN_NONE && world->conns[client->conn].client_conn == effect->conn) {
            world_net_close_by_client(world, client->conn);
        }
    } else if (effect->kind == CLIENT_OUT_SEND) {
        if (client->conn != CONN_NONE) {
            world_net_send_up(world, client->conn, effect->wire);
            effect->wire = NULL;
        }
    } else if (effect->kind == CLIENT_OUT_TOKEN) {
        world_token_wanted(world, index);
    } else {
        count(world, index, effect);
    }
}

static void arm(struct world *world, uint32_t index)
{
    struct world_client *client = &world->clients[index];
    if (client->wake_us < client->armed_us) {
        client->armed_us = client->wake_us;
        sched_push(&world->sched, client->wake_us,
                   (struct sched_event){.kind = EV_CLIENT_WAKE, .client = index});
    }
}

static void carry_out(struct world *world, uint32_t index, const struct client_event *event)
{
    struct client_out *out = &world->client_out;

    if (world->watch != NULL) {
        world->watch->client(world->watch->user, world, index, event, out);
    }

    for (size_t i = 0; i < out->len; i++) {
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
    carry_out(world, index, event);
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
    carry_out(world, index, &event);
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

bool world_client_in_use(const struct world *world, uint32_t index)
{
    return !world_is_poster(world, index) && !world->clients[index].away &&
           !plan_drops_client(world->plan, index);
}

bool world_clients_at_rest(const struct world *world)
{
    for (uint32_t i = 0; i < world->plan->clients - world->plan->posters; i++) {
        const struct client *client = world->clients[i].client;
        if (plan_drops_client(world->plan, i)) {
            continue;
        }
        if (!client_online(client) || client_outbox_len(client) > 0 ||
            client_commands_len(client) > 0 || client_held_len(client) > 0 ||
            client_syncing(client)) {
            return false;
        }
    }
    return world_posters_at_rest(world);
}
