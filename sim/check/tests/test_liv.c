/* What must happen in time: at the last instant, and one past it. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

#include <string.h>

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

#define REPAIR_MS 290 /* 2A + gap + R + 2D + L */

/* --- LIV-02 ---------------------------------------------------------------------------------- */

/* 2 Bk + answer + K/2 + 5L + 2D + R + retry. */
#define ONLINE_MS (2000 + 500 + 1000 + 50 + 20 + 10 + 20)
#define START_MS  (2 * 10 + 20) /* of a node: 2D + retry */

static void liv_02_a_device_that_does_not_get_online_fires(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    closes(&s, 1);
    tick(&s, 1000 + ONLINE_MS);
    assert_nothing(&s);
    tick(&s, 1001 + ONLINE_MS);
    assert_only(&s, LIV_02);
    tick(&s, 60000);
    assert_int_equal(found(&s, LIV_02), 1); /* once */
}

static void of_door(enum obs_kind kind, uint32_t device, uint16_t node, int64_t value)
{
    struct obs obs = OBS(kind, 0);
    obs.device = device;
    obs.user = device != OBS_NONE ? device % 2 : OBS_NONE;
    obs.node = node;
    obs.value = value;
    tell(&s, obs);
}

static void liv_02_a_device_that_is_refused_at_the_door_fires(void **state)
{
    (void)state;
    at(&s, 1000);
    for (int64_t i = 1; i <= 3; i++) { /* no transport is ever open */
        of_door(OBS_WANT, 1, OBS_NODE_NONE, i);
        tick(&s, 1000 + 500 * i);
    }
    tick(&s, 1000 + ONLINE_MS);
    assert_nothing(&s);
    tick(&s, 1001 + ONLINE_MS);
    assert_only(&s, LIV_02);
}

static void liv_02_attempts_that_fail_do_not_start_the_count_again(void **state)
{
    (void)state;
    opens(&s, 1, 1);
    for (int64_t ms = 1000; ms <= 3000; ms += 1000) {
        at(&s, ms);
        closes(&s, 1);
        opens(&s, 1, 1);
    }
    tick(&s, START_MS + ONLINE_MS + 1); /* both nodes came at 0 */
    assert_only(&s, LIV_02);
}

static void liv_02_is_silent_for_one_that_gets_there_at_the_last_instant(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    closes(&s, 1);
    opens(&s, 1, 1);
    at(&s, 1000 + ONLINE_MS);
    welcomed(&s, 1, 2, 2);
    tick(&s, 60000);
    assert_held(&s, LIV_02);
    assert_int_equal(judge_result(s.judge, LIV_02).used_us, ONLINE_MS * 1000);
}

static void liv_02_is_silent_for_one_that_wants_to_be_away_until_it_does_not(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    fault(&s, true, 1, OBS_NODE_NONE, 0); /* the person closes the app */
    closes(&s, 1);
    at(&s, 30000);
    fault(&s, false, 1, OBS_NODE_NONE, 0);
    tick(&s, 30000 + ONLINE_MS);
    assert_nothing(&s);
    tick(&s, 30001 + ONLINE_MS);
    assert_only(&s, LIV_02);
}

static void liv_02_the_crash_of_a_node_that_it_was_not_sent_to_changes_nothing(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    closes(&s, 1);
    at(&s, 2000);
    node_is(&s, OBS_NODE_DOWN, 0, 0);
    tick(&s, 1001 + ONLINE_MS);
    assert_only(&s, LIV_02);
}

static void liv_02_counts_from_the_end_of_a_try_that_went_with_its_node(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    closes(&s, 1);
    at(&s, 1990);
    opens(&s, 1, 0);
    at(&s, 2000);
    node_is(&s, OBS_NODE_DOWN, 0, 0);
    at(&s, 2010);
    closes(&s, 1);
    tick(&s, 2010 + ONLINE_MS);
    assert_nothing(&s);
    tick(&s, 2011 + ONLINE_MS);
    assert_only(&s, LIV_02);
}

