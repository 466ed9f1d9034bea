/* What a client says of its person's typing, and whom it shows as typing. */
#include "server/base/tests/test.h"
#include "sim/client/tests/drive.h"

#include <string.h>

static struct drive drive;

static int setup(void **state)
{
    (void)state;
    drive_init(&drive, 1);
    drive_online(&drive, "red:5 blue:9");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drive_deinit(&drive);
    return 0;
}

#define EXPECT(lines) assert_string_equal(drive_trace(&drive), lines)

static void key(void)
{
    drive_type(&drive, RED, false);
}

static void after_ms(int64_t ms)
{
    drive_pass(&drive, ms * 1000);
}

static void the_first_key_is_told_at_once_and_the_end_three_seconds_after_the_last(void **state)
{
    (void)state;
    key();
    EXPECT("key red\n> typing_start red\n");
    after_ms(2999);
    EXPECT("");
    after_ms(1);
    EXPECT("> typing_stop red\n");
    after_ms(5000);
    EXPECT("");
}

static int told_in(const char *trace)
{
    assert_null(strstr(trace, "typing_stop"));
    return strstr(trace, "typing_start") != NULL;
}

/* A key each 200 ms for 5 s: at 0, 2 and 4 s. */
static void while_keys_go_on_it_is_told_again_each_two_seconds(void **state)
{
    const int64_t from_us = drive.now_us;
    int told = 0;

    (void)state;
    for (int i = 0; i <= 25; i++) {
        key();
        told += told_in(drive_trace(&drive));
        after_ms(200);
        told += told_in(drive_trace(&drive));
        assert_int_equal(told, 1 + (drive.now_us - from_us) / 2000000);
    }
}

static void a_key_within_the_two_seconds_is_told_at_their_end(void **state)
{
    (void)state;
    key();
    after_ms(1900);
    key();
    EXPECT("key red\n> typing_start red\nkey red\n");
    after_ms(99);
    EXPECT("");
    after_ms(1);
    EXPECT("> typing_start red\n");
    after_ms(2899);
    EXPECT("");
    after_ms(1);
    EXPECT("> typing_stop red\n");
}

static void an_emptied_field_a_message_and_another_room_end_it_at_once(void **state)
{
    (void)state;
    key();
    (void)drive_trace(&drive);
    drive_type(&drive, RED, true);
    EXPECT("key red emptied\n> typing_stop red\n");
    key();
    EXPECT("key red\n> typing_start red\n");
    drive_say(&drive, RED, "hi");
    EXPECT("> typing_stop red\nissued red phone-1\n> send red phone-1 \"hi\"\n");
    key();
    (void)drive_trace(&drive);
    drive_say(&drive, BLUE, "ho");
    assert_null(strstr(drive_trace(&drive), "typing"));
    drive_type(&drive, BLUE, false);
    EXPECT("> typing_stop red\nkey blue\n> typing_start blue\n");
    drive_type(&drive, BLUE, true);
    (void)drive_trace(&drive);
    drive_type(&drive, BLUE, true);
    EXPECT("key blue emptied\n");
}

#define AB "dm-vCikivS9QXB57XAmwkT5l_ElFEPM-dwb6MJvmkKE" /* of ana, whose this is, and bob */

static void to_a_person_it_is_said_by_their_name_in_the_room_of_the_two(void **state)
{
    (void)state;
    drive_type_to(&drive, "bob", false);
    EXPECT("key " AB "\n> typing_start to bob\n");
    after_ms(2000);
    drive_type_to(&drive, "bob", false);
    EXPECT("key " AB "\n> typing_start to bob\n");
    drive_type_to(&drive, "bob", true);
    EXPECT("key " AB " emptied\n> typing_stop to bob\n");
}

static void another_person_another_room_and_a_message_end_it_at_once(void **state)
{
    (void)state;
    drive_type_to(&drive, "bob", false);
    (void)drive_trace(&drive);
    drive_write_to(&drive, "eve", "hi");
    assert_null(strstr(drive_trace(&drive), "typing"));
    drive_type_to(&drive, "eve", false);
    assert_string_equal(strchr(drive_trace(&drive), '>'),
                        "> typing_stop to bob\nkey "
                        "dm--hMeQSS7SIklroYoDo0pTiW7clN-4NjjQXkF3uXo\n> typing_start to eve\n");
    key();
    EXPECT("> typing_stop to eve\nkey red\n> typing_start red\n");
    drive_type_to(&drive, "bob", false);
    EXPECT("> typing_stop red\nkey " AB "\n> typing_start to bob\n");
    drive_write_to(&drive, "bob", "hi");
    const char *trace = drive_trace(&drive);
    assert_ptr_equal(strstr(trace, "> typing_stop to bob\n"), trace);
}

