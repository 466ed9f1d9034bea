/* A plan: all that an execution takes. Drawn from (scenario, seed) by sim/explore, or read from a
 * repro file; the world knows neither scenarios nor seeds' meaning beyond its streams.
 *
 * Timed faults are written out; what clients do comes from generators: the n-th action of client
 * 17 by the generator of kind `send` is named `c17.send#n` and drawn from the stream
 * (seed, kind, client, n), so it depends on nothing else. `drop` removes faults and actions by
 * name without moving any other. */
#ifndef HUBBUB_SIM_PLAN_PLAN_H
#define HUBBUB_SIM_PLAN_PLAN_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/node/params.h"
#include "sim/client/params.h"
#include "sim/plan/faults.h"

#define PLAN_FORMAT 2

#define PLAN_CLIENTS_MAX  1000000
#define PLAN_ROOMS_MAX    100000
#define PLAN_NODES_MAX    64
#define PLAN_FAULTS_MAX   10000
#define PLAN_DEVICES_MAX  16 /* of a user */
#define PLAN_FAULT_ID_MAX 1000000
#define PLAN_SHARES_MAX   8 /* of rooms_per_person */

struct range { /* inclusive, uniform */
    int64_t low, high;
};

struct rooms_share { /* so many of 1000 people are in so many rooms */
    struct range rooms;
    int64_t permille;
};

struct plan_fault {
    uint32_t id; /* named `fault4` */
    enum fault_kind kind;
    int64_t at_us;
    int64_t for_us;  /* 0: momentary, or for good where the kind says so */
    uint32_t target; /* node; OBS_NONE */
    int64_t amount;
};

struct plan_generator {
    enum fault_kind kind;
    int64_t mean_us;        /* gaps are exponential with this mean */
    int64_t from_us, to_us; /* actions fall in [from, to) */
    struct range away_us;   /* of kinds that last */
};

struct plan_action_name {
    uint32_t client;
    enum fault_kind kind;
    uint32_t n; /* from 0 */
};

struct plan {
    uint64_t seed;
    char scenario[64]; /* its name */
    uint32_t clients, rooms, nodes;
    uint32_t members_per_room; /* 0: by rooms_per_person; see seats.h */
    struct rooms_share rooms_per_person[PLAN_SHARES_MAX];
    uint32_t rooms_per_person_len; /* 0: by members_per_room; else their permille are 1000 */
    uint32_t devices_per_user;     /* clients are devices; the users have so many each, in order */
    uint32_t posters; /* the last ones of the clients: they write by HTTP alone and read nothing */
    int64_t duration_us; /* people write and faults happen until here */
    int64_t settle_us;   /* then this long at most to come to rest, without faults */

    struct range client_latency_us;   /* each way, per frame; order is kept */
    struct range publish_latency_us;  /* node -> Redis */
    struct range redis_latency_us;    /* Redis -> node */
    struct range database_latency_us; /* of a transaction */

    struct node_params server;
    struct client_params client;
    int64_t connect_spread_us; /* clients first connect at a random instant within this */

    struct plan_generator generators[GENERATORS_MAX];
    uint32_t generators_len;
    struct plan_fault *faults; /* owned; ascending id; any order of time */
    uint32_t faults_len;
    uint32_t *drop_faults; /* owned; ids */
    uint32_t drop_faults_len;
    struct plan_action_name *drop_actions; /* owned */
    uint32_t drop_actions_len;

    struct text *corpus; /* what people write; owned array, texts in corpus_bytes */
    uint32_t corpus_len;
    char *corpus_bytes; /* owned */
};

void plan_deinit(struct plan *plan);

static inline uint32_t plan_users(const struct plan *plan)
{
    return plan->clients / plan->devices_per_user;
}
static inline uint32_t plan_user_of(const struct plan *plan, uint32_t client)
{
    return client / plan->devices_per_user;
}

/* Which of its user's devices it is, from 0. */
static inline uint32_t plan_device_of(const struct plan *plan, uint32_t client)
{
    return client % plan->devices_per_user;
}

/* The parameters of a plan: whose they are, their rows, and the struct that holds them. */
struct plan_section {
    const char *word; /* of the object that holds them in a scenario */
    const struct param *rows;
    size_t rows_len;
    size_t offset;      /* in struct plan */
    bool in_production; /* hubbubd has them too: `production` counts */
};
#define PLAN_SECTIONS   2
#define PLAN_PARAMS_MAX (NODE_PARAMS_LEN > CLIENT_PARAMS_LEN ? NODE_PARAMS_LEN : CLIENT_PARAMS_LEN)
extern const struct plan_section plan_sections[PLAN_SECTIONS];
/* The struct of a section: what the functions on its rows take. */
void *plan_params(struct plan *plan, const struct plan_section *section);
const void *plan_params_of(const struct plan *plan, const struct plan_section *section);

#endif
