/* Repairs from the database: heads are compared in batches, missing rows are read and applied. */
#include "server/node/repair.h"

#include "server/base/mem.h"
#include "server/node/announce.h"
#include "server/node/entry.h"
#include "server/node/job.h"
#include "server/node/log.h"
#include "server/node/ready.h"
#include "server/node/receipt_tell.h"

_Static_assert(BATCH_MAX <= DB_CALLS_MAX, "a batch is a transaction");

/* --- Gaps --- */

void repair_start(struct node *node, struct job *job)
{
    struct room *room = node->rooms[job->room];

    if (room->life != job->life) {
        job_free(node, job);
        return;
    }
    if (room->head_known == room->applied) { /* it came by itself meanwhile */
        room->repairing = false;
        job_free(node, job);
        return;
    }
    room->repair_target = room->head_known;
    struct db_tx *tx = job_tx(node, job, true);
    struct db_call *call = db_tx_call(tx, DB_ENTRIES_AFTER);
    db_tx_int(tx, call, room->key);
    db_tx_int(tx, call, (int64_t)room->applied);
    db_tx_int(tx, call, INT64_MAX);
    db_tx_int(tx, call, node->config.params.repair_rows);
    job_submit(node, tx);
}

void room_gap_timer(struct node *node, uint32_t index, uint64_t life)
{
    struct room *room = node->rooms[index];

    if (room == NULL || room->life != life || !room->gap_armed) {
        return;
    }
    room->gap_armed = false;
    if (room->head_known == room->applied) {
        return;
    }
    if (room_gap_left_us(node, room) > 0) {
        room_head_told(node, room,
                       room->head_known); /* what was missing came; this is another one */
        return;
    }
    room_repair(node, room);
}

void room_repair(struct node *node, struct room *room)
{
    HB_ASSERT(room->state == ROOM_LIVE);
    if (room->repairing) {
        return;
    }
    note(node, NOTE_GAP, room->key, (int64_t)room->applied + 1);
    room->repairing = true;
    struct job *job = job_new(node, JOB_REPAIR);
    job->room = room->index;
    job->life = room->life;
    repair_start(node, job);
}

static bool apply_row(struct node *node, struct room *room, const struct db_value *row)
{
    struct entry_store store;
    struct entry entry;

    if (!entry_from_row(room->name, row, &store, &entry)) {
        note(node, NOTE_ROW_BAD, DB_ENTRIES_AFTER, 0);
        return false;
    }
    if (entry.seq != room->applied + 1) {
        return false; /* a publication was faster */
    }
    buf_clear(&node->scratch);
    entry_encode(&entry, &node->scratch);
    log_apply(node, room,
              (struct room_entry){.seq = entry.seq,
                                  .wire = wire_new(node->scratch.bytes, node->scratch.len),
                                  .hlc = entry.hlc,
                                  .member_key = entry_member_key(&entry),
                                  .kind = entry.kind});
    return true;
}

/* The log was read to its end and does not reach what was said: nobody committed that. */
static void head_was_false(struct room *room)
{
    room->head_known = room->applied;
    while (room->held_len > 0 && room->held[room->held_len - 1].seq > room->applied) {
        wire_unref(&room->held[--room->held_len].wire);
    }
}

void repair_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct room *room = node->rooms[job->room];
    int64_t applied = 0;

    if (room->life != job->life) {
        job_free(node, job);
        return;
    }
    if (answer->err != HB_OK) {
        job_retry(node, job);
        return;
    }
    const struct db_rows *rows = &answer->calls[0];
    for (uint32_t i = 0; i < rows->rows_len; i++) {
        applied += apply_row(node, room, rows->values + (size_t)i * rows->columns) ? 1 : 0;
    }
    if (applied > 0) {
        note(node, NOTE_REPAIRED, room->key, applied);
    }
    if (rows->rows_len >= node->config.params.repair_rows && room->applied < room->head_known) {
        note(node, NOTE_REPAIR_ON, room->key, applied);
    }
    if (rows->rows_len < node->config.params.repair_rows &&
        room->head_known == room->repair_target && room->applied < room->head_known) {
        head_was_false(room);
    }
    repair_start(node, job); /* goes on, or ends if there is nothing more */
    room_check_waiters(node, room);
}

/* --- Heads --- */

