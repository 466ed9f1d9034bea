/* Who is there, at one node: what it says to Redis, what it hears from it, whom it tells. The other nodes are
 * the test, which writes to Redis as they would. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

#define GRACE_US     5000000
#define HEARTBEAT_US 30000000
#define LEASE_US     6000000
#define SWEEP_US     2000000

static struct fake *fake;

static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.presence = true});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

/* Ana, who shares r1 with bob, is connection 1; bob is not there. */
static void ana_is_here(void)
{
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
}

static void pings(int64_t us, int connections)
{
    for (int64_t left_us = us; left_us > 0; left_us -= 1000000) {
        fake_pass_us(fake, 1000000);
        for (int i = 1; i <= connections; i++) {
            fake_say(fake, (uint64_t)i, "{\"type\":\"ping\"}");
        }
    }
}

static const char *told(void)
{
    static char lines[4096];
    char *at = lines;
    const char *trace = fake_trace(fake);

    while (*trace != '\0') {
        const char *end = strchr(trace, '\n') + 1;
        if (strncmp(trace + 2, " < presence", 11) == 0 || strncmp(trace + 2, " < error", 8) == 0) {
            memcpy(at, trace, (size_t)(end - trace));
            at += end - trace;
        }
        trace = end;
    }
    *at = '\0';
    return lines;
}
#define TOLD(lines) assert_string_equal(told(), lines)

static void who_comes_is_shown_to_those_of_the_same_room_and_to_nobody_else(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "eve", "");
    (void)fake_trace(fake);
    fake_hello(fake, 3, "bob", ",\"deviceType\":\"mobile\"");
    TOLD("c3 < presence_state ana=online/web bob=offline\nc1 < presence_update bob=online/mobile\n"
         "c3 < presence_update bob=online/mobile\n");
}

static void who_leaves_is_shown_so_after_the_grace(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    fake_drop(fake, 2);
    fake_pass_us(fake, GRACE_US - 1);
    TOLD("");
    fake_pass_us(fake, 1);
    TOLD("c1 < presence_update bob=offline\n");
}

static void who_comes_back_within_the_grace_was_never_away(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    fake_drop(fake, 2);
    fake_pass_us(fake, GRACE_US - 1);
    fake_hello(fake, 3, "bob", "");
    pings((int64_t)2 * GRACE_US, 1);
    TOLD("c3 < presence_state ana=online/web bob=online/web\n");
}

static void of_two_devices_the_better_one_counts(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    fake_hello(fake, 3, "bob", ",\"deviceType\":\"mobile\"");
    (void)fake_trace(fake);
    fake_pass_us(fake, 1000);
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"away\"}");
    TOLD("c1 < presence_update bob=online/mobile\nc2 < presence_update bob=online/mobile\n"
         "c3 < presence_update bob=online/mobile\n");
    fake_pass_us(fake, 1000);
    fake_say(fake, 3, "{\"type\":\"presence\",\"status\":\"away\"}");
    assert_non_null(strstr(told(), "c1 < presence_update bob=away/mobile\n"));
    fake_drop(fake, 3);
    fake_pass_us(fake, GRACE_US);
    assert_non_null(strstr(told(), "c1 < presence_update bob=away/web\n"));
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"online\"}");
    assert_non_null(strstr(told(), "c1 < presence_update bob=online/web\n"));
}

static void who_closes_one_of_two_devices_is_not_shown_by_it(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    fake_pass_us(fake, 2000);
    fake_hello(fake, 3, "bob", ",\"deviceType\":\"mobile\"");
    (void)fake_trace(fake);
    fake_pass_us(fake, 2000);
    fake_drop(fake, 2);
    fake_pass_us(fake, GRACE_US);
    pings(HEARTBEAT_US, 1);
    TOLD("");
}

static void of_devices_alike_the_first_by_name_counts(void **state)
{
    (void)state;
    ana_is_here();
    (void)fake_redis(fake, "HSET presence:lives n2.1-1 1");
    (void)fake_redis(fake, "SET presence:lease:n2 1-1 PX 1000000000");
    (void)fake_redis(fake, "HSET presence:detail:bob c:n2.1-1.5 online~mobile~999~86400999 "
                           "c:n2.1-1.4 online~desktop~999~86400999 v 5");
    fake_publish(fake, "presence:bob",
                 "{\"type\":\"presence_update\",\"userId\":\"bob\",\"status\":\"away\","
                 "\"version\":0}"); /* old, and not what is shown: the record is read */
    pings(HEARTBEAT_US + 1000000, 1);
    TOLD("c1 < presence_update bob=online/desktop\n");
}

