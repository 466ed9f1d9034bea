/* Users and rooms that come and go: what nobody needs is forgotten, and what comes late finds nothing. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US   INT64_C(1000000)
#define MORE_AND_US (250 * SECOND_US) /* the grace, and the time between two looks */

static struct fake *fake;

/* Nobody is here. */
static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){0});
    fake_start(fake);
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

static uint64_t gauge(const char *name)
{
    static uint64_t id = 1000000;
    char line[64];

    fake_http(fake, ++id, (struct fake_request){.method = "GET", .path = "/metrics"});
    (void)snprintf(line, sizeof line, "\nhubbub_%s ", name);
    const char *at = strstr(fake_last_json(fake), line);
    assert_non_null(at);
    const uint64_t value = strtoull(at + strlen(line), NULL, 10);
    (void)fake_trace(fake);
    return value;
}

static void ana_and_bob(void)
{
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
}

static void all_go(void)
{
    fake_drop(fake, 1);
    fake_drop(fake, 2);
}

/* Those on these connections stay, by their pings. */
static void time_passes(int64_t us, uint64_t conn)
{
    for (; us > 0; us -= 10 * SECOND_US) {
        fake_say(fake, conn, "{\"type\":\"ping\"}");
        fake_pass_us(fake, 10 * SECOND_US);
    }
    (void)fake_trace(fake);
}

static void nothing_is_kept_of_many_that_come_and_go(void **state)
{
    (void)state;
    uint64_t most[2] = {0, 0};
    char name[16];

    for (uint64_t i = 0; i < 2000; i++) {
        const uint64_t conn = 10 + i;
        (void)snprintf(name, sizeof name, "u%u", (unsigned)i);
        fake_hello(fake, conn, name, "");
        fake_say(fake, conn, "{\"type\":\"room_create\",\"roomId\":\"m%u\",\"clientId\":\"c\"}",
                 (unsigned)i);
        fake_say(fake, conn,
                 "{\"type\":\"send\",\"roomId\":\"m%u\",\"clientId\":\"s\",\"content\":\"x\"}",
                 (unsigned)i);
        assert_non_null(strstr(fake_trace(fake), " ack s m"));
        fake_drop(fake, conn);
        fake_pass_us(fake, SECOND_US);
        if (i % 50 == 49) {
            const uint64_t known =
                gauge("users_known") + gauge("rooms_known") + gauge("channels_known");
            uint64_t *half = &most[i >= 1000];
            *half = known > *half ? known : *half;
        }
    }
    /* 240 s of users, of rooms and of the channels of both. */
    assert_in_range(most[0], 400, 1100);
    assert_true(most[1] <= most[0] + 20);
    fake_pass_us(fake, MORE_AND_US);
    assert_int_equal(gauge("users_known"), 0);
    assert_int_equal(gauge("rooms_known"), 0);
    assert_int_equal(gauge("channels_known"), 1); /* of the nodes */
}

static void who_is_here_is_kept(void **state)
{
    (void)state;
    ana_and_bob();
    fake_drop(fake, 2);
    time_passes(2 * MORE_AND_US, 1);
    assert_int_equal(gauge("users_known"), 1);
    assert_int_equal(gauge("rooms_known"), 2);
    (void)fake_other_sends(fake, "r1", "bob", "k3", true);
    EXPECT("c1 < message r1#3 bob/k3 'from n2'\n");
}

static void who_comes_back_in_time_is_not_read_anew(void **state)
{
    (void)state;
    ana_and_bob();
    all_go();
    fake_pass_us(fake, 100 * SECOND_US);
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_hello(fake, 3, "ana", "");
    assert_null(strstr(fake_trace(fake), "USER_ADD"));
}

static void who_comes_back_later_is_met_anew(void **state)
{
    (void)state;
    ana_and_bob();
    all_go();
    fake_pass_us(fake, MORE_AND_US);
    assert_int_equal(gauge("users_known"), 0);
    assert_int_equal(gauge("rooms_known"), 0);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_hello(fake, 3, "bob", "");
    assert_non_null(strstr(fake_trace(fake), "USER_ADD"));
    fake_show(fake, (struct fake_show){0});
    fake_hello(fake, 4, "ana", "");
    EXPECT("c4 < welcome ana r1@2+ r3@1+\n");
    fake_say(fake, 4, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\"}");
    EXPECT("c4 < ack k r1#3\nc3 < message r1#3 ana/k 'x'\nc4 < message r1#3 ana/k 'x'\n");
    (void)fake_other_sends(fake, "r3", "ana", "k4", true);
    EXPECT("c4 < message r3#2 ana/k4 'from n2'\n");
}

