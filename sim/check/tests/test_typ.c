/* Who is typing: histories that break each rule, and near twins that do not. Ana types at device 0; bob is device 1,
 * at the other node but where it is said. A way is 10 ms, Redis 10 ms. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "sim/check/tests/story.h"

static struct story s;

static int setup(void **state)
{
    (void)state;
    story_begin_typing(&s);
    at(&s, 1000);
    online(&s, 0, 0);
    online(&s, 1, 1);
    at(&s, 20000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    story_end(&s);
    return 0;
}

static void key(void)
{
    simple(&s, OBS_KEY, 0, 0, 0, 0, 0);
}

static void edge(enum obs_kind kind, uint32_t device, uint32_t user, uint16_t node, uint8_t flags)
{
    struct obs obs = OBS((uint8_t)kind, 0);

    obs.node = node;
    obs.device = device;
    obs.user = user;
    obs.room = 0;
    obs.value = s.judge != NULL ? 1 : 0;
    obs.flags = flags;
    obs.timestamp = s.now_us;
    tell(&s, obs);
}

/* A frame of ana's device reaches node 0. */
static void starts(void)
{
    edge(OBS_TYPED, 0, 0, 0, 0);
}

static void stops(void)
{
    edge(OBS_TYPED, 0, 0, 0, OBS_LEFT);
}

/* What leaves bob's node for him. */
static void told(uint8_t flags)
{
    edge(OBS_TYPING_TOLD, 1, 0, 1, flags);
}

static void bob_shows(int64_t value, uint8_t flags)
{
    struct obs obs = OBS(OBS_TYPIST, 0);

    obs.device = 1;
    obs.user = 0;
    obs.room = 0;
    obs.value = value;
    obs.flags = flags;
    tell(&s, obs);
}

/* Ana presses a key, node 0 hears it, and bob is shown it. */
static void ana_types(void)
{
    key();
    starts();
    told(0);
    bob_shows(1, 0);
}

/* --- TYP-01 --- */

static void typ_01_who_never_said_so_is_shown_fires(void **state)
{
    (void)state;
    bob_shows(1, 0);
    assert_only(&s, TYP_01);
}

static void typ_01_who_said_so_too_long_ago_is_shown_fires(void **state)
{
    (void)state;
    starts();
    at(&s, 26021); /* T + th + R + L is 6020 */
    bob_shows(1, 0);
    assert_now(&s, TYP_01);
}

static void typ_01_who_said_so_just_in_time_is_no_matter(void **state)
{
    (void)state;
    starts();
    at(&s, 26020);
    bob_shows(1, 0);
    assert_int_equal(found(&s, TYP_01), 0);
}

/* --- TYP-02 --- */

static void typ_02_who_says_nothing_more_is_shown_for_too_long_fires(void **state)
{
    (void)state;
    starts();
    told(0);
    bob_shows(1, 0);
    tick(&s, 25020);
    assert_nothing(&s);
    tick(&s, 25021);
    assert_only(&s, TYP_02);
}

static void typ_02_a_refresh_begins_the_time_anew(void **state)
{
    (void)state;
    starts();
    told(0);
    bob_shows(1, 0);
    at(&s, 24000);
    starts();
    at(&s, 29020);
    bob_shows(0, 0);
    tick(&s, 30000);
    assert_held(&s, TYP_02);
    assert_nothing(&s);
}

static void typ_02_what_was_lost_with_redis_is_forgotten_by_whoever_was_told(void **state)
{
    (void)state;
    starts();
    told(0);
    bob_shows(1, 0);
    at(&s, 21000);
    fault(&s, true, OBS_NONE, 1, OBS_REDIS);
    at(&s, 21100);
    fault(&s, false, OBS_NONE, 1, OBS_REDIS);
    at(&s, 26020);
    bob_shows(0, 0);
    assert_nothing(&s);
}

/* --- TYP-03 --- */

