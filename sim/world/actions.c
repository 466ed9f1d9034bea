/* See actions.h. */
#include "sim/world/actions.h"

#include "sim/plan/facts.h"
#include "sim/world/clients.h"
#include "sim/world/conn_arrivals.h"
#include "sim/world/posters.h"
#include "sim/world/states.h"
#include "sim/world/token_arrivals.h"
#include "sim/world/work.h"

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
    const struct plan_action_name each = {client, kind, PLAN_EACH};

    return world->plan->drop_kinds[kind] || plan_drops_client(world->plan, client) ||
           u64map_get(&world->drop_actions, action_key(&name), NULL) ||
           u64map_get(&world->drop_actions, action_key(&each), NULL);
}

/* A client's next action of a kind. */
struct due_action {
    uint32_t n;
    int64_t at_us;
    int64_t away_us; /* -1: drawn */
};

static struct due_action due_action(const struct plan *plan, uint32_t next)
{
    if (!plan->written_out) {
        return (struct due_action){.n = next, .away_us = -1};
    }
    const struct plan_action *action = &plan->actions[next];
    return (struct due_action){action->name.n, action->at_us, action->for_us};
}

/* The stream of action n gives first its gap, then its parameters. False: there is none any more. */
static bool action_due(struct world *world, uint32_t index, uint32_t g, int64_t from_us,
                       struct due_action *ret)
{
    const struct plan *plan = world->plan;
    const struct plan_generator *generator = &plan->generators[g];
    struct world_client *client = &world->clients[index];
    const uint32_t next = client->actions_n[g];

    if (plan->written_out && next == ACTION_NONE) {
        return false;
    }
    *ret = due_action(plan, next);
    const int64_t gap_us = plan_action_gap(plan, generator, index, ret->n, &client->actions_rng[g]);
    if (!plan->written_out) {
        ret->at_us = from_us + gap_us;
        return ret->at_us < generator->to_us;
    }
    return true;
}

/* Schedules the next action of a generator, `gap` after `from`. */
static void action_next(struct world *world, uint32_t index, uint32_t g, int64_t from_us)
{
    const enum fault_kind kind = world->plan->generators[g].kind;
    struct due_action due;

    if (!action_due(world, index, g, from_us, &due)) {
        return;
    }
    if (!fault_row(kind)->workload && !action_dropped(world, index, kind, due.n)) {
        world->stats.faults[kind].planned++;
    }
    sched_push(&world->sched, due.at_us,
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

/* Drawn also where the plan says it: what is drawn next stays as it is. */
static int64_t away_of(const struct plan_generator *generator, const struct due_action *due,
                       struct rng *rng)
{
    const int64_t drawn = generator->away_us.high > 0
                              ? rng_between(rng, generator->away_us.low, generator->away_us.high)
                              : 0;
    return due->away_us >= 0 ? due->away_us : drawn;
}

static void do_fault(struct world *world, uint32_t index, const struct plan_generator *generator,
                     struct rng *rng, const struct due_action *due)
{
    struct world_client *client = &world->clients[index];
    struct world_fault_count *count = &world->stats.faults[generator->kind];
    const int64_t away = away_of(generator, due, rng);
    const uint32_t n = due->n;
    const int64_t direction = rng_between(rng, 0, 2);
    const uint32_t slot = client->conn;

    if (generator->kind == FAULT_REVOKE) {
        world_states_meet_client(world, generator->kind, index);
        count->mattered += world_revoke_begin(world, index, rng);
        return;
    }
    if (slot == CONN_NONE || client->away ||
        (generator->kind == FAULT_HALF_OPEN && client->half_open != OBS_NONE)) {
        return;
    }
    count->mattered++;
    world_states_meet_client(world, generator->kind, index);
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
    const uint32_t next = client->actions_n[g];
    const struct due_action due = due_action(world->plan, next);
    struct rng rng = client->actions_rng[g];

    client->actions_n[g] = world->plan->written_out ? world->action_after[next] : next + 1;
    action_next(world, index, g, world_now(world));
    if (action_dropped(world, index, generator->kind, due.n)) {
        world->stats.faults[generator->kind].dropped++;
        acts(world, index);
        return;
    }
    if (!fault_row(generator->kind)->workload) {
        do_fault(world, index, generator, &rng, &due);
    } else if (!world_work(world, index, generator->kind, &rng)) {
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

/* Puts each client's actions of a kind into a row, from the last to the first. */
static void rows_init(struct world *world)
{
    const struct plan *plan = world->plan;

    world->action_after = hb_calloc(plan->actions_len, sizeof *world->action_after);
    for (uint32_t i = 0; i < plan->clients; i++) {
        for (uint32_t g = 0; g < plan->generators_len; g++) {
            world->clients[i].actions_n[g] = ACTION_NONE;
        }
    }
    for (uint32_t i = plan->actions_len; i-- > 0;) {
        const struct plan_action_name *name = &plan->actions[i].name;
        const struct plan_generator *generator = plan_generator(plan, name->kind);
        HB_ASSERT(generator != NULL && name->client < plan->clients);
        uint32_t *first = &world->clients[name->client].actions_n[generator - plan->generators];
        world->action_after[i] = *first;
        *first = i;
    }
}

void world_actions_init(struct world *world)
{
    const struct plan *plan = world->plan;

    if (plan->written_out) {
        rows_init(world);
    }

    for (uint32_t i = 0; i < plan->drop_actions_len; i++) {
        const struct plan_action_name *name = &plan->drop_actions[i];
        if (name->client < plan->clients) {
            u64map_put(&world->drop_actions, action_key(name), 1);
        }
    }
    for (uint32_t i = 0; i < plan->clients; i++) {
        struct rng rng = rng_stream(plan->seed, "client.start", i, 0);
        const bool poster = world_is_poster(world, i);
        if (!poster && !plan_drops_client(plan, i)) {
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
