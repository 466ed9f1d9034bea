/* See work.h. */
#include "sim/world/work.h"

#include "sim/world/clients.h"
#include "sim/world/keys.h"
#include "sim/world/moves.h"
#include "sim/world/posters.h"

#include <stdio.h>

#define TYPED_FIRST 300 /* permille of what is written to one person */

/* False: there is nowhere to write to, or nothing to say. */
static bool do_send(struct world *world, uint32_t index, struct rng *rng)
{
    const struct plan *plan = world->plan;
    const struct world_user *user = world->clients[index].user;
    const int64_t room = rng_between(rng, 0, INT64_C(1) << 40);
    const int64_t line = rng_between(rng, 0, INT64_C(1) << 40);

    const struct client_room_config *to = world_seat(user, room);
    if (to == NULL || plan->corpus_len == 0) {
        return false;
    }
    if (world_is_poster(world, index)) {
        world_poster_say(world, index, (uint32_t)(to - user->rooms),
                         plan->corpus[line % plan->corpus_len]);
        return true;
    }
    struct client_event event = {.kind = CLIENT_SAY};
    event.say.room_ref = to->ref;
    event.say.content = plan->corpus[line % plan->corpus_len];
    world_client_event(world, index, &event);
    return true;
}

static bool do_touch(struct world *world, uint32_t index)
{
    struct client_event event = {.kind = CLIENT_TOUCH};

    if (!world_client_in_use(world, index)) {
        return false;
    }
    world_client_event(world, index, &event);
    return true;
}

/* What people say of themselves. */
enum choice {
    CHOICE_BUSY,
    CHOICE_AWAY,
    CHOICE_CLEAR,
    CHOICE_LINE,
    CHOICE_NO_LINE,
    CHOICE_QUIET, /* for a time */
    CHOICE_ROOM,
    CHOICE_NO_ROOM,
    CHOICE_COUNT
};
#define QUIET_US_MAX    (20 * SECOND)
#define SECOND_THOUGHTS 4 /* so many choose, and one of them chooses anew in the same moment */

static bool do_choose(struct world *world, uint32_t index, struct rng *rng)
{
    const struct world_user *user = world->clients[index].user;
    const enum choice what = (enum choice)rng_between(rng, 0, CHOICE_COUNT - 1);
    const int64_t quiet_us = rng_between(rng, 1 * SECOND, QUIET_US_MAX);
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    const struct client_room_config *room = world_seat(user, nth);
    struct client_event event = {.kind = CLIENT_CHOOSE};
    struct frame_presence said = {.chosen = true};
    char line[32];

    if (!world_client_in_use(world, index) || (what == CHOICE_ROOM && room == NULL)) {
        return false;
    }
    (void)snprintf(line, sizeof line, "line %u", (unsigned)(nth % 1000));
    said.status_said = what <= CHOICE_CLEAR;
    said.status_cleared = what == CHOICE_CLEAR;
    said.status = what == CHOICE_AWAY ? PRESENCE_AWAY : PRESENCE_BUSY;
    if (nth / 1000 % 3 == 0) {
        said.status = PRESENCE_OFFLINE; /* one chooses to be shown so */
    }
    said.custom_said = what == CHOICE_LINE || what == CHOICE_NO_LINE;
    said.custom_status = what == CHOICE_LINE ? text_of(line) : (struct text){NULL, 0};
    said.dnd_said = what == CHOICE_QUIET;
    if (said.dnd_said) {
        said.dnd_until_ms = WORLD_EPOCH_MS + (world_now(world) + quiet_us) / 1000;
    }
    said.room_said = what == CHOICE_ROOM || what == CHOICE_NO_ROOM;
    if (what == CHOICE_ROOM) {
        said.current_room = room->room_id;
    }
    event.choose = &said;
    world_client_event(world, index, &event);
    if (nth / 3000 % SECOND_THOUGHTS == 0 && (said.status_said || what == CHOICE_LINE)) {
        said.status_said = said.status_said && !said.status_cleared;
        said.status_cleared = false;
        said.status = said.status == PRESENCE_AWAY ? PRESENCE_BUSY : PRESENCE_AWAY;
        said.custom_said = true;
        said.custom_status = TEXT("second thoughts");
        world_client_event(world, index, &event);
    }
    return true;
}

