/* Timed faults: how each begins and ends. Which, when and how strong is the plan's business.
 *
 * A fault that is for good (a skewed clock) has no end; every other ends at its time, or at the
 * calm after the plan's duration. Clock faults disturb no path: bounds hold while clocks are wrong. */
#include "sim/world/faults.h"

#include "sim/world/clocks.h"
#include "sim/world/conn_arrivals.h"
#include "sim/world/links.h"
#include "sim/world/nodes.h"

static const struct plan_fault *fault_at(const struct world *world, uint32_t index)
{
    HB_ASSERT(index < world->plan->faults_len);
    return &world->plan->faults[index];
}

void world_faults_init(struct world *world)
{
    const struct plan *plan = world->plan;

    world->faults_active = hb_calloc(plan->faults_len, 1);
    for (uint32_t i = 0; i < plan->drop_faults_len; i++) {
        u64map_put(&world->drop_faults, plan->drop_faults[i], 1);
    }
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *fault = &plan->faults[i];
        if (u64map_get(&world->drop_faults, fault->id, NULL)) {
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

static void observe(struct world *world, enum obs_kind kind, const struct plan_fault *fault)
{
    struct obs obs = OBS(kind, world_now(world));
    obs.value = fault->id;
    obs.seq = fault->kind;
    obs.node = fault->target == OBS_NONE ? OBS_NODE_NONE : (uint16_t)fault->target;
    if (fault->kind == FAULT_REDIS_CUT || fault->kind == FAULT_REDIS_RESTART) {
        obs.flags = OBS_REDIS;
    } else if (fault->kind == FAULT_DB_REFUSE || fault->kind == FAULT_DB_UNKNOWN ||
               fault->kind == FAULT_DB_SLOW) {
        obs.flags = OBS_DATABASE;
    }
    world_observe(world, &obs);
}

/* Resets so many permille of the open connections. */
static bool cut_clients(struct world *world, const struct plan_fault *fault)
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

static bool restart_redis(struct world *world, const struct plan_fault *fault)
{
    bool mattered = false;
    world->redis_down_until_us = world_now(world) + fault->for_us;
    for (uint16_t i = 0; i < world->plan->nodes; i++) {
        mattered |= world_redis_reset(world, i);
    }
    engine_restart(world->engine);
    return mattered;
}

static bool crash_node(struct world *world, const struct plan_fault *fault)
{
    struct world_node *node = &world->nodes[fault->target];
    const bool mattered = node->ready;
    world_node_crash(world, (uint16_t)fault->target);
    return mattered;
}

static bool drain_node(struct world *world, const struct plan_fault *fault)
{
    const bool mattered = world->nodes[fault->target].ready;
    world_node_drain(world, (uint16_t)fault->target);
    return mattered;
}

/* The node that the fault hits; of a fault that hits none, the first, which is then not touched. */
static struct world_node *node_of(const struct world *world, const struct plan_fault *fault)
{
    return &world->nodes[fault->target == OBS_NONE ? 0 : fault->target];
}

/* Carries out the beginning; true: it touched something in use. */
static bool begin(struct world *world, const struct plan_fault *fault)
{
    const uint16_t target = (uint16_t)fault->target;
    const struct world_node *node = node_of(world, fault);
    switch (fault->kind) {
    case FAULT_CLOCK_OFFSET:
    case FAULT_CLOCK_JUMP:
        world_node_set_clock(world, target, node->ppm, node->offset_ms + fault->amount);
        return true;
    case FAULT_CLOCK_DRIFT:
        world_node_set_clock(world, target, node->ppm + fault->amount, node->offset_ms);
        return true;
    case FAULT_NODE_CRASH:
        return crash_node(world, fault);
    case FAULT_NODE_DRAIN:
        return drain_node(world, fault);
    case FAULT_REDIS_CUT:
        world->nodes[target].redis_cut_until_us = world_now(world) + fault->for_us;
        return world_redis_reset(world, target);
    case FAULT_REDIS_RESTART:
        return restart_redis(world, fault);
    case FAULT_DB_REFUSE:
        world->db_refuse_permille += fault->amount;
        return true;
    case FAULT_DB_UNKNOWN:
        world->db_unknown_permille += fault->amount;
        return true;
    case FAULT_DB_SLOW:
        world->db_slow_us += fault->amount;
        return true;
    case FAULT_CLIENT_CUT:
        return cut_clients(world, fault);
    case FAULT_KIND_COUNT:
        break;
    }
    HB_UNREACHABLE("a fault of no kind");
}

static void end(struct world *world, const struct plan_fault *fault)
{
    const uint16_t target = (uint16_t)fault->target;
    const struct world_node *node = node_of(world, fault);
    switch (fault->kind) {
    case FAULT_CLOCK_OFFSET:
        world_node_set_clock(world, target, node->ppm, node->offset_ms - fault->amount);
        return;
    case FAULT_CLOCK_DRIFT:
        world_node_set_clock(world, target, node->ppm - fault->amount, node->offset_ms);
        return;
    case FAULT_NODE_DRAIN:
        if (node->node != NULL && node->life == node->drain_life) {
            world_node_crash(world, target); /* its time to finish is over */
        }
        if (node->node == NULL) {
            world_node_start(world, target);
        }
        return;
    case FAULT_NODE_CRASH:
        if (node->node == NULL) {
            world_node_start(world, target);
        }
        return;
    case FAULT_DB_REFUSE:
        world->db_refuse_permille -= fault->amount;
        return;
    case FAULT_DB_UNKNOWN:
        world->db_unknown_permille -= fault->amount;
        return;
    case FAULT_DB_SLOW:
        world->db_slow_us -= fault->amount;
        return;
    case FAULT_REDIS_CUT:
        world->nodes[target].redis_cut_until_us = 0;
        return;
    case FAULT_REDIS_RESTART:
        world->redis_down_until_us = 0;
        return;
    case FAULT_CLOCK_JUMP:
    case FAULT_CLIENT_CUT:
        return;
    case FAULT_KIND_COUNT:
        break;
    }
    HB_UNREACHABLE("a fault of no kind");
}

/* Momentary: clock jumps, client cuts. For good when for_us is 0: clock offset and drift. */
static bool lasts(const struct plan_fault *fault)
{
    return fault->for_us > 0 && fault->kind != FAULT_CLOCK_JUMP && fault->kind != FAULT_CLIENT_CUT;
}

void world_fault_begin(struct world *world, uint32_t index)
{
    const struct plan_fault *fault = fault_at(world, index);
    struct world_fault_count *count = &world->stats.faults[fault->kind];

    if (FAULT_ENDS_NODE(fault->kind) && world->nodes[fault->target].node == NULL) {
        return; /* it is down already: this one never fires */
    }
    observe(world, OBS_FAULT_BEGIN, fault);
    count->fired++;
    count->mattered += begin(world, fault);
    if (lasts(fault)) {
        world->faults_active[index] = 1;
    } else {
        observe(world, OBS_FAULT_END, fault);
    }
}

void world_fault_end(struct world *world, uint32_t index)
{
    const struct plan_fault *fault = fault_at(world, index);
    if (world->faults_active[index] == 0) {
        return;
    }
    world->faults_active[index] = 0;
    end(world, fault);
    observe(world, OBS_FAULT_END, fault);
}

void world_faults_calm(struct world *world)
{
    for (uint32_t i = 0; i < world->plan->faults_len; i++) {
        world_fault_end(world, i);
    }
}
