/* Pages of the log, by cursor, by positions or from a time on: one request of a connection at a
 * time, one room a page, the rooms in turns.
 *
 * A page is one read-only transaction: the user's rooms with their heads, the intervals in which
 * the user was a member, and the rows. So what is shown, what may be seen and what is still
 * missing are of one instant.
 *
 * A session ends where the heads stood at its first page; its ends, and whose turn it is, travel in
 * the cursor, so that any node goes on with it. What is committed later comes as live frames: at its
 * end a session has also reached where the stream of the connection began, if it began on another.
 *
 * A page backwards is no session: sync_before.h. */
#include "server/node/sync.h"

#include "server/base/mem.h"
#include "server/base/sort.h"
#include "server/node/room.h"
#include "server/node/sync_before.h"
#include "server/node/sync_page.h"
#include "server/node/sync_since.h"
#include "server/node/user.h"

#include <stdlib.h>
#include <string.h>

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
    enum hb_err err = HB_ERESET;
    for (uint32_t i = 0; err == HB_ERESET && i < node->config.cursor_keys_len; i++) {
        err =
            cursor_decode(&node->config.cursor_keys[i], node->epoch,
                          node->users[session->user]->id_key, request->cursor, &node->sync->cursor);
    }
    if (err != HB_OK) {
        note(node, NOTE_CURSOR_REFUSED, err, 0);
        return err;
    }
    if (node->sync->cursor.positions_len > 1) {
        note(node, NOTE_CURSOR_ROOMS, node->sync->cursor.positions_len, 0);
    }
    *ret = node->sync->cursor.positions;
    *ret_len = node->sync->cursor.positions_len;
    return HB_OK;
}

/* A room of the cursor: where its session ends, not below where the stream of this connection began. */
static void end_take(const struct node *node, const struct session_room *place, uint32_t i,
                     struct sync *sync)
{
    const struct cursor *cursor = &node->sync->cursor;
    struct sync_room *room = &sync->rooms[sync->rooms_len - 1];

    room->end = cursor->ends[i] > place->since ? cursor->ends[i] : place->since;
    sync->begun = sync->begun || cursor->ends[i] > cursor->positions[i].seq;
    if (i <= cursor->turn) {
        sync->turn = sync->rooms_len - 1; /* a room before it may have been left */
    }
}

static enum hb_err sync_new(struct node *node, struct session *session,
                            const struct frame_sync_request *request, struct sync **ret)
{
    const struct position *positions = NULL;
    uint32_t positions_len = 0;
    const bool by_cursor = request->cursor.bytes != NULL;
    const enum hb_err err = positions_read(node, session, request, &positions, &positions_len);

    if (err != HB_OK) {
        return err;
    }
    struct sync *sync = hb_calloc(1, sizeof *sync + positions_len * sizeof sync->rooms[0]);
    for (uint32_t i = 0; i < positions_len; i++) {
        const struct text name = positions[i].room_id;
        const uint32_t room = interner_find(&node->room_names, name.bytes, name.len);
        const struct session_room *place =
            room != INTERNER_NONE ? session_room_find(session, room) : NULL;
        if (place == NULL) {
            if (by_cursor) {
                continue; /* left since the cursor was given */
            }
            free(sync);
            return HB_EDENIED;
        }
        sync->rooms[sync->rooms_len++] = (struct sync_room){
            .room = room, .name = node->rooms[room]->name, .position = positions[i].seq};
        if (by_cursor) {
            end_take(node, place, i, sync);
        }
    }
    *ret = sync;
    return HB_OK;
}

/* How far the session goes in this room; until its first page, by what this node knows or has read. */
static uint64_t room_end(const struct node *node, const struct sync *sync,
                         const struct sync_room *of)
{
    const struct room *room = node->rooms[of->room];
    const uint64_t known = room->state == ROOM_LIVE ? room->head_known : 0;

    return sync->begun ? of->end : known > of->head ? known : of->head;
}

