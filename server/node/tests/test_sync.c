/* Pages by positions, by cursor and from a time on, and every wrong way to ask. */
#include "server/base/tests/test.h"
#include "server/node/sync_since.h"
#include "server/node/tests/fake_world.h"
#include "server/protocol/limits.h"

#include <inttypes.h>
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

#define EPOCH "\"epoch\":\"0000000000000007\""

static unsigned written; /* client ids, in all tests */

static void write_entries(const char *room, int count)
{
    for (int i = 0; i < count; i++) {
        char id[24];
        (void)snprintf(id, sizeof id, "w%u", ++written);
        (void)fake_other_sends(fake, room, "ana", id, true);
    }
    (void)fake_trace(fake);
}

static void ask(uint64_t conn, const char *positions)
{
    fake_say(fake, conn,
             "{\"type\":\"sync_request\",\"ref\":\"q\"," EPOCH ",\"positions\":%s,\"limit\":10}",
             positions);
}

static void go_on(uint64_t conn)
{
    fake_say(fake, conn, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"limit\":10}",
             fake_cursor(fake));
}

static void pages_follow_one_another_room_by_room_to_the_end(void **state)
{
    (void)state;
    write_entries("r3", 11); /* head 12 */
    write_entries("r1", 1);  /* head 3 */
    ask(1, "{\"r3\":1,\"r1\":1}");
    EXPECT("c1 < sync_response ref=q r1#2 r1#3 heads r1@3 r3@12 more\n");
    go_on(1);
    EXPECT("c1 < sync_response r3#2 r3#3 r3#4 r3#5 r3#6 r3#7 r3#8 r3#9 r3#10 r3#11"
           " heads r1@3 r3@12 more\n");
    go_on(1);
    EXPECT("c1 < sync_response r3#12 heads r1@3 r3@12\n");
    go_on(1);
    EXPECT("c1 < sync_response heads r1@3 r3@12\n");
}

static void rooms_take_turns_and_the_turn_travels_in_the_cursor(void **state)
{
    (void)state;
    write_entries("r1", 12); /* head 14 */
    write_entries("r3", 22); /* head 23 */
    fake_say(fake, 1,
             "{\"type\":\"sync_request\"," EPOCH ",\"positions\":{\"r3\":1,\"r1\":2},\"limit\":5}");
    EXPECT("c1 < sync_response r1#3 r1#4 r1#5 r1#6 r1#7 heads r1@14 r3@23 more\n");
    go_on(1);
    EXPECT("c1 < sync_response r3#2 r3#3 r3#4 r3#5 r3#6 r3#7 r3#8 r3#9 r3#10 r3#11"
           " heads r1@14 r3@23 more\n");
    go_on(1);
    EXPECT("c1 < sync_response r1#8 r1#9 r1#10 r1#11 r1#12 r1#13 r1#14"
           " heads r1@14 r3@23 more\n");
    go_on(1); /* r1 has no more: the turn is r3's again and again */
    EXPECT("c1 < sync_response r3#12 r3#13 r3#14 r3#15 r3#16 r3#17 r3#18 r3#19 r3#20 r3#21"
           " heads r1@14 r3@23 more\n");
    go_on(1);
    EXPECT("c1 < sync_response r3#22 r3#23 heads r1@14 r3@23\n");
}

