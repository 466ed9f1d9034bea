/* Connecting, back-off, silence and the end of a connection. */
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

static void a_start_connects_says_hello_and_is_live_with_the_welcome(void **state)
{
    (void)state;
    assert_false(client_online(drive.client));

    drive_start(&drive);
    drive_start(&drive); /* twice is once */
    EXPECT("connect 1\n");
    drive_connected(&drive, 1);
    EXPECT("> hello\n");
    assert_false(client_online(drive.client));
    drive_welcome(&drive, "e1", "red:5 blue:9");
    EXPECT("welcome 1\n");
    assert_true(client_online(drive.client));
    drive_welcome(&drive, "e2", "red:1 blue:1"); /* one is enough */
    EXPECT("");
}

static void a_hello_tells_what_was_had_before(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 6);
    drive_message(&drive, "blue", 10);
    drive_message(&drive, "red", 7);
    (void)drive_trace(&drive);

    drive_reconnect(&drive);

    EXPECT("> hello seen 1010 epoch e1 red:7 blue:10\n");
}

static void an_event_of_another_connection_changes_nothing(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_closed(&drive, 1, CLOSE_ABNORMAL);
    drive_next_wake(&drive);
    EXPECT("connect 2\n");

    drive_connected(&drive, 1);
    drive_closed(&drive, 1, CLOSE_BAD_TOKEN);
    EXPECT("");
    drive_connected(&drive, 2);
    drive_welcome(&drive, "e1", "red:5 blue:9");
    (void)drive_trace(&drive);
    drive_bytes(&drive, 1, "{\"type\":\"error\",\"code\":\"denied\",\"temporary\":false}");
    drive_closed(&drive, 1, CLOSE_ABNORMAL);
    EXPECT("");
    assert_true(client_online(drive.client));

    drive_closed(&drive, 2, CLOSE_ABNORMAL);
    assert_false(client_online(drive.client));
    drive_closed(&drive, 2, CLOSE_BAD_TOKEN); /* it is over already */
    drive_bytes(&drive, 2, "{\"type\":\"error\",\"code\":\"denied\",\"temporary\":false}");
    drive_next_wake(&drive);
    EXPECT("connect 3\n");
}

static void nothing_but_errors_is_heard_before_the_welcome(void **state)
{
    (void)state;
    drive_say(&drive, RED, "hi");
    drive_start(&drive);
    drive_connected(&drive, 1);
    (void)drive_trace(&drive);

    drive_message(&drive, "red", 6);
    drive_ack(&drive, "red", "phone-1", 6);
    drive_nack(&drive, "phone-1", HB_EDENIED, 0);
    drive_page(&drive, "s1", "red", 1, 2, false);
    EXPECT("");
    drive_error(&drive, "x", HB_EAGAIN, 0);
    EXPECT("error try_again\n");
    assert_int_equal(client_outbox_len(drive.client), 1);
}

/* The n-th pause lies in [min, min(max, min + min(max, min * 2^n))] and anywhere in it. */
static void pauses_double_up_to_the_maximum_with_full_jitter(void **state)
{
    static const int64_t ends[] = {2000000, 3000000, 5000000, 8000000, 8000000, 8000000};
    (void)state;
    for (size_t n = 0; n < sizeof ends / sizeof ends[0]; n++) {
        int64_t least = INT64_MAX;
        int64_t most = 0;
        for (uint64_t seed = 0; seed < 300; seed++) {
            struct drive each;
            drive_init(&each, seed);
            drive_start(&each);
            for (size_t i = 0; i < n; i++) {
                drive_closed(&each, each.conn, CLOSE_ABNORMAL);
                drive_next_wake(&each);
            }
            drive_closed(&each, each.conn, CLOSE_ABNORMAL);
            const int64_t pause = each.wake_us - each.now_us;
            least = pause < least ? pause : least;
            most = pause > most ? pause : most;
            drive_deinit(&each);
        }
        assert_in_range(least, DRIVE_BACKOFF_US_MIN, DRIVE_BACKOFF_US_MIN + ends[n] / 20);
        assert_in_range(most, ends[n] - ends[n] / 20, ends[n]);
    }
}

