/* The log of a room on this node: entries are applied and delivered in order, never past a gap. */
#include "server/node/log.h"

#include "server/base/mem.h"
#include "server/node/typing.h"
#include "server/node/user.h"

#include <string.h>

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
    if (entry->member_key != 0 && node->config.params.presence != 0) {
        u32_list_push(&node->membership, room->index);
    }
    deliver(node, room, entry->wire);
    if (room->typing.len > 0) {
        typing_entry(node, room, entry);
    }
    struct room_entry *place = &room->tail[entry->seq % cap];
    if (room->tail_len == cap) {
        wire_unref(&place->wire);
    } else {
        room->tail_len++;
    }
    *place = *entry;
    room->applied = entry->seq;
    room->changed = entry->kind != ENTRY_MESSAGE ? entry->seq : room->changed;
    room->moved = node->mono;
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

/* What is furthest from being next is thrown away, and read from the log when it is. False: that was the
 * entry itself. */
static bool make_room(struct node *node, struct room *room, uint32_t at, struct room_entry *entry)
{
    const bool last = at == room->held_len;
    struct room_entry *furthest = last ? entry : &room->held[room->held_len - 1];

    note(node, NOTE_HELD_FULL, room->key, (int64_t)furthest->seq);
    if (room->thrown == 0 || furthest->seq < room->thrown) {
        room->thrown = furthest->seq;
    }
    wire_unref(&furthest->wire);
    room->held_len -= last ? 0 : 1;
    return !last;
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
    if (room->held_len >= node->config.params.held_entries && !make_room(node, room, at, entry)) {
        return;
    }
    HB_GROW(room->held, room->held_len, room->held_cap);
    memmove(room->held + at + 1, room->held + at, (room->held_len - at) * sizeof *room->held);
    room->held[at] = *entry;
    room->held_len++;
    note(node, NOTE_HELD, room->key, (int64_t)entry->seq);
}

/* It is next: it came, so nobody will send it again. */
static void look_for_thrown(struct node *node, struct room *room)
{
    if (room->thrown <= room->applied) {
        room->thrown = 0;
    } else if (room->thrown == room->applied + 1) {
        room_head_told(node, room, room->head_known);
    }
}

void log_apply(struct node *node, struct room *room, struct room_entry entry)
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
        if (room->thrown > 0) {
            look_for_thrown(node, room);
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

void log_live(struct node *node, struct room *room, uint64_t head)
{
    HB_ASSERT(room->state == ROOM_LOADING);
    room->state = ROOM_LIVE;
    room->tail = hb_calloc(room_tail_cap(node), sizeof *room->tail);
    room->tail_len = 0;
    const bool near = room->load_from < head && head - room->load_from <= PAGE_ROWS_MAX;
    room->applied = room->changed = near ? room->load_from : head;
    room->head_known = head;
    room->moved = node->mono;
    room->behind = node->mono;
    drain(node, room);
    if (room->held_len > 0) {
        room_head_told(node, room, room->held[room->held_len - 1].seq);
    }
    if (room->thrown > 0) {
        room_head_told(node, room, room->thrown);
        look_for_thrown(node, room);
    }
}
