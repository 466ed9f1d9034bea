/* Who is there: what is said beside it, who may know, and what Redis has at rest. */
#include "server/base/tests/test.h"
#include "sim/check/tests/pre_story.h"

#define REST_MS 6000 /* a rest of 5,030 after all came */
#define NOW_MS  (WALL_MS + s.now_us / 1000)

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

static void ana_is_told_as(uint32_t room, uint64_t line, int64_t quiet)
{
    for (uint32_t device = 0; device < 2; device++) {
        is_told(&s, (struct told_of){.device = device,
                                     .user = 0,
                                     .status = PRESENCE_ONLINE,
                                     .room = room,
                                     .line = line,
                                     .quiet = quiet});
    }
}

/* --- PRE-05, PRE-06: seen last --- */

static void seen(enum presence_status status, int64_t seen_ms)
{
    is_told(&s, (struct told_of){
                    .device = 1, .user = 0, .status = status, .room = NOWHERE, .seen_ms = seen_ms});
}

static void pre_05_seen_before_what_was_told_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    seen(PRESENCE_AWAY, WALL_MS + 49); /* after 50 */
    assert_only(&s, PRE_05);
}

static void pre_05_seen_as_before_is_none(void **state)
{
    (void)state;
    both_are_there(&s);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    seen(PRESENCE_AWAY, WALL_MS + 50);
    assert_held(&s, PRE_05);
}

static void pre_05_a_record_that_is_older_than_what_was_told_fires(void **state)
{
    (void)state;
    struct obs obs = OBS(OBS_RECORD, 0);
    both_are_there(&s);
    goes(&s, 0);
    at(&s, 400);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    tick(&s, 3000);
    at(&s, REST_MS);
    obs.seq = PRESENCE_OFFLINE;
    obs.user = 0;
    obs.timestamp = WALL_MS + 149; /* they left at 150 */
    tell(&s, obs);
    assert_now(&s, PRE_05);
}

static void pre_06_seen_when_they_were_swept_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    goes(&s, 0);
    at(&s, 400);
    seen(PRESENCE_OFFLINE, NOW_MS);
    assert_only(&s, PRE_06);
}

static void pre_06_seen_long_before_they_left_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, 1000);
    goes(&s, 0);
    at(&s, 1250);
    seen(PRESENCE_OFFLINE, WALL_MS + 538); /* a heartbeat of 410, and clocks that differ by 50 */
    assert_only(&s, PRE_06);
}

static void pre_06_seen_when_they_left_is_none(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, 1000);
    goes(&s, 0);
    at(&s, 1250);
    seen(PRESENCE_OFFLINE, WALL_MS + 1000);
    seen(PRESENCE_OFFLINE, WALL_MS + 1051);
    assert_held(&s, PRE_06);
}

static void hidden_since_100(int64_t seen_ms)
{
    both_are_there(&s);
    chooses(&s, 0, PRESENCE_OFFLINE);
    at(&s, 150);
    seen(PRESENCE_OFFLINE, NOW_MS);
    sees(&s, 0, 0, PRESENCE_OFFLINE);
    tick(&s, REST_MS);
    is_told(&s, (struct told_of){.device = 1,
                                 .user = 0,
                                 .status = PRESENCE_OFFLINE,
                                 .room = NOWHERE,
                                 .seen_ms = seen_ms,
                                 .snapshot = true});
}

static void pre_06_who_chose_to_be_shown_as_offline_and_is_seen_after_it_fires(void **state)
{
    (void)state;
    hidden_since_100(WALL_MS + REST_MS);
    assert_now(&s, PRE_06);
}

static void pre_06_who_is_seen_last_when_they_chose_that_is_none(void **state)
{
    (void)state;
    hidden_since_100(WALL_MS + 150);
    assert_held(&s, PRE_06);
}

/* --- PRE-11: line, quiet, room --- */

static void pre_11_who_asks_for_quiet_and_loses_their_line_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    writes_line(&s, 0, 7);
    at(&s, 200);
    ana_is_told_as(NOWHERE, 7, 0);
    at(&s, 400);
    is_quiet(&s, 0, WALL_MS + 9000);
    at(&s, 450);
    sees(&s, 0, 0, PRESENCE_ONLINE); /* without both: the line is missed */
    assert_only(&s, PRE_11);
}

