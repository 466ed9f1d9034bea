/* The virtual client: a person's device as a state machine, sans-I/O like the node. The same
 * object runs in virtual time and, in live mode, over real sockets.
 *
 *    CLIENT_START, _SAY, ...      +--------+   CLIENT_OUT_CONNECT, _SEND, _DISCONNECT
 *   person ---------------------> | client | ------------------------------------> transport
 *    <--------------------------- |        | <------------------------------------
 *    CLIENT_OUT_SHOWN, _FAILED    +--------+   CLIENT_CONNECTED, _FRAME, _CLOSED
 *
 *   offline --connect--> connecting --welcome--> online --lost--> waiting (back-off) --> connecting
 *                                                  | gap
 *                                                  +--> sync_request pages until caught up
 *
 * Own invariants:
 *   I1  entries of a room are shown in seq order, each once, without a gap, within a display epoch;
 *   I2  at most one unacked send per room is on the wire; the others wait in the order written;
 *   I3  a composed message stays in the outbox until it is acked, or is shown as failed to the
 *       person after a nack that is not temporary; a resend has the same client id and text;
 *   I4  an event of another connection than the present one changes nothing.
 *
 * Pure: `draw` of the config is the only source of jitter. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_H
#define HUBBUB_SIM_CLIENT_CLIENT_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/protocol/frame.h"
#include "server/protocol/wire.h"

#define CLIENT_OUTBOX_MAX 1024 /* composed and not acked; one more is shown as failed at once */
#define CLIENT_HELD_MAX   512  /* entries of one room that wait for an earlier one; then: sync */
#define CLIENT_ROOM_NONE  UINT32_MAX

struct client_room_config {
    struct text room_id;
    uint32_t ref; /* what CLIENT_OUT_* call this room */
};

struct client_config { /* all texts are borrowed for the client's life */
    struct text user;
    struct text device;
    struct text token;
    const struct client_room_config
        *rooms; /* that the person is in; others are learnt: their effects carry the name */
    uint32_t rooms_len;
    int64_t backoff_us_min,
        backoff_us_max; /* full jitter, doubling; reset after a stable connection */
    int64_t stable_us;  /* a connection this old resets the back-off */
    int64_t gap_us;     /* a held entry older than this makes the client ask by sync_request */
    int64_t answer_us;  /* no answer to a send, a sync or a hello for this long: reconnect */
    int64_t ping_interval_us; /* H until `welcome` says otherwise */
    int64_t ping_timeout_us;  /* Ht: silence of H + Ht closes the connection */
    struct rng rng;           /* the client's own stream */
};

struct client_event {
    enum client_event_kind {
        CLIENT_START,     /* the person opens the app: connect */
        CLIENT_STOP,      /* the person closes it cleanly: no reconnect until CLIENT_START; the
                             outbox and what was shown are kept */
        CLIENT_CONNECTED, /* transport open; conn */
        CLIENT_CLOSED,    /* transport refused, lost or closed by the peer; conn, close_code */
        CLIENT_FRAME,     /* conn, frame */
        CLIENT_SAY,       /* the person sends a message; say */
        CLIENT_WAKE,      /* at or after the wake_at of client_out */
    } kind;
    struct mono now;
    union {
        struct {
            uint32_t conn;      /* the number given in CLIENT_OUT_CONNECT */
            struct wire *frame; /* borrows */
            uint32_t close_code;
        } conn;
        struct {
            uint32_t room_ref;   /* CLIENT_ROOM_NONE: one that was learnt, by its name */
            struct text room_id; /* borrows */
            struct text content; /* borrows */
        } say;
    };
};

struct client_effect {
    enum client_effect_kind {
        CLIENT_OUT_CONNECT,    /* open a transport and call it `conn` */
        CLIENT_OUT_DISCONNECT, /* close `conn` with code `value`; no event of it is wanted */
        CLIENT_OUT_SEND,       /* send `wire` on `conn`; gives one reference */
        CLIENT_OUT_ISSUED,  /* a message was written: room_ref, client_key, content_key, hlc = the
                                  greatest stamp shown so far, value = its number on this device */
        CLIENT_OUT_RESENT,  /* the same, again on the wire; value = attempt */
        CLIENT_OUT_WELCOME, /* session live on `conn`; frame = the welcome */
        CLIENT_OUT_SHOWN,   /* entry, in room_ref */
        CLIENT_OUT_RECV,    /* entry received and not shown now; value 1: held, 0: had before */
        CLIENT_OUT_ACKED,   /* frame = the ack; room_ref */
        CLIENT_OUT_NACKED,  /* frame = the nack; room_ref */
        CLIENT_OUT_FAILED,  /* client_key is shown as failed to the person; room_ref */
        CLIENT_OUT_SYNC_BEGIN, /* a sync session starts; one effect a room: room_ref, value = position */
        CLIENT_OUT_SYNC_PAGE, /* frame = the sync_response, before its entries are shown */
        CLIENT_OUT_RESET,     /* the display epoch of room_ref ended: it starts again */
        CLIENT_OUT_ERROR,     /* frame = an error from the server */
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

struct client;
struct client *client_new(const struct client_config *config) HB_MUST_USE;
void client_free(struct client **client);

void client_step(struct client *client, const struct client_event *event, struct client_out *out);

/* For reports and quiescence. */
bool client_online(const struct client *client);         /* welcome had, connection not lost */
uint32_t client_outbox_len(const struct client *client); /* written, not acked, not failed */
uint32_t client_held_len(const struct client *client);   /* entries that wait for an earlier one */
bool client_syncing(const struct client *client);

#endif
