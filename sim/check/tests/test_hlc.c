/* Stamps: each way to break their order, and the near twin that does not. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

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

static void restart(uint16_t node, int64_t life)
{
    struct obs obs = OBS(OBS_NODE_DOWN, 0);
    obs.node = node;
    tell(&s, obs);
    obs.kind = OBS_NODE_UP;
    obs.value = life;
    tell(&s, obs);
}

/* Ana writes and node `node` commits it as seq `seq` of room 0, its own stamp lifted to `hlc`. */
static void committed(uint16_t node, uint64_t seq, uint64_t stamp, uint64_t hlc, int64_t wall_ms)
{
    writes(&s, 0, 0, 10 * seq);
    commits(&s, (struct commit){.seq = seq,
                                .client_id = 10 * seq,
                                .node = node,
                                .stamp = stamp,
                                .hlc = hlc,
                                .wall_ms = wall_ms});
}

static void hlc_01_a_stamp_that_does_not_grow_fires(void **state)
{
    (void)state;
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 1), WALL_MS);
    stamps(&s, 1, 0, 32, HLC(WALL_MS, 1), WALL_MS); /* another node may */
    stamps(&s, 0, 0, 33, HLC(WALL_MS, 1), WALL_MS);
    assert_only(&s, HLC_01);
}

static void hlc_01_is_silent_while_stamps_grow(void **state)
{
    (void)state;
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 1), WALL_MS);
    stamps(&s, 0, 0, 32, HLC(WALL_MS, 2), WALL_MS - 500); /* its clock went back */
    assert_held(&s, HLC_01);
}

static void hlc_01_a_new_life_below_what_the_old_one_committed_fires(void **state)
{
    (void)state;
    committed(0, 3, HLC(WALL_MS, 1), HLC(WALL_MS, 1), WALL_MS);
    restart(0, 2);
    stamps(&s, 0, 0, 41, HLC(WALL_MS - 10, 0), WALL_MS - 10);
    assert_only(&s, HLC_01);
}

static void hlc_01_is_silent_for_a_new_life_below_a_stamp_that_nobody_saw(void **state)
{
    (void)state;
    committed(0, 3, HLC(WALL_MS, 1), HLC(WALL_MS, 1), WALL_MS);
    stamps(&s, 0, 0, 41, HLC(WALL_MS, 9), WALL_MS); /* its transaction was lost */
    restart(0, 2);
    stamps(&s, 0, 0, 41, HLC(WALL_MS, 2), WALL_MS);
    assert_held(&s, HLC_01);
}

static void hlc_01_a_commit_with_a_stamp_that_its_node_never_gave_fires(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 1), WALL_MS);
    commits(&s, (struct commit){
                    .seq = 3, .client_id = 31, .stamp = HLC(WALL_MS, 2), .unstamped = true});
    assert_only(&s, HLC_01);
}

static void hlc_01_is_silent_for_a_commit_of_the_first_of_two_tries(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 1), WALL_MS);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 2), WALL_MS);
    commits(&s, (struct commit){
                    .seq = 3, .client_id = 31, .stamp = HLC(WALL_MS, 1), .unstamped = true});
    assert_held(&s, HLC_01);
}

static void hlc_01_a_stamp_that_was_given_to_anothers_message_of_that_client_id_fires(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    writes(&s, 1, 0, 31);
    stamps(&s, 0, 1, 31, HLC(WALL_MS, 1), WALL_MS);
    commits(&s, (struct commit){
                    .seq = 3, .client_id = 31, .stamp = HLC(WALL_MS, 1), .unstamped = true});
    assert_only(&s, HLC_01);
}

static void hlc_01_one_stamp_for_two_messages_of_one_client_id_fires(void **state)
{
    (void)state;
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 1), WALL_MS);
    stamps(&s, 0, 1, 31, HLC(WALL_MS, 1), WALL_MS);
    assert_now(&s, HLC_01);
}

/* What device 0 says comes to node 0 when that shows `wall_ms`, with the stamp `seen`. */
static void arrives(uint64_t client_id, uint64_t seen, int64_t wall_ms, uint8_t flags)
{
    struct obs obs = OBS(OBS_CAME, 0);
    obs.device = 0;
    obs.user = 0;
    obs.node = 0;
    obs.client_id = client_id;
    obs.hlc = seen;
    obs.value = wall_ms;
    obs.flags = flags;
    tell(&s, obs);
}

