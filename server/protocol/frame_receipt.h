/* What arrived and what was read: `received`, `read_receipt`, and what was missed of them. */
#ifndef HUBBUB_SERVER_PROTOCOL_FRAME_RECEIPT_H
#define HUBBUB_SERVER_PROTOCOL_FRAME_RECEIPT_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"

struct take;

/* Of a client: all up to this place of the room is on this device. Of the server: on a device of this person. */
struct frame_received {
    struct text room_id;
    uint64_t room_key;
    uint64_t up_to;
    struct text user_id; /* the server's; absent in a client's */
    uint64_t version;    /* the server's: of the room's receipts, each has the next */
};

struct frame_read_receipt {
    struct text chat_id; /* the room */
    uint64_t room_key;
    struct text *ids; /* of messages; what is none of the reader's is passed over */
    uint32_t ids_len;
    struct text read_by; /* the server's; absent in a client's, from here on */
    int64_t read_at_ms;
    uint64_t up_to; /* what is on a device of the reader, if that rose with it; 0: it did not */
    uint64_t version;
};

struct frame_receipts_request {
    struct text room_id;
    bool after_said;
    uint64_t after; /* the version that the client has */
};

struct frame_receipts { /* ends what was told in answer to the request */
    struct text room_id;
    uint64_t room_key;
    uint64_t version; /* up to this one all was told */
    bool has_more;
};

void frame_take_received(struct take *d, struct frame_received *received);
void frame_put_received(struct buf *out, const struct frame_received *received);
void frame_take_read_receipt(struct take *d, struct frame_read_receipt *receipt);
void frame_put_read_receipt(struct buf *out, const struct frame_read_receipt *receipt);
void frame_take_receipts_request(struct take *d, struct frame_receipts_request *request);
void frame_put_receipts_request(struct buf *out, const struct frame_receipts_request *request);
void frame_take_receipts(struct take *d, struct frame_receipts *receipts);
void frame_put_receipts(struct buf *out, const struct frame_receipts *receipts);

#endif
