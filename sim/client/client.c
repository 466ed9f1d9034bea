/* The top of a client: each event, frame and alarm to its file. See client.h. */
#include "sim/client/client.h"

#include "server/base/mem.h"
#include "server/protocol/frame.h"
#include "server/protocol/id.h"
#include "sim/client/client_life.h"
#include "sim/client/client_membership.h"
#include "sim/client/client_outbox.h"
#include "sim/client/client_page.h"
#include "sim/client/client_presence.h"
#include "sim/client/client_receipts.h"
#include "sim/client/client_room.h"
#include "sim/client/client_session.h"
#include "sim/client/client_state.h"
#include "sim/client/client_sync.h"
#include "sim/client/client_token.h"
#include "sim/client/client_typing.h"

#include <stdlib.h>

#define MESSAGE_NUMBER_BYTES                                                                       \
    16 /* "-", an installation, and a number: nobody has so many of either */

struct client *client_new(const struct client_config *config)
{
    struct client *client = hb_aligned(_Alignof(struct client), sizeof *client);

    HB_ASSERT(id_valid(config->device));
    HB_ASSERT(config->device.len + MESSAGE_NUMBER_BYTES <= ID_BYTES_MAX); /* client ids are ids */
    HB_ASSERT(params_wrong(client_params, CLIENT_PARAMS_LEN, &config->params) == NULL);
    client->config = *config;
    client_begin(client);
    return client;
}

void client_free(struct client **client_pointer)
{
    struct client *client = *client_pointer;
    if (client == NULL) {
        return;
    }
    client_end(client);
    client_token_deinit(client);
    free(client);
    *client_pointer = NULL;
}

/* --- Frames --------------------------------------------------------------------------------- */

static void on_error(struct client *client, const struct frame *frame, struct client_out *out)
{
    client_emit(out, CLIENT_OUT_ERROR)->frame = frame;
    if (frame->error.ref.bytes != NULL) {
        client_page_error(client, &frame->error, out);
    }
    client_receipts_refused(client, &frame->error);
    client_token_refused(client, &frame->error);
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
    if (entry->seq < room->next && client->typing != NULL) {
        /* A page had it before the stream did: what was told of its writer meanwhile it ends all the same. */
        client_typing_entry(client, room->key, entry, out);
    }
    client_room_entry(client, room, wire, entry, out);
}

static void on_typing(struct client *client, const struct frame *frame, struct client_out *out)
{
    const struct client_room *room = client_room_find(client, id_key(frame->typing.room_id));

    client_typing_told(client, frame, room != NULL ? room->ref : CLIENT_ROOM_NONE, out);
}

/* The room on screen is where the person did something last. */
static void looks_at(struct client *client, uint32_t room_ref, struct text room_id)
{
    const struct client_room *room = client_room_said(client, room_ref, room_id);

    client->on_screen = room != NULL ? room->key : client->on_screen;
}

/* A message takes what stood in the field. */
static void on_say(struct client *client, const struct client_event *event, struct client_out *out)
{
    client_presence_touch(client, out);
    if (event->say.to.bytes != NULL) {
        client_typing_sent_to(client, event->say.to, out);
        client_outbox_write_to(client, event->say.to, event->say.content, out);
        return;
    }
    looks_at(client, event->say.room_ref, event->say.room_id);
    client_typing_sent(client, event->say.room_ref, event->say.room_id, out);
    client_outbox_say(client, event->say.room_ref, event->say.room_id, event->say.content, out);
}

static void on_key(struct client *client, const struct client_event *event, struct client_out *out)
{
    const bool emptied = event->type.emptied;

    client_presence_touch(client, out);
    if (event->type.to.bytes != NULL) {
        client_typing_key_to(client, event->type.to, emptied, out);
    } else {
        looks_at(client, event->type.room_ref, event->type.room_id);
        client_typing_key(client, event->type.room_ref, event->type.room_id, emptied, out);
    }
}

