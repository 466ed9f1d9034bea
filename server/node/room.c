/* The log of a room on this node: entries are applied and delivered in order, never past a gap. */
#include <stdlib.h>
#include <string.h>

#include "server/node/node_internal.h"
#include "server/protocol/id.h"

uint32_t room_tail_cap(const struct node *node)
{
    /* One at least: the ring also tells own entries from others'. */
    const int64_t entries = node->config.params.tail_entries;
    return entries > 0 ? (uint32_t)entries : 1;
}

struct room *room_find_key(struct node *node, int64_t key)
{
    uint64_t index;

    return u64map_get(&node->room_by_key, (uint64_t)key, &index) ? node->rooms[index] : NULL;
}

struct room *room_add(struct node *node, int64_t key, struct text name)
{
    HB_ASSERT(key != 0 && name.len <= ID_BYTES_MAX);
    const uint32_t index = interner_add(&node->room_names, name.bytes, name.len);
    if (index == node->rooms_len) {
        HB_GROW(node->rooms, node->rooms_len, node->rooms_cap);
        struct room *added = hb_calloc(1, sizeof *added);
        added->index = index;
        added->active_slot = INDEX_NONE;
        memcpy(added->channel, "room:", 5);
        memcpy(added->channel + 5, name.bytes, name.len);
        added->name = (struct text){added->channel + 5, name.len};
        node->rooms[node->rooms_len++] = added;
    }
    struct room *room = node->rooms[index];
    if (room->key != key) {
        room->key = key;
        u64map_put(&node->room_by_key, (uint64_t)key, index);
    }
    return room;
}

struct room *room_of_row(struct node *node, const struct db_value *row, uint64_t *ret_head,
                         uint64_t *ret_joined)
{
    int64_t key;

    if (!value_key(&row[0], &key) || !id_valid(value_text(&row[1])) ||
        !value_seq(&row[2], ret_head) || !value_seq(&row[3], ret_joined)) {
        note(node, NOTE_ROW_BAD, DB_USER_ROOMS, 0);
        return NULL;
    }
    return room_add(node, key, row[1].text);
}

bool room_local(const struct room *room)
{
    return room->attached_len + room->waiters_len > 0;
}

void room_want(struct node *node, struct room *room, uint64_t load_from)
{
    if (room->state != ROOM_IDLE) {
        if (room->state != ROOM_LIVE && load_from < room->load_from) {
            room->load_from = load_from;
        }
        return;
    }
    room->state = ROOM_SUBSCRIBING;
    room->life = ++node->serial;
    room->load_from = load_from;
    room->applied = 0;
    room->head_known = 0;
    room->empty_since = node->mono;
    room->active_slot = node->active.len;
    u32_list_push(&node->active, room->index);
    bus_subscribe(node, BUS_ROOM, room->index, room->channel);
    timer_add(node, node->mono.us + node->config.params.lease_us / 2, TIMER_ROOM_SUBSCRIBE,
              room->index, room->life);
}

void room_load(struct node *node, struct room *room)
{
    HB_ASSERT(room->state == ROOM_SUBSCRIBING);
    room->state = ROOM_LOADING;
    heads_want(node, room);
}

static void tail_clear(const struct node *node, struct room *room)
{
    const uint32_t cap = room_tail_cap(node);

    for (uint32_t i = 0; i < room->tail_len; i++) {
        wire_unref(&room->tail[(room->applied - i) % cap].wire);
    }
    room->tail_len = 0;
}

static void held_clear(struct room *room)
{
    for (uint32_t i = 0; i < room->held_len; i++) {
        wire_unref(&room->held[i].wire);
    }
    room->held_len = 0;
}

void room_release(struct node *node, struct room *room)
{
    HB_ASSERT(!room_local(room));
    if (room->state == ROOM_IDLE) {
        return;
    }
    bus_unsubscribe(node, room->channel);
    tail_clear(node, room);
    free(room->tail);
    room->tail = NULL;
    held_clear(room);
    const uint32_t moved = node->active.items[--node->active.len];
    node->active.items[room->active_slot] = moved;
    node->rooms[moved]->active_slot = room->active_slot;
    room->active_slot = INDEX_NONE;
    room->state = ROOM_IDLE;
    room->life = ++node->serial; /* timers and answers of this activation find nothing now */
    room->confirmed = 0;
    room->gap_armed = false;
    room->repairing = false;
}

