/* What two people write to each other: one room, theirs; each way to break it, and the near twin. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

/* Rooms 0 and 1 have ana and bob as members. */
static int setup(void **state)
{
    (void)state;
    story_begin_typing(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void writes_to(uint32_t device, uint32_t user, uint32_t room, uint64_t client_id)
{
    struct obs obs = OBS(OBS_WRITES_TO, 0);
    obs.device = device;
    obs.user = user;
    obs.client_id = client_id;
    tell(&s, obs);
    writes(&s, device, room, client_id);
}

static void joins(uint32_t user, uint32_t room, uint64_t seq)
{
    struct obs obs = OBS(OBS_MEMBER, 0);
    obs.user = user;
    obs.room = room;
    obs.seq = seq;
    tell(&s, obs);
}

static void eve_is_there(void)
{
    struct obs obs = OBS(OBS_USER, 0);
    obs.user = 2;
    obs.sender = UINT64_C(0xe);
    tell(&s, obs);
}

static void dir_01_both_at_once_in_one_room_is_silent(void **state)
{
    (void)state;
    writes_to(0, 1, 0, 31);
    writes_to(1, 0, 0, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    commits(&s, (struct commit){.user = 1, .seq = 4, .client_id = 31, .node = 1});
    assert_held(&s, DIR_01);
}

static void dir_01_a_room_of_each_direction_fires(void **state)
{
    (void)state;
    writes_to(0, 1, 0, 31);
    writes_to(1, 0, 1, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    commits(&s, (struct commit){.user = 1, .room = 1, .seq = 3, .client_id = 31, .node = 1});
    assert_now(&s, DIR_01);
}

static void dir_01_what_is_written_to_another_room_of_the_two_is_no_matter(void **state)
{
    (void)state;
    writes_to(0, 1, 0, 31);
    writes(&s, 1, 1, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    commits(&s, (struct commit){.user = 1, .room = 1, .seq = 3, .client_id = 31, .node = 1});
    assert_held(&s, DIR_01);
}

static void dir_01_a_third_who_was_in_the_room_fires(void **state)
{
    (void)state;
    eve_is_there();
    joins(2, 0, 3);
    writes_to(0, 1, 0, 31);
    commits(&s, (struct commit){.user = 0, .seq = 4, .client_id = 31});
    assert_now(&s, DIR_01);
}

static void dir_01_a_third_who_comes_into_the_room_fires(void **state)
{
    (void)state;
    eve_is_there();
    writes_to(0, 1, 0, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    assert_held(&s, DIR_01);
    joins(2, 0, 4);
    assert_now(&s, DIR_01);
}

static void dir_01_a_third_in_another_room_is_no_matter(void **state)
{
    (void)state;
    eve_is_there();
    joins(2, 1, 3);
    writes_to(0, 1, 0, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    assert_held(&s, DIR_01);
}

static void dir_01_a_room_that_the_other_one_is_not_in_fires(void **state)
{
    (void)state;
    eve_is_there();
    writes_to(0, 2, 0, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    assert_now(&s, DIR_01);
}

/* `device` names the user; its node tells the other one if the room is there. */
static void types_to(uint32_t device, uint32_t user, uint32_t room)
{
    struct obs obs = OBS(OBS_TYPED, 0);
    obs.node = 0;
    obs.device = device;
    obs.room = room;
    obs.value = 1;
    obs.seq = 1 + user;
    tell(&s, obs);
}

static void is_told(uint32_t device, uint32_t user, uint32_t room)
{
    struct obs obs = OBS(OBS_TYPING_TOLD, 0);
    obs.node = 0;
    obs.device = device;
    obs.user = user;
    obs.room = room;
    obs.value = 1;
    tell(&s, obs);
}

static void dir_01_both_type_at_once_in_one_room_is_silent(void **state)
{
    (void)state;
    types_to(0, 1, 0);
    types_to(1, 0, 0);
    is_told(1, 0, 0);
    is_told(0, 1, 0);
    writes_to(0, 1, 0, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    assert_held(&s, DIR_01);
}

static void dir_01_a_room_for_the_keys_of_each_fires(void **state)
{
    (void)state;
    types_to(0, 1, 0);
    types_to(1, 0, 1);
    assert_now(&s, DIR_01);
}

static void dir_01_keys_in_another_room_of_the_two_are_no_matter(void **state)
{
    (void)state;
    types_to(0, 1, 0);
    struct obs obs = OBS(OBS_TYPED, 0);
    obs.node = 0;
    obs.device = 1;
    obs.room = 1;
    obs.value = 1;
    tell(&s, obs);
    assert_int_equal(found(&s, DIR_01), 0);
}

static void dir_01_what_is_written_elsewhere_than_typed_fires(void **state)
{
    (void)state;
    types_to(0, 1, 1);
    writes_to(0, 1, 0, 31);
    commits(&s, (struct commit){.user = 0, .seq = 3, .client_id = 31});
    assert_now(&s, DIR_01);
}

static void dir_01_a_third_who_is_where_they_are_told_of_keys_fires(void **state)
{
    (void)state;
    eve_is_there();
    joins(2, 0, 3);
    types_to(0, 1, 0);
    assert_int_equal(found(&s, DIR_01), 0);
    is_told(1, 0, 0);
    assert_now(&s, DIR_01);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(dir_01_both_at_once_in_one_room_is_silent),
        TEST(dir_01_a_room_of_each_direction_fires),
        TEST(dir_01_what_is_written_to_another_room_of_the_two_is_no_matter),
        TEST(dir_01_a_third_who_was_in_the_room_fires),
        TEST(dir_01_a_third_who_comes_into_the_room_fires),
        TEST(dir_01_a_third_in_another_room_is_no_matter),
        TEST(dir_01_both_type_at_once_in_one_room_is_silent),
        TEST(dir_01_a_room_for_the_keys_of_each_fires),
        TEST(dir_01_keys_in_another_room_of_the_two_are_no_matter),
        TEST(dir_01_what_is_written_elsewhere_than_typed_fires),
        TEST(dir_01_a_third_who_is_where_they_are_told_of_keys_fires),
        TEST(dir_01_a_room_that_the_other_one_is_not_in_fires),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
