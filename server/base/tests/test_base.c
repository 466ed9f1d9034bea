/* Assertions end the process with their place and their instant; each error has its words. */
#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct death {
    int status; /* as of waitpid */
    char said[4096];
};

/* Runs `act` in a child, which must not come back from it. */
static void die(void (*act)(void), struct death *ret)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    (void)fflush(stdout);
    (void)fflush(stderr);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        act();
        _Exit(99);
    }
    (void)close(ends[1]);
    size_t len = 0;
    for (;;) {
        const ssize_t got = read(ends[0], ret->said + len, sizeof ret->said - 1 - len);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    ret->said[len] = '\0';
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &ret->status, 0), child);
}

static void assert_two_and_two(void)
{
    volatile int two = 2;

    HB_ASSERT(two + two == 5);
}

static void assert_in_a_simulation(void)
{
    *hb_context() = (struct hb_context){.what = "seed 7 of city", .now_us = -1234567890123};
    assert_two_and_two();
}

static void assert_with_an_exit_code(void)
{
    *hb_context() = (struct hb_context){.what = "seed 8 of city", .now_us = 5, .exit_code = 3};
    assert_two_and_two();
}

static void reach_the_unreachable(void)
{
    HB_UNREACHABLE("a fifth season");
}

static void hold_what_is_true(void)
{
    volatile int two = 2;

    HB_ASSERT(two + two == 4);
}

static void ask_for_half_of_all_memory(void)
{
    volatile size_t bytes = SIZE_MAX / 2;

    free(hb_malloc(bytes));
}

static void a_false_assertion_names_its_place_and_aborts(void **state)
{
    struct death death;
    (void)state;

    die(assert_two_and_two, &death);

    assert_true(WIFSIGNALED(death.status));
    assert_int_equal(WTERMSIG(death.status), SIGABRT);
    const char *file = strstr(death.said, "test_base.c:");
    assert_non_null(file);
    assert_true(strtol(file + strlen("test_base.c:"), NULL, 10) > 0);
    assert_non_null(strstr(file, ": assert_two_and_two: assertion failed: two + two == 5\n"));
    assert_null(strstr(death.said, " us\n"));
}

static void in_a_simulation_it_also_tells_the_seed_and_the_instant(void **state)
{
    struct death death;
    (void)state;

    die(assert_in_a_simulation, &death);

    assert_int_equal(WTERMSIG(death.status), SIGABRT);
    assert_non_null(strstr(death.said, "assertion failed: two + two == 5\n"
                                       "in seed 7 of city at -1234567890123 us\n"));
}

static void a_context_with_an_exit_code_exits_with_it(void **state)
{
    struct death death;
    (void)state;

    die(assert_with_an_exit_code, &death);

    assert_true(WIFEXITED(death.status));
    assert_int_equal(WEXITSTATUS(death.status), 3);
    assert_non_null(strstr(death.said, "two + two == 5\nin seed 8 of city at 5 us\n"));
}

static void the_unreachable_says_why_it_was(void **state)
{
    struct death death;
    (void)state;

    die(reach_the_unreachable, &death);

    assert_int_equal(WTERMSIG(death.status), SIGABRT);
    assert_non_null(strstr(death.said, "assertion failed: unreachable: a fifth season\n"));
}

static void a_true_assertion_is_silent(void **state)
{
    struct death death;
    (void)state;

    die(hold_what_is_true, &death);

    assert_true(WIFEXITED(death.status));
    assert_int_equal(WEXITSTATUS(death.status), 99);
    assert_string_equal(death.said, "");
}

static void memory_that_is_not_there_ends_the_process(void **state)
{
    struct death death;
    (void)state;

    die(ask_for_half_of_all_memory, &death);

    if (strstr(death.said, "AddressSanitizer") != NULL) {
        skip(); /* it has its own end for such a request */
    }
    assert_true(WIFSIGNALED(death.status));
    assert_non_null(strstr(death.said, "out of memory: "));
}

static const enum hb_err errors[] = {HB_OK,
#define X(code, wire, temporary, text) code,
                                     HB_ERR_MAP(X)
#undef X
};
#define ERRORS_COUNT (sizeof errors / sizeof errors[0])

static void every_error_has_a_wire_word_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < ERRORS_COUNT; i++) {
        const char *wire = hb_err_wire(errors[i]);
        assert_true(strlen(wire) > 0);
        assert_int_equal(strspn(wire, "abcdefghijklmnopqrstuvwxyz_"), strlen(wire));
        assert_true(strlen(hb_err_text(errors[i])) > 0);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(wire, hb_err_wire(errors[j]));
            assert_string_not_equal(hb_err_text(errors[i]), hb_err_text(errors[j]));
        }
    }
}

/* Peers depend on these words: a change is a change of protocol. */
static void the_words_are_those_that_peers_know(void **state)
{
    static const struct {
        enum hb_err err;
        const char *wire;
        bool temporary;
    } cases[] = {
        {HB_OK, "ok", false},
        {HB_ENOMEM, "no_memory", true},
        {HB_EJSON, "bad_json", false},
        {HB_EDEPTH, "too_deep", false},
        {HB_EFRAME, "bad_frame", false},
        {HB_ETYPE, "unknown_type", false},
        {HB_EFIELD, "bad_field", false},
        {HB_ELARGE, "too_large", false},
        {HB_ELIMIT, "limit", true},
        {HB_ESKEW, "clock_skew", false},
        {HB_ECLOCK, "clock_exhausted", false},
        {HB_EDENIED, "denied", false},
        {HB_EAUTH, "unauthenticated", false},
        {HB_EALREADY, "already", false},
        {HB_ECURSOR, "bad_cursor", false},
        {HB_ERESET, "reset", false},
        {HB_ECONFLICT, "conflict", false},
        {HB_EAGAIN, "try_again", true},
        {HB_EUNKNOWN, "unknown", true},
        {HB_EFENCED, "fenced", true},
        {HB_ESTAMP, "stamp_taken", true},
    };
    (void)state;

    assert_int_equal(sizeof cases / sizeof cases[0], ERRORS_COUNT);
    for (size_t i = 0; i < ERRORS_COUNT; i++) {
        assert_string_equal(hb_err_wire(cases[i].err), cases[i].wire);
        assert_int_equal(hb_err_temporary(cases[i].err), cases[i].temporary);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_false_assertion_names_its_place_and_aborts),
        cmocka_unit_test(in_a_simulation_it_also_tells_the_seed_and_the_instant),
        cmocka_unit_test(a_context_with_an_exit_code_exits_with_it),
        cmocka_unit_test(the_unreachable_says_why_it_was),
        cmocka_unit_test(a_true_assertion_is_silent),
        cmocka_unit_test(memory_that_is_not_there_ends_the_process),
        cmocka_unit_test(every_error_has_a_wire_word_of_its_own),
        cmocka_unit_test(the_words_are_those_that_peers_know),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
