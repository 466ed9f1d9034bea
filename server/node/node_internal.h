/* The inside of a node: its objects and which file does what with them.
 *
 *   node.c     events in, registration, readiness
 *   job.c      timers, jobs (transactions in flight)
 *   session.c  connections: frames, errors, silence, closing
 *   http.c     requests and their answers; http_route.c: what they ask for
 *   metrics.c  what /metrics says
 *   drain.c    the end of a node that is asked to go
 *   hello.c    hello, the snapshot of rooms, welcome, resume
 *   user.c     users, their rooms, changes of membership
 *   send.c     commands that write the log, their order and their outcomes
 *   roomcmd.c  room_create, room_join, room_leave
 *   room.c     the log of a room: apply in order, hold, tail, fan-out
 *   repair.c   heads and rows from the database
 *   announce.c numbered announcements and peers
 *   sync.c     pages
 *   bus.c      Redis
 *   entry.c    entries of the log to wires
 *
 * Life: objects are reached by (index, serial). A serial is never used again, so an answer or a
 * timer for an object of the past finds nothing. */
#ifndef HUBBUB_SERVER_NODE_NODE_INTERNAL_H
#define HUBBUB_SERVER_NODE_NODE_INTERNAL_H

#include "server/base/base.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/node/node.h"
#include "server/protocol/frame.h"
#include "server/redis/redis.h"

#define SEND_TRIES_MAX     5    /* submissions of one command before it is given up */
#define HELLO_READS_MAX    16   /* reads of a user's rooms for one hello */
#define HELD_MAX           256  /* entries of one room that wait for an earlier one */
#define HEADS_PER_TX_MAX   128  /* rooms compared with the log in one transaction */
#define USERS_PER_TX_MAX   64   /* users whose rooms are read again in one transaction */
#define ANNOUNCE_ROOMS_MAX 1024 /* rooms named in one announcement; more: "all" */
#define PEERS_MAX          256  /* nodes of a cluster that this one keeps track of */
#define JOBS_MAX           (1u << 20)
#define INDEX_NONE         UINT32_MAX

#define CHANNEL_CONTROL   "nodes"
#define CHANNEL_BYTES_MAX (5 + ID_BYTES_MAX)

/* --- Rooms --- */
struct room_entry { /* an entry on its way through a room */
    uint64_t seq;
    struct wire *wire; /* owned */
    struct hlc_stamp hlc;
    uint64_t member_key; /* of joins and leaves: id_key of whose; else 0 */
    enum entry_kind kind;
    bool own; /* committed by this node: its publication comes back to us too */
};

struct session_ref {
    uint32_t index;
    uint64_t serial;
};

struct attachment {
    struct conn_id conn;
    uint32_t session;
};

/*   IDLE --room_want--> SUBSCRIBING --confirmed, or too late--> LOADING --head read--> LIVE
 *   and back to IDLE by room_release. `applied` may be trusted in LIVE only; `held` is kept from
 *   LOADING on, so that nothing published after the confirmation is missed. */
enum room_state { ROOM_IDLE, ROOM_SUBSCRIBING, ROOM_LOADING, ROOM_LIVE };

struct room {
    uint32_t index; /* also its name in node->room_names */
    int64_t key;    /* surrogate key; 0: not known in this epoch */
    char channel[CHANNEL_BYTES_MAX + 1];
    struct text name; /* within `channel` */
    enum room_state state;
    uint64_t life;       /* serial of this activation */
    uint64_t applied;    /* everything up to here was delivered */
    uint64_t head_known; /* >= applied: the log is said to reach this */
    uint64_t load_from;  /* LIVE starts here if the head is near; UINT64_MAX: at the head */
    uint64_t confirmed;  /* node->subscriptions_life at the last confirmation */
    bool repairing, gap_armed, heads_queued, touched;
    uint64_t repair_target;
    uint64_t touched_head;
    struct mono empty_since;
    struct room_entry *tail; /* ring: seq s is at s % tail_cap */
    uint32_t tail_len;
    struct room_entry *held; /* ascending */
    uint32_t held_len, held_cap;
    struct attachment *attached;
    uint32_t attached_len, attached_cap;
    struct session_ref *waiters;
    uint32_t waiters_len, waiters_cap;
    uint32_t active_slot; /* in node->active; INDEX_NONE: idle */
};

