/* What was written is answered, and an answer is kept: each way to break it, and the near twins. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    at(&s, 1000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

/* Of device 0 and room 0. */
static void about(enum obs_kind kind, uint64_t client_id, int64_t value, uint8_t flags)
{
    struct obs obs = OBS((uint8_t)kind, 0);
    obs.device = 0;
    obs.user = 0;
    obs.room = 0;
    obs.client_id = client_id;
    obs.value = value;
    obs.flags = flags;
    obs.node = kind == OBS_PUT || kind == OBS_RESEND ? 0 : OBS_NODE_NONE;
    tell(&s, obs);
}

/* Device 0 of ana writes message 31 over its connection to node 0. */
static void writes_and_puts(void)
{
    online(&s, 0, 0);
    writes(&s, 0, 0, 31);
    about(OBS_PUT, 31, 1, 0);
}

static void commits_31(void)
{
    commits(&s, (struct commit){.seq = 3, .client_id = 31});
}

static void ends(uint8_t flags)
{
    struct obs obs = OBS(OBS_END, 0);
    obs.flags = flags;
    tell(&s, obs);
}

/* --- LIV-01 ---------------------------------------------------------------------------------- */

static void liv_01_an_answer_that_does_not_come_fires(void **state)
{
    (void)state;
    writes_and_puts();
    at(&s, 1031);
    simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
    assert_only(&s, LIV_01);
}

static void liv_01_a_request_has_a_transaction_more(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    about(OBS_PUT, 31, 1, 0);
    at(&s, 1040);
    simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
    assert_nothing(&s);
    at(&s, 1041);
    simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
    assert_only(&s, LIV_01);
}

static void liv_01_is_silent_for_an_ack_in_time_and_for_a_nack(void **state)
{
    (void)state;
    writes_and_puts();
    at(&s, 1030);
    commits_31();
    acked(&s, 0, 0, 3, 31);
    shown(&s, 0, 0, 3, ANA, 31);
    writes(&s, 0, 0, 41);
    about(OBS_PUT, 41, 1, 0);
    at(&s, 1060);
    about(OBS_NACK, 41, 0, OBS_TEMPORARY);
    at(&s, 1100);
    simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
    assert_held(&s, LIV_01);
    assert_int_equal(judge_result(s.judge, LIV_01).used_us, 30000);
    assert_int_equal(judge_result(s.judge, LIV_01).bound_us, 30000);
}

static void liv_01_is_silent_when_the_connection_is_lost(void **state)
{
    (void)state;
    writes_and_puts();
    at(&s, 1020);
    closes(&s, 0);
    at(&s, 1031);
    simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
    assert_nothing(&s);
}

static void liv_01_is_silent_while_the_device_or_the_database_is_disturbed(void **state)
{
    for (int database = 0; database < 2; database++) {
        const uint32_t device = database != 0 ? OBS_NONE : 0;
        const uint8_t flags = database != 0 ? OBS_DATABASE : 0;
        story_end(&s);
        (void)setup(state);
        writes_and_puts();
        at(&s, 1010);
        fault(&s, true, device, OBS_NODE_NONE, flags);
        fault(&s, false, device, OBS_NODE_NONE, flags);
        at(&s, 1031);
        simple(&s, OBS_CALM, OBS_NONE, OBS_NONE, 0, 0, 0);
        assert_nothing(&s);
    }
}

/* --- SYN-17 ---------------------------------------------------------------------------------- */

static void syn_17_a_commit_after_a_refusal_for_good_fires(void **state)
{
    (void)state;
    writes_and_puts();
    about(OBS_RESEND, 31, 2, 0); /* of the first attempt nothing is known */
    simple(&s, OBS_MEMBER, OBS_NONE, 0, 3, 0, OBS_LEFT);
    about(OBS_NACK, 31, 0, 0);
    at(&s, 1001);
    commits_31();
    assert_now(&s, SYN_17);
}

static void syn_17_a_refusal_for_good_after_the_commit_fires(void **state)
{
    (void)state;
    writes_and_puts();
    commits_31();
    at(&s, 1001);
    about(OBS_NACK, 31, 0, 0);
    assert_now(&s, SYN_17);
}

static void syn_17_a_commit_of_an_attempt_that_was_refused_for_now_fires(void **state)
{
    (void)state;
    writes_and_puts();
    about(OBS_NACK, 31, 0, OBS_TEMPORARY);
    at(&s, 1001);
    commits_31();
    assert_only(&s, SYN_17);
}

