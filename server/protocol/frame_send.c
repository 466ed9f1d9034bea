/* See frame_send.h. */
#include "server/protocol/frame_send.h"

#include "server/protocol/id.h"
#include "server/protocol/limits.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

void frame_take_send(struct take *d, struct frame_send *send)
{
    send->room_id = take_id(d, "roomId", TAKE_OPTIONAL);
    send->client_id = take_id(d, "clientId", TAKE_REQUIRED);
    send->content = take_text(d, "content", TAKE_REQUIRED, CONTENT_BYTES_MAX);
    send->seen = take_stamp(d, "seen", TAKE_OPTIONAL, &send->seen_hlc);
    send->recipient_id = take_id(d, "recipientId", TAKE_OPTIONAL);
    if ((send->room_id.bytes != NULL) == (send->recipient_id.bytes != NULL)) {
        take_fail(d, HB_EFIELD, send->room_id.bytes != NULL ? "recipientId" : "roomId");
    }
}

void frame_put_send(struct buf *out, const struct frame_send *send)
{
    put_text_if(out, "roomId", send->room_id);
    put_text_if(out, "recipientId", send->recipient_id);
    put_text(out, "clientId", send->client_id);
    put_text(out, "content", send->content);
    put_text_if(out, "seen", send->seen);
}

void frame_take_ack(struct take *d, struct frame_ack *ack)
{
    ack->client_id = take_id(d, "clientId", TAKE_REQUIRED);
    ack->client_key = id_key(ack->client_id);
    ack->room_id = take_id(d, "roomId", TAKE_REQUIRED);
    ack->id = take_text(d, "id", TAKE_REQUIRED, HLC_TEXT_BYTES_MAX);
    ack->id_key = id_key(ack->id);
    ack->seq = (uint64_t)take_integer(d, "seq", TAKE_REQUIRED, 1, JSON_INT_MAX);
    ack->timestamp_ms = take_integer(d, "timestamp", TAKE_REQUIRED, -JSON_INT_MAX, JSON_INT_MAX);
    ack->hlc_text = take_stamp(d, "hlc", TAKE_REQUIRED, &ack->hlc);
}

void frame_put_ack(struct buf *out, const struct frame_ack *ack)
{
    put_text(out, "clientId", ack->client_id);
    put_text(out, "roomId", ack->room_id);
    put_text(out, "id", ack->id);
    put_u64(out, "seq", ack->seq);
    put_i64(out, "timestamp", ack->timestamp_ms);
    put_text(out, "hlc", ack->hlc_text);
}

void frame_take_nack(struct take *d, struct frame_nack *nack)
{
    nack->client_id = take_id(d, "clientId", TAKE_REQUIRED);
    nack->client_key = id_key(nack->client_id);
    nack->code = take_err(d, &nack->code_word);
    nack->temporary = take_bool(d, "temporary", TAKE_REQUIRED);
    nack->retry_after_ms = (uint32_t)take_integer(d, "retryAfterMs", TAKE_REQUIRED, 0, INT32_MAX);
    nack->field = take_text(d, "field", TAKE_OPTIONAL, ID_BYTES_MAX);
    nack->members = take_ids(d, "members", TAKE_OPTIONAL, MEMBERS_INVITE_MAX, &nack->members_len);
}

void frame_put_nack(struct buf *out, const struct frame_nack *nack)
{
    put_text(out, "clientId", nack->client_id);
    put_text(out, "code", text_of(hb_err_wire(nack->code)));
    put_bool(out, "temporary", nack->temporary);
    put_u64(out, "retryAfterMs", nack->retry_after_ms);
    put_text_if(out, "field", nack->field);
    if (nack->members_len > 0) {
        put_ids(out, "members", nack->members, nack->members_len);
    }
}
