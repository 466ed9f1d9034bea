/* One execution and its verdict; two worlds in lockstep. */
#include "server/base/tests/test.h"
#include "sim/explore/run.h"
#include "sim/explore/scenario.h"
#include "sim/explore/verify.h"

#include <stdio.h>
#include <string.h>

static const struct obs_sink nobody = {.observe = NULL};
static const struct run_progress silent = {NULL, NULL};

/* A few people in one room; `workload` and `faults` as a scenario has them. */
static struct plan plan_of(const char *send, const char *faults)
{
    static const struct scenario_overrides none = {0};
    char text[1000];
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan = {0};
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"tiny\",\"clients\":4,\"rooms\":1,\"membersPerRoom\":4,"
                   "\"nodes\":2,\"duration\":\"5s\",\"settle\":\"20s\",\"connectSpread\":\"100ms\","
                   "\"workload\":{%s\"corpus\":\"c\"},\"faults\":[%s]}",
                   send, faults);
    if (scenario_parse(text, strlen(text), &scenario, &why) != HB_OK ||
        scenario_plan(scenario, 1, &none, "hello\n", 6, &plan, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    scenario_free(&scenario);
    buf_deinit(&why);
    return plan;
}

#define TALKING "\"send\":{\"every\":\"500ms\"},"

static void a_quiet_run_is_held_and_its_invariants_were_judged(void **state)
{
    struct plan plan = plan_of(TALKING, "");
    struct run_result result;
    (void)state;
    run_plan(&plan, NULL, 0, nobody, silent, &result);
    assert_int_equal(result.judgement.verdict, VERDICT_HELD);
    assert_string_equal(verdict_word(result.judgement.verdict), "held");
    assert_string_equal(result.judgement.inconclusive_why, "");
    assert_int_equal(result.judgement.violations_len, 0);
    assert_true(result.tally.messages > 10);
    assert_true(result.tally.deliveries >= result.tally.messages * 4);
    assert_true(result.hash.lo != 0 || result.hash.hi != 0);
    assert_int_equal(result.judgement.invariants[ORD_01].state, JUDGED_HELD);
    assert_true(result.judgement.invariants[ORD_01].judged >= result.tally.deliveries);
    assert_int_equal(result.judgement.invariants[SYN_11].state, JUDGED_HELD);
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void a_run_in_which_nobody_writes_is_inconclusive(void **state)
{
    struct plan plan = plan_of("", "");
    struct run_result result;
    (void)state;
    run_plan(&plan, NULL, 0, nobody, silent, &result);
    assert_int_equal(result.judgement.verdict, VERDICT_INCONCLUSIVE);
    assert_string_equal(result.judgement.inconclusive_why, "no message was committed");
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void a_run_that_misses_what_it_must_reach_is_inconclusive(void **state)
{
    static const char *const words[] = {"redis_cut", "redis_restart"};
    struct plan plan = plan_of(TALKING, "{\"kind\":\"redis_cut\",\"at\":\"2s\",\"for\":\"1s\"}");
    struct run_result result;
    (void)state;
    run_plan(&plan, words, 1, nobody, silent, &result);
    assert_int_equal(result.judgement.verdict, VERDICT_HELD);
    run_result_deinit(&result);
    run_plan(&plan, words, 2, nobody, silent, &result);
    assert_int_equal(result.judgement.verdict, VERDICT_INCONCLUSIVE);
    assert_string_equal(result.judgement.inconclusive_why,
                        "must_reach: \"redis_restart\" was not reached");
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void an_action_that_never_met_a_connection_makes_it_inconclusive(void **state)
{
    /* Aborts fall in the first 9 ms: before any connection is open, for that takes two ways. */
    struct plan plan =
        plan_of(TALKING, "{\"kind\":\"disconnect_abrupt\",\"every\":\"10ms\",\"to\":\"9ms\"}");
    struct run_result result;
    (void)state;
    run_plan(&plan, NULL, 0, nobody, silent, &result);
    assert_true(result.faults[FAULT_DISCONNECT_ABRUPT].planned > 0);
    assert_int_equal(result.faults[FAULT_DISCONNECT_ABRUPT].mattered, 0);
    assert_int_equal(result.judgement.verdict, VERDICT_INCONCLUSIVE);
    assert_string_equal(result.judgement.inconclusive_why,
                        "disconnect_abrupt was planned and never met an open connection");
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void a_planned_fault_that_never_fired_makes_it_inconclusive(void **state)
{
    struct plan plan = plan_of(TALKING, "{\"kind\":\"redis_cut\",\"at\":\"2s\",\"for\":\"1s\"}");
    struct run_result result;
    (void)state;
    plan.faults[0].at_us = plan.duration_us + plan.settle_us + 1000000; /* the run is over then */
    run_plan(&plan, NULL, 0, nobody, silent, &result);
    assert_int_equal(result.faults[FAULT_REDIS_CUT].planned, 1);
    assert_int_equal(result.judgement.verdict, VERDICT_INCONCLUSIVE);
    assert_string_equal(result.judgement.inconclusive_why, "a planned redis_cut never fired");
    run_result_deinit(&result);
    plan_deinit(&plan);
}

static void a_dropped_fault_is_not_asked_for_and_changes_the_run(void **state)
{
    struct plan plan = plan_of(TALKING, "{\"kind\":\"redis_cut\",\"at\":\"2s\",\"for\":\"1s\"}");
    struct run_result with;
    struct run_result without;
    (void)state;
    run_plan(&plan, NULL, 0, nobody, silent, &with);
    plan.drop_faults = hb_calloc(1, sizeof *plan.drop_faults); /* id 0 */
    plan.drop_faults_len = 1;
    run_plan(&plan, NULL, 0, nobody, silent, &without);
    assert_int_equal(with.faults[FAULT_REDIS_CUT].fired, 1);
    assert_int_equal(without.faults[FAULT_REDIS_CUT].fired, 0);
    assert_int_equal(without.judgement.verdict, VERDICT_HELD);
    assert_true(with.hash.lo != without.hash.lo);
    run_result_deinit(&with);
    run_result_deinit(&without);
    plan_deinit(&plan);
}

struct heard {
    uint64_t count, shown;
};

static void hear(void *user, const struct obs *obs)
{
    struct heard *heard = user;
    heard->count++;
    heard->shown += obs->kind == OBS_SHOWN;
}

static void whoever_records_is_told_everything_and_the_run_stays_the_same(void **state)
{
    struct plan plan = plan_of(TALKING, "");
    struct heard heard = {0};
    struct run_result alone;
    struct run_result recorded;
    (void)state;
    run_plan(&plan, NULL, 0, nobody, silent, &alone);
    run_plan(&plan, NULL, 0, (struct obs_sink){.observe = hear, .user = &heard}, silent, &recorded);
    assert_true(alone.hash.lo == recorded.hash.lo && alone.hash.hi == recorded.hash.hi);
    assert_true(alone.tally.events == recorded.tally.events);
    assert_true(heard.shown == alone.tally.deliveries);
    assert_true(heard.count > heard.shown);
    run_result_deinit(&alone);
    run_result_deinit(&recorded);
    plan_deinit(&plan);
}

static void two_worlds_of_a_plan_agree(void **state)
{
    struct plan plan = plan_of(TALKING, "{\"kind\":\"redis_cut\",\"at\":\"2s\",\"for\":\"1s\"}");
    char where[300] = "";
    (void)state;
    assert_true(run_verify(&plan, 0, where, sizeof where));
    assert_string_equal(where, "");
    plan_deinit(&plan);
}

static void a_planted_difference_is_found_and_its_event_named(void **state)
{
    struct plan plan = plan_of(TALKING, "");
    char early[300] = "";
    char late[300] = "";
    (void)state;
    assert_false(run_verify(&plan, 20, early, sizeof early));
    assert_non_null(strstr(early, "event "));
    assert_non_null(strstr(early, "; in the other world "));
    assert_false(run_verify(&plan, 90, late, sizeof late));
    assert_string_not_equal(early, late);
    plan_deinit(&plan);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_run_is_held_and_its_invariants_were_judged),
        cmocka_unit_test(a_run_in_which_nobody_writes_is_inconclusive),
        cmocka_unit_test(a_run_that_misses_what_it_must_reach_is_inconclusive),
        cmocka_unit_test(an_action_that_never_met_a_connection_makes_it_inconclusive),
        cmocka_unit_test(a_planned_fault_that_never_fired_makes_it_inconclusive),
        cmocka_unit_test(a_dropped_fault_is_not_asked_for_and_changes_the_run),
        cmocka_unit_test(whoever_records_is_told_everything_and_the_run_stays_the_same),
        cmocka_unit_test(two_worlds_of_a_plan_agree),
        cmocka_unit_test(a_planted_difference_is_found_and_its_event_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
