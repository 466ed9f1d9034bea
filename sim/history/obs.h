/* Observations: what was seen in a run, by whom and when. Checkers see nothing else, so they judge
 * a simulated run, a live run and a recorded file alike. FORMAT.md is the text form.
 *
 * Three kinds of evidence: what clients saw (CLIENT), the server's log (LOG, from the database's
 * committed transactions, never from a node's word), and the world's truth (WORLD: what the world
 * did to whom). A black-box history has CLIENT only.
 *
 * Rooms, devices, users and nodes are small numbers, in order of declaration; ids and contents are
 * 64-bit keys of their texts (id_key), so that comparing is one instruction. 0 or OBS_NONE: absent. */
#ifndef HUBBUB_SIM_HISTORY_OBS_H
#define HUBBUB_SIM_HISTORY_OBS_H

#include "server/base/base.h"
#include "server/protocol/frame.h"

#define OBS_NONE UINT32_MAX

/* A node's edge: what reaches it and what leaves it, as it does. Each has the connection as its value; where
 * a node's clock matters, timestamp is that clock in this life of it, us.
 *   want      device: it asks for a connection
 *   arrived   node device: it reached the node; gone: the node was told that it ended
 *   position  device room seq: named by the frame that is heard next
 *   heard     node device; content = key of the frame's type, 0: it is none; id = key of its ref; client_id:
 *             of a command; flags OBS_LEFT: its positions are of another log; OBS_MORE: of a sync under way; OBS_TEMPORARY: its
 *             cursor cannot be read; OBS_QUIET: its token is not good any more
 *   sent      node device room seq: an entry left; flag OBS_MORE: and all between the one told before and it
 *   said_head, said_cursor   device room seq: named by what is said next, a head (flag OBS_MORE: what is
 *             missing follows) or a cursor's position
 *   said      node device; content = key of the frame's type, of an error that of its code; id = key of its
 *             ref; client_id: of an ack or nack; sender = key of the user that a welcome names; flags OBS_MORE,
 *             OBS_LEFT: it names another log
 *   hangup    node device: the node closes it; seq = code
 *   registered, drain   node: the database has this life of it; it is asked to go
 *   ready     node; value = 1 or 0
 *   announced node room seq: a head that it announces to the other nodes
 *   astray    node: something left for a connection that it was told has ended, or that it ended itself */
#define OBS_EDGE_MAP(X)                                                                            \
    X(OBS_WANT, "want", WORLD)                                                                     \
    X(OBS_ARRIVED, "arrived", WORLD)                                                               \
    X(OBS_POSITION, "position", WORLD)                                                             \
    X(OBS_HEARD, "heard", WORLD)                                                                   \
    X(OBS_GONE, "gone", WORLD)                                                                     \
    X(OBS_SENT, "sent", WORLD)                                                                     \
    X(OBS_SAID_HEAD, "said_head", WORLD)                                                           \
    X(OBS_SAID_CURSOR, "said_cursor", WORLD)                                                       \
    X(OBS_SAID, "said", WORLD)                                                                     \
    X(OBS_HANGUP, "hangup", WORLD)                                                                 \
    X(OBS_REGISTERED, "registered", WORLD)                                                         \
    X(OBS_READY, "ready", WORLD)                                                                   \
    X(OBS_DRAIN, "drain", WORLD)                                                                   \
    X(OBS_ANNOUNCED, "announced", WORLD)                                                           \
    X(OBS_ASTRAY, "astray", WORLD)

/* Who may be there until when.
 *   issued   user id; seq = when, s since 1970, as it says; value = until when it is good, ms, the leeway included
 *   token    node device id: the hello or refresh that is heard next, or (OBS_HELD) the request, comes with it;
 *            seq = ms that are left of it by the node's wall; value = connection; timestamp = the node's clock, us
 *   revoked  the database has it: of user all that says it was issued until seq (s), or the token id */
#define OBS_BEARER_MAP(X)                                                                          \
    X(OBS_ISSUED, "issued", WORLD)                                                                 \
    X(OBS_TOKEN, "token", WORLD)                                                                   \
    X(OBS_REVOKED, "revoked", WORLD)

