/* A node that is asked to go, and what is owed after it. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
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

#define DRAIN_MS 20 /* 2D, an answer */

static void command(enum obs_kind kind, const char *type, uint64_t client_id)
{
    struct obs obs = OBS(kind, 0);

    obs.node = 0;
    obs.device = 1;
    obs.user = 1;
    obs.content = id_key(text_of(type));
    obs.client_id = client_id;
    obs.value = 1;
    obs.timestamp = s.now_us;
    tell(&s, obs);
}

static void asks(uint64_t ref)
{
    position(&s, 1, 0, 1);
    heard(&s, 1, "sync_request", ref, 0);
}

static void page(uint64_t ref)
{
    said_head(&s, 1, 0, 2);
    said_cursor(&s, 1, 0, 2);
    said(&s, 1, "sync_response", ref, 0);
}

static void told_to_go(void)
{
    node_tells(&s, OBS_DRAIN, 0);
    said(&s, 1, "draining", 0, 0);
}

/* --- It says so ------------------------------------------------------------------------------ */

static void a_node_that_does_not_say_that_it_goes_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    node_tells(&s, OBS_DRAIN, 0);
    hangs_up(&s, 1, 1012);
    assert_only(&s, LIV_07);
}

static void a_node_that_says_so_and_closes_is_right(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    told_to_go();
    hangs_up(&s, 1, 1012);
    assert_held(&s, LIV_07);
}

static void whom_it_has_not_greeted_it_tells_nothing(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    arrives(&s, 0);
    told_to_go();
    hangs_up(&s, 1, 1012);
    hangs_up(&s, 0, 1012);
    assert_held(&s, LIV_07);
}

/* --- What is under way ----------------------------------------------------------------------- */

static void a_close_under_a_send_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    command(OBS_HEARD, "send", 7);
    command(OBS_HEARD, "send", 8);
    told_to_go();
    command(OBS_SAID, "ack", 7);
    hangs_up(&s, 1, 1012);
    assert_only(&s, LIV_07);
}

static void a_close_after_all_answers_is_right(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    command(OBS_HEARD, "send", 7);
    command(OBS_HEARD, "send", 8);
    told_to_go();
    command(OBS_SAID, "ack", 7);
    command(OBS_SAID, "nack", 8);
    hangs_up(&s, 1, 1012);
    assert_held(&s, LIV_07);
}

static void a_close_under_a_sync_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    asks(5);
    told_to_go();
    hangs_up(&s, 1, 1012);
    assert_only(&s, LIV_07);
}

static void a_close_after_the_page_is_right(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    asks(5);
    told_to_go();
    page(5);
    hangs_up(&s, 1, 1012);
    assert_held(&s, LIV_07);
}

static void a_send_that_comes_late_is_answered_too(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    asks(5);
    told_to_go();
    command(OBS_HEARD, "send", 7);
    page(5);
    hangs_up(&s, 1, 1012);
    assert_only(&s, LIV_07);
}

static void an_end_for_another_cause_owes_no_answer(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    fault(&s, true, OBS_NONE, 0, OBS_DATABASE);
    command(OBS_HEARD, "send", 7);
    told_to_go();
    hangs_up(&s, 1, 4007);
    assert_held(&s, LIV_07);
}

static void whose_token_is_over_is_told_of_no_drain(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    node_tells(&s, OBS_DRAIN, 0);
    hangs_up(&s, 1, 4001);
    assert_int_equal(found(&s, LIV_07), 0); /* LIV-13 asks whether it was over */
}

/* --- Nobody comes, and all go ---------------------------------------------------------------- */

static void a_welcome_after_it_fires(void **state)
{
    (void)state;
    arrives(&s, 1);
    heard(&s, 1, "hello", 0, 0);
    node_tells(&s, OBS_DRAIN, 0);
    said(&s, 1, "welcome", 0, 0);
    assert_only(&s, LIV_07);
}

static void a_welcome_in_the_next_life_is_right(void **state)
{
    (void)state;
    greeted(&s, 0, 2, 2);
    node_tells(&s, OBS_DRAIN, 0);
    said(&s, 0, "draining", 0, 0);
    hangs_up(&s, 0, 1012);
    node_tells(&s, OBS_NODE_DOWN, 0);
    node_tells(&s, OBS_NODE_UP, 2);
    greeted(&s, 1, 2, 2);
    assert_held(&s, LIV_07);
}

static void a_connection_with_nothing_under_way_that_stays_fires(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    told_to_go();
    assert_nothing(&s);
    tick(&s, 1);
    assert_only(&s, LIV_07);
}

