/* The lives of a node: registration, and what a life does that a newer one fenced off. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

/* Ana is connection 1, bob 2; this is the first life of n1. */
static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){0});
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

#define EXPECT(lines) assert_string_equal(fake_trace(fake), lines)

static void say(uint64_t conn, const char *client_id)
{
    fake_say(fake, conn,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"%s\",\"content\":\"hi\"}",
             client_id);
}

static int64_t entries(void)
{
    return sql_db_int(fake_db(fake), "SELECT COUNT(*) FROM entries WHERE room = 1");
}

/* Another process registers under the name. */
static void another_life(void)
{
    sql_db_exec(fake_db(fake), "UPDATE nodes SET incarnation = incarnation + 1 WHERE name = 'n1'");
}

static void every_transaction_that_writes_is_fenced(void **state)
{
    static const char *const frames[] = {
        "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"hi\"}",
        "{\"type\":\"room_create\",\"roomId\":\"n\",\"clientId\":\"k\",\"members\":[\"eve\"]}",
        "{\"type\":\"room_join\",\"roomId\":\"r2\",\"clientId\":\"k\"}",
        "{\"type\":\"room_leave\",\"roomId\":\"r1\",\"clientId\":\"k\"}",
    };
    static const char count[] = "SELECT (SELECT COUNT(*) FROM entries) + (SELECT COUNT(*) FROM "
                                "rooms) + (SELECT COUNT(*) FROM users) + (SELECT COUNT(*) FROM "
                                "members) + (SELECT COUNT(*) FROM members WHERE left_seq > 0)";
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        sql_db_exec(fake_db(fake), "UPDATE rooms SET open = 1");
        const int64_t before = sql_db_int(fake_db(fake), count);
        another_life();
        fake_say(fake, 1, "%s", frames[i]);
        EXPECT("c1 < nack k try_again temporary\nready 0\nc1 x 4007\nc2 x 4007\nfenced\n");
        assert_int_equal(sql_db_int(fake_db(fake), count), before);
        (void)teardown(state);
        (void)setup(state);
    }
}

static void so_is_what_makes_a_user_known(void **state)
{
    (void)state;
    another_life();
    fake_hello(fake, 3, "zoe", "");
    EXPECT("ready 0\nc1 x 4007\nc2 x 4007\nc3 x 4007\nfenced\n");
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT COUNT(*) FROM users WHERE name = 'zoe'"), 0);
}

static void a_life_that_is_over_serves_nobody_and_says_so_once(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    say(1, "a");
    say(2, "b");
    another_life();
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < nack a try_again temporary\nready 0\nc1 x 4007\nc2 x 4007\nfenced\n");
    assert_int_equal(entries(), 2);
    fake_hello(fake, 5, "ana", "");
    fake_http(fake, 9, (struct fake_request){.method = "GET", .path = "/readyz"});
    fake_pass_us(fake, 60000000);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c5 x 1013"));
    assert_non_null(strstr(trace, "http 9 503"));
    assert_null(strstr(trace, "welcome"));
    assert_null(strstr(trace, "fenced"));
    assert_null(strstr(trace, "ready 1"));
    fake_drain(fake);
    EXPECT("drained\n");
}

static void a_request_is_told_that_nothing_was_written(void **state)
{
    (void)state;
    another_life();
    fake_http(fake, 7,
              (struct fake_request){.method = "POST",
                                    .path = "/api/rooms/r1/messages",
                                    .token = fake_token(fake, "ana", 1000000),
                                    .type = "application/json",
                                    .body = "{\"clientId\":\"k\",\"content\":\"hi\"}"});
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "http 7 503"));
    assert_null(strstr(trace, "http 7 504"));
    assert_int_equal(entries(), 2);
}

/* The fence judges the last try; what became of the first one nobody knows. */
static void what_was_unknown_before_the_fence_stays_unknown(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EUNKNOWN, true);
    say(1, "k");
    another_life();
    fake_pass_us(fake, 500000);
    const char *trace = fake_trace(fake);
    assert_null(strstr(trace, "nack"));
    assert_null(strstr(trace, "ack"));
    assert_non_null(strstr(trace, "c1 x 4007\n"));
    assert_non_null(strstr(trace, "fenced\n"));
}

