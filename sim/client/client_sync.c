/* See client_sync.h. */
#include "sim/client/client_sync.h"

#include "sim/client/client_conn.h"
#include "sim/client/client_gap.h"

#include <stdio.h>

#define SYNC_REF_BYTES 16 /* "s" and a 32-bit number */

static struct text ref_text(uint32_t number, char ret[SYNC_REF_BYTES])
{
    const int len = snprintf(ret, SYNC_REF_BYTES, "s%u", (unsigned)number);
    HB_ASSERT(len > 0 && len < SYNC_REF_BYTES);
    return (struct text){ret, (uint32_t)len};
}

void client_sync_request(struct client *client, const struct frame_sync_request *ask,
                         struct client_out *out)
{
    char ref[SYNC_REF_BYTES];
    struct frame frame = {.type = FRAME_SYNC_REQUEST, .sync_request = *ask};

    frame.sync_request.ref = ref_text(++client->sync_ref, ref);
    frame.sync_request.limit = PAGE_ROWS_MAX;
    if (ask->room_id.bytes == NULL && client->focus.len > 0) {
        frame.sync_request.focus = (struct focus){&client->focus, 1};
    }
    client_send_frame(client, &frame, out);
    client->alarm_us[CLIENT_ALARM_SYNC_ANSWER] = client->now_us + client->config.params.answer_us;
}

bool client_sync_waits(const struct client *client)
{
    return client->alarm_us[CLIENT_ALARM_SYNC_ANSWER] != INT64_MAX;
}

static bool complete(const struct client *client)
{
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        const struct client_room *room = client_room_at(client, i);
        if (room->wants_sync || room->in_sync || room->held_len > 0 || room->gaps_len > 0) {
            return false;
        }
    }
    return true;
}

void client_sync_offline(struct client *client)
{
    /* One time stands for all rooms: while one lacks something, what another shows moves it past that. */
    if (client->state == CLIENT_ONLINE && complete(client)) {
        client->since_ms = client->newest_ms;
    }
    client->away = client->config.params.by_time != 0;
}

/* A room that wants its newest page, or else one with a marker: the one on screen before others. */
static uint32_t pick(const struct client *client, bool newest)
{
    uint32_t found = CLIENT_ROOM_NONE;

    for (uint32_t i = 0; i < client->rooms_len; i++) {
        const struct client_room *room = client_room_at(client, i);
        const bool wants = newest ? room->wants_newest : room->gaps_len > 0;
        if (wants && (found == CLIENT_ROOM_NONE || room->key == client->on_screen)) {
            found = i;
        }
    }
    return found;
}

/* A page backwards: the newest, or what is above the open end of the last marker. */
static void begin_back(struct client *client, uint32_t index, struct client_out *out)
{
    const struct client_room *room = client_room_at(client, index);

    client->back = index;
    client->back_below = room->wants_newest ? 0 : room->gaps[room->gaps_len - 1].high + 1;
    client_emit_of(room, CLIENT_OUT_BACK, out)->value = (int64_t)client->back_below;
    client_sync_request(client,
                        &(struct frame_sync_request){.room_id = room->room_id,
                                                     .before = client->back_below,
                                                     .last_sync_timestamp_ms = -1},
                        out);
}

/* False: no room wants one. */
static bool begin_session(struct client *client, struct client_out *out)
{
    struct position positions[ROOMS_PER_USER_MAX];
    struct frame_sync_request ask = {.positions = positions, .last_sync_timestamp_ms = -1};
    const int64_t since_ms = client->away ? client->since_ms : 0;

    client->back = CLIENT_ROOM_NONE;
    client->focus = (struct text){0};
    for (uint32_t i = 0; i < client->rooms_len && ask.positions_len < ROOMS_PER_USER_MAX; i++) {
        struct client_room *room = client_room_at(client, i);
        HB_ASSERT(!room->in_sync);
        if (!room->wants_sync) {
            continue;
        }
        HB_ASSERT(room->next > 0);
        const uint64_t cursor = client_gap_cursor(room);
        room->wants_sync = false;
        room->in_sync = true;
        positions[ask.positions_len++] = (struct position){.room_id = room->room_id, .seq = cursor};
        struct client_effect *effect = client_emit_of(room, CLIENT_OUT_SYNC_BEGIN, out);
        effect->value = (int64_t)cursor;
        effect->since_ms = since_ms;
        client->focus = room->key == client->on_screen ? room->room_id : client->focus;
    }
    if (ask.positions_len == 0) {
        return false;
    }
    if (since_ms > 0) {
        ask.last_sync_timestamp_ms = since_ms;
        ask.positions_len = 0;
    } else {
        ask.epoch = text_of(client->epoch);
    }
    if (client->focus.len > 0) {
        client_emit(out, CLIENT_OUT_FOCUS)->room_id = client->focus;
    }
    client_sync_request(client, &ask, out);
    return true;
}

/* The newest first, then what is missing above a position, then what is marked. */
static void begin(struct client *client, struct client_out *out)
{
    const uint32_t newest = pick(client, true);
    if (newest != CLIENT_ROOM_NONE) {
        begin_back(client, newest, out);
        return;
    }
    const uint32_t marked = pick(client, false);
    if (!begin_session(client, out) && marked != CLIENT_ROOM_NONE) {
        begin_back(client, marked, out);
    }
}

void client_sync_begin(struct client *client, struct client_out *out)
{
    if (!client_sync_waits(client) && client->state == CLIENT_ONLINE &&
        client->now_us >= client->sync_after_us) {
        begin(client, out);
    }
    client_sync_arm(client);
}

bool client_sync_ref_is_ours(const struct client *client, struct text ref)
{
    char ours[SYNC_REF_BYTES];
    return client_sync_waits(client) && text_equal(ref, ref_text(client->sync_ref, ours));
}

/* When the gap of this room is asked for; INT64_MAX: it has none. */
static int64_t gap_due_us(const struct client *client, const struct client_room *room)
{
    return room->held_len > 0 ? room->held_since_us + client->config.params.gap_us : INT64_MAX;
}

void client_sync_notice(struct client *client)
{
    if (client_sync_waits(client)) {
        return; /* what it brings may close the gaps */
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (client->now_us >= gap_due_us(client, room)) {
            room->wants_sync = true;
        }
    }
}

void client_sync_tick(struct client *client, struct client_out *out)
{
    client_sync_notice(client);
    client_sync_begin(client, out);
}

int64_t client_sync_due_us(const struct client *client)
{
    int64_t at = INT64_MAX;
    if (client_sync_waits(client) || client->state != CLIENT_ONLINE) {
        return INT64_MAX;
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        const struct client_room *room = client_room_at(client, i);
        const bool wants = room->wants_sync || room->wants_newest || room->gaps_len > 0;
        at = client_earlier(at, wants ? client->sync_after_us : gap_due_us(client, room));
    }
    /* A gap that is due within the pause waits for its end. */
    return at > client->sync_after_us ? at : client->sync_after_us;
}

void client_sync_arm(struct client *client)
{
    client->alarm_us[CLIENT_ALARM_SYNC] = client_sync_due_us(client);
}
