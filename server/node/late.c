/* Who comes into a room that began here behind their join. See late.h.
 *
 * It began there for somebody who needed no more: another one of its members, a device that was there before.
 * Page by page up to what the room has applied, until the tail reaches the rest: then nothing is between. */
#include "server/node/late.h"

#include "server/node/entry.h"
#include "server/node/room.h"
#include "server/node/session.h"
#include "server/node/user.h"

void late_flush(struct node *node)
{
    for (uint32_t i = 0; i < node->late_len; i++) {
        struct job *job = job_new(node, JOB_LATE);
        job->session = node->late[i].session;
        job->room = node->late[i].room;
        late_start(node, job);
    }
    node->late_len = 0;
}

/* What the session waits for; NULL: nothing any more. */
static struct session_room *place_of(struct node *node, const struct job *job)
{
    struct session *session = session_get(node, job->session);
    struct session_room *place = session != NULL ? session_room_find(session, job->room) : NULL;

    return place != NULL && place->slot == INDEX_NONE && !place->waiting ? place : NULL;
}

void late_start(struct node *node, struct job *job)
{
    const struct room *room = node->rooms[job->room];
    const struct session_room *place = place_of(node, job);

    if (place == NULL || room->key == 0) {
        job_free(node, job);
        return;
    }
    struct db_tx *tx = job_tx(node, job, true);
    struct db_call *call = db_tx_call(tx, DB_ENTRIES_AFTER);
    db_tx_int(tx, call, room->key);
    db_tx_int(tx, call, (int64_t)place->joined - 1);
    db_tx_int(tx, call, (int64_t)room->applied);
    db_tx_int(tx, call, PAGE_ROWS_MAX);
    job_submit(node, tx);
}

static void send(struct node *node, const struct session *session, struct session_room *place,
                 const struct db_rows *rows)
{
    const struct room *room = node->rooms[place->room];

    for (uint32_t i = 0; i < rows->rows_len; i++) {
        struct entry_store store;
        struct entry entry;
        const struct db_value *row = rows->values + (size_t)i * rows->columns;
        if (!entry_from_row(room->name, row, &store, &entry) || entry.seq != place->joined) {
            note(node, NOTE_ROW_BAD, DB_ENTRIES_AFTER, 0);
            return;
        }
        buf_clear(&node->scratch);
        entry_encode(&entry, &node->scratch);
        struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);
        send_wire(node, session->conn, wire);
        wire_unref(&wire);
        place->joined++;
    }
}

void late_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct session_room *place = place_of(node, job);
    struct room *room = node->rooms[job->room];

    if (place != NULL && answer->err != HB_OK) {
        job_retry(node, job);
        return;
    }
    if (place != NULL) {
        struct session *session = session_get(node, job->session);
        if (user_room_stays(node, session, room)) {
            send(node, session, place, &answer->calls[0]);
            user_room_attach(node, session, room);
        }
    }
    job_free(node, job);
}
