/* Announcements: what is said, and what is concluded from what the others say. */
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

#define GOT_IT "c1 < message r1#3 bob/k3 'from n2'\nc2 < message r1#3 bob/k3 'from n2'\n"

/* As long as a publication may be on its way: gap_us, and what the read takes. */
#define GAP_US 251000

/* Entry 3 of r1 is committed by n2, and its publication lost. */
static void lose_one(void)
{
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    (void)fake_trace(fake);
}

static void a_tick_says_what_was_committed_since_the_last_one(void **state)
{
    (void)state;
    fake_pass_us(fake, 1000000);
    fake_show(fake, (struct fake_show){.announces = true});
    fake_pass_us(fake, 1000000);
    EXPECT("pub nodes n1 1 2\n");
    for (int i = 0; i < 3; i++) {
        fake_say(fake, 1,
                 "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k%d\",\"content\":\"x\"}", i);
    }
    (void)fake_trace(fake);
    fake_pass_us(fake, 1000000);
    EXPECT("pub nodes n1 1 3 1:5\n");
    fake_pass_us(fake, 1000000);
    EXPECT("pub nodes n1 1 4\n"); /* also when there is nothing */
}

static void a_resend_of_what_another_node_committed_is_announced_again(void **state)
{
    (void)state;
    (void)fake_other_sends(fake, "r1", "ana", "k3", false); /* n2 died before it could publish */
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k3\",\"content\":\"x\"}");
    EXPECT("c1 < ack k3 r1#3\n");
    fake_show(fake, (struct fake_show){.announces = true});
    fake_pass_us(fake, 1000000);
    EXPECT("c1 < message r1#3 ana/k3 'from n2'\n"
           "c2 < message r1#3 ana/k3 'from n2'\n"
           "pub nodes n1 1 1 1:3\n");
}

static void what_could_not_be_said_is_said_with_the_same_number(void **state)
{
    (void)state;
    fake_pass_us(fake, 1000000);
    fake_redis_down(fake);
    fake_say(fake, 1, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\"}");
    fake_pass_us(fake, 2500000);
    fake_redis_up(fake);
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.announces = true});
    fake_pass_us(fake, 6000000);
    assert_non_null(strstr(fake_trace(fake), "pub nodes n1 1 2 1:3\npub nodes n1 1 3\n"));
}

static void a_head_that_was_announced_is_read_from_the_log(void **state)
{
    (void)state;
    lose_one();
    fake_publish(fake, "nodes", "n2 1 1 1:3");
    fake_pass_us(fake, 240000);
    EXPECT(""); /* the publication may still be on its way */
    fake_pass_us(fake, 20000);
    EXPECT(GOT_IT);
}

static void heads_that_are_had_cost_nothing(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_publish(fake, "nodes", "n2 1 1 1:2 99:1000 3:1");
    fake_pass_us(fake, 900000);
    EXPECT("");
}

static void a_missed_number_makes_all_rooms_be_compared(void **state)
{
    (void)state;
    fake_publish(fake, "nodes", "n2 1 1");
    fake_publish(fake, "nodes", "n2 1 2");
    fake_pass_us(fake, 1000);
    lose_one();
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_publish(fake, "nodes", "n2 1 4");
    fake_pass_us(fake, 1000);
    EXPECT("db ROOM_HEAD ROOM_HEAD\n");
    fake_pass_us(fake, GAP_US);
    EXPECT("db ENTRIES_AFTER\n" GOT_IT);
    fake_publish(fake, "nodes", "n2 1 4"); /* again, and an old one */
    fake_publish(fake, "nodes", "n2 1 3");
    fake_pass_us(fake, GAP_US);
    EXPECT("");
}

static void a_peer_first_heard_in_the_middle_may_have_said_something(void **state)
{
    (void)state;
    lose_one();
    fake_publish(fake, "nodes", "n2 1 5");
    fake_pass_us(fake, GAP_US);
    EXPECT(GOT_IT);
}

static void another_life_of_a_peer_makes_all_rooms_be_compared(void **state)
{
    (void)state;
    fake_publish(fake, "nodes", "n2 1 1");
    fake_pass_us(fake, 1000);
    lose_one();
    fake_publish(fake, "nodes", "n2 2 1");
    fake_pass_us(fake, GAP_US);
    EXPECT(GOT_IT);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_publish(fake, "nodes", "n2 1 9"); /* the old life */
    fake_pass_us(fake, 1000);
    EXPECT("");
}

static void another_life_of_a_peer_makes_the_rooms_of_all_be_read(void **state)
{
    (void)state;
    fake_publish(fake, "nodes", "n2 1 1");
    fake_pass_us(fake, 1000);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_publish(fake, "nodes", "n2 1 2");
    fake_pass_us(fake, 1000);
    EXPECT("");
    fake_publish(fake, "nodes", "n2 2 1");
    fake_pass_us(fake, 1000);
    EXPECT("db USER_ROOMS USER_ROOMS\ndb ROOM_HEAD ROOM_HEAD\n");
}

