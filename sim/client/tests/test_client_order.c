/* Entries are shown in order, each once; what comes too early is held. */
#include "server/base/tests/test.h"
#include "sim/client/tests/drive.h"

#include <stdio.h>
#include <string.h>

static struct drive drive;

static int setup(void **state)
{
    (void)state;
    drive_init(&drive, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drive_deinit(&drive);
    return 0;
}

#define EXPECT(lines) assert_string_equal(drive_trace(&drive), lines)

static void entries_in_order_are_shown_and_old_ones_are_not(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_message(&drive, "red", 6);
    drive_room_event(&drive, "red", 7, ENTRY_JOIN, "bob");
    drive_message(&drive, "red", 6);
    drive_message(&drive, "red", 3);
    drive_message(&drive, "red", 8);

    EXPECT("shown red 6\n"
           "shown red 7 join bob\n"
           "recv red 6 had\n"
           "recv red 3 had\n"
           "shown red 8\n");
}

static void an_entry_beyond_a_gap_is_held_until_the_gap_is_filled(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_message(&drive, "red", 8);
    drive_message(&drive, "red", 10);
    drive_message(&drive, "red", 7);
    drive_message(&drive, "red", 8); /* it is held already */
    EXPECT("recv red 8 held\n"
           "recv red 10 held\n"
           "recv red 7 held\n"
           "recv red 8 had\n");
    assert_int_equal(client_held_len(drive.client), 3);

    drive_message(&drive, "red", 6);
    EXPECT("shown red 6\n"
           "shown red 7\n"
           "shown red 8\n");
    assert_int_equal(client_held_len(drive.client), 1);
    drive_message(&drive, "red", 9);
    EXPECT("shown red 9\nshown red 10\n");
    assert_int_equal(client_held_len(drive.client), 0);
}

static void rooms_do_not_wait_for_each_other(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_message(&drive, "red", 7);
    drive_message(&drive, "blue", 10);
    drive_message(&drive, "blue", 12);
    drive_message(&drive, "red", 6);

    EXPECT("recv red 7 held\n"
           "shown blue 10\n"
           "recv blue 12 held\n"
           "shown red 6\n"
           "shown red 7\n");
}

/* Twenty entries in any order, some of them twice: what is shown is 1 to 20. */
static void whatever_the_order_of_arrival_the_order_shown_is_the_log(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct rng rng = rng_stream(seed, "shuffle", 0, 0);
        uint64_t seqs[30];
        struct drive each;
        drive_init(&each, seed);
        drive_online(&each, "red:0 blue:0");
        for (uint64_t i = 0; i < 30; i++) {
            seqs[i] = i < 20 ? i + 1 : (uint64_t)rng_between(&rng, 1, 20);
        }
        for (int64_t i = 29; i > 0; i--) {
            const int64_t j = rng_between(&rng, 0, i);
            const uint64_t other = seqs[j];
            seqs[j] = seqs[i];
            seqs[i] = other;
        }
        for (size_t i = 0; i < 30; i++) {
            drive_message(&each, "red", seqs[i]);
        }
        uint64_t next = 1;
        uint32_t had = 0;
        for (const char *at = drive_trace(&each); *at != 0; at = strchr(at, '\n') + 1) {
            unsigned long long seq = 0;
            char word[8] = "";
            if (sscanf(at, "shown red %llu", &seq) == 1) {
                assert_int_equal(seq, next);
                next++;
            } else {
                assert_int_equal(sscanf(at, "recv red %llu %7s", &seq, word), 2);
                had += strcmp(word, "had") == 0;
            }
        }
        assert_int_equal(next, 21);
        assert_int_equal(had, 10);
        assert_int_equal(client_held_len(each.client), 0);
        drive_deinit(&each);
    }
}

