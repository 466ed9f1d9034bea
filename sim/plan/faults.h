/* What can go wrong, and what people do: a row each. Parsing, refusing, drawing, lists, the schema
 * and the world read the columns.
 *
 * To add a fault: a row here, its begin and end in sim/world/faults.c. Its number is its place, and
 * recorded runs hold it: a new row goes to the end. Its random stream is named after its word, so
 * old seeds stay as they are. */
#ifndef HUBBUB_SIM_PLAN_FAULTS_H
#define HUBBUB_SIM_PLAN_FAULTS_H

#include "server/base/base.h"
#include "sim/history/obs.h"

enum fault_target {
    HITS_ALL,    /* no node in particular */
    HITS_NODE,   /* one, drawn; or each once, by "nodes": "all" */
    HITS_CLIENT, /* each client by itself, every so often: drawn as a generator, not as instants */
};

enum fault_lasts {
    MOMENT,   /* over at once */
    LASTS,    /* for a time that the plan says */
    MAY_STAY, /* the same; or, if the plan says nothing, from the start on and for good */
};

enum fault_unit { /* of the amount: how strong */
                  NO_AMOUNT,
                  IN_MS,
                  IN_US,
                  IN_PPM,
                  IN_PERMILLE,
                  FAULT_UNIT_COUNT
};

struct fault_row {
    const char *word, *what;
    int64_t least, most; /* amount */
    enum fault_target target;
    enum fault_lasts lasts;
    enum fault_unit unit;
    uint8_t path;   /* OBS_REDIS, OBS_DATABASE: whose bounds wait for its end */
    bool pauses;    /* its target does nothing while it lasts */
    bool ends_node; /* its target is down while it lasts: another node must go on */
    bool workload;  /* no fault: what people do; generated and named like one */
    bool posters;   /* those who write by HTTP alone do it too */
};