/* Whether the read is still of interest. */
static bool wanted(const struct node *node, const struct job *job, uint32_t i)
{
    const struct room *room = node->rooms[job->refs[i].index];

    return room->key != 0 && (job->announce || room->life == job->refs[i].life);
}

void heads_start(struct node *node, struct job *job)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < job->refs_len; i++) {
        if (wanted(node, job, i)) {
            job->refs[kept++] = job->refs[i];
        }
    }
    job->refs_len = kept;
    if (kept == 0) {
        job_free(node, job);
        return;
    }
    struct db_tx *tx = job_tx(node, job, true);
    for (uint32_t i = 0; i < kept; i++) {
        struct db_call *call = db_tx_call(tx, DB_ROOM_HEAD);
        db_tx_int(tx, call, node->rooms[job->refs[i].index]->key);
    }
    job_submit(node, tx);
}

static void job_ref_push(struct job *job, uint32_t index, uint64_t life)
{
    HB_GROW(job->refs, job->refs_len, job->refs_cap);
    job->refs[job->refs_len++] = (struct job_ref){.index = index, .life = life};
}

static bool reading(const struct node *node, bool announce)
{
    for (uint32_t i = 0; i < node->jobs_len; i++) {
        const struct job *job = node->jobs[i];
        if (job->serial != 0 && job->kind == JOB_HEADS && job->announce == announce) {
            return true;
        }
    }
    return false;
}

bool heads_under_way(const struct node *node)
{
    return reading(node, false);
}

bool heads_telling(const struct node *node)
{
    return node->tells.len > 0 || reading(node, true);
}

void heads_flush(struct node *node)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < node->tells.len; i++) {
        const uint32_t room = node->tells.items[i];
        struct job *job = job_new(node, JOB_HEADS);
        job->announce = true;
        job_ref_push(job, room, node->rooms[room]->life);
        heads_start(node, job);
    }
    node->tells.len = 0;
    while (at < node->heads.len) {
        struct job *job = job_new(node, JOB_HEADS);
        for (; at < node->heads.len && job->refs_len < node->config.params.heads_rooms; at++) {
            struct room *room = node->rooms[node->heads.items[at]];
            room->heads_queued = false;
            if (room->state == ROOM_LOADING || room->state == ROOM_LIVE) {
                job_ref_push(job, room->index, room->life);
            }
        }
        if (at < node->heads.len) {
            note(node, NOTE_HEADS_SPLIT, node->heads.len, 0);
        }
        heads_start(node, job);
    }
    node->heads.len = 0;
}

void heads_tell(struct node *node, uint32_t room)
{
    u32_list_push(&node->tells, room);
}

/* The log is ahead. With Redis, the publication may be on its way; without, nothing is. */
static void head_compared(struct node *node, struct room *room, uint64_t head)
{
    room_head_told(node, room, head);
    if (redis_away(node)) {
        room_repair(node, room);
    }
}

void heads_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    int64_t behind = 0;
    int64_t compared = 0;

    if (answer->err != HB_OK) {
        job_retry(node, job);
        return;
    }
    for (uint32_t i = 0; i < job->refs_len; i++) {
        if (!wanted(node, job, i)) {
            continue;
        }
        struct room *room = node->rooms[job->refs[i].index];
        const struct db_rows *rows = &answer->calls[i];
        uint64_t head = 0;
        uint64_t receipts = 0;
        if (rows->rows_len > 0 &&
            (!value_seq(&rows->values[0], &head) || !value_seq(&rows->values[2], &receipts))) {
            note(node, NOTE_ROW_BAD, DB_ROOM_HEAD, 0);
            continue;
        }
        if (job->announce) {
            announce_touch(node, room, head);
        }
        if (room->life != job->refs[i].life) {
            continue;
        }
        if (room->state == ROOM_LOADING) {
            log_live(node, room, head);
            room->receipts = (struct room_receipts){.told = receipts, .known = receipts};
            if (head > room->applied) {
                room_repair(node, room); /* from before the subscription: nobody publishes these */
            }
            room_check_waiters(node, room);
        } else if (room->state == ROOM_LIVE) {
            compared++;
            receipts_compared(node, room, receipts);
            if (head > room->applied) {
                behind++;
                head_compared(node, room, head);
            }
        }
    }
    if (compared > 0) {
        note(node, NOTE_COMPARED, compared, behind);
    }
    job_free(node, job);
}
