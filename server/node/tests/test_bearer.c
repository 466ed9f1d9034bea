/* The end of a connection with its token, and another token before that. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

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

/* The wall shows 1000 s, the token is good until 1030 s, the leeway is 60 s. */
static void lasts_90_s(void)
{
    fake_wall_set(fake, 1000000);
    fake_open(fake, 1);
    fake_say(fake, 1, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
             fake_token(fake, "eve", 1030));
    (void)fake_trace(fake);
}

static void pings_until(int64_t s)
{
    for (int64_t i = 0; i < s / 5; i++) {
        fake_pass_us(fake, 5000000);
        fake_say(fake, 1, "{\"type\":\"ping\"}");
    }
}

static void a_connection_ends_with_its_token(void **state)
{
    (void)state;
    lasts_90_s();
    pings_until(85);
    assert_null(strstr(fake_trace(fake), "x"));
    fake_pass_us(fake, 4999000);
    EXPECT("");
    fake_pass_us(fake, 1000);
    EXPECT("c1 x 4001\n");
}

static void a_wall_that_is_set_back_does_not_prolong_it(void **state)
{
    (void)state;
    lasts_90_s();
    pings_until(85);
    fake_wall_set(fake, 1000);
    (void)fake_trace(fake);
    fake_pass_us(fake, 5000000);
    EXPECT("c1 x 4001\n");
}

static void a_node_that_slept_does_nothing_for_an_old_token(void **state)
{
    (void)state;
    lasts_90_s();
    pings_until(85);
    (void)fake_trace(fake);
    fake_sleep_us(fake, 6000000);
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r2\",\"clientId\":\"k\",\"content\":\"hi\"}");
    EXPECT("c1 x 4001\n");
}

static void refresh(const char *user, int64_t expires_s)
{
    fake_say(fake, 1, "{\"type\":\"refresh\",\"ref\":\"t1\",\"token\":\"%s\"}",
             fake_token(fake, user, expires_s));
}

static void nothing_is_delivered_behind_the_end(void **state)
{
    (void)state;
    lasts_90_s();
    pings_until(85);
    (void)fake_trace(fake);
    fake_sleep_us(fake, 6000000);
    (void)fake_other_sends(fake, "r2", "bob", "k1", true);
    EXPECT("c1 x 4001\n");
}

static void a_wall_that_is_set_forward_ends_it_at_the_next_look(void **state)
{
    (void)state;
    lasts_90_s();
    fake_wall_set(fake, 1090000);
    (void)fake_other_sends(fake, "r2", "bob", "k1", true);
    EXPECT("c1 x 4001\n");
}

static void a_node_to_which_nothing_comes_looks_as_well(void **state)
{
    (void)state;
    lasts_90_s();
    fake_wall_set(fake, 1090000);
    fake_pass_us(fake, 1000000); /* its tick */
    EXPECT("c1 x 4001\n");
}

static void a_wall_short_of_the_end_changes_nothing(void **state)
{
    (void)state;
    lasts_90_s();
    fake_wall_set(fake, 1089999);
    fake_say(fake, 1, "{\"type\":\"ping\"}");
    EXPECT("c1 < pong\n");
}

static void what_was_committed_is_not_acked_behind_the_end_and_found_by_its_id(void **state)
{
    (void)state;
    lasts_90_s();
    pings_until(85);
    (void)fake_trace(fake);
    fake_db_late(fake, true);
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r2\",\"clientId\":\"k\",\"content\":\"hi\"}");
    fake_pass_us(fake, 5000000);
    fake_db_late(fake, false);
    fake_db_release(fake);
    assert_null(strstr(fake_trace(fake), "ack"));
    fake_hello(fake, 2, "eve", "");
    (void)fake_trace(fake);
    fake_say(fake, 2,
             "{\"type\":\"send\",\"roomId\":\"r2\",\"clientId\":\"k\",\"content\":\"hi\"}");
    assert_non_null(strstr(fake_trace(fake), "c2 < ack k r2#"));
}

static void a_hello_that_waits_ends_with_its_token(void **state)
{
    (void)state;
    fake_wall_set(fake, 1000000);
    fake_db_hold(fake, true);
    fake_open(fake, 1);
    fake_say(fake, 1, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
             fake_token(fake, "eve", 941));
    (void)fake_trace(fake);
    fake_pass_us(fake, 1000000);
    EXPECT("c1 x 4001\n");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    assert_null(strstr(fake_trace(fake), "welcome"));
}

static void the_welcome_tells_when_it_ends(void **state)
{
    (void)state;
    lasts_90_s();
    assert_non_null(strstr(fake_last_json(fake), "\"expiresInMs\":90000,"));
}

