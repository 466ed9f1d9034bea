/* Timed faults: how each begins and ends. Which, when and how strong is the plan's business.
 *
 * A fault that is for good (a skewed clock) has no end; every other ends at its time, or at the
 * calm after the plan's duration. Clock faults disturb no path: bounds hold while clocks are wrong. */
#include "sim/world/faults.h"

#include "sim/world/aside.h"
#include "sim/world/clocks.h"
#include "sim/world/conn_arrivals.h"
#include "sim/world/links.h"
#include "sim/world/nodes.h"
#include "sim/world/pause.h"
#include "sim/world/states.h"
#include "sim/world/stranger.h"

static const struct plan_fault *fault_at(const struct world *world, uint32_t index)
{
    HB_ASSERT(index < world->plan->faults_len);
    return &world->plan->faults[index];
}

static void observe(struct world *world, enum obs_kind kind, const struct plan_fault *fault)
{
    struct obs obs = OBS(kind, world_now(world));
    obs.value = fault->id;
    obs.seq = fault->kind;
    obs.node = fault->target == OBS_NONE ? OBS_NODE_NONE : (uint16_t)fault->target;
    obs.flags = fault_row(fault->kind)->path;
    obs.flags |= fault_row(fault->kind)->ends_node ? OBS_LEFT : 0;
    obs.flags |= fault_row(fault->kind)->pauses ? OBS_HELD : 0;
    world_observe(world, &obs);
}

/* --- How each begins, and how it ends -------------------------------------------------------
 * A beginning tells whether it touched something in use. */

static struct world_node *node_of(const struct world *world, const struct plan_fault *fault)
{
    HB_ASSERT(fault->target < world->plan->nodes);
    return &world->nodes[fault->target];
}

static void set_clock(struct world *world, const struct plan_fault *fault, int64_t ppm,
                      int64_t offset_ms)
{
    struct obs obs = OBS(OBS_WALL, world_now(world));

    obs.node = (uint16_t)fault->target;
    obs.value = world_node_wall_ms(world, obs.node);
    world_observe(world, &obs);
    world_node_set_clock(world, obs.node, ppm, offset_ms);
    obs.value = world_node_wall_ms(world, obs.node);
    world_observe(world, &obs);
    struct aside aside = ASIDE(ASIDE_CLOCK, world_now(world));
    aside.node = obs.node;
    aside.amount = obs.value - (WORLD_EPOCH_MS + world_now(world) / 1000);
    aside.drift_ppm = ppm;
    world_aside(world, &aside);
}

static bool clock_shift(struct world *world, const struct plan_fault *fault)
{
    const struct world_node *node = node_of(world, fault);
    set_clock(world, fault, node->ppm, node->offset_ms + fault->amount);
    return true;
}

static void clock_shift_back(struct world *world, const struct plan_fault *fault)
{
    const struct world_node *node = node_of(world, fault);
    set_clock(world, fault, node->ppm, node->offset_ms - fault->amount);
}

static bool clock_drift(struct world *world, const struct plan_fault *fault)
{
    const struct world_node *node = node_of(world, fault);
    set_clock(world, fault, node->ppm + fault->amount, node->offset_ms);
    return true;
}

static void clock_drift_end(struct world *world, const struct plan_fault *fault)
{
    const struct world_node *node = node_of(world, fault);
    set_clock(world, fault, node->ppm - fault->amount, node->offset_ms);
}

static bool node_crash(struct world *world, const struct plan_fault *fault)
{
    const bool mattered = node_of(world, fault)->ready;
    world_node_crash(world, (uint16_t)fault->target);
    return mattered;
}

static void node_crash_end(struct world *world, const struct plan_fault *fault)
{
    if (node_of(world, fault)->node == NULL) {
        world_node_start(world, (uint16_t)fault->target);
    }
}

static bool node_drain(struct world *world, const struct plan_fault *fault)
{
    const bool mattered = node_of(world, fault)->ready;
    world_node_drain(world, (uint16_t)fault->target);
    return mattered;
}

static void node_drain_end(struct world *world, const struct plan_fault *fault)
{
    const struct world_node *node = node_of(world, fault);
    if (node->node != NULL && node->life == node->drain_life) {
        world_node_crash(world, (uint16_t)fault->target); /* its time to finish is over */
    }
    node_crash_end(world, fault);
}

/* A second process of one name: the target's place runs it. The older one finds out by itself, and ends. */
static uint16_t namesake(const struct world *world, const struct plan_fault *fault)
{
    return (uint16_t)((fault->target + 1) % world->plan->nodes);
}

