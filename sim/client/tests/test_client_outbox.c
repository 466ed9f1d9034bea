/* What a person writes is kept, in order, until it is acked or shown as failed. */
#include "server/base/tests/test.h"
#include "sim/client/tests/drive.h"

#include <stdlib.h>
#include <string.h>

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

static void one_message_of_a_room_is_on_the_wire_and_the_others_wait_their_turn(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_say(&drive, RED, "one");
    drive_say(&drive, RED, "two");
    drive_say(&drive, BLUE, "three");
    drive_say(&drive, RED, "four");
    EXPECT("issued red phone-1\n"
           "> send red phone-1 \"one\"\n"
           "issued red phone-2\n"
           "issued blue phone-3\n"
           "> send blue phone-3 \"three\"\n"
           "issued red phone-4\n");
    assert_int_equal(client_outbox_len(drive.client), 4);

    drive_ack(&drive, "red", "phone-1", 6);
    EXPECT("replaced red phone-1\nacked red phone-1\n> send red phone-2 \"two\"\n");
    drive_ack(&drive, "red", "phone-2", 7);
    drive_ack(&drive, "red", "phone-4", 8);
    drive_ack(&drive, "blue", "phone-3", 10);
    EXPECT("replaced red phone-2\nacked red phone-2\n"
           "> send red phone-4 \"four\"\n" /* as it was written: nothing was seen then */
           "replaced red phone-4\nacked red phone-4\n"
           "replaced blue phone-3\nacked blue phone-3\n");
    assert_int_equal(client_outbox_len(drive.client), 0);
}

static void what_is_written_offline_goes_out_with_the_welcome(void **state)
{
    (void)state;
    drive_say(&drive, RED, "early");
    drive_start(&drive);
    drive_say(&drive, RED, "later");
    drive_connected(&drive, 1);
    EXPECT("issued red phone-1\n"
           "connect 1\n"
           "issued red phone-2\n"
           "> hello\n");

    drive_welcome(&drive, "e1", "red:5 blue:9");

    EXPECT("welcome 1\n> send red phone-1 \"early\"\n");
}

static void what_was_on_the_wire_is_sent_again_and_the_rest_still_waits(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_say(&drive, RED, "one");
    drive_say(&drive, RED, "two");

    drive_reconnect(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    EXPECT("focus red\n> hello epoch e1 red:5 blue:9 focus red\n"
           "welcome 2\n"
           "resent red phone-1 attempt 2\n"
           "> send red phone-1 \"one\"\n");
    drive_reconnect(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    EXPECT("focus red\n> hello epoch e1 red:5 blue:9 focus red\n"
           "welcome 3\n"
           "resent red phone-1 attempt 3\n"
           "> send red phone-1 \"one\"\n");

    drive_ack(&drive, "red", "phone-1", 6);
    EXPECT(
        "replaced red phone-1\nacked red phone-1\n> send red phone-2 \"two\"\n"); /* for the first time */
}

static void a_resend_is_the_same_bytes_whatever_was_seen_since(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 6);
    drive_say(&drive, RED, "one");
    drive_message(&drive, "red", 7);
    EXPECT("shown red 6\n"
           "issued red phone-1 seen 1006\n"
           "> send red phone-1 \"one\" seen 1006\n"
           "shown red 7\n");

    drive_reconnect(&drive);
    drive_welcome(&drive, "e1", "red:7 blue:9");

    EXPECT("focus red\n> hello seen 1007 epoch e1 red:7 blue:9 focus red\n"
           "welcome 2\n"
           "resent red phone-1 attempt 2\n"
           "> send red phone-1 \"one\" seen 1006\n");
}

static void seen_is_the_greatest_of_what_was_shown_and_acked(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "blue", 10);
    drive_message(&drive, "red", 6);  /* its stamp is less */
    drive_message(&drive, "red", 99); /* held: nobody saw it */
    drive_say(&drive, RED, "one");
    drive_ack(&drive, "red", "phone-1", 30);
    drive_say(&drive, RED, "two");

    EXPECT("shown blue 10\n"
           "shown red 6\n"
           "recv red 99 held\n"
           "issued red phone-1 seen 1010\n"
           "> send red phone-1 \"one\" seen 1010\n"
           "replaced red phone-1\nacked red phone-1\n"
           "issued red phone-2 seen 1030\n"
           "> send red phone-2 \"two\" seen 1030\n");
}