/* Eve and r2 get the places that ana, bob, r1 and r3 had. */
static void what_comes_late_for_the_old_one_finds_nothing_at_its_place(void **state)
{
    (void)state;
    ana_and_bob();
    all_go();
    fake_pass_us(fake, MORE_AND_US);
    fake_hello(fake, 5, "eve", "");
    EXPECT("c5 < welcome eve r2@1+\n");
    fake_show(fake, (struct fake_show){.dbs = true, .notes = true});
    fake_publish(fake, "user:ana", "rooms");
    fake_publish(fake, "user:bob", "rooms");
    (void)fake_other_sends(fake, "r1", "bob", "k3", true);
    (void)fake_other_sends(fake, "r3", "ana", "k4", true);
    fake_publish(fake, "nodes", "n2 1 1 1:3 3:2");
    fake_pass_us(fake, SECOND_US);
    EXPECT("");
    fake_publish(fake, "user:eve", "rooms");
    fake_pass_us(fake, 1);
    EXPECT("db USER_ROOMS\n");
}

static void a_late_answer_to_a_forgotten_user_s_hello_finds_nothing(void **state)
{
    (void)state;
    fake_db_late(fake, true);
    fake_hello(fake, 1, "ana", "");
    fake_drop(fake, 1);
    fake_pass_us(fake, MORE_AND_US);
    assert_int_equal(gauge("users_known"), 0);
    fake_db_late(fake, false);
    fake_hello(fake, 5, "eve", "");
    EXPECT("c5 < welcome eve r2@1+\n");
    fake_db_release(fake);
    EXPECT("");
    assert_int_equal(gauge("users_known"), 1);
    assert_int_equal(gauge("transactions"), 0);
}

static void a_command_under_way_keeps_its_user_and_room(void **state)
{
    (void)state;
    ana_and_bob();
    fake_db_hold(fake, true);
    fake_say(fake, 1, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\"}");
    all_go();
    fake_pass_us(fake, 2 * MORE_AND_US);
    assert_int_equal(gauge("users_known"), 1);
    assert_in_range(gauge("rooms_known"), 1, 2); /* of r3 a head is still being read, perhaps */
    fake_show(fake, (struct fake_show){.pubs = true});
    fake_db_hold(fake, false);
    fake_db_release(fake);
    assert_non_null(strstr(fake_trace(fake), "pub room:r1 3 {\"type\":\"message\""));
    fake_pass_us(fake, MORE_AND_US);
    assert_int_equal(gauge("users_known"), 0);
    assert_int_equal(gauge("rooms_known"), 0);
}

static void a_repair_under_way_keeps_its_room_and_finds_it_given_up(void **state)
{
    (void)state;
    ana_and_bob();
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    (void)fake_other_sends(fake, "r1", "bob", "k4", true);
    fake_db_hold(fake, true);
    fake_pass_us(fake, SECOND_US); /* the read is under way */
    all_go();
    fake_pass_us(fake, 2 * MORE_AND_US);
    assert_in_range(gauge("rooms_known"), 1, 2);
    (void)fake_trace(fake);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("");
    fake_pass_us(fake, MORE_AND_US);
    assert_int_equal(gauge("rooms_known"), 0);
    assert_int_equal(gauge("transactions"), 0);
}

static void reads_under_way_keep_the_users_and_rooms_that_they_are_of(void **state)
{
    (void)state;
    ana_and_bob();
    fake_db_hold(fake, true);
    fake_publish(fake, "user:ana", "rooms");
    fake_publish(fake, "nodes", "n2 1 1");
    fake_publish(fake, "nodes", "n2 1 9"); /* one was missed: all heads are read */
    fake_pass_us(fake, 1);
    all_go();
    fake_pass_us(fake, 2 * MORE_AND_US);
    assert_int_equal(gauge("users_known"), 1);
    assert_int_equal(gauge("rooms_known"), 2);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("");
    fake_pass_us(fake, MORE_AND_US);
    assert_int_equal(gauge("users_known") + gauge("rooms_known"), 0);
    assert_int_equal(gauge("transactions"), 0);
}

