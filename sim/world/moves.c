/* See moves.h. */
#include "sim/world/moves.h"

#include "sim/world/clients.h"

#include <stdio.h>

#define OPEN         800 /* permille of the rooms that are made */
#define WANTED       300 /* of them with a name that others may have taken */
#define STRANGERS    150 /* of those who are to come: anybody */
#define INVITED_MAX  3
#define LATEST       300 /* of joins: of a room that was made lately */
#define LATEST_ROOMS 8
#define OWN          600 /* of leaves: of a room that its person is in from the start */
#define BOTH         400 /* of commands: by the person's next device too, at this instant */
#define AGAIN        600 /* of leaves: joined again behind it */
#define SAID         500 /* of commands: with a message to some room that the device knows */
#define TRIES        4

static uint32_t next_device(const struct world *world, uint32_t index)
{
    const struct plan *plan = world->plan;
    const uint32_t first = index - plan_device_of(plan, index);

    return first + (plan_device_of(plan, index) + 1) % plan->devices_per_user;
}

static void ask(struct world *world, uint32_t index, const struct frame *frame, bool both)
{
    struct client_event event = {.kind = CLIENT_ROOM, .room = frame};
    const uint32_t other = next_device(world, index);

    world_client_event(world, index, &event);
    if (both && other != index && world_client_in_use(world, other)) {
        world_client_event(world, other, &event);
    }
}

/* A message to one of the rooms that there are, if the device has come to know it. */
static void say(struct world *world, uint32_t index, struct rng *rng)
{
    const struct plan *plan = world->plan;
    const bool says = rng_chance(rng, SAID);
    const int64_t line = rng_between(rng, 0, INT64_C(1) << 40);

    for (uint32_t i = 0; i < TRIES; i++) {
        const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
        struct client_event event = {.kind = CLIENT_SAY};
        event.say.room_ref = CLIENT_ROOM_NONE;
        event.say.room_id = names_text(&world->names, NAME_ROOM,
                                       (uint32_t)(nth % world->names.of[NAME_ROOM].count));
        if (says && plan->corpus_len > 0 &&
            client_knows(world->clients[index].client, event.say.room_id)) {
            event.say.content = plan->corpus[line % plan->corpus_len];
            world_client_event(world, index, &event);
            return;
        }
    }
}

/* Those who are to come. */
static uint32_t invite(const struct world *world, uint32_t index, struct rng *rng,
                       struct text ret[INVITED_MAX])
{
    const struct world_user *user = world->clients[index].user;
    const struct seats *seats = &world->seats;
    const uint32_t len = (uint32_t)rng_between(rng, 0, INVITED_MAX);

    for (uint32_t i = 0; i < INVITED_MAX; i++) {
        const bool stranger = rng_chance(rng, STRANGERS);
        const int64_t nth_room = rng_between(rng, 0, INT64_C(1) << 40);
        const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
        const struct client_room_config *in = world_seat(user, nth_room);
        uint32_t whom = (uint32_t)(nth % plan_users(world->plan));
        if (!stranger && in != NULL) {
            const uint32_t members = seats->first[in->ref + 1] - seats->first[in->ref];
            whom = seats->users[seats->first[in->ref] + (uint32_t)(nth % members)];
        }
        if (plan_drops_user(world->plan, whom)) {
            whom = plan_user_of(world->plan, index); /* who comes anyhow */
        }
        ret[i] = names_text(&world->names, NAME_USER, whom);
    }
    return len;
}

bool world_create(struct world *world, uint32_t index, struct rng *rng)
{
    struct frame frame = {.type = FRAME_ROOM_CREATE};
    struct text members[INVITED_MAX];
    char name[48];
    const bool wanted = rng_chance(rng, WANTED);
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    const bool both = rng_chance(rng, BOTH);

    frame.room.open = rng_chance(rng, OPEN);
    frame.room.members_len = invite(world, index, rng, members);
    frame.room.members = members;
    if (!world_client_in_use(world, index)) {
        return false;
    }
    if (wanted) {
        (void)snprintf(name, sizeof name, "wanted-%u", (unsigned)(nth % world->plan->rooms));
    } else {
        (void)snprintf(name, sizeof name, "made-%u-%llu", (unsigned)index, (unsigned long long)nth);
    }
    frame.room.room_id = text_of(name);
    ask(world, index, &frame, both);
    say(world, index, rng);
    return true;
}

static struct text some_room(const struct world *world, struct rng *rng)
{
    const uint32_t rooms = world->names.of[NAME_ROOM].count;
    const bool latest = rng_chance(rng, LATEST);
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    const uint32_t among = latest && rooms > LATEST_ROOMS ? LATEST_ROOMS : rooms;

    HB_ASSERT(rooms > 0);
    return names_text(&world->names, NAME_ROOM, rooms - 1 - (uint32_t)(nth % among));
}

bool world_join(struct world *world, uint32_t index, struct rng *rng)
{
    struct frame frame = {.type = FRAME_ROOM_JOIN};
    const bool both = rng_chance(rng, BOTH);

    frame.room.room_id = some_room(world, rng);
    if (!world_client_in_use(world, index)) {
        return false;
    }
    ask(world, index, &frame, both);
    say(world, index, rng);
    return true;
}

bool world_leave(struct world *world, uint32_t index, struct rng *rng)
{
    const struct world_user *user = world->clients[index].user;
    struct frame frame = {.type = FRAME_ROOM_LEAVE};
    const bool own = rng_chance(rng, OWN);
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    const bool both = rng_chance(rng, BOTH);
    const bool again = rng_chance(rng, AGAIN);

    const uint32_t other = both ? next_device(world, index) : index;

    frame.room.room_id = some_room(world, rng);
    if (!world_client_in_use(world, index)) {
        return false;
    }
    const struct client_room_config *in = world_seat(user, nth);
    if (own && in != NULL) {
        frame.room.room_id = in->room_id;
    }
    ask(world, index, &frame, both);
    if (again) {
        frame.type = FRAME_ROOM_JOIN;
        ask(world, world_client_in_use(world, other) ? other : index, &frame, both);
    }
    say(world, index, rng);
    return true;
}
