/* A scenario as it was parsed: what its files share. */
#ifndef HUBBUB_SIM_EXPLORE_SCENARIO_FORM_H
#define HUBBUB_SIM_EXPLORE_SCENARIO_FORM_H

#include "sim/explore/rooms.h"
#include "sim/plan/plan.h"

#define SCENARIO_FAULTS_MAX 64
#define MUST_REACH_MAX      64
#define SCENARIO_NAME_BYTES 64

struct fault_spec {
    enum fault_kind kind;
    uint32_t number; /* among those of its kind: names its random stream */
    uint32_t chance; /* permille: whether it is on in this seed */
    uint32_t count;  /* timed */
    bool every_node; /* one fault a node */
    struct range at_us, for_us, amount;
    struct range every_us, away_us; /* of those that hit clients */
    int64_t from_us, to_us;
};

struct form { /* the scenario in one of its two sizes; its plain fields: see fields.h */
    int64_t clients, devices_per_user, rooms, members_per_room, nodes, posters;
    struct rooms_shares rooms_per_person;
    int64_t duration_us, settle_us, connect_spread_us;
    struct range client_latency_us, publish_latency_us, redis_latency_us, database_latency_us;
    struct range send_every_us; /* 0: people write nothing; the same of the others */
    struct range touch_every_us, choose_every_us, watch_every_us, type_every_us, direct_every_us,
        read_every_us, create_every_us, join_every_us, leave_every_us;
    struct range params[PLAN_SECTIONS][PLAN_PARAMS_MAX]; /* as the rows of each section */
    bool named[PLAN_SECTIONS][PLAN_PARAMS_MAX];          /* the scenario says it */
    /* Permille, of what a swarm draws: scenario_swarm.h. */
    int64_t swarm_seeds, swarm_sizes, swarm_parameters, swarm_faults, swarm_together;
    struct fault_spec faults[SCENARIO_FAULTS_MAX];
    uint32_t faults_len;
};

struct scenario {
    char *json; /* canonical: what is embedded in a repro file */
    char name[SCENARIO_NAME_BYTES];
    char *description, *corpus_path;
    const char **must_reach; /* texts of notes and words of faults: static storage */
    uint32_t must_reach_len;
    bool has_small;
    struct form full, small;
};

#endif
