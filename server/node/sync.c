/* Pages of the log, by cursor or by positions: one request of a connection at a time, one room a
 * page.
 *
 * A page is one read-only transaction: the user's rooms with their heads, the intervals in which
 * the user was a member, and the rows. So what is shown, what may be seen and what is still
 * missing are of one instant. */
#include "server/node/sync.h"

#include "server/base/mem.h"
#include "server/base/sort.h"
#include "server/node/entry.h"
#include "server/node/room.h"
#include "server/node/user.h"

#include <stdlib.h>
#include <string.h>

struct sync_work { /* scratch: of one page at a time */
    struct entry_store page[PAGE_ROWS_MAX];
    struct cursor cursor;
    struct buf cursor_text;
};

/* Where the calls stand in the transaction. */
#define CALL_ROOMS   0
#define CALL_MEMBER  1
#define CALL_ENTRIES 2

struct sync_room {
    uint32_t room;
    struct text name; /* of the room: outlives the request */
    uint64_t position;
    uint64_t head;
    bool member; /* still, by the last read */
};

struct sync {
    struct text ref; /* borrows from the job's frame */
    uint32_t limit;
    bool looked;      /* the heads were read, and nothing was known to be missing before */
    uint32_t serving; /* in rooms; INDEX_NONE */
    uint32_t rooms_len;
    struct sync_room rooms[];
};

struct sync_work *sync_work_new(void)
{
    return hb_calloc(1, sizeof(struct sync_work));
}

void sync_work_free(struct sync_work **work)
{
    if (*work != NULL) {
        buf_deinit(&(*work)->cursor_text);
        free(*work);
        *work = NULL;
    }
}

static int name_compare(const void *a, const void *b)
{
    const struct text x = ((const struct sync_room *)a)->name;
    const struct text y = ((const struct sync_room *)b)->name;
    const int order = memcmp(x.bytes, y.bytes, x.len < y.len ? x.len : y.len);

    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

/* The request's positions, from its cursor or its own. */
static enum hb_err positions_read(struct node *node, const struct session *session,
                                  const struct frame_sync_request *request,
                                  const struct position **ret, uint32_t *ret_len)
{
    if (request->cursor.bytes == NULL) {
        if (!text_equal(request->epoch, text_of(node->epoch_text))) {
            return HB_ERESET;
        }
        *ret = request->positions;
        *ret_len = request->positions_len;
        return HB_OK;
    }
    const enum hb_err err =
        cursor_decode(&node->config.cursor_key, node->epoch, node->users[session->user]->id_key,
                      request->cursor, &node->sync->cursor);
    if (err != HB_OK) {
        note(node, NOTE_CURSOR_REFUSED, err, 0);
        return err;
    }
    *ret = node->sync->cursor.positions;
    *ret_len = node->sync->cursor.positions_len;
    return HB_OK;
}

static enum hb_err sync_new(struct node *node, struct session *session,
                            const struct frame_sync_request *request, struct sync **ret)
{
    const struct position *positions = NULL;
    uint32_t positions_len = 0;
    const enum hb_err err = positions_read(node, session, request, &positions, &positions_len);

    if (err != HB_OK) {
        return err;
    }
    struct sync *sync = hb_calloc(1, sizeof *sync + positions_len * sizeof sync->rooms[0]);
    sync->ref = request->ref;
    const uint32_t most = (uint32_t)node->config.params.page_rows;
    sync->limit = request->limit < most ? request->limit : most;
    for (uint32_t i = 0; i < positions_len; i++) {
        const struct text name = positions[i].room_id;
        const uint32_t room = interner_find(&node->room_names, name.bytes, name.len);
        if (room == INTERNER_NONE || session_room_find(session, room) == NULL) {
            if (request->cursor.bytes != NULL) {
                continue; /* left since the cursor was given */
            }
            free(sync);
            return HB_EDENIED;
        }
        sync->rooms[sync->rooms_len++] = (struct sync_room){
            .room = room, .name = node->rooms[room]->name, .position = positions[i].seq};
    }
    if (sync->rooms_len > 1) {
        hb_sort(sync->rooms, sync->rooms_len, sizeof sync->rooms[0], name_compare);
    }
    *ret = sync;
    return HB_OK;
}

/* The first room of which something is missing: by what this node knows, or by the heads read. */
static uint32_t room_behind(const struct node *node, const struct sync *sync)
{
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        const struct room *room = node->rooms[sync->rooms[i].room];
        const uint64_t known = room->state == ROOM_LIVE ? room->head_known : 0;
        const uint64_t head = known > sync->rooms[i].head ? known : sync->rooms[i].head;
        if (sync->rooms[i].position < head) {
            return i;
        }
    }
    return INDEX_NONE;
}