static void syn_17_a_refusal_for_now_of_what_was_committed_fires(void **state)
{
    (void)state;
    writes_and_puts();
    commits_31();
    at(&s, 1001);
    about(OBS_NACK, 31, 0, OBS_TEMPORARY);
    assert_only(&s, SYN_17);
}

static void syn_17_is_silent_when_a_later_attempt_is_committed(void **state)
{
    (void)state;
    writes_and_puts();
    about(OBS_NACK, 31, 0, OBS_TEMPORARY);
    at(&s, 1100);
    about(OBS_RESEND, 31, 2, 0);
    commits_31();
    acked(&s, 0, 0, 3, 31);
    assert_held(&s, SYN_17);
}

static void syn_17_is_silent_when_it_may_be_of_an_attempt_that_got_no_answer(void **state)
{
    (void)state;
    writes_and_puts();
    closes(&s, 0);
    online(&s, 0, 0);
    about(OBS_RESEND, 31, 2, 0);
    about(OBS_NACK, 31, 0, OBS_TEMPORARY);
    at(&s, 1001);
    commits_31();
    assert_held(&s, SYN_17);
}

/* --- SYN-22 ---------------------------------------------------------------------------------- */

static void syn_22_a_member_who_is_refused_for_good_fires(void **state)
{
    (void)state;
    writes_and_puts();
    about(OBS_NACK, 31, 0, 0);
    assert_only(&s, SYN_22);
}

static void syn_22_is_silent_for_one_who_is_no_member(void **state)
{
    (void)state;
    writes_and_puts();
    commits_31();
    acked(&s, 0, 0, 3, 31);
    struct obs left = OBS(OBS_MEMBER, 0);
    left.user = 0;
    left.room = 0;
    left.seq = 4;
    left.flags = OBS_LEFT;
    tell(&s, left);
    writes(&s, 0, 0, 41);
    about(OBS_PUT, 41, 1, 0);
    about(OBS_NACK, 41, 0, 0);
    assert_held(&s, SYN_22);
}

/* --- SYN-12 ---------------------------------------------------------------------------------- */

static void syn_12_a_message_that_is_forgotten_fires(void **state)
{
    (void)state;
    writes_and_puts();
    about(OBS_NACK, 31, 0, OBS_TEMPORARY);
    ends(OBS_QUIET);
    assert_only(&s, SYN_12);
}

static void
syn_12_is_silent_for_one_that_is_acked_or_shown_as_failed_and_while_any_waits(void **state)
{
    (void)state;
    writes_and_puts();
    about(OBS_NACK, 31, 0, OBS_TEMPORARY);
    about(OBS_FAILED, 31, 0, 0);
    writes(&s, 0, 0, 41);
    commits(&s, (struct commit){.seq = 3, .client_id = 41});
    acked(&s, 0, 0, 3, 41);
    shown_join(&s, 0, 0, 1);
    shown_join(&s, 0, 0, 2);
    shown(&s, 0, 0, 3, ANA, 41);
    ends(OBS_QUIET);
    assert_held(&s, SYN_12);

    story_end(&s);
    (void)setup(state);
    writes_and_puts();
    ends(0);
    assert_nothing(&s);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(liv_01_an_answer_that_does_not_come_fires),
        TEST(liv_01_a_request_has_a_transaction_more),
        TEST(liv_01_is_silent_for_an_ack_in_time_and_for_a_nack),
        TEST(liv_01_is_silent_when_the_connection_is_lost),
        TEST(liv_01_is_silent_while_the_device_or_the_database_is_disturbed),
        TEST(syn_17_a_commit_after_a_refusal_for_good_fires),
        TEST(syn_17_a_refusal_for_good_after_the_commit_fires),
        TEST(syn_17_a_commit_of_an_attempt_that_was_refused_for_now_fires),
        TEST(syn_17_a_refusal_for_now_of_what_was_committed_fires),
        TEST(syn_17_is_silent_when_a_later_attempt_is_committed),
        TEST(syn_17_is_silent_when_it_may_be_of_an_attempt_that_got_no_answer),
        TEST(syn_22_a_member_who_is_refused_for_good_fires),
        TEST(syn_22_is_silent_for_one_who_is_no_member),
        TEST(syn_12_a_message_that_is_forgotten_fires),
        TEST(syn_12_is_silent_for_one_that_is_acked_or_shown_as_failed_and_while_any_waits),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
