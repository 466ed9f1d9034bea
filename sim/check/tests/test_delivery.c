/* What was committed is shown in time: at the last instant, and one past it.
 *
 * Long because a history is a story of its own, and each disturbance has one on either side. */
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

#define ONCE_MS   30   /* D + R + L */
#define REPAIR_MS 290  /* 2A + gap + R + 2D + L */
#define READ_MS   10   /* D: two more rows, and one more read of the log */
#define DEATH_MS  2500 /* K + S */
#define REDIS_MS  230  /* its recovery: back-off + 3R */
#define AWAY_MS   3020 /* K + S + that + REPAIR */
#define PAUSE_MS  100  /* retry + 2D + L + pause, which is the client's gap */
#define HEARD_MS  440  /* that + 2A + R: every other node has heard of one */

/* Bob's device 1 is online on node 1. Ana's message comes by `node` at 1000 ms, as seq 3. */
static void said_to_bob(uint16_t node)
{
    online(&s, 1, 1);
    at(&s, 1000);
    writes(&s, 0, 0, 31);
    commits(&s, (struct commit){.seq = 3, .client_id = 31, .node = node});
}

/* SYN-20 and a sync without an end (LIV-03) are other matters: nothing but these may be broken. */
static void in_time(void)
{
    const struct violation *violations;
    const size_t len = judge_violations(s.judge, &violations);

    for (size_t i = 0; i < len; i++) {
        assert_true(violations[i].invariant == SYN_20 || violations[i].invariant == LIV_03);
    }
}

static void slow(uint16_t node, int64_t takes_ms)
{
    struct obs obs = OBS(OBS_TX_SLOW, 0);
    obs.node = node;
    obs.value = takes_ms * 1000;
    tell(&s, obs);
}

/* --- SYN-02, LIV-11 -------------------------------------------------------------------------- */

static void syn_02_a_message_that_is_not_shown_in_time_fires(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1001);
    says(&s, 0, 0, 4, 41); /* so that it is not the last */
    tick(&s, 1000 + REPAIR_MS);
    in_time();
    at(&s, 1001 + REPAIR_MS);
    shown(&s, 1, 0, 3, ANA, 31); /* late by a millisecond */
    assert_now(&s, SYN_02);
    assert_int_equal(found(&s, SYN_02), 1);
    assert_int_equal(found(&s, LIV_11), 0);
}

static void syn_02_is_silent_when_it_is_shown_at_the_last_instant(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1000 + REPAIR_MS);
    shown(&s, 1, 0, 3, ANA, 31);
    tick(&s, 9000);
    in_time();
    assert_true(judge_result(s.judge, SYN_02).judged > 0);
    assert_int_equal(judge_result(s.judge, SYN_02).used_us, REPAIR_MS * 1000);
    assert_int_equal(judge_result(s.judge, SYN_02).bound_us, REPAIR_MS * 1000);
}

static void liv_11_a_last_message_that_waits_for_the_next_one_fires(void **state)
{
    (void)state;
    said_to_bob(0);
    tick(&s, 1001 + REPAIR_MS);
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
    tick(&s, 9000);
    in_time();
    assert_true(judge_result(s.judge, LIV_11).judged > 0);
    assert_int_equal(judge_result(s.judge, LIV_11).used_us, 200000);
}

static void a_violation_names_who_where_and_the_instant_of_the_deadline(void **state)
{
    (void)state;
    const struct violation *violations;

    said_to_bob(0);
    tick(&s, 5000);
    assert_int_equal(judge_violations(s.judge, &violations), 3); /* SYN-20, SYN-02, LIV-11 */
    violations++;
    assert_int_equal(violations[0].at_us, (1000 + REPAIR_MS) * 1000);
    assert_int_equal(violations[0].room, 0);
    assert_int_equal(violations[0].devices_len, 1);
    assert_int_equal(violations[0].devices[0], 1);
    assert_int_equal(violations[0].seq_low, 3);
    assert_non_null(strstr(violations[0].summary, "seq 3 of room 0"));
}

