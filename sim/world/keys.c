/* See keys.h. */
#include "sim/world/keys.h"

#include "sim/world/clients.h"

#include <stdlib.h>

#define KEYS_MAX       30
#define KEY_US_MIN     (40 * MS)
#define KEY_US_MAX     (600 * MS)
#define THOUGHT_US_MAX (4500 * MS) /* between two keys: longer than a client waits for one */
#define THOUGHTFUL     125         /* permille of the keys */
#define SLIP           500       /* permille of what is typed to a person: one key, and not meant */
#define SLIP_US_MAX    (60 * MS) /* it is over before their room need be there */
#define STRANGE_ROOM   60        /* permille: they type where they are no member */

#define NOBODY UINT32_MAX

enum typed_end { TYPED_SENT, TYPED_EMPTIED, TYPED_LEFT, TYPED_END_COUNT };

struct world_typing { /* of one device */
    bool typing;
    uint32_t room; /* its number */
    uint32_t ref;  /* the same, or CLIENT_ROOM_NONE */
    uint32_t to;   /* a user, in place of a room; NOBODY */
    bool slip;
    int64_t keys_left;
    enum typed_end end;
    int64_t line;
    struct rng rng;
};

static void key(struct world *world, uint32_t index, bool emptied)
{
    const struct world_typing *typing = world->clients[index].typing;
    struct client_event event = {.kind = CLIENT_TYPE};

    event.type.room_ref = typing->ref;
    if (typing->to != NOBODY) {
        event.type.to = names_text(&world->names, NAME_USER, typing->to);
    } else {
        event.type.room_id = names_text(&world->names, NAME_ROOM, typing->room);
    }
    event.type.emptied = emptied;
    world_client_event(world, index, &event);
}

static void end(struct world *world, uint32_t index)
{
    struct world_typing *typing = world->clients[index].typing;
    const struct plan *plan = world->plan;

    typing->typing = false;
    if (typing->end == TYPED_EMPTIED) {
        key(world, index, true);
    } else if (typing->end == TYPED_SENT && plan->corpus_len > 0 &&
               (typing->ref != CLIENT_ROOM_NONE || typing->to != NOBODY)) {
        struct client_event event = {.kind = CLIENT_SAY};
        event.say.room_ref = typing->ref;
        if (typing->to != NOBODY) {
            event.say.to = names_text(&world->names, NAME_USER, typing->to);
        }
        event.say.content = plan->corpus[typing->line % plan->corpus_len];
        world_client_event(world, index, &event);
    }
}

static void wait_for_next(struct world *world, uint32_t index)
{
    struct world_typing *typing = world->clients[index].typing;
    struct rng *rng = &typing->rng;
    const int64_t quick_us = rng_between(rng, KEY_US_MIN, KEY_US_MAX);
    const int64_t slow_us = rng_between(rng, KEY_US_MAX, THOUGHT_US_MAX);
    const int64_t key_us = rng_chance(rng, THOUGHTFUL) ? slow_us : quick_us;

    sched_push(&world->sched,
               world_now(world) + (typing->slip ? rng_between(rng, 0, SLIP_US_MAX) : key_us),
               (struct sched_event){.kind = EV_KEY, .client = index});
}

void world_keys_next(struct world *world, uint32_t index)
{
    struct world_typing *typing = world->clients[index].typing;

    if (world_now(world) >= world->plan->duration_us || world->clients[index].away) {
        typing->typing = false; /* nobody is there any more */
    } else if (typing->keys_left == 0) {
        end(world, index);
    } else {
        typing->keys_left--;
        key(world, index, false);
        wait_for_next(world, index);
    }
}

static bool idle(const struct world_client *client)
{
    return !client->away && (client->typing == NULL || !client->typing->typing);
}

static struct world_typing *typing_of(struct world_client *client)
{
    if (client->typing == NULL) {
        client->typing = hb_calloc(1, sizeof *client->typing);
    }
    return client->typing;
}

static void begin(struct world *world, uint32_t index, struct rng *rng)
{
    struct world_typing *typing = world->clients[index].typing;

    typing->typing = true;
    typing->slip = typing->to != NOBODY && rng_chance(rng, SLIP);
    typing->keys_left = rng_between(rng, 1, typing->slip ? 1 : KEYS_MAX);
    typing->end = (enum typed_end)rng_between(rng, 0, TYPED_END_COUNT - 1);
    typing->line = rng_between(rng, 0, INT64_C(1) << 40);
    typing->rng = *rng;
    world_keys_next(world, index);
}

bool world_keys_begin(struct world *world, uint32_t index, struct rng *rng)
{
    struct world_client *client = &world->clients[index];
    const struct world_user *user = client->user;
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    const bool strange = rng_chance(rng, STRANGE_ROOM);
    const struct client_room_config *room = world_seat(user, nth);

    if (user->rooms_len == 0 || (room == NULL && !strange) || !idle(client)) {
        return false;
    }
    struct world_typing *typing = typing_of(client);
    typing->ref = strange ? CLIENT_ROOM_NONE : room->ref;
    typing->room = strange ? (uint32_t)(nth % world->plan->rooms) : typing->ref;
    typing->to = NOBODY;
    begin(world, index, rng);
    return true;
}

bool world_keys_begin_to(struct world *world, uint32_t index, uint32_t user, struct rng *rng)
{
    struct world_client *client = &world->clients[index];

    if (!idle(client)) {
        return false;
    }
    struct world_typing *typing = typing_of(client);
    typing->ref = CLIENT_ROOM_NONE;
    typing->to = user;
    begin(world, index, rng);
    return true;
}

void world_keys_reseed(struct world *world, uint64_t seed)
{
    for (uint32_t i = 0; i < world->plan->clients; i++) {
        if (world->clients[i].typing != NULL) {
            world->clients[i].typing->rng = rng_stream(seed, "typing", i, 0);
        }
    }
}

void world_keys_deinit(struct world *world)
{
    for (uint32_t i = 0; i < world->plan->clients; i++) {
        free(world->clients[i].typing);
    }
}