/* Who is there. A status is an enum presence_status; a line is what somebody shows beside their name.
 *   present  device room: what its client says of this connection by itself; seq = status; room: the one that its
 *            person is in
 *   choose   device user: what its person chooses for all devices, as it leaves the client; seq = status; flags
 *            OBS_LEFT: no status any more, OBS_QUIET: nothing of the status; OBS_MORE: content = the line (0:
 *            none); OBS_HELD: value = quiet until, wall ms (0: not)
 *   view     device user room: a device is told of a person; seq = status; id = version; content = the line;
 *            value = quiet until; timestamp = last seen, wall ms; flag OBS_MORE: of a snapshot
 *   stale    device: value = 1: what it was told may be old; 0: it is not any more
 *   record   user: what Redis has of a person, at rest; seq = status; id = version; value = connections in it;
 *            timestamp = last seen; flag OBS_LEFT: it has nothing
 *   listed   user: presence:users has them, at rest; timestamp = its score */
#define OBS_PRESENCE_MAP(X)                                                                        \
    X(OBS_PRESENT, "present", CLIENT)                                                              \
    X(OBS_CHOOSE, "choose", CLIENT)                                                                \
    X(OBS_VIEW, "view", CLIENT)                                                                    \
    X(OBS_STALE, "stale", CLIENT)                                                                  \
    X(OBS_RECORD, "record", WORLD)                                                                 \
    X(OBS_LISTED, "listed", WORLD)

/* Who is typing.
 *   key          device room: its person presses a key in the field of that room; flag OBS_LEFT: it is empty now
 *   typist       device user room; value = 1: this device shows that person as typing there; 0: no more; flag
 *                OBS_QUIET: for its connection is over
 *   typed        node device room: a typing_start reached the node; flag OBS_LEFT: a typing_stop; value =
 *                connection; timestamp = the node's clock in this life of it, us; seq = 1 + the user whom it
 *                names in place of the room, which is then theirs
 *   typing_told  node device user room: that this person types there leaves for the device; the same flag,
 *                value, timestamp
 *   typists      node; value = of how many who type, in a room each, it keeps something, at rest */
#define OBS_TYPING_MAP(X)                                                                          \
    X(OBS_KEY, "key", CLIENT)                                                                      \
    X(OBS_TYPIST, "typist", CLIENT)                                                                \
    X(OBS_TYPED, "typed", WORLD)                                                                   \
    X(OBS_TYPING_TOLD, "typing_told", WORLD)                                                       \
    X(OBS_TYPISTS, "typists", WORLD)                                                               \
/* What arrived and was read.
 *   read       device room seq id: its person reads a message
 *   read_said  device room id: its client says so; value = how many are named before it in the frame
 *   read_told  device user room id: it is told that this person read it; timestamp = when, wall ms
 *   arrived_told  device user room seq: it is told that this person has all up to there
 *   read_row   user room seq: the database has it; timestamp = when, wall ms; value = true time, wall ms; flag
 *            OBS_LEFT: it was changed
 *   arrived_row  user room seq: the database has it */
#define OBS_RECEIPT_MAP(X)                                                                         \
    X(OBS_READ, "read", CLIENT)                                                                    \
    X(OBS_READ_SAID, "read_said", CLIENT)                                                          \
    X(OBS_READ_TOLD, "read_told", CLIENT)                                                          \
    X(OBS_ARRIVED_TOLD, "arrived_told", CLIENT)                                                    \
    X(OBS_READ_ROW, "read_row", LOG)                                                               \
    X(OBS_ARRIVED_ROW, "arrived_row", LOG)

/* How a room stands in a device's list.
 *   back   device room seq: a page backwards is asked for, of what is below, 0: the newest; value = its session
 *   focus  device room: what it asks for comes first here; value = of which session, 0: of its next hello
 *   gap    device room seq: a marker stands from there to value; OBS_LEFT: its upper end is not the person's, and
 *          goes
 *   forgot device: what it had stored is lost: what it showed, what waited to be sent; it is as new */
#define OBS_DISPLAY_MAP(X)                                                                         \
    X(OBS_BACK, "back", CLIENT)                                                                    \
    X(OBS_FOCUS, "focus", CLIENT)                                                                  \
    X(OBS_GAP, "gap", CLIENT)                                                                      \
    X(OBS_FORGOT, "forgot", CLIENT)

/* Rooms that people make, join and leave. What a command is, is an enum obs_asked.
 *   invites  device user client_id: that person is to come into the room which the next one makes
 *   asks     device room client_id; seq = what
 *   granted  device room client_id seq: it was acked, as that entry
 *   denied   device room client_id: it was refused for good; content = key of the code */
