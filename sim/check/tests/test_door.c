/* Who may come in at a node, and who is shown out. */
#include "server/base/tests/test.h"
#include "sim/check/tests/edge_story.h"

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

#define SILENT_MS 1500  /* H + Ht */
#define READY_MS  60    /* 4D + retry */
#define HELLO_MS  10000 /* hello */

/* --- LIV-13 --------------------------------------------------------------------------------- */

static void liv_13_a_close_for_no_reason_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    hangs_up(&s, 1, 1000);
    assert_only(&s, LIV_13);
}

static void liv_13_a_client_that_pings_and_is_called_silent_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    at(&s, 1000);
    heard(&s, 1, "ping", 0, 0);
    at(&s, 999 + SILENT_MS);
    hangs_up(&s, 1, 4003);
    assert_only(&s, LIV_13);
}

static void liv_13_a_client_that_is_silent_is_closed(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    at(&s, 1000);
    heard(&s, 1, "ping", 0, 0);
    at(&s, 1000 + SILENT_MS);
    hangs_up(&s, 1, 4003);
    assert_held(&s, LIV_13);
}

static void liv_13_a_drain_that_nobody_asked_for_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    hangs_up(&s, 1, 1012);
    assert_only(&s, LIV_13);
}

static void liv_13_a_drain_closes(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    node_tells(&s, OBS_DRAIN, 0);
    said(&s, 1, "draining", 0, 0);
    hangs_up(&s, 1, 1012);
    assert_held(&s, LIV_13);
}

static void liv_13_a_hello_that_is_called_late_too_early_fires(void **state)
{
    (void)state;
    arrives(&s, 1);
    at(&s, HELLO_MS - 1);
    hangs_up(&s, 1, 4502);
    assert_only(&s, LIV_13);
}

static void liv_13_no_hello_in_time_is_a_cause(void **state)
{
    (void)state;
    arrives(&s, 1);
    at(&s, HELLO_MS);
    hangs_up(&s, 1, 4502);
    assert_held(&s, LIV_13);
}

static void liv_13_a_good_token_that_is_refused_fires(void **state)
{
    (void)state;
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, 0);
    hangs_up(&s, 1, 4500);
    assert_only(&s, LIV_13);
}

static void liv_13_a_token_that_has_ended_is_a_cause(void **state)
{
    (void)state;
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, OBS_QUIET);
    hangs_up(&s, 1, 4500);
    assert_held(&s, LIV_13);
}

static void liv_13_a_ready_node_that_sends_to_another_fires(void **state)
{
    (void)state;
    node_tells(&s, OBS_REGISTERED, 1);
    node_tells(&s, OBS_READY, 1);
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, 0);
    hangs_up(&s, 1, 1013);
    assert_only(&s, LIV_13);
}

static void liv_13_a_node_that_is_not_ready_sends_to_another(void **state)
{
    (void)state;
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, 0);
    hangs_up(&s, 1, 1013);
    assert_held(&s, LIV_13);
}

static void liv_13_giving_up_a_send_while_the_database_is_well_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    hangs_up(&s, 1, 4007);
    assert_only(&s, LIV_13);
}

