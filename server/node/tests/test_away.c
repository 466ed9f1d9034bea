/* A node without Redis: it is ready, takes, commits, serves, and hears of the others by the database. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

#define SWEEP_US 2000000

static struct fake *fake;

static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){0});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

#define EXPECT(lines) assert_string_equal(fake_trace(fake), lines)

/* Ana is connection 1, bob 2; Redis went away after they came. */
static void begun(void)
{
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    fake_redis_down(fake);
    (void)fake_trace(fake);
}

static void it_is_ready_from_its_start_on(void **state)
{
    (void)state;
    fake_redis_down(fake);
    fake_start(fake);
    EXPECT("ready 1\n");
    fake_hello(fake, 1, "ana", "");
    EXPECT("c1 < welcome ana r1@2+ r3@1+\n");
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"hi\"}");
    EXPECT("c1 < ack k r1#3\nc1 < message r1#3 ana/k 'hi'\n");
}

static void it_stays_ready_however_long_redis_is_away(void **state)
{
    (void)state;
    begun();
    for (int i = 0; i < 60; i++) {
        fake_pass_us(fake, 10000000);
        fake_say(fake, 1, "{\"type\":\"ping\"}");
        fake_say(fake, 2, "{\"type\":\"ping\"}");
    }
    const char *trace = fake_trace(fake);
    assert_null(strstr(trace, "ready"));
    assert_null(strstr(trace, " x "));
    fake_hello(fake, 3, "ana", "");
    EXPECT("c3 < welcome ana r1@2+ r3@1+\n");
}

static void what_others_commit_comes_at_each_sweep_in_order_and_once(void **state)
{
    static char id[] = "k0";

    (void)state;
    begun();
    for (int i = 3; i < 8; i++) {
        char want[160];
        id[1] = (char)('0' + i);
        (void)fake_other_sends(fake, "r1", "bob", id, true);
        fake_pass_us(fake, SWEEP_US);
        (void)snprintf(
            want, sizeof want,
            "c1 < message r1#%d bob/k%d 'from n2'\nc2 < message r1#%d bob/k%d 'from n2'\n", i, i, i,
            i);
        EXPECT(want);
    }
}

static void a_join_elsewhere_is_found_at_the_next_sweep(void **state)
{
    (void)state;
    begun();
    (void)fake_other_moves(fake, "r3", "bob", ENTRY_JOIN, false);
    fake_pass_us(fake, 2 * SWEEP_US);
    EXPECT("c1 < room_event r3#2 join bob\nc2 < room_event r3#2 join bob\n");
}

static void a_database_that_is_away_too_is_asked_once_at_a_time(void **state)
{
    unsigned asked = 0;

    (void)state;
    begun();
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_db_hold(fake, true);
    fake_pass_us(fake, 20 * SWEEP_US);
    for (const char *at = fake_trace(fake); (at = strstr(at, "db ROOM_HEAD")) != NULL; at++) {
        asked++;
    }
    assert_true(asked <= 1);
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    fake_pass_us(fake, 2 * SWEEP_US);
    assert_non_null(strstr(fake_trace(fake), "c1 < message r1#3 bob/k3"));
}

static void when_redis_is_back_the_sweeps_read_nothing_any_more(void **state)
{
    (void)state;
    begun();
    fake_pass_us(fake, 3 * SWEEP_US);
    fake_redis_up(fake);
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    fake_pass_us(fake, 8 * SWEEP_US); /* its pauses, then the confirmation */
    assert_non_null(strstr(fake_trace(fake), "c1 < message r1#3 bob/k3"));
    fake_say(fake, 1, "{\"type\":\"ping\"}");
    fake_say(fake, 2, "{\"type\":\"ping\"}");
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_pass_us(fake, 5 * SWEEP_US);
    EXPECT("");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_is_ready_from_its_start_on),
        TEST(it_stays_ready_however_long_redis_is_away),
        TEST(what_others_commit_comes_at_each_sweep_in_order_and_once),
        TEST(a_join_elsewhere_is_found_at_the_next_sweep),
        TEST(a_database_that_is_away_too_is_asked_once_at_a_time),
        TEST(when_redis_is_back_the_sweeps_read_nothing_any_more),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
