/* See frame_session.h. */
#include "server/protocol/frame_session.h"

#include "server/protocol/id.h"
#include "server/protocol/limits.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

void frame_take_hello(struct take *d, struct frame_hello *hello)
{
    hello->version = (uint32_t)take_integer(d, "version", TAKE_REQUIRED, 0, UINT32_MAX);
    hello->token = take_text(d, "token", TAKE_OPTIONAL, TOKEN_BYTES_MAX);
    hello->device = take_id(d, "device", TAKE_REQUIRED);
    const struct text kind = take_string(d, "deviceType", TAKE_OPTIONAL);
    hello->kind = PRESENCE_WEB;
    if (kind.bytes != NULL && !presence_kind_of(kind, &hello->kind)) {
        take_fail(d, HB_EFIELD, "deviceType");
    }
    hello->epoch = take_id(d, "epoch", TAKE_OPTIONAL);
    hello->positions =
        take_positions(d, "positions", hello->epoch.bytes != NULL ? TAKE_REQUIRED : TAKE_OPTIONAL,
                       &hello->positions_len);
    if (hello->positions_len > 0 && hello->epoch.bytes == NULL) {
        take_fail(d, HB_EFIELD, "epoch");
    }
    focus_take(d, &hello->focus);
    hello->seen = take_stamp(d, "seen", TAKE_OPTIONAL, &hello->seen_hlc);
}

void frame_put_hello(struct buf *out, const struct frame_hello *hello)
{
    put_u64(out, "version", hello->version);
    put_text_if(out, "token", hello->token);
    put_text(out, "device", hello->device);
    if (hello->kind != PRESENCE_WEB) {
        put_text(out, "deviceType", text_of(presence_kind_word(hello->kind)));
    }
    if (hello->epoch.bytes != NULL) {
        put_text(out, "epoch", hello->epoch);
        put_positions(out, "positions", hello->positions, hello->positions_len);
    }
    focus_put(out, &hello->focus);
    put_text_if(out, "seen", hello->seen);
}

void frame_take_welcome(struct take *d, struct frame_welcome *welcome)
{
    const struct json_token *object = d->object;
    welcome->version = (uint32_t)take_integer(d, "version", TAKE_REQUIRED, 0, UINT32_MAX);
    welcome->user_id = take_id(d, "userId", TAKE_REQUIRED);
    welcome->connection_id = take_id(d, "connectionId", TAKE_REQUIRED);
    welcome->epoch = take_id(d, "epoch", TAKE_REQUIRED);
    welcome->expires_in_ms = take_integer(d, "expiresInMs", TAKE_OPTIONAL, 0, JSON_INT_MAX);
    const struct json_token *child = take_children(d, "rooms", TAKE_REQUIRED, JSON_ARRAY,
                                                   ROOMS_PER_USER_MAX, &welcome->rooms_len);
    welcome->rooms = take_array(d, welcome->rooms_len, sizeof *welcome->rooms);
    for (uint32_t i = 0; i < welcome->rooms_len; i++, child = take_after(d, child)) {
        struct welcome_room *room = &welcome->rooms[i];
        if (child->kind != JSON_OBJECT) {
            take_fail(d, HB_EFIELD, "rooms");
            return;
        }
        take_enter(d, child);
        room->room_id = take_id(d, "roomId", TAKE_REQUIRED);
        room->room_key = id_key(room->room_id);
        room->head = (uint64_t)take_integer(d, "head", TAKE_REQUIRED, 0, JSON_INT_MAX);
        room->recovered = take_bool(d, "recovered", TAKE_REQUIRED);
    }
    take_enter(d, object);
    const struct json_token *limits = take_find(d, "limits");
    if (limits == NULL || limits->kind != JSON_OBJECT) {
        take_fail(d, HB_EFIELD, "limits");
        return;
    }
    take_enter(d, limits);
    welcome->ping_interval_ms =
        (uint32_t)take_integer(d, "pingIntervalMs", TAKE_REQUIRED, 1, INT32_MAX);
    welcome->ping_timeout_ms =
        (uint32_t)take_integer(d, "pingTimeoutMs", TAKE_REQUIRED, 1, INT32_MAX);
}