static void who_is_away_or_was_never_there_is_owed_nothing_yet(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1100);
    closes(&s, 1);
    online(&s, 2, 0); /* only now */
    tick(&s, 9000);
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
    tick(&s, 9000);
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
        fault(&s, true, where->device, where->node, where->flags);
        at(&s, last_ms < 3000 ? last_ms : 3000);
        if (last_ms >= 3000) {
            in_time();
            fault(&s, false, where->device, where->node, where->flags);
        }
        tick(&s, last_ms);
        in_time();
        tick(&s, last_ms + 1);
        assert_now(&s, SYN_02);
        assert_now(&s, LIV_11);
    }
}

static void redis_at_the_committer_is_on_the_path_too(void **state)
{
    (void)state;
    said_to_bob(0);
    fault(&s, true, OBS_NONE, 0, OBS_REDIS);
    at(&s, 2000);
    fault(&s, false, OBS_NONE, 0, OBS_REDIS);
    tick(&s, 2000 + REDIS_MS + REPAIR_MS);
    in_time();
    tick(&s, 2001 + REDIS_MS + REPAIR_MS);
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
        fault(&s, true, OBS_NONE, cases[i].node, OBS_REDIS);
        online(&s, 1, 1);
        at(&s, from_ms);
        writes(&s, 0, 0, 31);
        commits(&s, (struct commit){.seq = 3, .client_id = 31, .node = 0});
        tick(&s, last_ms);
        in_time();
        tick(&s, last_ms + 1);
        assert_int_equal(found(&s, SYN_02), cases[i].judged);
    }
}

/* Node 1, whose own cut ended before that of the committer began: it knows of it from before, or not. */
static void a_node_that_was_cut_itself_may_not_know_the_committer(void **state)
{
    static const struct {
        int64_t up_ms, cut_ms;
        bool judged;
    } cases[] = {{0, HEARD_MS, true}, {0, HEARD_MS - 1, false}, {HEARD_MS + 50, HEARD_MS, false}};
    const int64_t end_ms = HEARD_MS + 100;
    const int64_t from_ms = end_ms + REDIS_MS + 100;
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        story_end(&s);
        story_begin(&s);
        at(&s, cases[i].cut_ms);
        fault(&s, true, OBS_NONE, 1, OBS_REDIS);
        if (cases[i].up_ms > 0) {
            at(&s, cases[i].up_ms);
            node_is(&s, OBS_NODE_UP, 1, 2);
        }
        at(&s, end_ms);
        fault(&s, false, OBS_NONE, 1, OBS_REDIS);
        at(&s, end_ms + 1);
        fault(&s, true, OBS_NONE, 0, OBS_REDIS);
        online(&s, 1, 1);
        at(&s, from_ms);
        writes(&s, 0, 0, 31);
        commits(&s, (struct commit){.seq = 3, .client_id = 31, .node = 0});
        tick(&s, from_ms + AWAY_MS);
        in_time();
        tick(&s, from_ms + AWAY_MS + 1);
        assert_int_equal(found(&s, SYN_02), cases[i].judged);
    }
}

/* After a hundred leases. */
static void who_is_silent_for_too_long_is_forgotten(void **state)
{
    (void)state;
    for (int forgotten = 0; forgotten < 2; forgotten++) {
        const int64_t from_ms = 1000 + 200000 - (AWAY_MS - REPAIR_MS) + forgotten;
        story_end(&s);
        story_begin(&s);
        at(&s, 1000);
        fault(&s, true, OBS_NONE, 0, OBS_REDIS);
        online(&s, 1, 1);
        at(&s, from_ms);
        writes(&s, 0, 0, 31);
        commits(&s, (struct commit){.seq = 3, .client_id = 31, .node = 0});
        tick(&s, from_ms + AWAY_MS + 1);
        assert_int_equal(found(&s, SYN_02), 1 - forgotten);
    }
}

/* The device's node does not know of the committer, and is without Redis itself from 3000 ms on: only since
 * then the log tells. */
