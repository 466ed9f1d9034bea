/* One log, the same for all: each way to break it, and the near twin that does not. */
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

/* The log as this family needs it: ana (device 0) wrote seq 3, bob (device 1) seq 4, ana seq 5. */
static void three_messages(void)
{
    writes(&s, 0, 0, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    writes(&s, 1, 0, 41);
    commits(&s, (struct commit){.user = 1, .seq = 4, .client_id = 41});
    writes(&s, 0, 0, 51);
    commits(&s, (struct commit){.user = 0, .seq = 5, .client_id = 51});
}

/* --- ORD-01 ---------------------------------------------------------------------------------- */

static void ord_01_another_message_at_a_place_fires(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 0, 0, 3, ANA, 31);
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 3, ANA, 31);
    obs.id = ID_OF(0, 4);
    tell(&s, obs);
    assert_only(&s, ORD_01);
}

static void ord_09_another_stamp_of_a_message_fires(void **state)
{
    (void)state;
    three_messages();
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 3, ANA, 31);
    obs.hlc++;
    tell(&s, obs);
    assert_only(&s, ORD_09);
}

static void ord_01_a_place_that_was_not_committed_fires(void **state)
{
    (void)state;
    three_messages();
    writes(&s, 0, 0, 61);
    shown(&s, 1, 0, 6, ANA, 61);
    assert_only(&s, ORD_01);
}

static void ord_01_is_silent_when_all_see_the_same(void **state)
{
    (void)state;
    three_messages();
    for (uint32_t device = 0; device < 3; device++) {
        shown(&s, device, 0, 3, ANA, 31);
        shown(&s, device, 0, 4, BOB, 41);
    }
    assert_held(&s, ORD_01);
}

/* --- ORD-02 ---------------------------------------------------------------------------------- */

static void ord_02_a_hole_in_the_log_fires(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    says(&s, 0, 0, 5, 51);
    assert_only(&s, ORD_02);
}

static void ord_02_a_place_used_twice_fires(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    says(&s, 0, 0, 4, 41);
    writes(&s, 1, 0, 42);
    commits(&s, (struct commit){.user = 1, .seq = 4, .client_id = 42});
    assert_now(&s, ORD_02);
}

static void ord_02_is_silent_for_a_number_that_a_rollback_left_free(void **state)
{
    (void)state;
    stamps(&s, 0, 0, 31, HLC(WALL_MS, 1), WALL_MS);
    says(&s, 0, 0, 3, 31);
    says(&s, 0, 0, 4, 41);
    assert_held(&s, ORD_02);
}

/* --- ORD-03, ORD-04, ORD-08 ------------------------------------------------------------------ */

static void ord_03_a_step_back_fires(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 2, 0, 3, ANA, 31);
    shown(&s, 2, 0, 5, ANA, 51);
    shown(&s, 2, 0, 4, BOB, 41);
    assert_now(&s, ORD_03);
    assert_int_equal(found(&s, ORD_08), 0); /* it was never shown before */
}

static void ord_03_is_silent_when_rows_arrive_out_of_order_and_are_shown_in_order(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 2, 0, 3, ANA, 31);
    tell(&s, row_of(OBS_RECV, 2, 0, 5, ANA, 51));
    shown(&s, 2, 0, 4, BOB, 41);
    shown(&s, 2, 0, 5, ANA, 51);
    assert_held(&s, ORD_03);
}

static void ord_04_a_missing_entry_fires(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 2, 0, 3, ANA, 31);
    shown(&s, 2, 0, 5, ANA, 51);
    assert_only(&s, ORD_04);
}

static void ord_04_is_silent_wherever_a_display_epoch_begins(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 2, 0, 3, ANA, 31);
    simple(&s, OBS_RESET, 2, 0, 0, 0, 0);
    shown(&s, 2, 0, 5, ANA, 51);
    assert_held(&s, ORD_04);
}

static void ord_08_a_row_shown_twice_fires(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 2, 0, 3, ANA, 31);
    shown(&s, 2, 0, 4, BOB, 41);
    shown(&s, 2, 0, 3, ANA, 31);
    assert_now(&s, ORD_08);
}

static void ord_08_a_message_shown_again_at_the_next_place_fires(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 1, 0, 3, ANA, 31);
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 3, ANA, 31);
    obs.seq = 4;
    tell(&s, obs);
    assert_now(&s, ORD_08);
}

static void ord_08_is_silent_for_a_place_at_which_another_message_was_shown(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 1, 0, 3, ANA, 31);
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 5, ANA, 51);
    obs.seq = 4;
    tell(&s, obs);
    shown(&s, 1, 0, 4, BOB, 41); /* for the first time */
    assert_int_equal(found(&s, ORD_03), 1);
    assert_int_equal(found(&s, ORD_08), 0);
}

