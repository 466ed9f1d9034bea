/* What a step asks for: the list of its effects. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_OUT_H
#define HUBBUB_SIM_CLIENT_CLIENT_OUT_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/frame.h"
#include "server/protocol/wire.h"

#define CLIENT_ROOM_NONE UINT32_MAX /* the ref of a room that the config does not name */

struct client_effect {
    enum client_effect_kind {
        CLIENT_OUT_CONNECT,    /* open a transport and call it `conn` */
        CLIENT_OUT_DISCONNECT, /* close `conn` with code `value`; no event of it is wanted */
        CLIENT_OUT_SEND,    /* send `wire` on `conn`; gives one reference. Of a message: client_key,
                                  room_ref, value = attempt */
        CLIENT_OUT_ISSUED,  /* a message was written: room_ref, client_key, content_key, hlc = the
                                  greatest stamp shown so far, value = its number on this device */
        CLIENT_OUT_RESENT,  /* the same, again on the wire; value = attempt */
        CLIENT_OUT_WELCOME, /* session live on `conn`; frame = the welcome */
        CLIENT_OUT_SHOWN,   /* entry, in room_ref */
        CLIENT_OUT_RECV,    /* entry received and not shown now; value 1: held, 0: had before */
        CLIENT_OUT_ACKED,   /* frame = the ack; room_ref */
        CLIENT_OUT_REPLACED, /* before ACKED or SHOWN: the temporary row of client_key becomes that of the entry
                                value; content_key = key of its id; room_ref */
        CLIENT_OUT_NACKED,     /* frame = the nack; room_ref */
        CLIENT_OUT_FAILED,     /* client_key is shown as failed to the person; room_ref */
        CLIENT_OUT_SYNC_BEGIN, /* a sync session starts; one effect a room: room_ref, value = position,
                                  since_ms */
        CLIENT_OUT_FORGOT,     /* it is a new installation, before anything else */
        CLIENT_OUT_BACK, /* a page backwards of room_ref is asked for; value = below which entry, 0: the
                            newest */
        CLIENT_OUT_FOCUS, /* behind SYNC_BEGIN, or alone with a hello: room_ref is to be served first */
        CLIENT_OUT_GAP, /* what comes next in room_ref is shown behind a marker for value to gap_high */
        CLIENT_OUT_NO_GAP, /* value to gap_high, the upper end of a marker, is not the person's to see */
        CLIENT_OUT_SYNC_PAGE, /* frame = the sync_response, before its entries are shown */
        CLIENT_OUT_RESET, /* the display epoch of room_ref ended: it starts again; value 1: at the person's
                                 own join */
        CLIENT_OUT_ERROR,   /* frame = an error from the server */
        CLIENT_OUT_TOKEN,   /* another token is wanted: CLIENT_TOKEN gives it */
        CLIENT_OUT_VIEW,    /* person, as they are shown now; value 1: of a snapshot */
        CLIENT_OUT_STALE,   /* value 1: what was told of people may be old; 0: not any more */
        CLIENT_OUT_WATCH,   /* it asks to be told of `user`; value 1: no more */
        CLIENT_OUT_WARNING, /* value 1: the person is shown that they are taken for away soon; 0: no
                               more */
        CLIENT_OUT_PRESENT, /* it says of this connection: value = status; the room that they are in */
        CLIENT_OUT_CHOOSE, /* it says what they chose: choice */
        CLIENT_OUT_KEY, /* a key was pressed in the field of room_ref; value 1: it is empty now */
        CLIENT_OUT_TYPIST, /* value 1: `user` is shown as typing in room_ref; 0: no more; 2: no more,
                              for the connection is over */
        CLIENT_OUT_WRITES_TO, /* before ISSUED: it is for the person whose name is room_id; client_key */
        CLIENT_OUT_INVITES, /* before ASKS: `user` is to come into the room, too; client_key */
        CLIENT_OUT_ASKS, /* its person makes, joins or leaves a room: value = enum frame_type; room_id, client_key */
        CLIENT_OUT_GRANTED, /* frame = the ack; room_id, client_key */
        CLIENT_OUT_DENIED,  /* frame = the nack, for good; room_id, client_key */
        CLIENT_OUT_READ, /* the person read: room_ref, client_key = key of the message's id, value = seq */
        CLIENT_OUT_READ_SAID, /* the same is said, value = how many are before it in the frame */
        CLIENT_OUT_READ_TOLD, /* somebody read it: frame = the read_receipt, value = when, ms */
        CLIENT_OUT_RECEIVED_TOLD, /* somebody has all up to value: frame = received, or read_receipt */
    } kind;
    uint32_t conn;
    uint32_t room_ref;   /* CLIENT_ROOM_NONE: of no room, or of one that was learnt */
    struct text room_id; /* of the room, but for SHOWN and RECV: the entry says it; borrows from
                            the client */
    uint64_t client_key, content_key, hlc;
    int64_t value;
    union {
        struct wire *wire;         /* SEND */
        const struct entry *entry; /* SHOWN, RECV: borrows from the frame of this step or from what
                                      the client holds: valid until the next step */
        const struct frame *frame;
        uint64_t gap_high;       /* GAP, NO_GAP */
        int64_t since_ms;        /* SYNC_BEGIN: the time that is asked from; 0: the positions are */
        const struct text *user; /* TYPIST, WATCH, INVITES: borrows from the client, or the event */
        const struct presence *person;       /* VIEW: within the frame of this step */
        const struct frame_presence *choice; /* CHOOSE: valid until the next step */
    };
};

struct client_out {
    struct client_effect *items;
    size_t len, cap;
    struct mono wake_at; /* set by each step */
    bool wake_moved;     /* by this step: false spares the driver a look at its own timer */
};
void client_out_clear(struct client_out *out); /* drops wires that were not taken (set to NULL) */
void client_out_deinit(struct client_out *out);

static inline struct client_effect *client_emit(struct client_out *out,
                                                enum client_effect_kind kind)
{
    HB_GROW(out->items, out->len, out->cap);
    struct client_effect *effect = &out->items[out->len++];
    *effect = (struct client_effect){.kind = kind, /* all are named: cheaper than clearing first */
                                     .conn = 0,
                                     .room_ref = CLIENT_ROOM_NONE,
                                     .room_id = {.bytes = NULL, .len = 0},
                                     .client_key = 0,
                                     .content_key = 0,
                                     .hlc = 0,
                                     .value = 0,
                                     .frame = NULL};
    return effect;
}

#endif
