/* What a plan expects: written, read back, and compared with what its run came to. */
#include "server/base/tests/test.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/replay.h"

#include <stdio.h>
#include <string.h>

#define LIBRARY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH    "00112233445566778899aabbccddeeff"
#define JUDGE   "; the run is the same, bit for bit: it is the judge that has changed"
#define OTHER   "ffeeddccbbaa99887766554433221100"

static const char scenario_text[] =
    "{\"name\":\"storm\",\"clients\":20,\"rooms\":2,\"membersPerRoom\":10,\"nodes\":2,"
    "\"duration\":\"20s\",\"workload\":{\"send\":{\"every\":\"1s\"},\"corpus\":\"c.txt\"}}";

static const struct course no_course = {0};

static struct expect expecting(enum expect_verdict verdict)
{
    return (struct expect){.given = true,
                           .verdict = verdict,
                           .invariant = ORD_05,
                           .hash = HASH,
                           .library = LIBRARY,
                           .plan = "0123456789abcdef"};
}

/* A judgement with one violation, or none. */
static struct judgement judged(enum verdict verdict, struct violation *violation)
{
    struct judgement ret = {.verdict = verdict};
    if (verdict == VERDICT_VIOLATED) {
        ret.violations = violation;
        ret.violations_len = 1;
        ret.invariants[violation->invariant].state = JUDGED_VIOLATED;
    } else if (verdict == VERDICT_INCONCLUSIVE) {
        (void)snprintf(ret.inconclusive_why, sizeof ret.inconclusive_why,
                       "a planned redis_cut never fired");
    }
    return ret;
}