static void one_with_an_answer_under_way_has_its_time(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    asks(5);
    told_to_go();
    tick(&s, DRAIN_MS);
    page(5);
    hangs_up(&s, 1, 1012);
    tick(&s, DRAIN_MS + 1);
    assert_held(&s, LIV_07);
    assert_int_equal(judge_result(s.judge, LIV_07).used_us, DRAIN_MS * 1000);
}

static void and_no_longer(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    asks(5);
    told_to_go();
    tick(&s, DRAIN_MS);
    assert_nothing(&s);
    tick(&s, DRAIN_MS + 1);
    assert_only(&s, LIV_07);
}

static void it_counts_from_the_end_of_the_database_fault(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    asks(5);
    fault(&s, true, OBS_NONE, 0, OBS_DATABASE);
    told_to_go();
    tick(&s, 500);
    fault(&s, false, OBS_NONE, 0, OBS_DATABASE);
    tick(&s, 500 + DRAIN_MS);
    page(5);
    hangs_up(&s, 1, 1012);
    assert_held(&s, LIV_07);
}

/* --- What the log owes after it: no lease and no sweep ---------------------------------------- */

#define REPAIR_MS 290  /* 2A + gap + R + 2D + L */
#define DEAD_MS   2500 /* K + S */

/* Node 0 commits, and is gone 5 ms later; bob is on node 1. */
static void commits_and_goes(bool in_order, bool forced)
{
    online(&s, 0, 0);
    online(&s, 1, 1);
    at(&s, 10000);
    writes(&s, 0, 0, 7);
    commits(&s, (struct commit){.user = 0, .room = 0, .seq = 3, .client_id = 7, .node = 0});
    fault(&s, true, OBS_NONE, 0, OBS_LEFT);
    if (in_order) {
        node_tells(&s, OBS_DRAIN, 0);
    }
    at(&s, 10005);
    node_tells(&s, OBS_NODE_DOWN, 0);
    if (forced) {
        fault(&s, false, OBS_NONE, 0, OBS_LEFT);
    }
    closes(&s, 0);
}

static void bob_waits_for_the_lease_of_a_node_that_crashed(void **state)
{
    (void)state;
    commits_and_goes(false, false);
    tick(&s, 10005 + REPAIR_MS + DEAD_MS);
    assert_int_equal(found(&s, SYN_02), 0);
    tick(&s, 10006 + REPAIR_MS + DEAD_MS);
    assert_int_equal(found(&s, SYN_02), 1);
}

static void bob_waits_no_longer_than_a_repair_for_one_that_went_in_order(void **state)
{
    (void)state;
    commits_and_goes(true, false);
    tick(&s, 10000 + REPAIR_MS);
    assert_int_equal(found(&s, SYN_02), 0);
    tick(&s, 10001 + REPAIR_MS);
    assert_int_equal(found(&s, SYN_02), 1);
}

static void one_whose_time_was_over_is_as_one_that_crashed(void **state)
{
    (void)state;
    commits_and_goes(true, true);
    tick(&s, 10005 + REPAIR_MS + DEAD_MS);
    assert_int_equal(found(&s, SYN_02), 0);
}

static void one_that_was_without_redis_when_it_committed_is_too(void **state)
{
    (void)state;
    at(&s, 9990);
    fault(&s, true, OBS_NONE, 0, OBS_REDIS);
    fault(&s, false, OBS_NONE, 0, OBS_REDIS);
    commits_and_goes(true, false);
    tick(&s, 10005 + DEAD_MS);
    assert_int_equal(found(&s, SYN_02), 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_node_that_does_not_say_that_it_goes_fires),
        TEST(a_node_that_says_so_and_closes_is_right),
        TEST(whom_it_has_not_greeted_it_tells_nothing),
        TEST(a_close_under_a_send_fires),
        TEST(a_close_after_all_answers_is_right),
        TEST(a_close_under_a_sync_fires),
        TEST(a_close_after_the_page_is_right),
        TEST(a_send_that_comes_late_is_answered_too),
        TEST(an_end_for_another_cause_owes_no_answer),
        TEST(whose_token_is_over_is_told_of_no_drain),
        TEST(a_welcome_after_it_fires),
        TEST(a_welcome_in_the_next_life_is_right),
        TEST(a_connection_with_nothing_under_way_that_stays_fires),
        TEST(one_with_an_answer_under_way_has_its_time),
        TEST(and_no_longer),
        TEST(it_counts_from_the_end_of_the_database_fault),
        TEST(bob_waits_for_the_lease_of_a_node_that_crashed),
        TEST(bob_waits_no_longer_than_a_repair_for_one_that_went_in_order),
        TEST(one_whose_time_was_over_is_as_one_that_crashed),
        TEST(one_that_was_without_redis_when_it_committed_is_too),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
