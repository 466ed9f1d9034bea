/* The verdict from plain facts: no world anywhere. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"
#include "sim/check/verdict.h"

#include <stdio.h>

static struct story s;

static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static const struct tally_fault faults[] = {
    {.name = "never planned"},
    {.name = "crash", .planned = 2, .fired = 2, .mattered = 1},
    {.name = "half_open", .planned = 9, .fired = 3, .mattered = 2, .by_clients = true},
};
static const struct tally_point points[] = {{"gap repaired", 5}, {"page cut", 0}};
static const struct tally good = {
    .messages = 1, .faults = faults, .faults_len = 3, .points = points, .points_len = 2};

static void assert_verdict(const struct tally *tally, const char *const *must_reach, uint32_t len,
                           enum verdict verdict, const char *why)
{
    struct judgement judgement;
    verdict_reach(s.judge, tally, must_reach, len, &judgement);
    assert_string_equal(judgement.inconclusive_why, why);
    assert_int_equal(judgement.verdict, verdict);
    judgement_deinit(&judgement);
}

static void what_was_done_and_broke_nothing_held(void **state)
{
    static const char *const words[] = {"gap repaired", "crash", "half_open"};
    (void)state;
    says(&s, 0, 0, 3, 10);
    assert_verdict(&good, NULL, 0, VERDICT_HELD, "");
    assert_verdict(&good, words, 3, VERDICT_HELD, "");
}

static void a_run_that_proves_nothing_is_inconclusive_and_says_why(void **state)
{
    static const char *const words[] = {"gap repaired", "page cut", "nothing of this name"};
    struct tally_fault some[3] = {faults[0], faults[1], faults[2]};
    struct tally tally = good;
    (void)state;

    tally.messages = 0;
    assert_verdict(&tally, words, 3, VERDICT_INCONCLUSIVE, "no message was committed");
    assert_verdict(&good, words, 3, VERDICT_INCONCLUSIVE,
                   "must_reach: \"page cut\" was not reached");
    assert_verdict(&good, words + 2, 1, VERDICT_INCONCLUSIVE,
                   "must_reach: \"nothing of this name\" was not reached");
    tally = good;
    tally.faults = some;
    some[1].fired = 1;
    assert_verdict(&tally, NULL, 0, VERDICT_INCONCLUSIVE, "a planned crash never fired");
    some[1].fired = 2;
    some[2].mattered = 0;
    assert_verdict(&tally, NULL, 0, VERDICT_INCONCLUSIVE,
                   "half_open was planned and never met an open connection");
}

static void what_was_violated_is_so_however_little_was_done(void **state)
{
    const struct tally none = {0};
    struct judgement judgement;
    (void)state;

    shown(&s, 0, 0, 9, ANA, 10);
    verdict_reach(s.judge, &none, NULL, 0, &judgement);
    assert_int_equal(judgement.verdict, VERDICT_VIOLATED);
    assert_string_equal(verdict_word(judgement.verdict), "violated");
    assert_true(judgement.violations_len > 0);
    assert_string_equal(judgement.inconclusive_why, "");
    assert_int_equal(judgement.invariants[judgement.violations[0].invariant].state,
                     JUDGED_VIOLATED);
    judgement_deinit(&judgement);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_done_and_broke_nothing_held, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_that_proves_nothing_is_inconclusive_and_says_why,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_violated_is_so_however_little_was_done, setup,
                                        teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
