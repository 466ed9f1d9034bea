/* The store on PostgreSQL: two links, one for what writes and one for what only reads, each with
 * one batch at a time in one round trip.
 *
 *   WAITING --on_timer--> CONNECTING --link_up--> IDLE --batch_start--> RUNNING --batch_end--> IDLE
 *      ^                      |                     |                      |
 *      +-- link_wait: failed -+----- link_lost -----+------ link_lost -----+
 *
 *   WAITING, CONNECTING  no connection: what is submitted is answered HB_EAGAIN
 *   IDLE                 the connection is watched for its end
 *   RUNNING              a batch, with a pipeline under way:
 *
 *      PIPE_BATCH --committed--> answered
 *          | refused: nothing of it is in the log
 *          v
 *      PIPE_ROLLBACK --> PIPE_SINGLE, each transaction by itself --> answered
 *            ^                | refused: this one alone
 *            +----------------+
 *
 * A refusal within a batch is final for nobody: it may be another transaction's, a deadlock with
 * another node's batch, or a race for one client_id that is over when the single one runs.
 *
 * Long because the picture above is one machine: each of its arrows is a function here. */
#include "server/runtime/store_postgresql.h"

#include "server/base/sort.h"
#include "server/runtime/store_internal.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define RECONNECT_MS_MIN 250
#define RECONNECT_MS_MAX 5000
#define PIPELINE_MS_MAX                                                                            \
    30000                   /* a server that keeps its connection and is silent; then it is lost */
#define SINGLES_MS_MAX 8000 /* for all transactions one by one; those left are HB_EAGAIN */
#define CLOSE_MS_MAX   5000 /* for the running batches */

enum link_state { LINK_WAITING, LINK_CONNECTING, LINK_IDLE, LINK_RUNNING };

struct pg_link {
    struct pg_store *pg;
    bool reader;
    enum link_state state;
    PGconn *conn; /* IDLE, RUNNING */
    uint64_t epoch;
    uv_poll_t *poll;  /* IDLE, RUNNING; heap, for it is closed later than the connection */
    uv_timer_t timer; /* WAITING: the next attempt; RUNNING: the pipeline's end */
    uint64_t reconnect_ms;
    struct store_queue queue;
    struct store_batch batches[2];
    struct store_batch *batch; /* the running one, or the next: never the one being answered */
    struct pg_pipe pipe;       /* RUNNING */
    uint32_t single_next;      /* of the batch, once it goes one by one */
    uint64_t singles_end_ms;
    uv_work_t work;
    struct { /* the work's, while CONNECTING */
        PGconn *conn;
        uint64_t epoch;
        enum hb_err err;
        struct buf message;
    } fresh;
};

struct pg_store {
    struct store store;
    char *uri;
    struct pg_link links[2]; /* writer, reader */
};

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_timer(uv_timer_t *timer);

/* --- Down and up ---------------------------------------------------------------------------- */

static void on_poll_closed(uv_handle_t *handle)
{
    struct pg_link *link = handle->data;

    free(handle);
    store_closed(&link->pg->store);
}

static void link_disconnect(struct pg_link *link)
{
    if (link->poll != NULL) { /* before libpq closes what it watches */
        uv_close((uv_handle_t *)link->poll, on_poll_closed);
        link->poll = NULL;
    }
    PQfinish(link->conn);
    link->conn = NULL;
}

static void link_wait(struct pg_link *link)
{
    link->state = LINK_WAITING;
    (void)uv_timer_start(&link->timer, on_timer, link->reconnect_ms, 0);
    link->reconnect_ms =
        link->reconnect_ms * 2 < RECONNECT_MS_MAX ? link->reconnect_ms * 2 : RECONNECT_MS_MAX;
}

