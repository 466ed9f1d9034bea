/* The world's inside: what its files share. See world.h.
 *
 *   world.c          life, the loop, the hash, observations
 *   world_nodes.c    nodes: clocks, effects, crash and restart, the load balancer
 *   world_clients.c  clients: effects, what people do
 *   world_posters.c  clients that write by HTTP alone
 *   world_net.c      frame streams between clients and nodes
 *   world_redis.c    byte streams between nodes and the virtual Redis
 *   world_db.c       transactions: latency, refusals, unknown outcomes; the truth about commits
 *   faults.c         timed faults: begin and end */
#ifndef HUBBUB_SIM_WORLD_WORLD_INTERNAL_H
#define HUBBUB_SIM_WORLD_WORLD_INTERNAL_H

#include "server/base/hash.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/engine/engine.h"
#include "server/node/node.h"
#include "sim/client/client.h"
#include "sim/vdb/vdb.h"
#include "sim/witness/names.h"
#include "sim/world/pipe.h"
#include "sim/world/sched.h"
#include "sim/world/world.h"

#define WORLD_EPOCH_MS  INT64_C(1767225600000) /* wall time at t = 0: 2026-01-01T00:00:00Z */
#define WORLD_LINKS_MAX 16                     /* Redis streams of one node, dying ones included */
#define RING_VNODES     128                    /* places of a node on the load balancer's ring */

/* name, word: the kinds of events in the scheduler */
#define EV_MAP(X)                                                                                  \
    X(EV_NODE_START, "node start")                                                                 \
    X(EV_NODE_WAKE, "node timer")                                                                  \
    X(EV_CLIENT_START, "app opened")                                                               \
    X(EV_CLIENT_WAKE, "client timer")                                                              \
    X(EV_ACTION, "action")                                                                         \
    X(EV_AWAY_END, "app opened again")                                                             \
    X(EV_HALF_OPEN_END, "half-open ends")                                                          \
    X(EV_CONNECT, "connect")                                                                       \
    X(EV_CONNECTED, "connected")                                                                   \
    X(EV_REFUSED, "refused")                                                                       \
    X(EV_FRAME_UP, "frame to node")                                                                \
    X(EV_FRAME_DOWN, "frame to client")                                                            \
    X(EV_CLOSE_UP, "close to node")                                                                \
    X(EV_CLOSE_DOWN, "close to client")                                                            \
    X(EV_REDIS_OPEN, "stream to Redis")                                                            \
    X(EV_REDIS_OPENED, "stream to Redis open")                                                     \
    X(EV_REDIS_UP, "bytes to Redis")                                                               \
    X(EV_REDIS_DOWN, "bytes from Redis")                                                           \
    X(EV_REDIS_CLOSED, "stream to Redis closed by the node")                                       \
    X(EV_REDIS_LOST, "stream to Redis lost")                                                       \
    X(EV_DB_RUN, "transaction")                                                                    \
    X(EV_DB_ANSWER, "transaction answered")                                                        \
    X(EV_FAULT_BEGIN, "fault begins")                                                              \
    X(EV_FAULT_END, "fault ends")                                                                  \
    X(EV_POST_UP, "request to node")                                                               \
    X(EV_POST_DOWN, "answer to poster")                                                            \
    X(EV_POST_GONE, "poster went away")                                                            \
    X(EV_POST_WAKE, "poster timer")                                                                \
    X(EV_CALM, "no more faults")                                                                   \
    X(EV_END, "end")

enum ev_kind {
#define X(name, word) name,
    EV_MAP(X)
#undef X
        EV_KIND_COUNT
};

/* A connection between a client and a node: two ordered streams of frames. One cache line of what
 * a delivery touches comes first. */
struct world_conn {
    _Alignas(64) uint32_t generation; /* of this slot; events of an older one are dropped */
    uint32_t client;
    uint32_t client_conn; /* its number in the client's terms */
    uint16_t node;
    bool client_open; /* this side still wants events */
    bool node_open;
    bool drop_up; /* half-open: nothing passes in this direction */
    bool drop_down;
    bool used;
    bool observed; /* conn_open was told, so conn_close will be */
    struct pipe down;
    struct rng rng_down;
    struct client *device; /* the client's state machine: a delivery does not look it up */
    struct pipe up;
    union {
        struct rng rng_up;
        uint32_t next_free; /* of an unused slot */
    };
};
_Static_assert(sizeof(struct world_conn) == 64, "one cache line");
#define CONN_NONE UINT32_MAX

