/* What a node wants done: plain data, appended to the caller's buffer during one step.
 *
 * The caller carries the effects out in order after node_step returned, then clears the buffer. */
#ifndef HUBBUB_SERVER_NODE_EFFECTS_H
#define HUBBUB_SERVER_NODE_EFFECTS_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/db.h"
#include "server/node/request.h"
#include "server/protocol/limits.h"
#include "server/protocol/wire.h"

struct conn_id {
    uint64_t v; /* named by the driver, never used again by it; 0: none */
};

/* What happened, by code and numbers: log lines, metrics and coverage points leave by it. Name,
 * word; `a` and `b` are explained beside each. To add one: a line here, where it is used. */
#define NOTE_MAP(X)                                                                                \
    X(NOTE_READY, "node ready")                                      /* incarnation */             \
    X(NOTE_NOT_READY, "node not ready")                              /* reason: enum hb_err */     \
    X(NOTE_HELLO_REFUSED, "hello refused")                           /* close code */              \
    X(NOTE_BAD_FRAME, "bad frame")                                   /* enum hb_err */             \
    X(NOTE_SEND_DUPLICATE, "resend answered from the log")           /* room, seq */               \
    X(NOTE_SEND_UNKNOWN, "commit outcome unknown, submitted again")  /* tries */                   \
    X(NOTE_SEND_GAVE_UP, "commit outcome unknown too often, closed") /* tries */                   \
    X(NOTE_DB_RETRY, "transaction refused, submitted again")         /* tries */                   \
    X(NOTE_HLC_SKEW, "stamp ahead of the skew limit ignored")        /* ms ahead */                \
    X(NOTE_HLC_LIFTED, "entry stamp lifted above the node's")        /* ms ahead of the node */    \
    X(NOTE_GAP, "gap in a room")                                     /* room, first missing seq */ \
    X(NOTE_REPAIRED, "gap repaired from the log")                    /* room, rows */              \
    X(NOTE_DUPLICATE, "publication had before")                      /* room, seq */               \
    X(NOTE_HELD, "entry held, an earlier one is missing")            /* room, seq */               \
    X(NOTE_RESUBSCRIBED, "channel confirmed again")                  /* room */                    \
    X(NOTE_SUBSCRIPTIONS_LOST, "subscription link lost")                                           \
    X(NOTE_REDIS_CONNECTED, "command link open")                                                   \
    X(NOTE_REDIS_DISCONNECTED, "command link lost")                                                \
    X(NOTE_PUBLISH_FAILED, "publication not sent") /* room, seq */                                 \
    X(NOTE_PUBLICATION_BAD, "publication that is no entry ignored")                                \
    X(NOTE_ANNOUNCE_GAP, "announcement missed")              /* expected number, got */            \
    X(NOTE_PEER_SILENT, "peer silent longer than its lease") /* ms */                              \
    X(NOTE_COMPARED, "rooms compared with the log")          /* rooms, rooms behind */             \
    X(NOTE_RESUME_TAIL, "resume served from memory")         /* room, rows */                      \
    X(NOTE_RESUME_SYNC, "resume sent to sync")               /* room, rows missing */              \
    X(NOTE_SYNC_PAGE, "sync page")                           /* rows, has more */                  \
    X(NOTE_CURSOR_REFUSED, "cursor refused")                 /* enum hb_err */                     \
    X(NOTE_CONN_SILENT, "connection silent, closed")         /* ms */                              \
    X(NOTE_RATE, "too many bad frames, closed")                                                    \
    X(NOTE_HTTP, "request answered") /* status */                                                  \
    X(NOTE_DRAINING, "draining")     /* connections */                                             \
    X(NOTE_DRAINED, "nothing is under way")                                                        \
    X(NOTE_ENTRY_UNKNOWN, "entry of a kind not known here")  /* room, seq */                       \
    X(NOTE_ROW_BAD, "row that the database should not hold") /* statement, or -1 */                \
    X(NOTE_FENCED, "a newer life of this node has registered, this one ends") /* incarnation */    \
    X(NOTE_REDIS_AWAY, "Redis is away, the database tells what is new")                            \
    X(NOTE_HELD_FULL, "entry not held, too many wait already")    /* room, seq */                  \
    X(NOTE_ANNOUNCE_ALL, "more rooms than an announcement names") /* rooms */                      \
    X(NOTE_PEERS_FULL, "peer heard beyond those kept track of")   /* peers */                      \
    X(NOTE_REPAIR_ON, "repair goes on behind its first rows")     /* room, rows */                 \
    X(NOTE_HEADS_SPLIT, "heads read in several transactions")     /* rooms */                      \
    X(NOTE_USERS_SPLIT, "users read in several transactions")     /* users */                      \
    X(NOTE_SYNC_ROOMS, "sync over several rooms")                 /* rooms */                      \
    X(NOTE_CURSOR_ROOMS, "cursor of several rooms")               /* rooms */                      \
    X(NOTE_SENDS_ROOMS, "commands of one connection to several rooms at once")                     \
    X(NOTE_SEEN_TAKEN, "stamp that a sender had seen lifted the node's") /* ms ahead */            \
    X(NOTE_PRESENCE_LIFE_ENDED, "connections of a life without a lease do not count")              \
    X(NOTE_TOO_MANY, "connection beyond what a user may have, closed")       /* most */            \
    X(NOTE_WOKE, "woke after longer than its lease")                         /* ms */              \
    X(NOTE_PRESENCE_CROWD, "too many members, nobody is told who is online") /* room, members */   \
    X(NOTE_TOKEN_REFUSED, "token refused")                    /* why: enum token_refusal, by s */  \
    X(NOTE_TYPISTS, "too many type, one more is not told of") /* room, most */                     \
    X(NOTE_TYPING_WAITS,                                                                           \
      "too many typing starts wait for a direct chat") /* all, the connection's */                 \
    X(NOTE_STAMP_TAKEN, "stamp of another entry, submitted again with a later one") /* tries */    \
    X(NOTE_NAME_TAKEN, "took a name that a living process had to give up within the last minute")  \
    /* ms ago; who had it last */                                                                  \
    X(NOTE_REDIS_REFUSED, "Redis refuses us") /* times since it was told; what it says */          \
    X(NOTE_REDIS_MUTE, "what this node publishes does not come back from Redis")                   \
    X(NOTE_PEER_UNHEARD, "nodes live on this database and are not heard: they may use another "    \
                         "Redis") /* nodes; one */                                                 \
    X(NOTE_OTHER_INSTALLATION, "the database is another installation's now, this node ends")       \
    X(NOTE_FOREIGN, "from Redis, sealed with a key that is not held here: dropped") /* kind */     \
    X(NOTE_FORGED, "from Redis, and not from a node: dropped")                      /* kind */     \
    X(NOTE_REPLAYED, "from Redis, said before: dropped") /* last number, this one */               \
    X(NOTE_TOKEN_OVER, "connection outlived its token, closed")                                    \
    X(NOTE_TOKEN_REFRESHED, "token of a connection refreshed") /* s until it ends */               \
    X(NOTE_REFRESH_REFUSED, "refresh refused")                                                     \
    X(NOTE_REVOKED, "connection of a token that was revoked, closed")