static void typ_03_a_stop_that_is_not_shown_fires(void **state)
{
    (void)state;
    ana_types();
    at(&s, 23000);
    stops();
    told(OBS_LEFT);
    tick(&s, 23020);
    assert_nothing(&s);
    tick(&s, 23021);
    assert_only(&s, TYP_03);
}

static void typ_03_a_start_that_came_after_it_is_shown(void **state)
{
    (void)state;
    ana_types();
    at(&s, 23000);
    stops();
    told(OBS_LEFT);
    at(&s, 23001);
    key();
    starts();
    tick(&s, 23500);
    assert_nothing(&s);
}

static void typ_03_two_words_at_two_nodes_come_in_any_order(void **state)
{
    (void)state;
    opens(&s, 2, 1);
    welcomed(&s, 2, 2, 2);
    at(&s, 25000);
    ana_types();
    at(&s, 27990);
    edge(OBS_TYPED, 2, 0, 1, 0);
    at(&s, 28000);
    stops();
    tick(&s, 28500);
    assert_int_equal(found(&s, TYP_03), 0);
}

/* Ana's other device says that she stopped, at a node that need not follow the room yet. */
static void other_device_stops(uint64_t named)
{
    struct obs obs = OBS(OBS_TYPED, 0);

    opens(&s, 2, 1);
    welcomed(&s, 2, 2, 2);
    at(&s, 22000);
    obs.node = 0;
    obs.device = 0;
    obs.room = 0;
    obs.value = 1;
    obs.seq = named;
    tell(&s, obs);
    told(0);
    bob_shows(1, 0);
    at(&s, 24000);
    edge(OBS_TYPED, 2, 0, 1, OBS_LEFT);
    told(OBS_LEFT);
    tick(&s, 24100);
}

static void typ_03_a_stop_does_not_reach_a_start_that_waits_at_another_node(void **state)
{
    (void)state;
    other_device_stops(2); /* to bob */
    assert_int_equal(found(&s, TYP_03), 0);
}

static void typ_03_a_stop_reaches_a_start_that_waited_for_no_room(void **state)
{
    (void)state;
    other_device_stops(0);
    assert_int_equal(found(&s, TYP_03), 1);
}

/* --- TYP-04 --- */

static void typ_04_two_starts_within_a_second_fire(void **state)
{
    (void)state;
    ana_types();
    at(&s, 20999);
    told(0);
    assert_only(&s, TYP_04);
}

static void typ_04_a_stop_between_them_changes_nothing(void **state)
{
    (void)state;
    ana_types();
    at(&s, 20500);
    told(OBS_LEFT);
    at(&s, 20999);
    told(0);
    assert_only(&s, TYP_04);
}

static void typ_04_a_second_later_is_soon_enough(void **state)
{
    (void)state;
    ana_types();
    at(&s, 21000);
    told(0);
    assert_held(&s, TYP_04);
    assert_nothing(&s);
}

/* --- TYP-05 --- */

static void typ_05_a_stop_that_the_node_keeps_to_itself_fires(void **state)
{
    (void)state;
    ana_types();
    at(&s, 23000);
    stops();
    tick(&s, 23010);
    assert_nothing(&s);
    tick(&s, 23011);
    assert_only(&s, TYP_05);
}

static void typ_05_a_stop_that_is_told_is_none(void **state)
{
    (void)state;
    ana_types();
    at(&s, 23000);
    stops();
    at(&s, 23010);
    told(OBS_LEFT);
    bob_shows(0, 0);
    tick(&s, 24000);
    assert_held(&s, TYP_05);
    assert_nothing(&s);
}

static void typ_05_a_second_stop_is_owed_to_nobody(void **state)
{
    (void)state;
    ana_types();
    at(&s, 23000);
    stops();
    told(OBS_LEFT);
    bob_shows(0, 0);
    at(&s, 23500);
    stops();
    tick(&s, 24000);
    assert_nothing(&s);
}

static void hung_up_on_bob(int64_t connection)
{
    struct obs obs = OBS(OBS_HANGUP, 0);

    obs.node = 1;
    obs.device = 1;
    obs.user = 1;
    obs.value = connection;
    tell(&s, obs);
}

