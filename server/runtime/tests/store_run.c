/* See store_run.h. */
#include "server/runtime/tests/store_run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void rows_add(struct buf *text, const struct db_rows *rows)
{
    const struct db_value *value = rows->values;

    buf_add_text(text, " {");
    for (uint32_t row = 0; row < rows->rows_len; row++) {
        for (uint32_t column = 0; column < rows->columns; column++, value++) {
            buf_add_char(text, column == 0 ? '[' : ' ');
            switch (value->kind) {
            case DB_NULL:
                buf_add_text(text, "null");
                break;
            case DB_INT:
                buf_add_i64(text, value->integer);
                break;
            case DB_TEXT:
                buf_add_char(text, '\'');
                buf_add(text, value->text.bytes, value->text.len);
                buf_add_char(text, '\'');
                break;
            }
        }
        buf_add_char(text, ']');
    }
    buf_add_char(text, '}');
}

static void answer_add(struct buf *text, const struct db_answer *answer)
{
    buf_clear(text);
    buf_add_text(text, hb_err_wire(answer->err));
    for (uint32_t i = 0; i < answer->calls_len; i++) {
        rows_add(text, &answer->calls[i]);
    }
}

static void on_done(void *context, const struct db_answer *answer)
{
    struct store_run *run = context;

    HB_ASSERT(answer->token < run->outcomes_len);
    run->answered_within = run->answered_within || run->submitting;
    run->outcomes[answer->token].answers_count++;
    run->outcomes[answer->token].err = answer->err;
    run->answered_count++;
    if (answer->token == run->wanted) {
        answer_add(&run->text, answer);
    }
    if (answer->err == HB_OK) {
        run->epoch = answer->epoch;
    }
    if (run->on_answer != NULL) {
        run->on_answer(run, answer);
    }
}

static void on_trouble(void *context, const char *words)
{
    struct store_run *run = context;

    buf_clear(&run->trouble);
    buf_add_text(&run->trouble, words);
    buf_add_char(&run->trouble, '\0');
}

enum hb_err store_run_open_with(struct store_run *run, const char *where,
                                enum store_durability durability, struct buf *message)
{
    const struct store_events events = {.context = run, .done = on_done, .trouble = on_trouble};
    struct buf own = {0};

    *run = (struct store_run){0};
    HB_ASSERT(uv_loop_init(&run->loop) == 0);
    const enum hb_err err = store_open(where, durability, &run->loop, &events, &run->store, &own);
    if (message != NULL) {
        buf_clear(message);
        buf_add(message, own.bytes, own.len);
    } else if (err != HB_OK) {
        hb_panic(__FILE__, __LINE__, __func__, own.bytes);
    }
    buf_deinit(&own);
    return err;
}

enum hb_err store_run_open(struct store_run *run, const char *where, struct buf *message)
{
    return store_run_open_with(run, where, STORE_DISK, message);
}

void store_run_close(struct store_run *run)
{
    store_close(&run->store);
    (void)uv_run(&run->loop, UV_RUN_DEFAULT);
    HB_ASSERT(uv_loop_close(&run->loop) == 0);
    free(run->outcomes);
    buf_deinit(&run->text);
    buf_deinit(&run->trouble);
    *run = (struct store_run){0};
}

struct db_tx *store_run_tx(struct store_run *run, bool read_only)
{
    HB_GROW(run->outcomes, run->outcomes_len, run->outcomes_cap);
    run->outcomes[run->outcomes_len] = (struct store_run_outcome){0};
    return db_tx_new(run->outcomes_len++, read_only);
}

void store_run_call(struct store_run *run, struct db_tx *tx, enum db_stmt stmt, const char *types,
                    ...)
{
    struct db_call *call = db_tx_call(tx, stmt);
    va_list args;

    run->used[stmt] = true;
    va_start(args, types);
    for (; *types != '\0'; types++) {
        if (*types == 'i') {
            db_tx_int(tx, call, va_arg(args, int64_t));
            continue;
        }
        const char *text = va_arg(args, const char *);
        if (text != NULL) {
            db_tx_text(tx, call, text_of(text));
        } else {
            db_tx_null(tx, call);
        }
    }
    va_end(args);
    HB_ASSERT(call->params_len == db_stmt_info(stmt)->params);
}

void store_run_submit(struct store_run *run, struct db_tx *tx)
{
    run->submitting = true;
    store_submit(run->store, tx);
    run->submitting = false;
}

void store_run_wait(struct store_run *run)
{
    while (run->answered_count < run->outcomes_len) {
        (void)uv_run(&run->loop, UV_RUN_ONCE);
    }
}

const char *store_run_do(struct store_run *run, struct db_tx *tx)
{
    run->wanted = tx->token;
    store_run_submit(run, tx);
    store_run_wait(run);
    return run->text.bytes;
}

static void on_pause_closed(uv_handle_t *timer)
{
    *(bool *)timer->data = true;
}

static void on_pause(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, on_pause_closed);
}

void store_run_pause(struct store_run *run, uint64_t ms)
{
    bool over = false;
    uv_timer_t timer;

    (void)uv_timer_init(&run->loop, &timer);
    timer.data = &over;
    (void)uv_timer_start(&timer, on_pause, ms, 0);
    while (!over) {
        (void)uv_run(&run->loop, UV_RUN_ONCE);
    }
}

enum hb_err store_run_err(const struct store_run *run, uint64_t token)
{
    HB_ASSERT(token < run->outcomes_len);
    return run->outcomes[token].err;
}

