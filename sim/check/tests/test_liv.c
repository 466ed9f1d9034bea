/* What must happen in time: at the last instant, and one past it. */
#include "server/base/tests/test.h"
#include "sim/check/tests/story.h"

#include <string.h>

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

#define REPAIR_MS 290  /* 2A + gap + R + 2D + L */
#define DEATH_MS  2500 /* K + S */
#define REDIS_MS  230  /* its recovery: back-off + 3R */
#define AWAY_MS   3020 /* K + S + that + REPAIR */
#define HEARD_MS  440  /* that + 2A + R: every other node has heard of one */

/* Nothing that any invariant looks at; the clock moves. */
static void tick(int64_t ms)
{
    at(&s, ms);
    simple(&s, OBS_NACK, 0, 0, 0, 0, OBS_TEMPORARY);
}

static void fault(bool begins, uint32_t device, uint16_t node, uint8_t flags)
{
    struct obs obs = OBS(begins ? OBS_FAULT_BEGIN : OBS_FAULT_END, 0);
    obs.device = device;
    obs.node = node;
    obs.flags = flags;
    obs.value = 1;
    tell(&s, obs);
}

static void node_is(enum obs_kind kind, uint16_t node, int64_t life)
{
    struct obs obs = OBS((uint8_t)kind, 0);
    obs.node = node;
    obs.value = life;
    tell(&s, obs);
}

/* Bob's device 1 is online on node 1. Ana's message comes by `node` at 1000 ms, as seq 3. */
static void said_to_bob(uint16_t node)
{
    online(&s, 1, 1);
    at(&s, 1000);
    writes(&s, 0, 0, 31);
    commits(&s, (struct commit){.seq = 3, .client_id = 31, .node = node});
}

/* --- SYN-02, LIV-11 -------------------------------------------------------------------------- */

static void syn_02_a_message_that_is_not_shown_in_time_fires(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1001);
    says(&s, 0, 0, 4, 41); /* so that it is not the last */
    tick(1000 + REPAIR_MS);
    assert_nothing(&s);
    at(&s, 1001 + REPAIR_MS);
    shown(&s, 1, 0, 3, ANA, 31); /* late by a millisecond */
    assert_only(&s, SYN_02);
}

static void syn_02_is_silent_when_it_is_shown_at_the_last_instant(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1000 + REPAIR_MS);
    shown(&s, 1, 0, 3, ANA, 31);
    tick(9000);
    assert_held(&s, SYN_02);
    assert_int_equal(judge_result(s.judge, SYN_02).used_us, REPAIR_MS * 1000);
    assert_int_equal(judge_result(s.judge, SYN_02).bound_us, REPAIR_MS * 1000);
}

static void liv_11_a_last_message_that_waits_for_the_next_one_fires(void **state)
{
    (void)state;
    said_to_bob(0);
    tick(1001 + REPAIR_MS);
    assert_now(&s, LIV_11);
    assert_int_equal(found(&s, LIV_11), 1);
    assert_int_equal(found(&s, SYN_02), 1);
}

static void liv_11_is_silent_when_an_announcement_brings_it(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1200);
    shown(&s, 1, 0, 3, ANA, 31);
    tick(9000);
    assert_held(&s, LIV_11);
    assert_int_equal(judge_result(s.judge, LIV_11).used_us, 200000);
}

static void a_violation_names_who_where_and_the_instant_of_the_deadline(void **state)
{
    (void)state;
    const struct violation *violations;

    said_to_bob(0);
    tick(5000);
    assert_int_equal(judge_violations(s.judge, &violations), 2);
    assert_int_equal(violations[0].at_us, (1000 + REPAIR_MS) * 1000);
    assert_int_equal(violations[0].room, 0);
    assert_int_equal(violations[0].devices_len, 1);
    assert_int_equal(violations[0].devices[0], 1);
    assert_int_equal(violations[0].seq_low, 3);
    assert_non_null(strstr(violations[0].summary, "seq 3 of room 0"));
}

static void only_who_was_connected_all_the_time_is_owed_a_message(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1100);
    closes(&s, 1);
    online(&s, 2, 0); /* only now */
    tick(9000);
    assert_int_equal(found(&s, SYN_02), 0);
    assert_int_equal(found(&s, LIV_11), 0);
}