static void
a_registration_whose_answer_is_lost_looks_again_and_is_not_fenced_by_itself(void **state)
{
    (void)state;
    (void)teardown(state);
    fake = fake_new((struct fake_options){0});
    fake_db_fail(fake, 2, HB_EUNKNOWN, true);
    fake_start(fake);
    fake_pass_us(fake, 1000000);
    fake_hello(fake, 1, "ana", "");
    say(1, "k");
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "ack k r1#3"));
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT incarnation FROM nodes WHERE name = 'n1'"),
                     3);
}

/* Written under what another database, or an earlier registration, called this life. */
static void a_fence_of_an_earlier_registration_is_only_a_try_that_failed(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    say(1, "k"); /* fenced by life 1 */
    another_life();
    sql_db_epoch_set(fake_db(fake), 8);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    const char *trace = fake_trace(fake);
    assert_null(strstr(trace, "fenced"));
    assert_non_null(strstr(trace, "c1 x 4004\n"));
    assert_non_null(strstr(trace, "ready 0\n"));
    fake_pass_us(fake, 3000000);
    fake_hello(fake, 4, "ana", "");
    assert_non_null(strstr(fake_trace(fake), "c4 < welcome ana"));
}

/* --- Who took the name --- */

/* As a process at `place` does it, since 990 s by its wall. */
static void taken_by(const char *place)
{
    char sql[256];

    (void)snprintf(sql, sizeof sql,
                   "UPDATE nodes SET incarnation = incarnation + 1, claimed = incarnation + 1, "
                   "place = '%s', since_ms = 990000 WHERE name = 'n1'",
                   place);
    sql_db_exec(fake_db(fake), sql);
}

#define ENDS "ready 0\nc1 x 4007\nc2 x 4007\nfenced by pid 7 on web-2 since 990000 again 0\n"

static void one_that_writes_nothing_looks_all_the_same_and_says_who_has_its_name(void **state)
{
    (void)state;
    taken_by("pid 7 on web-2");
    fake_pass_us(fake, 5000000);
    EXPECT(ENDS);
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT yielded FROM nodes WHERE name = 'n1'"), 1);
    fake_pass_us(fake, 60000000);
    EXPECT("");
}

static void one_that_hears_its_name_of_a_later_life_looks_at_once(void **state)
{
    (void)state;
    fake_pass_us(fake, 1000);
    fake_publish(fake, "nodes", "n1 2 1"); /* whoever says so: the database is asked */
    fake_publish(fake, "nodes", "n1 1 99999");
    fake_pass_us(fake, 1000);
    EXPECT("");
    taken_by("pid 7 on web-2");
    fake_publish(fake, "nodes", "n1 1 99999");
    fake_pass_us(fake, 1000);
    EXPECT("");
    fake_publish(fake, "nodes", "n1 2 2");
    fake_pass_us(fake, 1000);
    EXPECT(ENDS);
}

static void so_does_one_that_is_back_at_redis_or_awake_again(void **state)
{
    (void)state;
    fake_redis_down(fake);
    fake_pass_us(fake, 100000);
    taken_by("pid 7 on web-2");
    fake_redis_up(fake);
    fake_pass_us(fake, 200000);
    EXPECT(ENDS);
    (void)teardown(state);
    (void)setup(state);
    taken_by("pid 7 on web-2");
    fake_sleep_us(fake, 20000000);
    fake_publish(fake, "nodes", "n2 1 1");
    fake_pass_us(fake, 1000);
    assert_non_null(strstr(fake_trace(fake), "fenced by pid 7 on web-2"));
}