static void each_end_of_a_replay_is_told_apart(void **state)
{
    static const struct {
        enum expect_verdict expected;
        enum verdict verdict;
        enum invariant invariant;
        enum replay replay;
        const char *why;
    } rows[] = {
        {EXPECT_NOTHING, VERDICT_HELD, 0, REPLAY_UNEXPECTED, ""},
        {EXPECT_NOTHING, VERDICT_VIOLATED, ORD_05, REPLAY_UNEXPECTED, ""},
        {EXPECT_HELD, VERDICT_HELD, 0, REPLAY_SAME, "held, as expected, bit for bit"},
        {EXPECT_HELD, VERDICT_VIOLATED, SYN_02, REPLAY_FAILS_DIFFERENTLY,
         "expected to hold, and SYN-02 is violated" JUDGE},
        {EXPECT_HELD, VERDICT_INCONCLUSIVE, 0, REPLAY_DIVERGED, "a planned redis_cut never fired"},
        {EXPECT_VIOLATED, VERDICT_VIOLATED, ORD_05, REPLAY_SAME,
         "ORD-05 violated, as expected, bit for bit"},
        {EXPECT_VIOLATED, VERDICT_VIOLATED, SYN_02, REPLAY_FAILS_DIFFERENTLY,
         "expected ORD-05 violated, and it is SYN-02" JUDGE},
        {EXPECT_VIOLATED, VERDICT_HELD, 0, REPLAY_FIXED,
         "expected ORD-05 violated, and all holds" JUDGE},
        {EXPECT_VIOLATED, VERDICT_INCONCLUSIVE, 0, REPLAY_DIVERGED,
         "a planned redis_cut never fired"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct violation violation = {.invariant = rows[i].invariant};
        const struct judgement judgement = judged(rows[i].verdict, &violation);
        const struct expect expect = expecting(rows[i].expected);
        const struct replay_facts facts = {&judgement, HASH, LIBRARY, "0123456789abcdef",
                                           &no_course};
        char why[300];
        assert_int_equal(replay_compare(&expect, &facts, why, sizeof why), rows[i].replay);
        assert_string_equal(why, rows[i].why);
    }
}

static void a_second_violation_of_the_expected_invariant_is_the_same(void **state)
{
    struct violation violation = {.invariant = SYN_02};
    struct judgement judgement = judged(VERDICT_VIOLATED, &violation);
    const struct expect expect = expecting(EXPECT_VIOLATED);
    const struct replay_facts facts = {&judgement, HASH, LIBRARY, "0123456789abcdef", &no_course};
    char why[300];
    (void)state;
    judgement.invariants[ORD_05].state = JUDGED_VIOLATED;
    assert_int_equal(replay_compare(&expect, &facts, why, sizeof why), REPLAY_SAME);
}

static void a_hash_is_compared_for_the_same_library_and_plan_only(void **state)
{
    const struct judgement judgement = judged(VERDICT_HELD, NULL);
    struct expect expect = expecting(EXPECT_HELD);
    struct replay_facts facts = {&judgement, OTHER, LIBRARY, "0123456789abcdef", &no_course};
    char why[300];
    (void)state;
    assert_int_equal(replay_compare(&expect, &facts, why, sizeof why), REPLAY_DIVERGED);
    assert_non_null(strstr(why, OTHER));
    facts.plan = "ffffffffffffffff";
    assert_int_equal(replay_compare(&expect, &facts, why, sizeof why), REPLAY_SAME);
    assert_non_null(strstr(why, "edited"));
    facts.library = HASH;
    assert_int_equal(replay_compare(&expect, &facts, why, sizeof why), REPLAY_SAME);
    assert_non_null(strstr(why, "another node library"));
    facts = (struct replay_facts){&judgement, OTHER, LIBRARY, "0123456789abcdef", &no_course};
    expect.hash[0] = 0;
    assert_int_equal(replay_compare(&expect, &facts, why, sizeof why), REPLAY_SAME);
    assert_non_null(strstr(why, "no hash"));
}

static void fewer_who_act_are_another_run(void **state)
{
    static const struct {
        enum expect_verdict expected;
        enum verdict verdict;
        int64_t length_us;
        uint64_t people, send, crash;
        enum replay replay;
        const char *why;
    } rows[] = {
        {EXPECT_HELD, VERDICT_HELD, 100, 20, 300, 2, REPLAY_SAME, "held, as expected, bit for bit"},
        {EXPECT_HELD, VERDICT_HELD, 100, 25, 400, 3, REPLAY_SAME, "held, as expected, bit for bit"},
        {EXPECT_HELD, VERDICT_HELD, 100, 19, 300, 2, REPLAY_DIVERGED,
         "held, as expected, but only 19 of 20 people act"},
        {EXPECT_HELD, VERDICT_HELD, 50, 20, 0, 2, REPLAY_DIVERGED,
         "held, as expected, but send is done only 0 of 300 times"},
        {EXPECT_HELD, VERDICT_HELD, 100, 20, 300, 1, REPLAY_DIVERGED,
         "held, as expected, but node_crash fired only 1 of 2 times"},
        {EXPECT_VIOLATED, VERDICT_HELD, 100, 0, 0, 0, REPLAY_DIVERGED,
         "all holds, but only 0 of 20 people act"},
        {EXPECT_VIOLATED, VERDICT_VIOLATED, 100, 20, 299, 2, REPLAY_DIVERGED,
         "ORD-05 violated, as expected, but send is done only 299 of 300 times"},
        {EXPECT_VIOLATED, VERDICT_VIOLATED, 99, 20, 299, 2, REPLAY_SAME, /* it ended earlier */
         "ORD-05 violated, as expected, bit for bit"},
        {EXPECT_VIOLATED, VERDICT_INCONCLUSIVE, 100, 20, 299, 2, REPLAY_DIVERGED,
         "a planned redis_cut never fired; send is done only 299 of 300 times"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct violation violation = {.invariant = ORD_05};
        const struct judgement judgement = judged(rows[i].verdict, &violation);
        struct expect expect = expecting(rows[i].expected);
        struct course course = {.length_us = rows[i].length_us, .acted.people = rows[i].people};
        course.acted.times[WORKLOAD_SEND] = rows[i].send;
        course.acted.times[FAULT_NODE_CRASH] = rows[i].crash;
        expect.course = (struct course){.length_us = 100, .acted.people = 20};
        expect.course.acted.times[WORKLOAD_SEND] = 300;
        expect.course.acted.times[FAULT_NODE_CRASH] = 2;
        const struct replay_facts facts = {&judgement, HASH, LIBRARY, "0123456789abcdef", &course};
        char why[300];
        assert_int_equal(replay_compare(&expect, &facts, why, sizeof why), rows[i].replay);
        assert_string_equal(why, rows[i].why);
    }
}

static void what_is_expected_is_read_back_and_changes_no_digest(void **state)
{
    static const struct scenario_overrides none = {0};
    struct scenario *scenario = NULL;
    struct buf why = {0};
    struct plan plan;
    char before[EXPECT_PLAN_LEN + 1];
    char after[EXPECT_PLAN_LEN + 1];
    (void)state;
    assert_int_equal(scenario_parse(scenario_text, strlen(scenario_text), &scenario, &why), HB_OK);
    assert_int_equal(scenario_plan(scenario, 7, &none, "hello\n", 6, &plan, &why), HB_OK);
    plan_digest(&plan, scenario, before);
    assert_int_equal(strlen(before), EXPECT_PLAN_LEN);
    for (int i = 0; i < 4; i++) {
        struct expect expect = expecting((enum expect_verdict)(i % 3));
        struct expect read;
        struct buf file = {0};
        struct plan again;
        struct scenario *again_scenario = NULL;
        expect.small = i == 3;
        if (i == 2) {
            expect.course = (struct course){.length_us = 70000000, .acted.people = 20};
            expect.course.acted.times[FAULT_KIND_COUNT - 1] = 12345678901;
            for (uint64_t event = 1; event <= 1000; event++) {
                trail_add(&expect.course.trail, event,
                          (struct hash128){.lo = event * 0x9e3779b97f4a7c15});
            }
        }
        if (i == 3) {
            expect.hash[0] = expect.library[0] = expect.plan[0] = 0;
        }
        plan_write(&plan, scenario, &expect, &file);
        if (plan_read(file.bytes, file.len, &again, &again_scenario, &read, &why) != HB_OK) {
            fail_msg("%s", why.bytes);
        }
        assert_true(read.given);
        assert_int_equal(read.verdict, expect.verdict);
        assert_int_equal(read.small, expect.small);
        assert_string_equal(read.hash, expect.hash);
        assert_int_equal(read.course.length_us, expect.course.length_us);
        assert_memory_equal(&read.course.acted, &expect.course.acted, sizeof read.course.acted);
        assert_int_equal(read.course.trail.every, expect.course.trail.every);
        assert_int_equal(read.course.trail.len, expect.course.trail.len);
        assert_memory_equal(read.course.trail.hashes, expect.course.trail.hashes,
                            expect.course.trail.len * sizeof(uint64_t));
        assert_string_equal(read.library, expect.library);
        assert_string_equal(read.plan, expect.plan);
        assert_non_null(strstr(file.bytes, "\"hubbub\": \"0."));
        assert_int_equal(strncmp(read.version, "0.", 2), 0);
        if (expect.verdict == EXPECT_VIOLATED) {
            assert_int_equal(read.invariant, ORD_05);
        }
        plan_digest(&again, again_scenario, after);
        assert_string_equal(before, after);
        plan_deinit(&again);
        scenario_free(&again_scenario);
        buf_deinit(&file);
    }
    plan.seed++;
    plan_digest(&plan, scenario, after);
    assert_string_not_equal(before, after);
    plan_deinit(&plan);
    scenario_free(&scenario);
    buf_deinit(&why);
}

static void a_plan_without_an_expectation_is_read_as_before(void **state)
{
    static const struct scenario_overrides none = {0};
    struct scenario *scenario = NULL;
    struct scenario *again = NULL;
    struct buf why = {0};
    struct buf file = {0};
    struct plan plan;
    struct expect read = expecting(EXPECT_VIOLATED);
    (void)state;
    assert_int_equal(scenario_parse(scenario_text, strlen(scenario_text), &scenario, &why), HB_OK);
    assert_int_equal(scenario_plan(scenario, 7, &none, "hello\n", 6, &plan, &why), HB_OK);
    plan_write(&plan, scenario, NULL, &file);
    assert_null(strstr(file.bytes, "expect"));
    plan_deinit(&plan);
    assert_int_equal(plan_read(file.bytes, file.len, &plan, &again, &read, &why), HB_OK);
    assert_false(read.given);
    assert_int_equal(read.verdict, EXPECT_NOTHING);
    assert_string_equal(read.hash, "");
    plan_deinit(&plan);
    scenario_free(&scenario);
    scenario_free(&again);
    buf_deinit(&file);
    buf_deinit(&why);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_of_a_replay_is_told_apart),
        cmocka_unit_test(fewer_who_act_are_another_run),
        cmocka_unit_test(a_second_violation_of_the_expected_invariant_is_the_same),
        cmocka_unit_test(a_hash_is_compared_for_the_same_library_and_plan_only),
        cmocka_unit_test(what_is_expected_is_read_back_and_changes_no_digest),
        cmocka_unit_test(a_plan_without_an_expectation_is_read_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
