/* What a client lacks, asked for in sessions: one for all rooms that are behind, page by page.
 *
 *   behind --client_sync_begin--> wants_sync --request--> in_sync --last page--> had
 *                                     ^                      |
 *                                     +--- pause <-- error --+
 *
 * The first request of a session names positions; the others carry the cursor of the page before. */
#include "sim/client/client_internal.h"

#include <stdio.h>

#define SYNC_REF_BYTES 16 /* "s" and a 32-bit number */

static struct text ref_text(uint32_t number, char ret[SYNC_REF_BYTES])
{
    const int len = snprintf(ret, SYNC_REF_BYTES, "s%u", (unsigned)number);
    HB_ASSERT(len > 0 && len < SYNC_REF_BYTES);
    return (struct text){ret, (uint32_t)len};
}

static void request(struct client *client, const struct frame_sync_request *ask,
                    struct client_out *out)
{
    char ref[SYNC_REF_BYTES];
    struct frame frame = {.type = FRAME_SYNC_REQUEST, .sync_request = *ask};

    frame.sync_request.ref = ref_text(++client->sync_ref, ref);
    frame.sync_request.last_sync_timestamp_ms = -1;
    frame.sync_request.limit = PAGE_ROWS_MAX;
    client_send_frame(client, &frame, out);
    client->syncing = true;
    client->sync_us = client->now_us;
}

void client_sync_begin(struct client *client, struct client_out *out)
{
    struct position positions[ROOMS_PER_USER_MAX];
    struct frame_sync_request ask = {.epoch = text_of(client->epoch), .positions = positions};

    if (client->syncing || client->state != CLIENT_ONLINE ||
        client->now_us < client->sync_after_us) {
        return;
    }
    for (uint32_t i = 0; i < client->rooms_len && ask.positions_len < ROOMS_PER_USER_MAX; i++) {
        struct client_room *room = client_room_at(client, i);
        HB_ASSERT(!room->in_sync);
        if (!room->wants_sync) {
            continue;
        }
        HB_ASSERT(room->next > 0);
        room->wants_sync = false;
        room->in_sync = true;
        positions[ask.positions_len++] =
            (struct position){.room_id = room->room_id, .seq = room->next - 1};
        client_emit_of(room, CLIENT_OUT_SYNC_BEGIN, out)->value = (int64_t)room->next - 1;
    }
    if (ask.positions_len > 0) {
        request(client, &ask, out);
    }
}

/* Whether this answers the last request; any other is of a session that is over. */
static bool ref_is_ours(const struct client *client, struct text ref)
{
    char ours[SYNC_REF_BYTES];
    return client->syncing && text_equal(ref, ref_text(client->sync_ref, ours));
}

void client_sync_page(struct client *client, struct wire *wire, const struct frame *frame,
                      struct client_out *out)
{
    const struct frame_sync_response *page = &frame->sync_response;

    if (!ref_is_ours(client, page->ref)) {
        return;
    }
    if (!text_equal(page->epoch, text_of(client->epoch))) {
        client_give_up(client, out); /* its places are of another log: a new welcome sorts it out */
        return;
    }
    client_emit(out, CLIENT_OUT_SYNC_PAGE)->frame = frame;
    for (uint32_t i = 0; i < page->entries_len; i++) {
        struct client_room *room = client_room_find(client, page->entries[i].room_key);
        if (room != NULL && room->in_sync) {
            client_room_entry(client, room, wire, &page->entries[i], out);
        }
    }
    client->syncing = false;
    if (page->has_more) {
        request(client, &(struct frame_sync_request){.cursor = page->cursor}, out);
        return;
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (room->in_sync && room->held_len > 0) {
            room->held_since_us = client->now_us; /* the log had no more: ask again after a pause */
        }
        room->in_sync = false;
    }
    client_sync_tick(client, out); /* rooms that fell behind meanwhile */
}

void client_sync_error(struct client *client, const struct frame_error *error,
                       struct client_out *out)
{
    if (!ref_is_ours(client, error->ref)) {
        return;
    }
    if (!error->temporary && error->code != HB_ERESET && error->code != HB_ECURSOR) {
        client_give_up(client, out); /* asking again would not help; a welcome may */
        return;
    }
    const int64_t pause_us = (int64_t)error->retry_after_ms * 1000;
    client->syncing = false;
    client->sync_after_us =
        client->now_us + (pause_us > client->config.gap_us ? pause_us : client->config.gap_us);
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (!room->in_sync) {
            continue;
        }
        if (error->code == HB_ERESET) {
            client_room_reset(room, 1, out);
            room->outside = true; /* the log as it is now begins for us with our join */
        }
        room->in_sync = false;
        room->wants_sync = true;
    }
}

/* When the gap of this room is asked for; INT64_MAX: it has none. */
static int64_t gap_due_us(const struct client *client, const struct client_room *room)
{
    return room->held_len > 0 ? room->held_since_us + client->config.gap_us : INT64_MAX;
}

void client_sync_tick(struct client *client, struct client_out *out)
{
    if (client->syncing) {
        return; /* what it brings may close the gaps */
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (client->now_us >= gap_due_us(client, room)) {
            room->wants_sync = true;
        }
    }
    client_sync_begin(client, out);
}

int64_t client_sync_wake(const struct client *client)
{
    int64_t at = INT64_MAX;
    if (client->syncing) {
        return client->sync_us + client->config.answer_us;
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        const struct client_room *room = client_room_at(client, i);
        at =
            client_earlier(at, room->wants_sync ? client->sync_after_us : gap_due_us(client, room));
    }
    /* A gap that is due within the pause waits for its end. */
    return at > client->sync_after_us ? at : client->sync_after_us;
}