/* Many failures bring the pauses to their maximum; then one connection of this age. */
static int64_t greatest_pause_after(int64_t online_us)
{
    int64_t most = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct drive each;
        drive_init(&each, seed);
        drive_start(&each);
        for (int i = 0; i < 6; i++) {
            drive_closed(&each, each.conn, CLOSE_ABNORMAL);
            drive_next_wake(&each);
        }
        drive_connected(&each, each.conn);
        drive_welcome(&each, "e1", "red:5 blue:9");
        for (int64_t part = 0; part < 10; part++) { /* never silent for long */
            drive_pass(&each, online_us / 10);
            drive_bytes(&each, each.conn, "{\"type\":\"pong\"}");
        }
        drive_pass(&each, online_us % 10);
        drive_closed(&each, each.conn, CLOSE_ABNORMAL);
        most = each.wake_us - each.now_us > most ? each.wake_us - each.now_us : most;
        drive_deinit(&each);
    }
    return most;
}

static void a_stable_connection_ends_the_back_off_and_a_short_one_does_not(void **state)
{
    (void)state;
    assert_true(greatest_pause_after(DRIVE_STABLE_US) <= 2 * DRIVE_BACKOFF_US_MIN);
    assert_true(greatest_pause_after(DRIVE_STABLE_US - 1) > 2 * DRIVE_BACKOFF_US_MIN);
}

static void a_close_with_45xx_stops_and_another_does_not(void **state)
{
    static const struct {
        uint32_t code;
        bool stops;
    } cases[] = {{1006, false}, {4005, false}, {4499, false}, {4500, true},
                 {4505, true},  {4599, true},  {4600, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct drive each;
        drive_init(&each, i);
        drive_online(&each, "red:5 blue:9");
        drive_closed(&each, 1, cases[i].code);
        assert_int_equal(each.wake_us == INT64_MAX, cases[i].stops);
        drive_start(&each);
        drive_wake_early(&each);
        assert_string_equal(drive_trace(&each), "");
        drive_deinit(&each);
    }
}

static void a_stop_closes_cleanly_and_keeps_what_the_person_has(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 6);
    drive_say(&drive, RED, "hi");
    (void)drive_trace(&drive);

    drive_stop(&drive);
    EXPECT("disconnect 1 1000\n");
    assert_int_equal(drive.wake_us, INT64_MAX);
    drive_closed(&drive, 1, CLOSE_NORMAL);
    drive_stop(&drive);
    EXPECT("");

    drive_start(&drive);
    drive_connected(&drive, 2);
    drive_welcome(&drive, "e1", "red:7 blue:9");
    EXPECT("connect 2\n"
           "focus red\n"
           "> hello seen 1006 epoch e1 red:6 blue:9 focus red\n"
           "welcome 2\n"
           "resent red phone-1 attempt 2\n"
           "> send red phone-1 \"hi\" seen 1006\n");
}

static void a_stop_ends_the_wait_for_another_try(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_closed(&drive, 1, CLOSE_ABNORMAL);

    drive_stop(&drive);

    assert_int_equal(drive.wake_us, INT64_MAX);
    EXPECT("");
}

static void pings_start_within_an_interval_and_then_keep_it(void **state)
{
    int64_t least = INT64_MAX;
    int64_t most = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct drive each;
        drive_init(&each, seed);
        drive_online(&each, "red:5 blue:9");
        const int64_t first = each.wake_us - each.now_us;
        least = first < least ? first : least;
        most = first > most ? first : most;
        drive_next_wake(&each);
        drive_bytes(&each, each.conn, "{\"type\":\"pong\"}");
        assert_int_equal(each.wake_us, each.now_us + DRIVE_PING_MS * 1000);
        drive_next_wake(&each);
        assert_string_equal(drive_trace(&each), "> ping\n> ping\n");
        drive_deinit(&each);
    }
    assert_in_range(least, DRIVE_PING_MS * 500, DRIVE_PING_MS * 550);
    assert_in_range(most, DRIVE_PING_MS * 950, DRIVE_PING_MS * 1000);
}

