/* Connections on which nothing passes any more: each side ends them by itself. */
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

#define SILENT_MS 1500 /* H + Ht, and more than two answers */
#define L_MS      10
#define HELLO_MS  10000 /* hello */

/* Another connection of the node: its clock goes on being told. */
static void others(int64_t ms)
{
    at(&s, ms);
    heard(&s, 0, "send", 0, 0);
}

static void wants(uint32_t device)
{
    edge_tell(&s, OBS_WANT, device, OBS_NONE, 0, 0);
}

static void half_open(enum obs_kind kind, uint32_t device)
{
    struct obs obs = OBS((uint8_t)kind, 0);
    obs.device = device;
    obs.value = 7;
    obs.flags = OBS_QUIET;
    tell(&s, obs);
}

static void two_are_there(void)
{
    wants(1);
    greeted(&s, 0, 2, 2);
    greeted(&s, 1, 2, 2);
}

/* --- The node ------------------------------------------------------------------------------- */

static void liv_15_a_node_that_counts_no_silence_fires(void **state)
{
    (void)state;
    two_are_there();
    others(1000);
    others(SILENT_MS + L_MS);
    others(SILENT_MS + L_MS + 1);
    assert_nothing(&s);
    others(SILENT_MS + 2 * L_MS + 2);
    assert_only(&s, LIV_15);
}

static void liv_15_a_node_that_closes_at_the_last_instant_holds(void **state)
{
    (void)state;
    two_are_there();
    others(1000);
    at(&s, SILENT_MS + L_MS);
    hangs_up(&s, 1, 4003);
    others(SILENT_MS + 900);
    assert_held(&s, LIV_15);
    assert_int_equal(judge_result(s.judge, LIV_15).used_us, (SILENT_MS + L_MS) * 1000);
}

static void liv_15_a_node_that_closes_a_millisecond_late_fires(void **state)
{
    (void)state;
    two_are_there();
    others(1000);
    at(&s, SILENT_MS + L_MS + 1);
    hangs_up(&s, 1, 4003);
    assert_now(&s, LIV_15);
}

static void liv_15_what_a_node_let_pass_fires_at_the_next_instant(void **state)
{
    (void)state;
    two_are_there();
    others(1000);
    others(SILENT_MS + L_MS + 1);
    assert_nothing(&s);
    tick(&s, SILENT_MS + L_MS + 2);
    assert_now(&s, LIV_15);
}

static void liv_15_a_client_that_pings_is_not_silent(void **state)
{
    (void)state;
    greeted(&s, 0, 2, 2);
    greeted(&s, 1, 2, 2);
    for (int64_t ms = 1000; ms < 9000; ms += 1000) {
        others(ms);
        heard(&s, 1, "ping", 0, 0);
    }
    assert_nothing(&s);
}

/* Past the time of a connection: it closes what it finds silent, `late_ms` after it woke. */
static void sleeps_and_closes(int64_t late_ms)
{
    two_are_there();
    others(1000);
    fault(&s, true, OBS_NONE, 0, OBS_HELD | OBS_REDIS);
    at(&s, SILENT_MS + 500);
    fault(&s, false, OBS_NONE, 0, OBS_HELD | OBS_REDIS);
    at(&s, SILENT_MS + 500 + late_ms);
    hangs_up(&s, 1, 4003);
}

static void liv_15_a_node_that_slept_closes_when_it_wakes(void **state)
{
    (void)state;
    sleeps_and_closes(0);
    assert_nothing(&s);
}

static void liv_15_a_node_that_woke_and_waits_on_fires(void **state)
{
    (void)state;
    sleeps_and_closes(1);
    assert_now(&s, LIV_15);
}

static void liv_15_a_connection_without_a_hello_that_stays_fires(void **state)
{
    (void)state;
    greeted(&s, 0, 2, 2);
    arrives(&s, 1);
    for (int64_t ms = 1000; ms <= HELLO_MS; ms += 1000) {
        others(ms);
    }
    others(HELLO_MS + L_MS + 1);
    assert_nothing(&s);
    others(HELLO_MS + 1000);
    assert_only(&s, LIV_15);
}

/* --- The client ----------------------------------------------------------------------------- */

static void liv_15_a_client_that_counts_no_silence_fires(void **state)
{
    (void)state;
    two_are_there();
    half_open(OBS_FAULT_BEGIN, 1);
    others(1000);
    heard(&s, 1, "ping", 0, 0);
    others(SILENT_MS);
    assert_nothing(&s);
    others(SILENT_MS + 1);
    assert_only(&s, LIV_15);
}

