/* Who is there: what is shown of people, in time, and what never may be. */
#include "server/base/tests/test.h"
#include "sim/check/tests/pre_story.h"

static struct story s;

static int setup(void **state)
{
    (void)state;
    pre_story_begin(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

/* Both devices see ana so. */
static void all_see_ana(enum presence_status status)
{
    sees(&s, 0, 0, status);
    sees(&s, 1, 0, status);
}

/* --- PRE-01: in time --- */

static void pre_01_who_is_not_told_of_somebody_who_came_fires(void **state)
{
    (void)state;
    comes(&s, 1);
    at(&s, 50);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    sees(&s, 1, 1, PRESENCE_ONLINE);
    at(&s, 100);
    comes(&s, 0);
    sees(&s, 0, 0, PRESENCE_ONLINE);
    sees(&s, 0, 1, PRESENCE_ONLINE);
    tick(&s, 180);
    assert_nothing(&s);
    tick(&s, 181);
    assert_only(&s, PRE_01);
}

static void pre_01_who_is_told_in_time_is_none(void **state)
{
    (void)state;
    comes(&s, 1);
    at(&s, 50);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    sees(&s, 1, 1, PRESENCE_ONLINE);
    at(&s, 100);
    comes(&s, 0);
    sees(&s, 0, 0, PRESENCE_ONLINE);
    sees(&s, 0, 1, PRESENCE_ONLINE);
    at(&s, 180);
    sees(&s, 1, 0, PRESENCE_ONLINE);
    tick(&s, 1000);
    assert_held(&s, PRE_01);
}

static void pre_01_who_is_told_of_nobody_fires(void **state)
{
    (void)state;
    comes(&s, 1);
    sees(&s, 1, 1, PRESENCE_ONLINE);
    tick(&s, 80);
    assert_nothing(&s);
    tick(&s, 81);
    assert_only(&s, PRE_01); /* ana, who never came */
}

static void pre_01_in_a_room_of_many_nobody_is_told(void **state)
{
    (void)state;
    rooms_are_too_large(&s);
    comes(&s, 1);
    sees(&s, 1, 1, PRESENCE_ONLINE);
    tick(&s, 1000);
    assert_held(&s, PRE_04);
}

static void pre_01_a_choice_that_is_not_shown_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    chooses(&s, 0, PRESENCE_BUSY);
    at(&s, 200);
    sees(&s, 0, 0, PRESENCE_BUSY);
    tick(&s, 230);
    assert_nothing(&s);
    tick(&s, 231);
    assert_only(&s, PRE_01);
}

static void pre_01_after_a_publication_that_may_be_lost_a_heartbeat_mends_it(void **state)
{
    (void)state;
    both_are_there(&s);
    fault(&s, true, OBS_NONE, 1, OBS_REDIS);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    at(&s, 200);
    sees(&s, 0, 0, PRESENCE_AWAY);
    fault(&s, false, OBS_NONE, 1, OBS_REDIS);
    tick(&s, 200 + 230 + 480); /* back to Redis takes 230 */
    assert_nothing(&s);
    tick(&s, 200 + 230 + 480 + 1);
    assert_only(&s, PRE_01);
}

static void pre_01_a_fault_of_another_is_none_of_its(void **state)
{
    (void)state;
    struct obs node = OBS(OBS_NODE, 0);
    node.node = 2;
    tell(&s, node);
    both_are_there(&s);
    fault(&s, true, OBS_NONE, 2, OBS_REDIS);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    at(&s, 200);
    sees(&s, 0, 0, PRESENCE_AWAY);
    tick(&s, 231);
    assert_only(&s, PRE_01);
}

static void pre_01_of_two_choices_at_once_either_may_be_the_last(void **state)
{
    (void)state;
    both_are_there(&s);
    comes(&s, 2);
    sees(&s, 2, 0, PRESENCE_ONLINE);
    sees(&s, 2, 1, PRESENCE_ONLINE);
    at(&s, 300);
    chooses(&s, 0, PRESENCE_BUSY);
    at(&s, 310);
    chooses(&s, 2, PRESENCE_AWAY);
    at(&s, 350);
    all_see_ana(PRESENCE_BUSY);
    sees(&s, 2, 0, PRESENCE_BUSY);
    tick(&s, 1000);
    assert_held(&s, PRE_01);
}

static void pre_01_of_two_choices_one_after_the_other_the_second_counts(void **state)
{
    (void)state;
    both_are_there(&s);
    chooses(&s, 0, PRESENCE_BUSY);
    at(&s, 171); /* 20 are enough for the first */
    chooses(&s, 0, PRESENCE_AWAY);
    at(&s, 180);
    all_see_ana(PRESENCE_BUSY);
    tick(&s, 251);
    assert_nothing(&s);
    sees(&s, 0, 0, PRESENCE_AWAY);
    tick(&s, 252);
    assert_only(&s, PRE_01);
}

static void pre_01_a_choice_that_went_with_its_connection_may_be_lost(void **state)
{
    (void)state;
    both_are_there(&s);
    chooses(&s, 0, PRESENCE_BUSY);
    at(&s, 155);
    goes(&s, 0);
    at(&s, 160);
    comes(&s, 0);
    sees(&s, 0, 0, PRESENCE_ONLINE);
    sees(&s, 0, 1, PRESENCE_ONLINE);
    tick(&s, 1000);
    sees(&s, 0, 0, PRESENCE_BUSY); /* it was not */
    sees(&s, 1, 0, PRESENCE_BUSY);
    tick(&s, 1500);
    assert_int_equal(found(&s, PRE_01), 0);
    assert_int_equal(found(&s, PRE_04), 0);
}

/* --- PRE-02: no ghosts --- */

static void pre_02_who_left_and_is_shown_as_before_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    goes(&s, 0);
    tick(&s, 150 + 280);
    assert_nothing(&s);
    tick(&s, 150 + 281);
    assert_only(&s, PRE_02);
}