static bool do_watch(struct world *world, uint32_t index, struct rng *rng)
{
    const struct world_user *user = world->clients[index].user;
    const struct seats *seats = &world->seats;
    const int64_t nth_room = rng_between(rng, 0, INT64_C(1) << 40);
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    struct client_event event = {.kind = CLIENT_WATCH};

    event.watch.wanted = rng_chance(rng, 500);
    const struct client_room_config *in = world_seat(user, nth_room);
    if (!world_client_in_use(world, index) || in == NULL) {
        return false;
    }
    const uint32_t room = in->ref;
    const uint32_t members = seats->first[room + 1] - seats->first[room];
    const uint32_t whom = seats->users[seats->first[room] + (uint32_t)(nth % members)];
    if (plan_drops_user(world->plan, whom)) {
        return false;
    }
    event.watch.user = names_text(&world->names, NAME_USER, whom);
    world_client_event(world, index, &event);
    return true;
}

static void write_to(struct world *world, uint32_t index, uint32_t user, struct text content)
{
    struct client_event event = {.kind = CLIENT_SAY};

    event.say.room_ref = CLIENT_ROOM_NONE;
    event.say.to = names_text(&world->names, NAME_USER, user);
    event.say.content = content;
    world_client_event(world, index, &event);
}

/* Half of them to one that is always the same, and of all every other is answered at this instant: so both
 * make the room. Some are typed first, key by key. */
static bool do_direct(struct world *world, uint32_t index, struct rng *rng)
{
    const struct plan *plan = world->plan;
    const uint32_t own = plan_user_of(plan, index);
    const uint32_t users = plan_users(plan);
    const int64_t line = rng_between(rng, 0, INT64_C(1) << 40);
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    const bool near = rng_chance(rng, 500);
    const bool both = rng_chance(rng, 500);
    const bool types = rng_chance(rng, TYPED_FIRST);
    const uint32_t other = near ? own ^ 1U : (uint32_t)(nth % users);
    const uint32_t device = other * plan->devices_per_user;

    if (other >= users || other == own || plan_drops_user(plan, other) || plan->corpus_len == 0 ||
        !world_client_in_use(world, index) || world_is_poster(world, device)) {
        return false;
    }
    if (types) {
        const bool began = world_keys_begin_to(world, index, other, rng);
        return (both && world_client_in_use(world, device) &&
                world_keys_begin_to(world, device, own, rng)) ||
               began;
    }
    const struct text content = plan->corpus[line % plan->corpus_len];
    write_to(world, index, other, content);
    if (both && world_client_in_use(world, device)) {
        write_to(world, device, own, content);
    }
    return true;
}

static bool do_read(struct world *world, uint32_t index, struct rng *rng)
{
    const struct world_user *user = world->clients[index].user;
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    struct client_event event = {.kind = CLIENT_READ};

    const struct client_room_config *room = world_seat(user, nth);
    if (!world_client_in_use(world, index) || room == NULL) {
        return false;
    }
    event.say.room_ref = room->ref;
    event.say.room_id = room->room_id;
    world_client_event(world, index, &event);
    return true;
}

bool world_work(struct world *world, uint32_t index, enum fault_kind kind, struct rng *rng)
{
    switch ((int)kind) {
    case WORKLOAD_SEND:
        return do_send(world, index, rng);
    case WORKLOAD_TOUCH:
        return do_touch(world, index);
    case WORKLOAD_CHOOSE:
        return do_choose(world, index, rng);
    case WORKLOAD_WATCH:
        return do_watch(world, index, rng);
    case WORKLOAD_TYPE:
        return world_keys_begin(world, index, rng);
    case WORKLOAD_DIRECT:
        return do_direct(world, index, rng);
    case WORKLOAD_READ:
        return do_read(world, index, rng);
    case WORKLOAD_CREATE:
        return world_create(world, index, rng);
    case WORKLOAD_JOIN:
        return world_join(world, index, rng);
    case WORKLOAD_LEAVE:
        return world_leave(world, index, rng);
    }
    HB_UNREACHABLE("work of no kind");
}