static void what_nobody_tells_is_owed_from_when_its_node_asks_the_log(void **state)
{
    (void)state;
    fault(&s, true, OBS_NONE, 0, OBS_REDIS);
    node_is(&s, OBS_NODE_UP, 1, 2);
    said_to_bob(0);
    at(&s, 1000 + AWAY_MS + 100);
    fault(&s, true, OBS_NONE, OBS_NODE_NONE, OBS_REDIS);
    tick(&s, 1000 + AWAY_MS + 100 + AWAY_MS);
    in_time();
    tick(&s, 1001 + AWAY_MS + 100 + AWAY_MS);
    assert_now(&s, SYN_02);
}

static void two_faults_at_once_end_with_the_second(void **state)
{
    (void)state;
    said_to_bob(1);
    fault(&s, true, 1, OBS_NODE_NONE, 0);
    fault(&s, true, 1, OBS_NODE_NONE, 0);
    at(&s, 1100);
    fault(&s, false, 1, OBS_NODE_NONE, 0);
    tick(&s, 4000);
    in_time();
    fault(&s, false, 1, OBS_NODE_NONE, 0);
    tick(&s, 4000 + REPAIR_MS);
    in_time();
    tick(&s, 4001 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

static void all_that_was_committed_in_a_disturbance_is_owed_after_it(void **state)
{
    (void)state;
    said_to_bob(1);
    fault(&s, true, 1, OBS_NODE_NONE, 0);
    at(&s, 1500);
    says(&s, 0, 0, 4, 41);
    says(&s, 0, 0, 5, 51);
    at(&s, 2500);
    fault(&s, false, 1, OBS_NODE_NONE, 0);
    at(&s, 2600);
    shown(&s, 1, 0, 3, ANA, 31);
    shown(&s, 1, 0, 4, ANA, 41);
    tick(&s, 2500 + REPAIR_MS + READ_MS);
    assert_nothing(&s);
    tick(&s, 2501 + REPAIR_MS + READ_MS); /* three rows were missing: two reads */
    assert_now(&s, SYN_02);               /* seq 5 */
    assert_int_equal(found(&s, SYN_02), 1);
}

/* A read of this node brings two rows: five that are missing are three reads, and one of them as many. */
static void what_is_missing_has_the_reads_that_its_rows_need(void **state)
{
    (void)state;
    said_to_bob(0);
    for (uint64_t seq = 4; seq <= 7; seq++) {
        says(&s, 0, 0, seq, seq * 10);
    }
    tick(&s, 1000 + ONCE_MS + 1);
    tick(&s, 1000 + REPAIR_MS + 2 * READ_MS);
    in_time();
    tick(&s, 1001 + REPAIR_MS + 2 * READ_MS);
    assert_now(&s, SYN_02);
}

/* What was repaired before is no part of a later gap. */
static void a_single_row_has_one_read_again_when_all_others_have_come(void **state)
{
    (void)state;
    said_to_bob(0);
    for (uint64_t seq = 4; seq <= 7; seq++) {
        says(&s, 0, 0, seq, seq * 10);
    }
    at(&s, 1100);
    shown(&s, 1, 0, 3, ANA, 31);
    for (uint64_t seq = 4; seq <= 7; seq++) {
        shown(&s, 1, 0, seq, ANA, seq * 10);
    }
    says(&s, 0, 0, 8, 80);
    tick(&s, 1101 + ONCE_MS);
    tick(&s, 1100 + REPAIR_MS);
    in_time();
    tick(&s, 1101 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

static void a_committer_that_died_has_a_lease_and_a_sweep_more(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1005);
    node_is(&s, OBS_NODE_DOWN, 0, 0);
    tick(&s, 1005 + DEATH_MS + REPAIR_MS);
    in_time();
    tick(&s, 1006 + DEATH_MS + REPAIR_MS);
    assert_now(&s, SYN_02);
}

static void the_death_of_another_node_or_before_the_transaction_changes_nothing(void **state)
{
    (void)state;
    node_is(&s, OBS_NODE_DOWN, 0, 0);
    node_is(&s, OBS_NODE_UP, 0, 2);
    said_to_bob(0);
    at(&s, 1005);
    node_is(&s, OBS_NODE_DOWN, 1, 0); /* of the device's own: its connection is still to end */
    tick(&s, 1000 + REPAIR_MS);
    in_time();
    tick(&s, 1001 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

/* Bob comes into the room by row 3, of node 0, which dies; row 4 is node 1's. */
static void a_room_that_nobody_told_of_comes_with_the_joining(void **state)
{
    (void)state;
    for (int knows = 0; knows < 2; knows++) {
        story_end(&s);
        story_begin(&s);
        said_to_bob(0);
        struct obs obs = OBS(OBS_MEMBER, 0);
        obs.user = 1;
        obs.room = 0;
        obs.seq = 3;
        tell(&s, obs);
        at(&s, 1005);
        node_is(&s, OBS_NODE_DOWN, 0, 0);
        if (knows != 0) {
            shown(&s, 1, 0, 3, ANA, 31);
        }
        at(&s, 1100);
        writes(&s, 0, 0, 41);
        commits(&s, (struct commit){.seq = 4, .client_id = 41, .node = 1});
        const int64_t due_ms = knows != 0 ? 1100 : 1005 + DEATH_MS;
        tick(&s, due_ms + REPAIR_MS);
        in_time();
        tick(&s, due_ms + REPAIR_MS + 1);
        assert_now(&s, SYN_02);
    }
}

static void while_a_client_syncs_new_entries_may_wait_for_its_pages(void **state)
{
    (void)state;
    /* One row is missing: 2 pages of 2L + 2D + retry = 60 ms. */
    said_to_bob(0);
    at(&s, 1100);
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 1, 0);
    tick(&s, 1100 + 120 + REPAIR_MS);
    in_time();
    tick(&s, 1101 + 120 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

/* --- Over a reconnect ------------------------------------------------------------------------ */

static void again_online(uint64_t head)
{
    opens(&s, 1, 1);
    welcomed(&s, 1, head, 2);
}

static void what_was_owed_before_a_reconnect_is_owed_after_it(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1020);
    closes(&s, 1);
    tick(&s, 3000);
    in_time();
    again_online(3);
    tick(&s, 3000 + REPAIR_MS);
    in_time();
    tick(&s, 3001 + REPAIR_MS);
    assert_now(&s, SYN_02);
    assert_now(&s, LIV_11);
}

static void what_was_committed_while_it_was_away_is_owed_too(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 900);
    closes(&s, 1);
    at(&s, 1000);
    says(&s, 0, 0, 3, 31);
    at(&s, 3000);
    again_online(3);
    tick(&s, 3001 + REPAIR_MS);
    assert_now(&s, SYN_02);
    assert_int_equal(found(&s, SYN_20), 0);
}

static void each_reconnect_starts_the_count_again(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1020);
    closes(&s, 1);
    again_online(3);
    at(&s, 1200);
    closes(&s, 1);
    at(&s, 1250);
    again_online(3);
    tick(&s, 1250 + REPAIR_MS);
    in_time();
    at(&s, 1251 + REPAIR_MS);
    shown(&s, 1, 0, 3, ANA, 31);
    assert_now(&s, SYN_02);
    assert_int_equal(found(&s, SYN_02), 1);
}

static void a_resume_in_time_is_in_time(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1020);
    closes(&s, 1);
    at(&s, 3000);
    again_online(3);
    at(&s, 3000 + REPAIR_MS);
    shown(&s, 1, 0, 3, ANA, 31);
    tick(&s, 9000);
    assert_nothing(&s);
    assert_int_equal(judge_result(s.judge, SYN_02).used_us, REPAIR_MS * 1000);
}

/* Its first welcome says where it begins, and so does the one after a reset. */
static void below_its_base_nothing_is_owed(void **state)
{
    (void)state;
    at(&s, 1000);
    says(&s, 0, 0, 3, 31);
    at(&s, 1100);
    opens(&s, 1, 1);
    welcomed(&s, 1, 3, 2);
    at(&s, 1200);
    says(&s, 0, 0, 4, 41);
    closes(&s, 1);
    at(&s, 1300);
    opens(&s, 1, 1);
    welcomed(&s, 1, 4, 2);
    simple(&s, OBS_RESET, 1, 0, 0, 0, 0);
    tick(&s, 9000);
    assert_nothing(&s);
    simple(&s, OBS_END, OBS_NONE, OBS_NONE, 0, 0, OBS_QUIET);
    assert_int_equal(judge_pairs(s.judge).excused, 1); /* seq 4 */
    assert_int_equal(judge_pairs(s.judge).excused_online, 1);
}

/* --- What puts a deadline off ---------------------------------------------------------------- */

static void a_slow_read_of_its_node_puts_a_deadline_off_to_its_end(void **state)
{
    static const struct {
        uint16_t node;
        int64_t last_ms;
    } cases[] = {{0, 990 + 3000 + REPAIR_MS}, {1, 990 + 3000 + REPAIR_MS}, {2, 1000 + REPAIR_MS}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        story_end(&s);
        story_begin(&s);
        at(&s, 990);
        slow(cases[i].node, 3000);
        said_to_bob(0);
        tick(&s, cases[i].last_ms);
        in_time();
        tick(&s, cases[i].last_ms + 1);
        assert_now(&s, SYN_02);
    }
}

/* It is slow by one fault, and refused by the other. */
static void a_slow_read_that_may_be_refused_is_tried_again(void **state)
{
    (void)state;
    for (int refused = 0; refused < 2; refused++) {
        story_end(&s);
        story_begin(&s);
        for (int i = 0; i <= refused; i++) {
            at(&s, 980);
            fault(&s, true, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
        }
        at(&s, 990);
        slow(1, 3000);
        at(&s, 995);
        for (int i = 0; i <= refused; i++) {
            fault(&s, false, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
        }
        said_to_bob(0);
        const int64_t last_ms = 990 + 3000 + (refused != 0 ? 40 : 0) + REPAIR_MS;
        tick(&s, last_ms);
        in_time();
        tick(&s, last_ms + 1);
        assert_now(&s, SYN_02);
    }
}

/* The slow time of an hour ago allows nothing now. */
static void a_slow_read_that_ended_changes_nothing(void **state)
{
    (void)state;
    slow(1, 500);
    at(&s, 900);
    said_to_bob(0);
    tick(&s, 1000 + REPAIR_MS);
    in_time();
    tick(&s, 1001 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

/* Two pages of 60 ms each, begun again a pause after the end of what may have refused them. */
static void a_refused_sync_is_begun_again_after_a_pause(void **state)
{
    const int64_t last_ms = 1200 + PAUSE_MS + 120 + REPAIR_MS;
    (void)state;

    for (int open = 0; open < 2; open++) {
        story_end(&s);
        story_begin(&s);
        said_to_bob(0);
        at(&s, 1100);
        fault(&s, true, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
        if (open != 0) {
            simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 1, 0);
        }
        at(&s, 1200);
        fault(&s, false, OBS_NONE, OBS_NODE_NONE, OBS_DATABASE);
        tick(&s, open != 0 ? last_ms : 1200 + 40 + REPAIR_MS);
        in_time();
        tick(&s, open != 0 ? last_ms + 1 : 1201 + 40 + REPAIR_MS);
        assert_now(&s, SYN_02);
    }
}

static void a_sync_that_ended_puts_nothing_off(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1010);
    simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 1, 0);
    at(&s, 1030);
    simple(&s, OBS_SYNC_PAGE, 1, OBS_NONE, 0, 1, 0); /* SYN-05 is content: it names no head */
    tick(&s, 1030 + REPAIR_MS);
    in_time();
    tick(&s, 1031 + REPAIR_MS);
    assert_now(&s, SYN_02);
}

/* --- SYN-20 ---------------------------------------------------------------------------------- */

static void a_hole_in_the_log_is_no_row_that_is_owed(void **state)
{
    (void)state;
    said_to_bob(0);
    writes(&s, 0, 0, 51);
    commits(&s, (struct commit){.seq = 5, .client_id = 51});
    tick(&s, 1000 + ONCE_MS + 1); /* both are late, and so is what is not between them */
    tick(&s, 1000 + REPAIR_MS + DEATH_MS);
    assert_int_equal(found(&s, SYN_02), 2);
    assert_int_equal(found(&s, ORD_02), 1);
}

static void syn_20_a_row_that_nothing_keeps_is_shown_at_once(void **state)
{
    (void)state;
    said_to_bob(0);
    tick(&s, 1000 + ONCE_MS);
    assert_nothing(&s);
    at(&s, 1001 + ONCE_MS);
    shown(&s, 1, 0, 3, ANA, 31);
    assert_only(&s, SYN_20);
}

static void syn_20_is_silent_at_the_last_instant(void **state)
{
    (void)state;
    said_to_bob(0);
    at(&s, 1000 + ONCE_MS);
    shown(&s, 1, 0, 3, ANA, 31);
    tick(&s, 9000);
    assert_held(&s, SYN_20);
    assert_int_equal(judge_result(s.judge, SYN_20).used_us, ONCE_MS * 1000);
    assert_int_equal(judge_result(s.judge, SYN_20).bound_us, ONCE_MS * 1000);
    assert_int_equal(judge_pairs(s.judge).bare, 1);
    assert_int_equal(judge_pairs(s.judge).extended, 0);
}

/* What happened at 900 ms, of which the row at 1000 knows, or at 1010, or to somebody else. */
enum happened {
    NOTHING,
    FAULT_OF_DEVICE,
    FAULT_OF_ANOTHER,
    FAULT_OF_REDIS,
    FAULT_OF_DATABASE,
    CLOCK,
    SLOW,
    DEATH,
    WELCOME,
    SYNC,
};

static void happens(enum happened what)
{
    static const uint8_t flags[] = {
        [FAULT_OF_REDIS] = OBS_REDIS, [FAULT_OF_DATABASE] = OBS_DATABASE};
    switch (what) {
    case NOTHING:
        break;
    case FAULT_OF_DEVICE:
    case FAULT_OF_ANOTHER:
        fault(&s, true, what == FAULT_OF_DEVICE ? 1 : 2, OBS_NODE_NONE, 0);
        break;
    case FAULT_OF_REDIS:
    case FAULT_OF_DATABASE:
        fault(&s, true, OBS_NONE, OBS_NODE_NONE, flags[what]);
        fault(&s, false, OBS_NONE, OBS_NODE_NONE, flags[what]);
        break;
    case CLOCK:
        fault(&s, true, OBS_NONE, 1, 0);
        break;
    case SLOW:
        slow(0, 150);
        break;
    case DEATH:
        node_is(&s, OBS_NODE_DOWN, 0, 0);
        node_is(&s, OBS_NODE_UP, 0, 2);
        break;
    case WELCOME:
        closes(&s, 1);
        again_online(2);
        break;
    case SYNC:
        simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 1, 0);
        break;
    }
}

static void syn_20_is_silent_for_what_was_disturbed_before_or_meanwhile(void **state)
{
    static const struct {
        enum happened what;
        bool before, after; /* whether it fires when that came before the commit, or after */
    } cases[] = {
        {NOTHING, true, true},
        {FAULT_OF_DEVICE, false, false},
        {FAULT_OF_ANOTHER, true, true},
        {FAULT_OF_REDIS, false, false},
        {FAULT_OF_DATABASE, false, false},
        {CLOCK, true, true},
        {SLOW, false, false},
        {DEATH, false, false},
        {WELCOME, true, false}, /* before: it is there */
        {SYNC, false, true},    /* after: a gap leads to it */
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int after = 0; after < 2; after++) {
            story_end(&s);
            story_begin(&s);
            online(&s, 1, 1);
            at(&s, 900);
            happens(after == 0 ? cases[i].what : NOTHING);
            at(&s, 1000);
            writes(&s, 0, 0, 31);
            commits(&s, (struct commit){.seq = 3, .client_id = 31, .node = 0});
            at(&s, 1010);
            happens(after != 0 ? cases[i].what : NOTHING);
            tick(&s, 1001 + ONCE_MS);
            assert_int_equal(found(&s, SYN_20), after != 0 ? cases[i].after : cases[i].before);
        }
    }
}

/* A client that may hold few entries drops what comes while it pages, and asks for it at once: of the rows
 * that came then only its last session says that it has them. */
static void syn_20_is_silent_while_one_session_leads_to_the_next(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        story_end(&s);
        story_begin(&s);
        online(&s, 1, 1);
        at(&s, 990);
        simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 1, 0);
        at(&s, 1000);
        says(&s, 0, 0, 3, 31);
        at(&s, 1010);
        simple(&s, OBS_SYNC_PAGE, 1, OBS_NONE, 0, 1, 0);
        at(&s, 1010 + later);
        simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 2, 0);
        tick(&s, 1001 + ONCE_MS);
        assert_int_equal(found(&s, SYN_20), later);
    }
}

