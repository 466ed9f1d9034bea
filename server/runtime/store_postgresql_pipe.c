/* One round trip of a batch: what is sent, what the answers mean. See store_postgresql.h. */
#include "server/runtime/store_postgresql.h"
#include "server/runtime/store_postgresql_ask.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY_MAX          4 /* libpq ends each answer with one; more means that it has nothing to say */
#define DIVISION_BY_ZERO   "22012" /* the fence found no row */
#define LOCK_NOT_AVAILABLE "55P03"
#define TYPE_INT8          20 /* pg_type.dat */
#define TYPE_INT4          23
#define TYPE_TEXT          25

/* --- Sending -------------------------------------------------------------------------------- */

static bool name_send(PGconn *conn, const char *name)
{
    return PQsendQueryPrepared(conn, name, 0, NULL, NULL, NULL, 0) == 1;
}

/* Integers go as text, which fits whatever the server took the parameter for; texts go as bytes, so
 * that none is cut at a NUL or copied for one. Every answer is text. */
static bool call_send(PGconn *conn, const struct db_call *call)
{
    char name[PG_CALL_NAME_CAP];
    char digits[DB_PARAMS_MAX][24];
    const char *values[DB_PARAMS_MAX] = {NULL};
    int lens[DB_PARAMS_MAX] = {0};
    int binary[DB_PARAMS_MAX] = {0};

    HB_ASSERT(call->params_len == db_stmt_info(call->stmt)->params);
    for (uint32_t i = 0; i < call->params_len; i++) {
        const struct db_value *value = &call->params[i];
        switch (value->kind) {
        case DB_NULL:
            break;
        case DB_INT:
            (void)snprintf(digits[i], sizeof digits[i], "%" PRId64, value->integer);
            values[i] = digits[i];
            break;
        case DB_TEXT:
            HB_ASSERT(value->text.bytes != NULL);
            values[i] = value->text.bytes;
            lens[i] = (int)value->text.len;
            binary[i] = 1;
            break;
        }
    }
    pg_call_name(call->stmt, name);
    return PQsendQueryPrepared(conn, name, (int)call->params_len, values, lens, binary, 0) == 1;
}

/* Whether the fence comes before transaction `i`: the lock that it takes lasts until the commit. */
static bool fence_due(const struct pg_pipe *pipe, uint32_t i)
{
    const struct db_tx *tx = pipe->batch->txs[i];

    if (tx->read_only || tx->fence.incarnation == 0) {
        return false;
    }
    if (i == pipe->first) {
        return true;
    }
    const struct db_life before = pipe->batch->txs[i - 1]->fence;
    return before.node != tx->fence.node || before.incarnation != tx->fence.incarnation;
}

static bool fence_send(PGconn *conn, struct db_life fence)
{
    char digits[2][24];
    const char *const values[] = {digits[0], digits[1]};

    (void)snprintf(digits[0], sizeof digits[0], "%" PRId64, fence.node);
    (void)snprintf(digits[1], sizeof digits[1], "%" PRIu64, fence.incarnation);
    return PQsendQueryPrepared(conn, "fence", 2, values, NULL, NULL, 0) == 1;
}

static bool calls_send(const struct pg_pipe *pipe)
{
    for (uint32_t i = pipe->first; i < pipe->end; i++) {
        const struct db_tx *tx = pipe->batch->txs[i];
        if (fence_due(pipe, i) && !fence_send(pipe->conn, tx->fence)) {
            return false;
        }
        for (uint32_t c = 0; c < tx->calls_len; c++) {
            if (!call_send(pipe->conn, &tx->calls[c])) {
                return false;
            }
        }
    }
    return true;
}

bool pg_pipe_start(struct pg_pipe *pipe, enum pg_pipe_kind kind, uint32_t first, uint32_t end)
{
    const bool rollback = kind == PIPE_ROLLBACK;

    HB_ASSERT(first <= end && end <= pipe->batch->txs_len);
    *pipe = (struct pg_pipe){.conn = pipe->conn,
                             .batch = pipe->batch,
                             .kind = kind,
                             .step = rollback ? STEP_ROLLBACK : STEP_BEGIN,
                             .first = first,
                             .end = end,
                             .tx = first,
                             .mark = store_batch_mark(pipe->batch)};
    if (rollback) {
        return name_send(pipe->conn, "rollback") && PQpipelineSync(pipe->conn) == 1;
    }
    if (!name_send(pipe->conn, "begin") || !calls_send(pipe)) {
        return false;
    }
    pipe->commit_sent = true;
    return name_send(pipe->conn, "commit") && PQpipelineSync(pipe->conn) == 1;
}

