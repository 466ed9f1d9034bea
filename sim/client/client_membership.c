/* See client_membership.h. */
#include "sim/client/client_membership.h"

#include "server/base/mem.h"
#include "server/protocol/id.h"
#include "sim/client/client_conn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command {
    uint64_t client_key;
    char *room; /* owned */
    struct wire *wire;
};

struct client_membership {
    struct command
        queue[CLIENT_COMMANDS_MAX]; /* in the order asked; only the first may be on the wire */
    uint32_t len;
    uint64_t asked;
    char *over;       /* the room of the last answer; owned */
    int64_t sent_us;  /* INT64_MAX: the first is not on the wire */
    int64_t retry_us; /* not before this, after a refusal for now */
};

void client_membership_deinit(struct client *client)
{
    struct client_membership *membership = client->membership;

    for (uint32_t i = 0; membership != NULL && i < membership->len; i++) {
        free(membership->queue[i].room);
        wire_unref(&membership->queue[i].wire);
    }
    if (membership != NULL) {
        free(membership->over);
        free(membership);
        client->membership = NULL;
    }
}

uint32_t client_membership_len(const struct client *client)
{
    return client->membership != NULL ? client->membership->len : 0;
}

static void arm(struct client *client)
{
    const struct client_membership *membership = client->membership;
    int64_t at_us = INT64_MAX;

    if (membership->len > 0 && client->state == CLIENT_ONLINE) {
        at_us = membership->sent_us != INT64_MAX
                    ? membership->sent_us + client->config.params.answer_us
                    : membership->retry_us;
    }
    client->alarm_us[CLIENT_ALARM_MEMBERSHIP] = at_us;
}

static struct client_effect *emit(const struct command *command, enum client_effect_kind kind,
                                  struct client_out *out)
{
    struct client_effect *effect = client_emit(out, kind);

    effect->room_id = text_of(command->room);
    effect->client_key = command->client_key;
    return effect;
}

void client_membership_flush(struct client *client, struct client_out *out)
{
    struct client_membership *membership = client->membership;

    if (membership == NULL) {
        return;
    }
    if (client->state == CLIENT_ONLINE && membership->len > 0 && membership->sent_us == INT64_MAX &&
        client->now_us >= membership->retry_us) {
        struct client_effect *sent = client_emit(out, CLIENT_OUT_SEND);
        sent->conn = client->conn;
        sent->wire = wire_ref(membership->queue[0].wire);
        membership->sent_us = client->now_us;
    }
    arm(client);
}

/* The next one's id. Of another installation, another. */
static struct text next_id(const struct client *client, char store[ID_BYTES_MAX + 1])
{
    const int len = snprintf(store, ID_BYTES_MAX + 1, "%.*s-%um%" PRIu64,
                             (int)client->config.device.len, client->config.device.bytes,
                             (unsigned)client->installation, client->membership->asked);

    HB_ASSERT(len > 0 && len <= ID_BYTES_MAX);
    return (struct text){store, (uint32_t)len};
}

void client_membership_ask(struct client *client, const struct frame *asked, struct client_out *out)
{
    char store[ID_BYTES_MAX + 1];
    struct frame frame = *asked;

    if (client->membership == NULL) {
        client->membership = hb_calloc(1, sizeof *client->membership);
        client->membership->sent_us = INT64_MAX;
    }
    struct client_membership *membership = client->membership;
    if (membership->len == CLIENT_COMMANDS_MAX) {
        return;
    }
    membership->asked++;
    frame.room.client_id = next_id(client, store);
    struct command *command = &membership->queue[membership->len++];
    *command =
        (struct command){.client_key = id_key(frame.room.client_id),
                         .room = hb_strndup(frame.room.room_id.bytes, frame.room.room_id.len),
                         .wire = client_wire(&frame)};
    for (uint32_t i = 0; i < frame.room.members_len; i++) {
        emit(command, CLIENT_OUT_INVITES, out)->user = &asked->room.members[i];
    }
    emit(command, CLIENT_OUT_ASKS, out)->value = (int64_t)frame.type;
    client_membership_flush(client, out);
}

bool client_membership_answered(struct client *client, struct wire *wire, const struct frame *frame,
                                struct client_out *out)
{
    struct client_membership *membership = client->membership;
    const bool acked = frame->type == FRAME_ACK;
    const uint64_t key = acked ? frame->ack.client_key : frame->nack.client_key;

    if (membership == NULL || membership->len == 0 || membership->queue[0].client_key != key) {
        return false;
    }
    if (!acked && membership->sent_us == INT64_MAX) {
        return true; /* of an attempt that is over */
    }
    membership->sent_us = INT64_MAX;
    if (!acked && frame->nack.temporary) {
        const int64_t pause_us = (int64_t)frame->nack.retry_after_ms * 1000;
        membership->retry_us =
            client->now_us + (pause_us > 0 ? pause_us : client->config.params.backoff_us_min);
        arm(client);
        return true;
    }
    emit(&membership->queue[0], acked ? CLIENT_OUT_GRANTED : CLIENT_OUT_DENIED, out)->frame = frame;
    if (acked) {
        client_seen(client, wire, frame->ack.hlc, &frame->ack.hlc_text);
    }
    membership->retry_us = 0;
    free(membership->over);                       /* of the step before */
    membership->over = membership->queue[0].room; /* which the effect borrows */
    wire_unref(&membership->queue[0].wire);
    membership->len--;
    memmove(&membership->queue[0], &membership->queue[1],
            membership->len * sizeof membership->queue[0]);
    client_membership_flush(client, out);
    return true;
}

bool client_membership_look(struct client *client, struct client_out *out)
{
    const struct client_membership *membership = client->membership;

    if (membership->sent_us != INT64_MAX) {
        return true;
    }
    client_membership_flush(client, out);
    return false;
}

void client_membership_offline(struct client *client)
{
    if (client->membership != NULL) {
        client->membership->sent_us = INT64_MAX;
        client->membership->retry_us = 0; /* the alarms are all unset */
    }
}
