/* See frame_sync.h. */
#include "server/protocol/frame_sync.h"

#include "server/protocol/frame_type.h"
#include "server/protocol/limits.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

void frame_take_sync_request(struct take *d, struct frame_sync_request *request)
{
    request->ref = take_id(d, "ref", TAKE_OPTIONAL);
    request->cursor = take_text(d, "cursor", TAKE_OPTIONAL, CURSOR_BYTES_MAX);
    request->epoch = take_id(d, "epoch", TAKE_OPTIONAL);
    request->positions =
        take_positions(d, "positions", request->epoch.bytes != NULL ? TAKE_REQUIRED : TAKE_OPTIONAL,
                       &request->positions_len);
    request->last_sync_timestamp_ms =
        take_integer(d, "lastSyncTimestamp", TAKE_OPTIONAL, 0, JSON_INT_MAX);
    request->room_id = take_id(d, "roomId", TAKE_OPTIONAL);
    const int64_t before = take_integer(d, "before", TAKE_OPTIONAL, 1, JSON_INT_MAX);
    request->before = before > 0 ? (uint64_t)before : 0;
    if (before > 0 && request->room_id.bytes == NULL) {
        take_fail(d, HB_EFIELD, "roomId");
    }
    focus_take(d, &request->focus);
    if (request->positions_len > 0 && request->epoch.bytes == NULL) {
        take_fail(d, HB_EFIELD, "epoch");
    }
    const int forms = (request->cursor.bytes != NULL) + (request->epoch.bytes != NULL) +
                      (request->last_sync_timestamp_ms >= 0) + (request->room_id.bytes != NULL);
    if (forms != 1) {
        take_fail(d, HB_EFIELD, "cursor");
    }
    const int64_t limit = take_integer(d, "limit", TAKE_OPTIONAL, 1, JSON_INT_MAX);
    request->limit = limit < 0 || limit > PAGE_ROWS_MAX ? PAGE_ROWS_MAX : (uint32_t)limit;
}

void frame_put_sync_request(struct buf *out, const struct frame_sync_request *request)
{
    put_text_if(out, "ref", request->ref);
    put_text_if(out, "cursor", request->cursor);
    if (request->epoch.bytes != NULL) {
        put_text(out, "epoch", request->epoch);
        put_positions(out, "positions", request->positions, request->positions_len);
    }
    if (request->last_sync_timestamp_ms >= 0) {
        put_i64(out, "lastSyncTimestamp", request->last_sync_timestamp_ms);
    }
    put_text_if(out, "roomId", request->room_id);
    if (request->before > 0) {
        put_u64(out, "before", request->before);
    }
    focus_put(out, &request->focus);
    put_u64(out, "limit", request->limit);
}

void frame_take_sync_response(struct take *d, struct frame_sync_response *page)
{
    const struct json_token *object = d->object;
    page->ref = take_id(d, "ref", TAKE_OPTIONAL);
    page->epoch = take_id(d, "epoch", TAKE_REQUIRED);
    const struct json_token *child =
        take_children(d, "entries", TAKE_REQUIRED, JSON_ARRAY, PAGE_ROWS_MAX, &page->entries_len);
    page->entries = take_array(d, page->entries_len, sizeof *page->entries);
    for (uint32_t i = 0; i < page->entries_len; i++, child = take_after(d, child)) {
        enum frame_type type;
        if (child->kind != JSON_OBJECT || !take_type(d->json, child, &type) ||
            (type != FRAME_MESSAGE && type != FRAME_ROOM_EVENT)) {
            take_fail(d, HB_EFIELD, "entries");
            return;
        }
        take_enter(d, child);
        if (type == FRAME_MESSAGE) {
            frame_take_message(d, &page->entries[i]);
        } else {
            frame_take_room_event(d, &page->entries[i]);
        }
    }
    take_enter(d, object);
    page->heads = take_positions(d, "heads", TAKE_REQUIRED, &page->heads_len);
    page->cursor = take_text(d, "cursor", TAKE_OPTIONAL, CURSOR_BYTES_MAX);
    page->has_more = take_bool(d, "hasMore", TAKE_REQUIRED);
}

static void put_row(struct buf *out, const struct entry *entry)
{
    if (entry->kind == ENTRY_MESSAGE) {
        put_type(out, FRAME_MESSAGE);
        frame_put_message(out, entry);
    } else {
        put_type(out, FRAME_ROOM_EVENT);
        frame_put_room_event(out, entry);
    }
    buf_add_char(out, '}');
}

void frame_put_sync_response(struct buf *out, const struct frame_sync_response *page)
{
    put_text_if(out, "ref", page->ref);
    put_text(out, "epoch", page->epoch);
    buf_add_text(out, ",\"entries\":[");
    for (uint32_t i = 0; i < page->entries_len; i++) {
        if (i > 0) {
            buf_add_char(out, ',');
        }
        put_row(out, &page->entries[i]);
    }
    buf_add_char(out, ']');
    put_positions(out, "heads", page->heads, page->heads_len);
    put_text_if(out, "cursor", page->cursor);
    put_bool(out, "hasMore", page->has_more);
}
