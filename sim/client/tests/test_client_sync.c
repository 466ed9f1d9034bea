/* What a client lacks is asked for page by page; epochs, refusals, and answers that are too late. */
#include "server/base/tests/test.h"
#include "sim/client/tests/drive.h"

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

/* Online again, with red at 5 and blue at 9, in rooms that stand as said; trace dropped. */
static void resume(const char *rooms)
{
    drive_online(&drive, "red:5 blue:9");
    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", rooms);
}

static void one_session_asks_for_all_rooms_that_are_behind(void **state)
{
    (void)state;
    resume("red:8- blue:11-");
    EXPECT("welcome 2\n"
           "sync red from 5\n"
           "sync blue from 9\n"
           "> sync s1 red:5 blue:9\n");

    drive_page(&drive, "s1", "blue", 10, 11, true);
    EXPECT("page of 2\nshown blue 10\nshown blue 11\n> sync s2 cursor c1\n");
    drive_page(&drive, "s2", "red", 6, 7, true);
    EXPECT("page of 2\nshown red 6\nshown red 7\n> sync s3 cursor c1\n");
    assert_true(client_syncing(drive.client));
    drive_page(&drive, "s3", "red", 8, 8, false);
    EXPECT("page of 1\nshown red 8\n");
    assert_false(client_syncing(drive.client));
    drive_message(&drive, "red", 9);
    EXPECT("shown red 9\n");
}

static void a_room_that_is_recovered_or_not_behind_is_not_asked_for(void **state)
{
    (void)state;
    resume("red:8 blue:9-");
    EXPECT("welcome 2\n");
    assert_false(client_syncing(drive.client));
    drive_message(&drive, "red", 6); /* what is recovered follows as live frames */
    EXPECT("shown red 6\n");

    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:5- blue:2"); /* a node that is behind us */
    drive_message(&drive, "blue", 9);
    drive_message(&drive, "blue", 10);
    EXPECT("welcome 3\nrecv blue 9 had\nshown blue 10\n");
}

static void live_frames_and_pages_overlap_and_each_entry_is_shown_once(void **state)
{
    (void)state;
    resume("red:8- blue:9");
    (void)drive_trace(&drive);

    drive_message(&drive, "red", 9);
    drive_page(&drive, "s1", "red", 6, 7, true);
    drive_message(&drive, "red", 8); /* again, by a node that repairs */
    drive_page(&drive, "s2", "red", 8, 9, false);

    EXPECT("recv red 9 held\n"
           "page of 2\n"
           "shown red 6\n"
           "shown red 7\n"
           "> sync s2 cursor c1\n"
           "shown red 8\n"
           "shown red 9\n"
           "page of 2\n"
           "recv red 8 had\n"
           "recv red 9 had\n");
}

static void a_gap_that_a_session_closes_does_not_start_another(void **state)
{
    (void)state;
    resume("red:8- blue:9");
    drive_message(&drive, "red", 9);
    drive_pass(&drive, 3 * DRIVE_GAP_US); /* a slow answer */
    drive_wake_early(&drive);             /* for whatever else */
    (void)drive_trace(&drive);

    drive_page(&drive, "s1", "red", 6, 8, false);
    drive_pass(&drive, 3 * DRIVE_GAP_US);

    EXPECT("page of 3\nshown red 6\nshown red 7\nshown red 8\nshown red 9\n");
}

static void a_gap_of_another_room_that_grew_old_meanwhile_is_next(void **state)
{
    (void)state;
    resume("red:8- blue:9");
    drive_message(&drive, "blue", 11);
    drive_pass(&drive, 2 * DRIVE_GAP_US);
    (void)drive_trace(&drive);

    drive_page(&drive, "s1", "red", 6, 8, false);

    EXPECT("page of 3\nshown red 6\nshown red 7\nshown red 8\n"
           "sync blue from 9\n> sync s2 blue:9\n");
}

static void a_gap_that_the_log_does_not_fill_is_asked_for_again_after_a_pause(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 9);
    drive_pass(&drive, DRIVE_GAP_US);
    (void)drive_trace(&drive);

    drive_page(&drive, "s1", "red", 6, 6, false); /* by a replica that lags */
    drive_pass(&drive, DRIVE_GAP_US - 1);
    EXPECT("page of 1\nshown red 6\n");
    drive_pass(&drive, 1);
    EXPECT("sync red from 6\n> sync s2 red:6\n");
}

static void a_hole_in_a_page_is_a_gap_like_any_other(void **state)
{
    struct entry entries[] = {drive_entry("red", 6), drive_entry("red", 8)};
    (void)state;
    resume("red:8- blue:9");
    (void)drive_trace(&drive);

    drive_page_of(&drive, "s1", "e1", entries, 2, false);
    EXPECT("page of 2\nshown red 6\nrecv red 8 held\n");
    drive_pass(&drive, DRIVE_GAP_US);
    EXPECT("sync red from 6\n> sync s2 red:6\n");
}

