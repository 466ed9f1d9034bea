/* Events, connection states, back-off and pings of a client. See client.h. */
#include "sim/client/client.h"

#include "sim/client/client_internal.h"

#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

#define STEP_MAX             31 /* of the back-off: 2^31 times the minimum is beyond any maximum */
#define MESSAGE_NUMBER_BYTES 11 /* "-" and a number: a device that writes 10^10 messages is none */
#define SEEN_WIRE_BYTES_MAX                                                                        \
    2048 /* a page would be kept alive for one stamp: it is copied instead */

void client_out_clear(struct client_out *out)
{
    for (size_t i = 0; i < out->len; i++) {
        if (out->items[i].kind == CLIENT_OUT_SEND) {
            wire_unref(&out->items[i].wire);
        }
    }
    out->len = 0;
}

void client_out_deinit(struct client_out *out)
{
    client_out_clear(out);
    free(out->items);
    *out = (struct client_out){0};
}

struct client *client_new(const struct client_config *config)
{
    struct client *client = hb_aligned(_Alignof(struct client), sizeof *client);

    HB_ASSERT(id_valid(config->device));
    HB_ASSERT(config->device.len + MESSAGE_NUMBER_BYTES <= ID_BYTES_MAX); /* client ids are ids */
    HB_ASSERT(config->backoff_us_min > 0 && config->backoff_us_min <= config->backoff_us_max);
    HB_ASSERT(config->gap_us > 0 && config->answer_us > 0);
    client->config = *config;
    client->user_key = id_key(config->user);
    client->reconnect_us = INT64_MAX;
    client->hello_us = INT64_MAX;
    client->ping_us = INT64_MAX;
    if (config->rooms_len > 1) { /* few clients ever learn of another */
        client->more_cap = config->rooms_len - 1;
        client->more = hb_malloc(client->more_cap * sizeof *client->more);
    }
    for (uint32_t i = 0; i < config->rooms_len; i++) {
        (void)client_room_add(client, config->rooms[i].room_id, config->rooms[i].ref);
    }
    return client;
}

static void parked_clear(struct client *client)
{
    for (uint32_t i = 0; i < client->parked_len; i++) {
        wire_unref(&client->parked[i]);
    }
    free(client->parked);
    client->parked = NULL;
    client->parked_len = 0;
    client->parked_cap = 0;
}

void client_free(struct client **client_pointer)
{
    struct client *client = *client_pointer;
    if (client == NULL) {
        return;
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        client_room_deinit(client_room_at(client, i));
    }
    free(client->more);
    wire_unref(&client->seen_wire);
    parked_clear(client);
    free(client);
    *client_pointer = NULL;
}

struct wire *client_wire(const struct frame *frame)
{
    struct buf buf = {0}; /* not kept: an idle client is small */
    frame_encode(frame, &buf);
    struct wire *wire = wire_new(buf.bytes, buf.len);
    buf_deinit(&buf);
    return wire;
}

void client_send_frame(struct client *client, const struct frame *frame, struct client_out *out)
{
    struct client_effect *effect = client_emit(out, CLIENT_OUT_SEND);
    effect->conn = client->conn;
    effect->wire = client_wire(frame);
}

void client_seen(struct client *client, struct wire *wire, struct hlc_stamp stamp,
                 const struct text *stamp_text)
{
    if (stamp.packed <= client->seen) {
        return;
    }
    struct wire *old = client->seen_wire;
    client->seen = stamp.packed;
    if (wire->bytes_len <= SEEN_WIRE_BYTES_MAX) {
        client->seen_text = stamp_text;
        client->seen_wire = wire_ref(wire);
    } else {
        HB_ASSERT(stamp_text->len <= sizeof client->seen_own_bytes);
        memcpy(client->seen_own_bytes, stamp_text->bytes, stamp_text->len);
        client->seen_own = (struct text){client->seen_own_bytes, stamp_text->len};
        client->seen_text = &client->seen_own;
        client->seen_wire = NULL;
    }
    wire_unref(&old);
}

