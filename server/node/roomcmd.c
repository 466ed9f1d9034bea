/* room_create and room_join: joins as entries of the room's log, by the room's name, because its
 * key is not known before. room_leave is an entry like a message (send.c). */
#include "server/node/roomcmd.h"

#include "server/node/commit.h"
#include "server/node/entry.h"
#include "server/node/invited.h"
#include "server/node/user.h"

/* Where the calls stand in their transactions. */
#define JOIN_LOCK     0
#define JOIN_ACTIVE   1
#define CREATE_LOCK   1
#define FIRST_APPEND  2 /* of either: the join of the one who asks */
#define CREATE_INVITE 4 /* of the first invited; every second from there on */

_Static_assert(CREATE_INVITE + 2 * MEMBERS_INVITE_MAX + 3 <= DB_CALLS_MAX,
               "a room_create with all its members is one transaction");

static void calls_end(struct db_tx *tx, struct text room, int64_t user, struct text client_id)
{
    db_tx_text(tx, db_tx_call(tx, DB_MEMBERS_JOINED), room);
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_SETTLE), room);
    struct db_call *call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, client_id);
}

static bool join_build(struct node *node, struct job *job, const struct frame_room *room,
                       struct db_tx *tx)
{
    const int64_t user = node->users[job->user]->key;
    const struct hlc_stamp *stamp = command_stamp(node, job);

    if (stamp == NULL) {
        return false;
    }
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_LOCK_NAME), room->room_id);
    struct db_call *call = db_tx_call(tx, DB_MEMBER_ACTIVE);
    db_tx_text(tx, call, room->room_id);
    db_tx_int(tx, call, user);
    call = db_tx_call(tx, DB_JOIN_APPEND);
    db_tx_text(tx, call, room->client_id);
    db_tx_int(tx, call, node->key);
    db_tx_int(tx, call, (int64_t)stamp->packed);
    db_tx_int(tx, call, job->at_ms);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, room->room_id);
    db_tx_int(tx, call, ROOMS_PER_USER_MAX);
    calls_end(tx, room->room_id, user, room->client_id);
    return true;
}

static bool create_build(struct node *node, struct job *job, const struct frame_room *room,
                         struct db_tx *tx)
{
    const int64_t user = node->users[job->user]->key;
    const struct hlc_stamp *stamp = command_stamp(node, job);

    HB_ASSERT(room->members_len <= MEMBERS_INVITE_MAX);
    if (stamp == NULL) {
        return false;
    }
    const int64_t created = (int64_t)stamp->packed;
    struct db_call *call = db_tx_call(tx, DB_ROOM_CREATE);
    db_tx_text(tx, call, room->room_id);
    db_tx_int(tx, call, room->open ? 1 : 0);
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_LOCK_NAME), room->room_id);
    call = db_tx_call(tx, DB_CREATE_APPEND);
    db_tx_text(tx, call, room->client_id);
    db_tx_int(tx, call, node->key);
    db_tx_int(tx, call, created);
    db_tx_int(tx, call, job->at_ms);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, room->room_id);
    for (uint32_t i = 0; i < room->members_len; i++) {
        stamp = command_stamp(node, job);
        if (stamp == NULL) {
            return false;
        }
        db_tx_text(tx, db_tx_call(tx, DB_USER_ADD), room->members[i]);
        call = db_tx_call(tx, DB_INVITE_APPEND);
        db_tx_int(tx, call, node->key);
        db_tx_int(tx, call, (int64_t)stamp->packed);
        db_tx_int(tx, call, job->at_ms);
        db_tx_text(tx, call, room->room_id);
        db_tx_int(tx, call, created);
        db_tx_text(tx, call, room->members[i]);
    }
    calls_end(tx, room->room_id, user, room->client_id);
    return true;
}

bool roomcmd_build(struct node *node, struct job *job, const struct frame *frame, struct db_tx *tx)
{
    return frame->type == FRAME_ROOM_CREATE ? create_build(node, job, &frame->room, tx)
                                            : join_build(node, job, &frame->room, tx);
}

enum hb_err roomcmd_refusal(const struct frame *frame, const struct db_answer *answer)
{
    if (frame->type == FRAME_ROOM_CREATE) {
        return HB_ECONFLICT;
    }
    return answer->calls[JOIN_ACTIVE].rows_len > 0 ? HB_EALREADY : HB_EDENIED;
}

void roomcmd_joined(struct node *node, const struct job *job, struct room *room, uint32_t stamp,
                    struct entry *entry, const struct db_rows *appended)
{
    struct entry_store store;

    if (appended->rows_len == 0) {
        return;
    }
    HB_ASSERT(stamp < job->stamps_len);
    struct hlc_stamp hlc;
    if (!value_seq(&appended->values[0], &entry->seq) || !value_stamp(&appended->values[1], &hlc)) {
        note(node, NOTE_ROW_BAD, DB_JOIN_APPEND, 0);
        return;
    }
    entry->kind = ENTRY_JOIN;
    entry->room_id = room->name;
    entry->timestamp_ms = job->at_ms;
    entry_stamp(entry, &store, job->stamps[stamp], hlc, node->name);
    command_committed(node, room, entry);
    /* Whoever joined follows the room from here on, on this node and on the others. */
    const uint32_t user =
        interner_find(&node->user_names, entry->sender_id.bytes, entry->sender_id.len);
    if (user != INTERNER_NONE) {
        user_room_add(node, user, room->index, entry->seq, entry->seq);
    }
    invited_tell(node, entry->sender_id);
}

void roomcmd_committed(struct node *node, struct job *job, const struct frame *frame,
                       const struct db_answer *answer)
{
    const bool create = frame->type == FRAME_ROOM_CREATE;
    const struct db_rows *lock = &answer->calls[create ? CREATE_LOCK : JOIN_LOCK];

    int64_t key;
    if (lock->rows_len == 0) {
        return; /* the client id is of another room's entry: only the ack was due */
    }
    if (!value_key(lock->values, &key)) {
        note(node, NOTE_ROW_BAD, DB_ROOM_LOCK_NAME, 0);
        return;
    }
    struct room *room = room_add(node, key, frame->room.room_id);
    struct entry first = {.sender_id = node->users[job->user]->name,
                          .client_id = frame->room.client_id};
    roomcmd_joined(node, job, room, 0, &first, &answer->calls[FIRST_APPEND]);
    for (uint32_t i = 0; create && i < frame->room.members_len; i++) {
        struct entry invited = {.sender_id = frame->room.members[i]};
        roomcmd_joined(node, job, room, i + 1, &invited, &answer->calls[CREATE_INVITE + 2 * i]);
    }
}