static void rooms_in_focus_are_served_to_their_ends_first(void **state)
{
    (void)state;
    write_entries("r1", 11); /* head 13 */
    write_entries("r3", 21); /* head 22 */
    fake_say(fake, 1,
             "{\"type\":\"sync_request\"," EPOCH ",\"positions\":{\"r3\":1,\"r1\":2},\"limit\":11,"
             "\"focus\":[\"r9\",\"r3\"]}");
    EXPECT("c1 < sync_response r3#2 r3#3 r3#4 r3#5 r3#6 r3#7 r3#8 r3#9 r3#10 r3#11"
           " heads r1@13 r3@22 more\n");
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"focus\":[\"r3\"]}",
             fake_cursor(fake));
    EXPECT("c1 < sync_response r3#12 r3#13 r3#14 r3#15 r3#16 r3#17 r3#18 r3#19 r3#20 r3#21"
           " heads r1@13 r3@22 more\n");
    go_on(1); /* it is not in focus any more */
    EXPECT("c1 < sync_response r1#3 r1#4 r1#5 r1#6 r1#7 r1#8 r1#9 r1#10 r1#11 r1#12"
           " heads r1@13 r3@22 more\n");
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"focus\":[\"r1\"]}",
             fake_cursor(fake));
    EXPECT("c1 < sync_response r1#13 heads r1@13 r3@22 more\n");
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"focus\":[\"r1\"]}",
             fake_cursor(fake)); /* nothing is missing there: the others */
    EXPECT("c1 < sync_response r3#22 heads r1@13 r3@22\n");
    fake_say(fake, 1,
             "{\"type\":\"sync_request\",\"lastSyncTimestamp\":0,\"limit\":1,\"focus\":[\"r3\"]}");
    EXPECT("c1 < sync_response r3#1 heads r1@13 r3@22 more\n");
}

/* Else a busy room is chased for ever, and what is written meanwhile comes twice. */
static void a_session_ends_where_the_heads_stood_at_its_first_page(void **state)
{
    static const char *const pages[] = {
        "c1 < sync_response r3#2 r3#3 r3#4 r3#5 r3#6 r3#7 r3#8 r3#9 r3#10 r3#11"
        " heads r1@3 r3@13 more\n",
        "c1 < sync_response r3#12 r3#13 heads r1@3 r3@13\n",
    };
    char cursor[400];

    (void)state;
    write_entries("r3", 12); /* head 13 */
    write_entries("r1", 1);  /* head 3 */
    ask(1, "{\"r3\":1,\"r1\":1}");
    EXPECT("c1 < sync_response ref=q r1#2 r1#3 heads r1@3 r3@13 more\n");
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        (void)snprintf(cursor, sizeof cursor, "%s", fake_cursor(fake));
        write_entries("r3", 5);
        write_entries("r1", 5);
        fake_say(fake, 1, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"limit\":10}", cursor);
        EXPECT(pages[i]);
    }
    go_on(1); /* at its end another one begins */
    EXPECT("c1 < sync_response r1#4 r1#5 r1#6 r1#7 r1#8 r1#9 r1#10 r1#11 r1#12 r1#13"
           " heads r1@13 r3@23 more\n");
}

/* Live frames of another connection begin at its own welcome: up to there the session goes on. */
static void on_another_connection_a_session_reaches_where_that_one_s_stream_began(void **state)
{
    char cursor[400];

    (void)state;
    write_entries("r3", 11); /* head 12 */
    ask(1, "{\"r3\":1}");
    EXPECT("c1 < sync_response ref=q r3#2 r3#3 r3#4 r3#5 r3#6 r3#7 r3#8 r3#9 r3#10 r3#11"
           " heads r3@12 more\n");
    (void)snprintf(cursor, sizeof cursor, "%s", fake_cursor(fake));
    write_entries("r3", 2); /* for the first connection these were live */
    fake_hello(fake, 5, "ana", "");
    EXPECT("c5 < welcome ana r1@2+ r3@14+\n");
    (void)fake_other_sends(fake, "r3", "ana", "live", true); /* 15, live for both */
    (void)fake_trace(fake);
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"limit\":10}", cursor);
    EXPECT("c1 < sync_response r3#12 heads r3@12\n");
    fake_say(fake, 5, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"limit\":10}", cursor);
    EXPECT("c5 < sync_response r3#12 r3#13 r3#14 heads r3@14\n");
}

static void a_turn_outlives_a_room_that_was_left(void **state)
{
    char cursor[400];

    (void)state;
    write_entries("r1", 12); /* head 14 */
    write_entries("r3", 12); /* head 13 */
    ask(1, "{\"r1\":2,\"r3\":1}");
    (void)snprintf(cursor, sizeof cursor, "%s", fake_cursor(fake));
    (void)fake_other_moves(fake, "r3", "ana", ENTRY_LEAVE, true);
    (void)fake_trace(fake);
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"limit\":10}", cursor);
    EXPECT("c1 < sync_response r1#13 r1#14 heads r1@14\n");
}

