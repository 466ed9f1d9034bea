/* Rooms on this node: their subscription, who is here, the tail, and what is known of the head. The log
 * itself moves in log.c. */
#include "server/node/room.h"

#include "server/base/mem.h"
#include "server/node/bus.h"
#include "server/node/entry.h"
#include "server/node/ready.h"
#include "server/node/session.h"
#include "server/node/timer.h"
#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

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

static void key_drop(struct node *node, const struct room *room)
{
    uint64_t index;

    if (room->key != 0 && u64map_get(&node->room_by_key, (uint64_t)room->key, &index) &&
        index == room->index) {
        u64map_remove(&node->room_by_key, (uint64_t)room->key, NULL);
    }
}

struct room *room_named(struct node *node, struct text name)
{
    HB_ASSERT(name.len <= ID_BYTES_MAX);
    const uint32_t index = interner_add(&node->room_names, name.bytes, name.len);
    if (index == node->rooms_len) {
        HB_GROW(node->rooms, node->rooms_len, node->rooms_cap);
        node->rooms[node->rooms_len++] = NULL;
    }
    if (node->rooms[index] == NULL) {
        struct room *added = hb_calloc(1, sizeof *added);
        added->index = index;
        added->active_slot = INDEX_NONE;
        bus_channel(node, added->channel, BUS_ROOM, name);
        added->name = (struct text){added->channel + strlen(added->channel) - name.len, name.len};
        node->rooms[index] = added;
    }
    node->rooms[index]->used = node->mono;
    return node->rooms[index];
}

struct room *room_add(struct node *node, int64_t key, struct text name)
{
    struct room *room = room_named(node, name);

    HB_ASSERT(key != 0);
    if (room->key != key) {
        key_drop(node, room);
        room->key = key;
        u64map_put(&node->room_by_key, (uint64_t)key, room->index);
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

/* --- What is to be compared with the log --- */

static void gap_arm(struct node *node, struct room *room)
{
    const bool thrown = room->thrown == room->applied + 1; /* do not wait for the timer that runs */

    if ((!room->gap_armed || thrown) && !room->repairing) {
        room->gap_armed = true;
        timer_add(node, node->mono.us + room_gap_left_us(node, room), TIMER_ROOM_GAP, room->index,
                  room->life);
    }
}

int64_t room_gap_left_us(const struct node *node, const struct room *room)
{
    const struct node_params *params = &node->config.params;

    HB_ASSERT(room->head_known > room->applied);
    if (room->thrown == room->applied + 1) {
        return 0;
    }
    const int64_t last_us = room->moved.us > room->behind.us ? room->moved.us : room->behind.us;
    const int64_t due_us = last_us + GAP_WAIT_US(params);

    return due_us > node->mono.us ? due_us - node->mono.us : 0;
}

void room_head_told(struct node *node, struct room *room, uint64_t head)
{
    if (room->state != ROOM_LIVE) {
        return; /* the head that is being read will tell */
    }
    if (head > room->head_known) {
        if (room->head_known == room->applied) {
            room->behind = node->mono;
        }
        room->head_known = head;
    }
    if (room->head_known > room->applied) {
        gap_arm(node, room);
    }
}

void room_want_head(struct node *node, struct room *room)
{
    if (!room->heads_queued && room->state != ROOM_IDLE) {
        room->heads_queued = true;
        u32_list_push(&node->heads, room->index);
    }
}

void rooms_want_heads(struct node *node)
{
    for (uint32_t i = 0; i < node->active.len; i++) {
        struct room *room = node->rooms[node->active.items[i]];
        if (room->state == ROOM_LIVE && room_local(room)) {
            room_want_head(node, room);
        }
    }
}

/* One that waits for a confirmation which will not come is loaded; the log alone serves it. */
void rooms_without_redis(struct node *node)
{
    for (uint32_t i = 0; i < node->active.len; i++) {
        struct room *room = node->rooms[node->active.items[i]];
        if (room->state == ROOM_SUBSCRIBING) {
            room_load(node, room);
        }
    }
}

/* --- Life --- */

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
    room->typing.others_told = 0;
    room->typing.others_told_us = LONG_AGO_US;
    room->typing.timer_us = INT64_MAX;
    room->active_slot = node->active.len;
    u32_list_push(&node->active, room->index);
    bus_subscribe(node, BUS_ROOM, room->index, room->channel);
    if (redis_away(node)) {
        room_load(node, room); /* it is compared with the log when the channel is confirmed */
        return;
    }
    timer_add(node, node->mono.us + node->config.params.lease_us / 2, TIMER_ROOM_SUBSCRIBE,
              room->index, room->life);
}

void room_load(struct node *node, struct room *room)
{
    HB_ASSERT(room->state == ROOM_SUBSCRIBING);
    room->state = ROOM_LOADING;
    room_want_head(node, room);
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
    room->used = node->mono;
    room->life = ++node->serial; /* timers and answers of this activation find nothing now */
    room->confirmed = 0;
    room->typing.len = 0;
    room->typing.named = 0;
    room->typing.others_owed = false;
    room->gap_armed = false;
    room->thrown = 0;
    room->repairing = false;
}

static void room_deinit(const struct node *node, struct room *room)
{
    tail_clear(node, room);
    held_clear(room);
    free(room->tail);
    free(room->held);
    free(room->attached);
    free(room->waiters);
    free(room->presence.people.items);
    free(room->typing.items);
    free(room);
}

bool room_forget(struct node *node, struct room *room)
{
    const uint32_t index = room->index;

    HB_ASSERT(room->state == ROOM_IDLE && !room_local(room));
    HB_ASSERT(!room->heads_queued && !room->announce.touched);
    if (!bus_forget(node, room->channel)) {
        return false;
    }
    key_drop(node, room);
    room_deinit(node, room);
    node->rooms[index] = NULL;
    interner_remove(&node->room_names, index);
    return true;
}

void rooms_deinit(struct node *node)
{
    for (uint32_t i = 0; i < node->rooms_len; i++) {
        if (node->rooms[i] != NULL) {
            room_deinit(node, node->rooms[i]);
        }
    }
    interner_deinit(&node->room_names);
    free(node->rooms);
    u64map_deinit(&node->room_by_key);
    free(node->active.items);
    free(node->heads.items);
}

/* --- Who is here --- */

static void empty_check(struct node *node, struct room *room)
{
    if (!room_local(room)) {
        room->empty_since = node->mono;
    }
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

void room_wait(struct node *node, struct room *room, struct session *session)
{
    HB_GROW(room->waiters, room->waiters_len, room->waiters_cap);
    room->waiters[room->waiters_len++] = session_ref(session);
    room_check_waiters(node, room);
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
    HB_ASSERT(room->state == ROOM_LIVE);
    HB_ASSERT(place->slot == INDEX_NONE && place->room == room->index);
    HB_GROW(room->attached, room->attached_len, room->attached_cap);
    place->slot = room->attached_len;
    place->since = room->applied;
    room->attached[room->attached_len++] =
        (struct attachment){.conn = session->conn, .session = session->index};
    if (node->config.params.presence != 0) {
        HB_GROW(node->arrivals, node->arrivals_len, node->arrivals_cap);
        node->arrivals[node->arrivals_len++] = (struct settled){session_ref(session), room->index};
    }
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

/* --- The tail --- */

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
