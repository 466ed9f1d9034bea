/* A node that does nothing for a time: whoever is connected to it, or may be led to it, waits; a bound
 * counts from when it goes on, and not from there for anybody else. */
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

#define REPAIR_MS 290 /* 2A + gap + R + 2D + L */
#define REDIS_MS  230 /* its way back: back-off + 3R */
#define ANSWER_MS 30  /* 2L + D */
#define ONLINE_MS 3600
#define PING_MS   990 /* H - L */

/* `to_ms` 0: it goes on. */
static void pauses(uint16_t node, int64_t from_ms, int64_t to_ms)
{
    at(&s, from_ms);
    fault(&s, true, OBS_NONE, node, OBS_HELD | OBS_REDIS);
    if (to_ms > 0) {
        at(&s, to_ms);
        fault(&s, false, OBS_NONE, node, OBS_HELD | OBS_REDIS);
    }
}

/* Ana's message, by node 0; bob, on node 1, is not shown it. */
static void commits_at_1000(void)
{
    at(&s, 1000);
    writes(&s, 0, 0, 31);
    commits(&s, (struct commit){.seq = 3, .client_id = 31, .node = 0});
}

static void what_comes_to_a_paused_node_is_due_when_it_goes_on(void **state)
{
    (void)state;
    online(&s, 1, 1);
    pauses(1, 900, 0);
    commits_at_1000();
    tick(&s, 1000 + 10 * REPAIR_MS);
    assert_nothing(&s);
    at(&s, 5000);
    fault(&s, false, OBS_NONE, 1, OBS_HELD | OBS_REDIS);
    tick(&s, 5000 + REDIS_MS + REPAIR_MS);
    assert_nothing(&s);
    tick(&s, 5000 + REDIS_MS + REPAIR_MS + 1);
    assert_now(&s, SYN_02);
}

static void a_pause_that_was_over_long_before_is_no_excuse(void **state)
{
    (void)state;
    online(&s, 1, 1);
    pauses(1, 100, 200);
    commits_at_1000();
    tick(&s, 1001 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

static void nor_is_one_of_a_node_elsewhere(void **state)
{
    (void)state;
    online(&s, 1, 1);
    node_is(&s, OBS_NODE_UP, 2, 1);
    pauses(2, 900, 0);
    commits_at_1000();
    tick(&s, 1001 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

static void put(uint16_t node)
{
    struct obs obs = OBS(OBS_PUT, 0);

    online(&s, 0, node);
    at(&s, 1000);
    writes(&s, 0, 0, 31);
    obs.device = 0;
    obs.user = 0;
    obs.node = node;
    obs.room = 0;
    obs.client_id = 31;
    obs.value = 1;
    tell(&s, obs);
}

static void liv_01_an_answer_may_wait_for_the_node(void **state)
{
    (void)state;
    put(0);
    pauses(0, 1010, 1020);
    tick(&s, 1001 + ANSWER_MS);
    assert_nothing(&s);
}

static void liv_01_of_another_node_it_may_not(void **state)
{
    (void)state;
    put(0);
    pauses(1, 1010, 1020);
    tick(&s, 1001 + ANSWER_MS);
    assert_only(&s, LIV_01);
}

static void liv_02_who_is_offline_may_be_led_to_the_paused_node(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    closes(&s, 1);
    pauses(0, 2000, 3000);
    tick(&s, 3000 + ONLINE_MS);
    assert_nothing(&s);
    tick(&s, 3001 + ONLINE_MS);
    assert_only(&s, LIV_02);
}

static void liv_10_pings_that_waited_for_the_node_come_together(void **state)
{
    (void)state;
    greeted(&s, 1, 2, 2);
    at(&s, 500);
    heard(&s, 1, "ping", 0, 0);
    pauses(0, 600, 2600);
    heard(&s, 1, "ping", 0, 0);
    heard(&s, 1, "ping", 0, 0);
    at(&s, 2700); /* the first that did not wait */
    heard(&s, 1, "ping", 0, 0);
    assert_nothing(&s);
    at(&s, 2700 + PING_MS - 1);
    heard(&s, 1, "ping", 0, 0);
    assert_only(&s, LIV_10);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_comes_to_a_paused_node_is_due_when_it_goes_on),
        TEST(a_pause_that_was_over_long_before_is_no_excuse),
        TEST(nor_is_one_of_a_node_elsewhere),
        TEST(liv_01_an_answer_may_wait_for_the_node),
        TEST(liv_01_of_another_node_it_may_not),
        TEST(liv_02_who_is_offline_may_be_led_to_the_paused_node),
        TEST(liv_10_pings_that_waited_for_the_node_come_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
