/* Users with a connection here: their channel, their rooms, and what changes them.
 *
 * A join or leave is an entry of the room's log, so sessions are attached and detached exactly
 * where it stands. The channel of the user only says that a room may have come which this node
 * does not follow yet; the rooms are then read again. */
#include "server/node/user.h"

#include "server/base/mem.h"
#include "server/node/bus.h"
#include "server/node/entry.h"
#include "server/node/job.h"
#include "server/node/room.h"
#include "server/node/session.h"
#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

uint32_t user_add(struct node *node, struct text name)
{
    HB_ASSERT(id_valid(name));
    const uint32_t index = interner_add(&node->user_names, name.bytes, name.len);
    if (index == node->users_len) {
        HB_GROW(node->users, node->users_len, node->users_cap);
        node->users[node->users_len++] = NULL;
    }
    if (node->users[index] == NULL) {
        struct user *user = hb_calloc(1, sizeof *user);
        bus_channel(node, user->channel, BUS_USER, name);
        user->name = (struct text){user->channel + strlen(user->channel) - name.len, name.len};
        user->id_key = id_key(name);
        node->users[index] = user;
    }
    node->users[index]->used = node->mono;
    return index;
}

static void user_deinit(struct user *user)
{
    free(user->sessions);
    free(user);
}

bool user_forget(struct node *node, uint32_t index)
{
    struct user *user = node->users[index];

    HB_ASSERT(user->sessions_len == 0 && !user->dirty);
    if (!bus_forget(node, user->channel)) {
        return false;
    }
    user_deinit(user);
    node->users[index] = NULL;
    interner_remove(&node->user_names, index);
    return true;
}

void users_deinit(struct node *node)
{
    for (uint32_t i = 0; i < node->users_len; i++) {
        if (node->users[i] != NULL) {
            user_deinit(node->users[i]);
        }
    }
    interner_deinit(&node->user_names);
    free(node->users);
    free(node->users_dirty.items);
}

void user_enter(struct node *node, uint32_t index, struct session *session)
{
    struct user *user = node->users[index];

    HB_ASSERT(session->user == INDEX_NONE);
    session->user = index;
    HB_GROW(user->sessions, user->sessions_len, user->sessions_cap);
    user->sessions[user->sessions_len++] = session->index;
    if (user->sessions_len > node->config.params.connections_per_user) {
        HB_GROW(node->excess, node->excess_len, node->excess_cap);
        node->excess[node->excess_len++] = session_ref(session);
    }
    if (user->sessions_len == 1) {
        bus_subscribe(node, BUS_USER, index, user->channel);
    }
}

void user_leave(struct node *node, struct session *session)
{
    struct user *user = node->users[session->user];

    for (uint32_t i = 0; i < user->sessions_len; i++) {
        if (user->sessions[i] == session->index) {
            user->sessions[i] = user->sessions[--user->sessions_len];
            break;
        }
    }
    session->user = INDEX_NONE;
    user->used = node->mono;
    if (user->sessions_len == 0) {
        bus_unsubscribe(node, user->channel);
    }
}

/* --- Rooms read again --- */

void user_dirty(struct node *node, uint32_t index)
{
    struct user *user = node->users[index];
    bool live = false;

    for (uint32_t i = 0; i < user->sessions_len; i++) {
        struct session *session = node->sessions[user->sessions[i]];
        if (session->state == SESSION_LIVE) {
            live = true;
        } else {
            session->reread = true;
        }
    }
    if (live && !user->dirty) {
        user->dirty = true;
        u32_list_push(&node->users_dirty, index);
    }
}

void users_dirty(struct node *node)
{
    for (uint32_t i = 0; i < node->users_len; i++) {
        if (node->users[i] != NULL && node->users[i]->sessions_len > 0) {
            user_dirty(node, i);
        }
    }
}

void users_start(struct node *node, struct job *job)
{
    struct db_tx *tx = job_tx(node, job, true);

    for (uint32_t i = 0; i < job->refs_len; i++) {
        struct db_call *call = db_tx_call(tx, DB_USER_ROOMS);
        db_tx_text(tx, call, node->users[job->refs[i].index]->name);
    }
    job_submit(node, tx);
}

/* One transaction at a time: a storm of confirmations becomes few reads. */
void users_flush(struct node *node)
{
    uint32_t taken = 0;

    if (node->users_reading || node->users_dirty.len == 0 || node->key == 0) {
        return;
    }
    struct job *job = job_new(node, JOB_USERS);
    while (taken < node->users_dirty.len && taken < node->config.params.reread_users) {
        const uint32_t index = node->users_dirty.items[taken++];
        node->users[index]->dirty = false;
        HB_GROW(job->refs, job->refs_len, job->refs_cap);
        job->refs[job->refs_len++] = (struct job_ref){.index = index};
    }
    node->users_dirty.len -= taken;
    if (node->users_dirty.len > 0) {
        note(node, NOTE_USERS_SPLIT, node->users_dirty.len, 0);
    }
    memmove(node->users_dirty.items, node->users_dirty.items + taken,
            node->users_dirty.len * sizeof *node->users_dirty.items);
    node->users_reading = true;
    users_start(node, job);
}

void user_room_add(struct node *node, uint32_t index, uint32_t room_index, uint64_t head,
                   uint64_t joined)
{
    const struct user *user = node->users[index];
    struct room *room = node->rooms[room_index];

    for (uint32_t i = 0; i < user->sessions_len; i++) {
        struct session *session = node->sessions[user->sessions[i]];
        if (session->state != SESSION_LIVE ||
            session->rooms_len >= node->config.params.rooms_per_user ||
            session_room_find(session, room_index) != NULL) {
            continue;
        }
        HB_GROW(session->rooms, session->rooms_len, session->rooms_cap);
        session->rooms[session->rooms_len++] = (struct session_room){.room = room_index,
                                                                     .slot = INDEX_NONE,
                                                                     .need = head,
                                                                     .joined = joined,
                                                                     .waiting = true};
        session->rooms_waiting++;
        room_want(node, room, joined > 0 ? joined - 1 : 0);
        room_wait(node, room, session);
    }
}