/* Node 0 goes at 2000 ms, by a crash, node 1 at 3000, by a drain; node 0 is up again at 9000. */
static void nobody_serves(void)
{
    online(&s, 1, 1);
    at(&s, 1000);
    closes(&s, 1);
    at(&s, 2000);
    node_is(&s, OBS_NODE_DOWN, 0, 0);
    at(&s, 3000);
    fault(&s, true, OBS_NONE, 1, OBS_LEFT);
    tick(&s, 8000);
    at(&s, 9000);
    node_is(&s, OBS_NODE_UP, 0, 2);
}

static void liv_02_counts_from_when_a_node_serves_again_after_all_were_gone(void **state)
{
    (void)state;
    nobody_serves();
    tick(&s, 9000 + START_MS + ONLINE_MS);
    assert_nothing(&s);
    tick(&s, 9001 + START_MS + ONLINE_MS);
    assert_only(&s, LIV_02);
}

static void liv_02_the_margin_counts_from_there_too(void **state)
{
    (void)state;
    nobody_serves();
    at(&s, 9000 + START_MS + 70);
    opens(&s, 1, 0);
    welcomed(&s, 1, 2, 2);
    tick(&s, 60000);
    assert_held(&s, LIV_02);
    assert_int_equal(judge_result(s.judge, LIV_02).used_us, 70 * 1000);
}

/* --- LIV-04 ---------------------------------------------------------------------------------- */

/* client gap + 3 pages (2L + 2D + retry) + repair: a page for each of two rooms, and one. */
#define HELD_MS (50 + 3 * 60 + REPAIR_MS)

/* Device 2 was not online when these were committed: nothing but LIV-04 is owed to it. */
static void holds_seq_5(void)
{
    opens(&s, 2, 0);
    at(&s, 500);
    for (uint64_t seq = 3; seq <= 5; seq++) {
        says(&s, 0, 0, seq, 10 * seq);
    }
    at(&s, 1000);
    welcomed(&s, 2, 2, 2);
    shown(&s, 2, 0, 3, ANA, 30);
    struct obs obs = row_of(OBS_RECV, 2, 0, 5, ANA, 50);
    obs.flags = OBS_HELD;
    tell(&s, obs);
}

static void liv_04_an_entry_held_for_long_fires(void **state)
{
    (void)state;
    holds_seq_5();
    tick(&s, 1000 + HELD_MS);
    assert_nothing(&s);
    tick(&s, 1001 + HELD_MS);
    assert_only(&s, LIV_04);
}

static void liv_04_is_silent_when_the_gap_closes_in_time(void **state)
{
    (void)state;
    holds_seq_5();
    at(&s, 1000 + HELD_MS);
    shown(&s, 2, 0, 4, ANA, 40);
    shown(&s, 2, 0, 5, ANA, 50);
    tick(&s, 9000);
    assert_held(&s, LIV_04);
    assert_int_equal(judge_result(s.judge, LIV_04).used_us, HELD_MS * 1000);
    assert_int_equal(judge_result(s.judge, LIV_04).bound_us, HELD_MS * 1000);
}

static void liv_04_is_silent_for_what_a_lost_connection_or_a_reset_drops(void **state)
{
    (void)state;
    holds_seq_5();
    simple(&s, OBS_RESET, 2, 0, 0, 0, 0);
    tick(&s, 2500);
    assert_nothing(&s);
    story_end(&s);
    story_begin(&s);
    holds_seq_5();
    closes(&s, 2);
    tick(&s, 2500);
    assert_nothing(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(liv_02_a_device_that_does_not_get_online_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(liv_02_a_device_that_is_refused_at_the_door_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(liv_02_attempts_that_fail_do_not_start_the_count_again,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            liv_02_is_silent_for_one_that_gets_there_at_the_last_instant, setup, teardown),
        cmocka_unit_test_setup_teardown(
            liv_02_is_silent_for_one_that_wants_to_be_away_until_it_does_not, setup, teardown),
        cmocka_unit_test_setup_teardown(
            liv_02_the_crash_of_a_node_that_it_was_not_sent_to_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_02_counts_from_the_end_of_a_try_that_went_with_its_node,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            liv_02_counts_from_when_a_node_serves_again_after_all_were_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_02_the_margin_counts_from_there_too, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_04_an_entry_held_for_long_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_04_is_silent_when_the_gap_closes_in_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            liv_04_is_silent_for_what_a_lost_connection_or_a_reset_drops, setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