static void who_left_is_owed_nothing_more(void **state)
{
    (void)state;
    online(&s, 1, 1);
    struct obs obs = OBS(OBS_MEMBER, 0);
    obs.user = 1;
    obs.room = 0;
    obs.seq = 3;
    obs.flags = OBS_LEFT;
    tell(&s, obs);
    at(&s, 1000);
    says(&s, 0, 0, 3, 31);
    tick(9000);
    assert_int_equal(found(&s, SYN_02), 0);
}

/* Where a disturbance is, and whether it is on the way from node 1 to device 1, also on node 1. */
struct where {
    uint32_t device;
    uint16_t node;
    uint8_t flags;
    bool on_path;
    int64_t recovery_ms;
};

static void a_bound_counts_from_the_end_of_a_disturbance_on_the_path_only(void **state)
{
    (void)state;
    static const struct where cases[] = {
        {1, OBS_NODE_NONE, 0, true, 0},
        {2, OBS_NODE_NONE, 0, false, 0},
        {OBS_NONE, 1, OBS_REDIS, true, REDIS_MS},
        {OBS_NONE, 0, OBS_REDIS, false, 0},
        {OBS_NONE, OBS_NODE_NONE, OBS_REDIS, true, REDIS_MS},
        {OBS_NONE, OBS_NODE_NONE, OBS_DATABASE, true, 20 + 2 * 10},
        {OBS_NONE, 1, 0, false, 0}, /* its clock */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct where *where = &cases[i];
        const int64_t last_ms =
            where->on_path ? 3000 + where->recovery_ms + REPAIR_MS : 1000 + REPAIR_MS;
        story_end(&s);
        story_begin(&s);
        said_to_bob(1);
        at(&s, 1100);
        fault(true, where->device, where->node, where->flags);
        at(&s, last_ms < 3000 ? last_ms : 3000);
        if (last_ms >= 3000) {
            assert_nothing(&s);
            fault(false, where->device, where->node, where->flags);
        }
        tick(last_ms);
        assert_nothing(&s);
        tick(last_ms + 1);
        assert_now(&s, SYN_02);
        assert_now(&s, LIV_11);
    }
}

static void redis_at_the_committer_is_on_the_path_too(void **state)
{
    (void)state;
    said_to_bob(0);
    fault(true, OBS_NONE, 0, OBS_REDIS);
    at(&s, 2000);
    fault(false, OBS_NONE, 0, OBS_REDIS);
    tick(2000 + REDIS_MS + REPAIR_MS);
    assert_nothing(&s);
    tick(2001 + REDIS_MS + REPAIR_MS);
    assert_now(&s, SYN_02);
}

