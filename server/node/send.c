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
#include "server/node/append.h"
#include "server/node/commit.h"
#include "server/node/direct.h"
#include "server/node/entry.h"
#include "server/node/repair.h"
#include "server/node/roomcmd.h"
#include "server/node/session_end.h"
#include "server/node/user.h"
#include "server/protocol/direct_name.h"

#include <string.h>

#define SEND_TRIES_MAX 5 /* submissions of one command before it is given up */

static bool is_send(const struct frame *frame)
{
    return frame->type == FRAME_SEND;
}

static bool is_direct(const struct frame *frame)
{
    return is_send(frame) && frame->send.recipient_id.bytes != NULL;
}

/* INDEX_NONE: this node does not know it. */
static uint32_t frame_room(struct node *node, const struct session *session,
                           const struct frame *frame)
{
    const struct text name = is_send(frame) ? frame->send.room_id : frame->room.room_id;

    return is_direct(frame) ? direct_room(node, session->user, frame->send.recipient_id)
                            : interner_find(&node->room_names, name.bytes, name.len);
}

/* What is known to be refused before the database is asked. Absent and forbidden are told alike. */
static enum hb_err judge(struct session *session, const struct frame *frame, uint32_t room)
{
    const bool member = room != INDEX_NONE && session_room_find(session, room) != NULL;

    if (is_direct(frame)) {
        return room == INDEX_NONE ? HB_EFIELD : HB_OK; /* nobody writes to themselves */
    }
    if (is_send(frame)) {
        return member ? HB_OK : HB_EDENIED;
    }
    if (direct_name_is(frame->room.room_id) && frame->type != FRAME_ROOM_JOIN) {
        return HB_EDENIED; /* made by who writes to somebody, and for good */
    }
    return member || frame->type != FRAME_ROOM_LEAVE ? HB_OK : HB_EDENIED;
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
    if (job->makes) {
        direct_tell(node, job, job_frame(job)->send.recipient_id); /* the room may be there */
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
    if (session->state != SESSION_LIVE || node->draining) {
        nack(node, session, frame, HB_EAGAIN);
        return;
    }
    const uint32_t room = frame_room(node, session, frame);
    const enum hb_err err = judge(session, frame, room);
    if (err != HB_OK || session->commands_len == PENDING_SENDS_MAX) {
        nack(node, session, frame, err != HB_OK ? err : HB_ELIMIT);
        return;
    }
    if (is_send(frame) && frame->send.seen_hlc.packed != 0) {
        command_seen(node, frame->send.seen_hlc);
    }
    if (session->commands_len > 0 && session->commands[session->commands_len - 1].room != room) {
        note(node, NOTE_SENDS_ROOMS, 0, 0);
    }
    HB_GROW(session->commands, session->commands_len, session->commands_cap);
    session->commands[session->commands_len++] =
        (struct command){.frame = wire_ref(wire), .room = room};
    commands_next(node, session, session->commands[session->commands_len - 1].room);
}

void command_start(struct node *node, struct job *job)
{
    const struct frame *frame = job_frame(job);
    const bool in_room = is_send(frame) || frame->type == FRAME_ROOM_LEAVE;
    bool built;

    if (session_get(node, job->session) == NULL && !job->unknown) {
        command_refuse(node, job, HB_EAGAIN); /* certainly not committed, and nobody waits */
        return;
    }
    const bool made = job->makes; /* by a try whose outcome is not known */
    job->makes = is_direct(frame) && node->rooms[job->room]->key == 0;
    if (made && !job->makes) {
        direct_tell(node, job, frame->send.recipient_id); /* the room was found otherwise */
    }
    if (node->key == 0 || node->users[job->user]->key == 0 ||
        (in_room && !job->makes && node->rooms[job->room]->key == 0)) {
        command_refuse(node, job, HB_EAGAIN); /* the database became another one */
        return;
    }
    job->stamps_len = 0;
    job->at_ms = node->wall.ms < 0 ? 0 : node->wall.ms;
    struct db_tx *tx = job_tx(node, job, false);
    if (job->makes) {
        built = direct_build(node, job, frame->send.recipient_id, tx);
    } else {
        built = in_room ? append_build(node, job, frame, tx) : roomcmd_build(node, job, frame, tx);
    }
    if (!built) {
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

static enum hb_err refusal(const struct frame *frame, const struct db_answer *answer)
{
    const bool joins = frame->type == FRAME_ROOM_CREATE || frame->type == FRAME_ROOM_JOIN;

    return joins ? roomcmd_refusal(frame, answer) : append_refusal(answer);
}

/* The room of two is there: the message follows. */
static enum hb_err made(struct node *node, struct job *job, const struct db_answer *answer)
{
    const enum hb_err err = direct_made(node, job, job_frame(job)->send.recipient_id, answer);

    if (err == HB_OK) {
        job->makes = false;
        command_start(node, job);
    } else if (err == HB_EDENIED) {
        command_refuse(node, job, err);
        return HB_OK;
    }
    return err;
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
    } else if (append_is(node, job, &found)) {
        entry_committed(node, job, frame, &found);
    } else {
        append_again(node, &found);
    }
    command_end(node, job);
    return HB_OK;
}

void command_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    const bool makes = job->makes;
    enum hb_err err = answer->err;

    if (err == HB_OK) {
        err = makes ? made(node, job, answer) : committed(node, job, answer);
    }
    if (err == HB_OK) {
        return;
    }
    job->tries++;
    job->unknown = job->unknown || (err == HB_EUNKNOWN && !makes); /* of the message */
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