static void pre_11_both_are_there_until_they_are_cleared(void **state)
{
    (void)state;
    both_are_there(&s);
    writes_line(&s, 0, 7);
    at(&s, 200);
    ana_is_told_as(NOWHERE, 7, 0);
    at(&s, 400);
    is_quiet(&s, 0, WALL_MS + 9000);
    at(&s, 450);
    ana_is_told_as(NOWHERE, 7, WALL_MS + 9000);
    at(&s, 600);
    writes_line(&s, 0, 0);
    at(&s, 650);
    ana_is_told_as(NOWHERE, 0, WALL_MS + 9000);
    tick(&s, 1000);
    assert_held(&s, PRE_11);
}

static void pre_11_a_line_that_is_not_shown_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    writes_line(&s, 0, 7);
    at(&s, 200);
    is_told(&s, (struct told_of){
                    .device = 0, .user = 0, .status = PRESENCE_ONLINE, .room = NOWHERE, .line = 7});
    tick(&s, 231);
    assert_only(&s, PRE_11);
}

static void pre_11_quiet_ends_by_itself(void **state)
{
    (void)state;
    both_are_there(&s);
    is_quiet(&s, 0, WALL_MS + 300);
    at(&s, 200);
    ana_is_told_as(NOWHERE, 0, WALL_MS + 300);
    at(&s, 400);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    at(&s, 410);
    sees(&s, 0, 0, PRESENCE_AWAY);
    sees(&s, 1, 0, PRESENCE_AWAY);
    tick(&s, 1000);
    assert_held(&s, PRE_11);
}

/* The clocks of the nodes differ by 50 ms at most, and a way is 10 ms. */
static void quiet_until_300_is_told_at(int64_t ms)
{
    both_are_there(&s);
    is_quiet(&s, 0, WALL_MS + 300);
    at(&s, 200);
    ana_is_told_as(NOWHERE, 0, WALL_MS + 300);
    at(&s, ms);
    is_told(&s, (struct told_of){.device = 1,
                                 .user = 0,
                                 .status = PRESENCE_ONLINE,
                                 .room = NOWHERE,
                                 .quiet = WALL_MS + 300});
}

static void pre_11_quiet_that_is_over_by_every_clock_fires(void **state)
{
    (void)state;
    quiet_until_300_is_told_at(420);
    assert_now(&s, PRE_11);
}

static void pre_11_quiet_that_may_go_on_by_some_clock_is_none(void **state)
{
    (void)state;
    quiet_until_300_is_told_at(340);
    assert_held(&s, PRE_11);
}

/* Ana writes a line at 100 on node 0, leaves, and the node goes; it is up again long before the end. */
static void a_line_is_written_where_redis_is(bool away)
{
    both_are_there(&s);
    if (away) {
        fault(&s, true, OBS_NONE, 0, OBS_REDIS);
    }
    writes_line(&s, 0, 7);
    at(&s, 300);
    goes(&s, 0);
    at(&s, 600);
    node_is(&s, OBS_NODE_DOWN, 0, 1);
    at(&s, 900);
    if (away) {
        fault(&s, false, OBS_NONE, 0, OBS_REDIS);
    }
    at(&s, 1000);
    node_is(&s, OBS_NODE_UP, 0, 2);
    at(&s, REST_MS);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    tick(&s, 2 * REST_MS);
}

static void pre_11_a_line_that_a_node_with_redis_never_told_fires(void **state)
{
    (void)state;
    a_line_is_written_where_redis_is(false);
    assert_true(found(&s, PRE_11) > 0);
}

static void
pre_11_a_line_whose_node_went_without_redis_is_known_when_its_person_is_back(void **state)
{
    (void)state;
    a_line_is_written_where_redis_is(true);
    assert_int_equal(found(&s, PRE_11), 0);
}

static void pre_11_a_room_that_is_lost_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    is(&s, 0, PRESENCE_ONLINE, 0);
    at(&s, 200);
    ana_is_told_as(0, 0, 0);
    at(&s, 400);
    chooses(&s, 0, PRESENCE_BUSY);
    at(&s, 410);
    sees(&s, 1, 0, PRESENCE_BUSY);
    assert_only(&s, PRE_11);
}