static void ord_08_is_silent_for_a_row_received_twice_or_shown_again_after_a_reset(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 2, 0, 3, ANA, 31);
    tell(&s, row_of(OBS_RECV, 2, 0, 3, ANA, 31));
    simple(&s, OBS_RESET, 2, 0, 0, 0, 0);
    shown(&s, 2, 0, 3, ANA, 31);
    assert_held(&s, ORD_08);
}

/* --- ORD-05, ORD-06, ORD-11 ------------------------------------------------------------------ */

static void ord_05_messages_of_one_device_that_change_places_fire(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    writes(&s, 0, 0, 32);
    commits(&s, (struct commit){.seq = 3, .client_id = 32});
    commits(&s, (struct commit){.seq = 4, .client_id = 31});
    assert_only(&s, ORD_05);
}

static void ord_05_is_silent_across_devices_and_for_a_message_that_failed(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    writes(&s, 2, 0, 33); /* the same person, another device */
    writes(&s, 0, 0, 32);
    writes(&s, 0, 1, 34); /* another room */
    commits(&s, (struct commit){.seq = 3, .client_id = 33});
    commits(&s, (struct commit){.room = 1, .seq = 3, .client_id = 34});
    commits(&s, (struct commit){.seq = 4, .client_id = 32}); /* 31 is never committed */
    assert_held(&s, ORD_05);
}

static void ord_06_a_reply_above_its_cause_fires(void **state)
{
    (void)state;
    three_messages();
    shown(&s, 1, 0, 5, ANA, 51);
    writes(&s, 1, 0, 61);
    commits(&s, (struct commit){.user = 1, .seq = 4, .client_id = 61});
    assert_now(&s, ORD_06);
}

static void ord_06_is_silent_for_a_message_written_before_it_was_shown_the_other(void **state)
{
    (void)state;
    writes(&s, 1, 0, 31);
    writes(&s, 0, 0, 41);
    commits(&s, (struct commit){.user = 1, .seq = 3, .client_id = 31});
    shown(&s, 0, 0, 3, BOB, 31);
    commits(&s, (struct commit){.user = 0, .seq = 4, .client_id = 41});
    writes(&s, 0, 0, 51);
    commits(&s, (struct commit){.user = 0, .seq = 5, .client_id = 51});
    assert_held(&s, ORD_06);
}

static void ord_11_a_message_above_one_that_was_acked_before_fires(void **state)
{
    (void)state;
    at(&s, 10);
    writes(&s, 0, 0, 31);
    writes(&s, 0, 0, 32);
    commits(&s, (struct commit){.seq = 3, .client_id = 31});
    commits(&s, (struct commit){.seq = 5, .client_id = 32}); /* a block of numbers was skipped */
    acked(&s, 0, 0, 5, 32);
    at(&s, 11);
    writes(&s, 1, 0, 41);
    commits(&s, (struct commit){.user = 1, .seq = 4, .client_id = 41});
    assert_now(&s, ORD_11);
}

static void ord_11_is_silent_for_a_message_written_before_the_ack_came(void **state)
{
    (void)state;
    at(&s, 9);
    writes(&s, 0, 0, 31);
    writes(&s, 1, 0, 41);
    commits(&s, (struct commit){.seq = 3, .client_id = 31});
    acked(&s, 0, 0, 3, 31);
    commits(&s, (struct commit){.user = 1, .seq = 4, .client_id = 41});
    acked(&s, 1, 0, 4, 41);
    at(&s, 12);
    writes(&s, 0, 0, 51);
    commits(&s, (struct commit){.seq = 5, .client_id = 51});
    assert_held(&s, ORD_11);
}

/* --- ORD-07 ---------------------------------------------------------------------------------- */

/* Bob is shown a message of room 0 stamped `cause`; node 1, whose wall shows `wall_ms`, commits his
 * reply in room 1 stamped `reply`. */
static void reply_across_rooms(uint64_t cause, uint64_t reply, int64_t wall_ms)
{
    writes(&s, 0, 0, 31);
    commits(&s, (struct commit){.seq = 3,
                                .client_id = 31,
                                .stamp = cause,
                                .hlc = cause,
                                .wall_ms = (int64_t)(cause >> 16)});
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 3, ANA, 31);
    obs.hlc = cause;
    tell(&s, obs);
    writes(&s, 1, 1, 41); /* without its past: only our own count knows it */
    commits(&s, (struct commit){.user = 1,
                                .room = 1,
                                .seq = 3,
                                .client_id = 41,
                                .node = 1,
                                .stamp = reply,
                                .hlc = reply,
                                .wall_ms = wall_ms});
}

static void ord_07_a_reply_stamped_below_its_cause_in_another_room_fires(void **state)
{
    (void)state;
    reply_across_rooms(HLC(WALL_MS, 5), HLC(WALL_MS, 5) - 1, WALL_MS);
    assert_only(&s, ORD_07);
}