/* --- Sessions --- */
enum session_state {
    SESSION_FREE,
    SESSION_AWAIT_HELLO,
    SESSION_READING,
    SESSION_JOINING,
    SESSION_LIVE
};

struct session_room {
    uint32_t room;
    uint32_t slot;   /* in room->attached; INDEX_NONE: not attached */
    uint64_t need;   /* the room must have applied this much: the head that the read saw */
    uint64_t joined; /* first entry that this member may see */
    bool waiting;
};

struct job;
struct command {
    struct wire *frame; /* owned */
    uint32_t room;      /* INDEX_NONE: of a room that this node does not know */
    struct job *job;    /* NULL: an earlier one for the same room is in flight */
};

struct session {
    uint32_t index;
    uint64_t serial;
    struct conn_id conn;
    uint64_t request; /* 0: a connection; else the one action of an HTTP request */
    enum session_state state;
    uint32_t user;
    struct wire *hello; /* from hello to welcome; of a request: its action, as a frame */
    char *token;        /* came with the handshake; owned; NULL: none, or used */
    bool answered;      /* a request: it ends with this step */
    uint32_t hello_reads;
    bool reread; /* rooms may have changed since the read: once more after the welcome */
    bool syncing;
    struct mono opened, asked, heard; /* opened; hello came; last frame */
    int64_t timer_us;                 /* the armed timer that counts */
    struct session_room *rooms;
    uint32_t rooms_len, rooms_cap;
    uint32_t rooms_waiting;
    struct command *commands;
    uint32_t commands_len, commands_cap;
    uint32_t bad_frames;
    struct mono bad_since;
};

struct user {
    char channel[CHANNEL_BYTES_MAX + 1];
    struct text name; /* within `channel` */
    int64_t key;      /* 0: not known yet */
    uint64_t id_key;
    bool dirty;
    uint32_t *sessions; /* from hello on */
    uint32_t sessions_len, sessions_cap;
};

/* --- Jobs: transactions in flight or waiting for another try --- */
enum job_kind {
    JOB_REGISTER,
    JOB_HELLO,
    JOB_COMMAND,
    JOB_HEADS,
    JOB_REPAIR,
    JOB_USERS,
    JOB_SYNC,
};

struct job_ref {
    uint32_t index;
    uint64_t life;
};

struct sync;
struct job {
    uint32_t index;
    uint64_t serial; /* 0: free */
    enum job_kind kind;
    uint32_t tries;
    bool unknown;   /* an earlier try may have been committed */
    bool announce;  /* HEADS: tell the others what was found */
    bool registers; /* HELLO: asks for the user's key too */
    struct session_ref session;
    uint32_t user, room;
    uint64_t life;
    struct wire *frame;       /* COMMAND, SYNC: owned */
    struct hlc_stamp *stamps; /* COMMAND: own stamps, one an entry; owned */
    uint32_t stamps_len, stamps_cap;
    int64_t at_ms;
    struct job_ref *refs; /* HEADS: rooms; USERS: users; owned */
    uint32_t refs_len, refs_cap;
    struct sync *sync; /* owned */
};

enum timer_kind {
    TIMER_SESSION,
    TIMER_ROOM_SUBSCRIBE,
    TIMER_ROOM_GAP,
    TIMER_JOB,
    TIMER_ANNOUNCE,
    TIMER_SWEEP,
    TIMER_FULL_PASS,
};

struct timer {
    int64_t at_us;
    uint64_t order;
    enum timer_kind kind;
    uint32_t index;
    uint64_t serial;
};

struct peer {
    char name[NODE_ID_BYTES_MAX + 1];
    uint64_t incarnation, number;
    struct mono heard;
};

struct settled { /* of a session: a room that it waited for, or may send to, is ready */
    struct session_ref session;
    uint32_t room;
};

struct u32_list {
    uint32_t *items;
    uint32_t len, cap;
};

struct node_counts { /* since the node began */
    uint64_t frames_received, frames_sent, entries_committed, http_requests;
    uint64_t notes[NOTE_COUNT];
};

