/* Rooms on this node: their subscription, who is here, the tail, and what is known of the head. */
#ifndef HUBBUB_SERVER_NODE_ROOM_H
#define HUBBUB_SERVER_NODE_ROOM_H

#include "server/node/bus.h"
#include "server/node/session.h"
#include "server/node/state.h"

struct room_entry { /* an entry on its way through a room */
    uint64_t seq;
    struct wire *wire; /* owned */
    struct hlc_stamp hlc;
    uint64_t member_key; /* of joins and leaves: id_key of whose; else 0 */
    enum entry_kind kind;
    bool own; /* committed by this node: its publication comes back to us too */
};

struct attachment {
    struct conn_id conn;
    uint32_t session;
};

/*   IDLE --room_want--> SUBSCRIBING --confirmed, or too late--> LOADING --head read--> LIVE
 *   and back to IDLE by room_release. `applied` may be trusted in LIVE only; `held` is kept from
 *   LOADING on, so that nothing published after the confirmation is missed. */
enum room_state { ROOM_IDLE, ROOM_SUBSCRIBING, ROOM_LOADING, ROOM_LIVE };

#define LONG_AGO_US (INT64_MIN / 2) /* before any instant of a node */

struct typist {   /* who types in a room, or did so shortly before */
    uint64_t key; /* of the name */
    char name[ID_BYTES_MAX];
    uint32_t name_len;
    struct session_ref here; /* the connection that said it last; serial 0: at another node */
    bool typing;
    bool shown;        /* told of as typing: by name, or as one more */
    bool named;        /* by name */
    bool owed;         /* a start is to be told as soon as the throttle allows it */
    bool unpublished;  /* to the other nodes too */
    int64_t told_us;   /* the last start that was told */
    int64_t until_us;  /* they type until then, if they do not say so again */
    int64_t others_us; /* until then other nodes may show them, by what was published here */
};

struct room {
    uint32_t index; /* also its name in node->room_names */
    int64_t key;    /* surrogate key; 0: not known in this epoch */
    char channel[CHANNEL_BYTES_MAX + 1];
    struct text name; /* within `channel` */
    enum room_state state;
    uint64_t life;    /* serial of this activation */
    uint64_t applied; /* everything up to here was delivered */
    uint64_t
        changed; /* of that the last by which somebody came or left; or before which nothing is known */
    uint64_t head_known; /* >= applied: the log is said to reach this */
    uint64_t load_from;  /* LIVE starts here if the head is near; UINT64_MAX: at the head */
    uint64_t confirmed;  /* node->subscriptions_life at the last confirmation */
    bool repairing, gap_armed, heads_queued;
    bool making;        /* a direct chat, by a job of its own */
    uint64_t thrown;    /* the least entry that came and could not be held; 0: none */
    struct mono moved;  /* when `applied` last moved */
    struct mono behind; /* when `head_known` last went ahead of it */
    uint64_t repair_target;
    struct room_presence {
        bool listed, reading, again, known; /* known: `people` are all its members */
        bool crowd, asked;                  /* too many of them: only their number is told */
        uint64_t online;                    /* that number */
        struct u32_list people;
    } presence;
    struct room_typing {
        struct typist *items; /* in the order in which they began */
        uint32_t len, cap;
        uint32_t named;
        uint64_t others_told;
        bool others_owed;
        int64_t others_told_us;
        int64_t timer_us; /* the armed timer that counts */
    } typing;
    struct room_receipts {
        uint64_t told, known; /* told: all up to this version; known: the database has it */
        bool reading;
    } receipts; /* LIVE */
    struct room_announce {
        bool touched; /* committed to since the last announcement */
        uint64_t head;
    } announce;
    struct mono empty_since;
    struct mono used;        /* when it was last named or given up */
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

/* The room of a row of DB_USER_ROOMS. NULL, and a note: the row is none. */
struct room *room_of_row(struct node *node, const struct db_value *row, uint64_t *ret_head,
                         uint64_t *ret_joined);
struct room *room_add(struct node *node, int64_t key, struct text name);
/* The same before its key is known: 0, if it is new here. */
struct room *room_named(struct node *node, struct text name);
struct room *room_find_key(struct node *node, int64_t key);
/* Frees an idle room that nothing names any more. False: its channel is not left yet. */
bool room_forget(struct node *node, struct room *room);
void rooms_deinit(struct node *node);

/* Follows the room: subscribed first, loaded then. `load_from`: LIVE starts there if the head is near. */
void room_want(struct node *node, struct room *room, uint64_t load_from);
void room_load(struct node *node, struct room *room);
void room_release(struct node *node, struct room *room);

void room_wait(struct node *node, struct room *room, struct session *session);
void room_unwait(struct node *node, struct room *room, const struct session *session);
void room_attach(struct node *node, struct room *room, struct session *session,
                 struct session_room *place);
void room_detach(struct node *node, struct room *room, struct session_room *place);
/* Those whose need is met are put into node->settled. */
void room_check_waiters(struct node *node, struct room *room);
bool room_local(const struct room *room);

uint32_t room_tail_cap(const struct node *node);
bool room_tail_covers(const struct room *room, uint64_t seq); /* all of seq..applied */
void room_tail_send(struct node *node, struct room *room, struct conn_id conn, uint64_t from);

/* The log is said to reach `head`. What is missing may be on its way: an entry that is the next one, and
 * known to be there, is read from the log once that lasted for GAP_WAIT_US. */
void room_head_told(struct node *node, struct room *room, uint64_t head);
/* How long the very entry that the room lacks now is waited for yet; the room is behind. 0 when that entry came
 * and was thrown away: then nothing is on its way. */
int64_t room_gap_left_us(const struct node *node, const struct room *room);
/* To be compared with the log at the end of the step. */
void room_want_head(struct node *node, struct room *room);
void rooms_want_heads(struct node *node);
/* Redis is away: nothing waits for it. */
void rooms_without_redis(struct node *node);

#endif
