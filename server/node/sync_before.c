/* See sync_before.h. */
#include "server/node/sync_before.h"

#include "server/base/mem.h"
#include "server/node/room.h"
#include "server/node/sync_page.h"
#include "server/node/user.h"

#include <stdlib.h>

/* Where the calls stand in the transaction. */
#define CALL_STAYS   0
#define CALL_HEAD    1
#define CALL_ENTRIES 2

static const struct frame_sync_request *request_of(const struct job *job)
{
    const struct frame *frame = NULL;

    if (wire_decode(job->frame, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("a request that was decoded before");
    }
    return &frame->sync_request;
}

void sync_before(struct node *node, struct session *session, struct wire *wire,
                 const struct frame_sync_request *request)
{
    const struct text name = request->room_id;
    const uint32_t room = interner_find(&node->room_names, name.bytes, name.len);

    if (room == INTERNER_NONE || session_room_find(session, room) == NULL) {
        session_error(node, session, HB_EDENIED, request->ref, "roomId");
        return;
    }
    session->syncing = true;
    struct job *job = job_new(node, JOB_BEFORE);
    job->session = session_ref(session);
    job->room = room;
    job->frame = wire_ref(wire);
    sync_before_start(node, job);
}

void sync_before_start(struct node *node, struct job *job)
{
    const struct session *session = session_get(node, job->session);

    if (session == NULL) {
        job_free(node, job);
        return;
    }
    const struct frame_sync_request *request = request_of(job);
    const int64_t most = node->config.params.page_rows;
    const int64_t room = node->rooms[job->room]->key;
    const int64_t user = node->users[session->user]->key;
    struct db_tx *tx = job_tx(node, job, true);
    struct db_call *call = db_tx_call(tx, DB_MEMBER_FIND);
    db_tx_int(tx, call, room);
    db_tx_int(tx, call, user);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_HEAD), room);
    call = db_tx_call(tx, DB_ENTRIES_BEFORE);
    db_tx_int(tx, call, room);
    db_tx_int(tx, call, request->before > 0 ? (int64_t)request->before : INT64_MAX);
    db_tx_int(tx, call, user);
    db_tx_int(tx, call, request->limit < most ? request->limit : most);
    job_submit(node, tx);
}

struct page {
    struct entry entries[PAGE_ROWS_MAX]; /* in the order of seq */
    uint32_t entries_len;
    struct position head;
};

/* Whether the asker is in the room now, by rows of DB_MEMBER_FIND. */
static bool stays(const struct db_rows *rows)
{
    return rows->rows_len > 0 &&
           rows->values[(size_t)(rows->rows_len - 1) * rows->columns + 1].kind == DB_NULL;
}

/* Whether there is an entry below `seq` that the asker may see: each stay begins with one. */
static bool more_below(const struct db_rows *rows, uint64_t seq)
{
    uint64_t joined;

    return rows->rows_len > 0 && value_seq(&rows->values[0], &joined) && joined < seq;
}

/* False: a row that is none; without its place there is no page. */
static bool page_read(struct node *node, const struct room *room, const struct db_answer *answer,
                      struct page *page)
{
    const struct db_rows *rows = &answer->calls[CALL_ENTRIES];
    const struct db_rows *head = &answer->calls[CALL_HEAD];
    const uint32_t len = rows->rows_len < PAGE_ROWS_MAX ? rows->rows_len : PAGE_ROWS_MAX;

    page->head = (struct position){.room_id = room->name};
    if (head->rows_len == 0 || !value_seq(&head->values[0], &page->head.seq)) {
        note(node, NOTE_ROW_BAD, DB_ROOM_HEAD, 0);
        return false;
    }
    for (uint32_t i = 0; i < len; i++) {
        const struct db_value *row = rows->values + (size_t)i * rows->columns;
        struct entry *entry = &page->entries[len - 1 - i];
        if (!entry_from_row(room->name, row, &node->sync->page[i], entry)) {
            note(node, NOTE_ROW_BAD, DB_ENTRIES_BEFORE, 0);
            return false;
        }
        if (entry->kind == ENTRY_UNKNOWN) {
            note(node, NOTE_ENTRY_UNKNOWN, room->key, (int64_t)entry->seq);
        }
    }
    page->entries_len = len;
    return true;
}

/* Encodes the last `len` entries of the page. False: they are no frame. */
static bool page_encode(struct node *node, struct text ref, struct page *page, uint32_t len,
                        const struct db_rows *stay_rows)
{
    struct entry *first = page->entries + (page->entries_len - len);
    const bool more = len > 0 && more_below(stay_rows, first->seq);

    return sync_page_encode(node, &(struct frame_sync_response){.ref = ref,
                                                                .epoch = text_of(node->epoch_text),
                                                                .entries = first,
                                                                .entries_len = len,
                                                                .heads = &page->head,
                                                                .heads_len = 1,
                                                                .has_more = more});
}

static void page_say(struct node *node, struct session *session, struct text ref, struct page *page,
                     const struct db_rows *stay_rows)
{
    uint32_t len = page->entries_len;

    /* What is nearest to the place comes first: a page that is no frame loses its beginning. */
    while (!page_encode(node, ref, page, len, stay_rows)) {
        if (len <= 1) {
            session_error(node, session, HB_ELARGE, ref, NULL);
            return;
        }
        len /= 2;
    }
    sync_page_send(node, session);
}

void sync_before_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct session *session = session_get(node, job->session);

    if (session == NULL) {
        job_free(node, job);
        return;
    }
    const struct text ref = request_of(job)->ref;
    session->syncing = false;
    if (answer->err != HB_OK) {
        session_error(node, session, HB_EAGAIN, ref, NULL);
    } else if (!stays(&answer->calls[CALL_STAYS])) {
        session_error(node, session, HB_EDENIED, ref, "roomId");
    } else {
        struct page *page = hb_malloc(sizeof *page);
        if (page_read(node, node->rooms[job->room], answer, page)) {
            page_say(node, session, ref, page, &answer->calls[CALL_STAYS]);
        } else {
            session_error(node, session, HB_EAGAIN, ref, NULL);
        }
        free(page);
    }
    job_free(node, job);
}