static void pre_02_who_left_and_is_shown_so_in_time_is_none(void **state)
{
    (void)state;
    both_are_there(&s);
    goes(&s, 0);
    at(&s, 150 + 280);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    tick(&s, 1000);
    assert_held(&s, PRE_02);
}

static void pre_02_whose_node_died_is_shown_so_after_its_lease(void **state)
{
    (void)state;
    at(&s, 5000);
    comes(&s, 0);
    comes(&s, 1);
    sees(&s, 0, 0, PRESENCE_ONLINE);
    sees(&s, 0, 1, PRESENCE_ONLINE);
    sees(&s, 1, 0, PRESENCE_ONLINE);
    sees(&s, 1, 1, PRESENCE_ONLINE);
    at(&s, 6000);
    node_is(&s, OBS_NODE_DOWN, 0, 1);
    simple(&s, OBS_CONN_CLOSE, 0, OBS_NONE, 0, 1, 0);
    tick(&s, 6000 + 3300);
    assert_int_equal(found(&s, PRE_02), 0);
    tick(&s, 6000 + 3301);
    assert_now(&s, PRE_02);
}

static void pre_02_whoever_was_away_and_is_shown_as_online_fires(void **state)
{
    (void)state;
    comes(&s, 1);
    at(&s, 100);
    sees(&s, 1, 1, PRESENCE_ONLINE);
    sees(&s, 1, 0, PRESENCE_ONLINE);
    assert_now(&s, PRE_02);
}

/* --- PRE-03: nobody who is there is away --- */

static void pre_03_of_two_devices_one_goes_and_they_are_offline_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    comes(&s, 2);
    sees(&s, 2, 0, PRESENCE_ONLINE);
    sees(&s, 2, 1, PRESENCE_ONLINE);
    at(&s, 300);
    goes(&s, 0);
    at(&s, 501);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    assert_only(&s, PRE_03);
}

static void pre_03_both_go_and_they_are_offline_is_none(void **state)
{
    (void)state;
    both_are_there(&s);
    comes(&s, 2);
    sees(&s, 2, 0, PRESENCE_ONLINE);
    sees(&s, 2, 1, PRESENCE_ONLINE);
    at(&s, 300);
    goes(&s, 0);
    at(&s, 301);
    goes(&s, 2);
    at(&s, 510);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    tick(&s, 1000);
    assert_held(&s, PRE_03);
}

static void pre_03_offline_within_the_grace_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    goes(&s, 0);
    at(&s, 340);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    assert_only(&s, PRE_03);
}

static void pre_03_a_node_without_redis_may_lose_its_lease(void **state)
{
    (void)state;
    both_are_there(&s);
    fault(&s, true, OBS_NONE, 0, OBS_REDIS);
    at(&s, 150 + 1200);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    assert_now(&s, PRE_03); /* not so soon */
}

static void pre_03_a_node_long_without_redis_may_be_taken_for_dead(void **state)
{
    (void)state;
    both_are_there(&s);
    fault(&s, true, OBS_NONE, 0, OBS_REDIS);
    at(&s, 150 + 1400);
    tick(&s, 150 + 1401);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    assert_int_equal(found(&s, PRE_03), 0);
}

/* Ana goes and comes again, or stays; bob's node is without Redis from before she may have come. */
static void bobs_node_tells_what_it_knew(bool ana_went)
{
    both_are_there(&s);
    at(&s, 300);
    if (ana_went) {
        goes(&s, 0);
    }
    at(&s, 310);
    fault(&s, true, OBS_NONE, 1, OBS_REDIS);
    at(&s, 600);
    comes(&s, 2);
    sees(&s, 2, 0, PRESENCE_ONLINE);
    sees(&s, 2, 1, PRESENCE_ONLINE);
    at(&s, 1000);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
}

