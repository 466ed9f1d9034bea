/* Whose word it is: each way to forge it, and the near twin that does not. */
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

/* As says, with the text of another client id. */
static void says_text(uint32_t device, uint64_t seq, uint64_t client_id, uint64_t text_of_id)
{
    struct obs obs = OBS(OBS_SEND, 0);
    obs.device = device;
    obs.user = device % 2;
    obs.room = 0;
    obs.client_id = client_id;
    obs.content = TEXT_OF(text_of_id);
    obs.value = ++s.written;
    tell(&s, obs);
    obs = row_of(OBS_COMMIT, OBS_NONE, 0, seq, device % 2 == 0 ? ANA : BOB, client_id);
    obs.user = device % 2;
    obs.node = 0;
    obs.content = TEXT_OF(text_of_id);
    tell(&s, obs);
}

static void sec_02_a_message_shown_under_another_name_fires(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 3, BOB, 31);
    tell(&s, obs);
    assert_now(&s, SEC_02);
}

static void sec_02_the_log_is_no_witness_for_itself(void **state)
{
    (void)state;
    writes(&s, 0, 0, 31);
    commits(&s, (struct commit){.user = 1, .seq = 3, .client_id = 31}); /* filed as bob's */
    shown(&s, 1, 0, 3, BOB, 31);
    assert_now(&s, SEC_02);
}

static void sec_02_anothers_text_under_a_client_id_that_both_have_used_fires(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    says_text(1, 4, 31, 32);
    struct obs obs = row_of(OBS_SHOWN, 1, 0, 3, BOB, 31);
    tell(&s, obs);
    assert_now(&s, SEC_02);
}

static void sec_02_is_silent_for_two_texts_under_one_client_id(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    says_text(1, 4, 31, 32);
    shown(&s, 0, 0, 3, ANA, 31);
    struct obs obs = row_of(OBS_SHOWN, 0, 0, 4, BOB, 31);
    obs.content = TEXT_OF(32);
    tell(&s, obs);
    assert_held(&s, SEC_02);
    assert_held(&s, SYN_03);
}

static void sec_02_is_silent_for_two_people_with_one_client_id(void **state)
{
    (void)state;
    says(&s, 0, 0, 3, 31);
    says(&s, 1, 0, 4, 31);
    shown(&s, 0, 0, 3, ANA, 31);
    shown(&s, 0, 0, 4, BOB, 31);
    assert_held(&s, SEC_02);
}

static void sec_02_is_silent_for_the_other_device_of_the_same_person(void **state)
{
    (void)state;
    writes(&s, 2, 0, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    shown(&s, 0, 0, 3, ANA, 31);
    shown(&s, 1, 0, 3, ANA, 31);
    assert_held(&s, SEC_02);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sec_02_a_message_shown_under_another_name_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(sec_02_the_log_is_no_witness_for_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(
            sec_02_anothers_text_under_a_client_id_that_both_have_used_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(sec_02_is_silent_for_two_texts_under_one_client_id, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(sec_02_is_silent_for_two_people_with_one_client_id, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(sec_02_is_silent_for_the_other_device_of_the_same_person,
                                        setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