static bool name_taken(struct world *world, const struct plan_fault *fault)
{
    const uint16_t older = namesake(world, fault);
    const bool mattered = world->nodes[older].ready;

    if (node_of(world, fault)->node != NULL) {
        world_node_crash(world, (uint16_t)fault->target);
    }
    node_of(world, fault)->as = older;
    world_node_start(world, (uint16_t)fault->target);
    return mattered;
}

static void name_taken_end(struct world *world, const struct plan_fault *fault)
{
    const uint16_t older = namesake(world, fault);

    if (node_of(world, fault)->node != NULL) {
        world_node_crash(world, (uint16_t)fault->target);
    }
    node_of(world, fault)->as = (uint16_t)fault->target;
    world_node_start(world, (uint16_t)fault->target);
    if (world->nodes[older].node == NULL && world->nodes[older].fenced) {
        world_node_start(world, older);
    }
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Until when others of its kind and target, which began meanwhile or before, go on; 0: none does. */
static int64_t others_until(const struct world *world, const struct plan_fault *fault)
{
    int64_t until_us = 0;

    for (uint32_t i = 0; i < world->plan->faults_len; i++) {
        const struct plan_fault *other = &world->plan->faults[i];
        if (world->faults_active[i] != 0 && other != fault && other->kind == fault->kind &&
            other->target == fault->target) {
            until_us = later(until_us, other->at_us + other->for_us);
        }
    }
    return until_us;
}

static bool redis_cut(struct world *world, const struct plan_fault *fault)
{
    struct world_node *node = node_of(world, fault);
    node->redis_cut_until_us = later(node->redis_cut_until_us, world_now(world) + fault->for_us);
    return world_redis_reset(world, (uint16_t)fault->target);
}

static void redis_cut_end(struct world *world, const struct plan_fault *fault)
{
    node_of(world, fault)->redis_cut_until_us = others_until(world, fault);
}

static bool redis_restart(struct world *world, const struct plan_fault *fault)
{
    bool mattered = false;
    world->redis_down_until_us =
        later(world->redis_down_until_us, world_now(world) + fault->for_us);
    for (uint16_t i = 0; i < world->plan->nodes; i++) {
        mattered |= world_redis_reset(world, i);
    }
    engine_restart(world->engine);
    return mattered;
}

static void redis_restart_end(struct world *world, const struct plan_fault *fault)
{
    world->redis_down_until_us = others_until(world, fault);
}

static bool db_refuse(struct world *world, const struct plan_fault *fault)
{
    world->db_refuse_permille += fault->amount;
    return true;
}

static void db_refuse_end(struct world *world, const struct plan_fault *fault)
{
    world->db_refuse_permille -= fault->amount;
}

static bool db_unknown(struct world *world, const struct plan_fault *fault)
{
    world->db_unknown_permille += fault->amount;
    return true;
}

static void db_unknown_end(struct world *world, const struct plan_fault *fault)
{
    world->db_unknown_permille -= fault->amount;
}

static bool db_slow(struct world *world, const struct plan_fault *fault)
{
    world->db_slow_us += fault->amount;
    return true;
}

static void db_slow_end(struct world *world, const struct plan_fault *fault)
{
    world->db_slow_us -= fault->amount;
}

static bool node_pause(struct world *world, const struct plan_fault *fault)
{
    const struct world_node *node = node_of(world, fault);
    if (node->node != NULL) {
        world_pause(world, (uint16_t)fault->target);
    }
    return node->node != NULL && node->ready;
}

static void node_pause_end(struct world *world, const struct plan_fault *fault)
{
    if (others_until(world, fault) <= world_now(world)) {
        world_pause_end(world, (uint16_t)fault->target);
    }
}

static bool redis_stranger(struct world *world, const struct plan_fault *fault)
{
    world_stranger_begin(world, (uint32_t)(fault - world->plan->faults));
    return world_now(world) >= world->redis_down_until_us;
}

/* They look whether it goes on. */
static void redis_stranger_end(struct world *world, const struct plan_fault *fault)
{
    (void)world;
    (void)fault;
}

/* Resets so many permille of the open connections. */
static bool client_cut(struct world *world, const struct plan_fault *fault)
{
    struct rng rng = rng_stream(world->plan->seed, "fault.client_cut", fault->id, 0);
    bool mattered = false;

    for (uint32_t i = 0; i < world->plan->clients; i++) {
        if (!rng_chance(&rng, (uint32_t)fault->amount) || world->clients[i].conn == CONN_NONE) {
            continue;
        }
        struct obs obs = world_obs_of_device(world, OBS_FAULT_BEGIN, i);
        obs.value = fault->id;
        obs.seq = fault->kind;
        world_observe(world, &obs);
        world_net_reset(world, world->clients[i].conn);
        obs.kind = OBS_FAULT_END;
        world_observe(world, &obs);
        mattered = true;
    }
    return mattered;
}

/* Of every kind that the plan writes out; what clients do by themselves is in actions.c. A
 * moment has no end. */
static const struct {
    bool (*begin)(struct world *world, const struct plan_fault *fault);
    void (*end)(struct world *world, const struct plan_fault *fault);
} acts[FAULT_KIND_COUNT] = {
    [FAULT_CLOCK_OFFSET] = {clock_shift, clock_shift_back},
    [FAULT_CLOCK_DRIFT] = {clock_drift, clock_drift_end},
    [FAULT_CLOCK_JUMP] = {clock_shift, NULL},
    [FAULT_NODE_CRASH] = {node_crash, node_crash_end},
    [FAULT_NODE_DRAIN] = {node_drain, node_drain_end},
    [FAULT_REDIS_CUT] = {redis_cut, redis_cut_end},
    [FAULT_REDIS_RESTART] = {redis_restart, redis_restart_end},
    [FAULT_DB_REFUSE] = {db_refuse, db_refuse_end},
    [FAULT_DB_UNKNOWN] = {db_unknown, db_unknown_end},
    [FAULT_DB_SLOW] = {db_slow, db_slow_end},
    [FAULT_CLIENT_CUT] = {client_cut, NULL},
    [FAULT_NODE_PAUSE] = {node_pause, node_pause_end},
    [FAULT_NAME_TAKEN] = {name_taken, name_taken_end},
    [FAULT_REDIS_STRANGER] = {redis_stranger, redis_stranger_end},
};

/* --- When ----------------------------------------------------------------------------------- */

void world_faults_init(struct world *world)
{
    const struct plan *plan = world->plan;

    for (int i = 0; i < FAULT_KIND_COUNT; i++) { /* a row without its acts is found by any run */
        const struct fault_row *row = fault_row((enum fault_kind)i);
        HB_ASSERT((acts[i].begin != NULL) == (row->target != HITS_CLIENT));
        HB_ASSERT((acts[i].end != NULL) == (acts[i].begin != NULL && row->lasts != MOMENT));
    }
    world->faults_active = hb_calloc(plan->faults_len, 1);
    for (uint32_t i = 0; i < plan->drop_faults_len; i++) {
        u64map_put(&world->drop_faults, plan->drop_faults[i], 1);
    }
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *fault = &plan->faults[i];
        if (u64map_get(&world->drop_faults, fault->id, NULL) ||
            (fault->target != OBS_NONE && plan->drop_nodes[fault->target])) {
            world->stats.faults[fault->kind].dropped++;
            continue;
        }
        world->stats.faults[fault->kind].planned++;
        sched_push(&world->sched, fault->at_us,
                   (struct sched_event){.kind = EV_FAULT_BEGIN, .fault = i});
        if (fault->for_us > 0 && fault->at_us + fault->for_us < plan->duration_us) {
            sched_push(&world->sched, fault->at_us + fault->for_us,
                       (struct sched_event){.kind = EV_FAULT_END, .fault = i});
        }
    }
}

