/* A room that lacks much shows its newest page first, behind a marker, which is filled from either edge. */
#include "server/base/tests/test.h"
#include "sim/client/tests/drive.h"

#include <string.h>

static struct drive drive;

static int setup(void **state)
{
    (void)state;
    drive_init_newest(&drive, 1);
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
    drive_message(&drive, "red", 6);
    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", rooms);
}

/* Red has shown up to 6, and 18 to 20 behind a marker, and asks for what is below 18. */
static void marked(void)
{
    resume("red:20- blue:9");
    drive_page(&drive, "s1", "red", 18, 20, true);
    (void)drive_trace(&drive);
}

static void the_newest_page_comes_first_and_the_rest_backwards(void **state)
{
    (void)state;
    resume("red:20- blue:9");
    EXPECT("welcome 2\nback red below 0\n> sync s1 red below 0\n");
    assert_true(client_syncing(drive.client));
    drive_message(&drive, "red", 21); /* live, while the page is under way */
    EXPECT("recv red 21 held\n");

    drive_page(&drive, "s1", "red", 18, 20, true);
    EXPECT("page of 3\ngap red 7..17\nshown red 18\nshown red 19\nshown red 20\nshown red 21\n"
           "back red below 18\n> sync s2 red below 18\n");
    drive_message(&drive, "red", 22);
    EXPECT("shown red 22\n");
    drive_page(&drive, "s2", "red", 12, 17, true);
    EXPECT("page of 6\nshown red 17\nshown red 16\nshown red 15\nshown red 14\nshown red 13\n"
           "shown red 12\nback red below 12\n> sync s3 red below 12\n");
    drive_page(&drive, "s3", "red", 5, 11, true); /* with some that it has */
    EXPECT("page of 7\nshown red 11\nshown red 10\nshown red 9\nshown red 8\nshown red 7\n"
           "recv red 6 had\nrecv red 5 had\n");
    assert_false(client_syncing(drive.client));
}

static void a_room_that_lacks_little_is_asked_for_from_its_position(void **state)
{
    (void)state;
    resume("red:9- blue:20-"); /* red lacks 3, blue 11 */
    EXPECT("welcome 2\nback blue below 0\n> sync s1 blue below 0\n");
    drive_page(&drive, "s1", "blue", 10, 20, false); /* all of it in one page: no marker */
    (void)drive_trace(&drive);
    drive_page(&drive, "s2", "red", 7, 9, false);
    EXPECT("page of 3\nshown red 7\nshown red 8\nshown red 9\n");
    assert_false(client_syncing(drive.client));
}

static void the_position_never_moves_over_a_marker(void **state)
{
    (void)state;
    marked();
    drive_reconnect(&drive);
    EXPECT("> hello seen 1020 epoch e1 red:6 blue:9\n");
    drive_welcome(&drive, "e1", "red:20 blue:9"); /* and so what it lacks follows, from there */
    (void)drive_trace(&drive);
    for (uint64_t seq = 7; seq <= 17; seq++) {
        drive_message(&drive, "red", seq);
    }
    drive_message(&drive, "red", 18);
    drive_message(&drive, "red", 21);
    assert_non_null(strstr(drive_trace(&drive), "shown red 17\nrecv red 18 had\nshown red 21\n"));
    drive_reconnect(&drive);
    EXPECT("> hello seen 1021 epoch e1 red:21 blue:9\n");
}

static void a_second_absence_sets_a_second_marker(void **state)
{
    (void)state;
    marked();
    drive_reconnect(&drive);
    drive_welcome(&drive, "e1", "red:30- blue:9");
    (void)drive_trace(&drive);
    drive_page(&drive, "s2", "red", 18, 17, true);
    EXPECT("");
    drive_page(&drive, "s3", "red", 29, 30, true);
    EXPECT("page of 2\ngap red 21..28\nshown red 29\nshown red 30\n"
           "back red below 29\n> sync s4 red below 29\n");
    drive_page(&drive, "s4", "red", 20, 28, true);
    assert_non_null(
        strstr(drive_trace(&drive),
               "shown red 21\nrecv red 20 had\nback red below 18\n> sync s5 red below 18\n"));
}

static void what_is_not_the_persons_ends_a_marker(void **state)
{
    (void)state;
    marked();
    drive_page(&drive, "s2", "red", 14, 15, true); /* an earlier stay: 16 and 17 were not theirs */
    EXPECT("page of 2\nno gap red 16..17\nshown red 15\nshown red 14\n"
           "back red below 14\n> sync s3 red below 14\n");
    drive_page(&drive, "s3", "red", 12, 13, false); /* and there is no more */
    EXPECT("page of 2\nshown red 13\nshown red 12\nno gap red 7..11\n");
    assert_false(client_syncing(drive.client));
    drive_reconnect(&drive);
    EXPECT("> hello seen 1020 epoch e1 red:20 blue:9\n");
}

static void a_refusal_for_now_is_asked_again_and_one_for_good_ends_the_marker(void **state)
{
    (void)state;
    marked();
    drive_error(&drive, "s2", HB_EAGAIN, 0);
    drive_pass(&drive, DRIVE_GAP_US);
    EXPECT("error try_again\nback red below 18\n> sync s3 red below 18\n");
    drive_error(&drive, "s3", HB_EDENIED, 0); /* it is not ours any more */
    EXPECT("error denied\nno gap red 7..17\n");
    assert_false(client_syncing(drive.client));
    assert_true(client_online(drive.client));
}

static void another_epoch_ends_the_marker(void **state)
{
    (void)state;
    marked();
    drive_reconnect(&drive);
    drive_welcome(&drive, "e2", "red:3 blue:9");
    (void)drive_trace(&drive);
    drive_message(&drive, "red", 4);
    EXPECT("shown red 4\n");
    assert_false(client_syncing(drive.client));
}

static void the_room_on_screen_comes_first(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "blue", 10);
    drive_say(&drive, BLUE, "hi");
    drive_ack(&drive, "blue", "phone-1", 11);
    drive_message(&drive, "blue", 11);
    drive_reconnect(&drive);
    EXPECT("focus blue\n> hello seen 1011 epoch e1 red:5 blue:11 focus blue\n");
    drive_welcome(&drive, "e1", "red:7- blue:12-");
    EXPECT("welcome 2\nsync red from 5\nsync blue from 11\nfocus blue\n"
           "> sync s1 red:5 blue:11 focus blue\n");
    drive_page(&drive, "s1", "blue", 12, 12, true); /* and of each page of the session */
    EXPECT("page of 1\nshown blue 12\n> sync s2 cursor c1 focus blue\n");
    drive_page(&drive, "s2", "red", 6, 7, false);
    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:20- blue:30-"); /* both lack much */
    EXPECT("welcome 3\nback blue below 0\n> sync s3 blue below 0\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_page_comes_first_and_the_rest_backwards),
        TEST(a_room_that_lacks_little_is_asked_for_from_its_position),
        TEST(the_position_never_moves_over_a_marker),
        TEST(a_second_absence_sets_a_second_marker),
        TEST(what_is_not_the_persons_ends_a_marker),
        TEST(a_refusal_for_now_is_asked_again_and_one_for_good_ends_the_marker),
        TEST(another_epoch_ends_the_marker),
        TEST(the_room_on_screen_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