/* The connection is gone: its batch and what waits are answered. */
static void link_lost(struct pg_link *link)
{
    const bool running = link->state == LINK_RUNNING;
    struct store *store = &link->pg->store;
    struct buf words = {0};

    HB_ASSERT(running || link->state == LINK_IDLE);
    buf_add_text(&words, "PostgreSQL: the connection is lost: ");
    store_message_line(&words, PQerrorMessage(link->conn));
    store_trouble(store, words.bytes);
    buf_deinit(&words);
    link_disconnect(link);
    link_wait(link);
    if (running) {
        pg_pipe_settle(&link->pipe);
        store_deliver(store, link->batch);
    }
    store_refuse(store, &link->queue);
}

static void watch(struct pg_link *link)
{
    const int events = UV_READABLE | (PQflush(link->conn) == 1 ? UV_WRITABLE : 0);
    (void)uv_poll_start(link->poll, events, on_poll);
}

/* Takes `conn`. False: it cannot be watched. */
static bool link_up(struct pg_link *link, PGconn *conn, uint64_t epoch)
{
    struct store *store = &link->pg->store;
    uv_poll_t *poll = hb_calloc(1, sizeof *poll);

    if (uv_poll_init(store->loop, poll, PQsocket(conn)) != 0) {
        free(poll);
        PQfinish(conn);
        return false;
    }
    poll->data = link;
    store->open_count++;
    link->poll = poll;
    link->conn = conn;
    link->epoch = epoch;
    link->state = LINK_IDLE;
    link->reconnect_ms = RECONNECT_MS_MIN;
    watch(link);
    return true;
}

static void connect_work(uv_work_t *work)
{
    struct pg_link *link = work->data;

    link->fresh.err = pg_connect(link->pg->uri, link->reader, db_schema(), false, &link->fresh.conn,
                                 &link->fresh.epoch, &link->fresh.message);
}

static void on_connected(uv_work_t *work, int status)
{
    struct pg_link *link = work->data;
    struct store *store = &link->pg->store;
    const bool connected = status == 0 && link->fresh.err == HB_OK;

    if (store->closing) {
        if (connected) {
            PQfinish(link->fresh.conn);
        }
    } else if (!connected || !link_up(link, link->fresh.conn, link->fresh.epoch)) {
        if (link->fresh.message.len > 0) {
            store_trouble(store, link->fresh.message.bytes);
        }
        link_wait(link);
    }
    buf_deinit(&link->fresh.message);
    store_closed(store);
}

static void link_connect(struct pg_link *link)
{
    struct store *store = &link->pg->store;

    HB_ASSERT(link->state == LINK_WAITING);
    link->state = LINK_CONNECTING;
    link->work.data = link;
    store->open_count++;
    (void)uv_queue_work(store->loop, &link->work, connect_work, on_connected); /* cannot fail */
}

/* --- Batches -------------------------------------------------------------------------------- */

struct sorted {
    int64_t room;
    struct db_tx *tx;
};

static int by_room(const void *a, const void *b)
{
    const int64_t left = ((const struct sorted *)a)->room;
    const int64_t right = ((const struct sorted *)b)->room;
    return (left > right) - (left < right);
}

/* Rooms are locked in one order by every node, or the batches of two nodes would often deadlock.
 * Within a room, and among those that lock none by its key, the order stays. */
static void batch_sort(struct store_batch *batch)
{
    struct sorted sorted[STORE_BATCH_TXS_MAX];

    for (uint32_t i = 0; i < batch->txs_len; i++) {
        struct db_tx *tx = batch->txs[i];
        const bool by_key = tx->calls_len > 0 && tx->calls[0].stmt == DB_ROOM_LOCK;
        sorted[i] = (struct sorted){by_key ? tx->calls[0].params[0].integer : INT64_MAX, tx};
    }
    hb_sort(sorted, batch->txs_len, sizeof sorted[0], by_room);
    for (uint32_t i = 0; i < batch->txs_len; i++) {
        batch->txs[i] = sorted[i].tx;
    }
}