struct node {
    struct node_config config;
    struct text name;
    struct mono mono; /* of this step */
    struct wall wall;
    struct effects *out;
    int64_t key; /* 0: not registered */
    uint64_t incarnation, epoch;
    char epoch_text[17];
    bool ready, control_seen; /* the control channel was confirmed once */
    struct mono redis_lost;   /* MONO_NEVER: both links are well */
    struct hlc hlc;
    uint64_t serial;
    uint64_t connections; /* so far */
    struct node_counts counts;
    bool draining, drained;

    struct timer *timers; /* binary heap */
    uint32_t timers_len, timers_cap;
    uint64_t timers_order;

    struct job **jobs;
    uint32_t jobs_len, jobs_cap;
    uint32_t commands_count; /* jobs that write the log */
    struct u32_list jobs_free;

    struct session **sessions;
    uint32_t sessions_len, sessions_cap;
    struct u32_list sessions_free;
    struct u64map session_by_conn, session_by_request;
    struct session_ref *answered; /* requests that end with this step */
    uint32_t answered_len, answered_cap;
    struct settled *settled;
    uint32_t settled_len, settled_cap;
    struct settled *begins; /* where the next command may be submitted */
    uint32_t begins_len, begins_cap;

    struct interner user_names;
    struct user **users;
    uint32_t users_len, users_cap;
    struct u32_list users_dirty;
    bool users_reading;

    struct interner room_names;
    struct room **rooms;
    uint32_t rooms_len, rooms_cap;
    struct u64map room_by_key;
    struct u32_list active; /* rooms that are not idle */
    struct u32_list heads;  /* rooms to compare with the log */
    struct u32_list tells;  /* rooms whose heads are to be read and announced */

    struct redis *redis;
    struct redis_out bus, bus_work;
    uint64_t subscriptions_life; /* grows when the subscription link is lost */
    uint64_t announced;          /* number of the last announcement */
    struct u32_list touched;     /* rooms committed to since then */
    bool touched_all;
    struct peer *peers;
    uint32_t peers_len, peers_cap;

    struct buf scratch, cursor_text;
    struct entry_store *page; /* PAGE_ROWS_MAX */
    struct cursor *cursor;
};

void u32_list_push(struct u32_list *list, uint32_t value);

/* job.c */
void timer_add(struct node *node, int64_t at_us, enum timer_kind kind, uint32_t index,
               uint64_t serial);
struct timer timer_pop(struct node *node); /* the first; there must be one */
struct job *job_new(struct node *node, enum job_kind kind);
struct job *job_of_token(struct node *node, uint64_t token); /* NULL: of the past */
struct db_tx *job_tx(struct job *job, bool read_only);       /* with the job's token */
void job_submit(struct node *node, struct db_tx *tx);        /* takes */
void job_retry(struct node *node, struct job *job);          /* after the pause */
void job_free(struct node *node, struct job *job);

/* node.c */
void job_start(struct node *node, struct job *job);
void node_ready_check(struct node *node);
uint32_t node_retry_ms(const struct node *node);

/* session.c */
void session_open(struct node *node, struct conn_id conn, struct text token);
struct session *session_add(struct node *node); /* free but for its place and serial */
/* Gives `wire`, which is of `frame`, to whoever is behind the session. Shares it. */
void session_send(struct node *node, struct session *session, const struct frame *frame,
                  struct wire *wire);
void session_end(struct node *node, struct session *session);
void session_frame(struct node *node, struct conn_id conn, struct wire *wire);
void session_gone(struct node *node, struct conn_id conn);
void session_close(struct node *node, struct session *session, enum close_code code);
struct session *session_get(struct node *node, struct session_ref ref);
struct session_ref session_ref(const struct session *session);
void session_timer(struct node *node, uint32_t index, uint64_t serial, int64_t at_us);
void session_arm(struct node *node, struct session *session);
void session_say(struct node *node, struct session *session, const struct frame *frame);
/* HB_OK for `err` is not allowed; `ref` and `field` may be absent. */
void session_error(struct node *node, struct session *session, enum hb_err err, struct text ref,
                   const char *field);
