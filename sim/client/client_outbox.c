/* See client_outbox.h. */
#include "sim/client/client_outbox.h"

#include "server/base/mem.h"
#include "server/protocol/direct_name.h"
#include "server/protocol/id.h"
#include "sim/client/client_conn.h"
#include "sim/client/client_room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void emit_failed(const struct client_room *room, uint64_t client_key, struct client_out *out)
{
    client_emit_of(room, CLIENT_OUT_FAILED, out)->client_key = client_key;
}

int64_t client_outbox_answer_us(const struct client *client)
{
    int64_t at = INT64_MAX;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        const struct client_room *room = client_room_at(client, i);
        if (room->sent_us != INT64_MAX) {
            HB_ASSERT(room->outbox_len > 0 && client->state == CLIENT_ONLINE);
            at = client_earlier(at, room->sent_us + client->config.params.answer_us);
        }
    }
    return at;
}

int64_t client_outbox_resend_us(const struct client *client)
{
    int64_t at = INT64_MAX;
    for (uint32_t i = 0; i < client->rooms_len && client->state == CLIENT_ONLINE; i++) {
        const struct client_room *room = client_room_at(client, i);
        if (room->outbox_len > 0 && room->sent_us == INT64_MAX) {
            at = client_earlier(at, room->retry_us);
        }
    }
    return at;
}

/* Sets the alarms, after a change of what is written, on the wire or paused. */
static void arm(struct client *client)
{
    client->alarm_us[CLIENT_ALARM_ANSWER] = client_outbox_answer_us(client);
    client->alarm_us[CLIENT_ALARM_RESEND] = client_outbox_resend_us(client);
}

static void flush(struct client *client, struct client_room *room, struct client_out *out)
{
    if (client->state != CLIENT_ONLINE || room->outbox_len == 0 || room->sent_us != INT64_MAX ||
        client->now_us < room->retry_us) {
        return;
    }
    struct client_message *first = &room->outbox[0];
    first->attempts++;
    if (first->attempts > 1) {
        struct client_effect *resent = client_emit_of(room, CLIENT_OUT_RESENT, out);
        resent->client_key = first->client_key;
        resent->value = first->attempts;
    }
    struct client_effect *effect = client_emit_of(room, CLIENT_OUT_SEND, out);
    effect->conn = client->conn;
    effect->client_key = first->client_key;
    effect->value = first->attempts;
    effect->wire = wire_ref(first->wire);
    room->sent_us = client->now_us;
}

void client_outbox_flush(struct client *client, struct client_out *out)
{
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        flush(client, client_room_at(client, i), out);
    }
    arm(client);
}

uint32_t client_outbox_unacked(const struct client *client)
{
    uint32_t len = 0;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        len += client_room_at(client, i)->outbox_len;
    }
    return len;
}

/* The next message's id. */
static struct text next_id(struct client *client, char store[ID_BYTES_MAX + 1])
{
    char again[13] = "";

    client->composed++;
    if (client->installation > 0) { /* which counts from 1 again, not knowing of the ids before */
        (void)snprintf(again, sizeof again, "-%u", (unsigned)client->installation);
    }
    const int len =
        snprintf(store, ID_BYTES_MAX + 1, "%.*s%s-%" PRIu64, (int)client->config.device.len,
                 client->config.device.bytes, again, client->composed);
    HB_ASSERT(len > 0 && len <= ID_BYTES_MAX);
    return (struct text){store, (uint32_t)len};
}

/* `frame` says where it goes to. */
static void issue(struct client *client, struct client_room *room, struct frame *frame,
                  struct text content, struct client_out *out)
{
    char store[ID_BYTES_MAX + 1];
    const struct text id = next_id(client, store);
    const uint64_t key = id_key(id);