/* After so many live frames from red 8 on, a page closes the gap before them. Gives what is asked then. */
static const char *asked_behind_all_that_is_held(uint64_t came)
{
    resume("red:800- blue:11-");
    for (uint64_t seq = 8; seq < 8 + came; seq++) {
        drive_message(&drive, "red", seq);
    }
    (void)drive_trace(&drive);
    drive_page(&drive, "s1", "red", 6, 7, true);
    const char *last = strstr(drive_trace(&drive), "shown red 519\n");
    assert_non_null(last);
    return last;
}

static void what_was_thrown_away_is_asked_for_from_what_is_shown(void **state)
{
    (void)state;
    assert_string_equal(asked_behind_all_that_is_held(DRIVE_HELD_ENTRIES + 1),
                        "shown red 519\n"
                        "sync red from 519\n"
                        "sync blue from 9\n"
                        "> sync s2 red:519 blue:9\n");
    drive_page(&drive, "s2", "red", 520, 521, true);
    EXPECT("page of 2\nshown red 520\nshown red 521\n> sync s3 cursor c1\n");
}

static void pages_of_what_was_held_go_on_by_cursor(void **state)
{
    (void)state;
    assert_string_equal(asked_behind_all_that_is_held(DRIVE_HELD_ENTRIES),
                        "shown red 519\n> sync s2 cursor c1\n"); /* nothing was thrown away */
}

static void rows_of_rooms_that_were_not_asked_for_are_not_taken(void **state)
{
    struct entry entries[] = {drive_entry("blue", 10), drive_entry("red", 6),
                              drive_entry("green", 1)};
    (void)state;
    resume("red:6- blue:9");
    (void)drive_trace(&drive);

    drive_page_of(&drive, "s1", "e1", entries, 3, false);

    EXPECT("page of 3\nshown red 6\n");
}

static void an_answer_to_another_request_is_not_taken(void **state)
{
    (void)state;
    resume("red:8- blue:9");
    (void)drive_trace(&drive);

    drive_page(&drive, "s2", "red", 6, 8, false);
    drive_page(&drive, "x", "red", 6, 8, false);
    drive_error(&drive, "s7", HB_ERESET, 0);
    EXPECT("error reset\n");
    drive_page(&drive, "s1", "red", 6, 6, true);
    drive_page(&drive, "s1", "red", 7, 8, false);
    EXPECT("page of 1\nshown red 6\n> sync s2 cursor c1\n");
    drive_page(&drive, "s2", "red", 7, 8, false);
    (void)drive_trace(&drive);
    drive_page(&drive, "s2", "red", 7, 8, false); /* the session is over */
    drive_error(&drive, "s2", HB_EDENIED, 0);
    EXPECT("error denied\n");
    assert_true(client_online(drive.client));
}

static void another_epoch_ends_what_was_shown_and_starts_at_the_heads(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 6);
    drive_message(&drive, "blue", 11); /* held: blue shows nothing yet */
    drive_room_event(&drive, "green", 4, ENTRY_JOIN, "ana");
    drive_reconnect(&drive);
    (void)drive_trace(&drive);

    drive_welcome(&drive, "e2", "red:3- blue:2-"); /* green is not named */
    EXPECT("welcome 2\nreset red\nreset ?\n");
    drive_message(&drive, "red", 4);
    EXPECT("shown red 4\n");

    drive_reconnect(&drive);
    EXPECT("> hello seen 1006 epoch e2 red:4 blue:2\n");
}

static void a_refusal_for_now_is_asked_again_when_the_server_says(void **state)
{
    static const struct {
        enum hb_err code;
        uint32_t retry_after_ms;
        int64_t pause_us;
    } cases[] = {{HB_EAGAIN, 700, 700000},
                 {HB_EAGAIN, 0, DRIVE_GAP_US},
                 {HB_EAGAIN, 100, DRIVE_GAP_US},
                 {HB_ECURSOR, 0, DRIVE_GAP_US}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        drive_deinit(&drive);
        drive_init(&drive, i);
        resume("red:8- blue:9");
        drive_page(&drive, "s1", "red", 6, 6, true);
        (void)drive_trace(&drive);

        drive_error(&drive, "s2", cases[i].code, cases[i].retry_after_ms);
        assert_true(client_syncing(drive.client)); /* it still wants to */
        drive_pass(&drive, cases[i].pause_us - 1);
        assert_null(strstr(drive_trace(&drive), "sync"));
        drive_pass(&drive, 1);
        EXPECT("sync red from 6\n> sync s3 red:6\n"); /* by positions, not by the cursor */
    }
}

