/* Direct chats: made by the first message, also by both at once; nobody else's; nothing that lasts less. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"
#include "server/protocol/direct_name.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

#define AB "dm-vCikivS9QXB57XAmwkT5l_ElFEPM-dwb6MJvmkKE" /* of ana and bob */

/* Ana is connection 1, bob 2, eve 3. */
static int setup(void **state)
{
    (void)state;
    fake = fake_of_three();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

#define EXPECT(lines) assert_string_equal(fake_trace(fake), lines)

static void write_to(uint64_t conn, const char *whom, const char *client_id)
{
    fake_say(fake, conn,
             "{\"type\":\"send\",\"recipientId\":\"%s\",\"clientId\":\"%s\",\"content\":\"hi\"}",
             whom, client_id);
}

static int64_t count(const char *sql)
{
    return sql_db_int(fake_db(fake), sql);
}

#define BOTH(line) "c1 < " line "c2 < " line
/* Bob comes behind ana. */
#define JOINS "c1 < room_event " AB "#1 join ana\n" BOTH("room_event " AB "#2 join bob\n")

static void the_first_message_makes_the_room_and_reaches_both(void **state)
{
    (void)state;
    write_to(1, "bob", "k1");
    EXPECT("c1 < ack k1 " AB "#3\n" JOINS BOTH("message " AB "#3 ana/k1 'hi'\n"));
    write_to(2, "ana", "k1");
    EXPECT("c2 < ack k1 " AB "#4\n" BOTH("message " AB "#4 bob/k1 'hi'\n"));
    assert_int_equal(count("SELECT COUNT(*) FROM rooms WHERE open = 2"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM members m JOIN rooms r ON r.id = m.room "
                           "WHERE r.open = 2"),
                     2);
}

static void both_at_once_come_to_one_room(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    write_to(1, "bob", "a1");
    write_to(2, "ana", "b1");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    fake_pass_us(fake, 100000);
    EXPECT("c1 < ack a1 " AB "#3\n"
           "c2 < ack b1 " AB "#4\n" JOINS BOTH("message " AB "#3 ana/a1 'hi'\n")
               BOTH("message " AB "#4 bob/b1 'hi'\n"));
    assert_int_equal(count("SELECT COUNT(*) FROM rooms WHERE open = 2"), 1);
}

static void what_one_writes_while_it_is_made_keeps_its_order(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    write_to(1, "bob", "k1");
    write_to(1, "bob", "k2");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    write_to(1, "bob", "k3");
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c1 < ack k1 " AB "#3\n"));
    assert_non_null(strstr(trace, "c1 < ack k2 " AB "#4\n"));
    assert_non_null(strstr(trace, "c1 < ack k3 " AB "#5\n"));
}

static void an_unknown_outcome_of_making_it_leaves_one_room_and_one_message(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EUNKNOWN, true);
    write_to(1, "bob", "k1");
    EXPECT("");
    fake_pass_us(fake, 1000000);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c1 < ack k1 " AB "#3\n"));
    assert_non_null(strstr(trace, "c1 < room_event " AB "#1 join ana\n"));
    assert_non_null(strstr(trace, "c1 < message " AB "#3 ana/k1 'hi'\n"));
    assert_int_equal(count("SELECT COUNT(*) FROM rooms WHERE open = 2"), 1);
}

static void a_room_that_cannot_be_made_is_nacked_for_now(void **state)
{
    (void)state;
    fake_db_fail(fake, 5, HB_EUNKNOWN, false);
    write_to(1, "bob", "k1");
    fake_pass_us(fake, 3000000);
    EXPECT("c1 < nack k1 try_again temporary\n"); /* the message was never submitted */
    write_to(1, "bob", "k1");
    assert_non_null(strstr(fake_trace(fake), "c1 < ack k1 " AB "#3\n"));
}