static void silence_ends_a_connection_at_the_interval_and_the_timeout(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    const int64_t heard_us = drive.now_us + 7000000;
    drive_until(&drive, heard_us);
    drive_message(&drive, "red", 6); /* any frame is a sign of life */
    (void)drive_trace(&drive);

    drive_until(&drive, heard_us + (DRIVE_PING_MS + DRIVE_PONG_MS) * 1000 - 1);
    EXPECT("> ping\n");
    drive_pass(&drive, 1);
    EXPECT("disconnect 1 1001\n");
    assert_false(client_online(drive.client));
    drive_next_wake(&drive);
    EXPECT("connect 2\n");
}

static void frames_that_cannot_be_read_are_signs_of_life_and_no_more(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_pass(&drive, 7000000);
    const int64_t heard_us = drive.now_us;
    drive_bytes(&drive, 1, "{\"type\":\"newer\"}");
    drive_bytes(&drive, 1, "nonsense");
    EXPECT("");

    drive_until(&drive, heard_us + (DRIVE_PING_MS + DRIVE_PONG_MS) * 1000 - 1);
    assert_true(client_online(drive.client));
}

static void a_connect_or_hello_without_an_answer_is_given_up(void **state)
{
    (void)state;
    drive_start(&drive);
    drive_pass(&drive, DRIVE_ANSWER_US - 1);
    EXPECT("connect 1\n");
    drive_pass(&drive, 1);
    EXPECT("disconnect 1 1001\n");

    drive_next_wake(&drive);
    drive_pass(&drive, DRIVE_ANSWER_US - 1);
    drive_connected(&drive, 2);
    drive_pass(&drive, DRIVE_ANSWER_US - 1); /* counts anew from the hello */
    EXPECT("connect 2\n> hello\n");
    drive_pass(&drive, 1);
    EXPECT("disconnect 2 1001\n");
}

static void a_wake_that_comes_early_does_nothing(void **state)
{
    (void)state;
    drive_wake_early(&drive);
    drive_start(&drive);
    drive_wake_early(&drive);
    drive_closed(&drive, 1, CLOSE_ABNORMAL);
    const int64_t wake_us = drive.wake_us;
    drive.now_us = wake_us - 1;
    drive_wake_early(&drive);
    EXPECT("connect 1\n");
    assert_int_equal(drive.wake_us, wake_us);
}

static void the_same_stream_gives_the_same_client(void **state)
{
    int64_t wakes[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct drive each;
        drive_init(&each, 42);
        drive_start(&each);
        drive_closed(&each, 1, CLOSE_ABNORMAL);
        wakes[i] = each.wake_us;
        drive_deinit(&each);
    }
    assert_int_equal(wakes[0], wakes[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_start_connects_says_hello_and_is_live_with_the_welcome),
        TEST(a_hello_tells_what_was_had_before),
        TEST(an_event_of_another_connection_changes_nothing),
        TEST(nothing_but_errors_is_heard_before_the_welcome),
        TEST(pauses_double_up_to_the_maximum_with_full_jitter),
        TEST(a_stable_connection_ends_the_back_off_and_a_short_one_does_not),
        TEST(a_close_with_45xx_stops_and_another_does_not),
        TEST(a_stop_closes_cleanly_and_keeps_what_the_person_has),
        TEST(a_stop_ends_the_wait_for_another_try),
        TEST(pings_start_within_an_interval_and_then_keep_it),
        TEST(silence_ends_a_connection_at_the_interval_and_the_timeout),
        TEST(frames_that_cannot_be_read_are_signs_of_life_and_no_more),
        TEST(a_connect_or_hello_without_an_answer_is_given_up),
        TEST(a_wake_that_comes_early_does_nothing),
        TEST(the_same_stream_gives_the_same_client),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
