/* What a person wrote: kept until it is acked, one on the wire per room, oldest first. */
#include "sim/client/client_internal.h"

#include "server/protocol/id.h"

#include <stdio.h>
#include <string.h>

static struct client_room *room_said(struct client *client, const struct client_event *event)
{
    if (event->say.room_ref == CLIENT_ROOM_NONE) {
        return client_room_find(client, id_key(event->say.room_id));
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        if (client_room_at(client, i)->ref == event->say.room_ref) {
            return client_room_at(client, i);
        }
    }
    return NULL;
}

static void emit_failed(const struct client_room *room, uint64_t client_key, struct client_out *out)
{
    client_emit_of(room, CLIENT_OUT_FAILED, out)->client_key = client_key;
}

void client_outbox_say(struct client *client, const struct client_event *event,
                       struct client_out *out)
{
    const struct text content = event->say.content;
    char client_id[ID_BYTES_MAX + 1];

    struct client_room *room = room_said(client, event);
    HB_ASSERT(room != NULL); /* of the config, or learnt */
    client->composed++;
    const int len =
        snprintf(client_id, sizeof client_id, "%.*s-%llu", (int)client->config.device.len,
                 client->config.device.bytes, (unsigned long long)client->composed);
    HB_ASSERT(len > 0 && len <= ID_BYTES_MAX);
    const struct text id = {client_id, (uint32_t)len};
    const uint64_t key = id_key(id);
    if (client_outbox_len(client) >= CLIENT_OUTBOX_MAX || content.len == 0 ||
        content.len > CONTENT_BYTES_MAX) {
        emit_failed(room, key, out); /* it was never issued */
        return;
    }
    struct frame frame = {.type = FRAME_SEND};
    frame.send.room_id = room->room_id;
    frame.send.client_id = id;
    frame.send.content = content;
    if (client->seen > 0) {
        frame.send.seen = *client->seen_text;
    }
    struct client_effect *issued = client_emit_of(room, CLIENT_OUT_ISSUED, out);
    issued->client_key = key;
    issued->content_key = id_key(content);
    issued->hlc = client->seen;
    issued->value = (int64_t)client->composed;
    HB_GROW(room->outbox, room->outbox_len, room->outbox_cap);
    room->outbox[room->outbox_len++] = (struct message){key, client_wire(&frame), 0};
    client_outbox_flush(client, room, out);
}

void client_outbox_flush(struct client *client, struct client_room *room, struct client_out *out)
{
    if (client->state != CLIENT_ONLINE || room->outbox_len == 0 || room->sent_us != INT64_MAX ||
        client->now_us < room->retry_us) {
        return;
    }
    struct message *first = &room->outbox[0];
    first->attempts++;
    if (first->attempts > 1) {
        struct client_effect *resent = client_emit_of(room, CLIENT_OUT_RESENT, out);
        resent->client_key = first->client_key;
        resent->value = first->attempts;
    }
    struct client_effect *effect = client_emit(out, CLIENT_OUT_SEND);
    effect->conn = client->conn;
    effect->wire = wire_ref(first->wire);
    room->sent_us = client->now_us;
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
    struct client_effect *acked = client_emit_of(room, CLIENT_OUT_ACKED, out);
    acked->client_key = ack->client_key;
    acked->frame = frame;
    client_seen(client, wire, ack->hlc, &ack->hlc_text);
    pop(room);
    client_outbox_flush(client, room, out);
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
        room->retry_us = client->now_us + (pause_us > 0 ? pause_us : client->config.backoff_us_min);
        return;
    }
    emit_failed(room, nack->client_key, out);
    pop(room);
    client_outbox_flush(client, room, out);
}

int64_t client_outbox_wake(const struct client *client, const struct client_room *room)
{
    if (room->outbox_len == 0) {
        return INT64_MAX;
    }
    return room->sent_us != INT64_MAX ? room->sent_us + client->config.answer_us : room->retry_us;
}

void client_outbox_offline(struct client_room *room)
{
    room->sent_us = INT64_MAX;
    room->retry_us = 0;
}
