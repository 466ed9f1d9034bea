/* The store on a SQLite file that this process alone owns.
 *
 *      loop                        worker thread
 *      kick: todo = batch  ----->  BEGIN, a savepoint per transaction, COMMIT
 *      on_finished         <-----  done = batch
 *
 * While one batch runs, the other struct is answered from or empty. The connection belongs to the
 * worker from its start to its end, before and after that to the loop's thread.
 *
 * WAL with synchronous = FULL: one fdatasync a batch, so what was answered HB_OK outlives a power cut; with
 * NORMAL (STORE_PROCESS) a crash of the process only. A sync that failed leaves the log's end where the last
 * commit set it, and the next batch writes over what may be half there. */
#include "server/runtime/store_sqlite.h"

#include "server/runtime/store_internal.h"

#include <sqlite3.h>
#include <stdlib.h>

struct sqlite_store {
    struct store store;
    struct sqlite_file file; /* the worker's */
    struct store_queue queue;
    struct store_batch batches[2];
    struct store_batch *running; /* with the worker; NULL: it has nothing to do */
    uv_async_t finished;
    uv_thread_t worker;
    uv_mutex_t mutex;
    uv_cond_t wake;
    struct { /* under the mutex */
        struct store_batch *todo, *done;
        bool quit;
    } shared;
};

/* --- Running a batch, on the worker --------------------------------------------------------- */