struct db_tx *store_run_send(struct store_run *run, int64_t room, int64_t user,
                             const char *client_id, const char *content, int64_t stamp)
{
    struct db_tx *tx = store_run_tx(run, false);

    store_run_call(run, tx, DB_ROOM_LOCK, "i", room);
    store_run_call(run, tx, DB_ENTRY_APPEND, "iititiiii", room, user, client_id, I(0), content,
                   I(1), stamp, I(99), I(-7));
    store_run_call(run, tx, DB_ROOM_ADVANCE, "i", room);
    store_run_call(run, tx, DB_ROOM_HEAD, "i", room);
    store_run_call(run, tx, DB_ENTRY_FIND, "it", user, client_id);
    return tx;
}

struct db_tx *store_run_create(struct store_run *run, const char *room, int64_t user,
                               const char *client_id, const char *member, int64_t stamp)
{
    struct db_tx *tx = store_run_tx(run, false);

    store_run_call(run, tx, DB_USER_LOCK, "t", "ana");
    store_run_call(run, tx, DB_ROOM_CREATE, "tiiiitit", "", I(0), user, I(256), I(192), room, I(1),
                   client_id);
    store_run_call(run, tx, DB_ROOM_LOCK_NAME, "t", room);
    store_run_call(run, tx, DB_CREATE_APPEND, "tiiiiit", client_id, I(1), stamp, I(99), I(7), user,
                   room);
    if (member != NULL) {
        store_run_call(run, tx, DB_USER_ADD, "t", member);
        store_run_call(run, tx, DB_INVITE_APPEND, "iiitit", I(1), stamp + 1, I(99), room, stamp,
                       member);
    }
    store_run_call(run, tx, DB_MEMBERS_JOINED, "t", room);
    store_run_call(run, tx, DB_ROOM_SETTLE, "t", room);
    store_run_call(run, tx, DB_ENTRY_FIND, "it", user, client_id);
    return tx;
}

struct db_tx *store_run_direct(struct store_run *run, const char *room, int64_t user,
                               const char *name, const char *other, int64_t stamp)
{
    const char *no_id = NULL;
    struct db_tx *tx = store_run_tx(run, false);

    store_run_call(run, tx, DB_DIRECT_CREATE, "ttitiit", room, name, I(256), other, I(192), user,
                   no_id);
    store_run_call(run, tx, DB_ROOM_LOCK_NAME, "t", room);
    store_run_call(run, tx, DB_CREATE_APPEND, "tiiiiit", no_id, I(1), stamp, I(99), I(0), user,
                   room);
    store_run_call(run, tx, DB_USER_ADD, "t", other);
    store_run_call(run, tx, DB_INVITE_APPEND, "iiitit", I(1), stamp + 1, I(99), room, stamp, other);
    store_run_call(run, tx, DB_MEMBERS_JOINED, "t", room);
    store_run_call(run, tx, DB_ROOM_SETTLE, "t", room);
    return tx;
}

void store_run_found(struct store_run *run)
{
    static const char *const names[] = {"ana", "bob", "eve"};
    struct db_tx *tx = store_run_tx(run, false);

    store_run_call(run, tx, DB_NODE_REGISTER, "ti", "n1", I(1));
    for (int i = 0; i < 3; i++) {
        store_run_call(run, tx, DB_USER_ADD, "t", names[i]);
    }
    HB_ASSERT(strcmp(store_run_do(run, tx), "ok {[1 1]} {} {} {}") == 0);
    tx = store_run_create(run, "r1", 1, "create-r1", "bob", 1);
    HB_ASSERT(strcmp(store_run_do(run, tx), "ok {} {[1]} {[1 0]} {[1 1]} {} {[2 2]} {} {} "
                                            "{['r1' 1 1 'n1' 1 1 99 7]}") == 0);
    tx = store_run_create(run, "r2", 1, "create-r2", NULL, 5);
    HB_ASSERT(strncmp(store_run_do(run, tx), "ok {} {[2]} {[2 0]} {[1 5]}", 27) == 0);
}

struct log_reading {
    struct buf *ids;
    int64_t head;
    bool dense;
    bool answered;
};
static struct log_reading reading; /* a test is one thread and reads one log at a time */

static void on_page(struct store_run *run, const struct db_answer *answer)
{
    (void)run;
    reading.answered = answer->err == HB_OK;
    if (!reading.answered) {
        return;
    }
    const struct db_rows *rows = &answer->calls[0];
    for (uint32_t i = 0; i < rows->rows_len; i++) {
        const struct db_value *row = &rows->values[i * rows->columns];
        reading.dense = reading.dense && row[0].integer == reading.head + 1;
        reading.head = row[0].integer;
        if (row[3].kind == DB_TEXT) {
            buf_add_char(reading.ids, ' ');
            buf_add(reading.ids, row[3].text.bytes, row[3].text.len);
        }
    }
}

bool store_run_log(struct store_run *run, int64_t room, struct buf *ret, int64_t *ret_head)
{
    void (*const before)(struct store_run *, const struct db_answer *) = run->on_answer;
    int64_t head = -1;

    buf_clear(ret);
    reading = (struct log_reading){.ids = ret, .dense = true, .answered = true};
    run->on_answer = on_page;
    while (reading.head != head || !reading.answered) {
        if (!reading.answered) {
            store_run_pause(run, 20); /* its connection may come back later */
        }
        struct db_tx *tx = store_run_tx(run, true);
        head = reading.head;
        store_run_call(run, tx, DB_ENTRIES_AFTER, "iiii", room, head, I(INT64_MAX), I(100));
        (void)store_run_do(run, tx);
    }
    run->on_answer = before;
    buf_add_char(ret, ' ');
    *ret_head = head;
    return reading.dense;
}