/* Bob came back before his node had noticed; it ends both of his connections, the newer one first. */
static void typ_05_who_was_hung_up_on_is_told_no_more_whatever_ends_after(void **state)
{
    (void)state;
    ana_types();
    at(&s, 23000);
    hung_up_on_bob(1);
    hung_up_on_bob(0);
    stops();
    tick(&s, 23011);
    assert_int_equal(found(&s, TYP_05), 0);
}

static void typ_05_who_was_hung_up_on_long_ago_is_told_on_the_next_connection(void **state)
{
    (void)state;
    ana_types();
    at(&s, 23000);
    hung_up_on_bob(0);
    stops();
    tick(&s, 23011);
    assert_only(&s, TYP_05);
}

/* --- TYP-06 --- */

/* Ana's first message in the room is committed, and not shown yet, when she types on: what is told of that ends with
 * the message. */
static void typ_05_a_start_that_overtakes_the_message_before_it_needs_no_stop(void **state)
{
    (void)state;
    for (int overtakes = 0; overtakes < 2; overtakes++) {
        story_end(&s);
        (void)setup(state);
        if (overtakes != 0) {
            writes(&s, 0, 0, 1);
            commits(&s, (struct commit){.user = 0, .room = 0, .seq = 3, .client_id = 1});
        }
        starts();
        told(0);
        at(&s, 21500);
        stops();
        tick(&s, 21600);
        assert_int_equal(found(&s, TYP_05), 1 - overtakes);
    }
}

/* A sync has shown bob the message before his node hears of it, and takes it for the end of what he was told. */
static void typ_05_a_message_that_comes_after_the_start_needs_no_stop(void **state)
{
    static const int64_t types_ms[] = {20010, 20011};

    for (size_t i = 0; i < sizeof types_ms / sizeof types_ms[0]; i++) {
        story_end(&s);
        (void)setup(state);
        writes(&s, 0, 0, 1);
        commits(&s, (struct commit){.user = 0, .room = 0, .seq = 3, .client_id = 1});
        shown(&s, 1, 0, 3, ANA, 1);
        at(&s, types_ms[i]);
        starts();
        told(0);
        at(&s, 22500);
        stops();
        tick(&s, 22600);
        assert_int_equal(found(&s, TYP_05), i);
    }
}

static void typ_06_keys_of_which_nothing_is_said_fire(void **state)
{
    (void)state;
    key();
    tick(&s, 20010);
    assert_nothing(&s);
    tick(&s, 20011);
    assert_only(&s, TYP_06);
}

static void typ_06_a_key_on_its_way_to_a_node_that_hung_up_is_lost(void **state)
{
    (void)state;
    key();
    at(&s, 20005);
    edge(OBS_HANGUP, 0, 0, 0, 0);
    tick(&s, 20500);
    assert_int_equal(found(&s, TYP_06), 0);
}

static void typ_06_a_word_of_two_seconds_ago_is_enough(void **state)
{
    (void)state;
    ana_types();
    at(&s, 22000);
    key();
    tick(&s, 22100);
    assert_held(&s, TYP_06);
    assert_nothing(&s);
}

static void typ_06_a_stop_while_keys_go_on_fires(void **state)
{
    (void)state;
    ana_types();
    at(&s, 21000);
    key();
    at(&s, 23999);
    stops();
    assert_now(&s, TYP_06);
}

/* A node that did nothing for a while hears what was said on the connection before. */
static void typ_06_what_was_said_on_a_connection_before_is_none_of_it(void **state)
{
    (void)state;
    ana_types();
    at(&s, 21000);
    key();
    at(&s, 23999);
    struct obs obs = OBS(OBS_TYPED, 0);
    obs.node = 0;
    obs.device = 0;
    obs.room = 0;
    obs.flags = OBS_LEFT;
    tell(&s, obs); /* connection 0, before hers */
    assert_int_equal(found(&s, TYP_06), 0);
}

