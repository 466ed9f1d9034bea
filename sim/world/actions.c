/* See actions.h. */
#include "sim/world/actions.h"

#include "sim/plan/facts.h"
#include "sim/world/clients.h"
#include "sim/world/conn_arrivals.h"
#include "sim/world/keys.h"
#include "sim/world/posters.h"
#include "sim/world/token_arrivals.h"

#include <stdio.h>

#define TYPED_FIRST 300 /* permille of what is written to one person */

/* An action's name as one word, for maps. */
static uint64_t action_key(const struct plan_action_name *name)
{
    _Static_assert(PLAN_CLIENTS_MAX < 1 << 24 && FAULT_KIND_COUNT <= 256, "they fit into 64 bits");
    HB_ASSERT(name->client < PLAN_CLIENTS_MAX);
    return (uint64_t)name->client << 40 | (uint64_t)name->kind << 32 | name->n;
}

static bool action_dropped(const struct world *world, uint32_t client, enum fault_kind kind,
                           uint32_t n)
{
    const struct plan_action_name name = {client, kind, n};
    return u64map_get(&world->drop_actions, action_key(&name), NULL);
}

/* Schedules the next action of a generator, `gap` after `from`. The stream of action n gives first
 * its gap, then its parameters. */
static void action_next(struct world *world, uint32_t index, uint32_t g, int64_t from_us)
{
    const struct plan_generator *generator = &world->plan->generators[g];
    struct world_client *client = &world->clients[index];
    struct rng rng;
    const int64_t at =
        from_us + plan_action_gap(world->plan, generator, index, client->actions_n[g], &rng);

    client->actions_rng[g] = rng;
    if (at >= generator->to_us) {
        return;
    }
    if (!fault_row(generator->kind)->workload &&
        !action_dropped(world, index, generator->kind, client->actions_n[g])) {
        world->stats.faults[generator->kind].planned++;
    }
    sched_push(&world->sched, at,
               (struct sched_event){.kind = EV_ACTION, .client = index, .generator = g});
}

static void observe_fault(struct world *world, enum obs_kind kind, uint32_t device,
                          enum fault_kind action, uint32_t n)
{
    struct obs obs = world_obs_of_device(world, kind, device);
    obs.seq = action;
    obs.value = n;
    obs.flags = action == FAULT_HALF_OPEN ? OBS_QUIET : 0;
    world_observe(world, &obs);
}

/* False: there is nowhere to write to, or nothing to say. */
static bool do_send(struct world *world, uint32_t index, struct rng *rng)
{
    const struct plan *plan = world->plan;
    const struct world_user *user = world->clients[index].user;
    const int64_t room = rng_between(rng, 0, INT64_C(1) << 40);
    const int64_t line = rng_between(rng, 0, INT64_C(1) << 40);

    if (user->rooms_len == 0 || plan->corpus_len == 0) {
        return false;
    }
    if (world_is_poster(world, index)) {
        world_poster_say(world, index, (uint32_t)(room % user->rooms_len),
                         plan->corpus[line % plan->corpus_len]);
        return true;
    }
    struct client_event event = {.kind = CLIENT_SAY};
    event.say.room_ref = user->rooms[room % user->rooms_len].ref;
    event.say.content = plan->corpus[line % plan->corpus_len];
    world_client_event(world, index, &event);
    return true;
}

/* False: it is closed, or they write by HTTP alone: nobody sees them there. */
static bool in_use(const struct world *world, uint32_t index)
{
    return !world_is_poster(world, index) && !world->clients[index].away;
}

static bool do_touch(struct world *world, uint32_t index)
{
    struct client_event event = {.kind = CLIENT_TOUCH};

    if (!in_use(world, index)) {
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
    const uint32_t rooms_len = user->rooms_len > 0 ? user->rooms_len : 1;
    struct client_event event = {.kind = CLIENT_CHOOSE};
    struct frame_presence said = {.chosen = true};
    char line[32];

    if (!in_use(world, index) || (what == CHOICE_ROOM && user->rooms_len == 0)) {
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
        said.current_room = user->rooms[nth % rooms_len].room_id;
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
    if (!in_use(world, index) || user->rooms_len == 0) {
        return false;
    }
    const uint32_t room = user->rooms[nth_room % user->rooms_len].ref;
    const uint32_t members = seats->first[room + 1] - seats->first[room];
    const uint32_t whom = seats->users[seats->first[room] + (uint32_t)(nth % members)];
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

    if (other >= users || other == own || plan->corpus_len == 0 || !in_use(world, index) ||
        world_is_poster(world, device)) {
        return false;
    }
    if (types) {
        const bool began = world_keys_begin_to(world, index, other, rng);
        return (both && in_use(world, device) && world_keys_begin_to(world, device, own, rng)) ||
               began;
    }
    const struct text content = plan->corpus[line % plan->corpus_len];
    write_to(world, index, other, content);
    if (both && in_use(world, device)) {
        write_to(world, device, own, content);
    }
    return true;
}

static bool do_read(struct world *world, uint32_t index, struct rng *rng)
{
    const struct world_user *user = world->clients[index].user;
    const int64_t nth = rng_between(rng, 0, INT64_C(1) << 40);
    struct client_event event = {.kind = CLIENT_READ};

    if (!in_use(world, index) || user->rooms_len == 0) {
        return false;
    }
    event.say.room_ref = user->rooms[nth % user->rooms_len].ref;
    event.say.room_id = user->rooms[nth % user->rooms_len].room_id;
    world_client_event(world, index, &event);
    return true;
}

/* False: it is not done. */
static bool do_work(struct world *world, uint32_t index, enum fault_kind kind, struct rng *rng)
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
    }
    HB_UNREACHABLE("work of no kind");
}