static void pre_11_the_room_of_somebody_who_is_offline_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    is(&s, 0, PRESENCE_ONLINE, 0);
    chooses(&s, 0, PRESENCE_OFFLINE);
    at(&s, 200);
    is_told(&s, (struct told_of){.device = 1, .user = 0, .status = PRESENCE_OFFLINE, .room = 0});
    assert_only(&s, PRE_11);
}

/* --- SEC-01 --- */

static void bob_leaves(uint32_t room)
{
    struct obs obs = OBS(OBS_MEMBER, 0);

    obs.user = 1;
    obs.room = room;
    obs.seq = 3;
    obs.flags = OBS_LEFT;
    tell(&s, obs);
}

static void sec_01_who_shares_no_room_any_more_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    bob_leaves(0);
    bob_leaves(1);
    at(&s, 500);
    is(&s, 0, PRESENCE_AWAY, NOWHERE);
    at(&s, 150 + 370); /* to the nodes, and out */
    sees(&s, 0, 0, PRESENCE_AWAY);
    sees(&s, 1, 0, PRESENCE_AWAY);
    assert_held(&s, SEC_01);
    at(&s, 150 + 371);
    sees(&s, 1, 0, PRESENCE_AWAY);
    assert_only(&s, SEC_01);
}

static void sec_01_a_room_of_others_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    bob_leaves(1);
    at(&s, 1000);
    is(&s, 0, PRESENCE_ONLINE, 1);
    at(&s, 1010);
    is_told(&s, (struct told_of){.device = 0, .user = 0, .status = PRESENCE_ONLINE, .room = 1});
    sees(&s, 1, 0, PRESENCE_ONLINE);
    assert_nothing(&s);
    is_told(&s, (struct told_of){.device = 1, .user = 0, .status = PRESENCE_ONLINE, .room = 1});
    assert_only(&s, SEC_01);
}

/* --- At rest --- */

static void ends(void)
{
    simple(&s, OBS_END, OBS_NONE, OBS_NONE, 0, 0, OBS_QUIET);
}

static void both_have_records(void)
{
    for (uint32_t user = 0; user < 2; user++) {
        record_is(&s, user, 1, PRESENCE_ONLINE);
        is_listed(&s, user, NOW_MS - 400);
    }
}

static void pre_07_what_a_fault_kept_from_somebody_for_good_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    fault(&s, true, OBS_NONE, 1, OBS_REDIS);
    chooses(&s, 0, PRESENCE_BUSY);
    at(&s, 200);
    sees(&s, 0, 0, PRESENCE_BUSY);
    tick(&s, REST_MS);
    ends();
    assert_now(&s, PRE_07);
    assert_int_equal(found(&s, PRE_01), 0);
}

static void at_rest_all_have_what_is_true(void **state)
{
    (void)state;
    both_are_there(&s);
    chooses(&s, 0, PRESENCE_BUSY);
    at(&s, 200);
    sees(&s, 0, 0, PRESENCE_BUSY);
    sees(&s, 1, 0, PRESENCE_BUSY);
    at(&s, REST_MS);
    record_is(&s, 0, 1, PRESENCE_BUSY);
    record_is(&s, 1, 1, PRESENCE_ONLINE);
    is_listed(&s, 0, NOW_MS);
    is_listed(&s, 1, NOW_MS);
    ends();
    assert_held(&s, PRE_07);
    assert_held(&s, PRE_09);
    assert_held(&s, PRE_12);
    assert_held(&s, PRE_13);
}

static void pre_07_a_record_of_another_status_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, REST_MS);
    record_is(&s, 0, 1, PRESENCE_AWAY);
    assert_only(&s, PRE_07);
}

static void pre_09_who_is_there_and_not_listed_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, REST_MS);
    record_is(&s, 0, 1, PRESENCE_ONLINE);
    is_listed(&s, 0, NOW_MS);
    ends();
    assert_only(&s, PRE_09);
}

