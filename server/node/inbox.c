/* What comes in: frames of clients, and all that Redis says. See inbox.h. */
#include "server/node/inbox.h"

#include "server/node/announce.h"
#include "server/node/bus.h"
#include "server/node/commit.h"
#include "server/node/entry.h"
#include "server/node/heard.h"
#include "server/node/hello.h"
#include "server/node/invited.h"
#include "server/node/presence.h"
#include "server/node/publication.h"
#include "server/node/ready.h"
#include "server/node/receipt.h"
#include "server/node/refresh.h"
#include "server/node/send.h"
#include "server/node/session_end.h"
#include "server/node/sync.h"
#include "server/node/typing.h"
#include "server/node/typing_to.h"
#include "server/node/user.h"

/* --- Frames --- */

/* With what names it, as far as it could be read. */
static void refuse(struct node *node, struct session *session, enum hb_err err, const char *field)
{
    struct frame_names names;

    frame_names_read(node->hearing->bytes, node->hearing->bytes_len, &names);
    if (names.client_id_len > 0) {
        command_nack(node, session, (struct text){names.client_id, names.client_id_len},
                     &(struct refusal){.err = err, .field = field});
    } else {
        session_error(node, session, err, (struct text){NULL, 0}, field);
    }
}

static void bad_frame(struct node *node, struct session *session, enum hb_err err,
                      const char *field)
{
    note(node, NOTE_BAD_FRAME, err, 0);
    refuse(node, session, err, field);
    if (session->state == SESSION_AWAIT_HELLO) {
        note(node, NOTE_HELLO_REFUSED, CLOSE_POLICY, 0);
        session_close(node, session, CLOSE_POLICY);
        return;
    }
    if (err == HB_ELARGE) {
        return; /* people write too much, and programs that are right let them */
    }
    if (session->bad_frames == 0 ||
        node->mono.us - session->bad_since.us > INT64_C(1000) * BAD_FRAMES_WINDOW_MS) {
        session->bad_frames = 0;
        session->bad_since = node->mono;
    }
    if (++session->bad_frames > BAD_FRAMES_MAX) {
        note(node, NOTE_RATE, 0, 0);
        session_close(node, session, CLOSE_POLICY);
    }
}

static void live_frame(struct node *node, struct session *session, struct wire *wire,
                       const struct frame *frame)
{
    switch (frame->type) {
    case FRAME_HELLO:
        refuse(node, session, HB_EALREADY, NULL);
        return;
    case FRAME_SEND:
        typing_to_sent(node, session, &frame->send);
        command_frame(node, session, wire, frame);
        return;
    case FRAME_ROOM_CREATE:
    case FRAME_ROOM_JOIN:
    case FRAME_ROOM_LEAVE:
        command_frame(node, session, wire, frame);
        return;
    case FRAME_SYNC_REQUEST:
        sync_frame(node, session, wire, frame);
        return;
    case FRAME_PRESENCE:
        presence_frame(node, session, wire, frame);
        return;
    case FRAME_PRESENCE_SUBSCRIBE:
    case FRAME_PRESENCE_UNSUBSCRIBE:
        presence_watch(node, session, frame);
        return;
    case FRAME_TYPING_START:
    case FRAME_TYPING_STOP:
        if (frame->typing.recipient_id.bytes != NULL) {
            typing_to_frame(node, session, frame);
        } else {
            typing_frame(node, session, frame);
        }
        return;
    case FRAME_RECEIVED:
    case FRAME_READ_RECEIPT:
    case FRAME_RECEIPTS_REQUEST:
        receipt_frame(node, session, wire, frame);
        return;
    case FRAME_REFRESH:
        refresh_frame(node, session, &frame->refresh);
        return;
    case FRAME_PING:
        session_say(node, session, &(struct frame){.type = FRAME_PONG});
        return;
    case FRAME_WELCOME:
    case FRAME_MESSAGE:
    case FRAME_ROOM_EVENT:
    case FRAME_ACK:
    case FRAME_NACK:
    case FRAME_SYNC_RESPONSE:
    case FRAME_PRESENCE_UPDATE:
    case FRAME_PRESENCE_STATE:
    case FRAME_PRESENCE_ROOM:
    case FRAME_TYPING_ROOM:
    case FRAME_RECEIPTS:
    case FRAME_ERROR:
    case FRAME_DRAINING:
    case FRAME_PONG:
    case FRAME_REFRESHED:
        bad_frame(node, session, HB_ETYPE, "type"); /* only a server says this */
        return;
    }
    HB_UNREACHABLE("no such frame");
}

