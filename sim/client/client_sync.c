/* See client_sync.h. */
#include "sim/client/client_sync.h"

#include "sim/client/client_conn.h"

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
        if (room->wants_sync || room->in_sync || room->held_len > 0) {
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

static void begin(struct client *client, struct client_out *out)
{
    struct position positions[ROOMS_PER_USER_MAX];
    struct frame_sync_request ask = {.positions = positions, .last_sync_timestamp_ms = -1};
    const int64_t since_ms = client->away ? client->since_ms : 0;

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
        struct client_effect *effect = client_emit_of(room, CLIENT_OUT_SYNC_BEGIN, out);
        effect->value = (int64_t)room->next - 1;
        effect->since_ms = since_ms;
    }
    if (ask.positions_len == 0) {
        return;
    }
    if (since_ms > 0) {
        ask.last_sync_timestamp_ms = since_ms;
        ask.positions_len = 0;
    } else {
        ask.epoch = text_of(client->epoch);
    }
    client_sync_request(client, &ask, out);
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
        at =
            client_earlier(at, room->wants_sync ? client->sync_after_us : gap_due_us(client, room));
    }
    /* A gap that is due within the pause waits for its end. */
    return at > client->sync_after_us ? at : client->sync_after_us;
}

void client_sync_arm(struct client *client)
{
    client->alarm_us[CLIENT_ALARM_SYNC] = client_sync_due_us(client);
}