static void typ_06_a_stop_after_three_seconds_is_due(void **state)
{
    (void)state;
    ana_types();
    at(&s, 21000);
    key();
    at(&s, 24000);
    stops();
    told(OBS_LEFT);
    bob_shows(0, 0);
    assert_nothing(&s);
}

static void typ_06_a_message_needs_no_pause(void **state)
{
    (void)state;
    ana_types();
    at(&s, 21000);
    writes(&s, 0, 0, 1);
    stops();
    told(OBS_LEFT);
    bob_shows(0, 0);
    assert_nothing(&s);
}

static void typ_06_who_types_on_and_is_shown_so_no_more_fires(void **state)
{
    (void)state;
    ana_types();
    at(&s, 22000);
    key();
    starts();
    at(&s, 24999); /* five seconds after the first: as if the second were lost */
    bob_shows(0, 0);
    assert_only(&s, TYP_06);
}

/* Bob's node says that she stopped, shortly before five seconds are over; its clock may be fast. */
static void bobs_node_tells_a_stop(int64_t clock_after_the_start_us)
{
    ana_types();
    at(&s, 22000);
    key();
    starts();
    told(0);
    struct obs obs = OBS(OBS_TYPING_TOLD, 0);
    obs.timestamp = s.now_us + clock_after_the_start_us;
    obs.node = 1;
    obs.device = 1;
    obs.user = 0;
    obs.room = 0;
    obs.value = 1;
    obs.flags = OBS_LEFT;
    at(&s, 26998);
    tell(&s, obs);
    bob_shows(0, 0);
}

static void typ_06_who_is_told_to_have_stopped_too_early_fires(void **state)
{
    (void)state;
    bobs_node_tells_a_stop(4998000);
    assert_only(&s, TYP_06);
}

static void typ_06_who_stopped_by_a_fast_clock_is_none(void **state)
{
    (void)state;
    bobs_node_tells_a_stop(5000000);
    assert_nothing(&s);
}

/* The node that heard her counts from then, though the throttle held back what it told of it. */
static void bobs_node_hears_tells_later_and_ends(int64_t clock_after_it_heard_us)
{
    ana_types();
    at(&s, 22000);
    key();
    edge(OBS_TYPED, 0, 0, 1, 0);
    const int64_t heard_us = s.now_us;
    at(&s, 22300);
    told(0);
    at(&s, 26998);
    struct obs obs = OBS(OBS_TYPING_TOLD, 0);
    obs.timestamp = heard_us + clock_after_it_heard_us;
    obs.node = 1;
    obs.device = 1;
    obs.user = 0;
    obs.room = 0;
    obs.value = 1;
    obs.flags = OBS_LEFT;
    tell(&s, obs);
    bob_shows(0, 0);
}

static void typ_06_who_was_held_back_and_stopped_too_early_fires(void **state)
{
    (void)state;
    bobs_node_hears_tells_later_and_ends(4998000);
    assert_only(&s, TYP_06);
}

static void typ_06_who_was_held_back_and_stopped_by_a_fast_clock_is_none(void **state)
{
    (void)state;
    bobs_node_hears_tells_later_and_ends(5000000);
    assert_nothing(&s);
}

static void typ_06_starts_too_far_apart_may_show_a_break(void **state)
{
    (void)state;
    ana_types();
    at(&s, 23990);
    key();
    starts();
    at(&s, 25000);
    bob_shows(0, 0);
    assert_nothing(&s);
}

static void typ_06_the_end_of_ones_own_connection_hides_all(void **state)
{
    (void)state;
    ana_types();
    at(&s, 22000);
    key();
    starts();
    at(&s, 23500);
    bob_shows(0, OBS_QUIET);
    assert_nothing(&s);
}

/* --- TYP-07 --- */

static void ana_is_gone(void)
{
    struct obs obs = OBS(OBS_GONE, 0);

    obs.node = 0;
    obs.device = 0;
    obs.value = 1;
    obs.user = 0;
    tell(&s, obs);
}

