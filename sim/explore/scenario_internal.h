/* The inside of a scenario: what was parsed. See scenario.h.
 *
 *   scenario.c         parsing
 *   scenario_faults.c  parsing and drawing of faults and generators
 *   scenario_plan.c    drawing
 *   plan_file.c        repro files */
#ifndef HUBBUB_SIM_EXPLORE_SCENARIO_INTERNAL_H
#define HUBBUB_SIM_EXPLORE_SCENARIO_INTERNAL_H

#include "sim/explore/config.h"
#include "sim/explore/scenario.h"

#define SCENARIO_FAULTS_MAX 64
#define MUST_REACH_MAX      64

struct fault_spec {
    bool is_action;
    enum fault_kind fault;
    enum action_kind action;
    uint32_t number; /* among those of its kind: names its random stream */
    uint32_t chance; /* permille: whether it is on in this seed */
    uint32_t count;  /* timed */
    bool every_node; /* clocks: one fault a node */
    struct range at_us, for_us, amount;
    struct range every_us, away_us; /* actions */
    int64_t from_us, to_us;
};

/* Parameters that are drawn per seed, each from a stream named after it. name, JSON name, least,
 * most, fallback: durations in us. */
#define SERVER_PARAMETERS(X)                                                                       \
    X(announce_us, "announce", 10000, 60000000, 1000000)                                           \
    X(lease_us, "lease", 100000, 600000000, 4000000)                                               \
    X(sweep_us, "sweep", 10000, 60000000, 1000000)                                                 \
    X(full_pass_us, "fullPass", 100000, 3600000000, 20000000)                                      \
    X(gap_us, "gap", 1000, 60000000, 100000)                                                       \
    X(db_retry_us, "databaseRetry", 1000, 10000000, 50000)                                         \
    X(ping_interval_us, "pingInterval", 100000, 600000000, 25000000)                               \
    X(ping_timeout_us, "pingTimeout", 100000, 600000000, 8000000)                                  \
    X(redis_backoff_us_min, "redisBackoffMin", 1000, 60000000, 50000)                              \
    X(redis_backoff_us_max, "redisBackoffMax", 1000, 60000000, 1000000)                            \
    X(redis_timeout_us, "redisTimeout", 10000, 60000000, 2000000)
#define SERVER_COUNTS(X)                                                                           \
    X(skew_ms, "skewMs", 1, 86400000, 60000)                                                       \
    X(tail_entries, "tailEntries", 1, 100000, 64)                                                  \
    X(page_rows, "pageRows", 1, 100, 100)
#define CLIENT_PARAMETERS(X)                                                                       \
    X(backoff_us_min, "backoffMin", 1000, 600000000, 200000)                                       \
    X(backoff_us_max, "backoffMax", 1000, 600000000, 5000000)                                      \
    X(stable_us, "stable", 1000, 600000000, 10000000)                                              \
    X(client_gap_us, "gap", 1000, 600000000, 400000)                                               \
    X(answer_us, "answer", 100000, 600000000, 5000000)

struct form { /* the scenario in one of its two sizes */
    uint32_t clients, devices_per_user, rooms, members_per_room, nodes, posters;
    int64_t duration_us, settle_us, connect_spread_us;
    struct range client_latency_us, publish_latency_us, redis_latency_us, database_latency_us;
    struct range send_every_us; /* 0: people write nothing */
#define X(name, json, low, high, fallback) struct range name;
    SERVER_PARAMETERS(X)
    SERVER_COUNTS(X)
    CLIENT_PARAMETERS(X)
#undef X
    struct fault_spec faults[SCENARIO_FAULTS_MAX];
    uint32_t faults_len;
};

struct scenario {
    char *json; /* canonical: what is embedded in a repro file */
    char name[64];
    char *description, *corpus_path;
    const char **must_reach; /* texts of notes and words of faults: static storage */
    uint32_t must_reach_len;
    bool has_small;
    struct form full, small;
};

/* scenario_faults.c */
void faults_parse(const struct config *config, struct form *form);
void faults_draw(const struct form *form, uint64_t seed, struct plan *plan);

#endif