static void syn_20_counts_again_when_all_that_was_lost_is_repaired(void **state)
{
    static const struct {
        int64_t end_ms;
        bool fires;
    } cases[] = {{1000 - REDIS_MS - REPAIR_MS, true}, {1001 - REDIS_MS - REPAIR_MS, false}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        story_end(&s);
        story_begin(&s);
        fault(&s, true, OBS_NONE, 1, OBS_REDIS);
        at(&s, cases[i].end_ms);
        fault(&s, false, OBS_NONE, 1, OBS_REDIS);
        said_to_bob(0);
        tick(&s, 1001 + ONCE_MS);
        assert_int_equal(found(&s, SYN_20), cases[i].fires);
    }
}

/* Seq 3 was kept by a fault of the device; seq 4 came after its end and waits behind it. */
static void syn_20_is_silent_for_what_waits_behind_a_disturbed_one(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 900);
    fault(&s, true, 1, OBS_NODE_NONE, 0);
    at(&s, 1000);
    says(&s, 0, 0, 3, 31);
    at(&s, 1060);
    fault(&s, false, 1, OBS_NODE_NONE, 0);
    at(&s, 1100);
    says(&s, 0, 0, 4, 41);
    tick(&s, 1200);
    assert_nothing(&s);
    shown(&s, 1, 0, 3, ANA, 31);
    shown(&s, 1, 0, 4, ANA, 41);
    at(&s, 1300);
    says(&s, 0, 0, 5, 51);
    tick(&s, 1301 + ONCE_MS);
    assert_only(&s, SYN_20); /* seq 5 has nothing to wait for */
}

