/* See small_plan.h. */
#include "sim/world/tests/small_plan.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Of a parameter that is not named below and cannot be 0: as it is in simulations. */
static void fill(const struct param *rows, size_t rows_len, void *params)
{
    for (size_t i = 0; i < rows_len; i++) {
        if (param_get(&rows[i], params) < rows[i].least) {
            param_set(&rows[i], params, rows[i].simulated);
        }
    }
}

struct plan small_plan(uint64_t seed)
{
    static const char *const lines[] = {"hello", "xin ch\xc3\xa0o",
                                        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
                                        "how are you \xf0\x9f\x91\x8b", "fine"};
    struct plan plan = {
        .seed = seed,
        .scenario = "small",
        .clients = 24,
        .rooms = 4,
        .members_per_room = 6,
        .devices_per_user = 1,
        .nodes = 3,
        .duration_us = 20000000,
        .settle_us = 20000000,
        .client_latency_us = {5000, 50000},
        .publish_latency_us = {1000, 1000},
        .redis_latency_us = {1000, 5000},
        .database_latency_us = {1000, 5000},
        .server.announce_us = 1000000,
        .server.lease_us = 4000000,
        .server.sweep_us = 1000000,
        .server.full_pass_us = 20000000,
        .server.gap_us = 100000,
        .server.db_retry_us = 50000,
        .server.ping_interval_us = 3000000,
        .server.ping_timeout_us = 2000000,
        .server.hello_us = 10000000,
        .server.redis_backoff_us_min = 50000,
        .server.redis_backoff_us_max = 1000000,
        .server.redis_timeout_us = 2000000,
        .server.skew_max_ms = 60000,
        .server.tail_entries = 16,
        .server.page_rows = 10,
        .server.repair_rows = 10,
        .server.heads_rooms = 2,
        .server.reread_users = 2,
        .server.announce_rooms = 2,
        .server.held_entries = 8,
        .server.peers = 8,
        .server.presence_heartbeat_us = 5000000,
        .server.presence_room_max = 16,
        .server.connections_per_user = 32,
        .client.backoff_us_min = 200000,
        .client.backoff_us_max = 2000000,
        .client.stable_us = 5000000,
        .client.gap_us = 400000,
        .client.answer_us = 3000000,
        .client.held_entries = 8,
        .client.idle_check_us = 1000000,
        .connect_spread_us = 500000,
    };
    fill(node_params, NODE_PARAMS_LEN, &plan.server);
    fill(client_params, CLIENT_PARAMS_LEN, &plan.client);
    small_plan_generator(&plan, (struct plan_generator){.kind = WORKLOAD_SEND,
                                                        .mean_us = 2000000,
                                                        .from_us = 1000000,
                                                        .to_us = plan.duration_us});
    plan.corpus_len = sizeof lines / sizeof lines[0];
    plan.corpus = hb_calloc(plan.corpus_len, sizeof *plan.corpus);
    for (uint32_t i = 0; i < plan.corpus_len; i++) {
        plan.corpus[i] = text_of(lines[i]);
    }
    return plan;
}

void small_plan_fault(struct plan *plan, struct plan_fault fault)
{
    plan->faults = hb_realloc(plan->faults, (plan->faults_len + 1) * sizeof *plan->faults);
    fault.id = plan->faults_len;
    plan->faults[plan->faults_len++] = fault;
}

void small_plan_generator(struct plan *plan, struct plan_generator generator)
{
    HB_ASSERT(plan->generators_len < GENERATORS_MAX);
    plan->generators[plan->generators_len++] = generator;
}

void small_plan_drop_action(struct plan *plan, struct plan_action_name name)
{
    plan->drop_actions =
        hb_realloc(plan->drop_actions, (plan->drop_actions_len + 1) * sizeof *plan->drop_actions);
    plan->drop_actions[plan->drop_actions_len++] = name;
}
