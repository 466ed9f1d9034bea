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

/* What is known to be refused before the database is asked. */
static enum hb_err judge(const struct frame *frame, uint32_t room, const char **ret_field)
{
    *ret_field = NULL;
    if (is_direct(frame) && room == INDEX_NONE) { /* nobody writes to themselves */
        *ret_field = "recipientId";
        return HB_EFIELD;
    }
    if (!is_send(frame) && frame->type != FRAME_ROOM_JOIN && direct_name_is(frame->room.room_id)) {
        return HB_EDENIED; /* made by who writes to somebody, and for good */
    }
    return HB_OK;
}

/* Who is not in the room cannot do it now. But they may have, and ask again because the answer was lost:
 * whoever left is not in it. Absent and forbidden are told alike. */
static bool only_finds(struct session *session, const struct frame *frame, uint32_t room)
{
    const bool within = is_send(frame) ? !is_direct(frame) : frame->type == FRAME_ROOM_LEAVE;

    return within && (room == INDEX_NONE || session_room_find(session, room) == NULL);
}

/* The room that the command is for, by name. */
static struct text room_name(const struct node *node, const struct job *job,
                             const struct frame *frame)
{
    if (is_direct(frame)) {
        return node->rooms[job->room]->name;
    }
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
    command_nack(node, session, command_client_id(frame), &(struct refusal){.err = err});
}

/* --- The queue --- */

static void command_begin(struct node *node, struct session *session, struct command *command)
{
    HB_ASSERT(command->job == NULL);
    struct job *job = command->job = job_new(node, JOB_COMMAND);
    job->session = session_ref(session);
    job->user = session->user;
    job->room = command->room;
    job->frame = wire_ref(command->frame);
    job->finds = command->finds;
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

static void command_refuse_as(struct node *node, struct job *job, const struct refusal *refusal)
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
    command_nack(node, session, command_client_id(job_frame(job)), refusal);
    command_take_off(session, job);
    job_free(node, job);
    if (refusal_temporary(refusal)) {
        commands_nack(node, session, room);
    } else {
        commands_next(node, session, room);
    }
}

static void command_refuse(struct node *node, struct job *job, enum hb_err err)
{
    command_refuse_as(node, job, &(struct refusal){.err = err});
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
    const char *field;
    const enum hb_err err = judge(frame, room, &field);
    if (err != HB_OK) {
        command_nack(node, session, command_client_id(frame),
                     &(struct refusal){.err = err, .field = field});
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
        .frame = wire_ref(wire), .room = room, .finds = only_finds(session, frame, room)};
    commands_next(node, session, session->commands[session->commands_len - 1].room);
}

/* The transaction. False: no stamp is left. */
static bool build(struct node *node, struct job *job, const struct frame *frame, struct db_tx *tx)
{
    if (job->finds) {
        append_find_build(node, job, frame, tx);
        return true;
    }
    if (job->makes) {
        return direct_build(node, job, frame->send.recipient_id, frame->send.client_id, tx);
    }
    return is_send(frame) || frame->type == FRAME_ROOM_LEAVE ? append_build(node, job, frame, tx)
                                                             : roomcmd_build(node, job, frame, tx);
}

void command_start(struct node *node, struct job *job)
{
    const struct frame *frame = job_frame(job);
    const bool in_room = !job->finds && (is_send(frame) || frame->type == FRAME_ROOM_LEAVE);

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
    job->digest =
        command_digest(node, frame, node->users[job->user]->name, room_name(node, job, frame));
    struct db_tx *tx = job_tx(node, job, job->finds);
    if (!build(node, job, frame, tx)) {
        db_tx_free(&tx);
        command_refuse(node, job, HB_ECLOCK);
        return;
    }
    job_submit(node, tx);
}

/* --- From answer to ack --- */

static void refused(struct node *node, struct job *job, const struct frame *frame,
                    const struct db_answer *answer)
{
    struct refusal refusal = {.err = HB_EDENIED};

    if (frame->type == FRAME_ROOM_CREATE || frame->type == FRAME_ROOM_JOIN) {
        roomcmd_refusal(node, job, frame, answer, &refusal);
    } else {
        refusal.err = job->finds ? append_find_refusal(node, job, answer) : append_refusal(answer);
    }
    job->unknown = false; /* now it is known: no try of this command was committed */
    command_refuse_as(node, job, &refusal);
}

/* The room of two is there: the message follows. */
static enum hb_err made(struct node *node, struct job *job, const struct db_answer *answer)
{
    const enum hb_err err = direct_made(node, job, job_frame(job)->send.recipient_id, answer);

    if (err == HB_OK) {
        job->makes = false;
        command_start(node, job);
    } else if (err == HB_ELIMIT || err == HB_ECONFLICT) {
        command_refuse_as(node, job, &(struct refusal){.err = err, .for_good = true});
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
        refused(node, job, frame, answer);
        return HB_OK;
    }
    if (!entry_found_read(rows->values, &found)) {
        note(node, NOTE_ROW_BAD, DB_ENTRY_FIND, 0);
        return HB_EUNKNOWN;
    }
    if (!command_is(frame, room_name(node, job, frame), job->digest, &found)) {
        job->unknown = false; /* nor will it be: its id is another one's */
        command_refuse(node, job, HB_ECONFLICT);
        return HB_OK;
    }
    struct session *session = session_get(node, job->session);
    if (session != NULL) {
        append_ack(node, session, frame, &found); /* I2 */
    }
    if (frame->type == FRAME_ROOM_CREATE || frame->type == FRAME_ROOM_JOIN) {
        roomcmd_committed(node, job, frame, answer, &found);
    } else if (!job->finds && append_is(node, job, &found)) {
        append_committed(node, job, frame, &found);
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
    if (err == HB_ESTAMP && command_stamps_skip(node, job)) {
        command_start(node, job); /* at once, with a later one */
        return;
    }
    if (err == HB_OK) {
        return;
    }
    job->tries++;
    job->unknown = job->unknown || (err == HB_EUNKNOWN && !makes && !job->finds);
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