/* --- Answers -------------------------------------------------------------------------------- */

/* False: anything but a whole decimal number. */
static bool number_read(const char *text, int64_t *ret)
{
    char *end = NULL;

    if (text[0] != '-' && (text[0] < '0' || text[0] > '9')) {
        return false;
    }
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') {
        return false;
    }
    *ret = value;
    return true;
}

static bool value_take(struct store_batch *batch, const PGresult *result, int row, int column)
{
    const Oid type = PQftype(result, column);
    const char *text = PQgetvalue(result, row, column);
    int64_t number = 0;

    if (PQgetisnull(result, row, column)) {
        store_batch_null(batch);
        return true;
    }
    if (type == TYPE_TEXT) {
        store_batch_text(batch, text, (size_t)PQgetlength(result, row, column));
        return true;
    }
    if ((type != TYPE_INT8 && type != TYPE_INT4) || !number_read(text, &number)) {
        return false;
    }
    store_batch_int(batch, number);
    return true;
}

/* False: not what this statement gives. */
static bool rows_take(struct pg_pipe *pipe, const PGresult *result)
{
    const struct db_call *call = &pipe->batch->txs[pipe->tx]->calls[pipe->call];
    const int columns = (int)db_stmt_info(call->stmt)->columns;
    const ExecStatusType want = columns == 0 ? PGRES_COMMAND_OK : PGRES_TUPLES_OK;

    if (PQresultStatus(result) != want || PQnfields(result) != columns) {
        return false;
    }
    store_batch_call(pipe->batch, (uint32_t)columns);
    for (int row = 0; columns > 0 && row < PQntuples(result); row++) {
        store_batch_row(pipe->batch);
        for (int column = 0; column < columns; column++) {
            if (!value_take(pipe->batch, result, row, column)) {
                return false;
            }
        }
    }
    return true;
}

/* Of a transaction by itself. Class 22 is a value that the database cannot hold, 23 a constraint:
 * another try would end alike. All else (busy, deadlock, disk, rights) may pass. */
static enum hb_err err_of(const PGresult *result, const char *sqlstate)
{
    const bool for_good = strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0;
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

    if (constraint != NULL && strcmp(constraint, DB_STAMP_CONSTRAINT) == 0) {
        return HB_ESTAMP;
    }
    return for_good ? HB_EDENIED : HB_EAGAIN;
}

/* Two transactions in each other's way (class 40, a lock that was waited for too long) are no trouble. */
static void trouble_take(struct pg_pipe *pipe, const PGresult *result, const char *sqlstate)
{
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (primary != NULL && pipe->refused_err == HB_EAGAIN && strncmp(sqlstate, "40", 2) != 0 &&
        strcmp(sqlstate, LOCK_NOT_AVAILABLE) != 0) {
        struct buf words = {0};
        buf_add_text(&words, "PostgreSQL: ");
        buf_add_text(&words, primary);
        if (pg_advice(sqlstate) != NULL) {
            buf_printf(&words, "; %s", pg_advice(sqlstate));
        }
        store_batch_trouble(pipe->batch, words.bytes);
        buf_deinit(&words);
    }
}

static void error_take(struct pg_pipe *pipe, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    /* libpq itself has no SQLSTATE: the connection is lost. A server that dies during the COMMIT
     * may have done it; an ERROR of a COMMIT has undone it. */
    if (pipe->kind == PIPE_ROLLBACK || pipe->committed || sqlstate == NULL || severity == NULL ||
        (pipe->step == STEP_COMMIT && strcmp(severity, "ERROR") != 0)) {
        pipe->broken = true;
        return;
    }
    pipe->refused = true;
    pipe->refused_err = err_of(result, sqlstate);
    if (pipe->step == STEP_FENCE) {
        pipe->refused_err = strcmp(sqlstate, DIVISION_BY_ZERO) == 0 ? HB_EFENCED : HB_EAGAIN;
    }
    trouble_take(pipe, result, sqlstate);
}