struct session_room *session_room_find(struct session *session, uint32_t room);
void session_deinit(struct session *session);

/* http.c */
void http_request(struct node *node, const struct http_request *request);
void http_gone(struct node *node, uint64_t request);
/* What the session says is the answer. */
void http_answer(struct node *node, struct session *session, const struct frame *frame,
                 struct wire *wire);
void http_closed(struct node *node, const struct session *session);
void http_act(struct node *node, struct session *session); /* its user's rooms are known */
void http_flush(struct node *node);

/* metrics.c */
void metrics_write(const struct node *node, struct buf *out);

/* drain.c */
void drain_begin(struct node *node);
void drain_flush(struct node *node);

/* hello.c */
/* The token is good at this moment. */
HB_MUST_USE enum hb_err token_judge(const struct node *node, struct text token,
                                    struct token_claims *ret);
void hello_frame(struct node *node, struct session *session, struct wire *wire);
void hello_start(struct node *node, struct job *job);
void hello_done(struct node *node, struct job *job, const struct db_answer *answer);
void session_settle(struct node *node); /* welcomes whose rooms are all there */

/* user.c */
uint32_t user_add(struct node *node, struct text name);
void user_enter(struct node *node, uint32_t index, struct session *session);
void user_leave(struct node *node, struct session *session);
void user_dirty(struct node *node, uint32_t index);
void users_flush(struct node *node);
void users_start(struct node *node, struct job *job);
void users_done(struct node *node, struct job *job, const struct db_answer *answer);
/* A room that all live sessions of this user are to be attached to. */
void user_room_add(struct node *node, uint32_t index, uint32_t room_index, uint64_t head,
                   uint64_t joined);
void user_room_attach(struct node *node, struct session *session, struct room *room);
void user_joined(struct node *node, struct room *room, const struct room_entry *entry);
void user_left(struct node *node, struct room *room, const struct room_entry *entry);
/* Whether the user is still in the room, judged by the entries after `seq`. */
enum membership { MEMBERSHIP_KEPT, MEMBERSHIP_LEFT, MEMBERSHIP_UNCLEAR };
enum membership user_membership_since(const struct room *room, uint32_t tail_cap, uint64_t seq,
                                      uint64_t user_key);

/* send.c */
void command_frame(struct node *node, struct session *session, struct wire *wire,
                   const struct frame *frame);
void commands_flush(struct node *node);
void command_start(struct node *node, struct job *job);
void command_done(struct node *node, struct job *job, const struct db_answer *answer);
struct hlc_stamp *command_stamp(struct node *node, struct job *job); /* NULL: none is left */
struct text command_client_id(const struct frame *frame);
/* Publishes, applies and announces an entry that this job committed. */
void command_committed(struct node *node, struct room *room, const struct entry *entry);
void command_refuse(struct node *node, struct job *job, enum hb_err err);

/* roomcmd.c */
bool roomcmd_build(struct node *node, struct job *job, const struct frame *frame, struct db_tx *tx);
void roomcmd_committed(struct node *node, struct job *job, const struct frame *frame,
                       const struct db_answer *answer);
enum hb_err roomcmd_refusal(const struct frame *frame, const struct db_answer *answer);

/* room.c */
struct room *room_add(struct node *node, int64_t key, struct text name);
/* The room of a row of DB_USER_ROOMS. NULL, and a note: the row is none. */
struct room *room_of_row(struct node *node, const struct db_value *row, uint64_t *ret_head,
                         uint64_t *ret_joined);
struct room *room_find_key(struct node *node, int64_t key);
void room_want(struct node *node, struct room *room, uint64_t load_from);
void room_wait(struct node *node, struct room *room, struct session *session);
void room_unwait(struct node *node, struct room *room, const struct session *session);
void room_attach(struct node *node, struct room *room, struct session *session,
                 struct session_room *place);