static void what_was_chosen_wins_and_lasts(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    fake_say(
        fake, 2,
        "{\"type\":\"presence\",\"status\":\"busy\",\"metadata\":{\"customStatus\":\"at work\"}}");
    assert_non_null(strstr(told(), "c1 < presence_update bob=busy/web 'at work'\n"));
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"away\"}");
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"online\"}");
    TOLD("");
    fake_say(fake, 2, "{\"type\":\"presence\",\"metadata\":{\"doNotDisturbUntil\":9000000}}");
    assert_non_null(strstr(told(), "c1 < presence_update bob=busy/web 'at work' dnd=9000000\n"));
    fake_drop(fake, 2);
    pings((int64_t)120 * 1000000, 1);
    assert_non_null(strstr(told(), "c1 < presence_update bob=offline 'at work' dnd=9000000\n"));
    fake_hello(fake, 2, "bob", "");
    assert_non_null(strstr(told(), "c1 < presence_update bob=busy/web 'at work' dnd=9000000\n"));
    fake_say(fake, 2,
             "{\"type\":\"presence\",\"status\":null,\"metadata\":{\"customStatus\":null}}");
    assert_non_null(strstr(told(), "c1 < presence_update bob=online/web dnd=9000000\n"));
}

static void of_two_choices_the_later_one_lasts_also_when_the_first_was_refused(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    fake_db_fail(fake, 1, HB_EAGAIN, false);
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"busy\"}");
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"offline\"}");
    TOLD("");
    fake_pass_us(fake, HEARTBEAT_US);
    assert_null(strstr(strrchr(told(), '<'), "busy"));
    fake_say(fake, 2, "{\"type\":\"presence\",\"metadata\":{\"customStatus\":\"gone\"}}");
    assert_non_null(strstr(told(), "c1 < presence_update bob=offline 'gone'\n"));
}

static void nobody_learns_what_who_chose_to_be_offline_does(void **state)
{
    (void)state;
    char since[32];
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    fake_pass_us(fake, 1000000);
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"offline\"}");
    assert_non_null(strstr(told(), "c1 < presence_update bob=offline\n"));
    (void)snprintf(since, sizeof since, "%s",
                   fake_redis(fake, "HGET presence:detail:bob lastSeen"));
    pings((int64_t)2 * HEARTBEAT_US, 2);
    fake_say(fake, 2, "{\"type\":\"presence\",\"metadata\":{\"customStatus\":\"gone\"}}");
    fake_hello(fake, 3, "bob", ",\"deviceType\":\"mobile\"");
    fake_drop(fake, 2);
    fake_drop(fake, 3);
    fake_pass_us(fake, GRACE_US);
    assert_string_equal(fake_redis(fake, "HGET presence:detail:bob lastSeen"), since);
    assert_string_equal(fake_redis(fake, "HGET presence:detail:bob device"), "web\n");
    fake_hello(fake, 2, "bob", "");
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":null}");
    assert_string_not_equal(fake_redis(fake, "HGET presence:detail:bob lastSeen"), since);
}

static void the_room_somebody_is_in_is_told_to_those_in_it(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    fake_say(fake, 1, "{\"type\":\"presence\",\"currentRoom\":\"r3\"}");
    TOLD("c1 < presence_update ana=online/web@r3\nc2 < presence_update ana=online/web\n");
    fake_say(fake, 1, "{\"type\":\"presence\",\"currentRoom\":\"r1\"}");
    TOLD("c1 < presence_update ana=online/web@r1\nc2 < presence_update ana=online/web@r1\n");
    fake_say(fake, 1, "{\"type\":\"presence\",\"currentRoom\":\"r2\"}");
    assert_non_null(strstr(told(), "c1 < error denied field=currentRoom\n"));
}

static void nothing_is_told_while_nothing_changes(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    for (int i = 0; i < 5; i++) {
        fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"online\"}");
    }
    pings((int64_t)10 * HEARTBEAT_US, 2);
    TOLD("");
}