static void commit_take(struct pg_pipe *pipe, PGresult *result)
{
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        pipe->broken = true;
    } else if (strcmp(PQcmdStatus(result), "COMMIT") == 0) {
        pipe->committed = true;
    } else { /* "ROLLBACK": the transaction had failed */
        pipe->refused = true;
        pipe->refused_err = HB_EAGAIN;
    }
}

static void result_take(struct pg_pipe *pipe, PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);

    pipe->step_answered = true;
    pipe->empty_count = 0;
    if (status == PGRES_FATAL_ERROR) {
        error_take(pipe, result);
    } else if (status == PGRES_PIPELINE_ABORTED) {
        pipe->broken = !pipe->refused;
    } else if (pipe->step == STEP_CALL) {
        pipe->broken = !rows_take(pipe, result);
    } else if (pipe->step == STEP_COMMIT) {
        commit_take(pipe, result);
    } else if (pipe->step == STEP_SYNC) {
        pipe->broken = status != PGRES_PIPELINE_SYNC;
    } else if (pipe->step == STEP_FENCE) {
        pipe->broken = status != PGRES_TUPLES_OK;
    } else { /* BEGIN, ROLLBACK */
        pipe->broken = status != PGRES_COMMAND_OK;
    }
}

/* To the first statement of the next transaction that has one; behind the last one stands the
 * COMMIT. */
static void tx_find(struct pg_pipe *pipe)
{
    pipe->call = 0;
    while (pipe->tx < pipe->end && pipe->batch->txs[pipe->tx]->calls_len == 0 &&
           !fence_due(pipe, pipe->tx)) {
        pipe->tx++;
    }
    if (pipe->tx == pipe->end) {
        pipe->step = STEP_COMMIT;
    } else {
        pipe->step = fence_due(pipe, pipe->tx) ? STEP_FENCE : STEP_CALL;
    }
}

/* To the next statement of this transaction, or to the next transaction. */
static void call_find(struct pg_pipe *pipe)
{
    pipe->step = STEP_CALL;
    if (pipe->call == pipe->batch->txs[pipe->tx]->calls_len) {
        pipe->tx++;
        tx_find(pipe);
    }
}

static void step_end(struct pg_pipe *pipe)
{
    pipe->step_answered = false;
    switch (pipe->step) {
    case STEP_CALL:
        pipe->call++;
        call_find(pipe);
        break;
    case STEP_FENCE:
        call_find(pipe);
        break;
    case STEP_BEGIN:
        tx_find(pipe);
        break;
    case STEP_COMMIT:
    case STEP_ROLLBACK:
        pipe->step = STEP_SYNC;
        break;
    case STEP_SYNC:
        break;
    }
}

enum pg_pipe_state pg_pipe_read(struct pg_pipe *pipe)
{
    while (!pipe->broken && pipe->empty_count < EMPTY_MAX && !PQisBusy(pipe->conn)) {
        PGresult *result = PQgetResult(pipe->conn);
        if (result != NULL) {
            result_take(pipe, result);
            PQclear(result);
            if (pipe->step == STEP_SYNC && !pipe->broken) {
                return PIPE_SYNCED;
            }
        } else if (pipe->step_answered) {
            step_end(pipe);
        } else {
            pipe->empty_count++;
        }
    }
    if (pipe->broken || pipe->empty_count == EMPTY_MAX) {
        return PIPE_LOST;
    }
    return PIPE_BUSY;
}

/* --- The end -------------------------------------------------------------------------------- */

static enum hb_err outcome(const struct pg_pipe *pipe, const struct db_tx *tx)
{
    if (pipe->committed) {
        return HB_OK;
    }
    if (pipe->refused) {
        return pipe->kind == PIPE_SINGLE ? pipe->refused_err : HB_EAGAIN;
    }
    return pipe->commit_sent && !tx->read_only ? HB_EUNKNOWN : HB_EAGAIN;
}

void pg_pipe_settle(struct pg_pipe *pipe)
{
    HB_ASSERT(!pipe->committed || !pipe->refused);
    if (pipe->kind == PIPE_ROLLBACK) {
        return;
    }
    for (uint32_t i = pipe->first; i < pipe->end; i++) {
        pipe->batch->errs[i] = outcome(pipe, pipe->batch->txs[i]);
    }
    if (!pipe->committed) {
        store_batch_rewind(pipe->batch, pipe->mark);
    }
}