/* The next room in turn of which something is missing, of those in focus first. */
static uint32_t room_behind(const struct node *node, const struct sync *sync)
{
    uint32_t other = INDEX_NONE;

    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        const uint32_t at = (sync->turn + i) % sync->rooms_len;
        const struct sync_room *room = &sync->rooms[at];
        if (room->position < room_end(node, sync, room)) {
            if (room->focused) {
                return at;
            }
            other = other == INDEX_NONE ? at : other;
        }
    }
    return other;
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
    struct db_tx *tx = job_tx(node, job, true);
    if (sync->by_time) {
        sync_since_ask(node, sync, user->key, tx);
        job_submit(node, tx);
        return;
    }
    sync->serving = room_behind(node, sync);
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
        db_tx_int(tx, call, sync->begun ? (int64_t)serving->end : INT64_MAX);
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
    if (request->room_id.bytes != NULL) {
        sync_before(node, session, wire, request);
        return;
    }
    if (request->last_sync_timestamp_ms >= 0) {
        sync = sync_since_new(node, session, request->last_sync_timestamp_ms);
    } else {
        const enum hb_err err = sync_new(node, session, request, &sync);
        if (err != HB_OK) {
            session_error(node, session, err, request->ref, err == HB_ECURSOR ? "cursor" : NULL);
            return;
        }
    }
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        sync->rooms[i].focused = focus_has(&request->focus, sync->rooms[i].name);
    }
    const uint32_t most = (uint32_t)node->config.params.page_rows;
    sync->limit = request->limit < most ? request->limit : most;
    sync->ref = request->ref;
    if (sync->rooms_len > 1) {
        hb_sort(sync->rooms, sync->rooms_len, sizeof sync->rooms[0], name_compare);
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
    for (uint32_t i = 0; i < sync->rooms_len && !sync->begun; i++) {
        sync->rooms[i].end = sync->rooms[i].head;
    }
}

static enum hb_err positions_judge(const struct sync *sync)
{
    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        const struct sync_room *room = &sync->rooms[i];
        if (room->member && (room->position > room->head || room->end > room->head)) {
            return HB_ERESET; /* of a log that is no more */
        }
    }
    return HB_OK;
}

/* At the first page of a session: whether more than one room lacks something. */
static void note_rooms(struct node *node, const struct sync *sync)
{
    uint32_t behind = 0;

    for (uint32_t i = 0; i < sync->rooms_len; i++) {
        behind += sync->rooms[i].member && sync->rooms[i].position < sync->rooms[i].end;
    }
    if (behind > 1) {
        note(node, NOTE_SYNC_ROOMS, behind, 0);
    }
}

/* One look where nothing was known to be missing, one more where meanwhile a room in focus lacks something: what is
 * served then comes first. One to spare, of who leaves a room between. */
#define LOOKS_MAX 3

/* Whether, by the heads as they were read, a room was passed over that comes first. */
static bool served_wrongly(const struct node *node, const struct sync *sync)
{
    const uint32_t first = room_behind(node, sync);

    return first != INDEX_NONE &&
           (sync->serving == INDEX_NONE ||
            (sync->rooms[first].focused && !sync->rooms[sync->serving].focused));
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
    if (sync->by_time) {
        sync_since_take(node, sync, &answer->calls[0]);
        sync_start(node, job);
        return;
    }
    heads_read(node, sync, &answer->calls[SYNC_CALL_ROOMS]);
    const enum hb_err err = positions_judge(sync);
    if (err == HB_OK && sync->looks < LOOKS_MAX && served_wrongly(node, sync)) {
        sync->looks++; /* others committed what this node has not heard of yet */
        sync_start(node, job);
        return;
    }
    session->syncing = false;
    if (!sync->begun) {
        note_rooms(node, sync);
    }
    if (err != HB_OK) {
        note(node, NOTE_CURSOR_REFUSED, err, 0);
        session_error(node, session, err, sync->ref, NULL);
    } else {
        sync_page(node, session, sync, answer);
    }
    job_free(node, job);
}