static void the_record_can_be_read_as_the_document_has_it(void **state)
{
    (void)state;
    ana_is_here();
    assert_string_equal(fake_redis(fake, "HGET presence:detail:ana status"), "online\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:ana server"), "n1\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:ana connected"), "true\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:ana subscriptions"), "r1,r3\n");
    assert_string_equal(fake_redis(fake, "TTL presence:detail:ana"), "86400\n");
    assert_string_equal(fake_redis(fake, "ZRANGE presence:users 0 -1"), "ana\n");
    fake_drop(fake, 1);
    fake_pass_us(fake, GRACE_US);
    assert_string_equal(fake_redis(fake, "HGET presence:detail:ana status"), "offline\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:ana connected"), "false\n");
    assert_string_equal(fake_redis(fake, "TTL presence:detail:ana"), "60\n");
}

/* --- Other nodes --- */

static void what_another_node_publishes_is_told_once_and_in_order(void **state)
{
    (void)state;
    ana_is_here();
    fake_publish(fake, "presence:bob",
                 "{\"type\":\"presence_update\",\"userId\":\"bob\",\"status\":\"online\","
                 "\"version\":2000002,\"event\":\"online\",\"server\":\"n2\"}");
    fake_pass_us(fake, 0);
    TOLD("c1 < presence_update bob=online/web\n");
    fake_publish(fake, "presence:bob",
                 "{\"type\":\"presence_update\",\"userId\":\"bob\",\"status\":\"online\","
                 "\"version\":2000002}");
    fake_pass_us(fake, 0);
    TOLD("");
    static const char *const bad[] = {
        "",
        "{}",
        "null",
        "{\"type\":\"presence_update\",\"userId\":\"eve\",\"status\":\"busy\",\"version\":3000000}",
        "{\"type\":\"presence_update\",\"userId\":\"bob\",\"status\":\"<img>\",\"version\":"
        "3000000}",
        "{\"type\":\"pong\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fake_publish(fake, "presence:bob", bad[i]);
    }
    fake_pass_us(fake, 0);
    TOLD("");
}

/* Bob is connected to n2, on a mobile, in a life whose lease goes on. */
static void bob_is_at_another_node(void)
{
    (void)fake_redis(fake, "HSET presence:lives n2.1-1 1");
    (void)fake_redis(fake, "HSET presence:life:n2.1-1 bob 1");
    (void)fake_redis(fake, "SET presence:lease:n2 1-1 PX 1000000000");
    (void)fake_redis(fake, "HSET presence:detail:bob c:n2.1-1.4 online~mobile~999~86400999 v 5 "
                           "status online lastSeen 999 device mobile connected true");
}

static void a_life_whose_lease_ended_takes_its_connections_with_it(void **state)
{
    (void)state;
    fake_start(fake);
    bob_is_at_another_node();
    fake_hello(fake, 1, "ana", "");
    assert_non_null(strstr(told(), "c1 < presence_update bob=online/mobile\n"));
    pings((int64_t)10 * LEASE_US, 1);
    TOLD("");
    (void)fake_redis(fake, "DEL presence:lease:n2");
    pings(GRACE_US - SWEEP_US, 1);
    TOLD("");
    pings((int64_t)3 * SWEEP_US, 1); /* a sweep that misses it, the grace, and the next sweep */
    TOLD("c1 < presence_update bob=offline\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:bob lastSeen"), "999\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:bob c:n2.1-1.4"), "\n");
    pings((int64_t)3 * SWEEP_US, 1);
    assert_string_equal(fake_redis(fake, "EXISTS presence:life:n2.1-1 presence:lives"), "1\n");
    assert_string_equal(fake_redis(fake, "HGET presence:lives n2.1-1"), "\n");
}

static void of_two_nodes_the_end_of_one_takes_only_its_own(void **state)
{
    (void)state;
    fake_start(fake);
    bob_is_at_another_node();
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    (void)fake_redis(fake, "DEL presence:lease:n2");
    pings((int64_t)2 * LEASE_US + GRACE_US + (int64_t)4 * SWEEP_US, 2);
    TOLD("");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:bob c:n2.1-1.4"), "\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:bob status"), "online\n");
}