void sync_start(struct node *node, struct job *job)
{
    const struct session *session = session_get(node, job->session);
    struct sync *sync = job->own;

    if (session == NULL) {
        job_free(node, job);
        return;
    }
    const struct user *user = node->users[session->user];
    sync->serving = room_behind(node, sync);
    struct db_tx *tx = job_tx(node, job, true);
    db_tx_text(tx, db_tx_call(tx, DB_USER_ROOMS), user->name);
    if (sync->serving != INDEX_NONE) {
        const struct sync_room *serving = &sync->rooms[sync->serving];
        const int64_t key = node->rooms[serving->room]->key;
        struct db_call *call = db_tx_call(tx, DB_MEMBER_FIND);
        db_tx_int(tx, call, key);
        db_tx_int(tx, call, user->key);
        call = db_tx_call(tx, DB_ENTRIES_AFTER);
        db_tx_int(tx, call, key);
        db_tx_int(tx, call, (int64_t)serving->position);
        db_tx_int(tx, call, INT64_MAX);
        db_tx_int(tx, call, sync->limit);
    }
    job_submit(node, tx);
}

void sync_frame(struct node *node, struct session *session, struct wire *wire,
                const struct frame *frame)
{
    const struct frame_sync_request *request = &frame->sync_request;
    struct sync *sync = NULL;

    if (session->state != SESSION_LIVE || session->syncing) {
        session_error(node, session, HB_EAGAIN, request->ref, NULL);
        return;
    }
    if (request->cursor.bytes == NULL && request->epoch.bytes == NULL) {
        /* The form by time is not served: pages by time cannot be told apart at equal times. */
        session_error(node, session, HB_EFIELD, request->ref, "lastSyncTimestamp");
        return;
    }
    const enum hb_err err = sync_new(node, session, request, &sync);
    if (err != HB_OK) {
        session_error(node, session, err, request->ref, NULL);
        return;
    }
    session->syncing = true;
    struct job *job = job_new(node, JOB_SYNC);
    job->session = session_ref(session);
    job->frame = wire_ref(wire);
    job->own = sync;
    sync_start(node, job);
}

void sync_needs(const struct job *job, bool *rooms)
{
    const struct sync *sync = job->own;

    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        rooms[sync->rooms[i].room] = true;
    }
}

/* --- From rows to a page --- */

static void heads_read(struct node *node, struct sync *sync, const struct db_rows *rows)
{
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        sync->rooms[i].member = false;
        sync->rooms[i].head = sync->rooms[i].position;
    }
    for (uint32_t r = 0; r < rows->rows_len; r++) {
        const struct db_value *row = rows->values + (size_t)r * rows->columns;
        uint64_t head;
        uint64_t joined;
        const struct room *room = room_of_row(node, row, &head, &joined);
        for (uint32_t i = 0; room != NULL && i < sync->rooms_len; i++) {
            if (sync->rooms[i].room == room->index) {
                sync->rooms[i].member = true;
                sync->rooms[i].head = head;
            }
        }
    }
}

static bool visible(const struct db_rows *intervals, uint64_t seq)
{
    for (uint32_t i = 0; i < intervals->rows_len; i++) {
        const struct db_value *row = intervals->values + (size_t)i * intervals->columns;
        uint64_t joined;
        uint64_t left = UINT64_MAX;
        if (value_seq(&row[0], &joined) && (row[1].kind == DB_NULL || value_seq(&row[1], &left)) &&
            seq >= joined && seq <= left) {
            return true;
        }
    }
    return false;
}

struct page {
    struct entry entries[PAGE_ROWS_MAX];
    uint32_t entries_len;
    uint64_t scanned; /* the last row looked at */
};

