/* What a client says of its person, and what it makes of what it is told of others. */
#include "server/base/tests/test.h"
#include "sim/client/tests/drive.h"

#include <stdio.h>

static struct drive drive;

static int setup(void **state)
{
    (void)state;
    drive_init(&drive, 1);
    return 0;
}

static int setup_idle(void **state)
{
    (void)state;
    drive_init_idle(&drive, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drive_deinit(&drive);
    return 0;
}

#define EXPECT(lines) assert_string_equal(drive_trace(&drive), lines)

/* Lets time pass; the pings are answered, and not told. */
static void quiet_pass(int64_t us)
{
    const int64_t until_us = drive.now_us + us;

    while (drive.now_us < until_us) {
        const int64_t left = until_us - drive.now_us;
        drive_frame(&drive, &(struct frame){.type = FRAME_PONG});
        drive_pass(&drive, left < DRIVE_CHECK_US / 10 ? left : DRIVE_CHECK_US / 10);
    }
}

/* What left but pings. */
static const char *said(void)
{
    static char ret[4096];
    const char *at = drive_trace(&drive);
    size_t len = 0;

    for (const char *line = at; *line != 0;) {
        const char *end = strchr(line, '\n') + 1;
        if (strncmp(line, "> ping", 6) != 0) {
            assert_true(len + (size_t)(end - line) < sizeof ret);
            memcpy(ret + len, line, (size_t)(end - line));
            len += (size_t)(end - line);
        }
        line = end;
    }
    ret[len] = 0;
    return ret;
}
#define SAID(lines) assert_string_equal(said(), lines)

/* --- Whether the person is there ------------------------------------------------------------ */

static void who_does_nothing_is_warned_and_then_away_and_online_at_once_when_they_do(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    quiet_pass(DRIVE_IDLE_US - DRIVE_WARNING_US - DRIVE_CHECK_US);
    SAID("");
    quiet_pass(DRIVE_CHECK_US);
    SAID("warning\n");
    quiet_pass(DRIVE_WARNING_US - DRIVE_CHECK_US);
    SAID(""); /* one warning */
    quiet_pass(DRIVE_CHECK_US);
    SAID("present away\n> presence away\n");
    quiet_pass(10 * DRIVE_IDLE_US);
    SAID(""); /* once a change */

    drive_touch(&drive);
    SAID("no warning\npresent online\n> presence online\n");
    drive_touch(&drive);
    SAID("");
}

static void activity_withdraws_the_warning_and_begins_the_time_anew(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    quiet_pass(DRIVE_IDLE_US - DRIVE_WARNING_US);
    SAID("warning\n");
    drive_touch(&drive);
    SAID("no warning\n");
    quiet_pass(DRIVE_IDLE_US - DRIVE_WARNING_US - DRIVE_CHECK_US);
    SAID("");
    quiet_pass(DRIVE_CHECK_US);
    SAID("warning\n");
}

static void to_write_is_to_be_there(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    quiet_pass(DRIVE_IDLE_US - DRIVE_WARNING_US);
    SAID("warning\n");
    drive_say(&drive, RED, "hi");
    SAID("no warning\nissued red phone-1\n> send red phone-1 \"hi\"\n");
}

static void a_leap_of_the_clock_is_no_activity(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive.now_us += 10 * DRIVE_IDLE_US; /* the lid was closed: no alarm rang */
    drive_wake_early(&drive);
    assert_non_null(strstr(drive_trace(&drive), "disconnect 1")); /* the connection is silent too */
    drive_connected(&drive, drive.conn);
    drive_next_wake(&drive);
    drive_connected(&drive, drive.conn);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    SAID("welcome 2\npresent away\n> presence away\n");
}

static void a_new_connection_is_told_again_what_is_not_as_it_begins(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_choose(&drive, (struct frame_presence){.room_said = true, .current_room = TEXT("blue")});
    SAID("present online in blue\n> presence room blue\n");
    quiet_pass(DRIVE_IDLE_US);
    SAID("warning\npresent away in blue\n> presence away\n");
    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    SAID("welcome 2\npresent away in blue\n> presence away room blue\n");

    drive_choose(&drive, (struct frame_presence){.room_said = true});
    SAID("no warning\npresent online in blue\n> presence online\npresent online\n"
         "> presence no room\n");
    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    SAID("welcome 3\n");
}

static void who_opens_the_app_is_there(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_stop(&drive);
    drive_pass(&drive, 2 * DRIVE_IDLE_US);
    drive_online(&drive, "red:5 blue:9");

    quiet_pass(DRIVE_IDLE_US - DRIVE_WARNING_US - DRIVE_CHECK_US);
    SAID("");
}

/* --- What they choose ----------------------------------------------------------------------- */

static const struct frame_presence busy = {.status_said = true, .status = PRESENCE_BUSY};
static const struct frame_presence clear = {.status_said = true, .status_cleared = true};

static void a_choice_is_said_at_once_or_with_the_welcome(void **state)
{
    (void)state;
    drive_start(&drive);
    drive_choose(&drive, busy);
    drive_choose(&drive,
                 (struct frame_presence){.custom_said = true, .custom_status = TEXT("lunch")});
    drive_connected(&drive, drive.conn);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    EXPECT("welcome 1\n"
           "chooses busy chosen line lunch\n"
           "> presence busy chosen line lunch\n");

    drive_choose(&drive, (struct frame_presence){.dnd_said = true, .dnd_until_ms = 77});
    EXPECT("chooses quiet until 77\n> presence quiet until 77\n"); /* this alone */
    drive_choose(&drive, (struct frame_presence){.custom_said = true});
    EXPECT("chooses no line\n> presence no line\n");
    drive_choose(&drive, clear);
    EXPECT("chooses no status\n> presence no status\n");
}

static void welcome_again(const char *lines)
{
    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    EXPECT(lines);
}

static void what_may_not_have_arrived_is_said_again(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_choose(&drive, busy);
    (void)drive_trace(&drive);
    welcome_again("welcome 2\nchooses busy chosen\n> presence busy chosen\n");
    welcome_again("welcome 3\nchooses busy chosen\n> presence busy chosen\n");
    drive_update(&drive, drive_person("bob", PRESENCE_BUSY, 1)); /* another's */
    drive_update(&drive, drive_person("ana", PRESENCE_ONLINE, 1));
    (void)drive_trace(&drive);
    welcome_again("welcome 4\nchooses busy chosen\n> presence busy chosen\n");
    drive_update(&drive, drive_person("ana", PRESENCE_BUSY, 2));
    (void)drive_trace(&drive);
    welcome_again("welcome 5\n");
}

static void each_part_of_a_choice_waits_for_itself(void **state)
{
    struct presence ana = drive_person("ana", PRESENCE_BUSY, 1);
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_choose(&drive, (struct frame_presence){.status_said = true,
                                                 .status = PRESENCE_BUSY,
                                                 .custom_said = true,
                                                 .custom_status = TEXT("lunch")});
    ana.custom_status = TEXT("old");
    drive_update(&drive, ana);
    (void)drive_trace(&drive);
    welcome_again("welcome 2\nchooses line lunch\n> presence line lunch\n");
}

static void of_several_under_way_an_early_one_is_not_taken_for_the_last(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_choose(&drive, busy);
    drive_choose(&drive, clear);
    drive_choose(&drive, busy);
    drive_update(&drive, drive_person("ana", PRESENCE_BUSY, 1)); /* the first, maybe */
    (void)drive_trace(&drive);
    welcome_again("welcome 2\nchooses busy chosen\n> presence busy chosen\n");
}

static void what_had_its_time_on_a_good_connection_is_not_said_again(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_choose(&drive, busy);
    drive_pass(&drive, DRIVE_ANSWER_US - 1);
    (void)drive_trace(&drive);
    welcome_again("welcome 2\nchooses busy chosen\n> presence busy chosen\n");
    drive_pass(&drive, DRIVE_ANSWER_US);
    (void)drive_trace(&drive);
    welcome_again("welcome 3\n");
}

/* --- What is told of others ----------------------------------------------------------------- */

static void within_a_connection_versions_grow_and_a_new_one_begins_anew(void **state)
{
    struct presence people[2];
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    people[0] = drive_person("bob", PRESENCE_ONLINE, 5);
    people[1] = drive_person("eve", PRESENCE_OFFLINE, 9);
    drive_state(&drive, false, people, 2);
    EXPECT("view bob online v5 in a snapshot\nview eve offline v9 in a snapshot\n");
    drive_update(&drive, drive_person("bob", PRESENCE_AWAY, 5));
    drive_update(&drive, drive_person("eve", PRESENCE_ONLINE, 8));
    EXPECT("");
    drive_update(&drive, drive_person("bob", PRESENCE_AWAY, 6));
    drive_state(&drive, false, people, 2); /* made before it */
    EXPECT("view bob away v6\n");

    drive_reconnect(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    (void)drive_trace(&drive);
    drive_state(&drive, false, people, 1); /* of a Redis that lost its keys */
    drive_update(&drive, drive_person("bob", PRESENCE_AWAY, 5));
    EXPECT("view bob online v5 in a snapshot\n");
}

static void that_it_may_be_old_is_said_once(void **state)
{
    struct presence bob = drive_person("bob", PRESENCE_ONLINE, 5);
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_state(&drive, true, NULL, 0);
    drive_state(&drive, true, &bob, 1);
    EXPECT("stale\nview bob online v5 in a snapshot\n");
    drive_state(&drive, false, NULL, 0);
    drive_state(&drive, false, NULL, 0);
    EXPECT("not stale\n");
}

static void who_is_watched_is_asked_for_on_each_connection(void **state)
{
    (void)state;
    drive_start(&drive);
    drive_watch(&drive, "bob", true);
    drive_connected(&drive, drive.conn);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    EXPECT("welcome 1\n> presence_subscribe bob\nwatches bob\n");

    drive_watch(&drive, "eve", true);
    drive_watch(&drive, "bob", true);
    EXPECT("> presence_subscribe eve\nwatches eve\n");
    welcome_again("welcome 2\n> presence_subscribe bob eve\nwatches bob\nwatches eve\n");
    drive_watch(&drive, "bob", false);
    drive_watch(&drive, "bob", false);
    EXPECT("> presence_unsubscribe bob\nwatches no more bob\n");
    welcome_again("welcome 3\n> presence_subscribe eve\nwatches eve\n");
}

static void so_many_are_asked_for_in_one_frame(void **state)
{
    static const char *const frames = "welcome 2\n"
                                      "> presence_subscribe u0 u1 u2 u3 ... 256 in all\n"
                                      "> presence_subscribe u256 u257 u258 u259 ... 256 in all\n"
                                      "> presence_subscribe u512 u513 u514 u515 ... 256 in all\n"
                                      "> presence_subscribe u768 u769 u770 u771 ... 256 in all\n"
                                      "watches u0\n";
    char name[16];
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    for (int i = 0; i <= CLIENT_WATCHES_MAX; i++) {
        (void)snprintf(name, sizeof name, "u%d", i);
        drive_watch(&drive, name, true);
    }
    drive_reconnect(&drive);
    (void)drive_trace(&drive);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    assert_memory_equal(drive_trace(&drive), frames, strlen(frames));
}

int main(int argc, char **argv)
{
#define IDLE(test)  cmocka_unit_test_setup_teardown(test, setup_idle, teardown)
#define PLAIN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        IDLE(who_does_nothing_is_warned_and_then_away_and_online_at_once_when_they_do),
        IDLE(activity_withdraws_the_warning_and_begins_the_time_anew),
        IDLE(to_write_is_to_be_there),
        IDLE(a_leap_of_the_clock_is_no_activity),
        IDLE(a_new_connection_is_told_again_what_is_not_as_it_begins),
        IDLE(who_opens_the_app_is_there),
        PLAIN(a_choice_is_said_at_once_or_with_the_welcome),
        PLAIN(what_may_not_have_arrived_is_said_again),
        PLAIN(each_part_of_a_choice_waits_for_itself),
        PLAIN(of_several_under_way_an_early_one_is_not_taken_for_the_last),
        PLAIN(what_had_its_time_on_a_good_connection_is_not_said_again),
        PLAIN(within_a_connection_versions_grow_and_a_new_one_begins_anew),
        PLAIN(that_it_may_be_old_is_said_once),
        PLAIN(who_is_watched_is_asked_for_on_each_connection),
        PLAIN(so_many_are_asked_for_in_one_frame),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