static void an_old_cursor_gives_the_same_rows_again(void **state)
{
    (void)state;
    char cursor[400];

    write_entries("r3", 3);
    ask(1, "{\"r3\":1}");
    (void)snprintf(cursor, sizeof cursor, "%s", fake_cursor(fake));
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"limit\":1}", cursor);
    (void)fake_trace(fake);
    write_entries("r3", 1);
    for (int i = 0; i < 2; i++) {
        fake_say(fake, 1, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"limit\":5}", cursor);
        EXPECT("c1 < sync_response r3#5 heads r3@5\n");
    }
}

static void what_this_node_has_not_heard_of_is_found_in_the_log(void **state)
{
    (void)state;
    (void)fake_other_sends(fake, "r3", "ana", "k2", false); /* lost */
    ask(1, "{\"r3\":1}");
    EXPECT("c1 < sync_response ref=q r3#2 heads r3@2\n");
}

static void a_page_ends_where_a_frame_does(void **state)
{
    (void)state;
    char content[8001];

    memset(content, 'x', sizeof content - 1);
    content[sizeof content - 1] = '\0';
    for (int i = 0; i < 10; i++) {
        (void)fake_other_sends(fake, "r3", "ana", (char[]){'k', (char)('a' + i), '\0'}, false);
    }
    sql_db_exec(fake_db(fake), "UPDATE entries SET content = printf('%.8000c', 'x') WHERE room = 3"
                               " AND kind = 0");
    ask(1, "{\"r3\":1}");
    EXPECT("c1 < sync_response ref=q r3#2 r3#3 r3#4 r3#5 r3#6 heads r3@11 more\n");
    go_on(1);
    EXPECT("c1 < sync_response r3#7 r3#8 r3#9 r3#10 r3#11 heads r3@11\n");
}

static void rows_outside_of_the_membership_are_passed_over(void **state)
{
    (void)state;
    write_entries("r3", 3); /* 2..4 */
    (void)fake_other_moves(fake, "r3", "bob", ENTRY_JOIN, true);
    (void)fake_trace(fake);
    ask(2, "{\"r3\":0}");
    EXPECT("c2 < sync_response ref=q r3#5 heads r3@5\n");
}

static void a_page_with_nothing_to_see_still_goes_on(void **state)
{
    (void)state;
    write_entries("r3", 12); /* 2..13 */
    (void)fake_other_moves(fake, "r3", "bob", ENTRY_JOIN, true);
    (void)fake_trace(fake);
    ask(2, "{\"r3\":0}");
    EXPECT("c2 < sync_response ref=q heads r3@14 more\n");
    go_on(2);
    EXPECT("c2 < sync_response r3#14 heads r3@14\n");
}

static void a_room_that_is_not_one_s_own_is_denied_like_an_absent_one(void **state)
{
    (void)state;
    char absent[300];

    ask(1, "{\"r9\":0}");
    EXPECT("c1 < error denied ref=q\n");
    (void)snprintf(absent, sizeof absent, "%s", fake_last_json(fake));
    ask(2, "{\"r3\":0}"); /* ana's, and active here */
    EXPECT("c2 < error denied ref=q\n");
    assert_string_equal(fake_last_json(fake), absent);
    ask(1, "{\"r1\":1,\"r2\":0}"); /* nothing of a request that is wrong in part */
    EXPECT("c1 < error denied ref=q\n");
}

static void a_room_left_since_is_no_more_in_the_cursor(void **state)
{
    (void)state;
    ask(2, "{\"r1\":1}");
    EXPECT("c2 < sync_response ref=q r1#2 heads r1@2\n");
    const char *cursor = fake_cursor(fake);
    (void)fake_other_moves(fake, "r1", "bob", ENTRY_LEAVE, true);
    (void)fake_other_sends(fake, "r1", "ana", "secret", true);
    (void)fake_trace(fake);
    fake_say(fake, 2, "{\"type\":\"sync_request\",\"cursor\":\"%s\",\"limit\":10}", cursor);
    EXPECT("c2 < sync_response heads\n");
}