/* Events say which kind by its distance from the first: recorded hashes hold that number. */
static uint16_t event_kind(enum fault_kind kind)
{
    HB_ASSERT(kind >= WORKLOAD_SEND);
    return (uint16_t)(kind - WORKLOAD_SEND);
}

/* The app is closed, or killed: then its connection is reset. */
static void stop(struct world *world, uint32_t index, enum fault_kind kind)
{
    struct client_event event = {.kind = CLIENT_STOP};
    const uint32_t slot = world->clients[index].conn;

    if (kind == FAULT_DISCONNECT_CLEAN) {
        world_client_event(world, index, &event);
        return;
    }
    HB_ASSERT(kind == FAULT_APP_KILL || kind == FAULT_APP_LOSS);
    event.kind = CLIENT_KILL;
    event.kill_loses = kind == FAULT_APP_LOSS;
    world_client_event(world, index, &event);
    world_net_reset(world, slot);
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

    if (generator->kind == FAULT_REVOKE) {
        count->mattered += world_revoke_begin(world, index, rng);
        return;
    }
    if (slot == CONN_NONE || client->away ||
        (generator->kind == FAULT_HALF_OPEN && client->half_open != OBS_NONE)) {
        return;
    }
    count->mattered++;
    observe_fault(world, OBS_FAULT_BEGIN, index, generator->kind, n);
    if (generator->kind == FAULT_HALF_OPEN) {
        world->conns[slot].drop_up = direction != 1;
        world->conns[slot].drop_down = direction != 0;
        client->half_open = n;
        return;
    }
    if (generator->kind == FAULT_DISCONNECT_ABRUPT) {
        world_net_reset(world, slot);
        observe_fault(world, OBS_FAULT_END, index, generator->kind, n);
        return;
    }
    const int64_t calm = world->plan->duration_us - 1;
    const int64_t until = world_now(world) + away < calm ? world_now(world) + away : calm;
    client->away = true;
    stop(world, index, generator->kind);
    sched_push(
        &world->sched, until,
        (struct sched_event){
            .kind = EV_AWAY_END, .action = event_kind(generator->kind), .client = index, .nth = n});
}

static void acts(struct world *world, uint32_t index)
{
    world->stats.people += !world->clients[index].acted;
    world->clients[index].acted = true;
}

void world_client_action(struct world *world, const struct sched_event *event)
{
    const uint32_t index = event->client;
    const uint32_t g = event->generator;
    const struct plan_generator *generator = &world->plan->generators[g];
    struct world_client *client = &world->clients[index];
    const uint32_t n = client->actions_n[g];
    struct rng rng = client->actions_rng[g];

    client->actions_n[g]++;
    action_next(world, index, g, world_now(world));
    if (action_dropped(world, index, generator->kind, n)) {
        world->stats.faults[generator->kind].dropped++;
        acts(world, index);
        return;
    }
    if (!fault_row(generator->kind)->workload) {
        do_fault(world, index, generator, &rng, n);
    } else if (!do_work(world, index, generator->kind, &rng)) {
        return;
    }
    world->stats.faults[generator->kind].fired++;
    acts(world, index);
}

void world_client_away_end(struct world *world, const struct sched_event *event)
{
    const uint32_t index = event->client;
    const enum fault_kind kind = WORKLOAD_SEND + event->action;
    struct world_client *client = &world->clients[index];

    HB_ASSERT(client->away);
    observe_fault(world, OBS_FAULT_END, index, kind, event->nth);
    client->away = false;
    struct client_event start = {.kind = CLIENT_START};
    world_client_event(world, index, &start);
}

void world_client_start(struct world *world, uint32_t index)
{
    if (!world->clients[index].away) {
        struct client_event event = {.kind = CLIENT_START};
        world_client_event(world, index, &event);
    }
}

void world_actions_init(struct world *world)
{
    const struct plan *plan = world->plan;

    for (uint32_t i = 0; i < plan->drop_actions_len; i++) {
        const struct plan_action_name *name = &plan->drop_actions[i];
        if (name->client < plan->clients) {
            u64map_put(&world->drop_actions, action_key(name), 1);
        }
    }
    for (uint32_t i = 0; i < plan->clients; i++) {
        struct rng rng = rng_stream(plan->seed, "client.start", i, 0);
        const bool poster = world_is_poster(world, i);
        if (!poster) {
            sched_push(&world->sched, rng_between(&rng, 0, plan->connect_spread_us),
                       (struct sched_event){.kind = EV_CLIENT_START, .client = i});
        }
        for (uint32_t g = 0; g < plan->generators_len; g++) {
            if (!poster || fault_row(plan->generators[g].kind)->posters) {
                action_next(world, i, g, plan->generators[g].from_us);
            }
        }
    }
}
