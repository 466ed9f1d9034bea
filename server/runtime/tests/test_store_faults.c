/* The store while its database crashes, cuts, blocks, deadlocks, is promoted or has a full disk:
 * each transaction is answered once, HB_OK is in the log, HB_EAGAIN is not. */
/* labels: runtime */
/* timeout: 120 */
#include "server/base/tests/test.h"
#include "server/runtime/store_internal.h"
#include "server/runtime/tests/store_run.h"
#include "server/runtime/tests/store_server.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define IN_FLIGHT 300 /* more than one batch */
#define LOOK_MS   20

static struct store_server server;
static struct store_run run, other;
static struct buf where, said;

static int group_setup(void **state)
{
    (void)state;
    return store_server_begin(&server) ? 0 : -1;
}

static int group_teardown(void **state)
{
    (void)state;
    store_server_end(&server);
    buf_deinit(&where);
    buf_deinit(&said);
    return 0;
}

static void sql(const char *text)
{
    assert_true(store_server_sql(&server, "postgres", text, &said));
}

static void open_new(void)
{
    (void)store_server_new(&server, STORE_POSTGRESQL, &where);
    assert_int_equal(store_run_open(&run, where.bytes, NULL), HB_OK);
    store_run_found(&run);
}

static void open_other(void)
{
    assert_int_equal(store_run_open(&other, where.bytes, NULL), HB_OK);
}

/* --- A flood of messages -------------------------------------------------------------------- */

static const char *flood_content = "hi";

/* To room 1; the token names it in the log. */
static void flood_send(void)
{
    char id[24];
    const size_t token = run.outcomes_len;

    (void)snprintf(id, sizeof id, "c%zu", token);
    struct db_tx *tx = store_run_send(&run, 1, 1, id, flood_content, I(1000 + token));
    assert_int_equal(tx->token, token);
    store_run_submit(&run, tx);
}

/* Each that went well is followed by another: always as many are under way. */
static void flood_on(struct store_run *of, const struct db_answer *answer)
{
    (void)of;
    if (answer->err == HB_OK) {
        flood_send();
    }
}

static void flood(size_t count)
{
    const size_t end = run.answered_count + count;

    run.on_answer = flood_on;
    for (int i = 0; i < IN_FLIGHT; i++) {
        flood_send();
    }
    while (run.answered_count < end && run.answered_count < run.outcomes_len) {
        (void)uv_run(&run.loop, UV_RUN_ONCE);
    }
}

static void flood_end(void)
{
    run.on_answer = NULL;
    store_run_wait(&run);
}

/* Tries until a message goes through; how many were refused before. */
static unsigned resume(void)
{
    unsigned tries = 0;

    for (;; tries++) {
        const size_t token = run.outcomes_len;
        flood_send();
        store_run_wait(&run);
        if (store_run_err(&run, token) == HB_OK) {
            return tries;
        }
        assert_int_equal(run.outcomes[token].answers_count, 1);
        store_run_pause(&run, LOOK_MS);
    }
}

/* The log against the answers. How many were not HB_OK. */
static unsigned compare(void)
{
    struct buf log = {0};
    int64_t head = 0;
    unsigned failed = 0;

    const size_t count = run.outcomes_len;
    bool *in_log = calloc(count, sizeof *in_log);
    assert_non_null(in_log);
    assert_true(store_run_log(&run, 1, &log, &head));
    for (char *at = strstr(log.bytes, " c"); at != NULL; at = strstr(at, " c")) {
        at += 2;
        if (at[0] >= '0' && at[0] <= '9') {
            in_log[strtoul(at, &at, 10)] = true;
        }
    }
    for (size_t i = 3; i < count; i++) { /* the founding ones are older than the flood */
        const struct store_run_outcome *outcome = &run.outcomes[i];
        assert_int_equal(outcome->answers_count, 1);
        assert_true(outcome->err == HB_OK || outcome->err == HB_EAGAIN ||
                    outcome->err == HB_EUNKNOWN);
        assert_true(outcome->err != HB_OK || in_log[i]);
        assert_true(outcome->err != HB_EAGAIN || !in_log[i]);
        failed += outcome->err != HB_OK;
    }
    free(in_log);
    buf_deinit(&log);
    return failed;
}

/* --- A server that goes away ---------------------------------------------------------------- */

static void a_crash_loses_nothing_that_was_answered(void **state)
{
    (void)state;
    open_new();
    for (unsigned i = 0; i < 4; i++) { /* at various moments of a batch */
        flood(700 + 331 * i);
        store_server_stop(&server, SIGQUIT);
        flood_end();
        assert_true(store_server_start(&server));
        (void)resume();
    }
    assert_true(compare() >= 4);
    store_run_close(&run);
}