static void a_temporary_nack_is_tried_again_when_the_server_says(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_say(&drive, RED, "one");
    drive_say(&drive, RED, "two");
    (void)drive_trace(&drive);

    drive_nack(&drive, "phone-1", HB_EAGAIN, 300);
    drive_pass(&drive, 299999);
    drive_say(&drive, RED, "three"); /* does not overtake */
    EXPECT("nacked red phone-1\nissued red phone-3\n");
    drive_pass(&drive, 1);
    EXPECT("resent red phone-1 attempt 2\n> send red phone-1 \"one\"\n");

    drive_nack(&drive, "phone-1", HB_EAGAIN, 0); /* it does not say */
    drive_pass(&drive, DRIVE_BACKOFF_US_MIN - 1);
    EXPECT("nacked red phone-1\n");
    drive_pass(&drive, 1);
    EXPECT("resent red phone-1 attempt 3\n> send red phone-1 \"one\"\n");
    assert_int_equal(client_outbox_len(drive.client), 3);
}

static void a_nack_for_good_is_shown_as_failed_and_the_next_goes(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_say(&drive, RED, "one");
    drive_say(&drive, RED, "two");
    (void)drive_trace(&drive);

    drive_nack(&drive, "phone-1", HB_EDENIED, 0);

    EXPECT("nacked red phone-1\n"
           "failed red phone-1\n"
           "> send red phone-2 \"two\"\n");
    assert_int_equal(client_outbox_len(drive.client), 1);
}

static void a_nack_of_an_attempt_that_is_over_changes_nothing(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_say(&drive, RED, "one");
    drive_nack(&drive, "phone-1", HB_EAGAIN, 300);
    (void)drive_trace(&drive);

    drive_nack(&drive, "phone-1", HB_EDENIED, 0);
    drive_nack(&drive, "phone-7", HB_EDENIED, 0);

    EXPECT("");
    assert_int_equal(client_outbox_len(drive.client), 1);
}

static void an_ack_counts_whenever_it_comes_but_only_for_what_was_sent(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_say(&drive, RED, "one");
    drive_say(&drive, RED, "two");
    (void)drive_trace(&drive);

    drive_ack(&drive, "red", "phone-2", 6); /* never sent */
    drive_ack(&drive, "red", "phone-9", 6);
    EXPECT("");
    drive_nack(&drive, "phone-1", HB_EAGAIN, 300);
    drive_ack(&drive, "red", "phone-1", 6); /* committed is committed */
    EXPECT("nacked red phone-1\n"
           "replaced red phone-1\nacked red phone-1\n"
           "> send red phone-2 \"two\"\n");
    drive_ack(&drive, "red", "phone-1", 6);
    EXPECT("");
}

static void the_own_message_may_come_before_its_ack(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_say(&drive, RED, "one");
    struct entry own = drive_entry("red", 6);
    own.sender_id = TEXT("ana");
    own.client_id = TEXT("phone-1");
    (void)drive_trace(&drive);

    drive_frame(&drive, &(struct frame){.type = FRAME_MESSAGE, .entry = own});
    EXPECT("replaced red phone-1\nshown red 6\n");
    assert_int_equal(client_outbox_len(drive.client), 1);

    drive_ack(&drive, "red", "phone-1", 6);
    EXPECT("acked red phone-1\n");
}

static void a_send_without_an_answer_is_sent_again_on_another_connection(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_say(&drive, BLUE, "one");
    drive_pass(&drive, DRIVE_ANSWER_US - 1);
    EXPECT("issued blue phone-1\n> send blue phone-1 \"one\"\n");

    drive_pass(&drive, 1);
    EXPECT("disconnect 1 1001\n");
    drive_next_wake(&drive);
    drive_connected(&drive, 2);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    EXPECT("connect 2\n"
           "focus blue\n> hello epoch e1 red:5 blue:9 focus blue\n"
           "welcome 2\n"
           "resent blue phone-1 attempt 2\n"
           "> send blue phone-1 \"one\"\n");
}

