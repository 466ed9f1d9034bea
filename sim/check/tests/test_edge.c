/* Streams at a node's edge: each entry the next, from where the welcome says. */
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

/* Three messages behind the joins in room 0. */
static void three_stand(void)
{
    for (uint64_t seq = 3; seq <= 5; seq++) {
        stands(&s, seq);
    }
}

static void ord_14_a_stream_that_leaves_out_the_first_entry_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    three_stand();
    sent(&s, 1, 0, 4);
    assert_only(&s, ORD_14);
}

static void ord_14_a_stream_with_a_hole_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    three_stand();
    sent(&s, 1, 0, 3);
    sent(&s, 1, 0, 5);
    assert_only(&s, ORD_14);
}

static void ord_14_an_entry_that_is_sent_twice_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    three_stand();
    sent(&s, 1, 0, 3);
    sent(&s, 1, 0, 3);
    assert_only(&s, ORD_14);
    sent(&s, 1, 0, 4);
    assert_int_equal(found(&s, ORD_14), 1);
}

static void ord_14_an_entry_that_the_head_of_the_welcome_has_fires(void **state)
{
    (void)state;
    three_stand();
    greeted(&s, 1, 4, 2);
    sent(&s, 1, 0, 4);
    assert_only(&s, ORD_14);
}

static void ord_14_is_silent_when_each_room_goes_on_behind_its_head(void **state)
{
    (void)state;
    three_stand();
    greeted(&s, 1, 3, 2);
    sent(&s, 1, 0, 4);
    says(&s, 0, 1, 3, 203);
    sent(&s, 1, 1, 3);
    sent(&s, 1, 0, 5);
    assert_held(&s, ORD_14);
    assert_int_equal(judge_result(s.judge, ORD_14).judged, 3);
}

static void ord_14_is_told_of_a_run_by_its_first_and_its_last(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    three_stand();
    sent(&s, 1, 0, 3);
    edge_tell(&s, OBS_SENT, 1, 0, 5, OBS_MORE);
    assert_held(&s, ORD_14);
    assert_int_equal(judge_result(s.judge, ORD_14).judged, 3);
    sent(&s, 1, 0, 5);
    assert_only(&s, ORD_14);
}

static void resumes(uint64_t had, uint8_t flags)
{
    three_stand();
    arrives(&s, 1);
    position(&s, 1, 0, had);
    heard(&s, 1, "hello", 0, 0);
    edge_tell(&s, OBS_SAID_HEAD, 1, 0, 5, flags);
    said(&s, 1, "welcome", 0, 0);
}

static void ord_14_a_resume_goes_on_behind_the_position(void **state)
{
    (void)state;
    resumes(3, OBS_MORE);
    sent(&s, 1, 0, 4);
    sent(&s, 1, 0, 5);
    assert_held(&s, ORD_14);
}

static void ord_14_a_resume_that_begins_at_the_head_all_the_same_fires(void **state)
{
    (void)state;
    resumes(3, OBS_MORE);
    stands(&s, 6);
    sent(&s, 1, 0, 6);
    assert_only(&s, ORD_14);
}

static void ord_14_what_is_left_to_a_sync_is_not_sent(void **state)
{
    (void)state;
    resumes(3, 0);
    sent(&s, 1, 0, 4);
    assert_only(&s, ORD_14);
}

static void ord_14_what_is_left_to_a_sync_is_passed_over(void **state)
{
    (void)state;
    resumes(3, 0);
    stands(&s, 6);
    sent(&s, 1, 0, 6);
    assert_held(&s, ORD_14);
}

static void ord_14_an_entry_before_the_welcome_fires(void **state)
{
    (void)state;
    three_stand();
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, 0);
    sent(&s, 1, 0, 3);
    assert_only(&s, ORD_14);
}

static void ord_14_an_entry_after_the_end_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    three_stand();
    edge_tell(&s, OBS_GONE, 1, OBS_NONE, 0, 0);
    sent(&s, 1, 0, 3);
    assert_only(&s, ORD_14);
}

static void leaves(uint32_t user, uint64_t seq)
{
    struct obs obs = OBS(OBS_MEMBER, 0);
    obs.user = user;
    obs.room = 0;
    obs.seq = seq;
    obs.flags = OBS_LEFT;
    tell(&s, obs);
}

static void ord_14_an_entry_behind_the_leave_of_its_user_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    three_stand();
    leaves(1, 4);
    sent(&s, 1, 0, 3);
    sent(&s, 1, 0, 4);
    assert_held(&s, ORD_14);
    sent(&s, 1, 0, 5);
    assert_only(&s, ORD_14);
}

static void ord_14_a_room_that_is_joined_again_goes_on_at_the_join(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    three_stand();
    leaves(1, 3);
    sent(&s, 1, 0, 3);
    struct obs obs = OBS(OBS_MEMBER, 0);
    obs.user = 1;
    obs.room = 0;
    obs.seq = 5;
    tell(&s, obs);
    sent(&s, 1, 0, 5);
    assert_held(&s, ORD_14);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(ord_14_a_stream_that_leaves_out_the_first_entry_fires),
        TEST(ord_14_a_stream_with_a_hole_fires),
        TEST(ord_14_an_entry_that_is_sent_twice_fires),
        TEST(ord_14_an_entry_that_the_head_of_the_welcome_has_fires),
        TEST(ord_14_is_silent_when_each_room_goes_on_behind_its_head),
        TEST(ord_14_is_told_of_a_run_by_its_first_and_its_last),
        TEST(ord_14_a_resume_goes_on_behind_the_position),
        TEST(ord_14_a_resume_that_begins_at_the_head_all_the_same_fires),
        TEST(ord_14_what_is_left_to_a_sync_is_not_sent),
        TEST(ord_14_what_is_left_to_a_sync_is_passed_over),
        TEST(ord_14_an_entry_before_the_welcome_fires),
        TEST(ord_14_an_entry_after_the_end_fires),
        TEST(ord_14_an_entry_behind_the_leave_of_its_user_fires),
        TEST(ord_14_a_room_that_is_joined_again_goes_on_at_the_join),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