void frame_put_welcome(struct buf *out, const struct frame_welcome *welcome)
{
    put_u64(out, "version", welcome->version);
    put_text(out, "userId", welcome->user_id);
    put_text(out, "connectionId", welcome->connection_id);
    put_text(out, "epoch", welcome->epoch);
    if (welcome->expires_in_ms >= 0) {
        put_i64(out, "expiresInMs", welcome->expires_in_ms);
    }
    buf_add_text(out, ",\"rooms\":[");
    for (uint32_t i = 0; i < welcome->rooms_len; i++) {
        const struct welcome_room *room = &welcome->rooms[i];
        buf_add_text(out, i > 0 ? ",{\"roomId\":" : "{\"roomId\":");
        buf_add_json(out, room->room_id.bytes, room->room_id.len);
        put_u64(out, "head", room->head);
        put_bool(out, "recovered", room->recovered);
        buf_add_char(out, '}');
    }
    buf_add_text(out, "],\"limits\":{\"frameBytes\":");
    buf_add_u64(out, FRAME_BYTES_MAX);
    put_u64(out, "contentBytes", CONTENT_BYTES_MAX);
    put_u64(out, "pageRows", PAGE_ROWS_MAX);
    put_u64(out, "receiptIds", RECEIPT_IDS_MAX);
    put_u64(out, "pingIntervalMs", welcome->ping_interval_ms);
    put_u64(out, "pingTimeoutMs", welcome->ping_timeout_ms);
    buf_add_text(out, "},\"capabilities\":[\"resume\",\"sync\"]");
}

void frame_take_refresh(struct take *d, struct frame_refresh *refresh)
{
    refresh->token = take_text(d, "token", TAKE_REQUIRED, TOKEN_BYTES_MAX);
    refresh->ref = take_id(d, "ref", TAKE_OPTIONAL);
}

void frame_put_refresh(struct buf *out, const struct frame_refresh *refresh)
{
    put_text(out, "token", refresh->token);
    put_text_if(out, "ref", refresh->ref);
}

void frame_take_refreshed(struct take *d, struct frame_refreshed *refreshed)
{
    refreshed->ref = take_id(d, "ref", TAKE_OPTIONAL);
    refreshed->expires_in_ms = take_integer(d, "expiresInMs", TAKE_REQUIRED, 0, JSON_INT_MAX);
}

void frame_put_refreshed(struct buf *out, const struct frame_refreshed *refreshed)
{
    put_text_if(out, "ref", refreshed->ref);
    put_i64(out, "expiresInMs", refreshed->expires_in_ms);
}

void frame_take_error(struct take *d, struct frame_error *error)
{
    error->code = take_err(d, &error->code_word);
    error->temporary = take_bool(d, "temporary", TAKE_REQUIRED);
    const int64_t retry = take_integer(d, "retryAfterMs", TAKE_OPTIONAL, 0, INT32_MAX);
    error->retry_after_ms = retry < 0 ? 0 : (uint32_t)retry;
    error->ref = take_id(d, "ref", TAKE_OPTIONAL);
    error->client_id = take_id(d, "clientId", TAKE_OPTIONAL);
    error->field = take_text(d, "field", TAKE_OPTIONAL, ID_BYTES_MAX);
}

void frame_put_error(struct buf *out, const struct frame_error *error)
{
    put_text(out, "code", text_of(hb_err_wire(error->code)));
    put_bool(out, "temporary", error->temporary);
    if (error->retry_after_ms > 0) {
        put_u64(out, "retryAfterMs", error->retry_after_ms);
    }
    put_text_if(out, "ref", error->ref);
    put_text_if(out, "clientId", error->client_id);
    put_text_if(out, "field", error->field);
    put_text(out, "message",
             error->message.bytes != NULL ? error->message : text_of(hb_err_text(error->code)));
}

void frame_take_draining(struct take *d, struct frame_draining *draining)
{
    draining->reconnect_in_ms =
        (uint32_t)take_integer(d, "reconnectInMs", TAKE_REQUIRED, 0, INT32_MAX);
    draining->url = take_text(d, "url", TAKE_OPTIONAL, URL_BYTES_MAX);
}

void frame_put_draining(struct buf *out, const struct frame_draining *draining)
{
    put_u64(out, "reconnectInMs", draining->reconnect_in_ms);
    put_text_if(out, "url", draining->url);
}

void frame_take_bare(struct take *d, struct frame_bare *bare)
{
    (void)d;
    (void)bare;
}

void frame_put_bare(struct buf *out, const struct frame_bare *bare)
{
    (void)out;
    (void)bare;
}
