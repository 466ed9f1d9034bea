/* See store.h and store_internal.h: which database, the queue, the batch, the answers. */
#include "server/runtime/store.h"

#include "server/runtime/store_internal.h"
#include "server/runtime/store_postgresql.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* --- The queue ------------------------------------------------------------------------------ */

static void queue_grow(struct store_queue *queue)
{
    const size_t cap = queue->cap == 0 ? 64 : queue->cap * 2;
    struct db_tx **txs = hb_malloc(cap * sizeof *txs);

    for (size_t i = 0; i < queue->len; i++) {
        txs[i] = queue->txs[(queue->first + i) & (queue->cap - 1)];
    }
    free(queue->txs);
    queue->txs = txs;
    queue->first = 0;
    queue->cap = cap;
}

void store_queue_push(struct store_queue *queue, struct db_tx *tx)
{
    if (queue->len == queue->cap) {
        queue_grow(queue);
    }
    queue->txs[(queue->first + queue->len) & (queue->cap - 1)] = tx;
    queue->len++;
}

struct db_tx *store_queue_pop(struct store_queue *queue)
{
    HB_ASSERT(queue->len > 0);
    struct db_tx *tx = queue->txs[queue->first];
    queue->first = (queue->first + 1) & (queue->cap - 1);
    queue->len--;
    return tx;
}

void store_queue_deinit(struct store_queue *queue)
{
    while (queue->len > 0) {
        struct db_tx *tx = store_queue_pop(queue);
        db_tx_free(&tx);
    }
    free(queue->txs);
    *queue = (struct store_queue){0};
}

/* --- The batch ------------------------------------------------------------------------------ */

void store_batch_fill(struct store_batch *batch, struct store_queue *queue)
{
    uint32_t calls = 0;

    HB_ASSERT(batch->txs_len == 0);
    HB_ASSERT(batch->calls_len == 0);
    while (queue->len > 0 && batch->txs_len < STORE_BATCH_TXS_MAX &&
           calls < STORE_BATCH_CALLS_MAX) {
        struct db_tx *tx = store_queue_pop(queue);
        HB_ASSERT(tx->calls_len <= DB_CALLS_MAX);
        calls += tx->calls_len;
        batch->errs[batch->txs_len] = HB_EAGAIN;
        batch->txs[batch->txs_len++] = tx;
    }
}

void store_batch_call(struct store_batch *batch, uint32_t columns)
{
    HB_GROW(batch->calls, batch->calls_len, batch->calls_cap);
    batch->calls[batch->calls_len++] = (struct db_rows){.columns = columns};
}

void store_batch_row(struct store_batch *batch)
{
    HB_ASSERT(batch->calls_len > 0);
    batch->calls[batch->calls_len - 1].rows_len++;
}

static struct db_value *value_push(struct store_batch *batch)
{
    HB_GROW(batch->values, batch->values_len, batch->values_cap);
    return &batch->values[batch->values_len++];
}

void store_batch_null(struct store_batch *batch)
{
    *value_push(batch) = (struct db_value){.kind = DB_NULL};
}

void store_batch_int(struct store_batch *batch, int64_t value)
{
    *value_push(batch) = (struct db_value){.kind = DB_INT, .integer = value};
}

void store_batch_text(struct store_batch *batch, const void *bytes, size_t bytes_len)
{
    const char *offset = (const char *)(uintptr_t)batch->texts.len;

    HB_ASSERT(bytes_len <= UINT32_MAX);
    *value_push(batch) = (struct db_value){.kind = DB_TEXT, .text = {offset, (uint32_t)bytes_len}};
    buf_reserve(&batch->texts, bytes_len + 1); /* also an empty text points somewhere */
    if (bytes_len > 0) {
        buf_add(&batch->texts, bytes, bytes_len);
    }
}

struct store_mark store_batch_mark(const struct store_batch *batch)
{
    return (struct store_mark){batch->calls_len, batch->values_len, batch->texts.len};
}

void store_batch_rewind(struct store_batch *batch, struct store_mark mark)
{
    HB_ASSERT(mark.calls_len <= batch->calls_len);
    HB_ASSERT(mark.values_len <= batch->values_len);
    HB_ASSERT(mark.texts_len <= batch->texts.len);
    batch->calls_len = mark.calls_len;
    batch->values_len = mark.values_len;
    batch->texts.len = mark.texts_len;
}

void store_batch_trouble(struct store_batch *batch, const char *words)
{
    if (batch->words.len == 0) {
        store_message_line(&batch->words, words);
    }
}

void store_batch_fail(struct store_batch *batch, enum hb_err err)
{
    HB_ASSERT(err == HB_EAGAIN || err == HB_EUNKNOWN);
    store_batch_rewind(batch, (struct store_mark){0});
    for (uint32_t i = 0; i < batch->txs_len; i++) {
        const bool maybe = batch->errs[i] == HB_OK && !batch->txs[i]->read_only;
        batch->errs[i] = maybe ? err : HB_EAGAIN;
    }
}

void store_batch_deinit(struct store_batch *batch)
{
    for (uint32_t i = 0; i < batch->txs_len; i++) {
        db_tx_free(&batch->txs[i]);
    }
    free(batch->calls);
    free(batch->values);
    buf_deinit(&batch->texts);
    buf_deinit(&batch->words);
    *batch = (struct store_batch){0};
}

/* Gives texts their addresses and calls their rows: nothing is added any more. */
static void batch_seal(struct store_batch *batch)
{
    const struct db_value *values = batch->values;

    for (size_t i = 0; i < batch->values_len; i++) {
        struct db_value *value = &batch->values[i];
        if (value->kind == DB_TEXT) {
            value->text.bytes = batch->texts.bytes + (uintptr_t)value->text.bytes;
        }
    }
    for (size_t i = 0; i < batch->calls_len; i++) {
        batch->calls[i].values = values;
        values += (size_t)batch->calls[i].rows_len * batch->calls[i].columns;
    }
    HB_ASSERT(values == batch->values + batch->values_len); /* I2 */
}