static void pre_03_a_node_without_redis_knows_of_nobody_who_came_meanwhile(void **state)
{
    (void)state;
    bobs_node_tells_what_it_knew(true);
    assert_int_equal(found(&s, PRE_03), 0);
}

static void pre_03_a_node_without_redis_turns_off_who_was_there_before_fires(void **state)
{
    (void)state;
    bobs_node_tells_what_it_knew(false);
    assert_now(&s, PRE_03);
}

/* --- PRE-04: what it comes to --- */

/* Ana's devices change places, a few ms apart. */
static void devices_change_places(int words)
{
    both_are_there(&s);
    comes(&s, 2);
    sees(&s, 2, 0, PRESENCE_ONLINE);
    sees(&s, 2, 1, PRESENCE_ONLINE);
    is(&s, 2, PRESENCE_AWAY, NOWHERE);
    at(&s, 300);
    for (int i = 0; i < words; i++) {
        is(&s, 2, PRESENCE_ONLINE, i == 0 ? NOWHERE : 0);
    }
    at(&s, 303);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
}

static void pre_04_of_two_that_say_it_at_once_either_may_be_heard_first(void **state)
{
    (void)state;
    devices_change_places(1);
    at(&s, 308);
    sees(&s, 1, 0, PRESENCE_AWAY);
    at(&s, 330);
    sees(&s, 1, 0, PRESENCE_ONLINE);
    assert_nothing(&s);
}

/* The second word does not make the first one heard. */
static void pre_04_nor_when_one_says_more_at_once(void **state)
{
    (void)state;
    devices_change_places(2);
    at(&s, 308);
    sees(&s, 1, 0, PRESENCE_AWAY);
    assert_nothing(&s);
}

static void pre_04_what_both_have_said_is_heard_fires(void **state)
{
    (void)state;
    devices_change_places(1);
    at(&s, 500);
    sees(&s, 1, 0, PRESENCE_AWAY);
    assert_now(&s, PRE_04);
}

/* What was kept from the others is told anew within 710 after Redis is back: nobody has to look at them for that. */
static void pre_04_what_was_kept_is_over_at_its_instant_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, 200);
    fault(&s, true, OBS_NONE, 0, OBS_REDIS);
    at(&s, 210);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    at(&s, 250);
    fault(&s, false, OBS_NONE, 0, OBS_REDIS);
    at(&s, 500);
    all_see_ana(PRESENCE_AWAY);
    at(&s, 250 + 710 + 80);
    sees(&s, 1, 0, PRESENCE_ONLINE); /* as of then: it may be on its way */
    assert_int_equal(found(&s, PRE_04), 0);
    at(&s, 250 + 710 + 80 + 1);
    sees(&s, 1, 0, PRESENCE_ONLINE);
    assert_now(&s, PRE_04);
}

static void pre_04_who_chose_busy_and_is_shown_as_online_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    chooses(&s, 0, PRESENCE_BUSY);
    at(&s, 200);
    all_see_ana(PRESENCE_BUSY);
    at(&s, 500);
    is(&s, 0, PRESENCE_ONLINE, NOWHERE); /* a key is pressed */
    at(&s, 520);
    sees(&s, 1, 0, PRESENCE_ONLINE);
    assert_only(&s, PRE_04);
}

static void pre_04_a_choice_lasts_until_it_is_cleared(void **state)
{
    (void)state;
    both_are_there(&s);
    chooses(&s, 0, PRESENCE_BUSY);
    at(&s, 200);
    all_see_ana(PRESENCE_BUSY);
    at(&s, 500);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    at(&s, 600);
    chooses(&s, 0, -1);
    at(&s, 650);
    all_see_ana(PRESENCE_AWAY);
    tick(&s, 1000);
    assert_held(&s, PRE_04);
}

static void pre_04_the_worse_of_two_devices_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    comes(&s, 2);
    sees(&s, 2, 0, PRESENCE_ONLINE);
    sees(&s, 2, 1, PRESENCE_ONLINE);
    at(&s, 300);
    is(&s, 2, PRESENCE_AWAY, NOWHERE);
    at(&s, 320);
    sees(&s, 1, 0, PRESENCE_AWAY);
    assert_only(&s, PRE_04);
}