static void pipeline_begin(struct pg_link *link, enum pg_pipe_kind kind, uint32_t first,
                           uint32_t end)
{
    uint64_t silence_ms = PIPELINE_MS_MAX;

    link->pipe.conn = link->conn;
    link->pipe.batch = link->batch;
    if (!pg_pipe_start(&link->pipe, kind, first, end)) {
        link->pipe.broken = true;
        silence_ms = 0; /* lost at the loop's next round, not in the middle of our caller */
    }
    (void)uv_timer_start(&link->timer, on_timer, silence_ms, 0);
    watch(link);
}

static void batch_start(struct pg_link *link)
{
    struct store *store = &link->pg->store;

    HB_ASSERT(link->state == LINK_IDLE);
    /* A connection that ended meanwhile is seen here: HB_EAGAIN, where it would be HB_EUNKNOWN. */
    if (PQconsumeInput(link->conn) != 1) {
        link_lost(link);
        return;
    }
    store_batch_fill(link->batch, &link->queue);
    if (!link->reader && link->batch->txs_len > 1) {
        batch_sort(link->batch);
    }
    link->batch->epoch = link->epoch;
    link->state = LINK_RUNNING;
    store->batches_count++;
    pipeline_begin(link, PIPE_BATCH, 0, link->batch->txs_len);
}

static void batch_end(struct pg_link *link)
{
    struct store_batch *batch = link->batch;
    struct store *store = &link->pg->store;

    link->state = LINK_IDLE;
    (void)uv_timer_stop(&link->timer);
    link->batch = &link->batches[batch == &link->batches[0]];
    if (link->queue.len > 0 && !store->closing) {
        batch_start(link); /* the server goes on while the answers are read */
    }
    store_deliver(store, batch);
}

/* The pipeline was answered whole: what comes after it. */
static void link_synced(struct pg_link *link)
{
    const struct pg_pipe *pipe = &link->pipe;
    struct store *store = &link->pg->store;

    pg_pipe_settle(&link->pipe);
    if (pipe->refused) {
        if (pipe->kind == PIPE_BATCH) {
            link->single_next = 0;
            link->singles_end_ms = uv_now(store->loop) + SINGLES_MS_MAX;
        }
        pipeline_begin(link, PIPE_ROLLBACK, 0, 0);
        return;
    }
    if (pipe->kind == PIPE_BATCH || link->single_next == link->batch->txs_len ||
        uv_now(store->loop) > link->singles_end_ms) {
        batch_end(link);
        return;
    }
    const uint32_t next = link->single_next++;
    pipeline_begin(link, PIPE_SINGLE, next, next + 1);
}

/* --- The loop's calls ----------------------------------------------------------------------- */

