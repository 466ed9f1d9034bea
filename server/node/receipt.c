/* What clients say of what arrived and what was read. See receipt.h.
 *
 * A frame is one transaction, of one statement for all that it names: who may say so, and of what, is judged
 * there, message by message. It can be submitted again: what it has written it does not write twice. What the
 * transaction finds behind what was told is told, and what its own user did is published. */
#include "server/node/receipt.h"

#include "server/base/mem.h"
#include "server/node/receipt_tell.h"
#include "server/node/room.h"
#include "server/node/user.h"

#include <inttypes.h>
#include <stdio.h>

/* A message as DB_READ takes it: a stamp's 19 digits, a node's name in 32 bytes. */
#define RECORD_BYTES 51
/* A client that says nothing of what it has is told of what was read in so many changes. */
#define CHANGES_RECENT 500
/* Of a transaction whose client is gone. */
#define TRIES_MAX 5

/* Those that name a message; *ret_len: how many. */
static void put_records(struct buf *out, const struct frame_read_receipt *receipt, int64_t *ret_len)
{
    *ret_len = 0;
    for (uint32_t i = 0; i < receipt->ids_len; i++) {
        struct hlc_stamp stamp;
        struct text name;
        if (hlc_parse(receipt->ids[i], &stamp, &name) == HB_OK && stamp.packed <= INT64_MAX) {
            buf_printf(out, "%019" PRIu64 "%-32.*s", stamp.packed, (int)name.len, name.bytes);
            ++*ret_len;
        }
    }
}

static void tx_received(struct db_tx *tx, const struct job *job, const struct room *room,
                        int64_t user)
{
    struct db_call *call = db_tx_call(tx, DB_RECEIVED);

    db_tx_int(tx, call, (int64_t)job->up_to);
    db_tx_int(tx, call, room->key);
    db_tx_int(tx, call, user);
}