static void cut(void)
{
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'hubbubd'");
}

static void cut_connections_lose_nothing_that_was_answered(void **state)
{
    (void)state;
    open_new();
    for (unsigned i = 0; i < 4; i++) {
        flood(500 + 173 * i);
        cut();
        flood_end();
        (void)resume();
    }
    (void)compare();
    store_run_close(&run);
}

static void while_the_server_is_down_the_answer_is_to_try_again(void **state)
{
    (void)state;
    open_new();
    store_server_stop(&server, SIGINT);
    store_run_pause(&run, 100); /* idle connections are seen to end */
    for (int i = 0; i < 20; i++) {
        const size_t token = run.outcomes_len;
        flood_send();
        store_run_wait(&run);
        assert_int_equal(store_run_err(&run, token), HB_EAGAIN);
        struct db_tx *tx = store_run_tx(&run, true);
        store_run_call(&run, tx, DB_USER_FIND, "t", "bob");
        assert_string_equal(store_run_do(&run, tx), "try_again");
        store_run_pause(&run, LOOK_MS);
    }
    assert_false(run.answered_within);
    assert_true(store_server_start(&server));
    const unsigned tries = resume();
    assert_int_equal(compare(), 40 + tries);
    store_run_close(&run);
}

static void a_store_without_its_server_can_be_closed(void **state)
{
    (void)state;
    for (uint64_t ms = 0; ms < 300; ms += 60) { /* waiting, connecting */
        open_new();
        store_server_stop(&server, SIGINT);
        if (ms > 0) {
            store_run_pause(&run, 190 + ms);
        }
        flood_send();
        store_run_close(&run);
        assert_true(store_server_start(&server));
    }
}

/* --- Other nodes ---------------------------------------------------------------------------- */

static bool all_ok(const struct store_run *of, size_t first)
{
    for (size_t i = first; i < of->outcomes_len; i++) {
        if (of->outcomes[i].err != HB_OK || of->outcomes[i].answers_count != 1) {
            return false;
        }
    }
    return true;
}

static void wait_both(void)
{
    while (run.answered_count < run.outcomes_len || other.answered_count < other.outcomes_len) {
        (void)uv_run(&run.loop, UV_RUN_NOWAIT);
        (void)uv_run(&other.loop, UV_RUN_NOWAIT);
    }
}

static void lock_by_name(struct store_run *of, const char *room)
{
    struct db_tx *tx = store_run_tx(of, false);
    store_run_call(of, tx, DB_ROOM_LOCK_NAME, "t", room);
    store_run_submit(of, tx);
}

static void batches_that_deadlock_go_on_one_by_one(void **state)
{
    (void)state;
    open_new();
    open_other();
    const size_t first = run.outcomes_len;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 200; i++) { /* by name: these are not sorted */
            lock_by_name(&run, i < 100 ? "r1" : "r2");
            lock_by_name(&other, i < 100 ? "r2" : "r1");
        }
        wait_both();
    }
    assert_true(all_ok(&run, first));
    assert_true(all_ok(&other, 0));
    store_run_close(&other);
    store_run_close(&run);
}

static void two_nodes_fill_the_same_rooms_without_a_gap(void **state)
{
    char id[24];
    int64_t head = 0;

    (void)state;
    open_new();
    open_other();
    const size_t first = run.outcomes_len;
    for (int i = 0; i < 600; i++) { /* opposite orders of rooms */
        (void)snprintf(id, sizeof id, "a%d", i);
        store_run_submit(&run, store_run_send(&run, 1 + i % 2, 1, id, "hi", 1000 + i));
        (void)snprintf(id, sizeof id, "b%d", i);
        store_run_submit(&other, store_run_send(&other, 2 - i % 2, 1, id, "hi", 5000 + i));
    }
    wait_both();
    assert_true(all_ok(&run, first));
    assert_true(all_ok(&other, 0));
    assert_true(store_run_log(&run, 1, &said, &head));
    assert_int_equal(head, 602);
    store_run_close(&other);
    store_run_close(&run);
}

static void one_client_id_in_two_rooms_is_one_message(void **state)
{
    char id[24];
    struct buf first = {0};

    (void)state;
    open_new();
    open_other();
    for (int i = 0; i < 100; i++) {
        (void)snprintf(id, sizeof id, "x%d", i);
        struct db_tx *here = store_run_send(&run, 1, 1, id, "hi", 1000 + i);
        struct db_tx *there = store_run_send(&other, 2, 1, id, "hi", 5000 + i);
        run.wanted = here->token;
        other.wanted = there->token;
        store_run_submit(&run, here);
        store_run_submit(&other, there);
        wait_both();
        buf_clear(&first);
        buf_add(&first, run.text.bytes, run.text.len);
        const char *found = strstr(first.bytes, " {['r");
        assert_non_null(found);
        assert_non_null(strstr(other.text.bytes, found));
    }
    buf_deinit(&first);
    store_run_close(&other);
    store_run_close(&run);
}