static void on_room(struct client *client, const struct frame *asked, struct client_out *out)
{
    client_presence_touch(client, out);
    client_membership_ask(client, asked, out);
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
        client_welcome(client, frame, out);
        return;
    case FRAME_ACK:
        if (!client_membership_answered(client, wire, frame, out)) {
            client_outbox_ack(client, wire, frame, out);
        }
        return;
    case FRAME_NACK:
        if (!client_membership_answered(client, wire, frame, out)) {
            client_outbox_nack(client, frame, out);
        }
        return;
    case FRAME_SYNC_RESPONSE:
        client_page(client, wire, frame, out);
        return;
    case FRAME_ERROR:
        on_error(client, frame, out);
        return;
    case FRAME_REFRESHED:
        client_token_refreshed(client, &frame->refreshed);
        return;
    case FRAME_PRESENCE_UPDATE:
    case FRAME_PRESENCE_STATE:
        client_presence_told(client, frame, out);
        return;
    case FRAME_TYPING_START:
    case FRAME_TYPING_STOP:
        on_typing(client, frame, out);
        return;
    case FRAME_RECEIVED:
    case FRAME_READ_RECEIPT:
    case FRAME_RECEIPTS:
        client_receipts_told(client, frame, out);
        return;
    case FRAME_RECEIPTS_REQUEST:
    case FRAME_DRAINING: /* the close follows, and the back-off spreads the reconnects */
    case FRAME_PONG:
    case FRAME_REFRESH:
    case FRAME_HELLO:
    case FRAME_SEND:
    case FRAME_SYNC_REQUEST:
    case FRAME_ROOM_CREATE:
    case FRAME_ROOM_JOIN:
    case FRAME_ROOM_LEAVE:
    case FRAME_PRESENCE:
    case FRAME_PRESENCE_SUBSCRIBE:
    case FRAME_PRESENCE_UNSUBSCRIBE:
    case FRAME_TYPING_ROOM:
    case FRAME_PRESENCE_ROOM: /* how many: shown to people, and no more */
    case FRAME_PING:
        return;
    }
    HB_UNREACHABLE("a frame of no type");
}

/* --- Time ----------------------------------------------------------------------------------- */

static void ring(struct client *client, enum client_alarm alarm, struct client_out *out)
{
    switch (alarm) {
    case CLIENT_ALARM_CONNECT:
        client_connect(client, out);
        return;
    case CLIENT_ALARM_SILENCE:
        if (client->now_us >= client_silence_us(client)) { /* else: it moves behind this step */
            client_give_up(client, out);
        }
        return;
    case CLIENT_ALARM_HELLO:
    case CLIENT_ALARM_ANSWER:
    case CLIENT_ALARM_SYNC_ANSWER:
        client_give_up(client, out);
        return;
    case CLIENT_ALARM_PING:
        client_ping(client, out);
        return;
    case CLIENT_ALARM_SYNC:
        client_sync_tick(client, out);
        return;
    case CLIENT_ALARM_RESEND:
        client_outbox_flush(client, out);
        return;
    case CLIENT_ALARM_IDLE:
        client_presence_look(client, out);
        return;
    case CLIENT_ALARM_TYPING:
        client_typing_look(client, out);
        return;
    case CLIENT_ALARM_TYPISTS:
        client_typing_expire(client, out);
        return;
    case CLIENT_ALARM_RECEIPTS:
        client_receipts_flush(client, out);
        return;
    case CLIENT_ALARM_TOKEN:
        client_token_look(client, out);
        return;
    case CLIENT_ALARM_MEMBERSHIP:
        if (client_membership_look(client, out)) {
            client_give_up(client, out);
        }
        return;
    case CLIENT_ALARM_COUNT:
        break;
    }
    HB_UNREACHABLE("an alarm of no kind");
}

static void on_wake(struct client *client, struct client_out *out)
{
    for (int alarm = 0; alarm < CLIENT_ALARM_COUNT; alarm++) {
        if (client->now_us >= client->alarm_us[alarm]) {
            ring(client, (enum client_alarm)alarm, out);
        }
    }
    client_sync_notice(client); /* a gap found during a pause is asked for at the pause's end */
}

