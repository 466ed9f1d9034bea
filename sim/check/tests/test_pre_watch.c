/* Whom devices asked to be told of, in rooms of so many that nobody is told of all. */
#include "server/base/tests/test.h"
#include "sim/check/tests/pre_story.h"

static struct story s;

/* bob is there, on device 1; ana is not, and nobody is told of anybody. */
static int setup(void **state)
{
    (void)state;
    pre_story_begin(&s);
    rooms_are_too_large(&s);
    comes(&s, 1);
    sees(&s, 1, 1, PRESENCE_ONLINE);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void ana_is_watched(void)
{
    at(&s, 2000);
    watches(&s, 1, 0, true);
}

static void she_is_shown(enum presence_status status)
{
    is_told(&s, (struct told_of){
                    .device = 1, .user = 0, .status = status, .room = NOWHERE, .snapshot = true});
}

static void pre_01_who_is_watched_and_not_told_of_fires(void **state)
{
    (void)state;
    ana_is_watched();
    tick(&s, 2370); /* it is asked for, looked up, and told as of any change */
    assert_nothing(&s);
    tick(&s, 2371);
    assert_only(&s, PRE_01);
}

static void pre_01_whose_change_is_not_told_fires(void **state)
{
    (void)state;
    ana_is_watched();
    she_is_shown(PRESENCE_OFFLINE);
    at(&s, 4000);
    comes(&s, 0);
    sees(&s, 0, 0, PRESENCE_ONLINE);
    tick(&s, 4080);
    assert_nothing(&s);
    tick(&s, 4081);
    assert_only(&s, PRE_01);
}

static void pre_01_who_is_given_up_is_told_no_more(void **state)
{
    (void)state;
    ana_is_watched();
    she_is_shown(PRESENCE_OFFLINE);
    at(&s, 3000);
    watches(&s, 1, 0, false);
    at(&s, 4000);
    comes(&s, 0);
    sees(&s, 0, 0, PRESENCE_ONLINE);
    tick(&s, 9000);
    assert_held(&s, PRE_01);
}

/* Nothing was shown of what changed meanwhile, and there is a time for that. */
static void pre_01_who_is_watched_again_is_owed_from_then(void **state)
{
    (void)state;
    pre_01_who_is_given_up_is_told_no_more(state);
    watches(&s, 1, 0, true);
    tick(&s, 9370);
    assert_nothing(&s);
    tick(&s, 9371);
    assert_only(&s, PRE_01);
}

static void pre_01_on_the_next_connection_it_is_to_ask_again(void **state)
{
    (void)state;
    ana_is_watched();
    she_is_shown(PRESENCE_OFFLINE);
    goes(&s, 1);
    comes(&s, 1);
    sees(&s, 1, 1, PRESENCE_ONLINE);
    tick(&s, 9000);
    assert_held(&s, PRE_01);
}

static void pre_10_an_update_of_nothing_fires(void **state)
{
    (void)state;
    ana_is_watched();
    she_is_shown(PRESENCE_OFFLINE);
    at(&s, 2370);
    sees(&s, 1, 0, PRESENCE_OFFLINE); /* looked up */
    assert_nothing(&s);
    at(&s, 2371);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    assert_only(&s, PRE_10);
}

static void node_1_follows(int64_t people)
{
    struct obs obs = OBS(OBS_SERVES, 0);

    obs.node = 1;
    obs.value = 1;
    tell(&s, obs);
    obs.kind = OBS_HOLDS;
    obs.seq = HOLDING_FOLLOWED;
    obs.value = people;
    tell(&s, obs);
}

static void liv_09_one_who_is_not_watched_fires(void **state)
{
    (void)state;
    node_1_follows(1); /* bob himself */
    assert_held(&s, LIV_09);
    node_1_follows(2);
    assert_only(&s, LIV_09);
}

static void liv_09_who_is_watched_is_followed(void **state)
{
    (void)state;
    ana_is_watched();
    she_is_shown(PRESENCE_OFFLINE);
    at(&s, 60000);
    node_1_follows(2);
    assert_held(&s, LIV_09);
    node_1_follows(3);
    assert_only(&s, LIV_09);
}

static void liv_09_who_was_given_up_is_followed_for_a_while_and_no_longer(void **state)
{
    (void)state;
    (void)state;
    ana_is_watched();
    she_is_shown(PRESENCE_OFFLINE);
    at(&s, 3000);
    watches(&s, 1, 0, false);
    at(&s, 8330);
    node_1_follows(2);
    assert_nothing(&s);
    at(&s, 8331);
    node_1_follows(2);
    assert_only(&s, LIV_09);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(pre_01_who_is_watched_and_not_told_of_fires),
        TEST(pre_01_whose_change_is_not_told_fires),
        TEST(pre_01_who_is_given_up_is_told_no_more),
        TEST(pre_01_who_is_watched_again_is_owed_from_then),
        TEST(pre_01_on_the_next_connection_it_is_to_ask_again),
        TEST(pre_10_an_update_of_nothing_fires),
        TEST(liv_09_one_who_is_not_watched_fires),
        TEST(liv_09_who_is_watched_is_followed),
        TEST(liv_09_who_was_given_up_is_followed_for_a_while_and_no_longer),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
