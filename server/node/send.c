/* Commands that write the log: one in flight per (connection, room), each an idempotent
 * transaction.
 *
 *   queued --command_begin--> submitted --HB_OK--> acked or refused
 *                               ^   |--HB_EAGAIN--> again, after SEND_TRIES_MAX nacked
 *                               |   |--HB_EFENCED-> nacked: another life serves
 *                               +---+--HB_EUNKNOWN-> again, after SEND_TRIES_MAX the connection is
 *                                                    closed: never nacked (I3)
 *
 * After a temporary nack what waits behind it in the same room is nacked too: else a later message
 * would come before the one that its writer sends again. */
#include "server/node/send.h"

#include "server/base/mem.h"
#include "server/node/announce.h"
#include "server/node/commit.h"
#include "server/node/entry.h"
#include "server/node/repair.h"
#include "server/node/roomcmd.h"
#include "server/node/session_end.h"
#include "server/node/user.h"

#include <string.h>

#define SEND_TRIES_MAX 5 /* submissions of one command before it is given up */

static bool is_send(const struct frame *frame)
{
    return frame->type == FRAME_SEND;
}

static struct text frame_room_id(const struct frame *frame)
{
    return is_send(frame) ? frame->send.room_id : frame->room.room_id;
}

static const struct frame *job_frame(const struct job *job)
{
    const struct frame *frame = NULL;

    if (wire_decode(job->frame, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("a command that was decoded before");
    }
    return frame;
}

static void nack(struct node *node, struct session *session, const struct frame *frame,
                 enum hb_err err)
{
    const bool temporary = hb_err_temporary(err);

    HB_ASSERT(err != HB_OK && err != HB_EUNKNOWN); /* I3 */
    session_say(node, session,
                &(struct frame){.type = FRAME_NACK,
                                .nack = {.client_id = command_client_id(frame),
                                         .code = err,
                                         .code_word = text_of(hb_err_wire(err)),
                                         .temporary = temporary,
                                         .retry_after_ms = temporary ? node_retry_ms(node) : 0}});
}

/* --- The queue --- */

static void command_begin(struct node *node, struct session *session, struct command *command)
{
    HB_ASSERT(command->job == NULL);
    struct job *job = job_new(node, JOB_COMMAND);
    command->job = job;
    job->session = session_ref(session);
    job->user = session->user;
    job->room = command->room;
    job->frame = wire_ref(command->frame);
    command_start(node, job);
}

/* The first command of this room may go, at the end of the step: a refusal at once then leads to
 * the next one in a loop, not in a recursion. */
static void commands_next(struct node *node, const struct session *session, uint32_t room)
{
    HB_GROW(node->begins, node->begins_len, node->begins_cap);
    node->begins[node->begins_len++] = (struct settled){session_ref(session), room};
}

void commands_flush(struct node *node)
{
    for (uint32_t i = 0; i < node->begins_len; i++) {
        const struct settled begin = node->begins[i];
        struct session *session = session_get(node, begin.session);
        for (uint32_t c = 0; session != NULL && c < session->commands_len; c++) {
            struct command *command = &session->commands[c];
            if (command->room == begin.room) {
                if (command->job == NULL) {
                    command_begin(node, session, command);
                }
                break;
            }
        }
    }
    node->begins_len = 0;
}

static void command_remove(struct session *session, uint32_t at)
{
    wire_unref(&session->commands[at].frame);
    session->commands_len--;
    memmove(session->commands + at, session->commands + at + 1,
            (session->commands_len - at) * sizeof *session->commands);
}

static void command_take_off(struct session *session, const struct job *job)
{
    for (uint32_t i = 0; i < session->commands_len; i++) {
        if (session->commands[i].job == job) {
            command_remove(session, i);
            return;
        }
    }
    HB_UNREACHABLE("a command in flight is in its session's queue");
}

/* The answer was given: the next one of this room may go. */
static void command_end(struct node *node, struct job *job)
{
    struct session *session = session_get(node, job->session);
    const uint32_t room = job->room;

    if (session != NULL) {
        command_take_off(session, job);
    }
    job_free(node, job);
    if (session != NULL) {
        commands_next(node, session, room);
    }
}

/* What waits behind a command that its writer will send again. */
static void commands_nack(struct node *node, struct session *session, uint32_t room)
{
    for (uint32_t i = 0; i < session->commands_len;) {
        const struct frame *frame = NULL;
        if (session->commands[i].room != room) {
            i++;
            continue;
        }
        HB_ASSERT(session->commands[i].job == NULL); /* I4 */
        if (wire_decode(session->commands[i].frame, &frame, NULL) == HB_OK) {
            nack(node, session, frame, HB_EAGAIN);
        }
        command_remove(session, i);
    }
}

static void give_up(struct node *node, struct job *job)
{
    struct session *session = session_get(node, job->session);

    note(node, NOTE_SEND_GAVE_UP, job->tries, 0);
    if (job->room != INDEX_NONE) {
        heads_tell(node, job->room); /* if it was committed, nobody was told */
    }
    job_free(node, job);
    if (session != NULL) {
        session_close(node, session, CLOSE_NODE_LOST);
    }
}

static void command_refuse(struct node *node, struct job *job, enum hb_err err)
{
    struct session *session = session_get(node, job->session);
    const uint32_t room = job->room;

    if (job->unknown) {
        give_up(node, job);
        return;
    }
    if (session == NULL) {
        job_free(node, job);
        return;
    }
    nack(node, session, job_frame(job), err);
    command_take_off(session, job);
    job_free(node, job);
    if (hb_err_temporary(err)) {
        commands_nack(node, session, room);
    } else {
        commands_next(node, session, room);
    }
}

/* --- From frame to transaction --- */

void command_frame(struct node *node, struct session *session, struct wire *wire,
                   const struct frame *frame)
{
    const struct text name = frame_room_id(frame);
    const uint32_t room = interner_find(&node->room_names, name.bytes, name.len);

    if (session->state != SESSION_LIVE || node->draining) {
        nack(node, session, frame, HB_EAGAIN);
        return;
    }
    if ((is_send(frame) || frame->type == FRAME_ROOM_LEAVE) &&
        (room == INTERNER_NONE || session_room_find(session, room) == NULL)) {
        nack(node, session, frame, HB_EDENIED); /* absent and forbidden are told alike */
        return;
    }
    if (session->commands_len == PENDING_SENDS_MAX) {
        nack(node, session, frame, HB_ELIMIT);
        return;
    }
    if (is_send(frame) && frame->send.seen_hlc.packed != 0) {
        command_seen(node, frame->send.seen_hlc);
    }
    if (session->commands_len > 0 && session->commands[session->commands_len - 1].room != room) {
        note(node, NOTE_SENDS_ROOMS, 0, 0);
    }
    HB_GROW(session->commands, session->commands_len, session->commands_cap);
    session->commands[session->commands_len++] = (struct command){
        .frame = wire_ref(wire), .room = room == INTERNER_NONE ? INDEX_NONE : room};
    commands_next(node, session, session->commands[session->commands_len - 1].room);
}

/* A message or a leave. False: no stamp is left. */
static bool entry_build(struct node *node, struct job *job, const struct frame *frame,
                        struct db_tx *tx)
{
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
    db_tx_int(tx, call, is_send(frame) ? ENTRY_MESSAGE : ENTRY_LEAVE);
    if (is_send(frame)) {
        db_tx_text(tx, call, frame->send.content);
    } else {
        db_tx_null(tx, call);
    }
    db_tx_int(tx, call, node->key);
    db_tx_int(tx, call, (int64_t)stamp->packed);
    db_tx_int(tx, call, job->at_ms);
    if (!is_send(frame)) {
        db_tx_int(tx, db_tx_call(tx, DB_MEMBERS_LEFT), room);
    }
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_ADVANCE), room);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_HEAD), room);
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, command_client_id(frame));
    return true;
}