static void a_room_that_another_holds_is_refused_after_a_while(void **state)
{
    char name[16];

    /* Given: a transaction that keeps the lock of room 1. */
    (void)state;
    open_new();
    (void)snprintf(name, sizeof name, "t%u", server.databases_count);
    const pid_t pid = store_server_fork(&server);
    if (pid == 0) {
        (void)store_server_sql(
            &server, name, "BEGIN; UPDATE rooms SET head = head WHERE id = 1; SELECT pg_sleep(60)",
            &said);
        _exit(0);
    }
    do {
        store_run_pause(&run, LOOK_MS);
        sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    } while (strcmp(said.bytes, "1") != 0);

    /* When: one batch for both rooms. */
    store_run_submit(&run, store_run_send(&run, 1, 1, "held", "hi", 1000));
    store_run_submit(&run, store_run_send(&run, 2, 1, "free", "hi", 1001));
    store_run_wait(&run);

    /* Then */
    assert_int_equal(store_run_err(&run, run.outcomes_len - 2), HB_EAGAIN);
    assert_int_equal(store_run_err(&run, run.outcomes_len - 1), HB_OK);
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(resume(), 0);
    store_run_close(&run);
}

/* --- The epoch ------------------------------------------------------------------------------ */

static void a_promoted_server_is_another_epoch(void **state)
{
    uint64_t epochs[3];

    (void)state;
    open_new();
    (void)resume();
    epochs[0] = run.epoch;
    store_server_stop(&server, SIGINT);
    assert_true(store_server_start(&server));
    (void)resume();
    assert_true(run.epoch == epochs[0]); /* only started again */

    store_server_stop(&server, SIGINT);
    assert_true(store_server_touch(&server, "standby.signal"));
    assert_true(store_server_start(&server));
    sql("SELECT pg_promote()");
    (void)resume();
    epochs[1] = run.epoch;
    assert_true(epochs[1] != epochs[0] && epochs[1] != 0 && epochs[1] <= INT64_MAX);

    sql("CHECKPOINT");
    cut();
    (void)resume();
    epochs[2] = run.epoch;
    assert_true(epochs[2] == epochs[1]);
    store_run_close(&run);
}

/* --- SQLite --------------------------------------------------------------------------------- */

/* A limit on a file's size stands for a full disk: writes fail half-way. */
static void a_file_that_cannot_grow_loses_nothing_that_was_answered(void **state)
{
    static char content[4001];
    struct rlimit limit;

    (void)state;
    memset(content, 'x', sizeof content - 1);
    (void)store_server_new(&server, STORE_SQLITE, &where);
    assert_int_equal(store_run_open(&run, where.bytes, NULL), HB_OK);
    store_run_found(&run);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    flood_content = content;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 3000000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    flood(5000);
    flood_end();
    limit.rlim_cur = before;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)resume();
    flood_content = "hi";
    const size_t outcomes_len = run.outcomes_len;
    assert_true(compare() > 0);

    /* What was told, and what a new start sees. */
    struct store_run_outcome *outcomes = run.outcomes;
    run.outcomes = NULL;
    store_run_close(&run);
    assert_int_equal(store_run_open(&run, where.bytes, NULL), HB_OK);
    run.outcomes = outcomes;
    run.outcomes_len = run.answered_count = run.outcomes_cap = outcomes_len;
    assert_true(compare() > 0);
    store_run_close(&run);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_loses_nothing_that_was_answered),
        cmocka_unit_test(cut_connections_lose_nothing_that_was_answered),
        cmocka_unit_test(while_the_server_is_down_the_answer_is_to_try_again),
        cmocka_unit_test(a_store_without_its_server_can_be_closed),
        cmocka_unit_test(batches_that_deadlock_go_on_one_by_one),
        cmocka_unit_test(two_nodes_fill_the_same_rooms_without_a_gap),
        cmocka_unit_test(one_client_id_in_two_rooms_is_one_message),
        cmocka_unit_test(a_room_that_another_holds_is_refused_after_a_while),
        cmocka_unit_test(a_promoted_server_is_another_epoch),
        cmocka_unit_test(a_file_that_cannot_grow_loses_nothing_that_was_answered),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
