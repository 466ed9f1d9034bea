/* Of two processes under one name the older one ends: LIV-17. Probe 1 s, D 10 ms, retry 20 ms: 1070 ms. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

static struct story s;

static int setup(void **state)
{
    (void)state;
    story_begin_rooms(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void taken(uint16_t node)
{
    struct obs registered = OBS(OBS_REGISTERED, 0);

    registered.node = 1;
    tell(&s, registered);
    fault(&s, true, OBS_NONE, node, OBS_LEFT);
    fault(&s, false, OBS_NONE, node, OBS_LEFT);
}

static void liv_17_who_ends_in_time_is_silent(void **state)
{
    (void)state;
    at(&s, 100);
    taken(0);
    at(&s, 1170);
    node_is(&s, OBS_NODE_DOWN, 0, 1);
    tick(&s, 5000);
    assert_held(&s, LIV_17);
}

static void liv_17_who_goes_on_fires(void **state)
{
    (void)state;
    at(&s, 100);
    taken(0);
    tick(&s, 1170);
    assert_nothing(&s);
    tick(&s, 1171);
    assert_only(&s, LIV_17);
}

static void liv_17_who_cannot_ask_the_database_has_the_time_after_it(void **state)
{
    (void)state;
    at(&s, 50);
    fault(&s, true, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    at(&s, 100);
    taken(0);
    at(&s, 3000);
    fault(&s, false, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
    tick(&s, 4000);
    assert_nothing(&s);
    tick(&s, 9000);
    assert_only(&s, LIV_17);
}

static void liv_17_who_is_asked_to_go_meanwhile_is_not_held_to_it(void **state)
{
    (void)state;
    at(&s, 100);
    taken(0);
    struct obs drain = OBS(OBS_DRAIN, 0);
    drain.node = 0;
    tell(&s, drain);
    tick(&s, 5000);
    assert_int_equal(found(&s, LIV_17), 0);
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(liv_17_who_ends_in_time_is_silent),
        TEST(liv_17_who_goes_on_fires),
        TEST(liv_17_who_cannot_ask_the_database_has_the_time_after_it),
        TEST(liv_17_who_is_asked_to_go_meanwhile_is_not_held_to_it),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
