/* See client_session.h. */
#include "sim/client/client_session.h"

#include "server/base/rng.h"
#include "sim/client/client_conn.h"
#include "sim/client/client_gap.h"
#include "sim/client/client_membership.h"
#include "sim/client/client_outbox.h"
#include "sim/client/client_presence.h"
#include "sim/client/client_receipts.h"
#include "sim/client/client_room.h"
#include "sim/client/client_sync.h"
#include "sim/client/client_token.h"
#include "sim/client/client_typing.h"

#include <string.h>

#define STEP_MAX 31 /* of the back-off: 2^31 times the minimum is beyond any maximum */

static int64_t drawn(struct client *client, int64_t low, int64_t high)
{
    return rng_between(&client->config.rng, low, high);
}

/* --- Lost ----------------------------------------------------------------------------------- */

/* Full jitter: min + uniform in [0, min(max, min * 2^step)], at most max. */
static void wait_to_connect(struct client *client)
{
    const int64_t least = client->config.params.backoff_us_min;
    const int64_t most = client->config.params.backoff_us_max;
    int64_t span = most;

    if (client->step < STEP_MAX && least < most >> client->step) {
        span = least << client->step;
    }
    const int64_t pause = least + drawn(client, 0, span);
    client->state = CLIENT_WAITING;
    client->alarm_us[CLIENT_ALARM_CONNECT] = client->now_us + (pause < most ? pause : most);
    client->step += client->step < STEP_MAX;
}

static void rooms_offline(struct client *client)
{
    client->sync_after_us = client->now_us;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        client_outbox_offline(client_room_at(client, i));
        client_room_offline(client_room_at(client, i));
    }
}

static void offline(struct client *client, struct client_out *out)
{
    if (client->state == CLIENT_ONLINE &&
        client->now_us - client->online_us >= client->config.params.stable_us) {
        client->step = 0;
    }
    client_alarms_unset(client);
    client_presence_offline(client);
    client_typing_offline(client, out);
    client_sync_offline(client);
    client_membership_offline(client);
    rooms_offline(client);
}

static void disconnect(struct client *client, uint32_t code, struct client_out *out)
{
    struct client_effect *effect = client_emit(out, CLIENT_OUT_DISCONNECT);
    effect->conn = client->conn;
    effect->value = code;
}

void client_give_up(struct client *client, struct client_out *out)
{
    disconnect(client, CLOSE_GOING_AWAY, out);
    offline(client, out);
    wait_to_connect(client);
}

void client_closed(struct client *client, uint32_t code, struct client_out *out)
{
    offline(client, out);
    if (!client_token_over(client, code) && code >= 4500 && code < 4600) {
        client->state = CLIENT_REFUSED; /* "stop": reconnecting would only be refused again */
        return;
    }
    wait_to_connect(client);
}

void client_stop(struct client *client, struct client_out *out)
{
    if (client_connected(client) || client->state == CLIENT_CONNECTING) {
        disconnect(client, CLOSE_NORMAL, out);
    }
    offline(client, out);
    client->state = CLIENT_OFF;
}

void client_kill(struct client *client, bool loses, struct client_out *out)
{
    offline(client, out);
    client->state = CLIENT_OFF;
    client->step = 0; /* of which nothing is stored */
    client->lost = client->lost || loses;
}

/* --- Gained --------------------------------------------------------------------------------- */

void client_connect(struct client *client, struct client_out *out)
{
    if (client_token_wanted(client, out)) {
        client->state = CLIENT_WAITING;
        client->alarm_us[CLIENT_ALARM_CONNECT] = client->now_us + client->config.params.answer_us;
        return;
    }
    client->state = CLIENT_CONNECTING;
    client->alarm_us[CLIENT_ALARM_CONNECT] = INT64_MAX;
    client->alarm_us[CLIENT_ALARM_HELLO] = client->now_us + client->config.params.answer_us;
    client->last_frame_us = client->now_us;
    client->conn++;
    client_emit(out, CLIENT_OUT_CONNECT)->conn = client->conn;
}

/* What is missing in the room on screen is to come first. */
static void say_focus(const struct client *client, struct text *focus, struct frame_hello *hello,
                      struct client_out *out)
{
    const struct client_room *room = client_room_find(client, client->on_screen);

    if (room != NULL) {
        *focus = room->room_id;
        hello->focus = (struct focus){focus, 1};
        (void)client_emit_of(room, CLIENT_OUT_FOCUS, out);
    }
}

void client_token_came(struct client *client, struct text token, struct client_out *out)
{
    const bool waited = client_token_given(client, token, out);

    if (waited && client->state == CLIENT_WAITING) {
        client_connect(client, out);
    }
}

