/* A client's rooms: entries in order, each once; a gap is asked for by sync. */
#include "sim/client/client_internal.h"

#include "server/protocol/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client_room *client_room_add(struct client *client, struct text room_id, uint32_t ref)
{
    if (client->rooms_len > 0) {
        const uint32_t more_len = client->rooms_len - 1;
        HB_GROW(client->more, more_len, client->more_cap);
    }
    client->rooms_len++;
    struct client_room *room = client_room_at(client, client->rooms_len - 1);
    *room = (struct client_room){
        .key = id_key(room_id), .ref = ref, .room_id = room_id, .sent_us = INT64_MAX};
    if (ref == CLIENT_ROOM_NONE) { /* learnt from a frame, which will be gone */
        room->room_id_owned = hb_strndup(room_id.bytes, room_id.len);
        room->room_id.bytes = room->room_id_owned;
    }
    return room;
}

struct client_room *client_room_find(struct client *client, uint64_t key)
{
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        if (client_room_at(client, i)->key == key) {
            return client_room_at(client, i);
        }
    }
    return NULL;
}

static void held_clear(struct client_room *room)
{
    for (uint32_t i = 0; i < room->held_len; i++) {
        wire_unref(&room->held[i].wire);
    }
    room->held_len = 0;
}

void client_room_deinit(struct client_room *room)
{
    held_clear(room);
    for (uint32_t i = 0; i < room->outbox_len; i++) {
        wire_unref(&room->outbox[i].wire);
    }
    free(room->held);
    free(room->outbox);
    free(room->room_id_owned);
}

/* --- Order ---------------------------------------------------------------------------------- */

static void show(struct client *client, struct client_room *room, struct wire *wire,
                 const struct entry *entry, struct client_out *out)
{
    HB_ASSERT(entry->seq == room->next); /* I1 */
    struct client_effect *effect = client_emit(out, CLIENT_OUT_SHOWN);
    effect->room_ref = room->ref;
    effect->entry = entry;
    room->next++;
    room->shown_any = true;
    client_seen(client, wire, entry->hlc, &entry->hlc_text);
}

static void received(const struct client_room *room, const struct entry *entry, bool held,
                     struct client_out *out)
{
    struct client_effect *effect = client_emit(out, CLIENT_OUT_RECV);
    effect->room_ref = room->ref;
    effect->entry = entry;
    effect->value = held;
}

static void drain(struct client *client, struct client_room *room, struct client_out *out)
{
    uint32_t count = 0;
    while (count < room->held_len && room->held[count].entry->seq <= room->next) {
        if (room->held[count].entry->seq == room->next) {
            show(client, room, room->held[count].wire, room->held[count].entry, out);
        }
        /* The effect borrows the entry until the next step. */
        HB_GROW(client->parked, client->parked_len, client->parked_cap);
        client->parked[client->parked_len++] = room->held[count].wire;
        count++;
    }
    room->held_len -= count;
    memmove(&room->held[0], &room->held[count], room->held_len * sizeof room->held[0]);
    room->held_since_us = client->now_us;
}

static void hold(struct client *client, struct client_room *room, struct wire *wire,
                 const struct entry *entry, struct client_out *out)
{
    uint32_t at = room->held_len;
    while (at > 0 && room->held[at - 1].entry->seq > entry->seq) {
        at--;
    }
    if (at > 0 && room->held[at - 1].entry->seq == entry->seq) {
        received(room, entry, false, out);
        return;
    }
    if (room->held_len == CLIENT_HELD_MAX) {
        room->wants_sync = true; /* the sync brings it */
        received(room, entry, false, out);
        return;
    }
    if (room->held_len == 0) {
        room->held_since_us = client->now_us;
    }
    HB_GROW(room->held, room->held_len, room->held_cap);
    memmove(&room->held[at + 1], &room->held[at], (room->held_len - at) * sizeof room->held[0]);
    room->held[at] = (struct held){wire_ref(wire), entry};
    room->held_len++;
    received(room, entry, true, out);
}

void client_room_entry(struct client *client, struct client_room *room, struct wire *wire,
                       const struct entry *entry, struct client_out *out)
{
    if (entry->seq == room->next) {
        show(client, room, wire, entry, out);
        if (room->held_len > 0) {
            drain(client, room, out);
        }
    } else if (entry->seq < room->next) {
        received(room, entry, false, out);
    } else {
        hold(client, room, wire, entry, out);
    }
}

/* --- Sync ----------------------------------------------------------------------------------- */

static void request(struct client *client, struct frame_sync_request *ask, struct client_out *out)
{
    char ref[16];
    struct frame frame = {.type = FRAME_SYNC_REQUEST};

    const int len = snprintf(ref, sizeof ref, "s%u", (unsigned)++client->sync_ref);
    ask->ref = (struct text){ref, (uint32_t)len};
    ask->last_sync_timestamp_ms = -1;
    ask->limit = PAGE_ROWS_MAX;
    frame.sync_request = *ask;
    client_send_frame(client, &frame, out);
    client->syncing = true;
    client->sync_us = client->now_us;
}