static void heard(struct node *node, struct session *session, struct wire *wire)
{
    const struct frame *frame = NULL;
    const char *field = NULL;
    const enum hb_err err = wire_decode(wire, &frame, &field);

    if (err != HB_OK) {
        bad_frame(node, session, err, field);
    } else if (session->state != SESSION_AWAIT_HELLO) {
        live_frame(node, session, wire, frame);
    } else if (frame->type == FRAME_HELLO) {
        hello_frame(node, session, wire);
    } else {
        refuse(node, session, HB_EAUTH, NULL);
        note(node, NOTE_HELLO_REFUSED, CLOSE_POLICY, 0);
        session_close(node, session, CLOSE_POLICY);
    }
}

void inbox_frame(struct node *node, struct conn_id conn, struct wire *wire)
{
    struct session *session = session_find(node, conn);

    if (session == NULL) {
        return;
    }
    session->heard = node->mono;
    node->counts.frames_received++;
    node->hearing = wire;
    node->hearing_from = conn;
    heard(node, session, wire);
    node->hearing = NULL;
}

/* --- Redis --- */

static bool opened(struct node *node, const char *channel, struct text sealed, struct text *ret)
{
    const struct seal_place place = {.name = text_of(channel)};

    return bus_open(node, BUS_PLACE_CHANNEL, place, sealed, ret) == SEAL_GOOD;
}

static void on_room(struct node *node, struct room *room, struct text sealed)
{
    struct text payload;

    if (room->state != ROOM_IDLE && room->state != ROOM_SUBSCRIBING &&
        opened(node, room->channel, sealed, &payload)) {
        publication_heard(node, room, payload.bytes, payload.len);
    }
}

static void on_message(struct node *node, uint64_t tag, struct text sealed)
{
    const uint32_t index = (uint32_t)tag;
    struct heard_front front;
    struct text payload;

    switch ((enum bus_tag)(tag >> 32)) {
    case BUS_CONTROL:
        if (opened(node, node->control, sealed, &payload) && announce_heard(node, payload)) {
            users_dirty(node);
        }
        return;
    case BUS_ROOM:
        on_room(node, node->rooms[index], sealed);
        return;
    case BUS_USER:
        if (opened(node, node->users[index]->channel, sealed, &payload) &&
            heard_take(node, &payload, &front)) {
            user_dirty(node, index);
        }
        return;
    case BUS_PERSON:
        presence_message(node, index, sealed);
        return;
    case BUS_NONE:
        break;
    }
    HB_UNREACHABLE("no such tag");
}

static void on_subscribed(struct node *node, uint64_t tag)
{
    const uint32_t index = (uint32_t)tag;

    switch ((enum bus_tag)(tag >> 32)) {
    case BUS_CONTROL:
        if (node->control_seen) {
            rooms_want_heads(node); /* announcements may have been missed */
        }
        node->control_seen = true;
        ready_check(node);
        return;
    case BUS_ROOM: {
        struct room *room = node->rooms[index];
        const bool again = room->confirmed != 0;
        room->confirmed = node->subscriptions_life;
        if (room->state == ROOM_SUBSCRIBING) {
            room_load(node, room);
        } else {
            if (again) {
                note(node, NOTE_RESUBSCRIBED, room->key, 0);
            }
            room_want_head(node, room);
        }
        return;
    }
    case BUS_USER:
        user_dirty(node, index);
        return;
    case BUS_PERSON:
        presence_subscribed(node, index);
        return;
    case BUS_NONE:
        break;
    }
    HB_UNREACHABLE("no such tag");
}