static void liv_15_a_client_that_ends_it_in_time_holds(void **state)
{
    (void)state;
    two_are_there();
    half_open(OBS_FAULT_BEGIN, 1);
    others(1000);
    heard(&s, 1, "ping", 0, 0);
    at(&s, SILENT_MS);
    half_open(OBS_FAULT_END, 1);
    others(SILENT_MS + 1);
    assert_held(&s, LIV_15);
    assert_int_equal(judge_result(s.judge, LIV_15).used_us, SILENT_MS * 1000);
}

static void liv_15_a_client_that_is_not_heard_waits_for_the_node(void **state)
{
    (void)state;
    two_are_there();
    others(1000);
    heard(&s, 1, "ping", 0, 0);
    half_open(OBS_FAULT_BEGIN, 1);
    others(2000);
    at(&s, 1000 + SILENT_MS);
    hangs_up(&s, 1, 4003);
    at(&s, 1000 + SILENT_MS + L_MS);
    half_open(OBS_FAULT_END, 1);
    others(1000 + SILENT_MS + L_MS + 1);
    assert_held(&s, LIV_15);
}

static void liv_15_a_client_that_outlives_the_nodes_end_fires(void **state)
{
    (void)state;
    two_are_there();
    others(1000);
    heard(&s, 1, "ping", 0, 0);
    half_open(OBS_FAULT_BEGIN, 1);
    others(2000);
    at(&s, 1000 + SILENT_MS);
    hangs_up(&s, 1, 4003);
    others(1000 + SILENT_MS + L_MS);
    assert_held(&s, LIV_15);
    others(1000 + SILENT_MS + L_MS + 1);
    assert_only(&s, LIV_15);
}

/* --- Pings ---------------------------------------------------------------------------------- */

#define H_MS 1000

static void liv_10_a_ping_too_many_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    at(&s, 500);
    heard(&s, 1, "ping", 0, 0);
    at(&s, 500 + H_MS - L_MS - 1);
    heard(&s, 1, "ping", 0, 0);
    assert_only(&s, LIV_10);
}

static void liv_10_pings_at_the_agreed_pace_hold(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    at(&s, 500);
    heard(&s, 1, "ping", 0, 0);
    at(&s, 500 + H_MS - L_MS); /* the one before took L longer */
    heard(&s, 1, "ping", 0, 0);
    assert_held(&s, LIV_10);
}

static void liv_10_a_sync_for_nothing(void **state)
{
    static const struct {
        uint64_t from;
        bool page_before, refused_before;
        uint8_t page_flags;
        int fired;
    } cases[] = {
        {2, false, false, 0, 1},       {1, false, false, 0, 0}, {3, false, false, 0, 0},
        {2, true, false, OBS_MORE, 0}, {2, true, false, 0, 1},  {2, false, true, 0, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        greeted(&s, 1, 2, 2);
        if (cases[i].page_before || cases[i].refused_before) {
            position(&s, 1, 0, 1);
            heard(&s, 1, "sync_request", 5, 0);
        }
        if (cases[i].page_before) {
            said_head(&s, 1, 0, 2);
            said_cursor(&s, 1, 0, cases[i].page_flags != 0 ? 1 : 2);
            said(&s, 1, "sync_response", 5, cases[i].page_flags);
        } else if (cases[i].refused_before) {
            said(&s, 1, "try_again", 5, 0);
        }
        position(&s, 1, 0, cases[i].from);
        heard(&s, 1, "sync_request", 6, 0);
        assert_int_equal(found(&s, LIV_10), cases[i].fired);
        (void)teardown(state);
        (void)setup(state);
    }
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(liv_15_a_node_that_counts_no_silence_fires),
        TEST(liv_15_a_node_that_closes_at_the_last_instant_holds),
        TEST(liv_15_a_node_that_closes_a_millisecond_late_fires),
        TEST(liv_15_what_a_node_let_pass_fires_at_the_next_instant),
        TEST(liv_15_a_client_that_pings_is_not_silent),
        TEST(liv_15_a_node_that_slept_closes_when_it_wakes),
        TEST(liv_15_a_node_that_woke_and_waits_on_fires),
        TEST(liv_15_a_connection_without_a_hello_that_stays_fires),
        TEST(liv_15_a_client_that_counts_no_silence_fires),
        TEST(liv_15_a_client_that_ends_it_in_time_holds),
        TEST(liv_15_a_client_that_is_not_heard_waits_for_the_node),
        TEST(liv_15_a_client_that_outlives_the_nodes_end_fires),
        TEST(liv_10_a_sync_for_nothing),
        TEST(liv_10_a_ping_too_many_fires),
        TEST(liv_10_pings_at_the_agreed_pace_hold),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
