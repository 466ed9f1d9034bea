/* What a world holds, and how it observes: every file here works on this. See world.h. */
#ifndef HUBBUB_SIM_WORLD_CORE_H
#define HUBBUB_SIM_WORLD_CORE_H

#include "server/base/hash.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/engine/engine.h"
#include "server/node/node.h"
#include "server/protocol/ring.h"
#include "sim/client/client.h"
#include "sim/history/aside.h"
#include "sim/plan/seats.h"
#include "sim/vdb/vdb.h"
#include "sim/witness/names.h"
#include "sim/witness/witness.h"
#include "sim/world/events.h"
#include "sim/world/pipe.h"
#include "sim/world/sched.h"
#include "sim/world/stats.h"
#include "sim/world/watch.h"

#define WORLD_EPOCH_MS  INT64_C(1767225600000) /* wall time at t = 0: 2026-01-01T00:00:00Z */
#define WORLD_LINKS_MAX 16                     /* Redis streams of one node, dying ones included */

/* A connection between a client and a node: two ordered streams of frames. One cache line of what
 * a delivery touches comes first. */
struct world_conn {
    _Alignas(64) uint32_t generation; /* of this slot; events of an older one are dropped */
    uint32_t client;
    uint32_t client_conn; /* its number in the client's terms */
    uint16_t node;
    bool client_open : 1; /* this side still wants events */
    bool node_open : 1;
    bool drop_up : 1; /* half-open: nothing passes in this direction any more */
    bool drop_down : 1;
    bool used : 1;
    bool observed : 1; /* conn_open was told, so conn_close will be */
    /* Of one room: which entry the node has to send next. What follows is not told one by one (edge.c). */
    uint32_t stream_room; /* OBS_NONE: of none yet */
    uint32_t stream_next;
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
#define CONN_NONE   UINT32_MAX
#define ACTION_NONE UINT32_MAX

struct world_user {
    uint64_t key; /* of the name */
    uint32_t rooms_len;
    struct client_room_config *rooms; /* owned; what all devices start with */
    /* If the plan drops rooms: by the seats that its rule gives, where that room stands in `rooms`, or
     * ROOM_LEFT_OUT. So what is drawn among one's rooms stays as it is. */
    uint32_t *seats; /* owned */
    uint32_t seats_len;
};
#define ROOM_LEFT_OUT UINT32_MAX
/* The nth of a person's seats, counted around; NULL: they have none, or the plan drops that room. */
const struct client_room_config *world_seat(const struct world_user *user, int64_t nth);

struct world_token {
    char *text; /* owned */
    uint32_t text_len;
    uint32_t user;
    uint64_t id;                 /* key of its name */
    int64_t issued_s, expires_s; /* of walls */
};
#define TOKEN_NONE UINT32_MAX

struct world_client {
    struct client *client;
    uint32_t conn;     /* slot of the present connection, or CONN_NONE */
    uint32_t connects; /* transports opened so far */
    uint32_t welcomes;
    int64_t armed_us; /* when a wake event is scheduled for; INT64_MAX: none */
    int64_t wake_us;  /* what the client asked for last */
    uint32_t actions_n
        [GENERATORS_MAX]; /* the number of the next action, by generator; of those that the plan
                                           writes out: its place there */
    struct rng actions_rng[GENERATORS_MAX]; /* of the next action */
    uint32_t half_open; /* which action made the present connection half-open; OBS_NONE: none */
    bool away;
    bool acted;                   /* it has done anything */
    uint32_t token, token_before; /* that it was given last, and before that */
    struct rng rng_token;
    struct world_typing *typing; /* what its person types; NULL: nothing yet; owned */
    const struct world_user *user;
};

struct world_link { /* one byte stream between a node and Redis */
    uint64_t id;    /* the node's name for it; unique within a life */
    uint64_t redis; /* Redis' name for it: unique for ever; 0: a free place */
    bool node_open, redis_open;
    struct pipe up, down;
};

struct world_node_seen {   /* of this life, by its notes: states.h */
    int64_t redis_lost_us; /* since then it has no command link; INT64_MAX: it has one */
    int64_t doubt_us;  /* the last commit whose outcome was unknown; INT64_MIN: there was none */
    bool unsubscribed; /* it lost its channels, and none was confirmed again */
};

struct world_node {
    struct node *node; /* NULL: down */
    uint32_t life;     /* counts starts; events of an older one are dropped */
    bool ready;
    bool drained; /* has nothing under way: ends with this step */
    bool fenced;  /* another process has its name: it ends, and is not started again by itself */
    uint16_t as;  /* whose name it has: its own, or another node's */
    uint32_t drain_life; /* the life that was asked to go */
    int64_t started_us;
    int64_t armed_us, wake_us; /* as of a client */
    /* The clocks: local(t) = local_base + (t - true_base) * (1 + ppm / 10^6). */
    int64_t true_base_us, local_base_us;
    int64_t ppm;
    int64_t start_local_us; /* monotonic 0 of this life */
    int64_t offset_ms;
    int64_t redis_cut_until_us;
    bool paused;              /* it does nothing */
    struct sched_event *held; /* what waits for it meanwhile, in order */
    uint32_t held_len, held_cap;
    struct world_link links[WORLD_LINKS_MAX];
    struct rng rng_entropy, rng_db, rng_beat, rng_redis;
    struct buf *record; /* NULL: this life is not recorded */
    struct world_node_seen seen;
};

static inline bool world_node_ends(const struct world_node *node)
{
    return node->drained || node->fenced;
}

struct key_numbers { /* a database's surrogate key -> number; OBS_NONE: not looked up yet */
    uint32_t *items;
    uint32_t len;
};

struct world {
    const struct plan *plan;
    struct plan
        *reseeded; /* what `plan` is since the streams began anew; owned; its lists are not */
    struct obs_sink sink;
    const struct world_watch *watch; /* NULL: nobody looks on */
    bool recording;                  /* each sent entry is told */
    bool over;
    struct sched sched;
    struct pipes pipes; /* between all places: what faults lay over the ways */
    struct sched_event last;
    uint32_t stretch; /* of the last event: what follows was looked at once */
    struct hash128 hash;
    struct world_stats stats;

