/* Registration, epochs, and the end of a life that a newer one fenced off. See life.h.
 *
 *   unregistered --FIND: the latest incarnation--> seen --REGISTER the next, FLOOR--> registered
 *        ^                                          |
 *        +------ another was faster, or no answer --+
 *
 * Registering names the incarnation that it follows, so that a try which arrives late (of a life that
 * is over, or of this one when its answer was lost) cannot fence off a life that came after it. */
#include "server/node/life.h"

#include "server/node/announce.h"
#include "server/node/entry.h"
#include "server/node/heard.h"
#include "server/node/ready.h"
#include "server/node/revoke.h"
#include "server/node/room.h"
#include "server/node/session_end.h"
#include "server/node/timer.h"
#include "server/node/user.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CALL_REGISTER     0
#define CALL_FLOOR        1
#define CALL_INSTALLATION 3 /* behind DB_NODE_CLAIM */
#define CALL_REVOKED      4
#define CALL_HOLDER       1 /* of a look, behind DB_NODE_FIND */

#define AGAIN_MS        60000 /* two processes take a name from each other */
#define YIELD_TRIES_MAX 5     /* then it ends without having said who took its name */

static int64_t wall_ms(const struct node *node)
{
    return node->wall.ms < 0 ? 0 : node->wall.ms;
}

struct holder { /* of a name, as the database tells */
    uint64_t incarnation;
    struct text place; /* borrowed */
    int64_t since_ms;
    int64_t again_ms; /* how long ago a living process gave the name up; 0: not within a minute */
};

/* `but`: the life whose giving up is not counted. */
static struct holder holder_read(const struct node *node, const struct db_rows *rows, uint64_t but)
{
    struct holder holder = {0};
    uint64_t since = 0;
    uint64_t yielded = 0;
    uint64_t yielded_ms = 0;

    if (rows->rows_len == 0 || !value_seq(&rows->values[0], &holder.incarnation) ||
        !value_seq(&rows->values[2], &since) || !value_seq(&rows->values[3], &yielded) ||
        !value_seq(&rows->values[4], &yielded_ms)) {
        return (struct holder){0};
    }
    holder.place = value_text(&rows->values[1]);
    holder.place.len = holder.place.len > PLACE_BYTES_MAX ? PLACE_BYTES_MAX : holder.place.len;
    holder.since_ms = (int64_t)since;
    const int64_t ago_ms = wall_ms(node) - (int64_t)yielded_ms; /* below 0: clocks differ */
    if (yielded != 0 && yielded != but && ago_ms < AGAIN_MS && ago_ms > -AGAIN_MS) {
        holder.again_ms = ago_ms < 1 ? 1 : ago_ms;
    }
    return holder;
}

void life_register_start(struct node *node, struct job *job)
{
    struct db_tx *tx = job_tx(node, job, !job->registers);
    struct db_call *call;

    if (job->registers) {
        call = db_tx_call(tx, DB_NODE_REGISTER);
        db_tx_text(tx, call, node->name);
        db_tx_int(tx, call, job->at_incarnation + 1);
        db_tx_text(tx, db_tx_call(tx, DB_NODE_FLOOR), node->name);
        node->since_ms = wall_ms(node);
        call = db_tx_call(tx, DB_NODE_CLAIM);
        db_tx_text(tx, call, text_of(node->config.place));
        db_tx_int(tx, call, node->since_ms);
        db_tx_text(tx, call, node->name);
        db_tx_int(tx, call, job->at_incarnation + 1);
        (void)db_tx_call(tx, DB_INSTALLATION);
        revoke_look_call(tx, 0);
    } else {
        db_tx_text(tx, db_tx_call(tx, DB_NODE_FIND), node->name);
        db_tx_text(tx, db_tx_call(tx, DB_NODE_HOLDER), node->name);
    }
    job_submit(node, tx);
}

void life_start(struct node *node)
{
    life_register_start(node, job_new(node, JOB_REGISTER));
}

/* Looks again after the pause: what was seen may not be the latest any more. */
static void register_again(struct node *node, struct job *job)
{
    job->registers = false;
    note(node, NOTE_DB_RETRY, ++job->tries, 0);
    job_retry(node, job);
}

static void found(struct node *node, struct job *job, const struct db_answer *answer)
{
    const struct db_rows *rows = &answer->calls[0];
    uint64_t incarnation = 0; /* a node that the database does not know */

    if (rows->rows_len > 0 && !value_seq(&rows->values[1], &incarnation)) {
        note(node, NOTE_ROW_BAD, DB_NODE_FIND, 0);
        register_again(node, job);
        return;
    }
    const struct holder holder = holder_read(node, &answer->calls[CALL_HOLDER], 0);
    if (holder.again_ms > 0 && node->incarnation == 0) {
        note_about(node, NOTE_NAME_TAKEN, holder.again_ms, holder.place);
    }
    job->registers = true;
    job->at_incarnation = (int64_t)incarnation;
    life_register_start(node, job);
}

static bool registered_read(const struct db_answer *answer, struct db_life *ret,
                            struct hlc_stamp *ret_floor)
{
    const struct db_rows *row = &answer->calls[CALL_REGISTER];
    const struct db_rows *floor = &answer->calls[CALL_FLOOR];

    return row->rows_len == 1 && floor->rows_len == 1 && value_key(&row->values[0], &ret->node) &&
           value_seq(&row->values[1], &ret->incarnation) &&
           value_stamp(&floor->values[0], ret_floor);
}