static void sends(uint64_t client_id, uint64_t seen, int64_t wall_ms)
{
    writes_seen(&s, 0, 0, client_id, seen);
    arrives(client_id, seen, wall_ms, 0);
}

static void wall(int64_t wall_ms)
{
    struct obs obs = OBS(OBS_WALL, 0);
    obs.node = 0;
    obs.value = wall_ms;
    tell(&s, obs);
}

static void hlc_02_a_stamp_below_one_that_came_with_the_message_fires(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS + 900, 9), WALL_MS);
    stamps(&s, 0, 0, 31, HLC(WALL_MS + 900, 9), WALL_MS);
    assert_now(&s, HLC_02);
    assert_int_equal(found(&s, HLC_02), 1);
}

static void hlc_02_counts_where_another_has_used_the_client_id(void **state)
{
    (void)state;
    writes(&s, 1, 0, 31);
    sends(31, HLC(WALL_MS + 900, 9), WALL_MS);
    stamps(&s, 0, 1, 31, HLC(WALL_MS, 0), WALL_MS); /* that one did not come to this node */
    assert_nothing(&s);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 1), WALL_MS);
    assert_now(&s, HLC_02);
}

static void hlc_02_is_silent_above_it(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS + 900, 9), WALL_MS);
    stamps(&s, 0, 0, 31, HLC(WALL_MS + 900, 10), WALL_MS);
    assert_held(&s, HLC_02);
}

/* The limit is counted from what the clock showed when the message came, whatever it showed later. */
static void hlc_02_a_clock_that_is_put_back_after_the_message_came_does_not_excuse(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS + 1000, 0), WALL_MS);
    wall(WALL_MS);
    wall(WALL_MS - 5);
    stamps(&s, 0, 0, 31, HLC(WALL_MS - 5, 0), WALL_MS - 5);
    assert_only(&s, HLC_02);
}

static void hlc_02_is_silent_when_the_clock_was_put_back_before_the_message_came(void **state)
{
    (void)state;
    wall(WALL_MS);
    wall(WALL_MS - 5);
    sends(31, HLC(WALL_MS + 1000, 0), WALL_MS - 5);
    stamps(&s, 0, 0, 31, HLC(WALL_MS - 5, 0), WALL_MS - 5);
    assert_nothing(&s);
}

static void hlc_02_is_silent_when_one_of_two_arrivals_may_have_been_refused(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS + 1000, 0), WALL_MS - 1);
    arrives(31, HLC(WALL_MS + 1000, 0), WALL_MS, 0);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 0), WALL_MS);
    assert_nothing(&s);
}

static void hlc_02_a_request_is_judged_unless_the_clock_was_set_meanwhile(void **state)
{
    (void)state;
    at(&s, 10);
    writes_seen(&s, 0, 0, 31, HLC(WALL_MS + 1000, 0));
    arrives(31, HLC(WALL_MS + 1000, 0), WALL_MS, OBS_HELD);
    wall(WALL_MS - 5);
    stamps(&s, 0, 0, 31, HLC(WALL_MS - 5, 0), WALL_MS - 5);
    assert_nothing(&s);
    at(&s, 20);
    writes_seen(&s, 0, 0, 32, HLC(WALL_MS + 1000, 0));
    arrives(32, HLC(WALL_MS + 1000, 0), WALL_MS, OBS_HELD);
    stamps(&s, 0, 0, 32, HLC(WALL_MS, 0), WALL_MS);
    assert_only(&s, HLC_02);
}

static void hlc_02_what_came_with_a_hello_that_was_welcomed_counts(void **state)
{
    (void)state;
    arrives(0, HLC(WALL_MS + 500, 0), WALL_MS, 0);
    writes(&s, 0, 0, 31);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 0), WALL_MS); /* nobody knows yet whether it was heard */
    assert_nothing(&s);
    online(&s, 0, 0);
    stamps(&s, 0, 0, 32, HLC(WALL_MS, 1), WALL_MS);
    assert_only(&s, HLC_02);
}

static void hlc_06_a_node_that_took_a_stamp_beyond_the_skew_limit_fires(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS + 1001, 0), WALL_MS);
    stamps(&s, 0, 0, 31, HLC(WALL_MS + 1001, 1), WALL_MS);
    assert_only(&s, HLC_06);
}