static void tx_read(struct node *node, struct db_tx *tx, const struct job *job, int64_t user)
{
    const struct frame *frame = NULL;
    int64_t records;

    if (wire_decode(job->frame, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("a receipt that was decoded before");
    }
    if (frame->type != FRAME_READ_RECEIPT) {
        return;
    }
    buf_clear(&node->scratch);
    put_records(&node->scratch, &frame->read_receipt, &records);
    if (records > 0) {
        HB_ASSERT(node->scratch.len == (size_t)records * RECORD_BYTES);
        struct db_call *call = db_tx_call(tx, DB_READ);
        db_tx_text(tx, call, (struct text){node->scratch.bytes, (uint32_t)node->scratch.len});
        db_tx_int(tx, call, records);
        db_tx_int(tx, call, node->wall.ms);
        db_tx_int(tx, call, node->rooms[job->room]->key);
        db_tx_int(tx, call, user);
    }
}

static void tx_change(struct node *node, struct db_tx *tx, const struct job *job)
{
    const struct room *room = node->rooms[job->room];
    const int64_t user = node->users[job->user]->key;

    db_tx_int(tx, db_tx_call(tx, DB_ROOM_LOCK), room->key);
    if (job->up_to > 0) {
        tx_received(tx, job, room, user);
    }
    tx_read(node, tx, job, user);
    db_tx_int(tx, db_tx_call(tx, DB_RECEIPTS_ADVANCE), room->key);
    receipts_ask(node, tx, room, job->life, job->life);
}

static void tx_missed(struct db_tx *tx, const struct node *node, const struct job *job)
{
    const struct room *room = node->rooms[job->room];
    const struct frame *frame = NULL;

    if (wire_decode(job->frame, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("a request that was decoded before");
    }
    const struct frame_receipts_request *request = &frame->receipts_request;
    const uint64_t told = room->receipts.told;
    const uint64_t recent = told > CHANGES_RECENT ? told - CHANGES_RECENT : 0;
    receipts_ask(node, tx, room, request->after, request->after_said ? request->after : recent);
}

void receipt_start(struct node *node, struct job *job)
{
    struct db_tx *tx = job_tx(node, job, !job->changes);

    if (job->changes) {
        tx_change(node, tx, job);
    } else {
        tx_missed(tx, node, job);
    }
    job_submit(node, tx);
}

static void receipt_end(struct node *node, struct job *job)
{
    struct session *session = session_get(node, job->session);

    if (session != NULL) {
        HB_ASSERT(session->receipts > 0);
        session->receipts--;
    }
    job_free(node, job);
}

/* To who asked alone: the others were told as it happened. */
static void missed_say(struct node *node, struct session *session, struct job *job,
                       struct receipt_page *page)
{
    const struct room *room = node->rooms[job->room];
    const struct text own = node->users[job->user]->name;
    struct receipt_store store;
    struct frame frame;

    while (receipt_page_next(node, room, page, &store, &frame)) {
        if (!page->crowd || text_equal(receipt_user(&frame), own)) {
            session_say(node, session, &frame);
        }
    }
    session_say(
        node, session,
        &(struct frame){
            .type = FRAME_RECEIPTS,
            .receipts = {.room_id = room->name, .version = page->version, .has_more = page->more}});
}

void receipt_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct session *session = session_get(node, job->session);
    struct receipt_page page;

    if (answer->err == HB_EAGAIN || answer->err == HB_EUNKNOWN) {
        if (session == NULL && ++job->tries >= TRIES_MAX) {
            receipt_end(node, job); /* who is not told that it was taken says it again */
        } else {
            job_retry(node, job);
        }
        return;
    }
    if (answer->err != HB_OK ||
        !receipt_page_begin(node, answer->calls + answer->calls_len - 2, &page)) {
        note(node, NOTE_ROW_BAD, DB_RECEIPTS_HEAD, 0);
    } else if (job->changes) {
        struct room *room = node->rooms[job->room];
        receipts_tell(node, room, &page, &node->users[job->user]->name);
        if (page.more && room->state == ROOM_LIVE) {
            receipts_compared(node, room, page.version + 1);
        }
    } else if (session != NULL && session->state == SESSION_LIVE) {
        missed_say(node, session, job, &page);
    }
    receipt_end(node, job);
}

/* The room of this name, if this connection is in its stream. */
static struct session_room *place_of(struct node *node, struct session *session, struct text name)
{
    const uint32_t index = interner_find(&node->room_names, name.bytes, name.len);
    struct session_room *place = index == INTERNER_NONE ? NULL : session_room_find(session, index);

    return place != NULL && place->slot != INDEX_NONE ? place : NULL;
}

static void begin(struct node *node, struct session *session, struct wire *wire,
                  const struct session_room *place, bool changes)
{
    struct job *job = job_new(node, JOB_RECEIPT);

    session->receipts++;
    job->session = session_ref(session);
    job->user = session->user;
    job->room = place->room;
    job->frame = wire_ref(wire);
    job->changes = changes;
    job->up_to = place->received;
    job->life = node->rooms[place->room]->receipts.told;
    receipt_start(node, job);
}

void receipt_frame(struct node *node, struct session *session, struct wire *wire,
                   const struct frame *frame)
{
    const struct text none = {NULL, 0};
    const bool read = frame->type == FRAME_READ_RECEIPT;
    const bool missed = frame->type == FRAME_RECEIPTS_REQUEST;
    const struct text name = read     ? frame->read_receipt.chat_id
                             : missed ? frame->receipts_request.room_id
                                      : frame->received.room_id;

    if (session->state != SESSION_LIVE || node->draining ||
        session->receipts >= RECEIPTS_PENDING_MAX) {
        session_error(node, session, HB_EAGAIN, none,
                      read     ? "messageIds"
                      : missed ? "after"
                               : "upTo");
        return;
    }
    struct session_room *place = place_of(node, session, name);
    if (place == NULL) {
        session_error(node, session, HB_EDENIED, none, read ? "chatId" : "roomId");
        return;
    }
    if (frame->type == FRAME_RECEIVED) {
        if (frame->received.up_to <= place->received) {
            return; /* it was said on this connection */
        }
        place->received = frame->received.up_to;
    }
    begin(node, session, wire, place, !missed);
}
