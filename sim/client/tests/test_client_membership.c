/* A room to make, join or leave is asked for until it is answered. */
#include "server/base/tests/test.h"
#include "sim/client/tests/drive.h"

static struct drive drive;

static int setup(void **state)
{
    (void)state;
    drive_init(&drive, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drive_deinit(&drive);
    return 0;
}

#define EXPECT(lines) assert_string_equal(drive_trace(&drive), lines)

static void one_command_at_a_time_until_each_is_answered(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_ask(&drive, FRAME_ROOM_CREATE, "green", "bob");
    drive_ask(&drive, FRAME_ROOM_LEAVE, "red", NULL);
    EXPECT("invites bob to green\n"
           "asks room_create green\n"
           "> room_create green phone-0m1\n"
           "asks room_leave red\n");
    assert_int_equal(client_commands_len(drive.client), 2);

    drive_ack(&drive, "green", "phone-0m1", 1);
    EXPECT("granted green\n> room_leave red phone-0m2\n");
    drive_nack(&drive, "phone-0m2", HB_EDENIED, 0);
    EXPECT("denied red denied\n");
    assert_int_equal(client_commands_len(drive.client), 0);
}

static void a_refusal_for_now_is_asked_again_after_its_pause(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_ask(&drive, FRAME_ROOM_JOIN, "green", NULL);
    (void)drive_trace(&drive);
    drive_nack(&drive, "phone-0m1", HB_EAGAIN, 0);
    EXPECT("");
    drive_pass(&drive, DRIVE_BACKOFF_US_MIN - 1);
    EXPECT("");
    drive_pass(&drive, 1);
    EXPECT("> room_join green phone-0m1\n");
}

static void what_was_on_the_wire_is_asked_again_by_the_next_connection(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_ask(&drive, FRAME_ROOM_JOIN, "green", NULL);
    (void)drive_trace(&drive);
    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    EXPECT("welcome 2\n> room_join green phone-0m1\n");
}

static void a_silence_ends_the_connection(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_ask(&drive, FRAME_ROOM_JOIN, "green", NULL);
    (void)drive_trace(&drive);
    drive_pass(&drive, DRIVE_ANSWER_US);
    EXPECT("disconnect 1 1001\n");
}

static void an_answer_of_an_attempt_that_is_over_changes_nothing(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_ask(&drive, FRAME_ROOM_JOIN, "green", NULL);
    drive_nack(&drive, "phone-0m1", HB_EAGAIN, 0);
    (void)drive_trace(&drive);
    drive_nack(&drive, "phone-0m1", HB_EDENIED, 0);
    EXPECT("");
    assert_int_equal(client_commands_len(drive.client), 1);
}

static void what_is_lost_with_the_app_is_not_asked_again(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_ask(&drive, FRAME_ROOM_JOIN, "green", NULL);
    drive_kill(&drive, true);
    drive_start(&drive);
    assert_int_equal(client_commands_len(drive.client), 0);
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(one_command_at_a_time_until_each_is_answered),
        TEST(a_refusal_for_now_is_asked_again_after_its_pause),
        TEST(what_was_on_the_wire_is_asked_again_by_the_next_connection),
        TEST(a_silence_ends_the_connection),
        TEST(an_answer_of_an_attempt_that_is_over_changes_nothing),
        TEST(what_is_lost_with_the_app_is_not_asked_again),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
