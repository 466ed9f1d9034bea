/* What the two databases share: the queue of what waits, the batch that runs with its answers, and
 * the handing over of the answers on the loop.
 *
 *   I1  a transaction is in one place: a queue, a batch, or answered;
 *   I2  the rows of a batch are those of its HB_OK transactions, in the order of the batch.
 *
 * Thread: a batch belongs to whoever runs it; all else to the loop. */
#ifndef HUBBUB_SERVER_RUNTIME_STORE_INTERNAL_H
#define HUBBUB_SERVER_RUNTIME_STORE_INTERNAL_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/db.h"
#include "server/node/schema.h"
#include "server/runtime/store.h"

#include <uv.h>

#define STORE_BATCH_TXS_MAX   256   /* bounds what one lost commit makes unknown */
#define STORE_BATCH_CALLS_MAX 4096  /* no further transaction after that many; bounds its memory */
#define STORE_QUEUE_TXS_MAX   65536 /* seconds of work; what comes beyond is answered HB_EAGAIN */

/* --- The queue: a ring --- */

struct store_queue {
    struct db_tx **txs;
    size_t first, len, cap; /* cap: 0 or a power of two */
};

void store_queue_push(struct store_queue *queue, struct db_tx *tx); /* takes */
struct db_tx *store_queue_pop(struct store_queue *queue);           /* gives; len > 0 */
void store_queue_deinit(struct store_queue *queue);                 /* frees what waits */

/* --- The batch --- */

struct store_batch {
    struct db_tx *txs[STORE_BATCH_TXS_MAX]; /* owned */
    enum hb_err errs[STORE_BATCH_TXS_MAX];
    uint32_t txs_len;
    uint64_t epoch;
    struct db_rows *calls;
    size_t calls_len, calls_cap;
    struct db_value *values; /* until it is answered a text's pointer is its offset in `texts` */
    size_t values_len, values_cap;
    struct buf texts;
    struct buf words; /* what went wrong, NUL-terminated; empty: nothing */
};

/* How far the rows of a batch went, to drop those of a transaction that failed. */
struct store_mark {
    size_t calls_len, values_len, texts_len;
};

/* Moves what waits into an empty batch, all with HB_EAGAIN until somebody says otherwise. */
void store_batch_fill(struct store_batch *batch, struct store_queue *queue);
/* The next statement's rows begin. */
void store_batch_call(struct store_batch *batch, uint32_t columns);
void store_batch_row(struct store_batch *batch); /* its values follow */
void store_batch_null(struct store_batch *batch);
void store_batch_int(struct store_batch *batch, int64_t value);
void store_batch_text(struct store_batch *batch, const void *bytes, size_t bytes_len); /* copies */
struct store_mark store_batch_mark(const struct store_batch *batch);
void store_batch_rewind(struct store_batch *batch, struct store_mark mark);
/* What went wrong, unless that is told already. */
void store_batch_trouble(struct store_batch *batch, const char *words);
/* Nothing of it stays: `err` for those that write, HB_EAGAIN for those that only read or that were
 * refused before. */
void store_batch_fail(struct store_batch *batch, enum hb_err err);
void store_batch_deinit(struct store_batch *batch);

/* --- The store --- */

struct store_ops {
    /* Where `tx` has to wait. */
    struct store_queue *(*queue)(struct store *store, const struct db_tx *tx);
    /* Starts what waits, or refuses it. */
    void (*kick)(struct store *store);
    /* Waits for what runs, drops what waits, begins to close its handles. */
    void (*close)(struct store *store);
    /* Every handle is closed: frees the whole, `store` included. */
    void (*free)(struct store *store);
};

struct store { /* the first member of the database's own struct */
    const struct store_ops *ops;
    uv_loop_t *loop;
    struct store_events events;
    uv_idle_t idle; /* runs once after a submission: all of one round of the loop go together */
    struct store_queue refused; /* too many waited */
    unsigned open_count;        /* handles and works of the loop that may still call back */
    uint64_t batches_count;     /* begun so far */
    bool closing;
};

/* For store_open: fills the common part. */
void store_init(struct store *store, const struct store_ops *ops, uv_loop_t *loop,
                const struct store_events *events);
/* One handle or work fewer may call back; the last one, once it is closing, frees the store. */
void store_closed(struct store *store);
/* A uv_close_cb for handles whose data is the store. */
void store_handle_closed(uv_handle_t *handle);
/* Tells whoever opened it. */
void store_trouble(struct store *store, const char *words);
/* Answers the batch and empties it. The callback may close the store. */
void store_deliver(struct store *store, struct store_batch *batch);
/* Answers HB_EAGAIN to what waits there now. */
void store_refuse(struct store *store, struct store_queue *queue);
/* For tests: how many batches were begun. */
uint64_t store_batches_count(const struct store *store);

/* --- Opening --- */

bool store_is_postgresql(const char *where);

/* What an opened database already holds. */
struct store_tables {
    const struct db_schema *schema;
    unsigned first, others;  /* tables of step 1; tables that no step makes */
    int64_t version, oldest; /* as `meta` tells; 0: it cannot; version -1: it has no row */
};
/* One more table, by its name. */
void store_tables_count(struct store_tables *tables, const char *name);
/* How many of the steps it has: those that follow have to be run. HB_EDENIED: it is neither empty nor
 * ours, or newer than this program can work on; `message` says so. */
HB_MUST_USE enum hb_err store_tables_judge(const struct store_tables *tables, uint32_t *ret_has,
                                           struct buf *message);
/* The statement that tells in `meta` that all steps were run; for schemas from DB_SCHEMA_TOLD on. */
#define STORE_TELL_CAP 96
void store_tables_tell(const struct db_schema *schema, char ret[STORE_TELL_CAP]);
/* Sets `message` to what was done, or to nothing. */
void store_tables_done(const struct db_schema *schema, uint32_t had, struct buf *message);
/* A new database's epoch: 63 random bits, not 0. */
int64_t store_epoch_draw(void);
/* Adds `text` without its line breaks. */
void store_message_line(struct buf *message, const char *text);

/* As store_open; they fill the common part with store_init. */
HB_MUST_USE enum hb_err store_sqlite_open(const char *path, enum store_durability durability,
                                          uv_loop_t *loop, const struct store_events *events,
                                          struct store **ret, struct buf *message);
HB_MUST_USE enum hb_err store_postgresql_open(const char *uri, uv_loop_t *loop,
                                              const struct store_events *events, struct store **ret,
                                              struct buf *message);

#endif