static void the_folds_of_two_nodes_that_meet_end_alike(void **state)
{
    (void)state;
    ana_is_here();
    /* Another node wrote its fold over a connection that it had not seen yet: found at the next look. */
    (void)fake_redis(fake, "HSET presence:detail:ana status offline connected false");
    pings(HEARTBEAT_US + 1000000, 1);
    assert_string_equal(fake_redis(fake, "HGET presence:detail:ana status"), "online\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:ana connected"), "true\n");
}

static void a_version_that_went_back_is_raised(void **state)
{
    (void)state;
    ana_is_here();
    fake_publish(fake, "presence:bob",
                 "{\"type\":\"presence_update\",\"userId\":\"bob\",\"status\":\"online\","
                 "\"version\":2000002}");
    fake_pass_us(fake, 0);
    (void)fake_redis(fake, "HSET presence:lives n2.1-1 1");
    (void)fake_redis(fake, "SET presence:lease:n2 1-1 PX 1000000000");
    (void)fake_redis(fake, "HSET presence:detail:bob c:n2.1-1.4 away~mobile~999~99000000 v 7 "
                           "status away lastSeen 999 device mobile connected true");
    fake_publish(fake, "presence:bob",
                 "{\"type\":\"presence_update\",\"userId\":\"bob\",\"status\":\"away\","
                 "\"version\":7}");
    fake_pass_us(fake, 0);
    TOLD("c1 < presence_update bob=online/web\nc1 < presence_update bob=away/mobile\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:bob v"), "2000003\n");
}

static void redis_away_makes_it_stale_and_shows_nobody_offline(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    fake_redis_down(fake);
    pings(LEASE_US + 2 * SWEEP_US, 2);
    TOLD("c1 < presence_state stale\nc2 < presence_state stale\n");
    pings((int64_t)60 * 1000000, 2);
    TOLD("");
    fake_redis_up(fake);
    pings((int64_t)20 * 1000000, 2);
    TOLD("c1 < presence_state\nc2 < presence_state\n");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:bob status"), "online\n");
}

static void a_record_that_was_evicted_comes_back(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    (void)fake_redis(fake, "FLUSHALL");
    pings(HEARTBEAT_US + 2000000, 2);
    TOLD("");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:bob status"), "online\n");
    assert_string_equal(fake_redis(fake, "EXISTS presence:lease:n1"), "1\n");
}

static void a_node_that_slept_says_its_people_in_a_new_generation(void **state)
{
    (void)state;
    ana_is_here();
    fake_hello(fake, 2, "bob", "");
    assert_int_equal(fake_other_sends(fake, "r1", "bob", "k", false), 3);
    (void)fake_trace(fake);
    fake_sleep_us(fake, (int64_t)2 * LEASE_US);
    /* Others found the lease gone, and removed what was said in it. */
    (void)fake_redis(fake, "HDEL presence:detail:bob c:n1.1-1.2");
    fake_pass_us(fake, 1000000);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "r1#3 bob/k"));
    assert_null(strstr(trace, "offline"));
    assert_string_equal(fake_redis(fake, "GET presence:lease:n1"), "1-2\n");
    assert_non_null(strstr(fake_redis(fake, "HGET presence:detail:bob c:n1.1-2.2"), "online web"));
    pings((int64_t)6 * LEASE_US + GRACE_US, 2);
    TOLD("");
    assert_string_equal(fake_redis(fake, "HGET presence:detail:ana c:n1.1-1.1"), "\n");
    assert_string_equal(fake_redis(fake, "HGET presence:lives n1.1-1"), "\n");
}

static void a_room_of_too_many_is_told_their_number(void **state)
{
    (void)state;
    fake_start(fake);
    sql_db_exec(fake_db(fake), "INSERT INTO members VALUES(1, 3, 9, NULL)"); /* eve is the third */
    (void)fake_redis(fake, "HSET presence:crowd:r1 n2.1-1 40");
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "ana", "");
    (void)fake_trace(fake);
    pings(1500000, 2);
    assert_non_null(strstr(told(), "c1 < presence_room r1 41\n"));
    fake_hello(fake, 3, "bob", "");
    TOLD("c3 < presence_room r1 41\nc3 < presence_update bob=online/web\n");
    pings(1000000, 2);
    TOLD("c1 < presence_room r1 42\nc2 < presence_room r1 42\nc3 < presence_room r1 42\n");
    pings(3000000, 2);
    TOLD("");
}