#define OBS_MEMBERSHIP_MAP(X)                                                                      \
    X(OBS_INVITES, "invites", CLIENT)                                                              \
    X(OBS_ASKS, "asks", CLIENT)                                                                    \
    X(OBS_GRANTED, "granted", CLIENT)                                                              \
    X(OBS_DENIED, "denied", CLIENT)

/* name, word in files, evidence, the fields that it has (see FORMAT.md) */
/* clang-format off: it would melt the comments of the map into paragraphs */
#define OBS_MAP(X)                                                                                 \
    /* declarations, before anything else of their subject */                                      \
    X(OBS_USER, "user", WORLD)     /* user, sender = key of its name */                            \
    X(OBS_DEVICE, "device", WORLD) /* device, user */                                              \
    X(OBS_ROOM, "room", WORLD)     /* room, id = key of its name */                                \
    X(OBS_NODE, "node", WORLD)     /* node */                                                      \
    X(OBS_MEMBER, "member", LOG)   /* user, room, seq; flag OBS_LEFT: left at seq */               \
    /* the server's log */                                                                         \
    X(OBS_COMMIT, "commit", LOG) /* room seq id user sender client_id content hlc node;    \
                                            value = the node's own stamp */       \
    X(OBS_FINAL, "final", LOG)   /* the log at the end, row by row: as commit */                   \
    /* what clients did and saw */                                                                 \
    X(OBS_SEND, "send", CLIENT)       /* device room client_id content; hlc = greatest shown;   \
                                            value = number on this device */  \
    X(OBS_RESEND, "resend", CLIENT)   /* device room client_id; value = attempt */                 \
    X(OBS_ACK, "ack", CLIENT)         /* device room seq id client_id hlc */                       \
    X(OBS_NACK, "nack", CLIENT)       /* device room client_id; flag OBS_TEMPORARY */              \
    X(OBS_FAILED, "failed", CLIENT)   /* device room client_id */                                  \
    X(OBS_SHOWN, "shown", CLIENT)     /* device room seq id sender client_id content hlc */        \
    X(OBS_RECV, "recv", CLIENT)       /* as shown: received and not shown; flag OBS_HELD */        \
    X(OBS_RESET, "reset", CLIENT)     /* device room: a new display epoch; OBS_QUIET: own join */  \
    X(OBS_WELCOME, "welcome", CLIENT) /* device node: a session is live; value = connection */     \
    X(OBS_HEAD, "head", CLIENT)       /* device room seq: a head announced by welcome */           \
    X(OBS_SYNC_BEGIN, "sync_begin", CLIENT) /* device room seq = position asked from;            \
                                                 value = number of the sync session;   \
                                                 timestamp: asked by time, seq = what it has */ \
    X(OBS_SYNC_ROW, "sync_row", CLIENT)     /* as shown; value = session */                        \
    X(OBS_SYNC_HEAD, "sync_head", CLIENT)   /* device room seq = head said; value = session */     \
    X(OBS_SYNC_PAGE, "sync_page", CLIENT)   /* device; seq = rows; value = session;              \
                                                 flag OBS_MORE; ends the rows before it */ \
    /* the world's truth */                                                                        \
    X(OBS_SYNC_CURSOR, "sync_cursor",                                                              \
      WORLD)                               /* device room seq = position in the issued cursor;  \
                                                 value = session */  \
    X(OBS_CONN_OPEN, "conn_open", WORLD)   /* device node; value = connection */                   \
    X(OBS_CONN_CLOSE, "conn_close", WORLD) /* device node; value = connection */                   \
    X(OBS_ACK_SENT, "ack_sent", WORLD)     /* node device room seq id client_id hlc */             \
    X(OBS_STAMP, "stamp", WORLD)           /* node hlc client_id; value = the node's wall ms:   \
                                                 an own stamp goes out with a transaction */  \
    X(OBS_NODE_UP, "node_up", WORLD)       /* node; value = life, from 1 */                        \
    X(OBS_NODE_DOWN, "node_down", WORLD)   /* node */                                              \
    X(OBS_FAULT_BEGIN, "fault_begin",                                                              \
      WORLD)                             /* value = fault id; seq = enum fault_kind;          \
                                                 device, node: whom it touches;                    \
                                                 flags OBS_REDIS, OBS_DATABASE: whose path;        \
                                                 OBS_LEFT: the node is made to go;      \
                                                 OBS_HELD: it does nothing meanwhile */    \
    X(OBS_FAULT_END, "fault_end", WORLD) /* the same */                                            \
    X(OBS_TX_SLOW, "tx_slow", WORLD)   /* node; value = us until it is answered: a transaction  \
                                                 takes longer than the database should */  \
    X(OBS_REWRITTEN, "rewritten", LOG) /* room seq: a row was changed; flag OBS_LEFT: removed */   \
    X(OBS_PUT, "put", CLIENT)  /* device node room client_id: on the wire for the first time; \
                                                  value = 1 */    \
    X(OBS_CAME, "came", WORLD) /* node device client_id; hlc = the stamp with it;        \
                                                value = the node's wall ms; flag OBS_HELD: a    \
                                                request; a hello has no client_id */         \
    X(OBS_WALL, "wall", WORLD) /* node; value = its wall ms: before and after a change */          \
    X(OBS_SERVES, "serves",                                                                        \
      WORLD)                     /* node; seq = enum obs_holding, value: how many there are, by  \
                                                 the world's count, at rest */ \
    X(OBS_HOLDS, "holds", WORLD) /* the same, after it: how many the node holds */                 \
    OBS_EDGE_MAP(X)                                                                                \
    OBS_TYPING_MAP(X)                                                                              \
    X(OBS_WRITES_TO, "writes_to", CLIENT) /* device user client_id: the message that is written \
                                               next is for this person */  \
    X(OBS_REPLACED, "replaced", CLIENT) /* device room client_id seq id: its temporary row ends */ \
    X(OBS_WATCH, "watch", CLIENT) /* device user: it asks to be told of them; OBS_LEFT: no more */ \
    OBS_MEMBERSHIP_MAP(X)                                                                          \
    X(OBS_CALM, "calm", WORLD) /* no fault from here on; clients write no more */                  \
    X(OBS_END, "end", WORLD)   /* the run is over; flag OBS_QUIET: at rest */                      \
    OBS_DISPLAY_MAP(X)                                                                             \
    OBS_PRESENCE_MAP(X)                                                                            \
    OBS_RECEIPT_MAP(X)                                                                             \
    OBS_BEARER_MAP(X)