void command_start(struct node *node, struct job *job)
{
    const struct frame *frame = job_frame(job);
    const bool in_room = is_send(frame) || frame->type == FRAME_ROOM_LEAVE;

    if (session_get(node, job->session) == NULL && !job->unknown) {
        job_free(node, job); /* certainly not committed, and nobody waits */
        return;
    }
    if (node->key == 0 || node->users[job->user]->key == 0 ||
        (in_room && node->rooms[job->room]->key == 0)) {
        command_refuse(node, job, HB_EAGAIN); /* the database became another one */
        return;
    }
    job->stamps_len = 0;
    job->at_ms = node->wall.ms < 0 ? 0 : node->wall.ms;
    struct db_tx *tx = job_tx(node, job, false);
    if (!(in_room ? entry_build(node, job, frame, tx) : roomcmd_build(node, job, frame, tx))) {
        db_tx_free(&tx);
        command_refuse(node, job, HB_ECLOCK);
        return;
    }
    job_submit(node, tx);
}

/* --- From answer to ack --- */

static void ack(struct node *node, struct session *session, const struct frame *frame,
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

/* The entry that was found is the one that this try appended: no other has its stamp. */
static bool appended(const struct node *node, const struct job *job,
                     const struct entry_found *found)
{
    return found->stamp.packed == job->stamps[0].packed && text_equal(found->node_name, node->name);
}

static void entry_committed(struct node *node, struct job *job, const struct frame *frame,
                            const struct entry_found *found)
{
    struct room *room = node->rooms[job->room];
    struct entry_store store;
    struct entry entry = {
        .kind = is_send(frame) ? ENTRY_MESSAGE : ENTRY_LEAVE,
        .room_id = room->name,
        .seq = found->seq,
        .sender_id = node->users[job->user]->name, /* I5 */
        .client_id = command_client_id(frame),
        .content = is_send(frame) ? frame->send.content : (struct text){NULL, 0},
        .timestamp_ms = job->at_ms,
    };

    entry_stamp(&entry, &store, job->stamps[0], found->hlc, node->name);
    if (found->hlc.packed > job->stamps[0].packed) {
        note(node, NOTE_HLC_LIFTED, hlc_ms(found->hlc) - hlc_ms(job->stamps[0]), 0);
    }
    command_committed(node, room, &entry);
}

/* The first try of this command was committed, here or elsewhere; whether it was published, nobody
 * can say: so its room's head is announced again. */
static void duplicate(struct node *node, const struct entry_found *found)
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

static enum hb_err refusal(const struct frame *frame, const struct db_answer *answer)
{
    if (frame->type == FRAME_ROOM_CREATE || frame->type == FRAME_ROOM_JOIN) {
        return roomcmd_refusal(frame, answer);
    }
    const struct db_rows *head = &answer->calls[answer->calls_len - 2];
    return head->rows_len > 0 && head->values[1].integer == INT64_MAX ? HB_ECLOCK : HB_EDENIED;
}

/* HB_EUNKNOWN: the row that was found cannot be read. */
static enum hb_err committed(struct node *node, struct job *job, const struct db_answer *answer)
{
    const struct frame *frame = job_frame(job);
    const struct db_rows *rows = &answer->calls[answer->calls_len - 1];
    struct entry_found found;

    if (rows->rows_len == 0) {
        job->unknown = false; /* now it is known: no try of this command was committed */
        command_refuse(node, job, refusal(frame, answer));
        return HB_OK;
    }
    if (!entry_found_read(rows->values, &found)) {
        note(node, NOTE_ROW_BAD, DB_ENTRY_FIND, 0);
        return HB_EUNKNOWN;
    }
    struct session *session = session_get(node, job->session);
    if (session != NULL) {
        ack(node, session, frame, &found); /* I2 */
    }
    if (frame->type == FRAME_ROOM_CREATE || frame->type == FRAME_ROOM_JOIN) {
        roomcmd_committed(node, job, frame, answer);
    } else if (appended(node, job, &found)) {
        entry_committed(node, job, frame, &found);
    } else {
        duplicate(node, &found);
    }
    command_end(node, job);
    return HB_OK;
}

void command_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    const enum hb_err err = answer->err == HB_OK ? committed(node, job, answer) : answer->err;

    if (err == HB_OK) {
        return;
    }
    job->tries++;
    job->unknown = job->unknown || err == HB_EUNKNOWN;
    note(node, err == HB_EUNKNOWN ? NOTE_SEND_UNKNOWN : NOTE_DB_RETRY, job->tries, 0);
    /* A constraint that was met once is a race of two tries of one command; twice it is refused. */
    if (err == HB_EFENCED) {
        command_refuse(node, job, HB_EAGAIN);
    } else if (err == HB_EDENIED && job->tries > 1) {
        command_refuse(node, job, HB_EDENIED);
    } else if (job->tries >= SEND_TRIES_MAX) {
        command_refuse(node, job, HB_EAGAIN);
    } else {
        job_retry(node, job);
    }
}