static void pre_09_who_is_listed_as_of_long_ago_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, REST_MS);
    both_have_records();
    assert_nothing(&s);
    is_listed(&s, 0, NOW_MS - 462);
    assert_only(&s, PRE_09);
}

static void pre_09_who_is_listed_after_they_left_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    goes(&s, 0);
    at(&s, 400);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    at(&s, 2000);
    is_listed(&s, 0, WALL_MS + 150);
    assert_nothing(&s);
    is_listed(&s, 0, WALL_MS + 202);
    assert_only(&s, PRE_09);
}

static void pre_09_who_never_came_and_is_listed_fires(void **state)
{
    (void)state;
    is_listed(&s, 0, NOW_MS);
    assert_only(&s, PRE_09);
}

static void pre_12_a_connection_that_is_over_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, REST_MS);
    record_is(&s, 0, 2, PRESENCE_ONLINE);
    assert_only(&s, PRE_12);
}

static void pre_12_a_connection_that_is_missing_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, REST_MS);
    record_is(&s, 0, 0, PRESENCE_ONLINE);
    assert_only(&s, PRE_12);
}

static void pre_13_who_is_connected_without_a_record_fires(void **state)
{
    (void)state;
    both_are_there(&s);
    at(&s, REST_MS);
    record_is(&s, 0, -1, PRESENCE_OFFLINE);
    assert_only(&s, PRE_13);
}

static void pre_13_who_is_not_there_needs_none(void **state)
{
    (void)state;
    both_are_there(&s);
    goes(&s, 0);
    at(&s, 400);
    sees(&s, 1, 0, PRESENCE_OFFLINE);
    tick(&s, 3000);
    at(&s, REST_MS);
    record_is(&s, 0, -1, PRESENCE_OFFLINE);
    record_is(&s, 1, 1, PRESENCE_ONLINE);
    assert_int_equal(found(&s, PRE_13), 0);
    assert_int_equal(judge_result(s.judge, PRE_13).judged, 1);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(pre_05_seen_before_what_was_told_fires),
        TEST(pre_05_seen_as_before_is_none),
        TEST(pre_05_a_record_that_is_older_than_what_was_told_fires),
        TEST(pre_06_seen_when_they_were_swept_fires),
        TEST(pre_06_seen_long_before_they_left_fires),
        TEST(pre_06_seen_when_they_left_is_none),
        TEST(pre_06_who_chose_to_be_shown_as_offline_and_is_seen_after_it_fires),
        TEST(pre_06_who_is_seen_last_when_they_chose_that_is_none),
        TEST(pre_11_who_asks_for_quiet_and_loses_their_line_fires),
        TEST(pre_11_both_are_there_until_they_are_cleared),
        TEST(pre_11_a_line_that_is_not_shown_fires),
        TEST(pre_11_quiet_ends_by_itself),
        TEST(pre_11_quiet_that_is_over_by_every_clock_fires),
        TEST(pre_11_quiet_that_may_go_on_by_some_clock_is_none),
        TEST(pre_11_a_line_that_a_node_with_redis_never_told_fires),
        TEST(pre_11_a_line_whose_node_went_without_redis_is_known_when_its_person_is_back),
        TEST(pre_11_a_room_that_is_lost_fires),
        TEST(pre_11_the_room_of_somebody_who_is_offline_fires),
        TEST(sec_01_who_shares_no_room_any_more_fires),
        TEST(sec_01_a_room_of_others_fires),
        TEST(pre_07_what_a_fault_kept_from_somebody_for_good_fires),
        TEST(pre_07_a_record_of_another_status_fires),
        TEST(at_rest_all_have_what_is_true),
        TEST(pre_09_who_is_there_and_not_listed_fires),
        TEST(pre_09_who_is_listed_as_of_long_ago_fires),
        TEST(pre_09_who_is_listed_after_they_left_fires),
        TEST(pre_09_who_never_came_and_is_listed_fires),
        TEST(pre_12_a_connection_that_is_over_fires),
        TEST(pre_12_a_connection_that_is_missing_fires),
        TEST(pre_13_who_is_connected_without_a_record_fires),
        TEST(pre_13_who_is_not_there_needs_none),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