/* It could not hold seq 3 while it synced; the session after that brings it. */
static void syn_20_is_silent_while_one_sync_follows_another(void **state)
{
    static const struct {
        int64_t end_ms, begin_ms;
        bool fires;
    } cases[] = {{1010, 1010, false}, {950, 1010, true}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        story_end(&s);
        story_begin(&s);
        online(&s, 1, 1);
        at(&s, 900);
        simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 1, 0);
        if (cases[i].end_ms < 1000) {
            at(&s, cases[i].end_ms);
            simple(&s, OBS_SYNC_PAGE, 1, OBS_NONE, 0, 1, 0);
        }
        at(&s, 1000);
        writes(&s, 0, 0, 31);
        commits(&s, (struct commit){.seq = 3, .client_id = 31, .node = 0});
        at(&s, cases[i].begin_ms);
        if (cases[i].end_ms >= 1000) {
            simple(&s, OBS_SYNC_PAGE, 1, OBS_NONE, 0, 1, 0);
        }
        simple(&s, OBS_SYNC_BEGIN, 1, 0, 2, 2, 0);
        tick(&s, 1001 + ONCE_MS);
        assert_int_equal(found(&s, SYN_20), cases[i].fires);
    }
}

static void syn_20_a_new_member_has_time_to_be_told(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        story_end(&s);
        story_begin(&s);
        online(&s, 1, 1);
        at(&s, 1000);
        says(&s, 0, 0, 3, 31);
        struct obs obs = OBS(OBS_MEMBER, 0);
        obs.user = 1;
        obs.room = 0;
        obs.seq = 3;
        tell(&s, obs);
        at(&s, late != 0 ? 1000 + REPAIR_MS : 1100);
        says(&s, 0, 0, 4, 41);
        tick(&s, 2000);
        assert_int_equal(found(&s, SYN_20), late);
    }
}