void room_detach(struct node *node, struct room *room, struct session_room *place);
void room_load(struct node *node, struct room *room);
void room_live(struct node *node, struct room *room, uint64_t head);
void room_apply(struct node *node, struct room *room, struct room_entry entry); /* takes the wire */
void room_head_told(struct node *node, struct room *room, uint64_t head);
void room_check_waiters(struct node *node, struct room *room);
bool room_tail_covers(const struct room *room, uint64_t seq); /* all of seq..applied */
void room_tail_send(struct node *node, struct room *room, struct conn_id conn, uint64_t from);
bool room_local(const struct room *room);
void room_release(struct node *node, struct room *room);
void room_deinit(const struct node *node, struct room *room);
uint32_t room_tail_cap(const struct node *node);

/* repair.c */
void room_gap_arm(struct node *node, struct room *room);
void room_gap_timer(struct node *node, uint32_t index, uint64_t life);
void room_repair(struct node *node, struct room *room);
void repair_start(struct node *node, struct job *job);
void repair_done(struct node *node, struct job *job, const struct db_answer *answer);
void heads_want(struct node *node, struct room *room);
void heads_want_all(struct node *node);
void heads_flush(struct node *node);
void heads_tell(struct node *node, uint32_t room); /* read the head and announce it */
void heads_start(struct node *node, struct job *job);
void heads_done(struct node *node, struct job *job, const struct db_answer *answer);

/* announce.c */
void announce_tick(struct node *node);
void announce_touch(struct node *node, struct room *room, uint64_t head);
void announce_heard(struct node *node, const char *bytes, size_t bytes_len);
void announce_sweep(struct node *node);

/* sync.c */
void sync_frame(struct node *node, struct session *session, struct wire *wire,
                const struct frame *frame);
void sync_start(struct node *node, struct job *job);
void sync_done(struct node *node, struct job *job, const struct db_answer *answer);
void sync_free(struct sync **sync);

/* bus.c */
enum bus_tag { BUS_NONE, BUS_CONTROL, BUS_ROOM, BUS_USER };
void bus_subscribe(struct node *node, enum bus_tag tag, uint32_t index, const char *channel);
void bus_unsubscribe(struct node *node, const char *channel);
HB_MUST_USE enum hb_err bus_publish(struct node *node, const char *channel, const char *bytes,
                                    size_t bytes_len);
void bus_flush(struct node *node);

/* entry.c */
struct entry_store { /* the texts that an entry from a row borrows */
    char id[HLC_TEXT_BYTES_MAX];
    char hlc[HLC_TEXT_BYTES_MAX];
};
/* `row` is one of DB_ENTRIES_AFTER. */
/* What this version cannot say in a frame is an entry of the kind ENTRY_UNKNOWN. False: the row says
 * not even its seq; *ret is unchanged. */
HB_MUST_USE bool entry_from_row(struct text room_name, const struct db_value *row,
                                struct entry_store *store, struct entry *ret);
void entry_stamp(struct entry *entry, struct entry_store *store, struct hlc_stamp stamp,
                 struct hlc_stamp hlc, struct text node_name);
void entry_encode(const struct entry *entry, struct buf *out);
struct text value_text(const struct db_value *value);
/* False: the database holds no such value there; *ret is unchanged. */
HB_MUST_USE bool value_seq(const struct db_value *value, uint64_t *ret);
HB_MUST_USE bool value_stamp(const struct db_value *value, struct hlc_stamp *ret);
HB_MUST_USE bool value_key(const struct db_value *value, int64_t *ret);
uint64_t entry_member_key(const struct entry *entry); /* of a join or leave; else 0 */
bool parse_u64(const char **at, const char *end, uint64_t *ret);

static inline struct effect *effect_push(struct node *node)
{
    HB_GROW(node->out->items, node->out->len, node->out->cap);
    return &node->out->items[node->out->len++];
}

static inline void note(struct node *node, enum note_code code, int64_t a, int64_t b)
{
    struct effect *effect = effect_push(node);

    node->counts.notes[code]++;
    effect->kind = EFFECT_NOTE;
    effect->note.code = code;
    effect->note.a = a;
    effect->note.b = b;
}

/* Shares the wire. */
static inline void send_wire(struct node *node, struct conn_id conn, struct wire *wire)
{
    struct effect *effect = effect_push(node);

    node->counts.frames_sent++;
    effect->kind = EFFECT_SEND;
    effect->send.conn = conn;
    effect->send.wire = wire_ref(wire);
}

#endif