static void a_gap_is_asked_for_when_it_is_old_enough_and_not_before(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 7);
    drive_pass(&drive, DRIVE_GAP_US - 1);
    drive_message(&drive, "red", 8); /* the gap is as old as its first */
    EXPECT("recv red 7 held\nrecv red 8 held\n");
    assert_false(client_syncing(drive.client));

    drive_pass(&drive, 1);
    EXPECT("sync red from 5\n> sync s1 red:5\n");
    assert_true(client_syncing(drive.client));
    drive_page(&drive, "s1", "red", 6, 8, false);
    EXPECT("page of 3\n"
           "shown red 6\n"
           "shown red 7\n"
           "shown red 8\n"
           "recv red 7 had\n"
           "recv red 8 had\n");
    assert_false(client_syncing(drive.client));
}

static void a_gap_that_closes_in_time_is_not_asked_for(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 7);
    drive_pass(&drive, DRIVE_GAP_US - 1);
    drive_message(&drive, "red", 6);
    (void)drive_trace(&drive);

    drive_pass(&drive, 2 * DRIVE_GAP_US);

    EXPECT("");
}

static void one_more_than_can_be_held_asks_at_once(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    for (uint64_t seq = 7; seq < 7 + DRIVE_HELD_ENTRIES; seq++) {
        drive_message(&drive, "red", seq);
    }
    assert_int_equal(client_held_len(drive.client), DRIVE_HELD_ENTRIES);
    assert_false(client_syncing(drive.client));
    (void)drive_trace(&drive);

    drive_message(&drive, "red", 7 + DRIVE_HELD_ENTRIES);
    EXPECT("recv red 519 had\nsync red from 5\n> sync s1 red:5\n");
    drive_message(&drive, "red", 8 + DRIVE_HELD_ENTRIES); /* again, while it asks */
    EXPECT("recv red 520 had\n");
    assert_int_equal(client_held_len(drive.client), DRIVE_HELD_ENTRIES);

    /* What was dropped after the answer was made is asked for by a second session. */
    (void)drive_trace(&drive);
    drive_page(&drive, "s1", "red", 6, 6, false);
    const char *trace = drive_trace(&drive);
    assert_non_null(strstr(trace, "shown red 518\nsync red from 518\n> sync s2 red:518\n"));
    drive_page(&drive, "s2", "red", 519, 520, false);
    EXPECT("page of 2\nshown red 519\nshown red 520\n");
    assert_false(client_syncing(drive.client));
}

static void a_room_that_nobody_named_starts_where_it_is_first_heard_of(void **state)
{
    (void)state;
    drive_online(&drive, "red:5");

    drive_message(&drive, "blue", 31); /* ours, joined since */
    drive_message(&drive, "blue", 32);
    drive_room_event(&drive, "green", 4, ENTRY_JOIN, "ana"); /* on another device */
    drive_message(&drive, "green", 6);
    drive_message(&drive, "green", 5);

    EXPECT("shown blue 31\n"
           "shown blue 32\n"
           "shown ? 4 join ana\n"
           "recv ? 6 held\n"
           "shown ? 5\n"
           "shown ? 6\n");
    drive_reconnect(&drive);
    EXPECT("> hello seen 1032 epoch e1 red:5 blue:32 green:6\n");
}

static void held_entries_go_with_the_connection(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_message(&drive, "red", 8);
    drive_reconnect(&drive);
    assert_int_equal(client_held_len(drive.client), 0);
    drive_welcome(&drive, "e1", "red:8 blue:9");
    EXPECT("> hello epoch e1 red:5 blue:9\nwelcome 2\n");

    drive_message(&drive, "red", 6);
    drive_message(&drive, "red", 7);
    drive_message(&drive, "red", 8);

    EXPECT("shown red 6\nshown red 7\nshown red 8\n");
}

static void after_leaving_the_own_join_starts_the_room_again(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_room_event(&drive, "red", 6, ENTRY_LEAVE, "ana");
    drive_room_event(&drive, "red", 20, ENTRY_JOIN, "ana");
    drive_message(&drive, "red", 21);

    EXPECT("shown red 6 leave ana\n"
           "reset red\n"
           "shown red 20 join ana\n"
           "shown red 21\n");
}