static void a_full_outbox_fails_at_once_and_takes_again_when_there_is_room(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    for (int i = 0; i < CLIENT_OUTBOX_MAX; i++) { /* the limit is on both rooms together */
        drive_say(&drive, i % 2 == 0 ? RED : BLUE, "x");
    }
    assert_null(strstr(drive_trace(&drive), "failed"));
    assert_int_equal(client_outbox_len(drive.client), CLIENT_OUTBOX_MAX);

    drive_say(&drive, RED, "too many");
    EXPECT("failed red phone-1025\n");
    drive_ack(&drive, "red", "phone-1", 6);
    drive_say(&drive, BLUE, "fits");
    EXPECT("replaced red phone-1\nacked red phone-1\n"
           "> send red phone-3 \"x\"\n"
           "issued blue phone-1026 seen 1006\n");
}

static void a_content_that_is_no_message_fails_at_once(void **state)
{
    char *content = malloc(CONTENT_BYTES_MAX + 2);
    (void)state;
    memset(content, 'x', CONTENT_BYTES_MAX + 1);
    drive_online(&drive, "red:5 blue:9");

    content[CONTENT_BYTES_MAX + 1] = 0;
    drive_say(&drive, RED, content);
    drive_say(&drive, RED, "");
    content[CONTENT_BYTES_MAX] = 0;
    drive_say(&drive, RED, content);
    free(content);

    EXPECT("failed red phone-1\n"
           "failed red phone-2\n"
           "issued red phone-3\n"
           "> send red phone-3 \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n");
}

static void killed_with_its_store_the_outbox_goes_on(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_say(&drive, RED, "one");
    drive_say(&drive, RED, "two");
    drive_kill(&drive, false);
    drive_pass(&drive, 2 * DRIVE_BACKOFF_US_MAX); /* nothing runs */
    drive_closed(&drive, 1, CLOSE_GOING_AWAY);
    (void)drive_trace(&drive);

    drive_start(&drive);
    drive_connected(&drive, 2);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    EXPECT("connect 2\n"
           "focus red\n"
           "> hello epoch e1 red:5 blue:9 focus red\n"
           "welcome 2\n"
           "resent red phone-1 attempt 2\n"
           "> send red phone-1 \"one\"\n");
}

static void killed_without_it_all_begins_anew_under_new_ids(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 6);
    drive_say(&drive, RED, "one");
    drive_kill(&drive, true);
    EXPECT("shown red 6\nissued red phone-1 seen 1006\n> send red phone-1 \"one\" seen 1006\n");

    drive_start(&drive);
    EXPECT("forgot\nconnect 2\n");
    assert_int_equal(client_outbox_len(drive.client), 0);
    drive_connected(&drive, 2);
    drive_welcome(&drive, "e1", "red:8 blue:9"); /* it starts at the heads */
    drive_say(&drive, RED, "two");
    drive_message(&drive, "red", 9);
    EXPECT("> hello\nwelcome 2\nissued red phone-1-1\n> send red phone-1-1 \"two\"\nshown red 9\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(one_message_of_a_room_is_on_the_wire_and_the_others_wait_their_turn),
        TEST(what_is_written_offline_goes_out_with_the_welcome),
        TEST(what_was_on_the_wire_is_sent_again_and_the_rest_still_waits),
        TEST(a_resend_is_the_same_bytes_whatever_was_seen_since),
        TEST(seen_is_the_greatest_of_what_was_shown_and_acked),
        TEST(a_temporary_nack_is_tried_again_when_the_server_says),
        TEST(a_nack_for_good_is_shown_as_failed_and_the_next_goes),
        TEST(a_nack_of_an_attempt_that_is_over_changes_nothing),
        TEST(an_ack_counts_whenever_it_comes_but_only_for_what_was_sent),
        TEST(the_own_message_may_come_before_its_ack),
        TEST(a_send_without_an_answer_is_sent_again_on_another_connection),
        TEST(a_full_outbox_fails_at_once_and_takes_again_when_there_is_room),
        TEST(a_content_that_is_no_message_fails_at_once),
        TEST(killed_with_its_store_the_outbox_goes_on),
        TEST(killed_without_it_all_begins_anew_under_new_ids),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
