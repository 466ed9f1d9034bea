/* Nothing lost, made up or twice: each way to break it, and the near twin that does not. */
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

static void end(uint8_t flags)
{
    struct obs obs = OBS(OBS_END, 0);
    obs.flags = flags;
    tell(&s, obs);
}

static void syn_03_a_message_that_nobody_wrote_fires(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    shown(&s, 1, 0, 3, ANA, 31);
    assert_nothing(&s);
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 4, ANA, 99);
    tell(&s, obs);
    assert_now(&s, SYN_03);
}

static void syn_03_a_message_with_another_content_fires(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 3, ANA, 31);
    obs.content++;
    tell(&s, obs);
    assert_now(&s, SYN_03);
}

static void syn_03_a_message_in_another_room_than_it_was_written_to_fires(void **state)
{
    (void)state;
    writes(&s, 0, 1, 31);
    commits(&s, (struct commit){.room = 0, .seq = 3, .client_id = 31});
    shown(&s, 1, 0, 3, ANA, 31);
    assert_now(&s, SYN_03);
}

static void syn_03_is_silent_for_what_was_written_and_for_joins(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    shown_join(&s, 1, 0, 2);
    shown(&s, 1, 0, 3, ANA, 31);
    assert_held(&s, SYN_03);
}

static void syn_04_a_resend_that_is_committed_again_fires(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    simple(&s, OBS_RESEND, 0, 0, 0, 2, 0);
    commits(&s, (struct commit){.seq = 4, .client_id = 31, .node = 1});
    assert_only(&s, SYN_04);
}

static void syn_04_is_silent_for_one_client_id_of_two_people(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    says(&s, 1, 0, 4, 31);
    assert_held(&s, SYN_04);
}

static void syn_10_an_entry_left_out_by_a_reconnect_fires(void **state)
{
    (void)state;
    online(&s, 1, 1);
    says(&s, 0, 0, 3, 31);
    shown(&s, 1, 0, 3, ANA, 31);
    closes(&s, 1);
    says(&s, 0, 0, 4, 41);
    says(&s, 0, 0, 5, 51);
    opens(&s, 1, 1);
    welcomed(&s, 1, 5, 2);
    shown(&s, 1, 0, 5, ANA, 51);
    assert_now(&s, SYN_10);
}

static void syn_10_is_silent_when_it_goes_on_where_it_stopped(void **state)
{
    (void)state;
    online(&s, 1, 1);
    says(&s, 0, 0, 3, 31);
    shown(&s, 1, 0, 3, ANA, 31);
    closes(&s, 1);
    says(&s, 0, 0, 4, 41);
    opens(&s, 1, 1);
    welcomed(&s, 1, 4, 2);
    shown(&s, 1, 0, 4, ANA, 41);
    assert_held(&s, SYN_10);
}

static void syn_11_an_online_device_that_lacks_the_last_entry_at_the_end_fires(void **state)
{
    (void)state;
    online(&s, 1, 1);
    says(&s, 0, 0, 3, 31);
    acked(&s, 0, 0, 3, 31);
    shown(&s, 1, 0, 3, ANA, 31);
    says(&s, 0, 0, 4, 41);
    acked(&s, 0, 0, 4, 41);
    end(OBS_QUIET);
    assert_only(&s, SYN_11);
}

static void syn_11_also_when_it_was_shown_nothing_at_all(void **state)
{
    (void)state;
    online(&s, 1, 1);
    says(&s, 0, 0, 3, 31);
    acked(&s, 0, 0, 3, 31);
    end(OBS_QUIET);
    assert_only(&s, SYN_11);
}

static void syn_11_a_run_that_ends_before_rest_is_judged_when_its_time_was_over(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 10);
    simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
    says(&s, 0, 0, 3, 31);
    acked(&s, 0, 0, 3, 31);
    at(&s, 9000);
    end(0);
    assert_now(&s, SYN_11); /* as SYN-02 did, which is about the row */
}

static void syn_11_a_run_that_ends_before_rest_too_early_proves_nothing(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 10);
    simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
    says(&s, 0, 0, 3, 31);
    acked(&s, 0, 0, 3, 31);
    at(&s, 200);
    end(0);
    assert_nothing(&s);
    assert_non_null(strstr(judge_unrest(s.judge), "device 1 had room 0 up to seq 2 of 3"));
}

static void syn_11_a_run_that_ends_at_rest_says_so(void **state)
{
    (void)state;
    online(&s, 1, 1);
    simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
    end(OBS_QUIET);
    assert_nothing(&s);
    assert_string_equal(judge_unrest(s.judge), "");
}

static void syn_11_is_silent_for_one_that_is_offline_and_one_that_has_it_all(void **state)
{
    (void)state;
    online(&s, 0, 0);
    online(&s, 1, 1);
    says(&s, 0, 0, 3, 31);
    acked(&s, 0, 0, 3, 31);
    shown(&s, 0, 0, 3, ANA, 31);
    closes(&s, 1);
    end(OBS_QUIET);
    assert_held(&s, SYN_11);
    assert_int_equal(judge_result(s.judge, SYN_11).judged, 2); /* device 0, two rooms */
}

static void ack_sent(uint64_t seq, uint64_t client_id)
{
    struct obs obs = row_of(OBS_ACK_SENT, 0, 0, seq, 0, client_id);
    obs.content = 0;
    obs.node = 0;
    tell(&s, obs);
}

static void syn_16_an_ack_before_the_commit_fires(void **state)
{
    (void)state;
    at(&s, 10);
    writes(&s, 0, 0, 31);
    ack_sent(3, 31);
    assert_only(&s, SYN_16);
}

static void syn_16_an_ack_for_another_place_fires(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    says(&s, 0, 0, 4, 41);
    ack_sent(4, 31);
    assert_only(&s, SYN_16);
}

static void syn_16_is_silent_after_the_commit(void **state)
{
    (void)state;
    at(&s, 9);
    says(&s, 0, 0, 3, 31);
    at(&s, 10);
    ack_sent(3, 31);
    assert_held(&s, SYN_16);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(syn_03_a_message_that_nobody_wrote_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_03_a_message_with_another_content_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            syn_03_a_message_in_another_room_than_it_was_written_to_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_03_is_silent_for_what_was_written_and_for_joins, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syn_04_a_resend_that_is_committed_again_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syn_04_is_silent_for_one_client_id_of_two_people, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syn_10_an_entry_left_out_by_a_reconnect_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syn_10_is_silent_when_it_goes_on_where_it_stopped, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            syn_11_an_online_device_that_lacks_the_last_entry_at_the_end_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_11_also_when_it_was_shown_nothing_at_all, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            syn_11_a_run_that_ends_before_rest_is_judged_when_its_time_was_over, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_11_a_run_that_ends_before_rest_too_early_proves_nothing,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(syn_11_a_run_that_ends_at_rest_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(
            syn_11_is_silent_for_one_that_is_offline_and_one_that_has_it_all, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_16_an_ack_before_the_commit_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_16_an_ack_for_another_place_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(syn_16_is_silent_after_the_commit, setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