static int setup_with_heartbeats(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.presence = true, .heartbeat_us = 1000000});
    return 0;
}

/* More have their heartbeat at once than may be under way; a change does not wait for any of them. */
static void a_change_does_not_wait_for_heartbeats(void **state)
{
    (void)state;
    char name[16];
    fake_start(fake);
    for (uint64_t i = 1; i <= 300; i++) {
        (void)snprintf(name, sizeof name, "u%u", (unsigned)i);
        fake_hello(fake, i, name, "");
    }
    fake_pass_us(fake, 0);
    fake_redis_hang(fake, true);
    fake_show(fake, (struct fake_show){.commands = true});
    (void)fake_trace(fake);
    fake_pass_us(fake, 1100000);
    const char *beats = fake_trace(fake);
    int waits = 0; /* somebody whose heartbeat is still to be said */
    for (int i = 300; i > 0 && waits == 0; i--) {
        (void)snprintf(name, sizeof name, ":u%d ", i);
        waits = strstr(beats, name) == NULL ? i : 0;
    }
    assert_true(waits > 0);
    assert_non_null(strstr(beats, "presence:detail:"));
    fake_say(fake, (uint64_t)waits, "{\"type\":\"presence\",\"status\":\"away\"}");
    (void)snprintf(name, sizeof name, ":u%d ", waits);
    assert_non_null(strstr(fake_trace(fake), name));
}

/* --- How many --- */

static int setup_two(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.presence = true, .per_user = 2});
    return 0;
}

static bool closed(int conn)
{
    char line[32];

    (void)snprintf(line, sizeof line, "c%d x 4006\n", conn);
    return strstr(fake_trace(fake), line) != NULL;
}

static void the_newest_beyond_what_a_user_may_have_is_closed(void **state)
{
    (void)state;
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "ana", "");
    assert_false(closed(2));
    fake_hello(fake, 3, "ana", "");
    assert_true(closed(3));
    fake_drop(fake, 1);
    fake_pass_us(fake, GRACE_US);
    fake_hello(fake, 4, "ana", "");
    assert_false(closed(4));
}

static void connections_at_other_nodes_count_too(void **state)
{
    (void)state;
    fake_start(fake);
    bob_is_at_another_node();
    (void)fake_redis(fake, "HSET presence:detail:bob c:n2.1-1.5 online~mobile~999~86400999");
    fake_hello(fake, 1, "bob", "");
    fake_pass_us(fake, 0);
    assert_true(closed(1));
    (void)fake_redis(fake, "HDEL presence:detail:bob c:n2.1-1.5");
    fake_pass_us(fake, GRACE_US);
    fake_hello(fake, 2, "bob", "");
    fake_pass_us(fake, 0);
    assert_false(closed(2));
    /* What came later at the other node is its to close. */
    (void)fake_redis(fake, "HSET presence:detail:bob c:n2.1-1.6 online~mobile~999~86400999");
    pings(HEARTBEAT_US + 1000000, 2);
    assert_false(closed(2));
}

/* --- Watching --- */

static void only_those_with_whom_one_shares_a_room_can_be_watched(void **state)
{
    (void)state;
    ana_is_here();
    fake_say(fake, 1,
             "{\"type\":\"presence_subscribe\",\"ref\":\"p\",\"userIds\":[\"bob\",\"eve\"]}");
    TOLD("c1 < presence_state ref=p bob=offline\nc1 < error denied ref=p field=userIds\n");
    fake_hello(fake, 2, "eve", "");
    TOLD("c2 < presence_update eve=online/web\n");
}

#define WATCH_BOB   "{\"type\":\"presence_subscribe\",\"userIds\":[\"bob\"]}"
#define UNWATCH_BOB "{\"type\":\"presence_unsubscribe\",\"userIds\":[\"bob\"]}"

/* Three are too many for anybody to be told of all. */
static void ana_is_in_a_large_room(void)
{
    fake_start(fake);
    sql_db_exec(fake_db(fake), "INSERT INTO members VALUES(1, 3, 9, NULL)");
    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
}