static void liv_13_giving_up_a_send_after_a_fault_of_the_database_is_right(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    fault(&s, true, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    fault(&s, false, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    hangs_up(&s, 1, 4007);
    assert_held(&s, LIV_13);
}

static void liv_13_a_node_whose_name_was_taken_sends_all_away(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    at(&s, 100);
    fault(&s, true, OBS_NONE, 0, OBS_LEFT);
    fault(&s, false, OBS_NONE, 0, OBS_LEFT);
    at(&s, 900);
    hangs_up(&s, 1, 4007);
    assert_held(&s, LIV_13);
}

static void liv_13_one_whose_neighbour_lost_its_name_may_not(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    at(&s, 100);
    fault(&s, true, OBS_NONE, 1, OBS_LEFT);
    fault(&s, false, OBS_NONE, 1, OBS_LEFT);
    hangs_up(&s, 1, 4007);
    assert_only(&s, LIV_13);
}

static void liv_13_frames_that_are_none_are_a_cause_when_they_are_many(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    greeted(&s, 0, 2, 2);
    for (int i = 0; i < 6; i++) {
        edge_tell(&s, OBS_HEARD, 1, OBS_NONE, 0, 0);
    }
    hangs_up(&s, 1, 1008);
    assert_held(&s, LIV_13);
    hangs_up(&s, 0, 1008);
    assert_only(&s, LIV_13);
}

/* --- LIV-06 --------------------------------------------------------------------------------- */

static void liv_06_a_node_that_is_late_fires(void **state)
{
    (void)state;
    node_tells(&s, OBS_READY, 0); /* that such things are told */
    tick(&s, 1000);
    node_tells(&s, OBS_NODE_DOWN, 0);
    node_tells(&s, OBS_NODE_UP, 2);
    tick(&s, 1000 + READY_MS);
    const uint64_t before = found(&s, LIV_06); /* both nodes, after the story's begin */
    assert_int_equal(before, 2);
    tick(&s, 1001 + READY_MS);
    assert_int_equal(found(&s, LIV_06), 3);
}

static void ready(uint16_t node, enum obs_kind kind, int64_t value)
{
    struct obs obs = OBS(kind, 0);
    obs.node = node;
    obs.value = value;
    tell(&s, obs);
}

static void both_are_ready(void)
{
    for (uint16_t node = 0; node < 2; node++) {
        ready(node, OBS_REGISTERED, 1);
        ready(node, OBS_READY, 1);
    }
}

static void liv_06_is_silent_at_the_last_instant(void **state)
{
    (void)state;
    both_are_ready();
    tick(&s, 1000);
    node_tells(&s, OBS_NODE_DOWN, 0);
    node_tells(&s, OBS_NODE_UP, 2);
    at(&s, 1000 + READY_MS);
    node_tells(&s, OBS_REGISTERED, 2);
    node_tells(&s, OBS_READY, 1);
    tick(&s, 9000);
    assert_held(&s, LIV_06);
    assert_int_equal(judge_result(s.judge, LIV_06).used_us, READY_MS * 1000);
}

static void liv_06_counts_from_the_end_of_the_database_fault(void **state)
{
    (void)state;
    both_are_ready();
    tick(&s, 1000);
    node_tells(&s, OBS_NODE_DOWN, 0);
    fault(&s, true, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    node_tells(&s, OBS_NODE_UP, 2);
    tick(&s, 5000);
    fault(&s, false, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    at(&s, 5000 + READY_MS);
    node_tells(&s, OBS_REGISTERED, 2);
    node_tells(&s, OBS_READY, 1);
    tick(&s, 9000);
    assert_held(&s, LIV_06);
}

static void liv_06_a_node_that_is_ready_before_it_is_registered_fires(void **state)
{
    (void)state;
    both_are_ready();
    tick(&s, 1000);
    node_tells(&s, OBS_NODE_DOWN, 0);
    node_tells(&s, OBS_NODE_UP, 2);
    node_tells(&s, OBS_READY, 1);
    assert_only(&s, LIV_06);
}

/* --- LIV-16 --------------------------------------------------------------------------------- */

#define ANSWER_MS   120 /* gap + 2R + 5D */
#define DATABASE_MS 40  /* retry + 2D */
#define LOST_MS     520 /* redis_pause + 3R, and a repair */

static void a_hello_comes_at(int64_t ms)
{
    both_are_ready();
    tick(&s, ms);
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, 0);
}

static void liv_16_a_hello_without_an_answer_fires(void **state)
{
    (void)state;
    a_hello_comes_at(2000);
    at(&s, 2000 + ANSWER_MS);
    heard(&s, 1, "ping", 0, 0);
    assert_nothing(&s);
    tick(&s, 2001 + ANSWER_MS);
    assert_only(&s, LIV_16);
}

static void liv_16_an_answer_at_the_last_instant_is_in_time(void **state)
{
    (void)state;
    a_hello_comes_at(2000);
    at(&s, 2000 + ANSWER_MS);
    said(&s, 1, "welcome", 0, 0);
    tick(&s, 3000);
    assert_held(&s, LIV_16);
    assert_int_equal(judge_result(s.judge, LIV_16).used_us, ANSWER_MS * 1000);
}

static void liv_16_the_end_of_the_connection_is_an_answer(void **state)
{
    (void)state;
    a_hello_comes_at(2000);
    edge_tell(&s, OBS_GONE, 1, OBS_NONE, 0, 0);
    tick(&s, 3000);
    assert_nothing(&s);
}

static void liv_16_counts_from_the_end_of_the_database_fault(void **state)
{
    (void)state;
    fault(&s, true, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    a_hello_comes_at(2000);
    at(&s, 2100);
    fault(&s, false, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    tick(&s, 2100 + DATABASE_MS + ANSWER_MS);
    assert_nothing(&s);
    tick(&s, 2101 + DATABASE_MS + ANSWER_MS);
    assert_only(&s, LIV_16);
}

static void liv_16_waits_for_the_repair_of_what_anothers_link_has_lost(void **state)
{
    (void)state;
    fault(&s, true, OBS_NONE, 1, OBS_REDIS);
    a_hello_comes_at(2000);
    at(&s, 2100);
    fault(&s, false, OBS_NONE, 1, OBS_REDIS);
    tick(&s, 2100 + LOST_MS + ANSWER_MS);
    assert_nothing(&s);
    tick(&s, 2101 + LOST_MS + ANSWER_MS);
    assert_only(&s, LIV_16);
}

static void liv_16_asks_nothing_of_a_node_that_takes_no_connections(void **state)
{
    (void)state;
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, 0);
    tick(&s, 3000);
    assert_int_equal(found(&s, LIV_16), 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(liv_13_a_close_for_no_reason_fires),
        TEST(liv_13_a_client_that_pings_and_is_called_silent_fires),
        TEST(liv_13_a_client_that_is_silent_is_closed),
        TEST(liv_13_a_drain_that_nobody_asked_for_fires),
        TEST(liv_13_a_drain_closes),
        TEST(liv_13_a_hello_that_is_called_late_too_early_fires),
        TEST(liv_13_no_hello_in_time_is_a_cause),
        TEST(liv_13_a_good_token_that_is_refused_fires),
        TEST(liv_13_a_token_that_has_ended_is_a_cause),
        TEST(liv_13_a_ready_node_that_sends_to_another_fires),
        TEST(liv_13_a_node_that_is_not_ready_sends_to_another),
        TEST(liv_13_giving_up_a_send_while_the_database_is_well_fires),
        TEST(liv_13_giving_up_a_send_after_a_fault_of_the_database_is_right),
        TEST(liv_13_a_node_whose_name_was_taken_sends_all_away),
        TEST(liv_13_one_whose_neighbour_lost_its_name_may_not),
        TEST(liv_13_frames_that_are_none_are_a_cause_when_they_are_many),
        TEST(liv_06_a_node_that_is_late_fires),
        TEST(liv_06_is_silent_at_the_last_instant),
        TEST(liv_06_counts_from_the_end_of_the_database_fault),
        TEST(liv_06_a_node_that_is_ready_before_it_is_registered_fires),
        TEST(liv_16_a_hello_without_an_answer_fires),
        TEST(liv_16_an_answer_at_the_last_instant_is_in_time),
        TEST(liv_16_the_end_of_the_connection_is_an_answer),
        TEST(liv_16_counts_from_the_end_of_the_database_fault),
        TEST(liv_16_waits_for_the_repair_of_what_anothers_link_has_lost),
        TEST(liv_16_asks_nothing_of_a_node_that_takes_no_connections),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