static void a_page_under_way_keeps_a_room_that_was_left(void **state)
{
    (void)state;
    ana_and_bob();
    (void)fake_other_moves(fake, "r3", "bob", ENTRY_JOIN, true);
    fake_drop(fake, 1);
    (void)fake_trace(fake);
    fake_db_hold(fake, true);
    fake_say(fake, 2,
             "{\"type\":\"sync_request\",\"ref\":\"q\",\"epoch\":\"0000000000000007\","
             "\"positions\":{\"r1\":1,\"r3\":1}}");
    (void)fake_other_moves(fake, "r3", "bob", ENTRY_LEAVE, true);
    time_passes(2 * MORE_AND_US, 2);
    assert_int_equal(gauge("rooms_known"), 2);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c2 < sync_response ref=q r1#2 heads r1@2\n");
    time_passes(MORE_AND_US, 2);
    assert_int_equal(gauge("rooms_known"), 1);
}

static void a_page_backwards_under_way_keeps_its_room_too(void **state)
{
    (void)state;
    ana_and_bob();
    fake_drop(fake, 1);
    fake_db_hold(fake, true);
    fake_say(fake, 2, "{\"type\":\"sync_request\",\"roomId\":\"r1\"}");
    (void)fake_other_moves(fake, "r1", "bob", ENTRY_LEAVE, true);
    (void)fake_trace(fake);
    time_passes(2 * MORE_AND_US, 2);
    assert_int_equal(gauge("rooms_known"), 1);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c2 < error denied field=roomId\n");
    time_passes(MORE_AND_US, 2);
    assert_int_equal(gauge("rooms_known"), 0);
}

static void requests_leave_nothing_either(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 50; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "u%u", (unsigned)i);
        fake_http(fake, i,
                  (struct fake_request){.method = "GET",
                                        .path = "/api/messages/sync",
                                        .token = fake_token(fake, name, 1000000)});
    }
    assert_int_equal(gauge("users_known"), 50);
    fake_pass_us(fake, MORE_AND_US);
    assert_int_equal(gauge("users_known"), 0);
}

static void who_is_not_known_to_be_left_by_redis_stays_until_it_is(void **state)
{
    (void)state;
    ana_and_bob();
    fake_redis_down(fake);
    all_go();
    fake_pass_us(fake, MORE_AND_US);
    fake_redis_up(fake);
    fake_pass_us(fake, 10 * SECOND_US);
    assert_int_equal(gauge("users_known"), 0);
    assert_int_equal(gauge("channels_known"), 1);
    ana_and_bob();
    (void)fake_other_sends(fake, "r1", "bob", "k3", true);
    EXPECT("c1 < message r1#3 bob/k3 'from n2'\nc2 < message r1#3 bob/k3 'from n2'\n");
}

static void another_database_changes_nothing_about_it(void **state)
{
    (void)state;
    ana_and_bob();
    all_go();
    fake_pass_us(fake, MORE_AND_US);
    fake_hello(fake, 5, "eve", ""); /* one place of two is empty */
    sql_db_epoch_set(fake_db(fake), 8);
    fake_publish(fake, "user:eve", "rooms");
    fake_pass_us(fake, 10 * SECOND_US);
    (void)fake_trace(fake);
    fake_hello(fake, 6, "eve", "");
    EXPECT("c6 < welcome eve r2@1+\n");
    fake_drop(fake, 6);
    fake_pass_us(fake, MORE_AND_US);
    assert_int_equal(gauge("users_known") + gauge("rooms_known"), 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_kept_of_many_that_come_and_go),
        TEST(who_is_here_is_kept),
        TEST(who_comes_back_in_time_is_not_read_anew),
        TEST(who_comes_back_later_is_met_anew),
        TEST(what_comes_late_for_the_old_one_finds_nothing_at_its_place),
        TEST(a_late_answer_to_a_forgotten_user_s_hello_finds_nothing),
        TEST(a_command_under_way_keeps_its_user_and_room),
        TEST(a_repair_under_way_keeps_its_room_and_finds_it_given_up),
        TEST(reads_under_way_keep_the_users_and_rooms_that_they_are_of),
        TEST(a_page_under_way_keeps_a_room_that_was_left),
        TEST(a_page_backwards_under_way_keeps_its_room_too),
        TEST(requests_leave_nothing_either),
        TEST(who_is_not_known_to_be_left_by_redis_stays_until_it_is),
        TEST(another_database_changes_nothing_about_it),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