static void fault_begin(struct world *world, uint32_t index)
{
    const struct plan_fault *fault = fault_at(world, index);
    const struct fault_row *row = fault_row(fault->kind);
    struct world_fault_count *count = &world->stats.faults[fault->kind];

    if (row->ends_node && fault->kind != FAULT_NAME_TAKEN && /* which starts a process */
        world->nodes[fault->target].node == NULL) {
        return; /* it is down already: this one never fires */
    }
    world_aside_fault(world, fault);
    observe(world, OBS_FAULT_BEGIN, fault);
    count->fired++;
    world_states_meet(world, fault->kind, fault->target);
    count->mattered += acts[fault->kind].begin(world, fault);
    if (row->lasts != MOMENT && fault->for_us > 0) {
        world->faults_active[index] = 1;
    } else {
        observe(world, OBS_FAULT_END, fault);
    }
}

static void fault_end(struct world *world, uint32_t index)
{
    const struct plan_fault *fault = fault_at(world, index);
    if (world->faults_active[index] == 0) {
        return;
    }
    world->faults_active[index] = 0;
    acts[fault->kind].end(world, fault);
    observe(world, OBS_FAULT_END, fault);
}

void world_faults_calm(struct world *world)
{
    for (uint32_t i = 0; i < world->plan->faults_len; i++) {
        fault_end(world, i);
    }
}

void world_fault_event(struct world *world, const struct sched_event *event)
{
    if (event->kind == EV_FAULT_BEGIN) {
        fault_begin(world, event->fault);
    } else if (event->kind == EV_FAULT_END) {
        fault_end(world, event->fault);
    } else {
        HB_ASSERT(event->kind == EV_STRANGER);
        world_stranger_writes(world, event->fault);
    }
}