static void nobody_else_reads_joins_makes_or_leaves_it(void **state)
{
    (void)state;
    fake_say(fake, 3, "{\"type\":\"room_create\",\"roomId\":\"" AB "\",\"clientId\":\"c1\"}");
    EXPECT("c3 < nack c1 denied\n");
    write_to(1, "bob", "k1");
    assert_null(strstr(fake_trace(fake), "c3"));
    fake_say(fake, 3, "{\"type\":\"room_join\",\"roomId\":\"" AB "\",\"clientId\":\"j1\"}");
    EXPECT("c3 < nack j1 denied\n");
    fake_say(fake, 3,
             "{\"type\":\"send\",\"roomId\":\"" AB "\",\"clientId\":\"s1\",\"content\":\"x\"}");
    EXPECT("c3 < nack s1 denied\n");
    fake_say(fake, 1, "{\"type\":\"room_leave\",\"roomId\":\"" AB "\",\"clientId\":\"l1\"}");
    EXPECT("c1 < nack l1 denied\n");
    fake_say(fake, 2, "{\"type\":\"room_join\",\"roomId\":\"" AB "\",\"clientId\":\"j1\"}");
    EXPECT("c2 < nack j1 already\n");
}

static void nobody_writes_to_themselves_nor_to_two_places(void **state)
{
    (void)state;
    write_to(1, "ana", "k1");
    EXPECT("c1 < nack k1 bad_field field=recipientId\n");
    fake_say(fake, 1,
             "{\"type\":\"send\",\"recipientId\":\"bob\",\"roomId\":\"r1\",\"clientId\":\"k2\","
             "\"content\":\"x\"}");
    EXPECT("c1 < nack k2 bad_field field=recipientId\n");
}

static void bob_is_in(int rooms)
{
    char sql[256];

    (void)snprintf(
        sql, sizeof sql,
        "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO rooms(id, name, open, head, hlc) SELECT i, 'x' || i, 0, 1, 1 FROM n",
        99 + rooms);
    sql_db_exec(fake_db(fake),
                "DELETE FROM members WHERE usr = (SELECT id FROM users WHERE name = 'bob')");
    sql_db_exec(fake_db(fake), sql);
    sql_db_exec(fake_db(fake), "INSERT INTO members(room, usr, joined_seq) SELECT r.id, u.id, 1 "
                               "FROM rooms r, users u WHERE r.id >= 100 AND u.name = 'bob'");
}

static void others_do_not_fill_somebody_s_places(void **state)
{
    (void)state;
    bob_is_in(192);
    write_to(1, "bob", "k1");
    EXPECT("c1 < nack k1 limit\n"); /* whatever they are in */
    write_to(2, "eve", "k1");
    assert_non_null(strstr(fake_trace(fake), "c2 < ack k1 ")); /* bob himself */
    sql_db_exec(fake_db(fake), "DELETE FROM members WHERE room IN (100, 101)");
    write_to(1, "bob", "k1");
    assert_non_null(strstr(fake_trace(fake), "c1 < ack k1 "));
}

static void one_in_too_many_rooms_gets_no_more(void **state)
{
    (void)state;
    bob_is_in(256);
    write_to(1, "bob", "k1");
    EXPECT("c1 < nack k1 limit\n"); /* and not temporary */
    write_to(2, "eve", "k1");
    EXPECT("c2 < nack k1 limit\n");
    assert_int_equal(count("SELECT COUNT(*) FROM rooms WHERE open = 2"), 0);
    sql_db_exec(fake_db(fake), "DELETE FROM members WHERE room = 100");
    write_to(2, "ana", "k1");
    assert_non_null(strstr(fake_trace(fake), "c2 < ack k1 " AB "#3\n"));
}