struct world_user {
    uint64_t key; /* of the name */
    uint32_t rooms_len;
    struct client_room_config *rooms; /* owned; what all devices start with */
    struct text token;                /* owned */
};

struct world_client {
    struct client *client;
    uint32_t conn;     /* slot of the present connection, or CONN_NONE */
    uint32_t connects; /* transports opened so far */
    uint32_t welcomes;
    int64_t armed_us;                   /* when a wake event is scheduled for; INT64_MAX: none */
    int64_t wake_us;                    /* what the client asked for last */
    uint32_t actions_n[GENERATORS_MAX]; /* the number of the next action, by generator */
    struct rng actions_rng[GENERATORS_MAX]; /* of the next action */
    uint32_t sync_session;
    bool away;
    const struct world_user *user;
};

struct world_link { /* one byte stream between a node and Redis */
    uint64_t id;    /* the node's name for it; unique within a life */
    uint64_t redis; /* Redis' name for it: unique for ever; 0: a free place */
    bool node_open, redis_open;
    struct pipe up, down;
};

struct world_node {
    struct node *node; /* NULL: down */
    uint32_t life;     /* counts starts; events of an older one are dropped */
    bool ready;
    bool drained;        /* has nothing under way: ends with this step */
    uint32_t drain_life; /* the life that was asked to go */
    int64_t started_us;
    int64_t armed_us, wake_us; /* as of a client */
    /* The clocks: local(t) = local_base + (t - true_base) * (1 + ppm / 10^6). */
    int64_t true_base_us, local_base_us;
    int64_t ppm;
    int64_t start_local_us; /* monotonic 0 of this life */
    int64_t offset_ms;
    int64_t redis_cut_until_us;
    struct world_link links[WORLD_LINKS_MAX];
    struct rng rng_entropy, rng_db, rng_redis;
    struct buf *record; /* NULL: this life is not recorded */
};

struct world_tx { /* a transaction on its way */
    struct db_tx *tx;
    uint32_t life; /* of the node that asked */
    enum hb_err err;
    int64_t answer_us;
    struct db_answer answer; /* copied; owned rows */
    void *rows;
};

struct key_numbers { /* a database's surrogate key -> number; OBS_NONE: not looked up yet */
    uint32_t *items;
    uint32_t len;
};

struct ring_point {
    uint64_t key;
    uint16_t node;
};

struct world {
    const struct plan *plan;
    struct obs_sink sink;
    bool recording;
    bool over;
    struct sched sched;
    struct pipes pipes; /* between all places: what faults lay over the ways */
    struct sched_event last;
    uint32_t stretch; /* of the last event: what follows was looked at once */
    struct hash128 hash;
    struct world_stats stats;

    struct world_node *nodes;
    struct effects effects; /* of the node step that runs now */
    struct ring_point *ring;
    uint32_t ring_len;

    struct names names;
    struct world_user *users;
    struct world_client *clients;
    struct client_out client_out;
    struct poster *posters;
    struct u64map posts; /* requests under way -> client */
    uint32_t posts_last;
    struct world_conn *conns;
    uint32_t conns_len, conns_cap, conns_free;

    struct engine *engine;
    struct engine_out engine_out;
    uint64_t redis_next;       /* names of streams, for Redis */
    struct u64map redis_links; /* Redis' name -> node * WORLD_LINKS_MAX + place */
    int64_t redis_down_until_us;

    struct vdb *vdb;
    int64_t db_refuse_permille, db_unknown_permille, db_slow_us;
    uint8_t *faults_active; /* by place in the plan: begun and not ended */
    struct key_numbers user_of_key, room_of_key;
    struct token_key token_key;
    struct cursor_key cursor_key;
    struct cursor *cursor; /* scratch */
    struct u64map drop_faults, drop_actions;
    struct buf scratch;
};

/* world.c */
void world_observe(struct world *world, const struct obs *obs);
/* About a device: its user's number is there too. */
struct obs world_obs_of_device(const struct world *world, enum obs_kind kind, uint32_t device);
/* The number of a user or a room by name. One that is seen for the first time is declared. */
uint32_t world_user_number(struct world *world, struct text name);
uint32_t world_room_number(struct world *world, struct text name);
static inline int64_t world_now(const struct world *world)
{
    return world->sched.now_us;
}

