/* What a node holds at rest: a leak, and what is there. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

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

static void says_of(enum obs_kind kind, enum obs_holding what, int64_t count)
{
    struct obs obs = OBS((uint8_t)kind, 0);
    obs.node = 1;
    obs.seq = what;
    obs.value = count;
    tell(&s, obs);
}

static void liv_09_a_connection_that_is_still_held_fires(void **state)
{
    (void)state;
    says_of(OBS_SERVES, HOLDING_CONNECTIONS, 2);
    says_of(OBS_HOLDS, HOLDING_CONNECTIONS, 3);
    assert_only(&s, LIV_09);
}

static void liv_09_a_word_to_one_that_is_gone_fires(void **state)
{
    struct obs obs = OBS(OBS_ASTRAY, 0);

    (void)state;
    obs.node = 1;
    tell(&s, obs);
    assert_only(&s, LIV_09);
}

static void liv_09_a_room_that_nobody_is_in_fires(void **state)
{
    (void)state;
    online(&s, 0, 0); /* at the other node */
    says_of(OBS_HOLDS, HOLDING_ROOMS, 1);
    assert_only(&s, LIV_09);
}

static void a_connection_of_node_1_ends(void)
{
    struct obs obs = OBS(OBS_CONN_CLOSE, 0);
    online(&s, 1, 1);
    obs.device = 1;
    obs.user = 1;
    obs.node = 1;
    obs.value = 1;
    tell(&s, obs);
}

static void liv_09_a_room_is_followed_for_a_lease_and_no_longer(void **state)
{
    (void)state;
    a_connection_of_node_1_ends();
    at(&s, 2510);
    says_of(OBS_HOLDS, HOLDING_ROOMS, 1);
    assert_nothing(&s);
    at(&s, 2511);
    says_of(OBS_HOLDS, HOLDING_ROOMS, 1);
    assert_only(&s, LIV_09);
}

static void liv_09_a_room_that_is_not_followed_fires(void **state)
{
    (void)state;
    online(&s, 1, 1);
    says_of(OBS_HOLDS, HOLDING_ROOMS, 1);
    assert_only(&s, LIV_09);
}

static void liv_09_an_entry_that_waits_or_a_command_fires(void **state)
{
    (void)state;
    says_of(OBS_HOLDS, HOLDING_COMMANDS, 0);
    says_of(OBS_HOLDS, HOLDING_ENTRIES, 1);
    assert_only(&s, LIV_09);
}

static void liv_09_a_channel_of_nobody_fires(void **state)
{
    (void)state;
    says_of(OBS_SERVES, HOLDING_CONNECTIONS, 2);
    online(&s, 1, 1);
    says_of(OBS_HOLDS, HOLDING_ROOMS, 2);
    says_of(OBS_HOLDS, HOLDING_CHANNELS, 5); /* two devices of two people */
    says_of(OBS_HOLDS, HOLDING_CHANNELS, 4); /* or of one */
    assert_nothing(&s);
    says_of(OBS_HOLDS, HOLDING_CHANNELS, 6);
    assert_only(&s, LIV_09);
}

static void liv_09_is_silent_for_what_is_there(void **state)
{
    (void)state;
    says_of(OBS_SERVES, HOLDING_CONNECTIONS, 2);
    online(&s, 1, 1);
    says_of(OBS_HOLDS, HOLDING_CONNECTIONS, 2);
    says_of(OBS_HOLDS, HOLDING_ROOMS, 2);
    says_of(OBS_HOLDS, HOLDING_ENTRIES, 0);
    assert_held(&s, LIV_09);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(liv_09_a_connection_that_is_still_held_fires),
        TEST(liv_09_a_word_to_one_that_is_gone_fires),
        TEST(liv_09_a_channel_of_nobody_fires),
        TEST(liv_09_a_room_that_nobody_is_in_fires),
        TEST(liv_09_a_room_is_followed_for_a_lease_and_no_longer),
        TEST(liv_09_a_room_that_is_not_followed_fires),
        TEST(liv_09_an_entry_that_waits_or_a_command_fires),
        TEST(liv_09_is_silent_for_what_is_there),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
