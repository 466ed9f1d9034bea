/* The connection itself: `hello`, `welcome`, `refresh`, `refreshed`, `error`, `draining`, and `ping` and
 * `pong`, which say no more than their type. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_SESSION_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_SESSION_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/focus.h"
#include "server/protocol/frame_presence.h"
#include "server/protocol/hlc.h"
#include "server/protocol/position.h"

struct take;

struct frame_hello {
    uint32_t version;
    struct text token; /* NULL: it came with the handshake */
    struct text device;
    enum presence_kind kind;   /* of the device; web if it is not said */
    struct text epoch;         /* NULL: nothing to resume */
    struct text seen;          /* NULL, or the greatest stamp that this client was shown, as text */
    struct hlc_stamp seen_hlc; /* parsed; 0 if absent */
    struct position *positions; /* sorted by nothing; no room twice */
    uint32_t positions_len;
    struct focus focus; /* whose missing entries come first */
};

struct welcome_room {
    struct text room_id;
    uint64_t room_key;
    uint64_t head;  /* the live stream of this connection goes on at head + 1 */
    bool recovered; /* true: what is missing up to head follows as live frames. false: ask for it */
};

struct frame_welcome {
    uint32_t version;
    struct text user_id;
    struct text connection_id;
    struct text epoch; /* of the log: positions of another epoch mean nothing here */
    int64_t
        expires_in_ms; /* the token: then this connection ends; JSON_INT_MAX: or later; -1: not said */
    struct welcome_room *rooms;
    uint32_t rooms_len;
    uint32_t ping_interval_ms, ping_timeout_ms; /* either side closes after their sum of silence */
};

struct frame_refresh { /* another token for this connection */
    struct text token;
    struct text ref; /* NULL: none */
};

struct frame_refreshed {
    struct text ref;       /* of the refresh; NULL: it had none */
    int64_t expires_in_ms; /* as in the welcome, from now on */
};

struct frame_error {
    enum hb_err
        code; /* HB_EUNKNOWN's word never comes in an error; unknown words decode to HB_EFRAME */
    struct text code_word;
    struct text ref; /* NULL: of no request in particular */
    struct text
        client_id; /* of a command by HTTP that came to no decision; else a nack says it. NULL: none */
    struct text field;   /* NULL, or the field at fault */
    struct text message; /* for people, not read; NULL: that of the code */
    bool temporary;
    uint32_t retry_after_ms;
};

struct frame_draining {
    uint32_t reconnect_in_ms;
    struct text url; /* of the node where this user belongs then; NULL: nothing is known of it */
};

struct frame_bare { /* ping, pong */
    char nothing;
};

void frame_take_hello(struct take *d, struct frame_hello *hello);
void frame_put_hello(struct buf *out, const struct frame_hello *hello);
void frame_take_welcome(struct take *d, struct frame_welcome *welcome);
void frame_put_welcome(struct buf *out, const struct frame_welcome *welcome);
void frame_take_refresh(struct take *d, struct frame_refresh *refresh);
void frame_put_refresh(struct buf *out, const struct frame_refresh *refresh);
void frame_take_refreshed(struct take *d, struct frame_refreshed *refreshed);
void frame_put_refreshed(struct buf *out, const struct frame_refreshed *refreshed);
void frame_take_error(struct take *d, struct frame_error *error);
void frame_put_error(struct buf *out, const struct frame_error *error);
void frame_take_draining(struct take *d, struct frame_draining *draining);
void frame_put_draining(struct buf *out, const struct frame_draining *draining);
void frame_take_bare(struct take *d, struct frame_bare *bare);
void frame_put_bare(struct buf *out, const struct frame_bare *bare);

#endif
