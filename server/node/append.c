/* A message or a leave, as a transaction. See append.h. */
#include "server/node/append.h"

#include "server/node/announce.h"
#include "server/node/commit.h"
#include "server/node/entry.h"
#include "server/node/room.h"
#include "server/node/user.h"

bool append_build(struct node *node, struct job *job, const struct frame *frame, struct db_tx *tx)
{
    const bool message = frame->type == FRAME_SEND;
    const int64_t room = node->rooms[job->room]->key;
    const int64_t user = node->users[job->user]->key;
    const struct hlc_stamp *stamp = command_stamp(node, job);

    if (stamp == NULL) {
        return false;
    }
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_LOCK), room);
    struct db_call *call = db_tx_call(tx, DB_ENTRY_APPEND);
    db_tx_int(tx, call, room);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, command_client_id(frame));
    db_tx_int(tx, call, message ? ENTRY_MESSAGE : ENTRY_LEAVE);
    if (message) {
        db_tx_text(tx, call, frame->send.content);
    } else {
        db_tx_null(tx, call);
    }
    db_tx_int(tx, call, node->key);
    db_tx_int(tx, call, (int64_t)stamp->packed);
    db_tx_int(tx, call, job->at_ms);
    db_tx_int(tx, call, job->digest);
    if (!message) {
        db_tx_int(tx, db_tx_call(tx, DB_MEMBERS_LEFT), room);
    }
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_ADVANCE), room);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_HEAD), room);
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, command_client_id(frame));
    return true;
}

enum hb_err append_refusal(const struct db_answer *answer)
{
    const struct db_rows *head = &answer->calls[answer->calls_len - 2];

    return head->rows_len > 0 && head->values[1].integer == INT64_MAX ? HB_ECLOCK : HB_EDENIED;
}

#define FIND_ACTIVE 0 /* where the membership stands */

void append_find_build(const struct node *node, const struct job *job, const struct frame *frame,
                       struct db_tx *tx)
{
    struct db_call *call = db_tx_call(tx, DB_MEMBER_ACTIVE);

    db_tx_text(tx, call, frame->type == FRAME_SEND ? frame->send.room_id : frame->room.room_id);
    db_tx_int(tx, call, node->users[job->user]->key);
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, node->users[job->user]->key);
    db_tx_text(tx, call, command_client_id(frame));
}

enum hb_err append_find_refusal(struct node *node, const struct job *job,
                                const struct db_answer *answer)
{
    if (answer->calls[FIND_ACTIVE].rows_len == 0) {
        return HB_EDENIED;
    }
    user_dirty(node, job->user);
    return HB_EAGAIN;
}

bool append_is(const struct node *node, const struct job *job, const struct entry_found *found)
{
    return found->stamp.packed == job->stamps[0].packed && text_equal(found->node_name, node->name);
}

void append_ack(struct node *node, struct session *session, const struct frame *frame,
                const struct entry_found *found)
{
    struct entry_store store;
    struct entry entry = {0};

    entry_stamp(&entry, &store, found->stamp, found->hlc, found->node_name);
    session_say(node, session,
                &(struct frame){.type = FRAME_ACK,
                                .ack = {.client_id = command_client_id(frame),
                                        .room_id = found->room_name,
                                        .id = entry.id,
                                        .seq = found->seq,
                                        .timestamp_ms = found->timestamp_ms,
                                        .hlc_text = entry.hlc_text,
                                        .hlc = entry.hlc}});
}

void append_committed(struct node *node, struct job *job, const struct frame *frame,
                      const struct entry_found *found)
{
    const bool message = frame->type == FRAME_SEND;
    struct room *room = node->rooms[job->room];
    struct entry_store store;
    struct entry entry = {
        .kind = message ? ENTRY_MESSAGE : ENTRY_LEAVE,
        .room_id = room->name,
        .seq = found->seq,
        .sender_id = node->users[job->user]->name, /* I5 */
        .client_id = command_client_id(frame),
        .content = message ? frame->send.content : (struct text){NULL, 0},
        .timestamp_ms = job->at_ms,
    };

    entry_stamp(&entry, &store, job->stamps[0], found->hlc, node->name);
    if (found->hlc.packed > job->stamps[0].packed) {
        note(node, NOTE_HLC_LIFTED, hlc_ms(found->hlc) - hlc_ms(job->stamps[0]), 0);
    }
    command_committed(node, room, &entry);
}

void append_again(struct node *node, const struct entry_found *found)
{
    const struct text name = found->room_name;
    const uint64_t seq = found->seq;
    const uint32_t index = interner_find(&node->room_names, name.bytes, name.len);

    if (index == INTERNER_NONE || node->rooms[index]->key == 0) {
        return;
    }
    struct room *room = node->rooms[index];
    note(node, NOTE_SEND_DUPLICATE, room->key, (int64_t)seq);
    announce_touch(node, room, seq);
    room_head_told(node, room, seq);
}