static void typ_07_who_is_gone_types_on_fires(void **state)
{
    (void)state;
    ana_types();
    at(&s, 22000);
    ana_is_gone();
    told(OBS_LEFT);
    tick(&s, 22020);
    assert_int_equal(found(&s, TYP_07), 0);
    tick(&s, 22021);
    assert_now(&s, TYP_07);
}

static void typ_07_who_is_gone_and_shown_so_is_none(void **state)
{
    (void)state;
    ana_types();
    at(&s, 22000);
    ana_is_gone();
    told(OBS_LEFT);
    at(&s, 22020);
    bob_shows(0, 0);
    tick(&s, 23000);
    assert_held(&s, TYP_07);
    assert_int_equal(found(&s, TYP_07), 0);
}

/* --- TYP-08 --- */

static void a_message_of_ana_is_shown(void)
{
    writes(&s, 0, 0, 1);
    commits(&s, (struct commit){.user = 0, .room = 0, .seq = 3, .client_id = 1});
    shown(&s, 0, 0, 3, ANA, 1);
    shown(&s, 1, 0, 3, ANA, 1);
}

static void typ_08_whose_message_is_shown_types_on_fires(void **state)
{
    (void)state;
    ana_types();
    at(&s, 20500);
    a_message_of_ana_is_shown();
    tick(&s, 20501);
    assert_now(&s, TYP_08);
}

static void typ_08_a_start_that_follows_it_is_shown(void **state)
{
    (void)state;
    ana_types();
    at(&s, 20500);
    a_message_of_ana_is_shown();
    bob_shows(0, 0);
    at(&s, 21000);
    ana_types();
    tick(&s, 21001);
    assert_held(&s, TYP_08);
    assert_int_equal(found(&s, TYP_08), 0);
}

/* --- TYP-09 --- */

static void keeps(int64_t count)
{
    struct obs obs = OBS(OBS_TYPISTS, 0);

    obs.node = 1;
    obs.value = count;
    tell(&s, obs);
}

static void typ_09_a_node_that_forgets_nobody_fires(void **state)
{
    (void)state;
    starts();
    at(&s, 27011); /* T + 2 th + R is 7010 */
    keeps(1);
    assert_now(&s, TYP_09);
}

static void typ_09_who_typed_just_now_may_be_kept(void **state)
{
    (void)state;
    starts();
    at(&s, 27010);
    keeps(1);
    assert_held(&s, TYP_09);
    assert_nothing(&s);
}

/* --- TYP-10 --- */

static void typ_10_ones_own_device_fires(void **state)
{
    (void)state;
    starts();
    edge(OBS_TYPING_TOLD, 0, 0, 0, 0);
    assert_only(&s, TYP_10);
}

/* Room 2 is nobody's. `named`: it is of ana and whom she named. */
static void types_in_room_2(uint64_t named)
{
    struct obs obs = OBS(OBS_ROOM, 0);
    obs.room = 2;
    obs.id = 9;
    tell(&s, obs);
    obs = OBS(OBS_TYPED, 0);
    obs.node = 0;
    obs.device = 0;
    obs.user = 0;
    obs.room = 2;
    obs.value = 1;
    obs.seq = named;
    tell(&s, obs);
}

static void strange(void)
{
    types_in_room_2(0);
}

static void typ_10_the_room_of_two_need_not_be_there_yet(void **state)
{
    (void)state;
    types_in_room_2(2); /* to bob */
    tick(&s, 20001);
    assert_nothing(&s);
}

static void typ_10_who_is_no_member_and_is_not_refused_fires(void **state)
{
    (void)state;
    strange();
    tick(&s, 20001);
    assert_only(&s, TYP_10);
}

static void typ_10_who_is_refused_at_once_is_none(void **state)
{
    (void)state;
    strange();
    struct obs obs = OBS(OBS_SAID, 0);
    obs.node = 0;
    obs.device = 0;
    obs.user = 0;
    obs.value = 1;
    obs.content = id_key(TEXT("denied"));
    tell(&s, obs);
    tick(&s, 20001);
    assert_held(&s, TYP_10);
    assert_int_equal(found(&s, TYP_10), 0);
}

