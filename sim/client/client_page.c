/* See client_page.h. */
#include "sim/client/client_page.h"

#include "sim/client/client_gap.h"
#include "sim/client/client_room.h"
#include "sim/client/client_session.h"
#include "sim/client/client_sync.h"

/* The pages to come would bring what was shown since from what was held, a page of it at least, and only
 * then what was thrown away. A new session, from what is shown now, brings that next. */
static void ask_from_what_is_shown(struct client *client, struct client_out *out)
{
    client->away = false; /* by positions: what is left is known by its place */
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        room->wants_sync = room->wants_sync || room->in_sync;
        room->in_sync = false;
    }
    client_sync_tick(client, out);
}

/* A page backwards: the newest entries, or those below what is shown above a marker, from its upper edge down. */
static void page_back(struct client *client, struct wire *wire,
                      const struct frame_sync_response *page, struct client_out *out)
{
    struct client_room *room = client_room_at(client, client->back);
    const uint32_t len = page->entries_len;

    for (uint32_t i = 0; i < len; i++) {
        if (page->entries[i].room_key != room->key) {
            client_give_up(client, out); /* no answer to what was asked */
            return;
        }
    }
    client->alarm_us[CLIENT_ALARM_SYNC_ANSWER] = INT64_MAX;
    if (client->back_below == 0) {
        room->wants_newest = false;
        room->wants_sync = room->wants_sync || len == 0;
        client_room_newest(client, room, wire, page->entries, len, out);
    } else if (room->gaps_len > 0 && room->gaps[room->gaps_len - 1].high < client->back_below) {
        client_gap_cut(room, len > 0 ? page->entries[len - 1].seq + 1 : 0, out);
        for (uint32_t i = len; i-- > 0;) {
            client_room_entry(client, room, wire, &page->entries[i], out);
        }
        if (!page->has_more && room->gaps_len > 0) {
            client_gap_cut(room, 0, out);
        }
    }
    client_sync_tick(client, out);
}

void client_page(struct client *client, struct wire *wire, const struct frame *frame,
                 struct client_out *out)
{
    const struct frame_sync_response *page = &frame->sync_response;
    bool thrown_is_far = false;

    if (!client_sync_ref_is_ours(client, page->ref)) {
        return;
    }
    if (!text_equal(page->epoch, text_of(client->epoch))) {
        client_give_up(client, out); /* its places are of another log: a new welcome sorts it out */
        return;
    }
    client_emit(out, CLIENT_OUT_SYNC_PAGE)->frame = frame;
    if (client->back != CLIENT_ROOM_NONE) {
        page_back(client, wire, page, out);
        return;
    }
    for (uint32_t i = 0; i < page->entries_len; i++) {
        struct client_room *room = client_room_find(client, page->entries[i].room_key);
        if (room != NULL && room->in_sync) {
            client_room_entry(client, room, wire, &page->entries[i], out);
            thrown_is_far =
                thrown_is_far || (room->thrown >= room->next &&
                                  room->next > page->entries[i].seq + page->entries_len);
        }
    }
    client->alarm_us[CLIENT_ALARM_SYNC_ANSWER] = INT64_MAX;
    if (page->has_more && thrown_is_far) {
        ask_from_what_is_shown(client, out);
        return;
    }
    if (page->has_more) {
        client_sync_request(
            client,
            &(struct frame_sync_request){.cursor = page->cursor, .last_sync_timestamp_ms = -1},
            out);
        return;
    }
    client->away = false;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (room->in_sync && room->held_len > 0) {
            room->held_since_us = client->now_us; /* the log had no more: ask again after a pause */
        }
        if (room->in_sync && room->thrown < room->next) {
            room->wants_sync = false; /* what could not be held meanwhile was in these pages */
        }
        room->in_sync = false;
    }
    client_sync_tick(client, out); /* rooms that fell behind meanwhile */
}

/* The room is not this person's any more. */
static void back_denied(struct client *client, struct client_out *out)
{
    struct client_room *room = client_room_at(client, client->back);

    client->alarm_us[CLIENT_ALARM_SYNC_ANSWER] = INT64_MAX;
    room->wants_newest = false;
    while (room->gaps_len > 0) {
        client_gap_cut(room, 0, out);
    }
    client_sync_tick(client, out);
}

void client_page_error(struct client *client, const struct frame_error *error,
                       struct client_out *out)
{
    if (!client_sync_ref_is_ours(client, error->ref)) {
        return;
    }
    if (client->back != CLIENT_ROOM_NONE && error->code == HB_EDENIED) {
        back_denied(client, out);
        return;
    }
    if (!error->temporary && error->code != HB_ERESET && error->code != HB_ECURSOR) {
        client_give_up(client, out); /* asking again would not help; a welcome may */
        return;
    }
    const int64_t pause_us = (int64_t)error->retry_after_ms * 1000;
    client->alarm_us[CLIENT_ALARM_SYNC_ANSWER] = INT64_MAX;
    client->sync_after_us =
        client->now_us +
        (pause_us > client->config.params.gap_us ? pause_us : client->config.params.gap_us);
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (!room->in_sync) {
            continue;
        }
        if (error->code == HB_ERESET) {
            client_room_reset(room, 1, out);
            client->away = false; /* it needs all of them, whatever their time */
            room->outside = true; /* the log as it is now begins for us with our join */
        }
        room->in_sync = false;
        room->wants_sync = true;
    }
    client_sync_arm(client);
}
