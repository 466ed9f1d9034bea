/* A message on its way to the log: `send`, and its answers `ack` and `nack`. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_SEND_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_SEND_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/hlc.h"

struct take;

struct frame_send {
    struct text room_id;      /* exactly one of room_id and recipient_id */
    struct text recipient_id; /* the other one of a direct chat */
    struct text client_id;
    struct text content;
    struct text seen;          /* NULL, or the greatest stamp that the writer was shown, as text */
    struct hlc_stamp seen_hlc; /* parsed; 0 if absent */
};

struct frame_ack { /* committed: durable, and never anything else */
    struct text client_id;
    uint64_t client_key;
    struct text room_id;
    struct text id;
    uint64_t id_key;
    uint64_t seq;
    int64_t timestamp_ms;
    struct text hlc_text;
    struct hlc_stamp hlc;
};

struct frame_nack { /* this attempt is not and will not be committed */
    struct text client_id;
    uint64_t client_key;
    enum hb_err code;
    struct text code_word;
    bool temporary;
    uint32_t retry_after_ms;
    struct text field;    /* NULL: none; the one at fault */
    struct text *members; /* of a room_create: the people who stand in its way */
    uint32_t members_len;
};

void frame_take_send(struct take *d, struct frame_send *send);
void frame_put_send(struct buf *out, const struct frame_send *send);
void frame_take_ack(struct take *d, struct frame_ack *ack);
void frame_put_ack(struct buf *out, const struct frame_ack *ack);
void frame_take_nack(struct take *d, struct frame_nack *nack);
void frame_put_nack(struct buf *out, const struct frame_nack *nack);

#endif