    struct world_node *nodes;
    struct effects effects; /* of the node step that runs now */
    struct ring ring;

    struct names names;
    struct witness *witness;
    struct obs_list seen; /* what the witness said and is not told yet */
    struct seats seats;
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
    struct overheard *overheard; /* by a stranger; NULL: there was none yet; owned */

    struct vdb *vdb;
    struct vdb **kept;    /* where it goes after the world; NULL: nowhere */
    int64_t committed_us; /* the last commit of all */
    int64_t db_refuse_permille, db_unknown_permille, db_slow_us;
    uint8_t *faults_active; /* by place in the plan: begun and not ended */
    struct key_numbers user_of_key, room_of_key;
    struct token_key token_key;
    struct signature_key *token_signer; /* the same, ready for use; owned */
    struct world_token *tokens;         /* owned */
    uint32_t tokens_len, tokens_cap;
    struct u64map token_of_text; /* key of a token's text -> its place */
    struct cursor_key cursor_key;
    struct seal_memo *memo; /* of all nodes; owned */
    struct operator_key operator_key;
    struct u64map drop_faults, drop_actions;
    uint32_t *
        action_after; /* owned; by place in a plan that writes its actions out: the same client's next
                               of that kind; ACTION_NONE */
    struct buf scratch;
};

/* From now on `watch` is told; it is borrowed for the world's life. */
static inline void world_watch(struct world *world, const struct world_watch *watch)
{
    world->watch = watch;
}

static inline int64_t world_now(const struct world *world)
{
    return world->sched.now_us;
}

void world_observe(struct world *world, const struct obs *obs);
/* For who records: it counts in no hash. Whoever makes one asks world_is_told_asides first. */
void world_aside(struct world *world, const struct aside *aside);
static inline bool world_is_told_asides(const struct world *world)
{
    return world->sink.aside != NULL;
}
/* Tells what the witness has appended to `seen`. */
void world_tell(struct world *world);
/* The same of a node's edge (OBS_EDGE_MAP): the run's hash has the frames themselves. */
void world_observe_edge(struct world *world, const struct obs *obs);
void world_tell_edge(struct world *world);
/* About a device: its user's number is there too. */
struct obs world_obs_of_device(const struct world *world, enum obs_kind kind, uint32_t device);
/* The number of a user or a room by name. One that is met for the first time is declared. */
uint32_t world_user_number(struct world *world, struct text name);
uint32_t world_room_number(struct world *world, struct text name);

#endif