/* --- The connection ------------------------------------------------------------------------- */

static int64_t drawn(struct client *client, int64_t low, int64_t high)
{
    return rng_between(&client->config.rng, low, high);
}

/* Full jitter: min + uniform in [0, min(max, min * 2^step)], at most max. */
static void wait_to_connect(struct client *client)
{
    const int64_t least = client->config.backoff_us_min;
    const int64_t most = client->config.backoff_us_max;
    int64_t span = most;

    if (client->step < STEP_MAX && least < most >> client->step) {
        span = least << client->step;
    }
    const int64_t pause = least + drawn(client, 0, span);
    client->state = CLIENT_WAITING;
    client->reconnect_us = client->now_us + (pause < most ? pause : most);
    client->step += client->step < STEP_MAX;
}

static void offline(struct client *client)
{
    if (client->state == CLIENT_ONLINE &&
        client->now_us - client->online_us >= client->config.stable_us) {
        client->step = 0;
    }
    client->hello_us = INT64_MAX;
    client->ping_us = INT64_MAX;
    client_rooms_offline(client);
}

static void connect(struct client *client, struct client_out *out)
{
    client->state = CLIENT_CONNECTING;
    client->reconnect_us = INT64_MAX;
    client->hello_us = client->now_us; /* the answer time-out counts from here */
    client->last_frame_us = client->now_us;
    client->conn++;
    client_emit(out, CLIENT_OUT_CONNECT)->conn = client->conn;
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
    offline(client);
    wait_to_connect(client);
}

static void say_hello(struct client *client, struct client_out *out)
{
    struct frame frame = {.type = FRAME_HELLO};
    struct position positions[ROOMS_PER_USER_MAX];

    frame.hello.version = PROTOCOL_VERSION;
    frame.hello.token = client->config.token;
    frame.hello.device = client->config.device;
    if (client->epoch[0] != 0) {
        frame.hello.epoch = text_of(client->epoch);
        frame.hello.positions = positions;
        for (uint32_t i = 0; i < client->rooms_len; i++) {
            if (client_room_at(client, i)->next > 0 &&
                frame.hello.positions_len < ROOMS_PER_USER_MAX) {
                positions[frame.hello.positions_len++] =
                    (struct position){.room_id = client_room_at(client, i)->room_id,
                                      .seq = client_room_at(client, i)->next - 1};
            }
        }
    }
    if (client->seen > 0) {
        frame.hello.seen = *client->seen_text;
    }
    client_send_frame(client, &frame, out);
    client->state = CLIENT_HELLO_SENT;
    client->hello_us = client->now_us;
}

static void on_welcome(struct client *client, const struct frame *frame, struct client_out *out)
{
    const struct frame_welcome *welcome = &frame->welcome;

    if (client->state != CLIENT_HELLO_SENT) {
        return;
    }
    client->state = CLIENT_ONLINE;
    client->hello_us = INT64_MAX;
    client->online_us = client->now_us;
    client->config.ping_interval_us = (int64_t)welcome->ping_interval_ms * 1000;
    client->config.ping_timeout_us = (int64_t)welcome->ping_timeout_ms * 1000;
    /* The first ping falls anywhere in the second half of an interval: after a storm of
     * reconnects pings do not come together. */
    client->ping_us = client->now_us + drawn(client, client->config.ping_interval_us / 2,
                                             client->config.ping_interval_us);
    struct client_effect *effect = client_emit(out, CLIENT_OUT_WELCOME);
    effect->conn = client->conn;
    effect->frame = frame;
    client_rooms_welcome(client, welcome, out);
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        client_outbox_flush(client, client_room_at(client, i), out);
    }
}