static void a_reset_starts_the_room_again_with_the_own_join(void **state)
{
    struct entry entries[] = {drive_event("red", 3, ENTRY_JOIN, "ana"), drive_entry("red", 4)};
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 6);
    drive_message(&drive, "blue", 10);
    drive_reconnect(&drive);
    drive_welcome(&drive, "e1", "red:8- blue:10");
    (void)drive_trace(&drive);

    drive_error(&drive, "s1", HB_ERESET, 0);
    EXPECT("error reset\nreset red\n"); /* blue was not asked for */
    drive_message(&drive, "red", 5);
    drive_pass(&drive, DRIVE_GAP_US);
    EXPECT("recv red 5 held\nsync red from 0\n> sync s2 red:0\n");
    drive_page_of(&drive, "s2", "e1", entries, 2, false); /* 1 and 2 were before our time */
    EXPECT("page of 2\nshown red 3 join ana\nshown red 4\nshown red 5\n");
    assert_int_equal(client_held_len(drive.client), 0);
}

static void a_refusal_for_good_leaves_it_to_another_welcome(void **state)
{
    (void)state;
    resume("red:8- blue:11-");
    (void)drive_trace(&drive);

    drive_error(&drive, "s1", HB_EDENIED, 0);
    EXPECT("error denied\ndisconnect 2 1001\n");
    assert_false(client_syncing(drive.client));
    drive_next_wake(&drive);
    drive_connected(&drive, 3);
    drive_welcome(&drive, "e1", "red:8-"); /* blue is not ours any more */
    EXPECT("connect 3\n"
           "> hello epoch e1 red:5 blue:9\n"
           "welcome 3\n"
           "sync red from 5\n"
           "> sync s2 red:5\n");
}

static void a_page_of_another_epoch_leaves_it_to_another_welcome(void **state)
{
    struct entry entries[] = {drive_entry("red", 6)};
    (void)state;
    resume("red:8- blue:9");
    (void)drive_trace(&drive);

    drive_page_of(&drive, "s1", "e2", entries, 1, false);

    EXPECT("disconnect 2 1001\n");
}

static void a_sync_without_an_answer_starts_over_on_another_connection(void **state)
{
    (void)state;
    resume("red:8- blue:9");
    drive_pass(&drive, DRIVE_ANSWER_US - 1);
    drive_page(&drive, "s1", "red", 6, 6, true);
    drive_pass(&drive, DRIVE_ANSWER_US - 1); /* each request has its own time */
    assert_true(client_online(drive.client));
    (void)drive_trace(&drive);

    drive_pass(&drive, 1);
    EXPECT("disconnect 2 1001\n");
    assert_false(client_syncing(drive.client));
    drive_next_wake(&drive);
    drive_connected(&drive, 3);
    drive_welcome(&drive, "e1", "red:8- blue:9");
    EXPECT("connect 3\n"
           "> hello seen 1006 epoch e1 red:6 blue:9\n"
           "welcome 3\n"
           "sync red from 6\n"
           "> sync s3 red:6\n");
    drive_page(&drive, "s2", "red", 7, 8, false); /* of the old session */
    EXPECT("");
}

/* The page is gone after its step; what was seen in it is not. */
static void the_stamp_of_a_page_outlives_the_page(void **state)
{
    (void)state;
    resume("red:60- blue:9");
    drive_page(&drive, "s1", "red", 6, 60, false);
    (void)drive_trace(&drive);

    drive_say(&drive, RED, "hi");
    EXPECT("issued red phone-1 seen 1060\n> send red phone-1 \"hi\" seen 1060\n");
    drive_message(&drive, "red", 61);
    drive_say(&drive, BLUE, "hi");
    EXPECT("shown red 61\nissued blue phone-2 seen 1061\n> send blue phone-2 \"hi\" seen 1061\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(one_session_asks_for_all_rooms_that_are_behind),
        TEST(a_room_that_is_recovered_or_not_behind_is_not_asked_for),
        TEST(live_frames_and_pages_overlap_and_each_entry_is_shown_once),
        TEST(a_gap_that_a_session_closes_does_not_start_another),
        TEST(a_gap_of_another_room_that_grew_old_meanwhile_is_next),
        TEST(a_gap_that_the_log_does_not_fill_is_asked_for_again_after_a_pause),
        TEST(a_hole_in_a_page_is_a_gap_like_any_other),
        TEST(what_was_thrown_away_is_asked_for_from_what_is_shown),
        TEST(pages_of_what_was_held_go_on_by_cursor),
        TEST(rows_of_rooms_that_were_not_asked_for_are_not_taken),
        TEST(an_answer_to_another_request_is_not_taken),
        TEST(another_epoch_ends_what_was_shown_and_starts_at_the_heads),
        TEST(a_refusal_for_now_is_asked_again_when_the_server_says),
        TEST(a_reset_starts_the_room_again_with_the_own_join),
        TEST(a_refusal_for_good_leaves_it_to_another_welcome),
        TEST(a_page_of_another_epoch_leaves_it_to_another_welcome),
        TEST(a_sync_without_an_answer_starts_over_on_another_connection),
        TEST(the_stamp_of_a_page_outlives_the_page),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