void client_say_hello(struct client *client, struct client_out *out)
{
    struct frame frame = {.type = FRAME_HELLO};
    struct position positions[ROOMS_PER_USER_MAX];
    struct text focus;

    frame.hello.version = PROTOCOL_VERSION;
    frame.hello.token = client_token(client);
    frame.hello.device = client->config.device;
    if (client->epoch[0] != 0 && client->config.params.by_time == 0) {
        frame.hello.epoch = text_of(client->epoch);
        frame.hello.positions = positions;
        for (uint32_t i = 0; i < client->rooms_len; i++) {
            if (client_room_at(client, i)->next > 0 &&
                frame.hello.positions_len < ROOMS_PER_USER_MAX) {
                positions[frame.hello.positions_len++] =
                    (struct position){.room_id = client_room_at(client, i)->room_id,
                                      .seq = client_gap_cursor(client_room_at(client, i))};
            }
        }
    }
    if (frame.hello.positions_len > 0) { /* else nothing of what is missing follows the welcome */
        say_focus(client, &focus, &frame.hello, out);
    }
    if (client->seen > 0) {
        frame.hello.seen = *client->seen_text;
    }
    client_send_frame(client, &frame, out);
    client->state = CLIENT_HELLO_SENT;
    client->alarm_us[CLIENT_ALARM_HELLO] = client->now_us + client->config.params.answer_us;
}

/* To a hello without positions, `recovered` says nothing of what the client lacks. */
static bool lacks(const struct client_room *room, const struct welcome_room *said)
{
    return said->head >= room->next && (!said->recovered || room->by_time);
}

static bool newest_first(const struct client *client, const struct client_room *room,
                         const struct welcome_room *said)
{
    const int64_t most = client->config.params.newest_first;

    return most > 0 && !room->by_time && room->gaps_len < GAPS_MAX &&
           said->head - client_gap_cursor(room) > (uint64_t)most;
}

static void rooms_welcome(struct client *client, const struct frame_welcome *welcome,
                          struct client_out *out)
{
    if (!text_equal(welcome->epoch, text_of(client->epoch))) {
        /* Another log: no position means anything in it, nor one of a room that is not named. */
        for (uint32_t i = 0; i < client->rooms_len; i++) {
            client_room_reset(client_room_at(client, i), 0, out);
        }
        client_receipts_deinit(client);
        client->newest_ms = 0;
        client->since_ms = 0;
        HB_ASSERT(welcome->epoch.len <= ID_BYTES_MAX);
        memcpy(client->epoch, welcome->epoch.bytes, welcome->epoch.len);
        client->epoch[welcome->epoch.len] = 0;
    }
    for (uint32_t i = 0; i < welcome->rooms_len; i++) {
        const struct welcome_room *said = &welcome->rooms[i];
        struct client_room *room = client_room_learn(client, said->room_id, said->room_key);
        if (room == NULL) {
            continue;
        }
        if (room->next == 0) {
            room->next = said->head + 1; /* it starts at the head */
        } else if (lacks(room, said)) {
            room->wants_newest = newest_first(client, room, said);
            room->wants_sync = !room->wants_newest;
        }
    }
    client_sync_begin(client, out);
}

void client_welcome(struct client *client, const struct frame *frame, struct client_out *out)
{
    const struct frame_welcome *welcome = &frame->welcome;

    if (client->state != CLIENT_HELLO_SENT) {
        return;
    }
    client->state = CLIENT_ONLINE;
    client->alarm_us[CLIENT_ALARM_HELLO] = INT64_MAX;
    client->online_us = client->now_us;
    client->config.ping_interval_us = (int64_t)welcome->ping_interval_ms * 1000;
    client->config.ping_timeout_us = (int64_t)welcome->ping_timeout_ms * 1000;
    /* The first ping falls anywhere in the second half of an interval: after a storm of
     * reconnects pings do not come together. */
    client->alarm_us[CLIENT_ALARM_PING] =
        client->now_us +
        drawn(client, client->config.ping_interval_us / 2, client->config.ping_interval_us);
    struct client_effect *effect = client_emit(out, CLIENT_OUT_WELCOME);
    effect->conn = client->conn;
    effect->frame = frame;
    rooms_welcome(client, welcome, out);
    client_outbox_flush(client, out);
    client_membership_flush(client, out);
    client_presence_welcome(client, out);
    client_token_welcome(client, welcome->expires_in_ms);
    client_receipts_welcome(client);
}

/* --- Kept ----------------------------------------------------------------------------------- */

int64_t client_silence_us(const struct client *client)
{
    return client->last_frame_us + client->config.ping_interval_us + client->config.ping_timeout_us;
}

void client_ping(struct client *client, struct client_out *out)
{
    client_send_frame(client, &(struct frame){.type = FRAME_PING}, out);
    client->alarm_us[CLIENT_ALARM_PING] = client->now_us + client->config.ping_interval_us;
}