/* --- Answers -------------------------------------------------------------------------------- */

static void answer(struct store *store, struct db_tx *tx, struct db_answer *answer)
{
    answer->token = tx->token;
    db_tx_free(&tx);
    if (!store->closing) {
        store->events.done(store->events.context, answer);
    }
}

void store_trouble(struct store *store, const char *words)
{
    if (!store->closing && store->events.trouble != NULL) {
        store->events.trouble(store->events.context, words);
    }
}

void store_deliver(struct store *store, struct store_batch *batch)
{
    size_t call = 0;

    if (batch->words.len > 0) {
        store_trouble(store, batch->words.bytes);
    }
    buf_clear(&batch->words);
    batch_seal(batch);
    for (uint32_t i = 0; i < batch->txs_len; i++) {
        struct db_tx *tx = batch->txs[i];
        struct db_answer made = {.err = batch->errs[i], .epoch = batch->epoch};
        if (made.err == HB_OK) {
            made.calls_len = tx->calls_len;
            made.calls = batch->calls + call;
            call += tx->calls_len;
        }
        batch->txs[i] = NULL;
        answer(store, tx, &made);
    }
    HB_ASSERT(call == batch->calls_len); /* I2 */
    batch->txs_len = 0;
    store_batch_rewind(batch, (struct store_mark){0});
}

void store_refuse(struct store *store, struct store_queue *queue)
{
    for (size_t count = queue->len; count > 0 && queue->len > 0; count--) {
        struct db_answer made = {.err = HB_EAGAIN};
        answer(store, store_queue_pop(queue), &made);
    }
}

/* --- Life ----------------------------------------------------------------------------------- */

void store_init(struct store *store, const struct store_ops *ops, uv_loop_t *loop,
                const struct store_events *events)
{
    store->ops = ops;
    store->loop = loop;
    store->events = *events;
    (void)uv_idle_init(loop, &store->idle); /* cannot fail */
    store->idle.data = store;
    store->open_count = 1;
}

static void on_idle(uv_idle_t *idle)
{
    struct store *store = idle->data;

    (void)uv_idle_stop(idle);
    store_refuse(store, &store->refused);
    if (!store->closing) {
        store->ops->kick(store);
    }
}

void store_submit(struct store *store, struct db_tx *tx)
{
    struct store_queue *queue = store->ops->queue(store, tx);

    HB_ASSERT(!store->closing);
    store_queue_push(queue->len < STORE_QUEUE_TXS_MAX ? queue : &store->refused, tx);
    (void)uv_idle_start(&store->idle, on_idle);
}

void store_closed(struct store *store)
{
    HB_ASSERT(store->open_count > 0);
    if (--store->open_count == 0) {
        HB_ASSERT(store->closing); /* until then the idle handle is open */
        store->ops->free(store);
    }
}

void store_handle_closed(uv_handle_t *handle)
{
    store_closed(handle->data);
}

void store_close(struct store **store_pointer)
{
    struct store *store = *store_pointer;

    if (store == NULL) {
        return;
    }
    *store_pointer = NULL;
    HB_ASSERT(!store->closing);
    store->closing = true;
    store_queue_deinit(&store->refused);
    store->ops->close(store);
    uv_close((uv_handle_t *)&store->idle, store_handle_closed);
}

uint64_t store_batches_count(const struct store *store)
{
    return store->batches_count;
}

/* --- Opening -------------------------------------------------------------------------------- */

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool store_is_postgresql(const char *where)
{
    return starts_with(where, "postgresql://") || starts_with(where, "postgres://");
}

enum hb_err store_place_check(const char *where, struct buf *message)
{
    if (!store_is_postgresql(where) && pg_is_words(where)) {
        buf_add_text(message,
                     "the database is given in libpq's words (host=... dbname=...), not as "
                     "an address; write postgresql://USER@HOST:PORT/NAME");
        return HB_EDENIED;
    }
    if (!store_is_postgresql(where) &&
        (where[0] == '\0' || where[0] == ':' || strstr(where, "://") != NULL)) {
        buf_add_text(message, "the database is neither a path nor postgresql://...; give one, such "
                              "as data/hubbub.db or postgresql://user@host/name");
        return HB_EDENIED;
    }
    return HB_OK;
}

enum hb_err store_open(const char *where, enum store_durability durability, uv_loop_t *loop,
                       const struct store_events *events, struct store **ret, struct buf *message)
{
    buf_clear(message);
    *ret = NULL;
    if (store_place_check(where, message) != HB_OK) {
        return HB_EDENIED;
    }
    return store_is_postgresql(where)
               ? store_postgresql_open(where, loop, events, ret, message)
               : store_sqlite_open(where, durability, loop, events, ret, message);
}

int64_t store_epoch_draw(void)
{
    uint64_t bits = 0;

    /* Up to 256 bytes come whole or, before the kernel has any randomness, late. */
    while ((bits & INT64_MAX) == 0) {
        HB_ASSERT(getrandom(&bits, sizeof bits, 0) == sizeof bits);
    }
    return (int64_t)(bits & INT64_MAX);
}

void store_message_line(struct buf *message, const char *text)
{
    for (bool space = false; *text != '\0'; text++) {
        if (*text == '\n' || *text == '\t' || *text == '\r' || *text == ' ') {
            space = true;
            continue;
        }
        if (space) {
            buf_add_char(message, ' ');
        }
        buf_add_char(message, *text);
        space = false;
    }
}
