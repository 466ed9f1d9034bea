/* See client_room.h. */
#include "sim/client/client_room.h"

#include "server/base/mem.h"
#include "sim/client/client_conn.h"
#include "sim/client/client_gap.h"
#include "sim/client/client_sync.h"
#include "sim/client/client_typing.h"

#include <stdlib.h>
#include <string.h>

struct client_room *client_room_add(struct client *client, struct text room_id, uint32_t ref)
{
    if (client->rooms_len > 0) {
        const uint32_t more_len = client->rooms_len - 1;
        HB_GROW(client->more, more_len, client->more_cap);
    }
    client->rooms_len++;
    struct client_room *room = client_room_at(client, client->rooms_len - 1);
    *room = (struct client_room){.key = id_key(room_id),
                                 .ref = ref,
                                 .receipts = client->config.params.receipt_us != 0,
                                 .by_time = client->config.params.by_time != 0,
                                 .room_id = room_id,
                                 .sent_us = INT64_MAX};
    return room;
}

struct client_room *client_room_learn(struct client *client, struct text room_id, uint64_t key)
{
    struct client_room *room = client_room_find(client, key);
    if (room != NULL || client->rooms_len >= ROOMS_PER_USER_MAX) {
        return room; /* a user has no more rooms than that: no server names more */
    }
    room = client_room_add(client, room_id, CLIENT_ROOM_NONE);
    room->room_id_owned = hb_strndup(room_id.bytes, room_id.len); /* the frame will be gone */
    room->room_id.bytes = room->room_id_owned;
    return room;
}

struct client_room *client_room_find(const struct client *client, uint64_t key)
{
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        if (client_room_at(client, i)->key == key) {
            return client_room_at(client, i);
        }
    }
    return NULL;
}

struct client_room *client_room_said(const struct client *client, uint32_t ref, struct text room_id)
{
    if (ref == CLIENT_ROOM_NONE) {
        return client_room_find(client, id_key(room_id));
    }
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        if (client_room_at(client, i)->ref == ref) {
            return client_room_at(client, i);
        }
    }
    return NULL;
}

/* An idle client keeps no memory for gaps. */
static void held_release(struct client_room *room)
{
    HB_ASSERT(room->held_len == 0);
    free(room->held);
    room->held = NULL;
    room->held_cap = 0;
}

static void held_clear(struct client_room *room)
{
    for (uint32_t i = 0; i < room->held_len; i++) {
        wire_unref(&room->held[i].wire);
    }
    room->held_len = 0;
    held_release(room);
}

void client_room_deinit(struct client_room *room)
{
    held_clear(room);
    client_gaps_clear(room);
    for (uint32_t i = 0; i < room->outbox_len; i++) {
        wire_unref(&room->outbox[i].wire);
    }
    free(room->outbox);
    free(room->room_id_owned);
}

void client_room_reset(struct client_room *room, uint64_t next, struct client_out *out)
{
    if (room->shown_any) {
        (void)client_emit_of(room, CLIENT_OUT_RESET, out);
    }
    held_clear(room);
    client_gaps_clear(room);
    room->shown_any = false;
    room->outside = false;
    room->thrown = 0;
    room->wants_sync = false;
    room->wants_newest = false;
    room->next = next;
}

/* --- Order ---------------------------------------------------------------------------------- */

void client_room_replace(const struct client_room *room, struct client_message *message,
                         uint64_t seq, uint64_t entry_key, struct client_out *out)
{
    if (message->replaced) {
        return; /* by the ack, or by the entry, whichever came first */
    }
    message->replaced = true;
    struct client_effect *effect = client_emit_of(room, CLIENT_OUT_REPLACED, out);
    effect->client_key = message->client_key;
    effect->value = (int64_t)seq;
    effect->content_key = entry_key;
}

/* What this device wrote comes before its ack. */
static void show_own(struct client_room *room, const struct entry *entry, struct client_out *out)
{
    for (uint32_t i = 0; i < room->outbox_len; i++) {
        if (room->outbox[i].client_key == entry->client_key) {
            client_room_replace(room, &room->outbox[i], entry->seq, entry->id_key, out);
        }
    }
}

static void show_entry(struct client *client, struct client_room *room, struct wire *wire,
                       const struct entry *entry, struct client_out *out)
{
    if (room->outbox_len > 0 && entry->sender_key == client->user_key) {
        show_own(room, entry, out);
    }
    struct client_effect *effect = client_emit(out, CLIENT_OUT_SHOWN);
    effect->room_ref = room->ref;
    effect->entry = entry;
    client_seen(client, wire, entry->hlc, &entry->hlc_text);
    if (room->by_time && entry->timestamp_ms > client->newest_ms) {
        client->newest_ms = entry->timestamp_ms;
    }
    if (client->typing != NULL) {
        client_typing_entry(client, room->key, entry, out);
    }
}