static void wrong_places_to_start_from_have_their_own_words(void **state)
{
    (void)state;
    char cursor[400];

    ask(1, "{\"r1\":3}"); /* beyond the head */
    EXPECT("c1 < error reset ref=q\n");
    fake_say(fake, 1,
             "{\"type\":\"sync_request\",\"ref\":\"q\",\"epoch\":\"0000000000000008\","
             "\"positions\":{\"r1\":1},\"limit\":10}");
    EXPECT("c1 < error reset ref=q\n");
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"ref\":\"q\",\"cursor\":\"AAAA\",\"limit\":10}");
    EXPECT("c1 < error bad_cursor ref=q field=cursor\n");
    ask(1, "{\"r1\":1}");
    (void)snprintf(cursor, sizeof cursor, "%s", fake_cursor(fake));
    (void)fake_trace(fake);
    fake_say(fake, 2, "{\"type\":\"sync_request\",\"ref\":\"q\",\"cursor\":\"%s\",\"limit\":10}",
             cursor); /* another user's */
    EXPECT("c2 < error bad_cursor ref=q field=cursor\n");
    cursor[10] = cursor[10] == 'A' ? 'B' : 'A';
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"ref\":\"q\",\"cursor\":\"%s\",\"limit\":10}",
             cursor);
    EXPECT("c1 < error bad_cursor ref=q field=cursor\n");
}

/* --- By time --- */

static void ask_since(uint64_t conn, int64_t since_ms)
{
    fake_say(fake, conn,
             "{\"type\":\"sync_request\",\"lastSyncTimestamp\":%" PRId64 ",\"limit\":10}",
             since_ms);
}

static void write_at(int64_t wall_ms, const char *room, int count)
{
    fake_wall_set(fake, wall_ms);
    write_entries(room, count);
}

#define NOON   INT64_C(10000000)
#define MARGIN (60000 + SYNC_LATE_MS) /* the skew that is taken, and how late a commit may be */

static void what_is_of_one_millisecond_comes_whole_over_the_ends_of_pages(void **state)
{
    (void)state;
    write_at(NOON, "r3", 22); /* head 23 */
    ask_since(1, NOON + MARGIN);
    EXPECT("c1 < sync_response r3#2 r3#3 r3#4 r3#5 r3#6 r3#7 r3#8 r3#9 r3#10 r3#11"
           " heads r1@2 r3@23 more\n");
    go_on(1);
    EXPECT("c1 < sync_response r3#12 r3#13 r3#14 r3#15 r3#16 r3#17 r3#18 r3#19 r3#20 r3#21"
           " heads r1@2 r3@23 more\n");
    go_on(1);
    EXPECT("c1 < sync_response r3#22 r3#23 heads r1@2 r3@23\n");
}

static void a_sync_by_time_begins_where_its_time_does_in_each_room(void **state)
{
    static const struct {
        const char *name;
        int64_t since_ms;
        const char *page;
    } cases[] = {
        {"ever", 0, "r1#1 r1#2 r1#3 r1#4 heads r1@4 r3@5 more"},
        {"less than the margin", MARGIN, "r1#1 r1#2 r1#3 r1#4 heads r1@4 r3@5 more"},
        {"the first of the millisecond", NOON + MARGIN, "r3#2 r3#3 r3#4 r3#5 heads r1@4 r3@5"},
        {"the one behind it", NOON + MARGIN + 1, "r3#4 r3#5 heads r1@4 r3@5"},
        {"the last", NOON + MARGIN + 5, "r3#4 r3#5 heads r1@4 r3@5"},
        {"behind the last", NOON + MARGIN + 6, "heads r1@4 r3@5"},
        {"another room's that came late", NOON, "r1#4 heads r1@4 r3@5 more"},
        {"later than that", NOON + 1, "r3#2 r3#3 r3#4 r3#5 heads r1@4 r3@5"},
        {"the end of time", JSON_INT_MAX, "heads r1@4 r3@5"},
    };

    (void)state;
    write_at(NOON, "r3", 1);              /* 2 */
    write_at(NOON - 9 * MARGIN, "r3", 1); /* 3: of a clock that is behind; stamped above 2 */
    write_at(NOON + 5, "r3", 2);          /* 4, 5: so 3 is where halves begin */
    write_at(NOON - 9 * MARGIN, "r1", 1); /* 3 */
    write_at(NOON - MARGIN, "r1", 1);     /* 4 */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[120];
        ask_since(1, cases[i].since_ms);
        (void)snprintf(line, sizeof line, "c1 < sync_response %s\n", cases[i].page);
        const char *said = fake_trace(fake);
        if (strcmp(said, line) != 0) {
            fail_msg("%s: %s", cases[i].name, said);
        }
    }
}