/* False: a row that is none; without its place there is no page. */
static bool page_read(struct node *node, const struct sync *sync, const struct db_answer *answer,
                      struct page *page)
{
    page->entries_len = 0;
    page->scanned = 0;
    if (sync->serving == INDEX_NONE || !sync->rooms[sync->serving].member) {
        return true;
    }
    const struct sync_room *serving = &sync->rooms[sync->serving];
    const struct db_rows *rows = &answer->calls[CALL_ENTRIES];
    for (uint32_t i = 0; i < rows->rows_len && i < PAGE_ROWS_MAX; i++) {
        const struct db_value *row = rows->values + (size_t)i * rows->columns;
        struct entry *entry = &page->entries[page->entries_len];
        if (!entry_from_row(serving->name, row, &node->sync->page[page->entries_len], entry)) {
            note(node, NOTE_ROW_BAD, DB_ENTRIES_AFTER, 0);
            return false;
        }
        page->scanned = entry->seq;
        if (visible(&answer->calls[CALL_MEMBER], entry->seq)) {
            page->entries_len++;
            if (entry->kind == ENTRY_UNKNOWN) {
                note(node, NOTE_ENTRY_UNKNOWN, node->rooms[serving->room]->key,
                     (int64_t)entry->seq);
            }
        }
    }
    return true;
}

/* Encodes the first `len` entries of the page. */
static bool page_encode(struct node *node, struct session *session, struct sync *sync,
                        struct page *page, uint32_t len)
{
    struct position positions[ROOMS_PER_USER_MAX];
    struct position heads[ROOMS_PER_USER_MAX];
    bool more = false;
    uint32_t count = 0;

    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        const struct sync_room *room = &sync->rooms[i];
        uint64_t position = room->position;
        if (!room->member) {
            continue;
        }
        if (i == sync->serving && page->scanned > 0) {
            position = len == page->entries_len ? page->scanned : page->entries[len - 1].seq;
        }
        positions[count] = (struct position){.room_id = room->name, .seq = position};
        heads[count++] = (struct position){.room_id = room->name, .seq = room->head};
        more = more || position < room->head;
    }
    buf_clear(&node->sync->cursor_text);
    cursor_encode(&node->config.cursor_key, node->epoch, node->users[session->user]->id_key,
                  positions, count, &node->sync->cursor_text);
    buf_clear(&node->scratch);
    frame_encode(
        &(struct frame){.type = FRAME_SYNC_RESPONSE,
                        .sync_response = {.ref = sync->ref,
                                          .epoch = text_of(node->epoch_text),
                                          .cursor = {node->sync->cursor_text.bytes,
                                                     (uint32_t)node->sync->cursor_text.len},
                                          .entries = page->entries,
                                          .entries_len = len,
                                          .heads = heads,
                                          .heads_len = count,
                                          .has_more = more}},
        &node->scratch);
    if (node->scratch.len > FRAME_BYTES_MAX) {
        return false;
    }
    note(node, NOTE_SYNC_PAGE, len, more);
    return true;
}

static void page_say(struct node *node, struct session *session, struct sync *sync,
                     struct page *page)
{
    uint32_t len = page->entries_len;

    /* A page ends where a frame does. */
    while (!page_encode(node, session, sync, page, len)) {
        if (len <= 1) {
            session_error(node, session, HB_ELARGE, sync->ref, NULL);
            return;
        }
        len /= 2;
    }
    struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);
    session_send(node, session, &(struct frame){.type = FRAME_SYNC_RESPONSE}, wire);
    wire_unref(&wire);
}

static enum hb_err positions_judge(const struct sync *sync)
{
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        if (sync->rooms[i].member && sync->rooms[i].position > sync->rooms[i].head) {
            return HB_ERESET; /* of a log that is no more */
        }
    }
    return HB_OK;
}

void sync_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct session *session = session_get(node, job->session);
    struct sync *sync = job->own;

    if (session == NULL) {
        job_free(node, job);
        return;
    }
    if (answer->err != HB_OK) {
        session->syncing = false;
        session_error(node, session, HB_EAGAIN, sync->ref, NULL);
        job_free(node, job);
        return;
    }
    heads_read(node, sync, &answer->calls[CALL_ROOMS]);
    const enum hb_err err = positions_judge(sync);
    if (err == HB_OK && sync->serving == INDEX_NONE && !sync->looked &&
        room_behind(node, sync) != INDEX_NONE) {
        sync->looked = true; /* others committed what this node has not heard of yet */
        sync_start(node, job);
        return;
    }
    session->syncing = false;
    if (err != HB_OK) {
        note(node, NOTE_CURSOR_REFUSED, err, 0);
        session_error(node, session, err, sync->ref, NULL);
    } else {
        struct page *page = hb_malloc(sizeof *page);
        if (page_read(node, sync, answer, page)) {
            page_say(node, session, sync, page);
        } else {
            session_error(node, session, HB_EAGAIN, sync->ref, NULL);
        }
        free(page);
    }
    job_free(node, job);
}
