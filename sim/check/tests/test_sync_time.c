/* LIV-03: each page that is asked for, at the last instant and one past it. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

#define PAGE_MS  60 /* 2L + 2D + retry */
#define PAUSE_MS (20 + 20 + 10 + 50)
#define SESSION  7

static int setup(void **state)
{
    (void)state;
    story_begin(&s);
    online(&s, 1, 1);
    at(&s, 1000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void asks(int64_t session)
{
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, session, 0);
}

static void page(int64_t ms, bool more)
{
    at(&s, ms);
    simple(&s, OBS_SYNC_PAGE, 1, OBS_NONE, 0, SESSION, more ? OBS_MORE : 0);
}

static void liv_03_a_page_that_never_comes_fires(void **state)
{
    (void)state;
    asks(SESSION);
    tick(&s, 1000 + PAGE_MS);
    assert_nothing(&s);
    tick(&s, 1001 + PAGE_MS);
    assert_only(&s, LIV_03);
    tick(&s, 60000);
    assert_int_equal(found(&s, LIV_03), 1); /* once */
}

static void liv_03_is_silent_for_pages_in_time(void **state)
{
    (void)state;
    asks(SESSION);
    page(1000 + PAGE_MS, true);
    page(1000 + 2 * PAGE_MS, false);
    tick(&s, 60000);
    assert_held(&s, LIV_03);
}

static void liv_03_a_second_page_that_never_comes_fires(void **state)
{
    (void)state;
    asks(SESSION);
    page(1010, true);
    tick(&s, 1000 + 2 * PAGE_MS);
    assert_int_equal(found(&s, LIV_03), 0);
    tick(&s, 1001 + 2 * PAGE_MS);
    assert_int_equal(found(&s, LIV_03), 1);
}

static void liv_03_a_sync_that_is_refused_again_and_again_fires(void **state)
{
    (void)state;
    asks(SESSION);
    at(&s, 1050);
    asks(SESSION + 1);
    tick(&s, 1000 + PAGE_MS);
    assert_nothing(&s);
    tick(&s, 1001 + PAGE_MS);
    assert_only(&s, LIV_03);
}

static void liv_03_is_silent_for_what_a_close_ended(void **state)
{
    (void)state;
    asks(SESSION);
    at(&s, 1050);
    closes(&s, 1);
    tick(&s, 1500);
    assert_nothing(&s);
}

static void liv_03_counts_from_when_the_database_is_back_and_a_pause(void **state)
{
    (void)state;
    fault(&s, true, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    asks(SESSION);
    at(&s, 3000);
    fault(&s, false, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    tick(&s, 3000 + PAUSE_MS + PAGE_MS);
    assert_nothing(&s);
    tick(&s, 3001 + PAUSE_MS + PAGE_MS);
    assert_only(&s, LIV_03);
}

static void liv_03_counts_from_the_end_of_its_own_connections_trouble(void **state)
{
    (void)state;
    asks(SESSION);
    fault(&s, true, 1, OBS_NODE_NONE, 0);
    at(&s, 3000);
    fault(&s, false, 1, OBS_NODE_NONE, 0);
    tick(&s, 3000 + PAGE_MS);
    assert_nothing(&s);
    tick(&s, 3001 + PAGE_MS);
    assert_only(&s, LIV_03);
}

static void liv_03_another_devices_trouble_excuses_nothing(void **state)
{
    (void)state;
    asks(SESSION);
    fault(&s, true, 0, OBS_NODE_NONE, OBS_REDIS);
    tick(&s, 1001 + PAGE_MS);
    assert_only(&s, LIV_03);
}

static void liv_03_begins_anew_with_a_reset(void **state)
{
    (void)state;
    asks(SESSION);
    at(&s, 1050);
    simple(&s, OBS_RESET, 1, 0, 0, 0, 0);
    tick(&s, 1050 + PAGE_MS);
    assert_int_equal(found(&s, LIV_03), 0);
    tick(&s, 1051 + PAGE_MS);
    assert_int_equal(found(&s, LIV_03), 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(liv_03_a_page_that_never_comes_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_03_is_silent_for_pages_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_03_a_second_page_that_never_comes_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(liv_03_a_sync_that_is_refused_again_and_again_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(liv_03_is_silent_for_what_a_close_ended, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_03_counts_from_when_the_database_is_back_and_a_pause,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(liv_03_counts_from_the_end_of_its_own_connections_trouble,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(liv_03_another_devices_trouble_excuses_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(liv_03_begins_anew_with_a_reset, setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