static void pre_04_the_better_of_two_devices_is_none(void **state)
{
    (void)state;
    both_are_there(&s);
    comes(&s, 2);
    sees(&s, 2, 0, PRESENCE_ONLINE);
    sees(&s, 2, 1, PRESENCE_ONLINE);
    at(&s, 300);
    is(&s, 2, PRESENCE_AWAY, NOWHERE);
    at(&s, 400);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    at(&s, 420);
    all_see_ana(PRESENCE_AWAY);
    sees(&s, 2, 0, PRESENCE_AWAY);
    tick(&s, 1000);
    assert_held(&s, PRE_04);
}

/* --- PRE-08, PRE-10 --- */

static void pre_08_an_older_version_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    is_told(&s,
            (struct told_of){
                .device = 1, .user = 0, .status = PRESENCE_AWAY, .room = NOWHERE, .version = 50});
    assert_only(&s, PRE_08);
}

static void pre_08_a_snapshot_may_say_the_same_again(void **state)
{
    (void)state;
    both_are_there(&s);
    for (int i = 0; i < 2; i++) {
        is_told(&s, (struct told_of){.device = 1,
                                     .user = 0,
                                     .status = PRESENCE_ONLINE,
                                     .room = NOWHERE,
                                     .version = 500,
                                     .snapshot = true});
    }
    assert_held(&s, PRE_08);
}

static void pre_10_an_update_of_nothing_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, 400);
    sees(&s, 1, 0, PRESENCE_ONLINE);
    assert_only(&s, PRE_10);
}

static void pre_10_many_updates_of_one_change_fire(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, 400);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    sees(&s, 0, 0, PRESENCE_AWAY);
    for (int i = 0; i < 7;
         i++) { /* some may be of changes that were under way when it was told first */
        sees(&s, 1, 0, PRESENCE_AWAY);
    }
    assert_now(&s, PRE_10);
}

static void pre_10_one_update_a_change_is_none(void **state)
{
    (void)state;
    both_are_there(&s);
    for (int i = 0; i < 6; i++) {
        at(&s, 400 + 20 * i);
        is(&s, 0, i % 2 == 0 ? PRESENCE_AWAY : PRESENCE_ONLINE, NOWHERE);
        all_see_ana(i % 2 == 0 ? PRESENCE_AWAY : PRESENCE_ONLINE);
    }
    tick(&s, 1000);
    assert_held(&s, PRE_10);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(pre_01_who_is_not_told_of_somebody_who_came_fires),
        TEST(pre_01_who_is_told_in_time_is_none),
        TEST(pre_01_who_is_told_of_nobody_fires),
        TEST(pre_01_in_a_room_of_many_nobody_is_told),
        TEST(pre_01_a_choice_that_is_not_shown_fires),
        TEST(pre_01_after_a_publication_that_may_be_lost_a_heartbeat_mends_it),
        TEST(pre_01_a_fault_of_another_is_none_of_its),
        TEST(pre_01_of_two_choices_at_once_either_may_be_the_last),
        TEST(pre_01_of_two_choices_one_after_the_other_the_second_counts),
        TEST(pre_01_a_choice_that_went_with_its_connection_may_be_lost),
        TEST(pre_02_who_left_and_is_shown_as_before_fires),
        TEST(pre_02_who_left_and_is_shown_so_in_time_is_none),
        TEST(pre_02_whose_node_died_is_shown_so_after_its_lease),
        TEST(pre_02_whoever_was_away_and_is_shown_as_online_fires),
        TEST(pre_03_of_two_devices_one_goes_and_they_are_offline_fires),
        TEST(pre_03_both_go_and_they_are_offline_is_none),
        TEST(pre_03_offline_within_the_grace_fires),
        TEST(pre_03_a_node_without_redis_may_lose_its_lease),
        TEST(pre_03_a_node_without_redis_knows_of_nobody_who_came_meanwhile),
        TEST(pre_03_a_node_without_redis_turns_off_who_was_there_before_fires),
        TEST(pre_03_a_node_long_without_redis_may_be_taken_for_dead),
        TEST(pre_04_of_two_that_say_it_at_once_either_may_be_heard_first),
        TEST(pre_04_nor_when_one_says_more_at_once),
        TEST(pre_04_what_both_have_said_is_heard_fires),
        TEST(pre_04_what_was_kept_is_over_at_its_instant_fires),
        TEST(pre_04_who_chose_busy_and_is_shown_as_online_fires),
        TEST(pre_04_a_choice_lasts_until_it_is_cleared),
        TEST(pre_04_the_worse_of_two_devices_fires),
        TEST(pre_04_the_better_of_two_devices_is_none),
        TEST(pre_08_an_older_version_fires),
        TEST(pre_08_a_snapshot_may_say_the_same_again),
        TEST(pre_10_an_update_of_nothing_fires),
        TEST(pre_10_many_updates_of_one_change_fire),
        TEST(pre_10_one_update_a_change_is_none),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