/* clang-format on */

enum obs_kind {
#define X(name, word, evidence) name,
    OBS_MAP(X)
#undef X
        OBS_KIND_COUNT
};

enum obs_asked { ASKED_CREATE = 1, ASKED_JOIN, ASKED_LEAVE };

enum obs_holding { /* what a node holds for those who are there */
                   HOLDING_CONNECTIONS,
                   HOLDING_ROOMS,    /* that somebody who is online here is in */
                   HOLDING_ENTRIES,  /* that wait for an earlier one */
                   HOLDING_COMMANDS, /* whose outcome it does not know */
                   HOLDING_CHANNELS, /* that it subscribes to: one for all, of rooms, of its users */
                   HOLDING_FOLLOWED, /* channels of whom somebody here is told who is there */
                   HOLDING_COUNT
};

enum obs_flag {
    OBS_LEFT = 1,
    OBS_TEMPORARY = 2,
    OBS_HELD = 4,
    OBS_MORE = 8,
    OBS_REDIS = 16,    /* the fault is on the path through Redis (of `node`, or all if OBS_NONE) */
    OBS_DATABASE = 32, /* the fault is on the path through the database */
    OBS_QUIET = 64,
    OBS_EVENT = 128, /* commit, shown, ...: a join or leave, not a message */
};

struct obs {
    int64_t at_us;         /* the earliest instant at which it can have happened, in true time */
    uint32_t uncertain_us; /* it happened in [at_us, at_us + uncertain_us]; 0 in a simulation */
    uint8_t kind;          /* enum obs_kind */
    uint8_t flags;
    uint16_t node; /* UINT16_MAX: none */
    uint32_t device, user, room;
    uint64_t seq, id, sender, client_id, content, hlc;
    int64_t value;
    int64_t timestamp; /* of an entry: what people are told as its time, ms; of a node's edge: the
                          node's own clock, us; 0: not known */
    const struct entry
        *entry; /* texts for people, borrowed; NULL in a file or when not recording */
};
#define OBS_NODE_NONE UINT16_MAX