static void ord_07_a_cause_just_within_the_skew_limit_still_counts(void **state)
{
    (void)state;
    /* One millisecond is kept back for the frame's way to the node. */
    reply_across_rooms(HLC(WALL_MS + 999, 0), HLC(WALL_MS, 1), WALL_MS);
    assert_only(&s, ORD_07);
}

static void ord_07_is_silent_for_a_cause_beyond_the_skew_limit(void **state)
{
    (void)state;
    reply_across_rooms(HLC(WALL_MS + 1001, 0), HLC(WALL_MS, 1), WALL_MS);
    assert_nothing(&s);
    assert_int_equal(judge_result(s.judge, ORD_07).judged, 0); /* excused is not held */
}

static void ord_07_is_silent_for_a_reply_above_and_for_what_is_concurrent(void **state)
{
    (void)state;
    writes(&s, 1, 1, 40); /* before he was shown the other */
    reply_across_rooms(HLC(WALL_MS, 5), HLC(WALL_MS, 6), WALL_MS);
    commits(&s, (struct commit){.user = 1,
                                .room = 1,
                                .seq = 4,
                                .client_id = 40,
                                .node = 1,
                                .stamp = HLC(WALL_MS, 7),
                                .hlc = HLC(WALL_MS, 7),
                                .wall_ms = WALL_MS});
    assert_int_equal(found(&s, ORD_07), 0);
    assert_int_equal(judge_result(s.judge, ORD_07).state, JUDGED_HELD);
}

static void ord_07_an_ack_is_part_of_the_past(void **state)
{
    (void)state;
    const uint64_t first = HLC(WALL_MS, 9);
    writes(&s, 0, 0, 31);
    commits(&s, (struct commit){.seq = 3, .client_id = 31, .stamp = first, .hlc = first});
    struct obs obs = row_of(OBS_ACK, 0, 0, 3, 0, 31);
    obs.hlc = first;
    tell(&s, obs);
    writes(&s, 0, 1, 41);
    commits(
        &s,
        (struct commit){
            .room = 1, .seq = 3, .client_id = 41, .node = 1, .stamp = first - 1, .hlc = first - 1});
    assert_only(&s, ORD_07);
}

/* --- ORD-10 ---------------------------------------------------------------------------------- */

static void ord_10_a_second_ack_that_says_another_place_fires(void **state)
{
    (void)state;
    three_messages();
    acked(&s, 0, 0, 3, 31);
    acked(&s, 0, 0, 5, 31);
    assert_only(&s, ORD_10);
}

static void ord_10_an_ack_that_is_not_what_was_committed_fires(void **state)
{
    (void)state;
    three_messages();
    acked(&s, 0, 0, 5, 31);
    assert_only(&s, ORD_10);
}

static void ord_10_is_silent_when_a_resend_is_acked_the_same(void **state)
{
    (void)state;
    three_messages();
    acked(&s, 0, 0, 3, 31);
    acked(&s, 0, 0, 3, 31);
    assert_held(&s, ORD_10);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ord_01_another_message_at_a_place_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_09_another_stamp_of_a_message_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_01_a_place_that_was_not_committed_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(ord_01_is_silent_when_all_see_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_02_a_hole_in_the_log_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_02_a_place_used_twice_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_02_is_silent_for_a_number_that_a_rollback_left_free,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(ord_03_a_step_back_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(
            ord_03_is_silent_when_rows_arrive_out_of_order_and_are_shown_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_04_a_missing_entry_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_04_is_silent_wherever_a_display_epoch_begins, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(ord_08_a_row_shown_twice_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_08_a_message_shown_again_at_the_next_place_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            ord_08_is_silent_for_a_place_at_which_another_message_was_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(
            ord_08_is_silent_for_a_row_received_twice_or_shown_again_after_a_reset, setup,
            teardown),
        cmocka_unit_test_setup_teardown(ord_05_messages_of_one_device_that_change_places_fire,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            ord_05_is_silent_across_devices_and_for_a_message_that_failed, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_06_a_reply_above_its_cause_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(
            ord_06_is_silent_for_a_message_written_before_it_was_shown_the_other, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_11_a_message_above_one_that_was_acked_before_fires,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(ord_11_is_silent_for_a_message_written_before_the_ack_came,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            ord_07_a_reply_stamped_below_its_cause_in_another_room_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_07_a_cause_just_within_the_skew_limit_still_counts,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(ord_07_is_silent_for_a_cause_beyond_the_skew_limit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            ord_07_is_silent_for_a_reply_above_and_for_what_is_concurrent, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_07_an_ack_is_part_of_the_past, setup, teardown),
        cmocka_unit_test_setup_teardown(ord_10_a_second_ack_that_says_another_place_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(ord_10_an_ack_that_is_not_what_was_committed_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(ord_10_is_silent_when_a_resend_is_acked_the_same, setup,
                                        teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
