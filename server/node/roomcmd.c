/* room_create and room_join: joins as entries of the room's log, by the room's name, because its
 * key is not known before. room_leave is an entry like a message (send.c). */
#include "server/node/roomcmd.h"

#include "server/node/append.h"
#include "server/node/commit.h"
#include "server/node/entry.h"
#include "server/node/invited.h"
#include "server/node/user.h"
#include "server/protocol/id.h"

#include <string.h>

/* Where the calls stand in a join. */
#define JOIN_LOCK   1
#define JOIN_ACTIVE 2
#define JOIN_ROOMS  3

/* Where they stand from the end, behind those of the people who are invited. */
#define BEHIND_INVITES 3 /* of joins: become members, settle, find */
#define APPEND_BEHIND  4 /* the join of the one who asks */
#define LOCK_BEHIND    5 /* of a create */
#define REFUSED_BEHIND 6

#define NAME_BYTES ID_BYTES_MAX /* of each in a list of names */

_Static_assert(1 + 2 * MEMBERS_INVITE_MAX + 4 + BEHIND_INVITES <= DB_CALLS_MAX,
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
    const struct user *user = node->users[job->user];
    const struct hlc_stamp *stamp = command_stamp(node, job);

    if (stamp == NULL) {
        return false;
    }
    db_tx_text(tx, db_tx_call(tx, DB_USER_LOCK), user->name);
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_LOCK_NAME), room->room_id);
    struct db_call *call = db_tx_call(tx, DB_MEMBER_ACTIVE);
    db_tx_text(tx, call, room->room_id);
    db_tx_int(tx, call, user->key);
    db_tx_int(tx, db_tx_call(tx, DB_ROOMS_COUNT), user->key);
    call = db_tx_call(tx, DB_JOIN_APPEND);
    db_tx_text(tx, call, room->client_id);
    db_tx_int(tx, call, node->key);
    db_tx_int(tx, call, (int64_t)stamp->packed);
    db_tx_int(tx, call, job->at_ms);
    db_tx_int(tx, call, job->digest);
    db_tx_int(tx, call, user->key);
    db_tx_text(tx, call, room->room_id);
    db_tx_int(tx, call, node->config.params.rooms_per_user);
    calls_end(tx, room->room_id, user->key, room->client_id);
    return true;
}

/* The creator among those who are locked, in the one order of all. */
static void lock_people(struct db_tx *tx, struct text creator, const struct text *members,
                        uint32_t members_len)
{
    struct text all[MEMBERS_INVITE_MAX + 1];
    uint32_t len = 0;

    for (uint32_t i = 0; i < members_len; i++) {
        if (len == i && text_compare(creator, members[i]) < 0) {
            all[len++] = creator;
        }
        all[len++] = members[i];
    }
    if (len == members_len) {
        all[len++] = creator;
    }
    for (uint32_t i = 0; i < len; i++) {
        db_tx_text(tx, db_tx_call(tx, DB_USER_LOCK), all[i]);
    }
}

/* The parameters by which it is known who stands in the way. */
static void list_people(const struct node *node, struct db_tx *tx, struct db_call *call,
                        const struct user *creator, const struct text *members,
                        uint32_t members_len)
{
    char names[MEMBERS_INVITE_MAX * NAME_BYTES];

    memset(names, ' ', sizeof names);
    for (uint32_t i = 0; i < members_len; i++) {
        memcpy(names + (size_t)i * NAME_BYTES, members[i].bytes, members[i].len);
    }
    db_tx_text(tx, call, (struct text){names, members_len * NAME_BYTES});
    db_tx_int(tx, call, members_len);
    db_tx_int(tx, call, creator->key);
    db_tx_int(tx, call, node->config.params.rooms_per_user);
    db_tx_int(tx, call, ROOMS_BY_OTHERS(&node->config.params));
}

static void create_begin(const struct node *node, struct db_tx *tx, const struct user *user,
                         const struct frame_room *room)
{
    struct text members[MEMBERS_INVITE_MAX];
    const uint32_t members_len = command_members(room, user->name, members);

    lock_people(tx, user->name, members, members_len);
    struct db_call *call = db_tx_call(tx, DB_ROOM_CREATE);
    list_people(node, tx, call, user, members, members_len);
    db_tx_text(tx, call, room->room_id);
    db_tx_int(tx, call, room->open ? 1 : 0);
    db_tx_text(tx, call, room->client_id);
    list_people(node, tx, db_tx_call(tx, DB_CREATE_REFUSED), user, members, members_len);
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_LOCK_NAME), room->room_id);
}

static bool create_build(struct node *node, struct job *job, const struct frame_room *room,
                         struct db_tx *tx)
{
    const struct user *user = node->users[job->user];
    const struct hlc_stamp *stamp = command_stamp(node, job);

