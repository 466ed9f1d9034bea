/* Pages backwards: what stands below a place, as far as the asker may see it. */
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

static void moves(const char *room, const char *user, enum entry_kind kind)
{
    (void)fake_other_moves(fake, room, user, kind, true);
    (void)fake_trace(fake);
}

/* `more`: what the request says beside its room. */
static void ask(uint64_t conn, const char *room, const char *more)
{
    fake_say(fake, conn, "{\"type\":\"sync_request\",\"ref\":\"q\",\"roomId\":\"%s\"%s}", room,
             more);
}

static void pages_go_back_to_the_beginning_each_from_the_first_entry_of_the_last(void **state)
{
    (void)state;
    write_entries("r3", 21); /* head 22 */
    ask(1, "r3", "");
    EXPECT("c1 < sync_response ref=q r3#13 r3#14 r3#15 r3#16 r3#17 r3#18 r3#19 r3#20 r3#21 r3#22"
           " heads r3@22 more\n");
    write_entries("r3", 5); /* what is written meanwhile moves nothing below */
    ask(1, "r3", ",\"before\":13");
    EXPECT("c1 < sync_response ref=q r3#3 r3#4 r3#5 r3#6 r3#7 r3#8 r3#9 r3#10 r3#11 r3#12"
           " heads r3@27 more\n");
    ask(1, "r3", ",\"before\":3");
    EXPECT("c1 < sync_response ref=q r3#1 r3#2 heads r3@27\n");
}

static void a_place_and_a_limit_may_be_any(void **state)
{
    static const struct {
        const char *name, *more, *page;
    } cases[] = {
        {"one row", ",\"before\":3,\"limit\":1", "r3#2 heads r3@4 more"},
        {"no more rows than a page has", ",\"limit\":100", "r3#1 r3#2 r3#3 r3#4 heads r3@4"},
        {"just all", ",\"before\":4,\"limit\":3", "r3#1 r3#2 r3#3 heads r3@4"},
        {"before the first", ",\"before\":1", "heads r3@4"},
        {"behind the head", ",\"before\":5,\"limit\":2", "r3#3 r3#4 heads r3@4 more"},
        {"beyond it", ",\"before\":9007199254740991,\"limit\":1", "r3#4 heads r3@4 more"},
    };

    (void)state;
    write_entries("r3", 3);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[120];
        print_message("case: %s\n", cases[i].name);
        ask(1, "r3", cases[i].more);
        (void)snprintf(line, sizeof line, "c1 < sync_response ref=q %s\n", cases[i].page);
        EXPECT(line);
    }
}

static void only_what_a_member_may_see_is_sent_a_stay_a_page(void **state)
{
    (void)state;
    write_entries("r3", 2);          /* 2, 3 */
    moves("r3", "bob", ENTRY_JOIN);  /* 4 */
    write_entries("r3", 1);          /* 5 */
    moves("r3", "bob", ENTRY_LEAVE); /* 6 */
    write_entries("r3", 20);         /* 7..26 */
    moves("r3", "bob", ENTRY_JOIN);  /* 27 */
    write_entries("r3", 1);          /* 28 */
    ask(2, "r3", "");
    EXPECT("c2 < sync_response ref=q r3#27 r3#28 heads r3@28 more\n");
    ask(2, "r3", ",\"before\":27");
    EXPECT("c2 < sync_response ref=q r3#4 r3#5 r3#6 heads r3@28\n");
    ask(2, "r3", ",\"before\":15"); /* while they were away */
    EXPECT("c2 < sync_response ref=q r3#4 r3#5 r3#6 heads r3@28\n");
    ask(2, "r3", ",\"before\":4");
    EXPECT("c2 < sync_response ref=q heads r3@28\n");
    ask(2, "r3", ",\"before\":6,\"limit\":1");
    EXPECT("c2 < sync_response ref=q r3#5 heads r3@28 more\n");
}

static void a_room_that_is_not_one_s_own_is_denied_like_an_absent_one(void **state)
{
    (void)state;
    char absent[300];

    ask(2, "r9", "");
    EXPECT("c2 < error denied ref=q field=roomId\n");
    (void)snprintf(absent, sizeof absent, "%s", fake_last_json(fake));
    ask(2, "r3", ""); /* ana's, and active here */
    EXPECT("c2 < error denied ref=q field=roomId\n");
    assert_string_equal(fake_last_json(fake), absent);
}

static void a_room_that_is_left_meanwhile_is_denied(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    ask(2, "r1", "");
    (void)fake_other_moves(fake, "r1", "bob", ENTRY_LEAVE, false);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c2 < error denied ref=q field=roomId\n");
}

static void a_page_that_is_too_large_for_a_frame_loses_its_beginning(void **state)
{
    (void)state;
    write_entries("r3", 10); /* 2..11 */
    sql_db_exec(fake_db(fake), "UPDATE entries SET content = printf('%.8000c', 'x') WHERE room = 3"
                               " AND kind = 0");
    ask(1, "r3", ",\"before\":12");
    EXPECT("c1 < sync_response ref=q r3#7 r3#8 r3#9 r3#10 r3#11 heads r3@11 more\n");
    ask(1, "r3", ",\"before\":7");
    EXPECT("c1 < sync_response ref=q r3#1 r3#2 r3#3 r3#4 r3#5 r3#6 heads r3@11\n");
}

static void it_is_one_sync_of_a_connection_at_a_time_in_whatever_direction(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    ask(1, "r1", "");
    ask(1, "r3", "");
    EXPECT("c1 < error try_again ref=q retry=200\n");
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"ref\":\"w\",\"lastSyncTimestamp\":0}");
    EXPECT("c1 < error try_again ref=w retry=200\n");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < sync_response ref=q r1#1 r1#2 heads r1@2\n");
    ask(1, "r3", "");
    EXPECT("c1 < sync_response ref=q r3#1 heads r3@1\n");
}

static void who_goes_meanwhile_is_told_nothing(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    ask(1, "r1", "");
    fake_drop(fake, 1);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("");
}

static void a_row_without_a_place_is_no_page(void **state)
{
    (void)state;
    write_entries("r3", 1);
    sql_db_exec(fake_db(fake), "UPDATE entries SET content = NULL WHERE room = 3 AND seq = 2");
    ask(1, "r3", ""); /* it has its place, and is of a kind that is not known */
    EXPECT("c1 < sync_response ref=q r3#1 r3#2 heads r3@2\n");
    sql_db_exec(fake_db(fake), "UPDATE entries SET seq = -5 WHERE room = 3 AND seq = 2;"
                               "UPDATE members SET joined_seq = -9 WHERE room = 3");
    ask(1, "r3", "");
    EXPECT("c1 < error try_again ref=q retry=200\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(pages_go_back_to_the_beginning_each_from_the_first_entry_of_the_last),
        TEST(a_place_and_a_limit_may_be_any),
        TEST(only_what_a_member_may_see_is_sent_a_stay_a_page),
        TEST(a_room_that_is_not_one_s_own_is_denied_like_an_absent_one),
        TEST(a_room_that_is_left_meanwhile_is_denied),
        TEST(a_page_that_is_too_large_for_a_frame_loses_its_beginning),
        TEST(it_is_one_sync_of_a_connection_at_a_time_in_whatever_direction),
        TEST(who_goes_meanwhile_is_told_nothing),
        TEST(a_row_without_a_place_is_no_page),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