static void a_database_that_does_not_say_who_it_is_is_waited_for_a_while(void **state)
{
    (void)state;
    taken_by("pid 7 on web-2");
    fake_db_fail(fake, 1, HB_EFENCED, false);
    say(1, "k");
    fake_db_fail(fake, 3, HB_EAGAIN, false);
    fake_pass_us(fake, 1500000);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "fenced by pid 7 on web-2 since 990000 again 0\n"));
    (void)teardown(state);
    (void)setup(state);
    another_life();
    say(1, "k");
    (void)fake_trace(fake);
    (void)teardown(state);
    (void)setup(state);
    taken_by("pid 7 on web-2");
    fake_db_hold(fake, true);
    say(1, "k");
    fake_db_hold(fake, false);
    fake_db_fail(fake, 1000, HB_EUNKNOWN, false);
    fake_db_release(fake);
    fake_pass_us(fake, 3000000);
    fake_db_fail(fake, 0, HB_OK, false);
    fake_pass_us(fake, 6000000);
    trace = fake_trace(fake);
    assert_non_null(strstr(trace, "fenced"));
}

static void twice_within_a_minute_is_told_by_both(void **state)
{
    static const struct {
        int64_t ago_ms;
        bool told;
    } cases[] = {{1, true}, {59000, true}, {61000, false}, {-59000, true}, {-61000, false}};
    char sql[160];
    char line[160];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)teardown(state);
        fake = fake_new((struct fake_options){0});
        fake_show(fake, (struct fake_show){.notes = true});
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO nodes(name, incarnation, place, yielded, yielded_ms) "
                       "VALUES('n1', 2, 'pid 5 on web-1', 1, %lld)",
                       (long long)(1000000 - cases[i].ago_ms));
        sql_db_exec(fake_db(fake), sql);
        fake_start(fake); /* the third */
        const bool began = strstr(fake_trace(fake), "within the last minute") != NULL;
        assert_int_equal(began, cases[i].told);
        fake_hello(fake, 1, "ana", "");
        taken_by("pid 7 on web-2"); /* the fourth */
        say(1, "k");
        (void)snprintf(line, sizeof line, "fenced by pid 7 on web-2 since 990000 again ");
        const char *ends = strstr(fake_trace(fake), line);
        assert_non_null(ends);
        assert_int_equal(strncmp(ends + strlen(line), "0\n", 2) != 0, cases[i].told);
        assert_int_equal(sql_db_int(fake_db(fake), "SELECT yielded FROM nodes WHERE name = 'n1'"),
                         3);
    }
}

static void a_life_says_in_the_database_who_it_is(void **state)
{
    (void)state;
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT COUNT(*) FROM nodes WHERE name = 'n1' AND "
                                               "claimed = 1 AND since_ms BETWEEN 1000000 AND "
                                               "1000100 AND yielded = 0"),
                     1);
}

/* The database was adopted, or another one was put into its place: what this node says has the old name. */
static void a_database_of_another_installation_ends_the_node(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.notes = true});
    sql_db_exec(fake_db(fake), "UPDATE meta SET identity = 8");
    sql_db_epoch_set(fake_db(fake), 8);
    say(1, "k");
    fake_pass_us(fake, 3000000);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "note the database is another installation's now"));
    assert_non_null(strstr(trace, "c1 x 4004\n"));
    assert_non_null(strstr(trace, "fenced\n"));
    fake_hello(fake, 3, "ana", "");
    assert_null(strstr(fake_trace(fake), "c3 < welcome"));
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_transaction_that_writes_is_fenced),
        TEST(so_is_what_makes_a_user_known),
        TEST(a_life_that_is_over_serves_nobody_and_says_so_once),
        TEST(a_request_is_told_that_nothing_was_written),
        TEST(what_was_unknown_before_the_fence_stays_unknown),
        TEST(a_registration_whose_answer_is_lost_looks_again_and_is_not_fenced_by_itself),
        TEST(a_fence_of_an_earlier_registration_is_only_a_try_that_failed),
        TEST(one_that_writes_nothing_looks_all_the_same_and_says_who_has_its_name),
        TEST(one_that_hears_its_name_of_a_later_life_looks_at_once),
        TEST(so_does_one_that_is_back_at_redis_or_awake_again),
        TEST(a_database_that_does_not_say_who_it_is_is_waited_for_a_while),
        TEST(twice_within_a_minute_is_told_by_both),
        TEST(a_life_says_in_the_database_who_it_is),
        TEST(a_database_of_another_installation_ends_the_node),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