void users_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    if (answer->err != HB_OK) {
        job_retry(node, job);
        return;
    }
    for (uint32_t i = 0; i < job->refs_len; i++) {
        const struct db_rows *rows = &answer->calls[i];
        for (uint32_t r = 0; r < rows->rows_len; r++) {
            const struct db_value *row = rows->values + (size_t)r * rows->columns;
            uint64_t head;
            uint64_t joined;
            const struct room *room = room_of_row(node, row, &head, &joined);
            if (room != NULL) {
                user_room_add(node, job->refs[i].index, room->index, head, joined);
            }
        }
    }
    node->users_reading = false;
    job_free(node, job);
}

static void room_remove(struct session *session, struct session_room *place)
{
    *place = session->rooms[--session->rooms_len];
}

bool user_room_stays(struct node *node, struct session *session, struct room *room)
{
    struct session_room *place = session_room_find(session, room->index);
    const uint64_t key = node->users[session->user]->id_key;
    const enum membership since =
        room->state == ROOM_LIVE
            ? user_membership_since(room, room_tail_cap(node), place->need, key)
            : MEMBERSHIP_UNCLEAR;

    switch (since) {
    case MEMBERSHIP_KEPT:
        return true;
    case MEMBERSHIP_LEFT:
        room_remove(session, place);
        return false;
    case MEMBERSHIP_UNCLEAR:
        room_remove(session, place);
        user_dirty(node, session->user);
        return false;
    }
    HB_UNREACHABLE("no such membership");
}

/* A room that a live session waited for is there. */
void user_room_attach(struct node *node, struct session *session, struct room *room)
{
    struct session_room *place = session_room_find(session, room->index);

    if (place == NULL || place->waiting || place->slot != INDEX_NONE || room->state != ROOM_LIVE ||
        !user_room_stays(node, session, room)) {
        return;
    }
    if (!room_tail_covers(room, place->joined)) {
        HB_GROW(node->late, node->late_len, node->late_cap);
        node->late[node->late_len++] = (struct settled){session_ref(session), room->index};
        return;
    }
    if (place->joined <= room->applied) {
        room_tail_send(node, room, session->conn, place->joined);
    }
    room_attach(node, room, session, place);
}

/* --- Changes of membership, where they stand in the log --- */

enum membership user_membership_since(const struct room *room, uint32_t tail_cap, uint64_t seq,
                                      uint64_t user_key)
{
    if (seq >= room->changed) {
        return MEMBERSHIP_KEPT; /* whatever the tail reaches back to: only messages came since */
    }
    if (!room_tail_covers(room, seq + 1)) {
        return MEMBERSHIP_UNCLEAR;
    }
    for (uint64_t at = seq + 1; at <= room->applied; at++) {
        const struct room_entry *entry = &room->tail[at % tail_cap];
        if (entry->member_key == user_key && entry->kind != ENTRY_MESSAGE) {
            /* A leave ends it. With a join after the read there was a leave before it, or the read
             * did not see the room at all. */
            return entry->kind == ENTRY_LEAVE ? MEMBERSHIP_LEFT : MEMBERSHIP_UNCLEAR;
        }
    }
    return MEMBERSHIP_KEPT;
}

static const struct user *user_of_entry(struct node *node, const struct room_entry *entry)
{
    const struct frame *frame = NULL;

    if (wire_decode(entry->wire, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("an entry that was encoded here or decoded before decodes");
    }
    const struct text name = frame->entry.sender_id;
    const uint32_t index = interner_find(&node->user_names, name.bytes, name.len);
    return index == INTERNER_NONE ? NULL : node->users[index];
}

/* Before the join is delivered: the one who joined sees it as the first entry. */
void user_joined(struct node *node, struct room *room, const struct room_entry *entry)
{
    const struct user *user = user_of_entry(node, entry);

    for (uint32_t i = 0; user != NULL && i < user->sessions_len; i++) {
        struct session *session = node->sessions[user->sessions[i]];
        if (session->state != SESSION_LIVE) {
            session->reread = true;
            continue;
        }
        struct session_room *place = session_room_find(session, room->index);
        if (place == NULL && session->rooms_len < node->config.params.rooms_per_user) {
            HB_GROW(session->rooms, session->rooms_len, session->rooms_cap);
            place = &session->rooms[session->rooms_len++];
            *place = (struct session_room){
                .room = room->index, .slot = INDEX_NONE, .need = entry->seq, .joined = entry->seq};
        }
        if (place == NULL || place->slot != INDEX_NONE) {
            continue;
        }
        if (place->waiting) {
            place->waiting = false;
            session->rooms_waiting--;
            room_unwait(node, room, session);
        }
        room_attach(node, room, session, place);
    }
}

/* After the leave was delivered: it is the last entry that the one who left sees. */
void user_left(struct node *node, struct room *room, const struct room_entry *entry)
{
    const struct user *user = user_of_entry(node, entry);

    for (uint32_t i = 0; user != NULL && i < user->sessions_len; i++) {
        struct session *session = node->sessions[user->sessions[i]];
        struct session_room *place = session_room_find(session, room->index);
        if (session->state == SESSION_LIVE && place != NULL && place->slot != INDEX_NONE) {
            room_detach(node, room, place);
            room_remove(session, place);
        }
    }
}