static void without_a_connection_nothing_is_said_and_the_next_key_begins_anew(void **state)
{
    (void)state;
    key();
    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    key();
    EXPECT("key red\n");
    drive_welcome(&drive, "e1", "red:5 blue:9");
    assert_null(strstr(drive_trace(&drive), "typing"));
    after_ms(10);
    key();
    EXPECT("key red\n> typing_start red\n");
}

static void who_is_told_of_is_shown_until_a_stop(void **state)
{
    (void)state;
    drive_typing(&drive, FRAME_TYPING_STOP, "red", "bob");
    EXPECT("");
    drive_typing(&drive, FRAME_TYPING_START, "red", "bob");
    drive_typing(&drive, FRAME_TYPING_START, "red", "bob");
    drive_typing(&drive, FRAME_TYPING_START, "blue", "bob");
    EXPECT("bob types in red\nbob types in blue\n");
    drive_typing(&drive, FRAME_TYPING_STOP, "red", "bob");
    EXPECT("bob types no more in red\n");
}

static void whatever_the_server_forgets_five_seconds_end_it(void **state)
{
    (void)state;
    drive_typing(&drive, FRAME_TYPING_START, "red", "bob");
    after_ms(4000);
    drive_typing(&drive, FRAME_TYPING_START, "red", "bob");
    (void)drive_trace(&drive);
    after_ms(4999);
    EXPECT("");
    after_ms(1);
    EXPECT("bob types no more in red\n");
}

static void a_message_or_a_leave_of_theirs_ends_it(void **state)
{
    const struct entry entry = drive_entry("red", 6);
    char name[65] = {0};

    (void)state;
    memcpy(name, entry.sender_id.bytes, entry.sender_id.len);
    drive_typing(&drive, FRAME_TYPING_START, "red", name);
    drive_typing(&drive, FRAME_TYPING_START, "red", "eve");
    (void)drive_trace(&drive);
    drive_message(&drive, "red", 6);
    assert_non_null(strstr(drive_trace(&drive), "types no more in red\n"));
    drive_room_event(&drive, "red", 7, ENTRY_JOIN, "eve");
    EXPECT("shown red 7 join eve\n");
    drive_room_event(&drive, "red", 8, ENTRY_LEAVE, "eve");
    EXPECT("shown red 8 leave eve\neve types no more in red\n");
}

/* A page was ahead of the stream: seed 276 of typing-storm. */
static void a_message_that_was_had_before_ends_what_was_told_meanwhile(void **state)
{
    (void)state;
    drive_message(&drive, "red", 6);
    drive_typing(&drive, FRAME_TYPING_START, "red", "bob");
    (void)drive_trace(&drive);
    drive_message(&drive, "red", 6);
    assert_non_null(strstr(drive_trace(&drive), "bob types no more in red\n"));
}

static void nothing_that_was_shown_outlives_the_connection(void **state)
{
    (void)state;
    drive_typing(&drive, FRAME_TYPING_START, "red", "bob");
    (void)drive_trace(&drive);
    drive_closed(&drive, drive.conn, CLOSE_RESTART);
    EXPECT("bob types no more in red, offline\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        STORY(the_first_key_is_told_at_once_and_the_end_three_seconds_after_the_last),
        STORY(while_keys_go_on_it_is_told_again_each_two_seconds),
        STORY(a_key_within_the_two_seconds_is_told_at_their_end),
        STORY(an_emptied_field_a_message_and_another_room_end_it_at_once),
        STORY(to_a_person_it_is_said_by_their_name_in_the_room_of_the_two),
        STORY(another_person_another_room_and_a_message_end_it_at_once),
        STORY(without_a_connection_nothing_is_said_and_the_next_key_begins_anew),
        STORY(who_is_told_of_is_shown_until_a_stop),
        STORY(whatever_the_server_forgets_five_seconds_end_it),
        STORY(a_message_or_a_leave_of_theirs_ends_it),
        STORY(a_message_that_was_had_before_ends_what_was_told_meanwhile),
        STORY(nothing_that_was_shown_outlives_the_connection),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