static void lose_one_more(void)
{
    (void)fake_other_sends(fake, "r1", "ana", "k4", false);
}

static void a_peer_that_fell_silent_makes_all_rooms_be_compared_at_each_sweep(void **state)
{
    (void)state;
    fake_publish(fake, "nodes", "n2 1 1");
    fake_pass_us(fake, 1000);
    lose_one();
    fake_pass_us(fake, 5900000);
    EXPECT("");
    fake_show(fake, (struct fake_show){.notes = true, .dbs = true});
    fake_pass_us(fake, 2200000 + GAP_US); /* lease + sweep */
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "note peer silent longer than its lease"));
    assert_non_null(strstr(trace, GOT_IT));
    /* It may live, without Redis: what it commits is found a sweep later, until it is heard again. */
    fake_show(fake, (struct fake_show){.notes = false});
    lose_one_more();
    fake_pass_us(fake, 2000000 + GAP_US);
    assert_non_null(strstr(fake_trace(fake), "c1 < message r1#4"));
    fake_publish(fake, "nodes", "n2 1 2");
    fake_pass_us(fake, 1000);
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_pass_us(fake, 5000000);
    EXPECT("");
}

/* Of a peer without a place nobody knows when it fell silent. */
static void peers_beyond_those_kept_track_of_make_rooms_be_compared_at_each_sweep(void **state)
{
    (void)state;
    fake_free(&fake);
    fake = fake_new((struct fake_options){.peers = 1});
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    fake_publish(fake, "nodes", "n3 1 1");
    fake_publish(fake, "nodes", "n2 1 1");
    fake_pass_us(fake, 1000);
    lose_one();
    fake_pass_us(fake, 1000000);
    fake_publish(fake, "nodes", "n3 1 2");
    fake_pass_us(fake, 1200000 + GAP_US); /* a sweep, well within n2's lease */
    EXPECT(GOT_IT);
}

static void a_peer_that_is_silent_for_long_is_gone(void **state)
{
    (void)state;
    fake_publish(fake, "nodes", "n2 1 1");
    for (int i = 0; i < 61; i++) { /* a hundred leases */
        fake_pass_us(fake, 10000000);
        fake_say(fake, 1, "{\"type\":\"ping\"}");
        fake_say(fake, 2, "{\"type\":\"ping\"}");
    }
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_pass_us(fake, 10000000); /* the next full pass is later */
    EXPECT("");
}

static void the_word_all_makes_all_rooms_be_compared(void **state)
{
    (void)state;
    fake_publish(fake, "nodes", "n2 1 1");
    fake_pass_us(fake, 1000);
    lose_one();
    fake_publish(fake, "nodes", "n2 1 2 all");
    fake_pass_us(fake, GAP_US);
    EXPECT(GOT_IT);
}

static void what_is_no_announcement_is_noted_and_its_own_is_not(void **state)
{
    (void)state;
    static const char *const payloads[] = {
        "",
        " ",
        "n2",
        "n2 ",
        "n2 1",
        "n2 x 1",
        "n2 1 -1",
        "n2 99999999999999999999 1",
        "a:b 1 1",
        "n2 1 1 1",
        "n2 1 2 1:",
        "n2 1 3 1:2x",
        "n2 1 4  1:2",
        "n2 1 5 allx",
    };
    fake_show(fake, (struct fake_show){.notes = true});
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        fake_publish(fake, "nodes", payloads[i]);
        fake_pass_us(fake, 1);
        assert_non_null(strstr(fake_trace(fake), "note publication that is no entry ignored"));
    }
    fake_publish(fake, "nodes", "n1 1 500");
    fake_pass_us(fake, 1);
    EXPECT("");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_tick_says_what_was_committed_since_the_last_one),
        TEST(a_resend_of_what_another_node_committed_is_announced_again),
        TEST(what_could_not_be_said_is_said_with_the_same_number),
        TEST(a_head_that_was_announced_is_read_from_the_log),
        TEST(heads_that_are_had_cost_nothing),
        TEST(a_missed_number_makes_all_rooms_be_compared),
        TEST(a_peer_first_heard_in_the_middle_may_have_said_something),
        TEST(another_life_of_a_peer_makes_all_rooms_be_compared),
        TEST(another_life_of_a_peer_makes_the_rooms_of_all_be_read),
        TEST(a_peer_that_fell_silent_makes_all_rooms_be_compared_at_each_sweep),
        TEST(peers_beyond_those_kept_track_of_make_rooms_be_compared_at_each_sweep),
        TEST(a_peer_that_is_silent_for_long_is_gone),
        TEST(the_word_all_makes_all_rooms_be_compared),
        TEST(what_is_no_announcement_is_noted_and_its_own_is_not),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