/* An observation with every field absent. */
#define OBS(kind_, at_us_)                                                                         \
    ((struct obs){.at_us = (at_us_),                                                               \
                  .kind = (uint8_t)(kind_),                                                        \
                  .node = OBS_NODE_NONE,                                                           \
                  .device = OBS_NONE,                                                              \
                  .user = OBS_NONE,                                                                \
                  .room = OBS_NONE})

/* Whoever takes observations, in order of time. */
struct aside;
struct obs_sink {
    void (*observe)(void *user, const struct obs *obs);
    void *user;
    /* A hint, so that memory can be fetched early: this device will probably be shown something
     * soon. May be NULL; nothing may depend on it. */
    void (*ahead)(void *user, uint32_t device);
    /* What is told beside them (aside.h). NULL: nobody wants to know. */
    void (*aside)(void *user, const struct aside *aside);
};

const char *obs_kind_word(enum obs_kind kind);

/* The parameters that bounds are formulas of; the header line of a history file. In us but where
 * the name says otherwise. Names in brackets are those of the formulas. */
#define BOUNDS_MAP(X)                                                                                  \
    X(client_latency_us) /* L: greatest one-way delay between a client and its node */                 \
    X(redis_us)          /* R: greatest delay node -> Redis -> node */                                 \
    X(database_us)       /* D: greatest duration of a transaction */                                   \
    X(announce_us)       /* A: tick of the announcements */                                            \
    X(gap_us)            /* a node repairs a gap after this */                                         \
    X(client_gap_us)     /* a client asks for a gap after this */                                      \
    X(backoff_us)        /* Bk: greatest back-off of a client, jitter included */                      \
    X(answer_us)         /* a client gives up on an answer, and on its connection, after this */       \
    X(ping_interval_us)  /* H */                                                                       \
    X(ping_timeout_us)   /* Ht */                                                                      \
    X(lease_us)          /* K */                                                                       \
    X(sweep_us)          /* S */                                                                       \
    X(redis_backoff_us)  /* greatest pause of a node before it reconnects to Redis */                  \
    X(database_retry_us) /* pause before a refused transaction is tried again */                       \
    X(page_rows)         /* P */                                                                       \
    X(skew_ms)           /* W: stamps further ahead than this are not taken */                         \
    X(offset_ms) /* greatest difference of two readings of nodes' wall clocks in the plan */           \
    X(stable_us) /* a connection that held for so long ends a client's back-off; 0: not known */       \
    X(backoff_least_us) /* a client's least pause; 0, or not said: not known */                        \
    X(heartbeat_us) /* P: a node says again who is there; 0, or not said: nobody's presence is kept */ \
    X(grace_us)     /* G: who left is shown as before for so long */                                   \
    X(room_max)     /* in larger rooms nobody is told who is there */                                  \
    X(hello_us)     /* a node waits for a hello for so long; not said: 10 s */                         \
    X(repair_rows) /* B: a repair reads so many at once; not said: 100 */                              \
    X(typing_us) /* T: who says no more that they type has stopped; 0, or not said: nobody types */    \
    X(typing_throttle_us) /* th: a node tells that somebody types once in so long */                   \
    X(typing_refresh_us)  /* a client says again that its person types, at the soonest */              \
    X(typing_pause_us)    /* who presses no key for so long types no more */                           \
    X(receipt_us) /* F: receipts wait for so long to be said together; 0, or not said: none are */     \
    X(full_pass_us)     /* all rooms are compared with the log so often; 0: not known */               \
    X(receipt_room_max) /* in larger rooms nobody is told of receipts */                               \
    X(drift_ppm)        /* no node's clock is faster or slower by more; 0: not known */                \
    X(revoked_us) /* V: a node looks for what was revoked so often; 0, or not said: not known */       \
    X(rooms_max)  /* nobody is in more rooms; 0, or not said: not known */                             \
    X(rooms_by_others) /* others put nobody into more; the same */                                     \
    X(probe_us) /* a node looks whether its name is another process's; 0, or not said: not known */    \
    X(held_entries) /* of a room, while an earlier one is missing; 0, or not said: not known */

struct bounds {
#define X(name) int64_t name;
    BOUNDS_MAP(X)
#undef X
};

#endif