static void link_progress(struct pg_link *link)
{
    /* Also what came before the end is read: it may hold the COMMIT's answer. */
    const bool alive = PQconsumeInput(link->conn) == 1;
    enum pg_pipe_state state = PIPE_BUSY;

    if (link->state == LINK_RUNNING) {
        state = pg_pipe_read(&link->pipe);
    } else {
        (void)PQisBusy(link->conn); /* takes notices and changed settings off the buffer */
    }
    if (state == PIPE_SYNCED) {
        link_synced(link);
    } else if (!alive || state == PIPE_LOST) {
        link_lost(link);
    } else {
        watch(link);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct pg_link *link = poll->data;

    (void)events;
    if (status < 0) {
        link_lost(link);
    } else {
        link_progress(link);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct pg_link *link = timer->data;

    if (link->state == LINK_WAITING) {
        link_connect(link);
    } else if (link->state == LINK_RUNNING) {
        link_lost(link);
    }
}

static struct store_queue *pg_queue(struct store *store, const struct db_tx *tx)
{
    return &((struct pg_store *)store)->links[tx->read_only].queue;
}

static void pg_kick(struct store *store)
{
    struct pg_store *pg = (struct pg_store *)store;

    for (int i = 0; i < 2; i++) {
        struct pg_link *link = &pg->links[i];
        switch (link->state) {
        case LINK_WAITING:
        case LINK_CONNECTING:
            store_refuse(store, &link->queue);
            break;
        case LINK_IDLE:
            if (link->queue.len > 0) {
                batch_start(link);
            }
            break;
        case LINK_RUNNING:
            break;
        }
    }
}

/* --- Life ----------------------------------------------------------------------------------- */

/* Until the running batch is committed or refused, or `end_ns`; its answers are dropped. */
static void link_drain(struct pg_link *link, uint64_t end_ns)
{
    while (link->state == LINK_RUNNING && !link->pipe.broken && uv_hrtime() < end_ns) {
        const int out = PQflush(link->conn) == 1 ? POLLOUT : 0;
        struct pollfd fd = {.fd = PQsocket(link->conn), .events = (short)(POLLIN | out)};
        (void)poll(&fd, 1, 100);
        link_progress(link);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct pg_link *link = handle->data;

    store_closed(&link->pg->store);
}

static void pg_close(struct store *store)
{
    struct pg_store *pg = (struct pg_store *)store;
    const uint64_t end_ns = uv_hrtime() + CLOSE_MS_MAX * UINT64_C(1000000); /* for both */

    for (int i = 0; i < 2; i++) {
        struct pg_link *link = &pg->links[i];
        link_drain(link, end_ns);
        link_disconnect(link);
        store_queue_deinit(&link->queue);
        if (link->state == LINK_CONNECTING) {
            (void)uv_cancel((uv_req_t *)&link->work); /* if it runs already, it ends by itself */
        }
        uv_close((uv_handle_t *)&link->timer, on_timer_closed);
    }
}

static void pg_free(struct store *store)
{
    struct pg_store *pg = (struct pg_store *)store;

    for (int i = 0; i < 2; i++) {
        store_batch_deinit(&pg->links[i].batches[0]);
        store_batch_deinit(&pg->links[i].batches[1]);
    }
    free(pg->uri);
    free(pg);
}

static const struct store_ops pg_ops = {pg_queue, pg_kick, pg_close, pg_free};

static void link_init(struct pg_link *link, struct pg_store *pg, bool reader)
{
    link->pg = pg;
    link->reader = reader;
    link->batch = &link->batches[0];
    link->reconnect_ms = RECONNECT_MS_MIN;
    (void)uv_timer_init(pg->store.loop, &link->timer); /* cannot fail */
    link->timer.data = link;
    pg->store.open_count++;
}

enum hb_err store_postgresql_open(const char *uri, uv_loop_t *loop,
                                  const struct store_events *events, struct store **ret,
                                  struct buf *message)
{
    PGconn *conns[2] = {NULL, NULL};
    uint64_t epochs[2];
    struct buf of_reader = {0};

    enum hb_err err = pg_connect(uri, false, db_schema(), true, &conns[0], &epochs[0], message);
    if (err == HB_OK) {
        err = pg_connect(uri, true, db_schema(), false, &conns[1], &epochs[1], &of_reader);
    }
    if (of_reader.len > 0) {
        buf_clear(message);
        buf_add(message, of_reader.bytes, of_reader.len);
    }
    buf_deinit(&of_reader);
    if (err != HB_OK) {
        PQfinish(conns[0]);
        return err;
    }
    struct pg_store *pg = hb_calloc(1, sizeof *pg);
    store_init(&pg->store, &pg_ops, loop, events);
    pg->uri = hb_strndup(uri, strlen(uri));
    for (int i = 0; i < 2; i++) {
        link_init(&pg->links[i], pg, i == 1);
        if (!link_up(&pg->links[i], conns[i], epochs[i])) {
            link_wait(&pg->links[i]); /* as if it had been lost */
        }
    }
    *ret = &pg->store;
    return HB_OK;
}