void room_deinit(const struct node *node, struct room *room)
{
    tail_clear(node, room);
    held_clear(room);
    free(room->tail);
    free(room->held);
    free(room->attached);
    free(room->waiters);
    free(room);
}

/* --- Who is here --- */

void room_wait(struct node *node, struct room *room, struct session *session)
{
    HB_GROW(room->waiters, room->waiters_len, room->waiters_cap);
    room->waiters[room->waiters_len++] = session_ref(session);
    room_check_waiters(node, room);
}

static void empty_check(struct node *node, struct room *room)
{
    if (!room_local(room)) {
        room->empty_since = node->mono;
    }
}

void room_unwait(struct node *node, struct room *room, const struct session *session)
{
    for (uint32_t i = 0; i < room->waiters_len; i++) {
        if (room->waiters[i].serial == session->serial) {
            room->waiters[i] = room->waiters[--room->waiters_len];
            empty_check(node, room);
            return;
        }
    }
}

void room_attach(struct node *node, struct room *room, struct session *session,
                 struct session_room *place)
{
    (void)node;
    HB_ASSERT(room->state == ROOM_LIVE);
    HB_ASSERT(place->slot == INDEX_NONE && place->room == room->index);
    HB_GROW(room->attached, room->attached_len, room->attached_cap);
    place->slot = room->attached_len;
    room->attached[room->attached_len++] =
        (struct attachment){.conn = session->conn, .session = session->index};
}

void room_detach(struct node *node, struct room *room, struct session_room *place)
{
    HB_ASSERT(place->slot < room->attached_len);
    const struct attachment last = room->attached[--room->attached_len];
    const uint32_t slot = place->slot;
    place->slot = INDEX_NONE;
    if (slot < room->attached_len) {
        room->attached[slot] = last;
        struct session_room *moved = session_room_find(node->sessions[last.session], room->index);
        HB_ASSERT(moved != NULL && moved->slot == room->attached_len);
        moved->slot = slot;
    }
    empty_check(node, room);
}

void room_check_waiters(struct node *node, struct room *room)
{
    uint32_t kept = 0;

    if (room->state != ROOM_LIVE) {
        return;
    }
    for (uint32_t i = 0; i < room->waiters_len; i++) {
        const struct session_ref ref = room->waiters[i];
        struct session *session = session_get(node, ref);
        HB_ASSERT(session != NULL); /* session_close takes it off */
        struct session_room *place = session_room_find(session, room->index);
        HB_ASSERT(place != NULL && place->waiting);
        if (place->need > room->applied) {
            room_head_told(node, room, place->need);
            room->waiters[kept++] = ref;
            continue;
        }
        place->waiting = false;
        session->rooms_waiting--;
        HB_GROW(node->settled, node->settled_len, node->settled_cap);
        node->settled[node->settled_len++] = (struct settled){ref, room->index};
    }
    room->waiters_len = kept;
    empty_check(node, room);
}

/* --- The log --- */

bool room_tail_covers(const struct room *room, uint64_t seq)
{
    return seq > room->applied || room->applied - seq < room->tail_len;
}

void room_tail_send(struct node *node, struct room *room, struct conn_id conn, uint64_t from)
{
    const uint32_t cap = room_tail_cap(node);

    HB_ASSERT(room_tail_covers(room, from));
    for (uint64_t seq = from; seq <= room->applied; seq++) {
        HB_ASSERT(room->tail[seq % cap].seq == seq);
        send_wire(node, conn, room->tail[seq % cap].wire);
    }
}

static void deliver(struct node *node, struct room *room, struct wire *wire)
{
    struct effects *out = node->out;
    const uint32_t count = room->attached_len;

    if (count == 0) {
        return;
    }
    if (out->cap - out->len < count) {
        const size_t cap = (out->cap + count) * 2;
        out->items = hb_realloc(out->items, cap * sizeof *out->items);
        out->cap = cap;
    }
    struct effect *effects = out->items + out->len;
    for (uint32_t i = 0; i < count; i++) {
        effects[i].kind = EFFECT_SEND;
        effects[i].send.conn = room->attached[i].conn;
        effects[i].send.wire = wire;
    }
    wire->refs += count;
    out->len += count;
    node->counts.frames_sent += count;
}

