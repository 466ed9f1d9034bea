/* The log of a room on a node: order, gaps, duplicates, hostile publications, members. */
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

/* Entries 3, 4, 5 of r1, committed elsewhere; nothing published. */
static void commit_three(void)
{
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    (void)fake_other_sends(fake, "r1", "bob", "k4", false);
    (void)fake_other_sends(fake, "r1", "bob", "k5", false);
}

static void entries_that_come_in_order_are_delivered_at_once(void **state)
{
    (void)state;
    commit_three();
    fake_publish_entry(fake, "r1", 3);
    EXPECT(BOTH(3, "k3"));
    fake_publish_entry(fake, "r1", 4);
    EXPECT(BOTH(4, "k4"));
}

static void an_entry_past_a_gap_is_held_until_the_gap_is_filled(void **state)
{
    (void)state;
    commit_three();
    fake_publish_entry(fake, "r1", 5);
    fake_publish_entry(fake, "r1", 4);
    EXPECT("");
    fake_publish_entry(fake, "r1", 3);
    EXPECT(BOTH(3, "k3") BOTH(4, "k4") BOTH(5, "k5"));
}

static void an_entry_had_before_is_dropped(void **state)
{
    (void)state;
    commit_three();
    fake_publish_entry(fake, "r1", 3);
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.notes = true});
    fake_publish_entry(fake, "r1", 3);
    EXPECT("note publication had before 1 3\n");
    fake_publish_entry(fake, "r1", 5);
    EXPECT("note entry held, an earlier one is missing 1 5\n");
    fake_publish_entry(fake, "r1", 5);
    EXPECT("note publication had before 1 5\n");
}

static void the_echo_of_an_own_entry_is_silent(void **state)
{
    (void)state;
    fake_say(fake, 1, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\"}");
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.notes = true});
    fake_publish_entry(fake, "r1", 3);
    EXPECT("");
}

static void an_own_entry_waits_for_an_earlier_one_of_another_node(void **state)
{
    (void)state;
    commit_three();
    fake_say(fake, 1, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\"}");
    EXPECT("c1 < ack k r1#6\n"); /* committed; shown in its place */
    fake_publish_entry(fake, "r1", 3);
    fake_publish_entry(fake, "r1", 4);
    (void)fake_trace(fake);
    fake_publish_entry(fake, "r1", 5);
    EXPECT(BOTH(5, "k5") "c1 < message r1#6 ana/k 'x'\nc2 < message r1#6 ana/k 'x'\n");
}

static void publications_that_are_no_entries_are_ignored(void **state)
{
    (void)state;
    static const char *const payloads[] = {
        "",
        "3",
        "3 ",
        "x {}",
        "-3 {}",
        "3{}",
        "99999999999999999999 {}",
        "0 {\"type\":\"ping\"}",
        "3 {",
        "3 {\"type\":\"ping\"}",
        /* Another number than it says; another room than its channel. */
        "3 {\"type\":\"message\",\"id\":\"0000000f4241-0000-n9\",\"roomId\":\"r1\",\"seq\":4,"
        "\"senderId\":\"bob\",\"clientId\":\"k\",\"content\":\"x\",\"timestamp\":1,"
        "\"hlc\":\"0000000f4241-0000-n9\"}",
        "3 {\"type\":\"message\",\"id\":\"0000000f4241-0000-n9\",\"roomId\":\"r2\",\"seq\":3,"
        "\"senderId\":\"bob\",\"clientId\":\"k\",\"content\":\"x\",\"timestamp\":1,"
        "\"hlc\":\"0000000f4241-0000-n9\"}",
    };
    fake_show(fake, (struct fake_show){.notes = true});
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        fake_publish(fake, "room:r1", payloads[i]);
        fake_pass_us(fake, 1);
        const char *trace = fake_trace(fake);
        assert_non_null(strstr(trace, "note publication that is no entry ignored"));
        assert_null(strstr(trace, "c1"));
    }
}

static void a_false_publication_far_ahead_does_no_harm(void **state)
{
    (void)state;
    fake_publish(fake, "room:r1",
                 "900 {\"type\":\"message\",\"id\":\"0000000f4241-0000-n9\",\"roomId\":\"r1\","
                 "\"seq\":900,\"senderId\":\"bob\",\"clientId\":\"k\",\"content\":\"x\","
                 "\"timestamp\":1,\"hlc\":\"0000000f4241-0000-n9\"}");
    fake_pass_us(fake, 2000000); /* the log says that there is no such entry */
    EXPECT("");
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_pass_us(fake, 5000000);
    EXPECT(""); /* and it is not asked again and again */
    (void)fake_other_sends(fake, "r1", "bob", "k3", true);
    EXPECT(BOTH(3, "k3"));
}

static void one_who_leaves_gets_the_leave_and_nothing_after_it(void **state)
{
    (void)state;
    (void)fake_other_moves(fake, "r1", "bob", ENTRY_LEAVE, true);
    EXPECT("c1 < room_event r1#3 leave bob\nc2 < room_event r1#3 leave bob\n");
    (void)fake_other_sends(fake, "r1", "ana", "k4", true);
    EXPECT("c1 < message r1#4 ana/k4 'from n2'\n");
    (void)fake_other_moves(fake, "r1", "bob", ENTRY_JOIN, true);
    EXPECT("c1 < room_event r1#5 join bob\nc2 < room_event r1#5 join bob\n");
    (void)fake_other_sends(fake, "r1", "ana", "k6", true);
    EXPECT("c1 < message r1#6 ana/k6 'from n2'\nc2 < message r1#6 ana/k6 'from n2'\n");
}

static void a_room_that_nobody_here_is_in_is_given_up_after_a_while(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.subs = true});
    fake_drop(fake, 1);
    EXPECT("unsub user:ana\n");
    fake_pass_us(fake, 5000000);
    EXPECT("");
    fake_pass_us(fake, 4000000); /* a lease and a sweep */
    EXPECT("unsub room:r3\n");
    fake_hello(fake, 3, "ana", "");
    EXPECT("sub user:ana\nsub room:r3\nc3 < welcome ana r1@2+ r3@1+\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(entries_that_come_in_order_are_delivered_at_once),
        TEST(an_entry_past_a_gap_is_held_until_the_gap_is_filled),
        TEST(an_entry_had_before_is_dropped),
        TEST(the_echo_of_an_own_entry_is_silent),
        TEST(an_own_entry_waits_for_an_earlier_one_of_another_node),
        TEST(publications_that_are_no_entries_are_ignored),
        TEST(a_false_publication_far_ahead_does_no_harm),
        TEST(one_who_leaves_gets_the_leave_and_nothing_after_it),
        TEST(a_room_that_nobody_here_is_in_is_given_up_after_a_while),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
