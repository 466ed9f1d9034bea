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
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