static void by_time_too_only_what_a_member_may_see_is_sent(void **state)
{
    (void)state;
    write_at(NOON, "r3", 2);                                      /* 2, 3 */
    (void)fake_other_moves(fake, "r3", "bob", ENTRY_JOIN, true);  /* 4 */
    (void)fake_other_moves(fake, "r3", "bob", ENTRY_LEAVE, true); /* 5 */
    write_at(NOON, "r3", 1);                                      /* 6 */
    (void)fake_other_moves(fake, "r3", "bob", ENTRY_JOIN, true);  /* 7 */
    write_at(NOON, "r3", 1);                                      /* 8 */
    fake_hello(fake, 5, "bob", "");
    (void)fake_trace(fake);
    ask_since(5, NOON);
    EXPECT("c5 < sync_response r3#4 r3#5 r3#7 r3#8 heads r1@2 r3@8\n");
    ask_since(5, NOON + MARGIN + 1);
    EXPECT("c5 < sync_response heads r1@2 r3@8\n");
}

static void what_is_committed_while_the_places_are_looked_for_comes_too(void **state)
{
    (void)state;
    write_at(NOON, "r3", 1);
    fake_db_hold(fake, true);
    ask_since(1, NOON);
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"ref\":\"w\",\"lastSyncTimestamp\":0}");
    EXPECT("c1 < error try_again ref=w retry=200\n");
    (void)fake_other_sends(fake, "r3", "ana", "meanwhile", false);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < sync_response r3#2 r3#3 heads r1@2 r3@3\n");
}

static void a_second_request_meanwhile_is_told_to_come_again(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    ask(1, "{\"r1\":1}");
    fake_say(fake, 1,
             "{\"type\":\"sync_request\",\"ref\":\"w\"," EPOCH ",\"positions\":{\"r1\":0}}");
    EXPECT("c1 < error try_again ref=w retry=200\n");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < sync_response ref=q r1#2 heads r1@2\n");
    ask(1, "{\"r1\":2}");
    EXPECT("c1 < sync_response ref=q heads r1@2\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(pages_follow_one_another_room_by_room_to_the_end),
        TEST(rooms_take_turns_and_the_turn_travels_in_the_cursor),
        TEST(rooms_in_focus_are_served_to_their_ends_first),
        TEST(a_session_ends_where_the_heads_stood_at_its_first_page),
        TEST(on_another_connection_a_session_reaches_where_that_one_s_stream_began),
        TEST(a_turn_outlives_a_room_that_was_left),
        TEST(an_old_cursor_gives_the_same_rows_again),
        TEST(what_this_node_has_not_heard_of_is_found_in_the_log),
        TEST(a_page_ends_where_a_frame_does),
        TEST(rows_outside_of_the_membership_are_passed_over),
        TEST(a_page_with_nothing_to_see_still_goes_on),
        TEST(a_room_that_is_not_one_s_own_is_denied_like_an_absent_one),
        TEST(a_room_left_since_is_no_more_in_the_cursor),
        TEST(wrong_places_to_start_from_have_their_own_words),
        TEST(a_second_request_meanwhile_is_told_to_come_again),
        TEST(what_is_of_one_millisecond_comes_whole_over_the_ends_of_pages),
        TEST(a_sync_by_time_begins_where_its_time_does_in_each_room),
        TEST(by_time_too_only_what_a_member_may_see_is_sent),
        TEST(what_is_committed_while_the_places_are_looked_for_comes_too),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