static void a_request_writes_to_a_person_and_is_acked_the_same_twice(void **state)
{
    const struct fake_request request = {
        .method = "POST",
        .path = "/api/messages",
        .token = fake_token(fake, "ana", 2000),
        .type = "application/json",
        .body = "{\"recipientId\":\"bob\",\"clientId\":\"h1\",\"content\":\"hi\"}"};

    (void)state;
    fake_http(fake, 1, request);
    EXPECT("http 1 200 ack h1 " AB "#3\n" JOINS BOTH("message " AB "#3 ana/h1 'hi'\n"));
    fake_http(fake, 2, request);
    EXPECT("http 2 200 ack h1 " AB "#3\n");
}

static void one_who_never_was_here_finds_what_was_written_to_them(void **state)
{
    (void)state;
    write_to(1, "zoe", "k1");
    (void)fake_trace(fake);
    fake_hello(fake, 4, "zoe", "");
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c4 < welcome zoe dm-"));
    assert_non_null(strstr(trace, "@3+"));
}

/* Bob's other device brought the room here, at its head; ana hears of it behind that. */
static void one_who_hears_of_a_room_that_began_behind_their_join_gets_all_of_it(void **state)
{
    (void)state;
    sql_db_exec(fake_db(fake),
                "INSERT INTO rooms(id, name, open, head, hlc) VALUES(9, 'r9', 0, 2, 12)");
    sql_db_exec(fake_db(fake), "INSERT INTO members(room, usr, joined_seq) SELECT 9, id, "
                               "CASE name WHEN 'ana' THEN 1 ELSE 2 END FROM users "
                               "WHERE name IN ('ana', 'bob')");
    sql_db_exec(fake_db(fake),
                "INSERT INTO entries(room, seq, kind, sender, node, stamp, hlc, at_ms) "
                "SELECT 9, m.joined_seq, 1, m.usr, (SELECT MIN(id) FROM nodes), 900 + "
                "m.joined_seq, 10 + m.joined_seq, 1 FROM members m WHERE m.room = 9");
    fake_hello(fake, 5, "bob", "");
    (void)fake_trace(fake);
    fake_publish(fake, "user:ana", "rooms");
    fake_pass_us(fake, 100000);
    EXPECT("c1 < room_event r9#1 join ana\nc1 < room_event r9#2 join bob\n");
}

/* What tells the others is said again until Redis has it. */
static void who_was_written_to_while_redis_is_away_is_told_when_it_is_back(void **state)
{
    (void)state;
    fake_redis_hang(fake, true);
    write_to(1, "zoe", "k1");
    fake_pass_us(fake, 1000);
    fake_redis_down(fake);
    fake_redis_hang(fake, false);
    fake_pass_us(fake, 1000000);
    fake_show(fake, (struct fake_show){.pubs = true});
    (void)fake_trace(fake);
    fake_redis_up(fake);
    fake_pass_us(fake, 20000000);
    const char *trace = fake_trace(fake);
    const char *told = strstr(trace, "pub user:zoe rooms\n");
    assert_non_null(told);
    assert_null(strstr(told + 1, "pub user:zoe rooms\n")); /* once is enough */
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_first_message_makes_the_room_and_reaches_both),
        TEST(both_at_once_come_to_one_room),
        TEST(what_one_writes_while_it_is_made_keeps_its_order),
        TEST(an_unknown_outcome_of_making_it_leaves_one_room_and_one_message),
        TEST(a_room_that_cannot_be_made_is_nacked_for_now),
        TEST(nobody_else_reads_joins_makes_or_leaves_it),
        TEST(nobody_writes_to_themselves_nor_to_two_places),
        TEST(others_do_not_fill_somebody_s_places),
        TEST(one_in_too_many_rooms_gets_no_more),
        TEST(a_request_writes_to_a_person_and_is_acked_the_same_twice),
        TEST(one_who_never_was_here_finds_what_was_written_to_them),
        TEST(one_who_hears_of_a_room_that_began_behind_their_join_gets_all_of_it),
        TEST(who_was_written_to_while_redis_is_away_is_told_when_it_is_back),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