static void bob_comes_and_says_that_he_is_away(void)
{
    fake_hello(fake, 2, "bob", "");
    (void)told();
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"away\"}");
}

static void bob_is_looked_up_and_comes(void)
{
    fake_db_hold(fake, false);
    fake_db_release(fake);
    (void)told();
    bob_comes_and_says_that_he_is_away();
}

static void in_a_large_room_who_is_watched_is_told_of(void **state)
{
    (void)state;
    ana_is_in_a_large_room();
    fake_say(fake, 1, WATCH_BOB);
    TOLD("c1 < presence_update bob=offline\n"); /* nothing was known of him before */
    bob_comes_and_says_that_he_is_away();
    TOLD("c1 < presence_update bob=away/web\nc2 < presence_update bob=away/web\n");
    fake_say(fake, 1, UNWATCH_BOB);
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"busy\"}");
    TOLD("c2 < presence_update bob=busy/web\n");
}

static void who_is_given_up_while_looked_up_is_not_watched(void **state)
{
    (void)state;
    ana_is_in_a_large_room();
    fake_db_hold(fake, true);
    fake_say(fake, 1, WATCH_BOB);
    fake_say(fake, 1, UNWATCH_BOB);
    bob_is_looked_up_and_comes();
    TOLD("c2 < presence_update bob=away/web\n");
}

static void who_is_given_up_while_looked_up_again_is_not_watched(void **state)
{
    (void)state;
    ana_is_in_a_large_room();
    fake_say(fake, 1, WATCH_BOB);
    fake_db_hold(fake, true);
    pings(HEARTBEAT_US + 1000000, 1);
    fake_say(fake, 1, UNWATCH_BOB);
    bob_is_looked_up_and_comes();
    TOLD("c2 < presence_update bob=away/web\n");
}

static void who_is_given_up_and_asked_for_again_is_watched(void **state)
{
    (void)state;
    ana_is_in_a_large_room();
    fake_db_hold(fake, true);
    fake_say(fake, 1, WATCH_BOB);
    fake_say(fake, 1, UNWATCH_BOB);
    fake_say(fake, 1, WATCH_BOB);
    bob_is_looked_up_and_comes();
    TOLD("c1 < presence_update bob=away/web\nc2 < presence_update bob=away/web\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            who_comes_is_shown_to_those_of_the_same_room_and_to_nobody_else, setup, teardown),
        cmocka_unit_test_setup_teardown(who_leaves_is_shown_so_after_the_grace, setup, teardown),
        cmocka_unit_test_setup_teardown(who_comes_back_within_the_grace_was_never_away, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(of_two_devices_the_better_one_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(who_closes_one_of_two_devices_is_not_shown_by_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(of_devices_alike_the_first_by_name_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_chosen_wins_and_lasts, setup, teardown),
        cmocka_unit_test_setup_teardown(
            of_two_choices_the_later_one_lasts_also_when_the_first_was_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_learns_what_who_chose_to_be_offline_does, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_room_somebody_is_in_is_told_to_those_in_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_is_told_while_nothing_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(the_record_can_be_read_as_the_document_has_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_another_node_publishes_is_told_once_and_in_order,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_life_whose_lease_ended_takes_its_connections_with_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(of_two_nodes_the_end_of_one_takes_only_its_own, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_folds_of_two_nodes_that_meet_end_alike, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_version_that_went_back_is_raised, setup, teardown),
        cmocka_unit_test_setup_teardown(redis_away_makes_it_stale_and_shows_nobody_offline, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_record_that_was_evicted_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_node_that_slept_says_its_people_in_a_new_generation,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_room_of_too_many_is_told_their_number, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_does_not_wait_for_heartbeats,
                                        setup_with_heartbeats, teardown),
        cmocka_unit_test_setup_teardown(the_newest_beyond_what_a_user_may_have_is_closed, setup_two,
                                        teardown),
        cmocka_unit_test_setup_teardown(connections_at_other_nodes_count_too, setup_two, teardown),
        cmocka_unit_test_setup_teardown(only_those_with_whom_one_shares_a_room_can_be_watched,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(in_a_large_room_who_is_watched_is_told_of, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_given_up_while_looked_up_is_not_watched, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_is_given_up_while_looked_up_again_is_not_watched, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_is_given_up_and_asked_for_again_is_watched, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