    if (client_outbox_unacked(client) >= CLIENT_OUTBOX_MAX || content.len == 0 ||
        content.len > CONTENT_BYTES_MAX) {
        emit_failed(room, key, out); /* it was never issued */
        return;
    }
    frame->send.client_id = id;
    frame->send.content = content;
    if (client->seen > 0) {
        frame->send.seen = *client->seen_text;
    }
    if (frame->send.recipient_id.bytes != NULL) {
        struct client_effect *whom = client_emit(out, CLIENT_OUT_WRITES_TO);
        whom->room_id = frame->send.recipient_id;
        whom->client_key = key;
    }
    struct client_effect *issued = client_emit_of(room, CLIENT_OUT_ISSUED, out);
    issued->client_key = key;
    issued->content_key = id_key(content);
    issued->hlc = client->seen;
    issued->value = (int64_t)client->composed;
    HB_GROW(room->outbox, room->outbox_len, room->outbox_cap);
    room->outbox[room->outbox_len++] =
        (struct client_message){.client_key = key, .wire = client_wire(frame)};
    flush(client, room, out);
    arm(client);
}

void client_outbox_say(struct client *client, uint32_t room_ref, struct text room_id,
                       struct text content, struct client_out *out)
{
    struct frame frame = {.type = FRAME_SEND};
    struct client_room *room = client_room_said(client, room_ref, room_id);

    HB_ASSERT(room != NULL); /* of the config, or learnt */
    frame.send.room_id = room->room_id;
    issue(client, room, &frame, content, out);
}

void client_outbox_write_to(struct client *client, struct text user, struct text content,
                            struct client_out *out)
{
    struct frame frame = {.type = FRAME_SEND};
    char name[DIRECT_NAME_LEN + 1];

    direct_name(client->config.user, user, name);
    struct client_room *room = client_room_learn(client, text_of(name), id_key(text_of(name)));
    HB_ASSERT(room != NULL); /* nobody knows so many people */
    frame.send.recipient_id = user;
    issue(client, room, &frame, content, out);
}

/* The room whose oldest message this is; NULL: an answer to nothing that we wait for. */
static struct client_room *room_waiting_for(struct client *client, uint64_t client_key)
{
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        struct client_room *room = client_room_at(client, i);
        if (room->outbox_len > 0 && room->outbox[0].client_key == client_key) {
            return room;
        }
    }
    return NULL;
}

static void pop(struct client_room *room)
{
    HB_ASSERT(room->outbox_len > 0);
    wire_unref(&room->outbox[0].wire);
    room->outbox_len--;
    memmove(&room->outbox[0], &room->outbox[1], room->outbox_len * sizeof room->outbox[0]);
    room->sent_us = INT64_MAX;
    room->retry_us = 0;
}

void client_outbox_ack(struct client *client, struct wire *wire, const struct frame *frame,
                       struct client_out *out)
{
    const struct frame_ack *ack = &frame->ack;
    struct client_room *room = room_waiting_for(client, ack->client_key);
    if (room == NULL) {
        return; /* acked before */
    }
    HB_ASSERT(room->outbox[0].attempts > 0); /* online, the first is sent in the step it is first */
    client_room_replace(room, &room->outbox[0], ack->seq, ack->id_key, out);
    struct client_effect *acked = client_emit_of(room, CLIENT_OUT_ACKED, out);
    acked->client_key = ack->client_key;
    acked->frame = frame;
    client_seen(client, wire, ack->hlc, &ack->hlc_text);
    pop(room);
    flush(client, room, out);
    arm(client);
}

void client_outbox_nack(struct client *client, const struct frame *frame, struct client_out *out)
{
    const struct frame_nack *nack = &frame->nack;
    struct client_room *room = room_waiting_for(client, nack->client_key);
    if (room == NULL || room->sent_us == INT64_MAX) {
        return; /* of an attempt that is over */
    }
    struct client_effect *nacked = client_emit_of(room, CLIENT_OUT_NACKED, out);
    nacked->client_key = nack->client_key;
    nacked->frame = frame;
    if (nack->temporary) {
        const int64_t pause_us = (int64_t)nack->retry_after_ms * 1000;
        room->sent_us = INT64_MAX;
        room->retry_us =
            client->now_us + (pause_us > 0 ? pause_us : client->config.params.backoff_us_min);
        arm(client);
        return;
    }
    emit_failed(room, nack->client_key, out);
    pop(room);
    flush(client, room, out);
    arm(client);
}

void client_outbox_offline(struct client_room *room)
{
    room->sent_us = INT64_MAX;
    room->retry_us = 0;
}
