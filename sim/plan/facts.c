/* See facts.h. */
#include "sim/plan/facts.h"

/* How far behind and ahead of true time the plan's clock faults can put each node's wall clock. Drift
 * counts as over the whole run; each fault may pull one node one way. */
static void clock_spans(const struct plan *plan, int64_t low[PLAN_NODES_MAX],
                        int64_t high[PLAN_NODES_MAX])
{
    for (uint32_t i = 0; i < plan->nodes; i++) {
        low[i] = 0;
        high[i] = 0;
    }

    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *fault = &plan->faults[i];
        int64_t ms = 0;
        if (fault->kind == FAULT_CLOCK_OFFSET || fault->kind == FAULT_CLOCK_JUMP) {
            ms = fault->amount;
        } else if (fault->kind == FAULT_CLOCK_DRIFT) {
            const int64_t us = (plan->duration_us + plan->settle_us) / 1000 * fault->amount / 1000;
            ms = us / 1000 + (us < 0 ? -1 : 1);
        } else {
            continue;
        }
        HB_ASSERT(fault->target < plan->nodes);
        low[fault->target] += ms < 0 ? ms : 0;
        high[fault->target] += ms > 0 ? ms : 0;
    }
}

int64_t plan_clock_ahead_ms(const struct plan *plan)
{
    int64_t low[PLAN_NODES_MAX];
    int64_t high[PLAN_NODES_MAX];
    int64_t most = 0;

    clock_spans(plan, low, high);
    for (uint32_t i = 0; i < plan->nodes; i++) {
        most = high[i] > most ? high[i] : most;
    }
    return most;
}

/* The greatest difference of two readings of wall clocks: of two nodes, or of one before and after. */
static int64_t offset_ms_max(const struct plan *plan)
{
    int64_t low[PLAN_NODES_MAX];
    int64_t high[PLAN_NODES_MAX];
    int64_t least = 0;
    int64_t most = 0;

    clock_spans(plan, low, high);
    for (uint32_t i = 0; i < plan->nodes; i++) {
        least = low[i] < least ? low[i] : least;
        most = high[i] > most ? high[i] : most;
    }
    return most - least;
}

/* Each fault may speed a node up, or slow it down, while others do. */
static int64_t drift_ppm_max(const struct plan *plan)
{
    int64_t fast[PLAN_NODES_MAX] = {0};
    int64_t slow[PLAN_NODES_MAX] = {0};
    int64_t most = 0;

    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *fault = &plan->faults[i];
        if (fault->kind == FAULT_CLOCK_DRIFT) {
            HB_ASSERT(fault->target < plan->nodes);
            fast[fault->target] += fault->amount > 0 ? fault->amount : 0;
            slow[fault->target] -= fault->amount < 0 ? fault->amount : 0;
        }
    }
    for (uint32_t i = 0; i < plan->nodes; i++) {
        const int64_t of_node = fast[i] > slow[i] ? fast[i] : slow[i];
        most = of_node > most ? of_node : most;
    }
    return most;
}

static bool names_are_taken(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        if (plan->faults[i].kind == FAULT_NAME_TAKEN) {
            return true;
        }
    }
    return false;
}

static bool people_move(const struct plan *plan)
{
    return plan_generator(plan, WORKLOAD_CREATE) != NULL ||
           plan_generator(plan, WORKLOAD_JOIN) != NULL ||
           plan_generator(plan, WORKLOAD_LEAVE) != NULL;
}

static bool people_type(const struct plan *plan)
{
    return plan_generator(plan, WORKLOAD_TYPE) != NULL ||
           plan_generator(plan, WORKLOAD_DIRECT) != NULL;
}

struct bounds plan_bounds(const struct plan *plan)
{
    const bool typing = people_type(plan);
    const bool moving = people_move(plan);
    const bool taken = names_are_taken(plan);

