/* A client's token: others are asked for before it ends, and when it did. */
#include "server/base/tests/test.h"
#include "sim/client/tests/drive.h"

static struct drive drive;

static int setup(void **state)
{
    (void)state;
    drive_init_tokens(&drive, 1);
    return 0;
}

static int setup_for_ever(void **state)
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

#define SECOND_US INT64_C(1000000)

static bool traced(const char *line)
{
    return strstr(drive_trace(&drive), line) != NULL;
}

static void lasts(int64_t ms)
{
    drive_frame(&drive, &(struct frame){.type = FRAME_REFRESHED, .refreshed.expires_in_ms = ms});
    (void)drive_trace(&drive);
}

/* What is said to it meanwhile keeps it. */
static void passes(int64_t us)
{
    for (int64_t left = us; left > 0; left -= SECOND_US) {
        drive_frame(&drive, &(struct frame){.type = FRAME_PONG});
        drive_pass(&drive, left < SECOND_US ? left : SECOND_US);
    }
}

static void online(void)
{
    drive_online(&drive, "red:0 blue:0");
    (void)drive_trace(&drive);
}

static void another_is_asked_for_before_it_ends(void **state)
{
    (void)state;
    online();
    lasts(60000);
    passes(50 * SECOND_US - 1);
    assert_false(traced("wants a token"));
    passes(1);
    assert_true(traced("wants a token"));
    drive_token(&drive, "t2");
    assert_true(traced("> refresh by t2"));
    lasts(8000);
    passes(4 * SECOND_US - 1);
    assert_false(traced("wants a token"));
    passes(1); /* of so little, half is early enough */
    assert_true(traced("wants a token"));
}

static void what_was_taken_is_said_with_the_next_hello(void **state)
{
    (void)state;
    online();
    lasts(60000);
    passes(50 * SECOND_US);
    drive_token(&drive, "t2");
    lasts(60000);
    drive_closed(&drive, drive.conn, 1006);
    drive_pass(&drive, 10 * SECOND_US);
    drive_connected(&drive, drive.conn);
    assert_true(traced("> hello by t2"));
}

static void what_was_refused_is_dropped_and_another_one_asked_for(void **state)
{
    (void)state;
    online();
    lasts(60000);
    passes(50 * SECOND_US);
    drive_token(&drive, "bobs");
    drive_frame(&drive, &(struct frame){.type = FRAME_ERROR,
                                        .error = {.code = HB_EAUTH, .ref = TEXT("token")}});
    (void)drive_trace(&drive);
    passes(SECOND_US);
    assert_true(traced("wants a token"));
    drive_closed(&drive, drive.conn, 1006);
    drive_pass(&drive, 10 * SECOND_US);
    drive_connected(&drive, drive.conn);
    const char *trace = drive_trace(&drive);
    assert_non_null(strstr(trace, "> hello"));
    assert_null(strstr(trace, "> hello by"));
}

static void one_that_is_over_is_replaced_before_it_connects(void **state)
{
    (void)state;
    static const uint32_t codes[] = {4001, 4500};

    online();
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        drive_closed(&drive, drive.conn, codes[i]);
        assert_false(traced("wants a token")); /* it waits, as for any lost connection */
        drive_pass(&drive, 4 * SECOND_US);
        const char *trace = drive_trace(&drive);
        assert_non_null(strstr(trace, "wants a token"));
        assert_null(strstr(trace, "connect"));
        drive_token(&drive, "t2");
        assert_true(traced("connect"));
        drive_connected(&drive, drive.conn);
        assert_true(traced("> hello by t2"));
    }
}

static void one_that_comes_while_it_waits_does_not_end_the_wait(void **state)
{
    (void)state;
    online();
    lasts(60000);
    passes(50 * SECOND_US);
    assert_true(traced("wants a token"));
    drive_closed(&drive, drive.conn, 4001);
    drive_token(&drive, "t2");
    assert_false(traced("connect"));
    drive_pass(&drive, 4 * SECOND_US);
    assert_true(traced("connect"));
    drive_connected(&drive, drive.conn);
    assert_true(traced("> hello by t2"));
}

static void one_that_does_not_come_is_asked_for_again(void **state)
{
    (void)state;
    online();
    drive_closed(&drive, drive.conn, 4001);
    drive_pass(&drive, 4 * SECOND_US);
    assert_true(traced("wants a token"));
    drive_pass(&drive, DRIVE_ANSWER_US);
    assert_true(traced("wants a token"));
}

static void a_loss_of_what_is_stored_keeps_the_token(void **state)
{
    (void)state;
    online();
    lasts(60000);
    passes(50 * SECOND_US);
    drive_token(&drive, "t2");
    lasts(60000);
    drive_kill(&drive, true);
    drive_start(&drive);
    drive_connected(&drive, drive.conn);
    assert_true(traced("> hello by t2"));
}

static void where_tokens_do_not_end_a_refused_one_stops_it(void **state)
{
    (void)state;
    online();
    lasts(60000);
    passes(60 * SECOND_US);
    assert_false(traced("wants a token"));
    drive_closed(&drive, drive.conn, 4500);
    drive_pass(&drive, 60 * SECOND_US);
    assert_string_equal(drive_trace(&drive), "");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(another_is_asked_for_before_it_ends),
        TEST(what_was_taken_is_said_with_the_next_hello),
        TEST(what_was_refused_is_dropped_and_another_one_asked_for),
        TEST(one_that_is_over_is_replaced_before_it_connects),
        TEST(one_that_comes_while_it_waits_does_not_end_the_wait),
        TEST(one_that_does_not_come_is_asked_for_again),
        TEST(a_loss_of_what_is_stored_keeps_the_token),
        cmocka_unit_test_setup_teardown(where_tokens_do_not_end_a_refused_one_stops_it,
                                        setup_for_ever, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