/* --- Shares ---------------------------------------------------------------------------------- */

static void the_shares_say_by_which_bound_each_pair_was_judged(void **state)
{
    (void)state;
    online(&s, 1, 1);
    at(&s, 1000);
    says(&s, 0, 0, 3, 31);
    shown(&s, 1, 0, 3, ANA, 31); /* bare */
    at(&s, 2000);
    closes(&s, 1);
    says(&s, 0, 0, 4, 41);
    at(&s, 3000);
    again_online(4);
    shown(&s, 1, 0, 4, ANA, 41); /* extended */
    at(&s, 4000);
    says(&s, 0, 0, 5, 51);
    closes(&s, 1); /* excused, was online */
    at(&s, 5000);
    says(&s, 0, 0, 6, 61); /* excused */
    tick(&s, 6000);
    simple(&s, OBS_END, OBS_NONE, OBS_NONE, 0, 0, 0);
    assert_nothing(&s);
    const struct pairs pairs = judge_pairs(s.judge);
    assert_int_equal(pairs.bare, 1);
    assert_int_equal(pairs.extended, 1);
    assert_int_equal(pairs.excused, 2);
    assert_int_equal(pairs.excused_online, 1);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(syn_02_a_message_that_is_not_shown_in_time_fires),
        TEST(syn_02_is_silent_when_it_is_shown_at_the_last_instant),
        TEST(liv_11_a_last_message_that_waits_for_the_next_one_fires),
        TEST(liv_11_is_silent_when_an_announcement_brings_it),
        TEST(a_violation_names_who_where_and_the_instant_of_the_deadline),
        TEST(who_is_away_or_was_never_there_is_owed_nothing_yet),
        TEST(who_left_is_owed_nothing_more),
        TEST(a_bound_counts_from_the_end_of_a_disturbance_on_the_path_only),
        TEST(redis_at_the_committer_is_on_the_path_too),
        TEST(without_redis_a_row_is_owed_by_the_log),
        TEST(a_node_that_was_cut_itself_may_not_know_the_committer),
        TEST(who_is_silent_for_too_long_is_forgotten),
        TEST(what_nobody_tells_is_owed_from_when_its_node_asks_the_log),
        TEST(two_faults_at_once_end_with_the_second),
        TEST(all_that_was_committed_in_a_disturbance_is_owed_after_it),
        TEST(what_is_missing_has_the_reads_that_its_rows_need),
        TEST(a_single_row_has_one_read_again_when_all_others_have_come),
        TEST(a_committer_that_died_has_a_lease_and_a_sweep_more),
        TEST(the_death_of_another_node_or_before_the_transaction_changes_nothing),
        TEST(a_room_that_nobody_told_of_comes_with_the_joining),
        TEST(while_a_client_syncs_new_entries_may_wait_for_its_pages),
        TEST(what_was_owed_before_a_reconnect_is_owed_after_it),
        TEST(what_was_committed_while_it_was_away_is_owed_too),
        TEST(each_reconnect_starts_the_count_again),
        TEST(a_resume_in_time_is_in_time),
        TEST(below_its_base_nothing_is_owed),
        TEST(a_slow_read_of_its_node_puts_a_deadline_off_to_its_end),
        TEST(a_slow_read_that_may_be_refused_is_tried_again),
        TEST(a_slow_read_that_ended_changes_nothing),
        TEST(a_refused_sync_is_begun_again_after_a_pause),
        TEST(a_sync_that_ended_puts_nothing_off),
        TEST(a_hole_in_the_log_is_no_row_that_is_owed),
        TEST(syn_20_a_row_that_nothing_keeps_is_shown_at_once),
        TEST(syn_20_is_silent_at_the_last_instant),
        TEST(syn_20_is_silent_for_what_was_disturbed_before_or_meanwhile),
        TEST(syn_20_is_silent_while_one_session_leads_to_the_next),
        TEST(syn_20_counts_again_when_all_that_was_lost_is_repaired),
        TEST(syn_20_is_silent_for_what_waits_behind_a_disturbed_one),
        TEST(syn_20_is_silent_while_one_sync_follows_another),
        TEST(syn_20_a_new_member_has_time_to_be_told),
        TEST(the_shares_say_by_which_bound_each_pair_was_judged),
    };
#undef TEST
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