/* One session for all rooms that are behind. */
static void sync_begin(struct client *client, struct client_out *out)
{
    struct position positions[ROOMS_PER_USER_MAX];
    struct frame_sync_request ask = {.epoch = text_of(client->epoch), .positions = positions};

    if (client->syncing || client->state != CLIENT_ONLINE ||
        client->now_us < client->sync_after_us) {
        return;
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (!room->wants_sync || ask.positions_len == ROOMS_PER_USER_MAX) {
            continue;
        }
        room->wants_sync = false;
        positions[ask.positions_len++] =
            (struct position){.room_id = room->room_id, .seq = room->next - 1};
        struct client_effect *effect = client_emit(out, CLIENT_OUT_SYNC_BEGIN);
        effect->room_ref = room->ref;
        effect->value = (int64_t)room->next - 1;
    }
    if (ask.positions_len > 0) {
        request(client, &ask, out);
    }
}

static void reset(struct client *client, struct client_room *room, uint64_t next,
                  struct client_out *out)
{
    if (room->shown_any) {
        client_emit(out, CLIENT_OUT_RESET)->room_ref = room->ref;
    }
    (void)client;
    held_clear(room);
    room->shown_any = false;
    room->next = next;
}

void client_rooms_welcome(struct client *client, const struct frame_welcome *welcome,
                          struct client_out *out)
{
    const bool same = text_equal(welcome->epoch, text_of(client->epoch));

    HB_ASSERT(welcome->epoch.len <= ID_BYTES_MAX);
    memcpy(client->epoch, welcome->epoch.bytes, welcome->epoch.len);
    client->epoch[welcome->epoch.len] = 0;
    for (uint32_t i = 0; i < welcome->rooms_len; i++) {
        const struct welcome_room *said = &welcome->rooms[i];
        struct client_room *room = client_room_find(client, said->room_key);
        if (room == NULL) {
            room = client_room_add(client, said->room_id, CLIENT_ROOM_NONE);
        }
        if (!same || room->next == 0) {
            reset(client, room, said->head + 1, out); /* it starts at the head */
        } else if (!said->recovered && said->head >= room->next) {
            room->wants_sync = true;
        }
    }
    client->sync_after_us = 0;
    sync_begin(client, out);
}

static bool ref_is_ours(const struct client *client, struct text ref)
{
    char want[16];
    const int len = snprintf(want, sizeof want, "s%u", (unsigned)client->sync_ref);
    return client->syncing && text_equal(ref, (struct text){want, (uint32_t)len});
}

/* A gap that is left after a sync: entries came that are above what the log had then. */
static void after_sync(struct client *client)
{
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        if (client_room_at(client, i)->held_len > 0) {
            client_room_at(client, i)->held_since_us = client->now_us;
        }
    }
}

void client_sync_page(struct client *client, struct wire *wire,
                      const struct frame_sync_response *page, struct client_out *out)
{
    if (!ref_is_ours(client, page->ref)) {
        return;
    }
    /* The page's frame is the caller's wire's. */
    const struct frame *frame = NULL;
    if (wire_decode(wire, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("it was decoded a moment ago");
    }
    client_emit(out, CLIENT_OUT_SYNC_PAGE)->frame = frame;
    for (uint32_t i = 0; i < page->entries_len; i++) {
        struct client_room *room = client_room_find(client, page->entries[i].room_key);
        if (room != NULL) {
            client_room_entry(client, room, wire, &page->entries[i], out);
        }
    }
    client->syncing = false;
    if (page->has_more) {
        struct frame_sync_request ask = {.cursor = page->cursor};
        request(client, &ask, out);
        return;
    }
    after_sync(client);
    sync_begin(client, out); /* rooms that fell behind meanwhile */
}

void client_sync_error(struct client *client, const struct frame_error *error,
                       struct client_out *out)
{
    if (!ref_is_ours(client, error->ref)) {
        return;
    }
    const int64_t pause = (int64_t)error->retry_after_ms * 1000;
    client->syncing = false;
    client->sync_after_us =
        client->now_us + (pause > client->config.gap_us ? pause : client->config.gap_us);
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (room->next == 0) {
            continue;
        }
        if (error->code == HB_ERESET) {
            reset(client, room, 1, out); /* from the beginning of the log as it is now */
        }
        room->wants_sync = true;
    }
}

void client_rooms_tick(struct client *client, struct client_out *out)
{
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (room->held_len > 0 && client->now_us - room->held_since_us >= client->config.gap_us) {
            room->wants_sync = true;
            room->held_since_us = client->now_us;
        }
    }
    sync_begin(client, out);
}

int64_t client_rooms_wake(const struct client *client)
{
    int64_t at = client->syncing ? client->sync_us + client->config.answer_us : INT64_MAX;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        const struct client_room *room = client_room_at(client, i);
        if (room->held_len > 0 && room->held_since_us + client->config.gap_us < at) {
            at = room->held_since_us + client->config.gap_us;
        }
        if (room->wants_sync && !client->syncing && client->sync_after_us < at) {
            at = client->sync_after_us;
        }
    }
    return at;
}

void client_rooms_offline(struct client *client)
{
    client->syncing = false;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        client_outbox_offline(room);
        held_clear(room); /* the resume brings them again */
        room->wants_sync = false;
    }
}
