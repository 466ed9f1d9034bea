/* What can be tuned of a node. To add a parameter: a field, and a row that says all about it; its
 * default, its range, the node's record, plans, scenarios, what is drawn for a seed, lists and the
 * schema follow from the row. A field's unit is the end of its name; the letters are those of the
 * bounds' formulas. */
#ifndef HUBBUB_SERVER_NODE_PARAMS_H
#define HUBBUB_SERVER_NODE_PARAMS_H

#include "server/base/param.h"
#include "server/protocol/hlc.h"
#include "server/protocol/limits.h"

#define CONNECTIONS_PER_USER_MAX 60  /* so many a record is read with, and some more */
#define BATCH_MAX                160 /* reads of one transaction: no more than DB_CALLS_MAX */

struct node_params {
    int64_t token_leeway_s;
    int64_t token_lifetime_s;
    int64_t skew_max_ms; /* W */
    int64_t announce_us; /* A */
    int64_t lease_us;    /* K */
    int64_t sweep_us;    /* S */
    int64_t full_pass_us;
    int64_t gap_us;
    int64_t db_retry_us;
    int64_t ping_interval_us; /* H */
    int64_t ping_timeout_us;  /* Ht */
    int64_t hello_us;
    int64_t redis_backoff_us_min;
    int64_t redis_backoff_us_max;
    int64_t redis_timeout_us;
    int64_t tail_entries;
    int64_t page_rows;   /* P */
    int64_t repair_rows; /* B */
    int64_t heads_rooms;
    int64_t reread_users;
    int64_t announce_rooms;
    int64_t held_entries;
    int64_t peers;
    int64_t presence;
    int64_t presence_grace_us;     /* G */
    int64_t presence_heartbeat_us; /* P */
    int64_t presence_room_max;
    int64_t connections_per_user;
    int64_t typing_throttle_us; /* th */
    int64_t typing_expiry_us;   /* T */
    int64_t typing_names;
    int64_t receipt_room_max;
    int64_t probe_us;
    int64_t revocation_us; /* V */
    int64_t rooms_per_user;
    int64_t rooms_by_others;
    int64_t ready_write_us;
};