/* world_nodes.c */
void world_nodes_init(struct world *world);
void world_node_start(struct world *world, uint16_t index);
void world_node_crash(struct world *world, uint16_t index);
/* Steps a live node with `event` (its instants are filled in) and carries out its effects. */
void world_node_event(struct world *world, uint16_t index, struct node_event *event);
void world_node_wake(struct world *world, uint16_t index);
void world_node_set_clock(struct world *world, uint16_t index, int64_t ppm, int64_t offset_ms);
/* Asks a live node to go: it ends by itself when nothing is under way any more. */
void world_node_drain(struct world *world, uint16_t index);
int64_t world_node_wall_ms(const struct world *world, uint16_t index);
/* The node that the load balancer gives `user_key`; false: none is ready. */
bool world_route(const struct world *world, uint64_t user_key, uint16_t *ret);

/* world_clients.c */
void world_clients_init(struct world *world);
void world_client_event(struct world *world, uint32_t index, struct client_event *event);
void world_client_frame(struct world *world, const struct world_conn *conn, struct wire *wire);
void world_client_wake(struct world *world, uint32_t index);
void world_client_action(struct world *world, uint32_t index, uint32_t generator);
/* An action's name as one word, for maps; its client is one of the plan's. */
uint64_t world_action_key(const struct plan_action_name *name);
void world_client_away_end(struct world *world, uint32_t index);
bool world_clients_at_rest(const struct world *world);

/* world_posters.c: the last plan->posters of the clients */
void world_posters_init(struct world *world);
void world_posters_deinit(struct world *world);
bool world_is_poster(const struct world *world, uint32_t client);
void world_poster_say(struct world *world, uint32_t client, uint32_t room, struct text content);
/* Whose request this is; false: nobody waits for it. */
bool world_post_find(const struct world *world, uint64_t request, uint32_t *ret_client);
/* Takes the body; status 0: the connection was lost. */
void world_post_answer(struct world *world, uint64_t request, uint16_t status, struct wire *body);
void world_posters_node_down(struct world *world, uint16_t node);
void world_poster_event(struct world *world, const struct sched_event *event);
bool world_posters_at_rest(const struct world *world);

/* world_net.c */
void world_net_connect(struct world *world, uint32_t client, uint32_t client_conn);
/* A frame or a close from either side; takes the wire's reference. */
void world_net_send_up(struct world *world, uint32_t slot, struct wire *wire);
void world_net_send_down(struct world *world, uint64_t conn_id, struct wire *wire);
void world_net_close_by_client(struct world *world, uint32_t slot);
void world_net_close_by_node(struct world *world, uint64_t conn_id, uint32_t code);
/* The connection is reset in the middle: both sides are told, what is on its way is lost. */
void world_net_reset(struct world *world, uint32_t slot);
void world_net_node_down(struct world *world, uint16_t node);
void world_net_event(struct world *world, const struct sched_event *event);
uint64_t world_conn_id(const struct world *world, uint32_t slot);
bool world_conn_find(const struct world *world, uint64_t conn_id, uint32_t *ret_slot);
void world_conn_ahead(const struct world *world, uint64_t conn_id); /* fetches what a send needs */

/* world_redis.c */
void world_redis_open(struct world *world, uint16_t node, uint64_t id);
void world_redis_write(struct world *world, uint16_t node, uint64_t id, const char *bytes,
                       size_t bytes_len);
void world_redis_close(struct world *world, uint16_t node, uint64_t id);
/* Resets a node's streams, as seen from both sides. True: one was open. */
bool world_redis_reset(struct world *world, uint16_t node);
void world_redis_node_down(struct world *world, uint16_t node);
void world_redis_event(struct world *world, const struct sched_event *event);

/* world_db.c */
void world_db_init(struct world *world);
/* A room of the initial state: its members' joins are told as commits. */
void world_db_seed_room(struct world *world, struct text room, const struct text *members,
                        uint32_t members_len);
void world_db_submit(struct world *world, uint16_t node, struct db_tx *tx); /* takes tx */
void world_db_event(struct world *world, const struct sched_event *event);
void world_db_final(struct world *world);
void world_tx_free(struct world_tx **tx);

/* faults.c */
void world_faults_init(struct world *world);
void world_fault_begin(struct world *world, uint32_t index);
void world_fault_end(struct world *world, uint32_t index);
/* Every fault ends: the calm after `duration`. */
void world_faults_calm(struct world *world);

#endif
