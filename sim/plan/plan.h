/* A plan: all that an execution takes. Drawn from (scenario, seed) by sim/explore, or read from a
 * repro file; the world knows neither scenarios nor seeds' meaning beyond its streams.
 *
 * Timed faults are written out; what clients do comes from generators: the n-th action of client
 * 17 by the generator of kind `send` is named `c17.send#n` and drawn from the stream
 * (seed, kind, client, n), so it depends on nothing else. A plan may also write its actions out: then
 * these are all that there are, each at its own instant; what is done is drawn by its name as before.
 * `drop` removes faults, actions, whole clients, rooms and nodes by name without moving any other. */
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
#define PLAN_ACTIONS_MAX  1000000 /* written out */
#define PLAN_SHARES_MAX   8       /* of rooms_per_person */

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
#define PLAN_EACH UINT32_MAX /* as `n` of what is dropped: all of this client and kind */

struct plan_action {
    struct plan_action_name name;
    int64_t at_us;
    int64_t for_us; /* of kinds that last */
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
    bool written_out;            /* generators draw nothing: `actions` are all that there are */
    struct plan_action *actions; /* owned; in order of time; each of a kind that has a generator */
    uint32_t actions_len;

    uint32_t *drop_faults; /* owned; ids */
    uint32_t drop_faults_len;
    struct plan_action_name *drop_actions; /* owned */
    uint32_t drop_actions_len;
    bool *
        drop_clients; /* owned, by client: it never connects, does nothing and is in no room; NULL: none */
    bool *drop_rooms;                  /* owned, by room: it is not there; NULL: none */
    bool drop_nodes[PLAN_NODES_MAX];   /* it never starts */
    bool drop_kinds[FAULT_KIND_COUNT]; /* of what clients do: nobody does it */

    struct text *corpus; /* what people write; owned array, texts in corpus_bytes */
    uint32_t corpus_len;
    char *corpus_bytes; /* owned */
};

void plan_deinit(struct plan *plan);
/* Gives a plan of its own, alike in all. */
void plan_copy(const struct plan *plan, struct plan *ret);

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

static inline bool plan_drops_client(const struct plan *plan, uint32_t client)
{
    return plan->drop_clients != NULL && plan->drop_clients[client];
}

static inline bool plan_drops_room(const struct plan *plan, uint32_t room)
{
    return plan->drop_rooms != NULL && plan->drop_rooms[room];
}

/* A user goes with the last of its devices. */
bool plan_drops_user(const struct plan *plan, uint32_t user);
/* The fault itself is dropped, or the node that it hits. */
bool plan_drops_fault(const struct plan *plan, const struct plan_fault *fault);

/* Of so many of a plan's nodes and clients nothing is dropped. */
uint32_t plan_nodes_left(const struct plan *plan);
uint32_t plan_clients_left(const struct plan *plan);
/* What may not be dropped together with what else is, as a clause; NULL: all is well. */
const char *plan_drop_wrong(const struct plan *plan);

/* The generator of a kind; NULL: there is none. */
const struct plan_generator *plan_generator(const struct plan *plan, enum fault_kind kind);

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