/* Whatever Redis does: the log tells at the pace of the sweeps. */
static void without_redis_a_row_is_owed_by_the_log(void **state)
{
    static const struct {
        uint16_t node; /* of two: the committer is 0, the device's 1 */
        bool judged;   /* else the device's node never heard of the committer */
    } cases[] = {{OBS_NODE_NONE, true}, {1, true}, {0, true}, {0, false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t from_ms = HEARD_MS + 1000;
        const int64_t last_ms = from_ms + AWAY_MS;
        story_end(&s);
        story_begin(&s);
        if (!cases[i].judged) {
            at(&s, HEARD_MS / 2);
            struct obs up = OBS(OBS_NODE_UP, 0);
            up.node = 1;
            tell(&s, up);
        }
        at(&s, HEARD_MS + 100);
        fault(true, OBS_NONE, cases[i].node, OBS_REDIS);
        online(&s, 1, 1);
        at(&s, from_ms);
        writes(&s, 0, 0, 31);
        commits(&s, (struct commit){.seq = 3, .client_id = 31, .node = 0});
        tick(last_ms);
        assert_nothing(&s);
        tick(last_ms + 1);
        assert_int_equal(found(&s, SYN_02), cases[i].judged);
    }
}

static void two_faults_at_once_end_with_the_second(void **state)
{
    (void)state;
    said_to_bob(1);
    fault(true, 1, OBS_NODE_NONE, 0);
    fault(true, 1, OBS_NODE_NONE, 0);
    at(&s, 1100);
    fault(false, 1, OBS_NODE_NONE, 0);
    tick(4000);
    assert_nothing(&s);
    fault(false, 1, OBS_NODE_NONE, 0);
    tick(4000 + REPAIR_MS);
    assert_nothing(&s);
    tick(4001 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

static void all_that_was_committed_in_a_disturbance_is_owed_after_it(void **state)
{
    (void)state;
    said_to_bob(1);
    fault(true, 1, OBS_NODE_NONE, 0);
    at(&s, 1500);
    says(&s, 0, 0, 4, 41);
    says(&s, 0, 0, 5, 51);
    at(&s, 2500);
    fault(false, 1, OBS_NODE_NONE, 0);
    at(&s, 2600);
    shown(&s, 1, 0, 3, ANA, 31);
    shown(&s, 1, 0, 4, ANA, 41);
    tick(2501 + REPAIR_MS);
    assert_now(&s, SYN_02); /* seq 5 */
    assert_int_equal(found(&s, SYN_02), 1);
}

static void a_committer_that_died_has_a_lease_and_a_sweep_more(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1005);
    node_is(OBS_NODE_DOWN, 0, 0);
    tick(1005 + DEATH_MS + REPAIR_MS);
    assert_nothing(&s);
    tick(1006 + DEATH_MS + REPAIR_MS);
    assert_now(&s, SYN_02);
}

static void the_death_of_another_node_or_before_the_transaction_changes_nothing(void **state)
{
    (void)state;
    node_is(OBS_NODE_DOWN, 0, 0);
    node_is(OBS_NODE_UP, 0, 2);
    said_to_bob(0);
    at(&s, 1005);
    node_is(OBS_NODE_DOWN, 1, 0); /* of the device's own: its connection is still to end */
    tick(1000 + REPAIR_MS);
    assert_nothing(&s);
    tick(1001 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

static void while_a_client_syncs_new_entries_may_wait_for_its_pages(void **state)
{
    (void)state;
    /* One row is missing: 2 pages of 2L + 2D + retry = 60 ms. */
    said_to_bob(0);
    at(&s, 1100);
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 1, 0);
    tick(1100 + 120 + REPAIR_MS);
    assert_nothing(&s);
    tick(1101 + 120 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

/* --- LIV-02 ---------------------------------------------------------------------------------- */

/* 2 Bk + answer + K/2 + 5L + 2D + R + retry. */
#define ONLINE_MS (2000 + 500 + 1000 + 50 + 20 + 10 + 20)

static void liv_02_a_device_that_does_not_get_online_fires(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    closes(&s, 1);
    tick(1000 + ONLINE_MS);
    assert_nothing(&s);
    tick(1001 + ONLINE_MS);
    assert_only(&s, LIV_02);
    tick(60000);
    assert_int_equal(found(&s, LIV_02), 1); /* once */
}

static void liv_02_attempts_that_fail_do_not_start_the_count_again(void **state)
{
    (void)state;
    opens(&s, 1, 1);
    for (int64_t ms = 1000; ms <= 3000; ms += 1000) {
        at(&s, ms);
        closes(&s, 1);
        opens(&s, 1, 1);
    }
    tick(ONLINE_MS + 1);
    assert_only(&s, LIV_02);
}

static void liv_02_is_silent_for_one_that_gets_there_at_the_last_instant(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    closes(&s, 1);
    opens(&s, 1, 1);
    at(&s, 1000 + ONLINE_MS);
    welcomed(&s, 1, 2, 2);
    tick(60000);
    assert_held(&s, LIV_02);
    assert_int_equal(judge_result(s.judge, LIV_02).used_us, ONLINE_MS * 1000);
}

static void liv_02_is_silent_for_one_that_wants_to_be_away_until_it_does_not(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    fault(true, 1, OBS_NODE_NONE, 0); /* the person closes the app */
    closes(&s, 1);
    at(&s, 30000);
    fault(false, 1, OBS_NODE_NONE, 0);
    tick(30000 + ONLINE_MS);
    assert_nothing(&s);
    tick(30001 + ONLINE_MS);
    assert_only(&s, LIV_02);
}

static void liv_02_counts_from_the_crash_of_a_node_that_it_may_have_been_sent_to(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    closes(&s, 1);
    at(&s, 2000);
    node_is(OBS_NODE_DOWN, 0, 0);
    tick(2000 + ONLINE_MS);
    assert_nothing(&s);
    tick(2001 + ONLINE_MS);
    assert_only(&s, LIV_02);
}

/* --- LIV-04 ---------------------------------------------------------------------------------- */

/* client gap + 3 pages (2L + 2D + retry) + repair: a page for each of two rooms, and one. */
#define HELD_MS (50 + 3 * 60 + REPAIR_MS)

/* Device 2 was not online when these were committed: nothing but LIV-04 is owed to it. */
static void holds_seq_5(void)
{
    opens(&s, 2, 0);
    at(&s, 500);
    for (uint64_t seq = 3; seq <= 5; seq++) {
        says(&s, 0, 0, seq, 10 * seq);
    }
    at(&s, 1000);
    welcomed(&s, 2, 2, 2);
    shown(&s, 2, 0, 3, ANA, 30);
    struct obs obs = row_of(OBS_RECV, 2, 0, 5, ANA, 50);
    obs.flags = OBS_HELD;
    tell(&s, obs);
}

static void liv_04_an_entry_held_for_long_fires(void **state)
{
    (void)state;
    holds_seq_5();
    tick(1000 + HELD_MS);
    assert_nothing(&s);
    tick(1001 + HELD_MS);
    assert_only(&s, LIV_04);
}

static void liv_04_is_silent_when_the_gap_closes_in_time(void **state)
{
    (void)state;
    holds_seq_5();
    at(&s, 1000 + HELD_MS);
    shown(&s, 2, 0, 4, ANA, 40);
    shown(&s, 2, 0, 5, ANA, 50);
    tick(9000);
    assert_held(&s, LIV_04);
    assert_int_equal(judge_result(s.judge, LIV_04).used_us, HELD_MS * 1000);
    assert_int_equal(judge_result(s.judge, LIV_04).bound_us, HELD_MS * 1000);
}

static void liv_04_is_silent_for_what_a_lost_connection_or_a_reset_drops(void **state)
{
    (void)state;
    holds_seq_5();
    simple(&s, OBS_RESET, 2, 0, 0, 0, 0);
    tick(2500);
    assert_nothing(&s);
    story_end(&s);
    story_begin(&s);
    holds_seq_5();
    closes(&s, 2);
    tick(2500);
    assert_nothing(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(syn_02_a_message_that_is_not_shown_in_time_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(syn_02_is_silent_when_it_is_shown_at_the_last_instant,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(liv_11_a_last_message_that_waits_for_the_next_one_fires,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(liv_11_is_silent_when_an_announcement_brings_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_violation_names_who_where_and_the_instant_of_the_deadline,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(only_who_was_connected_all_the_time_is_owed_a_message,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(who_left_is_owed_nothing_more, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_bound_counts_from_the_end_of_a_disturbance_on_the_path_only, setup, teardown),
        cmocka_unit_test_setup_teardown(redis_at_the_committer_is_on_the_path_too, setup, teardown),
        cmocka_unit_test_setup_teardown(without_redis_a_row_is_owed_by_the_log, setup, teardown),
        cmocka_unit_test_setup_teardown(two_faults_at_once_end_with_the_second, setup, teardown),
        cmocka_unit_test_setup_teardown(all_that_was_committed_in_a_disturbance_is_owed_after_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_committer_that_died_has_a_lease_and_a_sweep_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            the_death_of_another_node_or_before_the_transaction_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(while_a_client_syncs_new_entries_may_wait_for_its_pages,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(liv_02_a_device_that_does_not_get_online_fires, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(liv_02_attempts_that_fail_do_not_start_the_count_again,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            liv_02_is_silent_for_one_that_gets_there_at_the_last_instant, setup, teardown),
        cmocka_unit_test_setup_teardown(
            liv_02_is_silent_for_one_that_wants_to_be_away_until_it_does_not, setup, teardown),
        cmocka_unit_test_setup_teardown(
            liv_02_counts_from_the_crash_of_a_node_that_it_may_have_been_sent_to, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_04_an_entry_held_for_long_fires, setup, teardown),
        cmocka_unit_test_setup_teardown(liv_04_is_silent_when_the_gap_closes_in_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            liv_04_is_silent_for_what_a_lost_connection_or_a_reset_drops, setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