static void an_entry_of_an_unknown_kind_has_its_place_and_changes_nothing(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");

    drive_room_event(&drive, "red", 6, ENTRY_UNKNOWN, "ana");
    drive_room_event(&drive, "red", 8, ENTRY_UNKNOWN, "ana");
    drive_message(&drive, "red", 7);
    EXPECT("shown red 6 unknown\n"
           "recv red 8 unknown held\n"
           "shown red 7\n"
           "shown red 8 unknown\n");

    drive_room_event(&drive, "red", 9, ENTRY_LEAVE, "ana");
    drive_room_event(&drive, "red", 20, ENTRY_UNKNOWN, "ana"); /* it is no join of hers */
    drive_room_event(&drive, "red", 8, ENTRY_UNKNOWN, "ana");  /* had before */
    EXPECT("shown red 9 leave ana\nrecv red 20 unknown held\nrecv red 8 unknown had\n");
}

static void no_other_event_jumps_over_a_gap(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_room_event(&drive, "red", 7, ENTRY_JOIN, "ana"); /* but nothing told that she left */
    drive_room_event(&drive, "blue", 10, ENTRY_LEAVE, "bob");
    drive_room_event(&drive, "blue", 12, ENTRY_JOIN, "bob");
    EXPECT("recv red 7 join ana held\n"
           "shown blue 10 leave bob\n"
           "recv blue 12 join bob held\n");

    drive_room_event(&drive, "red", 6, ENTRY_LEAVE, "ana"); /* now it did, without a gap */
    EXPECT("shown red 6 leave ana\nshown red 7 join ana\n");
    drive_message(&drive, "red", 9);
    EXPECT("recv red 9 held\n");
    drive_room_event(&drive, "blue", 14, ENTRY_JOIN, "ana"); /* it was bob who left */
    EXPECT("recv blue 14 join ana held\n");
    drive_message(&drive, "blue", 11);
    drive_room_event(&drive, "blue", 13, ENTRY_LEAVE, "ana");
    drive_room_event(&drive, "blue", 20, ENTRY_JOIN, "bob"); /* and not bob who comes back */
    EXPECT("shown blue 11\n"
           "shown blue 12 join bob\n"
           "shown blue 13 leave ana\n"
           "shown blue 14 join ana\n"
           "recv blue 20 join bob held\n");
    drive_room_event(&drive, "blue", 15, ENTRY_LEAVE, "ana");
    drive_room_event(&drive, "blue", 19, ENTRY_JOIN, "bob");
    EXPECT("shown blue 15 leave ana\nrecv blue 19 join bob held\n");
}

static void a_join_held_beyond_the_leaving_starts_the_room_again(void **state)
{
    (void)state;
    drive_online(&drive, "red:5 blue:9");
    drive_room_event(&drive, "red", 20, ENTRY_JOIN, "ana");
    drive_message(&drive, "red", 21);
    EXPECT("recv red 20 join ana held\nrecv red 21 held\n");

    drive_room_event(&drive, "red", 6, ENTRY_LEAVE, "ana");

    EXPECT("shown red 6 leave ana\n"
           "reset red\n"
           "shown red 20 join ana\n"
           "shown red 21\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(entries_in_order_are_shown_and_old_ones_are_not),
        TEST(an_entry_beyond_a_gap_is_held_until_the_gap_is_filled),
        TEST(rooms_do_not_wait_for_each_other),
        TEST(whatever_the_order_of_arrival_the_order_shown_is_the_log),
        TEST(a_gap_is_asked_for_when_it_is_old_enough_and_not_before),
        TEST(a_gap_that_closes_in_time_is_not_asked_for),
        TEST(one_more_than_can_be_held_asks_at_once),
        TEST(a_room_that_nobody_named_starts_where_it_is_first_heard_of),
        TEST(held_entries_go_with_the_connection),
        TEST(after_leaving_the_own_join_starts_the_room_again),
        TEST(an_entry_of_an_unknown_kind_has_its_place_and_changes_nothing),
        TEST(no_other_event_jumps_over_a_gap),
        TEST(a_join_held_beyond_the_leaving_starts_the_room_again),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