static void on_write(struct node *node, uint64_t link, const char *bytes, size_t bytes_len)
{
    struct effects *out = node->out;
    struct effect *last = out->len > 0 ? &out->items[out->len - 1] : NULL;

    if (last == NULL || last->kind != EFFECT_REDIS_WRITE || last->redis.link != link ||
        last->redis.offset + last->redis.len != out->bytes.len) {
        last = effect_push(node);
        last->kind = EFFECT_REDIS_WRITE;
        last->redis.link = link;
        last->redis.offset = out->bytes.len;
        last->redis.len = 0;
    }
    buf_add(&out->bytes, bytes, bytes_len);
    last->redis.len += bytes_len;
}

static void link_effect(struct node *node, enum effect_kind kind, uint64_t link)
{
    struct effect *effect = effect_push(node);

    effect->kind = kind;
    effect->redis.link = link;
    effect->redis.offset = 0;
    effect->redis.len = 0;
}

/* For a reason that a person has to mend (a wrong password, a right that is missing): said in Redis' words, not
 * at each try. */
static void on_refused(struct node *node, struct text why)
{
    node->redis_refused++;
    if (node->redis_refused_told.us == 0 || node->mono.us - node->redis_refused_told.us >= MINUTE) {
        note_about(node, NOTE_REDIS_REFUSED, node->redis_refused, why);
        node->redis_refused_told.us = node->mono.us > 0 ? node->mono.us : 1;
        node->redis_refused = 0;
    }
}

static void on_item(struct node *node, const struct redis_item *item, const char *text)
{
    switch (item->kind) {
    case REDIS_OUT_OPEN:
        link_effect(node, EFFECT_REDIS_OPEN, item->link);
        return;
    case REDIS_OUT_WRITE:
        on_write(node, item->link, text, item->text_len);
        return;
    case REDIS_OUT_CLOSE:
        link_effect(node, EFFECT_REDIS_CLOSE, item->link);
        return;
    case REDIS_OUT_MESSAGE:
        on_message(node, item->tag, (struct text){text, (uint32_t)item->text_len});
        return;
    case REDIS_OUT_SUBSCRIBED:
        on_subscribed(node, item->tag);
        return;
    case REDIS_OUT_SUBSCRIPTIONS_LOST:
        node->subscriptions_life++;
        note(node, NOTE_SUBSCRIPTIONS_LOST, 0, 0);
        ready_check(node);
        return;
    case REDIS_OUT_CONNECTED:
        note(node, NOTE_REDIS_CONNECTED, 0, 0);
        node->probe_wanted = true; /* who was away may have been replaced */
        ready_check(node);
        return;
    case REDIS_OUT_DISCONNECTED:
        note(node, NOTE_REDIS_DISCONNECTED, 0, 0);
        ready_check(node);
        return;
    case REDIS_OUT_REPLY:
        if (item->tag >> 56 == INVITED_TAG_KIND) {
            invited_reply(node, item);
        } else {
            presence_reply(node, item, text);
        }
        return;
    case REDIS_OUT_REFUSED: /* the client asks again for the channel */
    case REDIS_OUT_GREETING_REFUSED:
        on_refused(node, (struct text){text, (uint32_t)item->text_len});
        return;
    }
    HB_UNREACHABLE("no such item");
}

/* What an item causes goes to the other buffer, so that texts stay where they are; it is carried
 * out after what was there before, which is the order in which the client made it. */
void inbox_redis(struct node *node)
{
    for (;;) {
        redis_ask(node->redis, node->mono, &node->bus);
        if (node->bus.items_len == 0) {
            return;
        }
        const struct redis_out work = node->bus;
        node->bus = node->bus_work;
        node->bus_work = work;
        for (size_t i = 0; i < work.items_len; i++) {
            const struct redis_item *item = &work.items[i];
            on_item(node, item, item->text_len > 0 ? work.bytes.bytes + item->text_offset : "");
        }
        redis_out_clear(&node->bus_work);
    }
}