static void on_error(struct client *client, const struct frame *frame, struct client_out *out)
{
    client_emit(out, CLIENT_OUT_ERROR)->frame = frame;
    if (frame->error.ref.bytes != NULL) {
        client_sync_error(client, &frame->error, out);
    }
}

static void on_entry(struct client *client, struct wire *wire, const struct entry *entry,
                     struct client_out *out)
{
    struct client_room *room = client_room_learn(client, entry->room_id, entry->room_key);
    if (room == NULL) {
        return;
    }
    if (room->next == 0) {
        room->next = entry->seq; /* no welcome named it: joined since, it starts here */
    }
    client_room_entry(client, room, wire, entry, out);
}

static void on_frame(struct client *client, struct wire *wire, struct client_out *out)
{
    const struct frame *frame;

    client->last_frame_us = client->now_us;
    if (wire_decode(wire, &frame, NULL) != HB_OK) {
        return; /* a newer server's frame: not ours to judge */
    }
    if (client->state != CLIENT_ONLINE && frame->type != FRAME_WELCOME &&
        frame->type != FRAME_ERROR) {
        return; /* a session begins with its welcome */
    }
    switch (frame->type) {
    case FRAME_MESSAGE:
    case FRAME_ROOM_EVENT:
        on_entry(client, wire, &frame->entry, out);
        return;
    case FRAME_WELCOME:
        on_welcome(client, frame, out);
        return;
    case FRAME_ACK:
        client_outbox_ack(client, wire, frame, out);
        return;
    case FRAME_NACK:
        client_outbox_nack(client, frame, out);
        return;
    case FRAME_SYNC_RESPONSE:
        client_sync_page(client, wire, frame, out);
        return;
    case FRAME_ERROR:
        on_error(client, frame, out);
        return;
    case FRAME_DRAINING: /* the close follows, and the back-off spreads the reconnects */
    case FRAME_PONG:
    case FRAME_HELLO:
    case FRAME_SEND:
    case FRAME_SYNC_REQUEST:
    case FRAME_ROOM_CREATE:
    case FRAME_ROOM_JOIN:
    case FRAME_ROOM_LEAVE:
    case FRAME_PING:
        return;
    }
    HB_UNREACHABLE("a frame of no type");
}

static void on_closed(struct client *client, uint32_t code)
{
    offline(client);
    if (code >= 4500 && code < 4600) {
        client->state = CLIENT_REFUSED; /* "stop": reconnecting would only be refused again */
        return;
    }
    wait_to_connect(client);
}

/* --- Time ----------------------------------------------------------------------------------- */

static bool connected(const struct client *client)
{
    return client->state == CLIENT_HELLO_SENT || client->state == CLIENT_ONLINE;
}

static int64_t death_us(const struct client *client)
{
    return client->last_frame_us + client->config.ping_interval_us + client->config.ping_timeout_us;
}

static void on_wake(struct client *client, struct client_out *out)
{
    const int64_t now = client->now_us;
    const int64_t answer_us = client->config.answer_us;

    if (client->state == CLIENT_WAITING && now >= client->reconnect_us) {
        connect(client, out);
        return;
    }
    if (client->hello_us != INT64_MAX && now - client->hello_us >= answer_us) {
        client_give_up(client, out);
        return;
    }
    if (client->state != CLIENT_ONLINE) {
        return;
    }
    if (now >= death_us(client)) {
        client_give_up(client, out);
        return;
    }
    if (now >= client->ping_us) {
        client_send_frame(client, &(struct frame){.type = FRAME_PING}, out);
        client->ping_us = now + client->config.ping_interval_us;
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        const struct client_room *room = client_room_at(client, i);
        if (room->sent_us != INT64_MAX && now - room->sent_us >= answer_us) {
            client_give_up(client, out);
            return;
        }
    }
    if (client->syncing && now - client->sync_us >= answer_us) {
        client_give_up(client, out);
        return;
    }
    client_sync_tick(client, out);
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        client_outbox_flush(client, client_room_at(client, i), out);
    }
}

