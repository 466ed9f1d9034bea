/* See frame_entry.h. */
#include "server/protocol/frame_entry.h"

#include "server/protocol/id.h"
#include "server/protocol/limits.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

/* What each has, before and behind its own. */
static void take_place(struct take *d, struct entry *entry)
{
    entry->id = take_text(d, "id", TAKE_REQUIRED, HLC_TEXT_BYTES_MAX);
    entry->room_id = take_id(d, "roomId", TAKE_REQUIRED);
    entry->seq = (uint64_t)take_integer(d, "seq", TAKE_REQUIRED, 1, JSON_INT_MAX);
    entry->sender_id = entry->client_id = entry->content = (struct text){NULL, 0};
}

static void take_stamps(struct take *d, struct entry *entry)
{
    entry->timestamp_ms = take_integer(d, "timestamp", TAKE_REQUIRED, -JSON_INT_MAX, JSON_INT_MAX);
    entry->hlc_text = take_stamp(d, "hlc", TAKE_REQUIRED, &entry->hlc);
    entry->id_key = id_key(entry->id);
    entry->room_key = id_key(entry->room_id);
    entry->sender_key = id_key(entry->sender_id);
    entry->client_key = id_key(entry->client_id);
    entry->content_key = id_key(entry->content);
}

void frame_take_message(struct take *d, struct entry *entry)
{
    take_place(d, entry);
    entry->kind = ENTRY_MESSAGE;
    entry->sender_id = take_id(d, "senderId", TAKE_REQUIRED);
    entry->client_id = take_id(d, "clientId", TAKE_OPTIONAL);
    entry->content = take_text(d, "content", TAKE_REQUIRED, CONTENT_BYTES_MAX);
    take_stamps(d, entry);
}

/* A newer peer's word is not known. */
static enum entry_kind event_kind(struct text event)
{
    if (text_equal(event, TEXT("join"))) {
        return ENTRY_JOIN;
    }
    return text_equal(event, TEXT("leave")) ? ENTRY_LEAVE : ENTRY_UNKNOWN;
}

void frame_take_room_event(struct take *d, struct entry *entry)
{
    take_place(d, entry);
    const struct text event = take_string(d, "event", TAKE_REQUIRED);
    entry->kind = event_kind(event);
    if (entry->kind != ENTRY_UNKNOWN) {
        entry->sender_id = take_id(d, "userId", TAKE_REQUIRED);
        entry->client_id = take_id(d, "clientId", TAKE_OPTIONAL);
    }
    take_stamps(d, entry);
}

void frame_take_unknown(struct take *d, struct entry *entry)
{
    take_place(d, entry);
    entry->kind = ENTRY_UNKNOWN;
    take_stamps(d, entry);
}

static void put_place(struct buf *out, const struct entry *entry)
{
    put_text(out, "id", entry->id);
    put_text(out, "roomId", entry->room_id);
    put_u64(out, "seq", entry->seq);
}

static void put_stamps(struct buf *out, const struct entry *entry)
{
    put_i64(out, "timestamp", entry->timestamp_ms);
    put_text(out, "hlc", entry->hlc_text);
}

void frame_put_message(struct buf *out, const struct entry *entry)
{
    HB_ASSERT(entry->kind == ENTRY_MESSAGE);
    put_place(out, entry);
    put_text(out, "senderId", entry->sender_id);
    put_text_if(out, "clientId", entry->client_id);
    put_text(out, "content", entry->content);
    put_stamps(out, entry);
}

void frame_put_room_event(struct buf *out, const struct entry *entry)
{
    HB_ASSERT(entry->kind != ENTRY_MESSAGE);
    put_place(out, entry);
    if (entry->kind == ENTRY_UNKNOWN) {
        put_text(out, "event", TEXT("unknown"));
    } else {
        put_text(out, "event", entry->kind == ENTRY_JOIN ? TEXT("join") : TEXT("leave"));
        put_text(out, "userId", entry->sender_id);
        put_text_if(out, "clientId", entry->client_id);
    }
    put_stamps(out, entry);
}
