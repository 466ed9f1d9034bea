/* See frame_receipt.h. */
#include "server/protocol/frame_receipt.h"

#include "server/protocol/id.h"
#include "server/protocol/limits.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

void frame_take_received(struct take *d, struct frame_received *received)
{
    received->room_id = take_id(d, "roomId", TAKE_REQUIRED);
    received->room_key = id_key(received->room_id);
    received->up_to = (uint64_t)take_integer(d, "upTo", TAKE_REQUIRED, 1, JSON_INT_MAX);
    received->user_id = take_id(d, "userId", TAKE_OPTIONAL);
    if (received->user_id.bytes != NULL) {
        received->version = (uint64_t)take_integer(d, "version", TAKE_REQUIRED, 1, JSON_INT_MAX);
    }
}

void frame_put_received(struct buf *out, const struct frame_received *received)
{
    put_text(out, "roomId", received->room_id);
    put_u64(out, "upTo", received->up_to);
    if (received->user_id.bytes != NULL) {
        put_text(out, "userId", received->user_id);
        put_u64(out, "version", received->version);
    }
}

void frame_take_read_receipt(struct take *d, struct frame_read_receipt *receipt)
{
    receipt->chat_id = take_id(d, "chatId", TAKE_REQUIRED);
    receipt->room_key = id_key(receipt->chat_id);
    receipt->ids = take_ids(d, "messageIds", TAKE_REQUIRED, RECEIPT_IDS_MAX, &receipt->ids_len);
    if (receipt->ids_len == 0) {
        take_fail(d, HB_EFIELD, "messageIds");
    }
    receipt->read_by = take_id(d, "readBy", TAKE_OPTIONAL);
    if (receipt->read_by.bytes != NULL) {
        const int64_t up_to = take_integer(d, "upTo", TAKE_OPTIONAL, 1, JSON_INT_MAX);
        receipt->up_to = up_to < 0 ? 0 : (uint64_t)up_to;
        receipt->read_at_ms = take_integer(d, "readAt", TAKE_REQUIRED, -JSON_INT_MAX, JSON_INT_MAX);
        receipt->version = (uint64_t)take_integer(d, "version", TAKE_REQUIRED, 1, JSON_INT_MAX);
    }
}

void frame_put_read_receipt(struct buf *out, const struct frame_read_receipt *receipt)
{
    put_ids(out, "messageIds", receipt->ids, receipt->ids_len);
    put_text(out, "chatId", receipt->chat_id);
    if (receipt->read_by.bytes != NULL) {
        put_text(out, "readBy", receipt->read_by);
        put_i64(out, "readAt", receipt->read_at_ms);
        if (receipt->up_to > 0) {
            put_u64(out, "upTo", receipt->up_to);
        }
        put_u64(out, "version", receipt->version);
    }
}

void frame_take_receipts_request(struct take *d, struct frame_receipts_request *request)
{
    request->room_id = take_id(d, "roomId", TAKE_REQUIRED);
    const int64_t after = take_integer(d, "after", TAKE_OPTIONAL, 0, JSON_INT_MAX);
    request->after_said = after >= 0;
    request->after = after < 0 ? 0 : (uint64_t)after;
}

void frame_put_receipts_request(struct buf *out, const struct frame_receipts_request *request)
{
    put_text(out, "roomId", request->room_id);
    if (request->after_said) {
        put_u64(out, "after", request->after);
    }
}

void frame_take_receipts(struct take *d, struct frame_receipts *receipts)
{
    receipts->room_id = take_id(d, "roomId", TAKE_REQUIRED);
    receipts->room_key = id_key(receipts->room_id);
    receipts->version = (uint64_t)take_integer(d, "version", TAKE_REQUIRED, 0, JSON_INT_MAX);
    receipts->has_more = take_bool(d, "hasMore", TAKE_REQUIRED);
}

void frame_put_receipts(struct buf *out, const struct frame_receipts *receipts)
{
    put_text(out, "roomId", receipts->room_id);
    put_u64(out, "version", receipts->version);
    put_bool(out, "hasMore", receipts->has_more);
}