/* name, target, the other columns */
#define FAULT_MAP(X)                                                                               \
    X(FAULT_CLOCK_OFFSET, HITS_NODE, .word = "clock_offset",                                       \
      .what = "the wall clock is off by so much", .lasts = MAY_STAY, .unit = IN_MS,                \
      .least = -FAULT_MS_MAX, .most = FAULT_MS_MAX)                                                \
    X(FAULT_CLOCK_DRIFT, HITS_NODE, .word = "clock_drift",                                         \
      .what = "both clocks run so much faster", .lasts = MAY_STAY, .unit = IN_PPM,                 \
      .least = -100000, .most = 100000)                                                            \
    X(FAULT_CLOCK_JUMP, HITS_NODE, .word = "clock_jump",                                           \
      .what = "the wall clock jumps by so much", .lasts = MOMENT, .unit = IN_MS,                   \
      .least = -FAULT_MS_MAX, .most = FAULT_MS_MAX)                                                \
    X(FAULT_NODE_CRASH, HITS_NODE, .word = "node_crash",                                           \
      .what = "its memory is lost; it starts again afterwards", .lasts = LASTS, .ends_node = true) \
    X(FAULT_REDIS_CUT, HITS_NODE, .word = "redis_cut",                                             \
      .what = "both its streams to Redis are reset, new ones are refused", .lasts = LASTS,         \
      .path = OBS_REDIS)                                                                           \
    X(FAULT_REDIS_RESTART, HITS_ALL, .word = "redis_restart",                                      \
      .what = "all streams to Redis are reset, its keys are gone", .lasts = LASTS,                 \
      .path = OBS_REDIS)                                                                           \
    X(FAULT_DB_REFUSE, HITS_ALL, .word = "db_refuse",                                              \
      .what = "so many transactions are surely not committed", .lasts = LASTS,                     \
      .unit = IN_PERMILLE, .least = 1, .most = 1000, .path = OBS_DATABASE)                         \
    X(FAULT_DB_UNKNOWN, HITS_ALL, .word = "db_unknown",                                            \
      .what = "the answers of so many transactions are lost; half of these are committed",         \
      .lasts = LASTS, .unit = IN_PERMILLE, .least = 1, .most = 1000, .path = OBS_DATABASE)         \
    X(FAULT_DB_SLOW, HITS_ALL, .word = "db_slow", .what = "each transaction takes so much longer", \
      .lasts = LASTS, .unit = IN_US, .least = 1, .most = 1 * HOUR, .path = OBS_DATABASE)           \
    X(FAULT_CLIENT_CUT, HITS_ALL, .word = "client_cut",                                            \
      .what = "so many of the connections are reset at once", .lasts = MOMENT,                     \
      .unit = IN_PERMILLE, .least = 1, .most = 1000)                                               \
    X(FAULT_NODE_DRAIN, HITS_NODE, .word = "node_drain",                                           \
      .what = "it is asked to go; it starts again afterwards", .lasts = LASTS, .ends_node = true)  \
    X(WORKLOAD_SEND, HITS_CLIENT, .word = "send", .what = "the person writes to one of its rooms", \
      .lasts = MOMENT, .workload = true, .posters = true)                                          \
    X(FAULT_DISCONNECT_CLEAN, HITS_CLIENT, .word = "disconnect_clean",                             \
      .what = "the person closes the app, and opens it again", .lasts = LASTS)                     \
    X(FAULT_DISCONNECT_ABRUPT, HITS_CLIENT, .word = "disconnect_abrupt",                           \
      .what = "its connection is reset; it connects again by itself", .lasts = MOMENT)             \
    X(FAULT_HALF_OPEN, HITS_CLIENT, .word = "half_open",                                           \
      .what = "nothing passes any more in one direction or in both, and no side is told",          \
      .lasts = LASTS)                                                                              \
    X(WORKLOAD_TOUCH, HITS_CLIENT, .word = "touch", .what = "the person does something on it",     \
      .lasts = MOMENT, .workload = true)                                                           \
    X(WORKLOAD_CHOOSE, HITS_CLIENT, .word = "choose",                                              \
      .what = "the person says something of themselves: a status, a line, quiet, a room",          \
      .lasts = MOMENT, .workload = true)                                                           \
    X(WORKLOAD_WATCH, HITS_CLIENT, .word = "watch",                                                \
      .what = "the person asks for somebody of one of its rooms, or no more", .lasts = MOMENT,     \
      .workload = true)                                                                            \
    X(FAULT_NODE_PAUSE, HITS_NODE, .word = "node_pause",                                           \
      .what = "it does nothing, its clocks go on; what comes waits, and then comes at once",       \
      .lasts = LASTS, .path = OBS_REDIS, .pauses = true)                                           \
    X(WORKLOAD_TYPE, HITS_CLIENT, .word = "type",                                                  \
      .what = "the person types in a room's field, and sends it, empties it or leaves it",         \
      .lasts = MOMENT, .workload = true)                                                           \
    X(WORKLOAD_DIRECT, HITS_CLIENT, .word = "direct",                                              \
      .what = "the person writes to another one; often both at once", .lasts = MOMENT,             \
      .workload = true)                                                                            \
    X(WORKLOAD_READ, HITS_CLIENT, .word = "read",                                                  \
      .what = "the person reads all that one of its rooms shows", .lasts = MOMENT,                 \
      .workload = true)                                                                            \
    X(FAULT_APP_KILL, HITS_CLIENT, .word = "app_kill",                                             \
      .what = "the app is killed, and opened again with what it had stored", .lasts = LASTS)       \
    X(FAULT_APP_LOSS, HITS_CLIENT, .word = "app_loss",                                             \
      .what = "the app is killed and what it had stored is lost; it is opened as if new",          \
      .lasts = LASTS)                                                                              \
    X(FAULT_NAME_TAKEN, HITS_NODE, .word = "name_taken",                                           \
      .what = "it starts again under the name of the next node, which lives; both have their own " \
              "names afterwards",                                                                  \
      .lasts = LASTS, .ends_node = true)                                                           \
    X(FAULT_REDIS_STRANGER, HITS_ALL, .word = "redis_stranger",                                    \
      .what = "somebody else writes to Redis, twice in so long at most: forged, repeated, moved",  \
      .lasts = LASTS, .unit = IN_US, .least = 1 * MS, .most = 1 * HOUR)                            \
    X(FAULT_REVOKE, HITS_CLIENT, .word = "revoke",                                                 \
      .what = "its person is revoked, or its token alone", .lasts = MOMENT)                        \
    X(WORKLOAD_CREATE, HITS_CLIENT, .word = "create",                                              \
      .what = "the person makes a room, often with others in it", .lasts = MOMENT,                 \
      .workload = true)                                                                            \
    X(WORKLOAD_JOIN, HITS_CLIENT, .word = "join",                                                  \
      .what = "the person joins a room; often on all devices at once", .lasts = MOMENT,            \
      .workload = true)                                                                            \
    X(WORKLOAD_LEAVE, HITS_CLIENT, .word = "leave",                                                \
      .what = "the person leaves a room, and often joins it again at once", .lasts = MOMENT,       \
      .workload = true)

#define FAULT_MS_MAX (24 * HOUR / MS)

enum fault_kind {
#define X(name, target, ...) name,
    FAULT_MAP(X)
#undef X
        FAULT_KIND_COUNT
};

/* How many rows hit clients: so many generators a plan may have. */
enum {
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a term of a sum */
#define X(name, target, ...) +((target) == HITS_CLIENT)
    GENERATORS_MAX = 0 FAULT_MAP(X)
#undef X
};

const struct fault_row *fault_row(enum fault_kind kind);
const char *fault_word(enum fault_kind kind);
/* False: it is no word of a row. */
bool fault_find(const char *word, size_t word_len, enum fault_kind *ret);

/* How a scenario writes an amount. */
struct fault_unit_row {
    const char *field; /* NULL: there is none */
    const char *word;  /* for lists; "" where values name their unit */
    int64_t us;        /* it is written as a duration, and this is its unit; 0: a plain integer */
};
const struct fault_unit_row *fault_unit_row(enum fault_unit unit);

#endif