static void hlc_06_a_node_that_cut_it_to_the_limit_and_took_it_fires(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS + 50000, 7), WALL_MS);
    stamps(&s, 0, 0, 31, HLC(WALL_MS + 1000, 1), WALL_MS);
    assert_only(&s, HLC_06);
}

static void hlc_06_is_silent_when_it_goes_on_as_if_it_had_never_come(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS + 1000, 0), WALL_MS); /* at the limit: taken */
    stamps(&s, 0, 0, 31, HLC(WALL_MS + 1000, 1), WALL_MS);
    sends(32, HLC(WALL_MS + 1001, 0), WALL_MS); /* beyond */
    stamps(&s, 0, 0, 32, HLC(WALL_MS + 1000, 2), WALL_MS);
    assert_held(&s, HLC_06);
}

static void hlc_06_is_silent_for_what_the_log_and_an_earlier_life_explain(void **state)
{
    (void)state;
    arrives(0, HLC(WALL_MS + 50000, 0), WALL_MS, 0);
    committed(1, 3, HLC(WALL_MS + 700, 0), HLC(WALL_MS + 700, 0), WALL_MS + 700);
    committed(0, 4, HLC(WALL_MS + 700, 1), HLC(WALL_MS + 700, 1), WALL_MS);
    wall(WALL_MS);
    wall(WALL_MS - 90000);
    restart(0, 2);
    arrives(0, HLC(WALL_MS + 50000, 0), WALL_MS - 90000, 0);
    committed(0, 5, HLC(WALL_MS + 700, 2), HLC(WALL_MS + 700, 2), WALL_MS - 90000);
    assert_held(&s, HLC_06);
}

static void hlc_09_a_counter_that_nothing_explains_fires(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS - 5, 0), WALL_MS);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 1), WALL_MS);
    assert_only(&s, HLC_09);
}

static void hlc_09_a_stamp_behind_the_clock_fires(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS - 5, 0), WALL_MS);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 0), WALL_MS);
    sends(32, HLC(WALL_MS - 5, 0), WALL_MS + 1);
    stamps(&s, 0, 0, 32, HLC(WALL_MS, 1), WALL_MS + 1);
    assert_only(&s, HLC_09);
}

static void hlc_09_is_silent_for_the_clock_and_for_one_above_what_is_known(void **state)
{
    (void)state;
    sends(31, HLC(WALL_MS - 5, 0), WALL_MS);
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 0), WALL_MS);
    sends(32, HLC(WALL_MS - 5, 0), WALL_MS);
    stamps(&s, 0, 0, 32, HLC(WALL_MS, 1), WALL_MS);
    stamps(&s, 0, 0, 32, HLC(WALL_MS, 1), WALL_MS + 3); /* the same, on its way again */
    sends(33, HLC(WALL_MS + 4, 7), WALL_MS + 4);
    stamps(&s, 0, 0, 33, HLC(WALL_MS + 4, 8), WALL_MS + 4);
    wall(WALL_MS - 500);
    sends(34, 0, WALL_MS - 500);
    stamps(&s, 0, 0, 34, HLC(WALL_MS + 4, 9), WALL_MS - 500);
    assert_held(&s, HLC_09);
}

static void hlc_03_a_stamp_below_that_of_the_place_before_fires(void **state)
{
    (void)state;
    committed(0, 3, HLC(WALL_MS, 5), HLC(WALL_MS, 5), WALL_MS);
    committed(1, 4, HLC(WALL_MS, 4), HLC(WALL_MS, 4), WALL_MS);
    assert_only(&s, HLC_03);
}

static void hlc_03_is_silent_for_a_stamp_that_was_lifted(void **state)
{
    (void)state;
    committed(0, 3, HLC(WALL_MS, 5), HLC(WALL_MS, 5), WALL_MS);
    committed(1, 4, HLC(WALL_MS - 300, 4), HLC(WALL_MS, 6), WALL_MS - 300);
    assert_held(&s, HLC_03);
}

static void hlc_04_one_stamp_of_one_node_twice_in_a_room_fires(void **state)
{
    (void)state;
    committed(0, 3, HLC(WALL_MS, 5), HLC(WALL_MS, 5), WALL_MS);
    committed(1, 4, HLC(WALL_MS, 6), HLC(WALL_MS, 6), WALL_MS);
    committed(0, 5, HLC(WALL_MS, 6), HLC(WALL_MS, 5), WALL_MS); /* not its neighbour */
    assert_now(&s, HLC_04);
}

