/* LIV-08: how soon, and whether all at once, clients come back. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"
#include "sim/check/truth.h"

static struct story s;

#define LEAST_MS 50

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

static void wants(int64_t ms)
{
    at(&s, ms);
    simple(&s, OBS_WANT, 1, OBS_NONE, 0, ms, 0);
}

static void loses(int64_t ms)
{
    opens(&s, 1, 0);
    simple(&s, OBS_WELCOME, 1, OBS_NONE, 0, 0, 0);
    at(&s, ms);
    closes(&s, 1);
}

static void a_fault_of_its_own(bool begins)
{
    struct obs obs = OBS(begins ? OBS_FAULT_BEGIN : OBS_FAULT_END, 0);
    obs.device = 1;
    obs.value = 1;
    tell(&s, obs);
}

static void liv_08_a_client_that_comes_back_at_once_fires(void **state)
{
    (void)state;
    wants(100);
    loses(200);
    wants(200 + LEAST_MS - 1);
    assert_only(&s, LIV_08);
}

static void liv_08_is_silent_at_the_least_pause(void **state)
{
    (void)state;
    wants(100);
    loses(200);
    wants(200 + LEAST_MS);
    wants(200 + 2 * LEAST_MS);
    assert_held(&s, LIV_08);
}

static void liv_08_one_that_is_refused_at_the_door_waits_too(void **state)
{
    (void)state;
    wants(100);
    wants(100 + LEAST_MS - 1);
    assert_only(&s, LIV_08);
}

static void liv_08_is_silent_for_what_a_person_does(void **state)
{
    (void)state;
    wants(100);
    opens(&s, 1, 0);
    at(&s, 200);
    a_fault_of_its_own(true);
    closes(&s, 1);
    at(&s, 210);
    a_fault_of_its_own(false);
    wants(210);
    assert_nothing(&s);
}

/* Eight times lost; back after a whole span, but for the last time. */
static void eight_times(int64_t last_ms)
{
    int64_t ms = 100;

    wants(ms);
    for (int i = 1; i <= 8; i++) {
        loses(ms + 100);
        ms += 100 + (i < 8 ? LEAST_MS + (LEAST_MS << i % 3) : last_ms);
        wants(ms);
    }
    assert_nothing(&s);
    simple(&s, OBS_END, OBS_NONE, OBS_NONE, 0, 0, 0);
}

static void liv_08_pauses_of_which_nothing_is_drawn_fire(void **state)
{
    (void)state;
    eight_times(LEAST_MS + LEAST_MS);
    assert_int_equal(found(&s, LIV_08), 1);
}

static void liv_08_is_silent_where_one_is_drawn(void **state)
{
    (void)state;
    eight_times(LEAST_MS + LEAST_MS - 1);
    assert_int_equal(found(&s, LIV_08), 0);
}

/* Lost again and again after `held_ms`, and back after 51 ms; the last time after `last_ms`. */
static void lost_again(int times, int64_t held_ms, int64_t last_ms)
{
    int64_t ms = 100;

    wants(ms);
    for (int i = 1; i <= times; i++) {
        loses(ms + held_ms);
        ms += held_ms + (i < times ? LEAST_MS + 1 : last_ms);
        wants(ms);
    }
    assert_nothing(&s);
    simple(&s, OBS_END, OBS_NONE, OBS_NONE, 0, 0, 0);
}

static void liv_08_pauses_that_do_not_grow(void **state)
{
    static const struct {
        int times, fired;
        int64_t held_ms, last_ms;
    } cases[] = {
        {11, 1, 10, LEAST_MS + 1},
        {11, 1, 999, LEAST_MS + 1},
        {9, 0, 10, LEAST_MS + 1},               /* that may be chance */
        {40, 0, 1000, LEAST_MS + 1},            /* each time it held */
        {40, 0, 10, 2 * LEAST_MS + 2 * 10 + 1}, /* L is 10 ms: this one has grown */
        {40, 1, 10, 2 * LEAST_MS + 2 * 10},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lost_again(cases[i].times, cases[i].held_ms, cases[i].last_ms);
        assert_int_equal(found(&s, LIV_08), cases[i].fired);
        (void)teardown(state);
        (void)setup(state);
    }
}

/* 50 and up to 50, cut at 119: two trips of 10 ms are no longer than what is left to see. */
static void liv_08_a_back_off_that_is_cut_so_low_shows_no_growth(void **state)
{
    (void)state;
    s.judge->bounds.backoff_us = (2 * LEAST_MS + 2 * 10) * 1000 - 1;
    lost_again(40, 10, LEAST_MS + 1);
    assert_int_equal(found(&s, LIV_08), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(liv_08_a_client_that_comes_back_at_once_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(liv_08_is_silent_at_the_least_pause, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_08_one_that_is_refused_at_the_door_waits_too, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(liv_08_is_silent_for_what_a_person_does, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_08_pauses_of_which_nothing_is_drawn_fire, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(liv_08_is_silent_where_one_is_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_08_pauses_that_do_not_grow, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_08_a_back_off_that_is_cut_so_low_shows_no_growth, setup,
                                        teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