/* Every name that this node has on Redis is of the installation that it was started for. */
static bool installation_same(const struct node *node, const struct db_answer *answer)
{
    const struct db_rows *row = &answer->calls[CALL_INSTALLATION];

    return row->rows_len == 1 && row->values[0].kind == DB_INT &&
           (uint64_t)row->values[0].integer == node->config.identity;
}

static void registered(struct node *node, struct db_life life, struct hlc_stamp floor,
                       uint64_t epoch)
{
    const bool again = node->incarnation != 0;

    if (node->hlc.last.packed > floor.packed) {
        floor = node->hlc.last;
    }
    node->key = life.node;
    node->incarnation = life.incarnation;
    node->epoch = epoch;
    (void)snprintf(node->epoch_text, sizeof node->epoch_text, "%016" PRIx64, node->epoch);
    announce_restart(node);
    hlc_init(&node->hlc, node->config.params.skew_max_ms, floor);
    if (!again) {
        timer_add(node, node->mono.us + node->config.params.announce_us, TIMER_ANNOUNCE, 0, 0);
        timer_add(node, node->mono.us + node->config.params.sweep_us, TIMER_SWEEP, 0, 0);
        timer_add(node, node->mono.us + node->config.params.full_pass_us, TIMER_FULL_PASS, 0, 0);
        timer_add(node, node->mono.us + LEASE_SAID_US(&node->config.params), TIMER_LEASE, 0, 0);
        timer_add(node, node->mono.us + node->config.params.probe_us, TIMER_PROBE, 0, 0);
        timer_add(node, node->mono.us + node->config.params.revocation_us, TIMER_REVOKED, 0, 0);
        ready_timer(node);
    }
}

static void sessions_close(struct node *node, enum close_code code)
{
    for (uint32_t i = 0; i < node->sessions_len; i++) {
        if (node->sessions[i]->state != SESSION_FREE) {
            session_close(node, node->sessions[i], code);
        }
    }
}

/* The database is another installation's: nothing of it is this process' business. */
static void adopted(struct node *node)
{
    node->fenced = true;
    note(node, NOTE_OTHER_INSTALLATION, 0, 0);
    ready_check(node);
    sessions_close(node, CLOSE_NODE_LOST);
    struct effect *effect = effect_push(node);
    effect->kind = EFFECT_FENCED;
    memset(&effect->fenced, 0, sizeof effect->fenced);
}

void life_register_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct db_life life;
    struct hlc_stamp floor;

    if (answer->err != HB_OK) {
        register_again(node, job);
    } else if (!job->registers) {
        found(node, job, answer);
    } else if (!registered_read(answer, &life, &floor)) {
        register_again(node, job); /* another was faster */
    } else if (!installation_same(node, answer)) {
        job_free(node, job);
        adopted(node);
    } else {
        job_free(node, job);
        const bool same_database = node->epoch == answer->epoch;
        registered(node, life, floor, answer->epoch);
        revoke_registered(node, &answer->calls[CALL_REVOKED], same_database);
    }
}

void life_epoch_changed(struct node *node)
{
    sessions_close(node, CLOSE_RESYNC);
    for (uint32_t i = 0; i < node->rooms_len; i++) {
        if (node->rooms[i] != NULL) {
            room_release(node, node->rooms[i]);
            node->rooms[i]->key = 0;
        }
    }
    for (uint32_t i = 0; i < node->users_len; i++) {
        if (node->users[i] != NULL) {
            node->users[i]->key = 0;
        }
    }
    u64map_deinit(&node->room_by_key);
    node->room_by_key = (struct u64map){0};
    announce_forget(node);
    heard_clear(node);
    node->key = 0;
    ready_check(node);
    life_start(node);
}

bool life_is_ours(const struct node *node, struct db_life life)
{
    return node->key != 0 && life.node == node->key && life.incarnation == node->incarnation;
}

void life_fenced(struct node *node)
{
    if (node->fenced) {
        return;
    }
    node->fenced = true;
    note(node, NOTE_FENCED, (int64_t)node->incarnation, 0);
    ready_check(node);
    sessions_close(node, CLOSE_NODE_LOST);
    life_yield_start(node, job_new(node, JOB_YIELD));
}

/* --- The end by a newer life: who it is, and that this process lived when it came --- */

void life_yield_start(struct node *node, struct job *job)
{
    struct db_tx *tx = job_tx(node, job, false);

    db_tx_text(tx, db_tx_call(tx, DB_NODE_HOLDER), node->name);
    struct db_call *call = db_tx_call(tx, DB_NODE_YIELD);
    db_tx_int(tx, call, (int64_t)node->incarnation);
    db_tx_int(tx, call, wall_ms(node));
    db_tx_text(tx, call, node->name);
    job_submit(node, tx);
}

void life_yield_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct holder holder = {0};

    if (answer->err == HB_OK) {
        holder = holder_read(node, &answer->calls[0], node->incarnation);
    } else if (++job->tries < YIELD_TRIES_MAX) {
        job_retry(node, job);
        return;
    }
    job_free(node, job);
    struct effect *effect = effect_push(node);
    effect->kind = EFFECT_FENCED;
    effect->fenced.offset = (uint32_t)node->out->bytes.len;
    effect->fenced.len = holder.place.len;
    effect->fenced.since_ms = holder.since_ms;
    effect->fenced.own_since_ms = node->since_ms;
    effect->fenced.again_ms = holder.again_ms;
    if (holder.place.len > 0) {
        buf_add(&node->out->bytes, holder.place.bytes, holder.place.len);
    }
}