static int64_t wake_us(const struct client *client)
{
    int64_t at = INT64_MAX;

    if (client->state == CLIENT_WAITING) {
        at = client->reconnect_us;
    } else if (client->hello_us != INT64_MAX) {
        at = client->hello_us + client->config.answer_us;
    } else if (client->state == CLIENT_ONLINE) {
        at = client_earlier(death_us(client), client->ping_us);
        at = client_earlier(at, client_sync_wake(client));
        for (uint32_t i = 0; i < client->rooms_len; i++) {
            at = client_earlier(at, client_outbox_wake(client, client_room_at(client, i)));
        }
    }
    /* Never an instant that is over: whoever waits for exactly it would wait for ever. */
    return at > client->now_us ? at : client->now_us;
}

/* The next entry of a room, with nothing held and nothing parked: by far the most frequent event.
 * It can only put deadlines off, so the wake stays as it is. False: it is something else. */
static bool step_in_order(struct client *client, const struct client_event *event,
                          struct client_out *out)
{
    const struct frame *frame;

    if (event->kind != CLIENT_FRAME || client->state != CLIENT_ONLINE ||
        event->conn.conn != client->conn || client->parked_len > 0 || client->rooms_len == 0 ||
        wire_decode(event->conn.frame, &frame, NULL) != HB_OK || frame->type != FRAME_MESSAGE ||
        frame->entry.room_key != client->first.key || frame->entry.seq != client->first.next ||
        client->first.held_len > 0) {
        return false;
    }
    client->last_frame_us = event->now.us;
    client_room_entry(client, &client->first, event->conn.frame, &frame->entry, out);
    out->wake_at.us = client->wake_us;
    out->wake_moved = false;
    return true;
}

void client_step(struct client *client, const struct client_event *event, struct client_out *out)
{
    if (step_in_order(client, event, out)) {
        return;
    }
    HB_ASSERT(event->now.us >= client->now_us);
    client->now_us = event->now.us;
    if (client->parked_len > 0) {
        parked_clear(client);
    }
    switch (event->kind) {
    case CLIENT_START:
        if (client->state == CLIENT_OFF) {
            connect(client, out);
        }
        break;
    case CLIENT_STOP:
        if (connected(client) || client->state == CLIENT_CONNECTING) {
            disconnect(client, CLOSE_NORMAL, out);
        }
        offline(client);
        client->reconnect_us = INT64_MAX;
        client->state = CLIENT_OFF;
        break;
    case CLIENT_CONNECTED:
        if (event->conn.conn == client->conn && client->state == CLIENT_CONNECTING) {
            say_hello(client, out);
        }
        break;
    case CLIENT_CLOSED:
        if (event->conn.conn == client->conn &&
            (connected(client) || client->state == CLIENT_CONNECTING)) {
            on_closed(client, event->conn.close_code);
        }
        break;
    case CLIENT_FRAME:
        if (event->conn.conn == client->conn && connected(client)) { /* I4 */
            on_frame(client, event->conn.frame, out);
        }
        break;
    case CLIENT_SAY:
        client_outbox_say(client, event, out);
        break;
    case CLIENT_WAKE:
        on_wake(client, out);
        break;
    }
    client->wake_us = wake_us(client);
    out->wake_at.us = client->wake_us;
    out->wake_moved = true;
}

bool client_online(const struct client *client)
{
    return client->state == CLIENT_ONLINE;
}

uint32_t client_outbox_len(const struct client *client)
{
    uint32_t len = 0;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        len += client_room_at(client, i)->outbox_len;
    }
    return len;
}

uint32_t client_held_len(const struct client *client)
{
    uint32_t len = 0;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        len += client_room_at(client, i)->held_len;
    }
    return len;
}

bool client_syncing(const struct client *client)
{
    bool syncing = client->syncing;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        syncing = syncing || client_room_at(client, i)->wants_sync;
    }
    return syncing;
}