    HB_ASSERT(plan->nodes <= PLAN_NODES_MAX);
    return (struct bounds){
        .client_latency_us = plan->client_latency_us.high,
        .redis_us = plan->publish_latency_us.high + plan->redis_latency_us.high,
        .database_us = plan->database_latency_us.high,
        .announce_us = plan->server.announce_us,
        .gap_us = plan->server.gap_us,
        .client_gap_us = plan->client.gap_us,
        .backoff_us = plan->client.backoff_us_max,
        .stable_us = plan->client.stable_us,
        .backoff_least_us = plan->client.backoff_us_min,
        .heartbeat_us = plan->server.presence != 0 ? plan->server.presence_heartbeat_us : 0,
        .grace_us = plan->server.presence_grace_us,
        .room_max = plan->server.presence_room_max,
        .answer_us = plan->client.answer_us,
        .ping_interval_us = plan->server.ping_interval_us,
        .ping_timeout_us = plan->server.ping_timeout_us,
        .hello_us = plan->server.hello_us,
        .lease_us = plan->server.lease_us,
        .sweep_us = plan->server.sweep_us,
        .redis_backoff_us = plan->server.redis_backoff_us_max,
        .database_retry_us = plan->server.db_retry_us,
        .held_entries = plan->server.held_entries,
        .revoked_us = plan->server.revocation_us,
        .receipt_us = plan->client.receipt_us,
        .full_pass_us = plan->client.receipt_us > 0 ? plan->server.full_pass_us : 0,
        .receipt_room_max = plan->client.receipt_us > 0 ? plan->server.receipt_room_max : 0,
        .repair_rows = plan->server.repair_rows,
        .page_rows = plan->server.page_rows,
        .skew_ms = plan->server.skew_max_ms,
        .offset_ms = offset_ms_max(plan),
        .drift_ppm = typing || plan->client.token_us > 0 || taken ? drift_ppm_max(plan) : 0,
        .probe_us = taken ? plan->server.probe_us : 0,
        .rooms_max = moving ? plan->server.rooms_per_user : 0,
        .rooms_by_others = moving ? ROOMS_BY_OTHERS(&plan->server) : 0,
        .typing_us = typing ? plan->server.typing_expiry_us : 0,
        .typing_throttle_us = typing ? plan->server.typing_throttle_us : 0,
        .typing_refresh_us = typing ? plan->client.typing_refresh_us : 0,
        .typing_pause_us = typing ? plan->client.typing_pause_us : 0,
    };
}

int64_t plan_action_gap(const struct plan *plan, const struct plan_generator *generator,
                        uint32_t client, uint32_t n, struct rng *ret)
{
    *ret = rng_stream(plan->seed, fault_word(generator->kind), client, n);
    return rng_exponential(ret, generator->mean_us);
}

bool plan_has_action(const struct plan *plan, const struct plan_action_name *name,
                     struct plan_action_place *place)
{
    const bool poster = name->client >= plan->clients - plan->posters;
    const struct plan_generator *generator = plan_generator(plan, name->kind);

    if (plan->written_out) {
        place->count = 0;
        for (uint32_t i = 0; i < plan->actions_len; i++) {
            const struct plan_action_name *other = &plan->actions[i].name;
            if (other->client == name->client && other->kind == name->kind && other->n == name->n) {
                return true;
            }
        }
        return false;
    }
    if (place->count == 0 || place->client != name->client || place->kind != name->kind) {
        *place = (struct plan_action_place){.client = name->client, .kind = name->kind};
        place->at_us = generator != NULL ? generator->from_us : 0;
    }
    if (generator == NULL || (poster && !fault_row(name->kind)->posters)) {
        return false;
    }
    while (place->count <= name->n) {
        struct rng rng;
        const int64_t at =
            place->at_us + plan_action_gap(plan, generator, name->client, place->count, &rng);
        if (at >= generator->to_us) {
            return false;
        }
        place->at_us = at;
        place->count++;
    }
    return true;
}