    HB_ASSERT(room->members_len <= MEMBERS_INVITE_MAX);
    if (stamp == NULL) {
        return false;
    }
    const int64_t created = (int64_t)stamp->packed;
    create_begin(node, tx, user, room);
    struct db_call *call = db_tx_call(tx, DB_CREATE_APPEND);
    db_tx_text(tx, call, room->client_id);
    db_tx_int(tx, call, node->key);
    db_tx_int(tx, call, created);
    db_tx_int(tx, call, job->at_ms);
    db_tx_int(tx, call, job->digest);
    db_tx_int(tx, call, user->key);
    db_tx_text(tx, call, room->room_id);
    for (uint32_t i = 0; i < room->members_len; i++) {
        stamp = command_stamp(node, job);
        if (stamp == NULL) {
            return false;
        }
        call = db_tx_call(tx, DB_INVITE_APPEND);
        db_tx_int(tx, call, node->key);
        db_tx_int(tx, call, (int64_t)stamp->packed);
        db_tx_int(tx, call, job->at_ms);
        db_tx_text(tx, call, room->room_id);
        db_tx_int(tx, call, created);
        db_tx_text(tx, call, room->members[i]);
    }
    calls_end(tx, room->room_id, user->key, room->client_id);
    return true;
}

bool roomcmd_build(struct node *node, struct job *job, const struct frame *frame, struct db_tx *tx)
{
    return frame->type == FRAME_ROOM_CREATE ? create_build(node, job, &frame->room, tx)
                                            : join_build(node, job, &frame->room, tx);
}

/* So many calls from the end, those of the invited left out. */
static const struct db_rows *call_behind(const struct db_answer *answer, uint32_t behind,
                                         const struct frame *frame)
{
    const uint32_t invited = frame->type == FRAME_ROOM_CREATE ? frame->room.members_len : 0;

    HB_ASSERT(behind + invited <= answer->calls_len);
    return &answer->calls[answer->calls_len - behind - invited];
}

/* People with whom nothing is shared are told alike, whoever they are, and alone: of the others, who are
 * known, it is said that they are in too many rooms. */
static void create_refusal(const struct text creator, const struct db_rows *refused,
                           struct refusal *ret)
{
    bool strangers = false;

    for (uint32_t i = 0; i < refused->rows_len; i++) {
        strangers = strangers || refused->values[2 * i + 1].integer == 0;
    }
    ret->err = strangers ? HB_EDENIED : HB_ELIMIT;
    ret->for_good = true;
    for (uint32_t i = 0; i < refused->rows_len; i++) {
        const struct text name = value_text(&refused->values[2 * i]);
        if ((refused->values[2 * i + 1].integer == 0) == strangers && id_valid(name) &&
            !text_equal(name, creator) && ret->members_len < MEMBERS_INVITE_MAX) {
            ret->members[ret->members_len++] = name;
        }
    }
    ret->field = ret->members_len > 0 ? "members" : NULL;
}

void roomcmd_refusal(const struct node *node, const struct job *job, const struct frame *frame,
                     const struct db_answer *answer, struct refusal *ret)
{
    *ret = (struct refusal){.err = HB_EDENIED};
    if (frame->type == FRAME_ROOM_CREATE) {
        const struct db_rows *refused = call_behind(answer, REFUSED_BEHIND, frame);
        if (refused->rows_len > 0) {
            create_refusal(node->users[job->user]->name, refused, ret);
        } else if (call_behind(answer, LOCK_BEHIND, frame)->rows_len > 0) {
            ret->err = HB_ECONFLICT;
        } else {
            ret->err = HB_EAGAIN; /* who stood in the way does not any more */
        }
    } else if (answer->calls[JOIN_ACTIVE].rows_len > 0) {
        ret->err = HB_EALREADY;
    } else if (answer->calls[JOIN_ROOMS].values[0].integer >= node->config.params.rooms_per_user) {
        ret->err = HB_ELIMIT; /* of any room, whether there is one or not */
        ret->for_good = true;
    }
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

/* By an earlier try, whose answer was lost: nobody was told of it, not even this node. */
static void made_before(struct node *node, const struct job *job, const struct frame *frame,
                        struct room *room, const struct entry_found *found)
{
    append_again(node, found);
    user_room_add(node, job->user, room->index, found->seq, found->seq);
    invited_tell(node, node->users[job->user]->name);
    for (uint32_t i = 0; frame->type == FRAME_ROOM_CREATE && i < frame->room.members_len; i++) {
        invited_tell(node, frame->room.members[i]);
    }
}

void roomcmd_committed(struct node *node, struct job *job, const struct frame *frame,
                       const struct db_answer *answer, const struct entry_found *found)
{
    const struct db_rows *lock = call_behind(answer, LOCK_BEHIND, frame);
    const struct db_rows *first = call_behind(answer, APPEND_BEHIND, frame);

    int64_t key;
    if (frame->type == FRAME_ROOM_JOIN) {
        lock = &answer->calls[JOIN_LOCK];
    }
    if (!value_key(lock->values, &key)) {
        note(node, NOTE_ROW_BAD, DB_ROOM_LOCK_NAME, 0);
        return;
    }
    struct room *room = room_add(node, key, frame->room.room_id);
    if (first->rows_len == 0) {
        made_before(node, job, frame, room, found);
        return;
    }
    struct entry own = {.sender_id = node->users[job->user]->name,
                        .client_id = frame->room.client_id};
    roomcmd_joined(node, job, room, 0, &own, first);
    for (uint32_t i = 0; frame->type == FRAME_ROOM_CREATE && i < frame->room.members_len; i++) {
        struct entry invited = {.sender_id = frame->room.members[i]};
        roomcmd_joined(node, job, room, i + 1, &invited, first + 1 + i);
    }
}