/* I1: the entry is the next one. Takes its wire. */
static void advance(struct node *node, struct room *room, const struct room_entry *entry)
{
    const uint32_t cap = room_tail_cap(node);

    HB_ASSERT(entry->seq == room->applied + 1);
    if (hlc_take(&node->hlc, node->wall, entry->hlc) != HB_OK) {
        note(node, NOTE_HLC_SKEW, hlc_ms(entry->hlc) - node->wall.ms, 0);
    }
    if (entry->kind == ENTRY_JOIN) {
        user_joined(node, room, entry);
    } else if (entry->kind == ENTRY_UNKNOWN) {
        note(node, NOTE_ENTRY_UNKNOWN, room->key, (int64_t)entry->seq);
    }
    deliver(node, room, entry->wire);
    struct room_entry *place = &room->tail[entry->seq % cap];
    if (room->tail_len == cap) {
        wire_unref(&place->wire);
    } else {
        room->tail_len++;
    }
    *place = *entry;
    room->applied = entry->seq;
    if (room->head_known < room->applied) {
        room->head_known = room->applied;
    }
    if (entry->kind == ENTRY_LEAVE) {
        user_left(node, room, entry);
    }
}

static void drain(struct node *node, struct room *room)
{
    uint32_t done = 0;

    while (done < room->held_len && room->held[done].seq <= room->applied + 1) {
        struct room_entry *entry = &room->held[done++];
        if (entry->seq == room->applied + 1) {
            advance(node, room, entry);
        } else {
            wire_unref(&entry->wire);
        }
    }
    if (done > 0) {
        room->held_len -= done;
        memmove(room->held, room->held + done, room->held_len * sizeof *room->held);
    }
}

/* Takes the wire. */
static void hold(struct node *node, struct room *room, struct room_entry *entry)
{
    uint32_t at = room->held_len;

    while (at > 0 && room->held[at - 1].seq > entry->seq) {
        at--;
    }
    if (at > 0 && room->held[at - 1].seq == entry->seq) {
        note(node, NOTE_DUPLICATE, room->key, (int64_t)entry->seq);
        wire_unref(&entry->wire);
        return;
    }
    if (room->held_len == HELD_MAX) {
        wire_unref(&entry->wire); /* the repair will bring it */
        return;
    }
    HB_GROW(room->held, room->held_len, room->held_cap);
    memmove(room->held + at + 1, room->held + at, (room->held_len - at) * sizeof *room->held);
    room->held[at] = *entry;
    room->held_len++;
    note(node, NOTE_HELD, room->key, (int64_t)entry->seq);
}

void room_apply(struct node *node, struct room *room, struct room_entry entry)
{
    if (room->state == ROOM_IDLE || room->state == ROOM_SUBSCRIBING) {
        wire_unref(&entry.wire);
        return;
    }
    if (room->state == ROOM_LOADING) {
        hold(node, room, &entry);
        return;
    }
    if (entry.seq <= room->applied) {
        note(node, NOTE_DUPLICATE, room->key, (int64_t)entry.seq);
        wire_unref(&entry.wire);
        return;
    }
    if (entry.seq == room->applied + 1) {
        advance(node, room, &entry);
        if (room->held_len > 0) {
            drain(node, room);
        }
        if (room->waiters_len > 0) {
            room_check_waiters(node, room);
        }
        return;
    }
    const uint64_t seq = entry.seq;
    hold(node, room, &entry);
    room_head_told(node, room, seq);
}

void room_head_told(struct node *node, struct room *room, uint64_t head)
{
    if (room->state != ROOM_LIVE) {
        return; /* the head that is being read will tell */
    }
    if (head > room->head_known) {
        room->head_known = head;
    }
    if (room->head_known > room->applied) {
        room_gap_arm(node, room);
    }
}

void room_live(struct node *node, struct room *room, uint64_t head)
{
    HB_ASSERT(room->state == ROOM_LOADING);
    room->state = ROOM_LIVE;
    room->tail = hb_calloc(room_tail_cap(node), sizeof *room->tail);
    room->tail_len = 0;
    const bool near = room->load_from < head && head - room->load_from <= PAGE_ROWS_MAX;
    room->applied = near ? room->load_from : head;
    room->head_known = head;
    drain(node, room);
    if (room->held_len > 0) {
        room_head_told(node, room, room->held[room->held_len - 1].seq);
    }
    if (room->head_known > room->applied) {
        room_repair(node, room);
    }
    room_check_waiters(node, room);
}
