/* Sessions: a connection, or a request, which is a session of one action. */
#ifndef HUBBUB_SERVER_NODE_SESSION_H
#define HUBBUB_SERVER_NODE_SESSION_H

#include "server/node/reply.h"
#include "server/node/state.h"

struct route;

enum session_state {
    SESSION_FREE,
    SESSION_AWAIT_HELLO,
    SESSION_READING,
    SESSION_JOINING,
    SESSION_LIVE
};

struct session_room {
    uint32_t room;
    uint32_t slot;     /* in room->attached; INDEX_NONE: not attached */
    uint64_t need;     /* the room must have applied this much: the head that the read saw */
    uint64_t joined;   /* first entry that this member may see */
    uint64_t since;    /* the stream of this connection began behind this; 0: not yet */
    uint64_t received; /* the client said that it has all up to here */
    bool waiting;
};

struct job;
struct command {
    struct wire *frame; /* owned */
    uint32_t room;      /* INDEX_NONE: of a room that this node does not know */
    bool finds;         /* only an ack that was lost may be given */
    struct job *job;    /* NULL: an earlier one for the same room is in flight */
};

struct session {
    uint32_t index;
    uint64_t serial;
    struct conn_id conn;
    uint64_t request; /* 0: a connection; else the one action of an HTTP request */
    enum session_state state;
    uint32_t user;
    struct wire *hello;        /* from hello to welcome; owned */
    struct wire *action;       /* of a request: what it asks for, as a frame; owned */
    char *query;               /* of a request that is no frame: what it asks for; owned */
    const struct route *route; /* of a request: who takes it */
    char *token;               /* came with the handshake; owned; NULL: none, or used */
    bool answered;             /* a request: it ends with this step */
    uint32_t hello_reads;
    bool reread; /* rooms may have changed since the read: once more after the welcome */
    bool syncing;
    struct mono opened, asked, heard; /* opened; hello came; last frame, or the welcome */
    bool bears;                       /* it stands on a token, of which: */
    int64_t issued_s;
    char token_id[ID_BYTES_MAX + 1]; /* "": it has none */
    int64_t
        expires_us; /* mono: its token is good no longer; INT64_MAX: none was taken, or for ever */
    int64_t until_ms; /* the same by the wall */
    int64_t timer_us; /* the armed timer that counts */
    struct session_room *rooms;
    uint32_t rooms_len, rooms_cap;
    uint32_t rooms_waiting;
    struct command *commands;
    uint32_t commands_len, commands_cap;
    uint32_t person;         /* whose presence it counts for; INDEX_NONE: nobody's */
    struct u32_list watches; /* people whom it asked for */
    uint32_t watches_asked;  /* of whom it is not known yet whether it may */
    uint64_t told;           /* the last telling that it had */
    uint32_t receipts;       /* transactions of them that are under way */
    uint32_t bad_frames;
    struct mono bad_since;
};

struct session_ref session_ref(const struct session *session);
struct session *session_get(struct node *node, struct session_ref ref); /* NULL: it is over */
struct session *session_find(struct node *node, struct conn_id conn);   /* the same */
struct session_room *session_room_find(struct session *session, uint32_t room);

void session_open(struct node *node, struct conn_id conn, struct text token);
struct session *session_add(struct node *node); /* free but for its place and serial */
void sessions_deinit(struct node *node);

int64_t session_deadline_us(const struct node *node, const struct session *session);
void session_arm(struct node *node, struct session *session);

/* Gives `wire`, which is of `frame`, to whoever is behind the session. Shares it. */
void session_send(struct node *node, struct session *session, const struct frame *frame,
                  struct wire *wire);
void session_say(struct node *node, struct session *session, const struct frame *frame);
/* Of a request: answers with what node->scratch holds. */
void session_answer(struct node *node, struct session *session, struct reply made);
/* The same with an error of this sentence. */
void session_explain(struct node *node, struct session *session, enum hb_err err,
                     const char *sentence);
/* HB_OK for `err` is not allowed; `ref` and `field` may be absent. */
void session_error(struct node *node, struct session *session, enum hb_err err, struct text ref,
                   const char *field);
/* The same of a code that is temporary elsewhere. */
void session_error_for_good(struct node *node, struct session *session, enum hb_err err,
                            struct text ref, const char *field);

#endif