/* In the order of the fields. */
static const struct param node_params[] = {
    {.word = "tokenLeewayS",
     .plan_word = "tokenLeewayS",
     .what = "a token is good for so long before its beginning and after its end: clocks differ",
     .offset = offsetof(struct node_params, token_leeway_s),
     .unit = PARAM_S,
     .least = 0,
     .most = 86400,
     .production = 60,
     .simulated = 60},
    {.word = "tokenLifetimeS",
     .plan_word = "tokenLifetimeS",
     .what = "a token that is good for longer than this, from when it was issued or from now, is "
             "refused",
     .offset = offsetof(struct node_params, token_lifetime_s),
     .unit = PARAM_S,
     .least = 60,
     .most = 3153600000,
     .production = 2592000, /* 30 days: the longest of a large provider */
     .simulated = 315360000},
    {.word = "skewMs",
     .plan_word = "skewMs",
     .what = "how far ahead of its own clock a node takes a stamp",
     .offset = offsetof(struct node_params, skew_max_ms),
     .unit = PARAM_MS,
     .least = 1,
     .most = 86400000,
     .production = HLC_SKEW_MAX_MS,
     .simulated = 60000},
    {.word = "announce",
     .plan_word = "announceUs",
     .what =
         "how often a node announces itself and the heads of its rooms, also when nothing happened",
     .offset = offsetof(struct node_params, announce_us),
     .unit = PARAM_US,
     .least = 10 * MS,
     .most = 1 * MINUTE,
     .production = 1 * SECOND,
     .simulated = 1 * SECOND},
    {.word = "lease",
     .plan_word = "leaseUs",
     .what = "a peer that is silent for longer is taken for dead",
     .offset = offsetof(struct node_params, lease_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 10 * MINUTE,
     .production = 6 * SECOND,
     .simulated = 4 * SECOND},
    {.word = "sweep",
     .plan_word = "sweepUs",
     .what = "how often leases are looked at, and, while Redis is away or a peer is silent, all "
             "rooms with local members are compared with the log",
     .offset = offsetof(struct node_params, sweep_us),
     .unit = PARAM_US,
     .least = 10 * MS,
     .most = 1 * MINUTE,
     .production = 2 * SECOND,
     .simulated = 1 * SECOND},
    {.word = "fullPass",
     .plan_word = "fullPassUs",
     .what = "how often all rooms with local members are compared with the log",
     .offset = offsetof(struct node_params, full_pass_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 1 * HOUR,
     .production = 1 * MINUTE,
     .simulated = 20 * SECOND},
    {.word = "gap",
     .plan_word = "gapUs",
     .what = "a gap older than this, or than half a lease, is repaired from the log",
     .offset = offsetof(struct node_params, gap_us),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 1 * MINUTE,
     .production = 250 * MS,
     .simulated = 100 * MS},
    {.word = "databaseRetry",
     .plan_word = "databaseRetryUs",
     .what = "the pause before a transaction that was refused, or whose outcome is unknown, is "
             "submitted again",
     .offset = offsetof(struct node_params, db_retry_us),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 10 * SECOND,
     .production = 200 * MS,
     .simulated = 50 * MS},
    {.word = "pingInterval",
     .plan_word = "pingIntervalUs",
     .what = "how often a client pings: told in the welcome",
     .offset = offsetof(struct node_params, ping_interval_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 10 * MINUTE,
     .production = 25 * SECOND,
     .simulated = 25 * SECOND},
    {.word = "pingTimeout",
     .plan_word = "pingTimeoutUs",
     .what = "silence beyond the interval that ends a connection",
     .offset = offsetof(struct node_params, ping_timeout_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 10 * MINUTE,
     .production = 20 * SECOND,
     .simulated = 8 * SECOND},
    {.word = "hello",
     .plan_word = "helloUs",
     .what = "how long a connection's hello is waited for",
     .offset = offsetof(struct node_params, hello_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 10 * MINUTE,
     .production = 10 * SECOND,
     .simulated = 10 * SECOND},
    {.word = "redisBackoffMin",
     .plan_word = "redisBackoffMinUs",
     .what = "the first pause before Redis is connected again",
     .offset = offsetof(struct node_params, redis_backoff_us_min),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 1 * MINUTE,
     .production = 100 * MS,
     .simulated = 50 * MS},
    {.word = "redisBackoffMax",
     .plan_word = "redisBackoffMaxUs",
     .what = "the longest such pause",
     .offset = offsetof(struct node_params, redis_backoff_us_max),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 1 * MINUTE,
     .production = 5 * SECOND,
     .simulated = 1 * SECOND,
     .no_less_than = "redisBackoffMin"},
    {.word = "redisTimeout",
     .plan_word = "redisTimeoutUs",
     .what = "how long an answer of Redis is waited for, half a lease at most",
     .offset = offsetof(struct node_params, redis_timeout_us),
     .unit = PARAM_US,
     .least = 10 * MS,
     .most = 1 * MINUTE,
     .production = 3 * SECOND,
     .simulated = 2 * SECOND},
    {.word = "tailEntries",
     .plan_word = "tailEntries",
     .what = "entries of each room kept in memory for resumes",
     .offset = offsetof(struct node_params, tail_entries),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = 100000,
     .production = 256,
     .simulated = 64},
    {.word = "pageRows",
     .plan_word = "pageRows",
     .what = "rows of a sync page",
     .offset = offsetof(struct node_params, page_rows),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = PAGE_ROWS_MAX,
     .production = PAGE_ROWS_MAX,
     .simulated = PAGE_ROWS_MAX},
    {.word = "repairRows",
     .plan_word = "repairRows",
     .what = "rows that a repair reads from the log at once",
     .offset = offsetof(struct node_params, repair_rows),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = PAGE_ROWS_MAX,
     .production = PAGE_ROWS_MAX,
     .simulated = PAGE_ROWS_MAX},
    {.word = "headsRooms",
     .plan_word = "headsRooms",
     .what = "rooms that are compared with the log in one transaction",
     .offset = offsetof(struct node_params, heads_rooms),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = BATCH_MAX,
     .production = 128,
     .simulated = 128},
    {.word = "rereadUsers",
     .plan_word = "rereadUsers",
     .what = "users whose rooms are read again in one transaction",
     .offset = offsetof(struct node_params, reread_users),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = BATCH_MAX,
     .production = 64,
     .simulated = 64},
    {.word = "announceRooms",
     .plan_word = "announceRooms",
     .what = "rooms that one announcement names; when there are more, it says that all are to be "
             "compared",
     .offset = offsetof(struct node_params, announce_rooms),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = 100000,
     .production = 1024,
     .simulated = 1024},
    {.word = "heldEntries",
     .plan_word = "heldEntries",
     .what = "entries of one room that are held while an earlier one is missing; more are read "
             "from the log",
     .offset = offsetof(struct node_params, held_entries),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = 100000,
     .production = 256,
     .simulated = 256},
    {.word = "peers",
     .plan_word = "peers",
     .what = "nodes that are kept track of; while others are heard, rooms are compared with the "
             "log at each sweep",
     .offset = offsetof(struct node_params, peers),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = 100000,
     .production = 256,
     .simulated = 256},
    {.word = "presence",
     .plan_word = "presence",
     .what = "1: who is online is kept and told; 0: it is not",
     .offset = offsetof(struct node_params, presence),
     .unit = PARAM_COUNT,
     .least = 0,
     .most = 1,
     .production = 1,
     .simulated = 0},
    {.word = "presenceGrace",
     .plan_word = "presenceGraceUs",
     .what = "how long somebody whose last connection ended is shown as before",
     .offset = offsetof(struct node_params, presence_grace_us),
     .unit = PARAM_US,
     .least = 0,
     .most = 10 * MINUTE,
     .production = 5 * SECOND,
     .simulated = 1 * SECOND},
    {.word = "presenceHeartbeat",
     .plan_word = "presenceHeartbeatUs",
     .what = "how often a node says again who is connected to it, and reads again whom it shows",
     .offset = offsetof(struct node_params, presence_heartbeat_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 1 * HOUR,
     .production = 30 * SECOND,
     .simulated = 5 * SECOND},
    {.word = "presenceRoomMax",
     .plan_word = "presenceRoomMax",
     .what = "in a room of more members nobody is told who is online",
     .offset = offsetof(struct node_params, presence_room_max),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = 100000,
     .production = 256,
     .simulated = 256},
    {.word = "connectionsPerUser",
     .plan_word = "connectionsPerUser",
     .what =
         "connections of one user at all nodes together, the newest beyond it are closed; while "
         "Redis is away, or presence is off: at one node",
     .offset = offsetof(struct node_params, connections_per_user),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = CONNECTIONS_PER_USER_MAX,
     .production = 32,
     .simulated = 32},
    {.word = "typingThrottle",
     .plan_word = "typingThrottleUs",
     .what = "that somebody types in a room is told at most once in so long",
     .offset = offsetof(struct node_params, typing_throttle_us),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 1 * MINUTE,
     .production = 1 * SECOND,
     .simulated = 1 * SECOND},
    {.word = "typingExpiry",
     .plan_word = "typingExpiryUs",
     .what = "somebody who says no more that they type is taken to have stopped after so long",
     .offset = offsetof(struct node_params, typing_expiry_us),
     .unit = PARAM_US,
     .least = 1 * MS,
     .most = 1 * HOUR,
     .production = 5 * SECOND,
     .simulated = 5 * SECOND},
    {.word = "typingNames",
     .plan_word = "typingNames",
     .what = "of those who type in a room at one time so many are told by name, the others as a "
             "number",
     .offset = offsetof(struct node_params, typing_names),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = 256,
     .production = 3,
     .simulated = 3},
    {.word = "receiptRoomMax",
     .plan_word = "receiptRoomMax",
     .what = "in a room of more members nobody is told what others received and read",
     .offset = offsetof(struct node_params, receipt_room_max),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = 100000,
     .production = 256,
     .simulated = 256},
    {.word = "probe",
     .plan_word = "probeUs",
     .what =
         "how often a node says in the database that it lives, and looks whether another process "
         "has taken its name, and whether nodes live there that it does not hear",
     .offset = offsetof(struct node_params, probe_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 10 * MINUTE,
     .production = 5 * SECOND,
     .simulated = 5 * SECOND},
    {.word = "revocation",
     .plan_word = "revocationUs",
     .what = "how often a node looks in the database for what was revoked",
     .offset = offsetof(struct node_params, revocation_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 10 * MINUTE,
     .production = 5 * SECOND,
     .simulated = 5 * SECOND},
    {.word = "roomsPerUser",
     .plan_word = "roomsPerUser",
     .what = "so many rooms somebody may be in, direct chats among them",
     .offset = offsetof(struct node_params, rooms_per_user),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = ROOMS_PER_USER_MAX,
     .production = ROOMS_PER_USER_MAX,
     .simulated = ROOMS_PER_USER_MAX},
    {.word = "roomsByOthers",
     .plan_word = "roomsByOthers",
     .what = "others put nobody into a room who is in so many already",
     .offset = offsetof(struct node_params, rooms_by_others),
     .unit = PARAM_COUNT,
     .least = 1,
     .most = ROOMS_PER_USER_MAX,
     .production = ROOMS_BY_OTHERS_MAX,
     .simulated = ROOMS_BY_OTHERS_MAX},
    {.word = "readyWrite",
     .plan_word = "readyWriteUs",
     .what =
         "a node whose last write that the database took is older is not ready; without one for "
         "two fifths of it, it writes to see",
     .offset = offsetof(struct node_params, ready_write_us),
     .unit = PARAM_US,
     .least = 100 * MS,
     .most = 10 * MINUTE,
     .production = 5 * SECOND,
     .simulated = 10 * MINUTE}, /* scenarios say less */
};
#define NODE_PARAMS_LEN (sizeof node_params / sizeof node_params[0])
/* Who says hello is kept waiting a lease at most, so what is missing is read before that. */
#define GAP_WAIT_US(params)                                                                        \
    ((params)->gap_us < (params)->lease_us / 2 ? (params)->gap_us : (params)->lease_us / 2)
/* A node's lease of presence is said so often within its time. */
#define LEASE_SAID_US(params) ((params)->lease_us / 3)
_Static_assert(sizeof(struct node_params) == NODE_PARAMS_LEN * sizeof(int64_t),
               "each field of struct node_params has a row, and each row a field");

/* Others put nobody into more rooms, and never into more than may be. */
#define ROOMS_BY_OTHERS(params)                                                                    \
    ((params)->rooms_by_others < (params)->rooms_per_user ? (params)->rooms_by_others              \
                                                          : (params)->rooms_per_user)

#endif