/* The least of the alarms. Those that are least over rooms were set with what they depend on. */
static int64_t wake_us(const struct client *client)
{
    int64_t at = INT64_MAX;

    HB_ASSERT_SLOW(client->alarm_us[CLIENT_ALARM_SYNC] == client_sync_due_us(client));
    HB_ASSERT_SLOW(client->alarm_us[CLIENT_ALARM_ANSWER] == client_outbox_answer_us(client));
    HB_ASSERT_SLOW(client->alarm_us[CLIENT_ALARM_RESEND] == client_outbox_resend_us(client));
    for (int alarm = 0; alarm < CLIENT_ALARM_COUNT; alarm++) {
        at = client_earlier(at, client->alarm_us[alarm]);
    }
    /* Never an instant that is over: whoever waits for exactly it would wait for ever. */
    return at > client->now_us ? at : client->now_us;
}

/* --- The step ------------------------------------------------------------------------------- */

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
        client->first.held_len > 0 || client->first.receipts) {
        return false;
    }
    client->last_frame_us = event->now.us;
    client_room_entry(client, &client->first, event->conn.frame, &frame->entry, out);
    out->wake_at.us = client->wake_us;
    out->wake_moved = false;
    return true;
}

static void on_closed(struct client *client, const struct client_event *event,
                      struct client_out *out)
{
    if (event->conn.conn == client->conn &&
        (client_connected(client) || client->state == CLIENT_CONNECTING)) {
        client_closed(client, event->conn.close_code, out);
    }
}

/* Behind each event: what follows from what was shown, and when it is to be woken. */
static void settle(struct client *client, struct client_out *out, size_t from)
{
    client_receipts_shown(client, out, from);
    if (client->state == CLIENT_ONLINE) { /* of when a frame came, the quick path only takes note */
        client->alarm_us[CLIENT_ALARM_SILENCE] = client_silence_us(client);
    }
    client->wake_us = wake_us(client);
    out->wake_at.us = client->wake_us;
    out->wake_moved = true;
}

void client_step(struct client *client, const struct client_event *event, struct client_out *out)
{
    if (step_in_order(client, event, out)) {
        return;
    }
    HB_ASSERT(event->now.us >= client->now_us);
    client->now_us = event->now.us;
    const size_t from = out->len;
    if (client->parked_len > 0) {
        client_parked_clear(client);
    }
    if (client->lost) {
        client_forget(client, out);
    }
    switch (event->kind) {
    case CLIENT_START:
        if (client->state == CLIENT_OFF) {
            client_presence_touch(client, out);
            client_connect(client, out);
        }
        break;
    case CLIENT_STOP:
        client_stop(client, out);
        break;
    case CLIENT_KILL:
        client_kill(client, event->kill_loses, out);
        break;
    case CLIENT_CONNECTED:
        if (event->conn.conn == client->conn && client->state == CLIENT_CONNECTING) {
            client_say_hello(client, out);
        }
        break;
    case CLIENT_CLOSED:
        on_closed(client, event, out);
        break;
    case CLIENT_FRAME:
        if (event->conn.conn == client->conn && client_connected(client)) { /* I4 */
            on_frame(client, event->conn.frame, out);
        }
        break;
    case CLIENT_SAY:
        on_say(client, event, out);
        break;
    case CLIENT_TYPE:
        on_key(client, event, out);
        break;
    case CLIENT_TOUCH:
        client_presence_touch(client, out);
        break;
    case CLIENT_CHOOSE:
        client_presence_touch(client, out);
        client_presence_choose(client, event->choose, out);
        break;
    case CLIENT_WATCH:
        client_presence_watch(client, &event->watch.user, event->watch.wanted, out);
        break;
    case CLIENT_ROOM:
        on_room(client, event->room, out);
        break;
    case CLIENT_READ:
        client_presence_touch(client, out);
        looks_at(client, event->say.room_ref, event->say.room_id);
        client_receipts_read(client, event->say.room_ref, event->say.room_id, out);
        break;
    case CLIENT_TOKEN:
        client_token_came(client, event->token, out);
        break;
    case CLIENT_WAKE:
        on_wake(client, out);
        break;
    }
    settle(client, out, from);
}

void client_reseed(struct client *client, struct rng rng)
{
    client->config.rng = rng;
}