enum note_code {
#define X(code, text) code,
    NOTE_MAP(X)
#undef X
        NOTE_COUNT
};
const char *note_text(enum note_code code);

struct effect {
    enum effect_kind {
        EFFECT_SEND,        /* send `wire` on `conn`; gives one reference */
        EFFECT_CLOSE,       /* close `conn` with `code`; no event of it is wanted any more */
        EFFECT_REDIS_OPEN,  /* open a byte stream to Redis and call it `link` */
        EFFECT_REDIS_WRITE, /* write bytes[offset, +len) to `link` */
        EFFECT_REDIS_CLOSE, /* close `link`; no event of it is wanted any more */
        EFFECT_DB,          /* run `tx`; gives it; exactly one NODE_DB_DONE answers */
        EFFECT_HTTP,        /* answer `http.request`; gives one reference of the body */
        EFFECT_READY,       /* readiness for new connections became `ready` */
        EFFECT_DRAINED,     /* after NODE_DRAIN: no connection, request or command is left */
        EFFECT_FENCED, /* a newer life of this node has registered: this one is to be ended: `fenced` */
        EFFECT_NOTE,
    } kind;
    union {
        struct {
            struct conn_id conn;
            struct wire *wire;
        } send;
        struct {
            struct conn_id conn;
            enum close_code code;
        } close;
        struct {
            uint64_t link;
            size_t offset, len;
        } redis;
        struct db_tx *tx;
        struct {
            uint64_t request;
            uint16_t status;
            uint16_t type;           /* enum http_type */
            uint32_t retry_after_ms; /* 0: says nothing about it */
            const char *allow;       /* of a 405: the methods, static storage; else NULL */
            struct wire *body;
        } http;
        bool ready;
        struct {                  /* all 0 but own_since_ms: the database did not say who it is */
            uint32_t offset, len; /* of its place in bytes; from a database: may hold anything */
            int64_t since_ms;     /* by the newer one's wall */
            int64_t own_since_ms;
            int64_t
                again_ms; /* how long ago another process gave up the name; 0: not within a minute */
        } fenced;
        struct {
            enum note_code code;
            uint32_t offset, len; /* of a text in bytes that says more; may hold anything */
            int64_t a, b;
        } note;
    };
};

struct effects {
    struct effect *items;
    size_t len, cap;
    struct buf bytes;
    struct mono wake_at; /* when NODE_WAKE is wanted next; MONO_NEVER: not */
};

/* Drops what was not taken (wires, transactions) and empties the buffer. The driver sets
 * `wire`/`tx` of an effect that it took to NULL. */
void effects_clear(struct effects *effects);
void effects_deinit(struct effects *effects);

#endif
