/* A pool of workers lives on, whatever its tasks do, and says how each ended. */
#include "server/base/mem.h"
#include "server/base/tests/test.h"
#include "sim/pool/pool.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_US  (600 * SECOND)
#define SHORT_US (100 * MS)

enum deed {
    DEED_ANSWER,
    DEED_LOOP,
    DEED_SLEEP,
    DEED_STOP,
    DEED_ABORT,
    DEED_TERMINATE,
    DEED_KILLED,
    DEED_ASSERT,
    DEED_NO_MEMORY,
    DEED_TELL_SIGNALS,
};

struct answer {
    uint64_t twice;
    pid_t pid;
    bool ignored;
};

static void no_core(void *user)
{
    const struct rlimit none = {0, 0};
    (void)user;
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)close(STDERR_FILENO); /* what an assertion says is no news here */
}

static void run(void *user, uint64_t task, void *ret_answer)
{
    struct answer *answer = ret_answer;
    volatile bool forever = true;
    (void)user;

    *answer = (struct answer){.twice = task * 2, .pid = getpid()};
    switch ((enum deed)(task % 100)) {
    case DEED_ANSWER:
        return;
    case DEED_LOOP:
        while (forever) {
        }
        return;
    case DEED_SLEEP:
        for (;;) {
            (void)pause();
        }
    case DEED_STOP:
        (void)raise(SIGSTOP);
        return;
    case DEED_ABORT:
        abort();
    case DEED_TERMINATE:
        (void)raise(SIGUSR1);
        return;
    case DEED_KILLED:
        (void)raise(SIGKILL);
        return;
    case DEED_ASSERT:
        hb_context()->exit_code = 3;
        HB_ASSERT(!forever);
        return;
    case DEED_NO_MEMORY:
        free(hb_malloc(SIZE_MAX / 4));
        return;
    case DEED_TELL_SIGNALS:
        (void)raise(SIGINT);
        (void)raise(SIGTERM);
        (void)raise(SIGHUP);
        answer->ignored = true;
        return;
    }
}

static const struct pool_work work = {.run = run, .begin = no_core, .answer_bytes = 64};

static struct pool_end next_end(struct pool *pool)
{
    struct pool_end end;
    while (!pool_wait(pool, 1000, &end)) {
    }
    return end;
}

static void each_way_to_end_is_told_and_costs_one_task(void **state)
{
    static const struct {
        enum deed deed;
        enum pool_how how;
        int status;
        const char *said;
    } table[] = {
        {DEED_LOOP, POOL_STUCK, 0, "stuck: it had not ended after "},
        {DEED_SLEEP, POOL_STUCK, 0, "stuck"},
        {DEED_STOP, POOL_STUCK, 0, "stuck"},
        {DEED_ABORT, POOL_CRASHED, SIGABRT, "crashed by SIGABRT"},
        {DEED_TERMINATE, POOL_CRASHED, SIGUSR1, "crashed by SIGUSR1"},
        {DEED_KILLED, POOL_CRASHED, SIGKILL, "killed by SIGKILL"},
        {DEED_ASSERT, POOL_EXITED, 3, "ended by itself with exit code 3"},
#if !defined(__SANITIZE_ADDRESS__) &&                                                              \
    !defined(__SANITIZE_THREAD__) /* they have an end of their own */
        {DEED_NO_MEMORY, POOL_NO_MEMORY, HB_EXIT_NO_MEMORY, "out of memory: it could not allocate"},
#endif
    };
    struct pool *pool = pool_new(&work, 1);
    char said[128];
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const uint64_t task = 100 * i + (uint64_t)table[i].deed;
        assert_true(pool_give(pool, task, table[i].how == POOL_STUCK ? SHORT_US : LONG_US));
        assert_false(pool_give(pool, task, LONG_US)); /* no worker is free */
        struct pool_end end = next_end(pool);
        assert_int_equal(end.task, task);
        assert_int_equal(end.how, table[i].how);
        assert_int_equal(end.status, table[i].status);
        pool_describe(&end, said, sizeof said);
        assert_non_null(strstr(said, table[i].said));
        assert_int_equal(pool_busy(pool), 0);
        assert_true(pool_give(pool, 700, LONG_US));
        end = next_end(pool);
        assert_int_equal(end.how, POOL_ANSWERED);
        assert_int_equal(((const struct answer *)end.answer)->twice, 1400);
    }
    pool_free(&pool);
}

static void every_task_ends_once_whatever_the_others_do(void **state)
{
    struct pool *pool = pool_new(&work, 4);
    uint32_t ended[60] = {0};
    uint64_t next = 0;
    uint32_t answers = 0;
    (void)state;

    while (next < 60 || pool_busy(pool) > 0) {
        const enum deed deed = next % 3 == 0 ? DEED_ABORT : DEED_ANSWER;
        if (next < 60 && pool_give(pool, next * 100 + (uint64_t)deed, LONG_US)) {
            next++;
            continue;
        }
        const struct pool_end end = next_end(pool);
        ended[end.task / 100]++;
        answers += end.how == POOL_ANSWERED;
    }
    for (size_t i = 0; i < 60; i++) {
        assert_int_equal(ended[i], 1);
    }
    assert_int_equal(answers, 40);
    pool_free(&pool);
}

static void a_signal_to_all_is_left_to_the_pools_process(void **state)
{
    struct pool *pool = pool_new(&work, 1);
    (void)state;
    assert_true(pool_give(pool, DEED_TELL_SIGNALS, LONG_US));
    const struct pool_end end = next_end(pool);
    assert_int_equal(end.how, POOL_ANSWERED);
    assert_true(((const struct answer *)end.answer)->ignored);
    pool_free(&pool);
}

static void a_worker_that_ended_idle_is_replaced(void **state)
{
    struct pool *pool = pool_new(&work, 1);
    (void)state;
    assert_true(pool_give(pool, 0, LONG_US));
    const struct pool_end end = next_end(pool);
    const pid_t pid = ((const struct answer *)end.answer)->pid;
    assert_int_equal(kill(pid, SIGKILL), 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_true(pool_give(pool, 100, LONG_US));
    const struct pool_end again = next_end(pool);
    assert_int_equal(again.how, POOL_ANSWERED);
    assert_true(((const struct answer *)again.answer)->pid != pid);
    pool_free(&pool);
}

static void freeing_a_pool_ends_what_is_in_work(void **state)
{
    struct pool *pool = pool_new(&work, 2);
    (void)state;
    assert_true(pool_give(pool, DEED_LOOP, LONG_US));
    assert_true(pool_give(pool, DEED_SLEEP, LONG_US));
    pool_free(&pool);
    assert_int_equal(waitpid(-1, NULL, 0), -1); /* no child is left */
    pool_free(&pool);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_to_end_is_told_and_costs_one_task),
        cmocka_unit_test(every_task_ends_once_whatever_the_others_do),
        cmocka_unit_test(a_signal_to_all_is_left_to_the_pools_process),
        cmocka_unit_test(a_worker_that_ended_idle_is_replaced),
        cmocka_unit_test(freeing_a_pool_ends_what_is_in_work),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
