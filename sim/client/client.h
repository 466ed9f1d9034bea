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
#include "server/base/text.h"
#include "server/protocol/wire.h"
#include "sim/client/client_config.h"
#include "sim/client/client_out.h"
#include "sim/client/client_report.h"

struct client_event {
    enum client_event_kind {
        CLIENT_START, /* the person opens the app: connect */
        CLIENT_STOP,  /* the person closes it cleanly: no reconnect until CLIENT_START; the
                             outbox and what was shown are kept */
        CLIENT_KILL,  /* its process ends, and its connection with it; kill_loses: and what it had
                             stored is lost: from the next event on it is a new installation, without a
                             word of what it was shown or what waited in its outbox */
        CLIENT_CONNECTED, /* transport open; conn */
        CLIENT_CLOSED,    /* transport refused, lost or closed by the peer; conn, close_code */
        CLIENT_FRAME,     /* conn, frame */
        CLIENT_SAY,       /* the person sends a message; say */
        CLIENT_TOUCH,     /* the person does something else on the device */
        CLIENT_CHOOSE,    /* the person says of themselves; choose: what is of the connection is the
                             room alone */
        CLIENT_WATCH,     /* the person wants to be told of somebody, or no more; watch */
        CLIENT_TYPE,      /* the person presses a key in a room's field; type */
        CLIENT_TOKEN,     /* the token that CLIENT_OUT_TOKEN asked for; token */
        CLIENT_ROOM,      /* the person makes, joins or leaves a room; room */
        CLIENT_READ,      /* the person reads what is shown of a room; say, without content */
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
            struct text to;      /* a person, in place of a room; NULL: none; borrows */
            struct text content; /* borrows */
        } say;
        struct {
            uint32_t room_ref;   /* CLIENT_ROOM_NONE: by its name alone */
            struct text room_id; /* borrows */
            struct text to;      /* a person, in place of a room; NULL: none; borrows */
            bool emptied;        /* nothing stands in the field now */
        } type;
        const struct frame_presence *choose; /* borrows */
        bool kill_loses;
        const struct frame
            *room; /* a room_create, room_join, room_leave without a client id; borrows */
        struct text
            token; /* borrows; while there is a session it counts when the node took it, else at once */
        struct {
            struct text user; /* borrows */
            bool wanted;
        } watch;
    };
};

struct client;
struct client *client_new(const struct client_config *config) HB_MUST_USE;
void client_free(struct client **client);

void client_step(struct client *client, const struct client_event *event, struct client_out *out);

/* What it draws from now on. */
void client_reseed(struct client *client, struct rng rng);

#endif