/* In SQLite's own words. A damaged file is not written to any more: that can only make it worse. */
static void trouble(struct sqlite_store *sq, struct store_batch *batch, int code)
{
    struct buf words = {0};

    sq->file.watch.ruined =
        sq->file.watch.ruined || (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
    buf_printf(&words, "SQLite, \"%s\": %s", sq->file.watch.path, sqlite3_errmsg(sq->file.db));
    store_batch_trouble(batch, words.bytes);
    buf_deinit(&words);
}

/* SQLITE_OK, or an extended code. */
static int run_step(struct sqlite_store *sq, struct store_batch *batch, enum sqlite_step step)
{
    const int got = sqlite3_step(sq->file.steps[step]);

    if (got != SQLITE_DONE) {
        trouble(sq, batch, got);
    }
    (void)sqlite3_reset(sq->file.steps[step]);
    return got == SQLITE_DONE ? SQLITE_OK : got;
}

static int bind_all(sqlite3_stmt *stmt, const struct db_call *call)
{
    int err = SQLITE_OK;

    for (int i = 0; i < (int)call->params_len && err == SQLITE_OK; i++) {
        const struct db_value *value = &call->params[i];
        switch (value->kind) {
        case DB_NULL:
            err = sqlite3_bind_null(stmt, i + 1);
            break;
        case DB_INT:
            err = sqlite3_bind_int64(stmt, i + 1, value->integer);
            break;
        case DB_TEXT:
            err = sqlite3_bind_text64(stmt, i + 1, value->text.bytes, value->text.len,
                                      SQLITE_STATIC, SQLITE_UTF8);
            break;
        }
    }
    return err;
}

/* False: a value that no statement of ours has written. */
static bool take_row(struct store_batch *batch, sqlite3_stmt *stmt, uint32_t columns)
{
    store_batch_row(batch);
    for (int c = 0; c < (int)columns; c++) {
        switch (sqlite3_column_type(stmt, c)) {
        case SQLITE_NULL:
            store_batch_null(batch);
            break;
        case SQLITE_INTEGER:
            store_batch_int(batch, sqlite3_column_int64(stmt, c));
            break;
        case SQLITE_TEXT: {
            const void *bytes = sqlite3_column_text(stmt, c);
            store_batch_text(batch, bytes, (size_t)sqlite3_column_bytes(stmt, c));
            break;
        }
        default:
            return false;
        }
    }
    return true;
}

static enum hb_err run_call(struct sqlite_store *sq, struct store_batch *batch,
                            const struct db_call *call)
{
    const struct db_stmt_info *info = db_stmt_info(call->stmt);
    sqlite3_stmt *stmt = sq->file.stmts[call->stmt];

    HB_ASSERT(call->params_len == info->params);
    store_batch_call(batch, info->columns);
    if (db_stmt_only_locks(call->stmt)) {
        return HB_OK;
    }
    int got = bind_all(stmt, call);
    if (got == SQLITE_OK) {
        while ((got = sqlite3_step(stmt)) == SQLITE_ROW) {
            if (!take_row(batch, stmt, info->columns)) {
                break;
            }
        }
    }
    const bool stamp = (got & 0xff) == SQLITE_CONSTRAINT &&
                       strstr(sqlite3_errmsg(sq->file.db), DB_STAMP_COLUMNS) != NULL;
    if (got != SQLITE_DONE && (got & 0xff) != SQLITE_CONSTRAINT) {
        trouble(sq, batch, got);
    }
    (void)sqlite3_reset(stmt);
    (void)sqlite3_clear_bindings(stmt); /* they point into the transaction */
    if ((got & 0xff) == SQLITE_CONSTRAINT) {
        return stamp ? HB_ESTAMP : HB_EDENIED;
    }
    return got == SQLITE_DONE ? HB_OK : HB_EAGAIN;
}

/* Nothing can register between this and the commit: the file is this process' alone, and the batch
 * one transaction. */
static enum hb_err run_fence(struct sqlite_store *sq, struct store_batch *batch,
                             struct db_life fence)
{
    sqlite3_stmt *stmt = sq->file.stmts[DB_NODE_FENCE];
    int got = SQLITE_ROW;

    if (fence.incarnation != 0) {
        (void)sqlite3_bind_int64(stmt, 1, fence.node);
        (void)sqlite3_bind_int64(stmt, 2, (int64_t)fence.incarnation);
        got = sqlite3_step(stmt);
        if (got != SQLITE_ROW && got != SQLITE_DONE) {
            trouble(sq, batch, got);
        }
        (void)sqlite3_reset(stmt);
    }
    return got == SQLITE_ROW ? HB_OK : got == SQLITE_DONE ? HB_EFENCED : HB_EAGAIN;
}

/* One transaction of the batch. False: SQLite gave up the whole batch (full disk, input/output). */
static bool run_tx(struct sqlite_store *sq, struct store_batch *batch, uint32_t index)
{
    const struct db_tx *tx = batch->txs[index];
    const struct store_mark mark = store_batch_mark(batch);

    if (!tx->read_only && run_step(sq, batch, SQLITE_STEP_SAVE) != SQLITE_OK) {
        return false;
    }
    enum hb_err err = tx->read_only ? HB_OK : run_fence(sq, batch, tx->fence);
    for (uint32_t i = 0; i < tx->calls_len && err == HB_OK; i++) {
        err = run_call(sq, batch, &tx->calls[i]);
    }
    batch->errs[index] = err;
    if (err != HB_OK) {
        store_batch_rewind(batch, mark);
        if (sqlite3_get_autocommit(sq->file.db)) {
            return false;
        }
    }
    if (tx->read_only) {
        return true;
    }
    return (err == HB_OK || run_step(sq, batch, SQLITE_STEP_UNDO) == SQLITE_OK) &&
           run_step(sq, batch, SQLITE_STEP_RELEASE) == SQLITE_OK;
}

/* After a failure. True: nothing of the batch can be in the file. */
static bool roll_back(struct sqlite_store *sq, struct store_batch *batch)
{
    return sqlite3_get_autocommit(sq->file.db) ||
           run_step(sq, batch, SQLITE_STEP_ROLLBACK) == SQLITE_OK;
}

static void run_batch(struct sqlite_store *sq, struct store_batch *batch)
{
    bool writes = false;

    batch->epoch = sq->file.epoch;
    for (uint32_t i = 0; i < batch->txs_len; i++) {
        writes = writes || !batch->txs[i]->read_only;
    }
    if (sq->file.watch.ruined || (writes && !sqlite_watch_look(&sq->file, &batch->words))) {
        store_batch_fail(batch, HB_EAGAIN);
        return;
    }
    if (run_step(sq, batch, writes ? SQLITE_STEP_BEGIN : SQLITE_STEP_BEGIN_READ) != SQLITE_OK) {
        (void)roll_back(sq, batch);
        store_batch_fail(batch, HB_EAGAIN);
        return;
    }
    for (uint32_t i = 0; i < batch->txs_len; i++) {
        if (!run_tx(sq, batch, i)) {
            (void)roll_back(sq, batch);
            store_batch_fail(batch, HB_EAGAIN);
            return;
        }
    }
    const int got = run_step(sq, batch, SQLITE_STEP_COMMIT);
    if (got != SQLITE_OK) {
        /* A write that failed half-way may still have reached the log: a recovery would find it. */
        const bool certain = (got & 0xff) != SQLITE_IOERR;
        store_batch_fail(batch, roll_back(sq, batch) && certain ? HB_EAGAIN : HB_EUNKNOWN);
    } else if (writes && !sqlite_watch_look(&sq->file, &batch->words)) {
        store_batch_fail(batch, HB_EUNKNOWN);
    }
}

static void worker(void *arg)
{
    struct sqlite_store *sq = arg;

    uv_mutex_lock(&sq->mutex);
    for (;;) {
        while (sq->shared.todo == NULL && !sq->shared.quit) {
            uv_cond_wait(&sq->wake, &sq->mutex);
        }
        struct store_batch *batch = sq->shared.todo;
        if (batch == NULL) {
            break;
        }
        uv_mutex_unlock(&sq->mutex);
        run_batch(sq, batch);
        uv_mutex_lock(&sq->mutex);
        sq->shared.todo = NULL;
        sq->shared.done = batch;
        (void)uv_async_send(&sq->finished);
    }
    uv_mutex_unlock(&sq->mutex);
}

/* --- On the loop ---------------------------------------------------------------------------- */

static struct store_queue *sqlite_queue(struct store *store, const struct db_tx *tx)
{
    (void)tx;
    return &((struct sqlite_store *)store)->queue;
}

static void sqlite_kick(struct store *store)
{
    struct sqlite_store *sq = (struct sqlite_store *)store;

    if (sq->running != NULL || sq->queue.len == 0) {
        return;
    }
    sq->running = sq->batches[0].txs_len == 0 ? &sq->batches[0] : &sq->batches[1];
    store_batch_fill(sq->running, &sq->queue);
    store->batches_count++;
    uv_mutex_lock(&sq->mutex);
    HB_ASSERT(sq->shared.todo == NULL);
    sq->shared.todo = sq->running;
    uv_cond_signal(&sq->wake);
    uv_mutex_unlock(&sq->mutex);
}

static void on_finished(uv_async_t *async)
{
    struct sqlite_store *sq = async->data;

    uv_mutex_lock(&sq->mutex);
    struct store_batch *batch = sq->shared.done;
    sq->shared.done = NULL;
    uv_mutex_unlock(&sq->mutex);
    if (batch == NULL || sq->store.closing) {
        return;
    }
    HB_ASSERT(batch == sq->running);
    sq->running = NULL;
    sqlite_kick(&sq->store); /* the worker goes on while the answers are read */
    store_deliver(&sq->store, batch);
}

static void sqlite_close(struct store *store)
{
    struct sqlite_store *sq = (struct sqlite_store *)store;

    uv_mutex_lock(&sq->mutex);
    sq->shared.quit = true;
    uv_cond_signal(&sq->wake);
    uv_mutex_unlock(&sq->mutex);
    (void)uv_thread_join(&sq->worker);
    sqlite_file_close(&sq->file);
    store_queue_deinit(&sq->queue);
    uv_close((uv_handle_t *)&sq->finished, store_handle_closed);
}

static void sqlite_free(struct store *store)
{
    struct sqlite_store *sq = (struct sqlite_store *)store;

    store_batch_deinit(&sq->batches[0]);
    store_batch_deinit(&sq->batches[1]);
    uv_mutex_destroy(&sq->mutex);
    uv_cond_destroy(&sq->wake);
    free(sq);
}

static const struct store_ops sqlite_ops = {sqlite_queue, sqlite_kick, sqlite_close, sqlite_free};

enum hb_err store_sqlite_open(const char *path, enum store_durability durability, uv_loop_t *loop,
                              const struct store_events *events, struct store **ret,
                              struct buf *message)
{
    struct sqlite_store *sq = hb_calloc(1, sizeof *sq);
    enum hb_err err = sqlite_file_open(&sq->file, path, durability, db_schema(), message);

    if (err == HB_OK) {
        err = sqlite_file_check(&sq->file, message);
    }
    if (err != HB_OK) {
        sqlite_file_close(&sq->file);
        free(sq);
        return err;
    }
    if (uv_mutex_init(&sq->mutex) != 0 || uv_cond_init(&sq->wake) != 0 ||
        uv_async_init(loop, &sq->finished, on_finished) != 0 ||
        uv_thread_create(&sq->worker, worker, sq) != 0) {
        hb_panic(__FILE__, __LINE__, __func__, "no thread can be made"); /* a process' first */
    }
    store_init(&sq->store, &sqlite_ops, loop, events);
    sq->finished.data = &sq->store;
    sq->store.open_count++;
    *ret = &sq->store;
    return HB_OK;
}