static void hlc_04_is_silent_for_another_node_or_another_room(void **state)
{
    (void)state;
    committed(0, 3, HLC(WALL_MS, 5), HLC(WALL_MS, 5), WALL_MS);
    committed(1, 4, HLC(WALL_MS, 6), HLC(WALL_MS, 5), WALL_MS); /* breaks the order, no more */
    writes(&s, 1, 1, 31);
    commits(&s, (struct commit){.user = 1,
                                .room = 1,
                                .seq = 3,
                                .client_id = 31,
                                .node = 1,
                                .stamp = HLC(WALL_MS, 7),
                                .hlc = HLC(WALL_MS, 5)});
    assert_int_equal(found(&s, HLC_04), 0);
    assert_int_equal(judge_result(s.judge, HLC_04).state, JUDGED_HELD);
}

static void hlc_05_a_stamp_ahead_of_every_wall_clock_fires(void **state)
{
    (void)state;
    committed(0, 3, HLC(WALL_MS, 5), HLC(WALL_MS, 5), WALL_MS);
    committed(0, 4, HLC(WALL_MS, 6), HLC(WALL_MS + 2, 0), WALL_MS);
    assert_only(&s, HLC_05);
}

static void hlc_05_is_silent_when_the_fastest_clock_was_there_and_for_a_carry(void **state)
{
    (void)state;
    committed(1, 3, HLC(WALL_MS + 4000, 0), HLC(WALL_MS + 4000, 0), WALL_MS + 4000);
    committed(0, 4, HLC(WALL_MS, 6), HLC(WALL_MS + 4000, 1), WALL_MS);
    committed(0, 5, HLC(WALL_MS, 7), HLC(WALL_MS + 4001, 0), WALL_MS); /* its counter was full */
    assert_held(&s, HLC_05);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hlc_01_a_stamp_that_does_not_grow_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_01_is_silent_while_stamps_grow, setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_01_a_new_life_below_what_the_old_one_committed_fires,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            hlc_01_is_silent_for_a_new_life_below_a_stamp_that_nobody_saw, setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_01_a_commit_with_a_stamp_that_its_node_never_gave_fires,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_01_is_silent_for_a_commit_of_the_first_of_two_tries,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            hlc_01_a_stamp_that_was_given_to_anothers_message_of_that_client_id_fires, setup,
            teardown),
        cmocka_unit_test_setup_teardown(hlc_01_one_stamp_for_two_messages_of_one_client_id_fires,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_02_counts_where_another_has_used_the_client_id, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(hlc_02_a_stamp_below_one_that_came_with_the_message_fires,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_02_is_silent_above_it, setup, teardown),
        cmocka_unit_test_setup_teardown(
            hlc_02_a_clock_that_is_put_back_after_the_message_came_does_not_excuse, setup,
            teardown),
        cmocka_unit_test_setup_teardown(
            hlc_02_is_silent_when_the_clock_was_put_back_before_the_message_came, setup, teardown),
        cmocka_unit_test_setup_teardown(
            hlc_02_is_silent_when_one_of_two_arrivals_may_have_been_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(
            hlc_02_a_request_is_judged_unless_the_clock_was_set_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_02_what_came_with_a_hello_that_was_welcomed_counts,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_06_a_node_that_took_a_stamp_beyond_the_skew_limit_fires,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_06_a_node_that_cut_it_to_the_limit_and_took_it_fires,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_06_is_silent_when_it_goes_on_as_if_it_had_never_come,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            hlc_06_is_silent_for_what_the_log_and_an_earlier_life_explain, setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_09_a_counter_that_nothing_explains_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(hlc_09_a_stamp_behind_the_clock_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(
            hlc_09_is_silent_for_the_clock_and_for_one_above_what_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(hlc_03_a_stamp_below_that_of_the_place_before_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(hlc_03_is_silent_for_a_stamp_that_was_lifted, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(hlc_04_one_stamp_of_one_node_twice_in_a_room_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(hlc_04_is_silent_for_another_node_or_another_room, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(hlc_05_a_stamp_ahead_of_every_wall_clock_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            hlc_05_is_silent_when_the_fastest_clock_was_there_and_for_a_carry, setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
