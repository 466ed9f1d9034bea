/* Repairs from the database: gaps, lost subscriptions, the slow pass. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

/* Ana is connection 1, bob 2. */
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

#define M(conn, seq, id) "c" #conn " < message r1#" #seq " bob/" id " 'from n2'\n"
#define BOTH(seq, id)    M(1, seq, id) M(2, seq, id)

static void a_gap_is_repaired_from_the_log_after_its_time(void **state)
{
    (void)state;
    (void)fake_other_sends(fake, "r1", "bob", "k3", false); /* lost */
    (void)fake_other_sends(fake, "r1", "bob", "k4", true);
    fake_pass_us(fake, 249000);
    EXPECT("");
    fake_pass_us(fake, 2000);
    EXPECT(BOTH(3, "k3") BOTH(4, "k4"));
}

static void a_gap_that_closes_by_itself_costs_no_read(void **state)
{
    (void)state;
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    (void)fake_other_sends(fake, "r1", "bob", "k4", true);
    fake_pass_us(fake, 100000);
    fake_publish_entry(fake, "r1", 3);
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_pass_us(fake, 900000);
    EXPECT("");
}

/* k3 was missing for 200 ms and came; k5 is missing since then. */
static void each_gap_has_its_own_time(void **state)
{
    (void)state;
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    (void)fake_other_sends(fake, "r1", "bob", "k4", true);
    fake_pass_us(fake, 200000);
    fake_publish_entry(fake, "r1", 3);
    (void)fake_other_sends(fake, "r1", "bob", "k5", false);
    (void)fake_other_sends(fake, "r1", "bob", "k6", true);
    EXPECT(BOTH(3, "k3") BOTH(4, "k4"));
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_pass_us(fake, 249000);
    EXPECT("");
    fake_show(fake, (struct fake_show){0});
    fake_pass_us(fake, 2000);
    EXPECT(BOTH(5, "k5") BOTH(6, "k6"));
}

/* One may be held: what is furthest from being next is thrown away, and read when it is next. */
static void what_could_not_be_held_is_read_as_soon_as_it_is_next(void **state)
{
    static const uint64_t orders[2][2] = {{5, 4}, {4, 5}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        fake_free(&fake);
        fake = fake_new((struct fake_options){.held_entries = 1});
        fake_start(fake);
        fake_hello(fake, 1, "ana", "");
        fake_hello(fake, 2, "bob", "");
        (void)fake_other_sends(fake, "r1", "bob", "k3", false);
        (void)fake_other_sends(fake, "r1", "bob", "k4", false);
        (void)fake_other_sends(fake, "r1", "bob", "k5", false);
        (void)fake_trace(fake);
        fake_publish_entry(fake, "r1", orders[i][0]);
        fake_publish_entry(fake, "r1", orders[i][1]);
        fake_pass_us(fake, 5000);
        EXPECT("");
        fake_publish_entry(fake, "r1", 3);
        EXPECT(BOTH(3, "k3") BOTH(4, "k4"));
        fake_pass_us(fake, 5000);
        EXPECT(BOTH(5, "k5"));
    }
}

/* The slow pass reads a head whose publication is still on its way. */
static void a_head_whose_publication_is_on_its_way_is_waited_for(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        fake_pass_us(fake, 11500000);
        fake_say(fake, 1, "{\"type\":\"ping\"}");
        fake_say(fake, 2, "{\"type\":\"ping\"}");
    }
    fake_pass_us(fake, 2400000);
    (void)fake_trace(fake);
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    fake_show(fake, (struct fake_show){.dbs = true, .notes = true});
    fake_pass_us(fake, 150000);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "db ROOM_HEAD")); /* it was compared within this time */
    assert_null(strstr(trace, "db ENTRIES_AFTER"));
    fake_show(fake, (struct fake_show){0});
    fake_publish_entry(fake, "r1", 3);
    EXPECT(BOTH(3, "k3"));
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_pass_us(fake, 300000);
    EXPECT("");
}

static void a_repair_goes_on_page_by_page_to_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 250; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "k%d", i);
        (void)fake_other_sends(fake, "r1", "bob", id, i == 249);
    }
    fake_show(fake, (struct fake_show){.dbs = true, .notes = true});
    fake_pass_us(fake, 260000);
    const char *trace = fake_trace(fake);
    unsigned reads = 0;
    for (const char *at = trace; (at = strstr(at, "db ENTRIES_AFTER")) != NULL; at++) {
        reads++;
    }
    assert_int_equal(reads, 3);
    assert_non_null(strstr(trace, "c1 < message r1#251 bob/k248 'from n2'\n"));
    assert_non_null(strstr(trace, "c1 < message r1#252 bob/k249 'from n2'\n"));
}

static void a_publication_during_a_repair_is_delivered_once_and_in_order(void **state)
{
    (void)state;
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    (void)fake_other_sends(fake, "r1", "bob", "k4", true);
    fake_db_hold(fake, true);
    fake_pass_us(fake, 260000); /* the read is under way */
    fake_publish_entry(fake, "r1", 3);
    EXPECT(BOTH(3, "k3") BOTH(4, "k4"));
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("");
    (void)fake_other_sends(fake, "r1", "bob", "k5", true);
    EXPECT(BOTH(5, "k5"));
}

static void after_a_lost_subscription_the_rooms_are_compared_with_the_log(void **state)
{
    (void)state;
    fake_redis_down(fake);
    (void)fake_other_sends(fake, "r1", "bob", "k3", true);
    EXPECT("");
    fake_redis_up(fake);
    fake_pass_us(fake, 400000);
    EXPECT(BOTH(3, "k3"));
    (void)fake_other_sends(fake, "r1", "bob", "k4", true);
    EXPECT(BOTH(4, "k4"));
}

static void a_join_missed_with_the_user_s_channel_is_found_on_its_confirmation(void **state)
{
    (void)state;
    fake_redis_down(fake);
    (void)fake_other_moves(fake, "r3", "bob", ENTRY_JOIN, false);
    fake_redis_up(fake);
    fake_pass_us(fake, 1000000);
    EXPECT("c1 < room_event r3#2 join bob\nc2 < room_event r3#2 join bob\n");
}

static void a_slow_pass_finds_what_nothing_else_told(void **state)
{
    (void)state;
    (void)fake_other_sends(fake, "r1", "bob", "k3", false); /* lost, and its node is gone */
    for (int i = 0; i < 5; i++) {
        fake_pass_us(fake, 11500000);
        fake_say(fake, 1, "{\"type\":\"ping\"}");
        fake_say(fake, 2, "{\"type\":\"ping\"}");
    }
    assert_null(strstr(fake_trace(fake), "message"));
    fake_pass_us(fake, 4000000);
    EXPECT(BOTH(3, "k3"));
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_gap_is_repaired_from_the_log_after_its_time),
        TEST(a_gap_that_closes_by_itself_costs_no_read),
        TEST(each_gap_has_its_own_time),
        TEST(what_could_not_be_held_is_read_as_soon_as_it_is_next),
        TEST(a_head_whose_publication_is_on_its_way_is_waited_for),
        TEST(a_repair_goes_on_page_by_page_to_the_end),
        TEST(a_publication_during_a_repair_is_delivered_once_and_in_order),
        TEST(after_a_lost_subscription_the_rooms_are_compared_with_the_log),
        TEST(a_join_missed_with_the_user_s_channel_is_found_on_its_confirmation),
        TEST(a_slow_pass_finds_what_nothing_else_told),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