static void a_refresh_prolongs(void **state)
{
    (void)state;
    lasts_90_s();
    pings_until(30);
    (void)fake_trace(fake);
    refresh("eve", 1130); /* the wall shows 1030 s */
    EXPECT("c1 < refreshed ref=t1 160000\n");
    pings_until(155);
    assert_null(strstr(fake_trace(fake), "x"));
    fake_pass_us(fake, 4999000);
    EXPECT("");
    fake_pass_us(fake, 1000);
    EXPECT("c1 x 4001\n");
}

static void a_refresh_that_ends_sooner_shortens_nothing(void **state)
{
    (void)state;
    lasts_90_s();
    refresh("eve", 1010);
    EXPECT("c1 < refreshed ref=t1 90000\n");
    pings_until(85);
    assert_null(strstr(fake_trace(fake), "x"));
    fake_pass_us(fake, 5000000);
    EXPECT("c1 x 4001\n");
}

static void a_refresh_that_is_not_good_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *user;
        int64_t expires_s;
    } cases[] = {{"ana", 9000}, {"eve", 940}, {"nobody", 9000}};

    lasts_90_s();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        refresh(cases[i].user, cases[i].expires_s);
        EXPECT("c1 < error unauthenticated ref=t1\n");
    }
    fake_say(fake, 1, "{\"type\":\"refresh\",\"token\":\"a.b.c\"}");
    EXPECT("c1 < error unauthenticated\n");
    fake_say(fake, 1, "{\"type\":\"refresh\",\"ref\":\"t2\"}");
    EXPECT("c1 < error bad_field ref=t2 field=token\n");
    pings_until(85);
    assert_null(strstr(fake_trace(fake), "x"));
    fake_pass_us(fake, 5000000);
    EXPECT("c1 x 4001\n");
}

/* The same token again, and a later one: each ends by so much later as it says, whatever the wall shows. */
static void a_wall_that_is_set_back_does_not_prolong_a_refresh(void **state)
{
    (void)state;
    lasts_90_s();
    fake_wall_set(fake, 1000);
    refresh("eve", 1030);
    EXPECT("c1 < refreshed ref=t1 90000\n");
    refresh("eve", 1040);
    EXPECT("c1 < refreshed ref=t1 100000\n");
    pings_until(95);
    assert_null(strstr(fake_trace(fake), "x"));
    fake_pass_us(fake, 5000000);
    EXPECT("c1 x 4001\n");
}

/* Issued at 1 s, and good for the 30 days that a token may be. */
static void the_longest_token_is_not_shortened(void **state)
{
    (void)state;
    fake_wall_set(fake, 1000000);
    fake_open(fake, 1);
    fake_say(fake, 1, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
             fake_token(fake, "eve", 2592001));
    assert_non_null(strstr(fake_last_json(fake), "\"expiresInMs\":2591061000,"));
    pings_until(1000);
    (void)fake_trace(fake);
    refresh("eve", 2100);
    EXPECT("c1 < refreshed ref=t1 2590061000\n");
}

static void a_refresh_before_the_hello_is_refused(void **state)
{
    (void)state;
    fake_open(fake, 1);
    refresh("eve", 9000);
    EXPECT("c1 < error unauthenticated ref=t1\nc1 x 1008\n");
}

static void each_connection_ends_by_itself(void **state)
{
    (void)state;
    lasts_90_s();
    fake_open(fake, 2);
    fake_say(fake, 2, "{\"type\":\"hello\",\"version\":1,\"device\":\"e\",\"token\":\"%s\"}",
             fake_token(fake, "eve", 950));
    (void)fake_trace(fake);
    pings_until(5);
    (void)fake_trace(fake);
    fake_say(fake, 2, "{\"type\":\"ping\"}");
    EXPECT("c2 < pong\n");
    fake_pass_us(fake, 5000000);
    EXPECT("c2 x 4001\n");
    fake_say(fake, 1, "{\"type\":\"ping\"}");
    EXPECT("c1 < pong\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_connection_ends_with_its_token),
        TEST(a_wall_that_is_set_back_does_not_prolong_it),
        TEST(a_node_that_slept_does_nothing_for_an_old_token),
        TEST(nothing_is_delivered_behind_the_end),
        TEST(a_wall_that_is_set_forward_ends_it_at_the_next_look),
        TEST(a_node_to_which_nothing_comes_looks_as_well),
        TEST(a_wall_short_of_the_end_changes_nothing),
        TEST(what_was_committed_is_not_acked_behind_the_end_and_found_by_its_id),
        TEST(a_hello_that_waits_ends_with_its_token),
        TEST(the_welcome_tells_when_it_ends),
        TEST(a_refresh_prolongs),
        TEST(a_refresh_that_ends_sooner_shortens_nothing),
        TEST(a_refresh_that_is_not_good_changes_nothing),
        TEST(a_wall_that_is_set_back_does_not_prolong_a_refresh),
        TEST(the_longest_token_is_not_shortened),
        TEST(a_refresh_before_the_hello_is_refused),
        TEST(each_connection_ends_by_itself),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