static void show(struct client *client, struct client_room *room, struct wire *wire,
                 const struct entry *entry, struct client_out *out)
{
    HB_ASSERT(entry->seq == room->next); /* I1 */
    show_entry(client, room, wire, entry, out);
    room->next++;
    room->shown_any = true;
    if (entry->kind != ENTRY_MESSAGE && entry->sender_key == client->user_key) {
        room->outside = entry->kind == ENTRY_LEAVE;
    }
}

static void received(const struct client_room *room, const struct entry *entry, bool held,
                     struct client_out *out)
{
    struct client_effect *effect = client_emit(out, CLIENT_OUT_RECV);
    effect->room_ref = room->ref;
    effect->entry = entry;
    effect->value = held;
}

/* Our own join, beyond a time when the room was not ours. */
static bool starts_anew(const struct client *client, const struct client_room *room,
                        const struct entry *entry)
{
    return room->outside && entry->seq > room->next && entry->kind == ENTRY_JOIN &&
           entry->sender_key == client->user_key;
}

/* The display epoch starts at this entry, and what is held stays. */
static void start_anew(struct client_room *room, const struct entry *entry, struct client_out *out)
{
    if (room->shown_any) {
        client_emit_of(room, CLIENT_OUT_RESET, out)->value = 1;
    }
    client_gaps_clear(room);
    room->next = entry->seq;
}

static void drain(struct client *client, struct client_room *room, struct client_out *out)
{
    uint32_t count = 0;
    for (; count < room->held_len; count++) {
        const struct entry *entry = room->held[count].entry;
        if (starts_anew(client, room, entry)) {
            start_anew(room, entry, out);
        }
        if (entry->seq > room->next) {
            break;
        }
        if (entry->seq == room->next) {
            show(client, room, room->held[count].wire, entry, out);
        }
        /* The effect borrows the entry until the next step. */
        HB_GROW(client->parked, client->parked_len, client->parked_cap);
        client->parked[client->parked_len++] = room->held[count].wire;
    }
    room->held_len -= count;
    if (room->held_len == 0) {
        held_release(room);
        client_sync_arm(client);
    } else if (count > 0) {
        memmove(&room->held[0], &room->held[count], room->held_len * sizeof room->held[0]);
    }
}

static void hold(struct client *client, struct client_room *room, struct wire *wire,
                 const struct entry *entry, struct client_out *out)
{
    uint32_t at = room->held_len;
    while (at > 0 && room->held[at - 1].entry->seq > entry->seq) {
        at--;
    }
    if (at > 0 && room->held[at - 1].entry->seq == entry->seq) {
        received(room, entry, false, out);
        return;
    }
    if (room->held_len >= client->config.params.held_entries) {
        received(room, entry, false, out);
        room->wants_sync = true; /* which brings it, too */
        room->thrown = entry->seq > room->thrown ? entry->seq : room->thrown;
        client_sync_begin(client, out);
        return;
    }
    if (room->held_len == 0) {
        room->held_since_us = client->now_us;
    }
    HB_GROW(room->held, room->held_len, room->held_cap);
    memmove(&room->held[at + 1], &room->held[at], (room->held_len - at) * sizeof room->held[0]);
    room->held[at] = (struct client_held){wire_ref(wire), entry};
    room->held_len++;
    client_sync_arm(client);
    received(room, entry, true, out);
}

void client_room_entry(struct client *client, struct client_room *room, struct wire *wire,
                       const struct entry *entry, struct client_out *out)
{
    HB_ASSERT(room->next > 0);
    if (entry->seq == room->next) {
        show(client, room, wire, entry, out);
        if (room->held_len > 0) {
            drain(client, room, out);
        }
    } else if (entry->seq < room->next) {
        if (client_gap_take(room, entry->seq)) {
            show_entry(client, room, wire, entry, out);
            client_sync_arm(client);
        } else {
            received(room, entry, false, out);
        }
    } else if (starts_anew(client, room, entry)) {
        start_anew(room, entry, out);
        show(client, room, wire, entry, out);
        drain(client, room, out);
    } else {
        hold(client, room, wire, entry, out);
    }
}

void client_room_offline(struct client_room *room)
{
    held_clear(room); /* the resume brings them again */
    room->wants_sync = false;
    room->wants_newest = false;
    room->in_sync = false;
}

void client_room_newest(struct client *client, struct client_room *room, struct wire *wire,
                        const struct entry *entries, uint32_t len, struct client_out *out)
{
    if (len > 0 && entries[0].seq > room->next && !starts_anew(client, room, &entries[0])) {
        client_gap_open(room, entries[0].seq, out);
    }
    for (uint32_t i = 0; i < len; i++) {
        client_room_entry(client, room, wire, &entries[i], out);
    }
    if (room->held_len > 0) {
        drain(client, room, out);
    }
}

void client_parked_clear(struct client *client)
{
    for (uint32_t i = 0; i < client->parked_len; i++) {
        wire_unref(&client->parked[i]);
    }
    free(client->parked);
    client->parked = NULL;
    client->parked_len = 0;
    client->parked_cap = 0;
}