static void typ_10_who_is_no_member_is_told_fires(void **state)
{
    (void)state;
    strange();
    struct obs obs = OBS(OBS_TYPING_TOLD, 0);
    obs.node = 1;
    obs.device = 1;
    obs.user = 0;
    obs.room = 2;
    obs.value = 1;
    tell(&s, obs);
    assert_now(&s, TYP_10);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        STORY(typ_01_who_never_said_so_is_shown_fires),
        STORY(typ_01_who_said_so_too_long_ago_is_shown_fires),
        STORY(typ_01_who_said_so_just_in_time_is_no_matter),
        STORY(typ_02_who_says_nothing_more_is_shown_for_too_long_fires),
        STORY(typ_02_a_refresh_begins_the_time_anew),
        STORY(typ_02_what_was_lost_with_redis_is_forgotten_by_whoever_was_told),
        STORY(typ_03_a_stop_that_is_not_shown_fires),
        STORY(typ_03_a_start_that_came_after_it_is_shown),
        STORY(typ_03_a_stop_does_not_reach_a_start_that_waits_at_another_node),
        STORY(typ_03_a_stop_reaches_a_start_that_waited_for_no_room),
        STORY(typ_03_two_words_at_two_nodes_come_in_any_order),
        STORY(typ_04_two_starts_within_a_second_fire),
        STORY(typ_04_a_stop_between_them_changes_nothing),
        STORY(typ_04_a_second_later_is_soon_enough),
        STORY(typ_05_a_stop_that_the_node_keeps_to_itself_fires),
        STORY(typ_05_a_stop_that_is_told_is_none),
        STORY(typ_05_a_second_stop_is_owed_to_nobody),
        STORY(typ_05_a_start_that_overtakes_the_message_before_it_needs_no_stop),
        STORY(typ_05_a_message_that_comes_after_the_start_needs_no_stop),
        STORY(typ_05_who_was_hung_up_on_is_told_no_more_whatever_ends_after),
        STORY(typ_05_who_was_hung_up_on_long_ago_is_told_on_the_next_connection),
        STORY(typ_06_keys_of_which_nothing_is_said_fire),
        STORY(typ_06_a_key_on_its_way_to_a_node_that_hung_up_is_lost),
        STORY(typ_06_a_word_of_two_seconds_ago_is_enough),
        STORY(typ_06_a_stop_while_keys_go_on_fires),
        STORY(typ_06_what_was_said_on_a_connection_before_is_none_of_it),
        STORY(typ_06_a_stop_after_three_seconds_is_due),
        STORY(typ_06_a_message_needs_no_pause),
        STORY(typ_06_who_types_on_and_is_shown_so_no_more_fires),
        STORY(typ_06_who_is_told_to_have_stopped_too_early_fires),
        STORY(typ_06_who_stopped_by_a_fast_clock_is_none),
        STORY(typ_06_who_was_held_back_and_stopped_too_early_fires),
        STORY(typ_06_who_was_held_back_and_stopped_by_a_fast_clock_is_none),
        STORY(typ_06_starts_too_far_apart_may_show_a_break),
        STORY(typ_06_the_end_of_ones_own_connection_hides_all),
        STORY(typ_07_who_is_gone_types_on_fires),
        STORY(typ_07_who_is_gone_and_shown_so_is_none),
        STORY(typ_08_whose_message_is_shown_types_on_fires),
        STORY(typ_08_a_start_that_follows_it_is_shown),
        STORY(typ_09_a_node_that_forgets_nobody_fires),
        STORY(typ_09_who_typed_just_now_may_be_kept),
        STORY(typ_10_ones_own_device_fires),
        STORY(typ_10_the_room_of_two_need_not_be_there_yet),
        STORY(typ_10_who_is_no_member_and_is_not_refused_fires),
        STORY(typ_10_who_is_refused_at_once_is_none),
        STORY(typ_10_who_is_no_member_is_told_fires),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
