/* Commands that write the log: order, acks, refusals, unknown outcomes, joins and leaves. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

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

static void say_in(uint64_t conn, const char *room, const char *client_id)
{
    fake_say(fake, conn,
             "{\"type\":\"send\",\"roomId\":\"%s\",\"clientId\":\"%s\",\"content\":\"hi\"}", room,
             client_id);
}

static void a_send_is_acked_published_and_delivered_to_all_here(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.pubs = true});
    say_in(1, "r1", "k1");
    EXPECT("c1 < ack k1 r1#3\n"
           "c1 < message r1#3 ana/k1 'hi'\n"
           "c2 < message r1#3 ana/k1 'hi'\n"
           "pub room:r1 3 {\"type\":\"message\",\"id\":\"0000000f4241-0000-n1\",\"roomId\":\"r1\","
           "\"seq\":3,\"senderId\":\"ana\",\"clientId\":\"k1\",\"content\":\"hi\","
           "\"timestamp\":1000001,\"hlc\":\"0000000f4241-0000-n1\"}\n");
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT head FROM rooms WHERE id = 1"), 3);
}

static void an_ack_comes_after_the_commit_only(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    say_in(1, "r1", "k1");
    fake_pass_us(fake, 500000);
    EXPECT("");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < ack k1 r1#3\n"
           "c1 < message r1#3 ana/k1 'hi'\n"
           "c2 < message r1#3 ana/k1 'hi'\n");
}

static void sends_to_one_room_go_one_after_another_and_rooms_side_by_side(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_db_hold(fake, true);
    say_in(1, "r1", "k1");
    say_in(1, "r1", "k2");
    say_in(1, "r3", "k3");
    EXPECT("db ROOM_LOCK ENTRY_APPEND ROOM_ADVANCE ROOM_HEAD ENTRY_FIND\n"
           "db ROOM_LOCK ENTRY_APPEND ROOM_ADVANCE ROOM_HEAD ENTRY_FIND\n");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < ack k1 r1#3\n"
           "c1 < message r1#3 ana/k1 'hi'\n"
           "c2 < message r1#3 ana/k1 'hi'\n"
           "db ROOM_LOCK ENTRY_APPEND ROOM_ADVANCE ROOM_HEAD ENTRY_FIND\n"
           "c1 < ack k3 r3#2\n"
           "c1 < message r3#2 ana/k3 'hi'\n"
           "c1 < ack k2 r1#4\n"
           "c1 < message r1#4 ana/k2 'hi'\n"
           "c2 < message r1#4 ana/k2 'hi'\n");
}

static void a_resend_gets_the_first_ack_and_nothing_else(void **state)
{
    (void)state;
    say_in(1, "r1", "k1");
    char first[400];
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c1 < ack k1 r1#3\n"));
    fake_pass_us(fake, 5000000);
    (void)fake_trace(fake);
    say_in(1, "r1", "k1");
    (void)snprintf(first, sizeof first, "%s", fake_last_json(fake));
    EXPECT("c1 < ack k1 r1#3\n");
    assert_non_null(strstr(first, "0000000f4241-0000-n1")); /* the first stamp */
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT head FROM rooms WHERE id = 1"), 3);
}

static void absent_and_forbidden_rooms_are_told_alike_to_the_byte(void **state)
{
    (void)state;
    char absent[400];

    say_in(1, "r9", "k1");
    EXPECT("c1 < nack k1 denied\n");
    (void)snprintf(absent, sizeof absent, "%s", fake_last_json(fake));
    say_in(1, "r2", "k1"); /* eve's, and active on this node */
    EXPECT("c1 < nack k1 denied\n");
    assert_string_equal(fake_last_json(fake), absent);
}

static void one_who_left_elsewhere_is_denied_by_the_log(void **state)
{
    (void)state;
    (void)fake_other_moves(fake, "r1", "ana", ENTRY_LEAVE, false); /* not heard of here */
    say_in(1, "r1", "k1");
    EXPECT("c1 < nack k1 denied\n");
}

static void the_sender_is_the_token_s_subject_whatever_the_frame_says(void **state)
{
    (void)state;
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r3\",\"clientId\":\"k\",\"content\":\"x\","
             "\"senderId\":\"eve\",\"seq\":77,\"hlc\":\"7fffffffffff-0000-n9\"}");
    EXPECT("c1 < ack k r3#2\nc1 < message r3#2 ana/k 'x'\n");
}

static void a_refused_transaction_is_tried_again(void **state)
{
    (void)state;
    fake_db_fail(fake, 4, HB_EAGAIN, false);
    say_in(1, "r1", "k1");
    EXPECT("");
    fake_pass_us(fake, 790000);
    EXPECT("");
    fake_pass_us(fake, 20000);
    EXPECT("c1 < ack k1 r1#3\n"
           "c1 < message r1#3 ana/k1 'hi'\n"
           "c2 < message r1#3 ana/k1 'hi'\n");
}

static void after_a_temporary_nack_what_waits_behind_it_is_nacked_too(void **state)
{
    (void)state;
    fake_db_fail(fake, 5, HB_EAGAIN, false);
    say_in(1, "r1", "k1");
    say_in(1, "r1", "k2");
    fake_pass_us(fake, 790000);
    EXPECT("");
    fake_pass_us(fake, 20000);
    EXPECT("c1 < nack k1 try_again temporary\nc1 < nack k2 try_again temporary\n");
    fake_pass_us(fake, 3000000);
    EXPECT("");
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT head FROM rooms WHERE id = 1"), 2);
}

static void after_a_final_nack_what_waits_behind_it_goes_on(void **state)
{
    (void)state;
    fake_db_fail(fake, 2, HB_EDENIED, false);
    say_in(1, "r1", "k1");
    say_in(1, "r1", "k2");
    fake_pass_us(fake, 250000);
    EXPECT("c1 < nack k1 denied\n"
           "c1 < ack k2 r1#3\n"
           "c1 < message r1#3 ana/k2 'hi'\n"
           "c2 < message r1#3 ana/k2 'hi'\n");
}

static void an_unknown_outcome_that_was_a_commit_is_acked_once_known(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EUNKNOWN, true);
    say_in(1, "r1", "k1");
    EXPECT("");
    fake_pass_us(fake, 250000);
    EXPECT("c1 < ack k1 r1#3\n"); /* the entry itself comes by the log */
    fake_pass_us(fake, 250000);
    EXPECT("c1 < message r1#3 ana/k1 'hi'\n"
           "c2 < message r1#3 ana/k1 'hi'\n");
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT head FROM rooms WHERE id = 1"), 3);
}

static void an_unknown_outcome_that_was_none_is_committed_by_the_next_try(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EUNKNOWN, false);
    say_in(1, "r1", "k1");
    fake_pass_us(fake, 250000);
    EXPECT("c1 < ack k1 r1#3\n"
           "c1 < message r1#3 ana/k1 'hi'\n"
           "c2 < message r1#3 ana/k1 'hi'\n");
}

/* The next try finds it made: whoever made it writes there at once, and whom they put there is told. */
static void a_room_made_by_a_try_without_an_answer_is_there_with_its_ack(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EUNKNOWN, true);
    fake_say(
        fake, 1,
        "{\"type\":\"room_create\",\"roomId\":\"r7\",\"clientId\":\"k1\",\"members\":[\"bob\"]}");
    fake_pass_us(fake, 210000);
    say_in(1, "r7", "k2");
    fake_pass_us(fake, 1000000);
    EXPECT("c1 < ack k1 r7#1\n"
           "c1 < room_event r7#1 join ana/k1\n"
           "c1 < room_event r7#2 join bob\n"
           "c2 < room_event r7#2 join bob\n"
           "c1 < ack k2 r7#3\n"
           "c1 < message r7#3 ana/k2 'hi'\n"
           "c2 < message r7#3 ana/k2 'hi'\n");
}

static void who_came_in_by_another_node_is_refused_for_now_where_that_was_not_heard(void **state)
{
    (void)state;
    (void)fake_other_moves(fake, "r2", "ana", ENTRY_JOIN, false);
    say_in(1, "r2", "k1");
    EXPECT("c1 < nack k1 try_again temporary\n");
    fake_pass_us(fake, 250000);
    (void)fake_trace(fake);
    say_in(1, "r2", "k1");
    EXPECT("c1 < ack k1 r2#3\n"
           "c3 < message r2#3 ana/k1 'hi'\n"
           "c1 < message r2#3 ana/k1 'hi'\n");
}

static void an_outcome_unknown_too_often_closes_and_is_never_nacked(void **state)
{
    (void)state;
    fake_db_fail(fake, 5, HB_EUNKNOWN, true);
    say_in(1, "r1", "k1");
    say_in(1, "r1", "k2");
    fake_pass_us(fake, 790000);
    EXPECT("");
    fake_pass_us(fake, 20000);
    /* The room is compared with the log: the others here get what was committed. */
    EXPECT("c1 x 4007\n");
    fake_pass_us(fake, 250000);
    EXPECT("c2 < message r1#3 ana/k1 'hi'\n");
    fake_pass_us(fake, 3000000);
    EXPECT("");
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT head FROM rooms WHERE id = 1"), 3);
}

static void a_refusal_after_an_unknown_outcome_is_no_nack(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EUNKNOWN, false);
    say_in(1, "r1", "k1");
    fake_db_fail(fake, 4, HB_EAGAIN, false);
    fake_pass_us(fake, 2000000);
    EXPECT("c1 x 4007\n");
}

static void what_a_lost_connection_sent_is_still_published(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.pubs = true});
    fake_db_hold(fake, true);
    say_in(1, "r1", "k1");
    say_in(1, "r1", "k2"); /* never submitted */
    fake_drop(fake, 1);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c2 < message r1#3 ana/k1 'hi'\n"));
    assert_non_null(strstr(trace, "pub room:r1 3 "));
    assert_null(strstr(trace, "c1"));
    assert_null(strstr(trace, "k2"));
}

static void too_many_sends_in_flight_reach_a_named_limit(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    for (int i = 0; i < 64; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "k%d", i);
        say_in(1, "r1", id);
    }
    EXPECT("");
    say_in(1, "r1", "k64");
    EXPECT("c1 < nack k64 limit temporary\n");
}

static void an_entry_of_a_slow_node_is_lifted_above_the_room_s_last(void **state)
{
    (void)state;
    fake_wall_set(fake, 5000000);
    say_in(2, "r1", "k1");
    fake_wall_set(fake, 1000000);
    fake_show(fake, (struct fake_show){.pubs = true});
    say_in(1, "r1", "k2"); /* own stamps never go back either */
    assert_non_null(strstr(fake_trace(fake), "\"hlc\":\"0000004c4b40-0001-n1\""));
    sql_db_exec(fake_db(fake), "UPDATE rooms SET hlc = 9223372036854775807 WHERE id = 1");
    say_in(1, "r1", "k3");
    EXPECT("c1 < nack k3 clock_exhausted\n");
}

static void without_redis_sends_still_commit(void **state)
{
    (void)state;
    fake_redis_down(fake);
    say_in(1, "r1", "k1");
    EXPECT("c1 < ack k1 r1#3\n"
           "c1 < message r1#3 ana/k1 'hi'\n"
           "c2 < message r1#3 ana/k1 'hi'\n");
}

static void a_join_attaches_and_a_leave_detaches_where_they_stand(void **state)
{
    (void)state;
    fake_say(fake, 3, "{\"type\":\"room_join\",\"roomId\":\"r1\",\"clientId\":\"j1\"}");
    EXPECT("c3 < ack j1 r1#3\n"
           "c1 < room_event r1#3 join eve/j1\n"
           "c2 < room_event r1#3 join eve/j1\n"
           "c3 < room_event r1#3 join eve/j1\n");
    say_in(3, "r1", "k1");
    EXPECT("c3 < ack k1 r1#4\n"
           "c1 < message r1#4 eve/k1 'hi'\n"
           "c2 < message r1#4 eve/k1 'hi'\n"
           "c3 < message r1#4 eve/k1 'hi'\n");
    fake_say(fake, 3, "{\"type\":\"room_leave\",\"roomId\":\"r1\",\"clientId\":\"l1\"}");
    EXPECT("c3 < ack l1 r1#5\n"
           "c1 < room_event r1#5 leave eve/l1\n"
           "c2 < room_event r1#5 leave eve/l1\n"
           "c3 < room_event r1#5 leave eve/l1\n");
    say_in(1, "r1", "k2");
    EXPECT("c1 < ack k2 r1#6\n"
           "c1 < message r1#6 ana/k2 'hi'\n"
           "c2 < message r1#6 ana/k2 'hi'\n");
    say_in(3, "r1", "k3");
    EXPECT("c3 < nack k3 denied\n");
}

static void a_room_that_is_closed_or_absent_is_not_joined_and_told_alike(void **state)
{
    (void)state;
    char absent[400];

    fake_say(fake, 1, "{\"type\":\"room_join\",\"roomId\":\"r9\",\"clientId\":\"j1\"}");
    EXPECT("c1 < nack j1 denied\n");
    (void)snprintf(absent, sizeof absent, "%s", fake_last_json(fake));
    fake_say(fake, 1, "{\"type\":\"room_join\",\"roomId\":\"r2\",\"clientId\":\"j1\"}");
    EXPECT("c1 < nack j1 denied\n");
    assert_string_equal(fake_last_json(fake), absent);
    fake_say(fake, 1, "{\"type\":\"room_join\",\"roomId\":\"r1\",\"clientId\":\"j2\"}");
    EXPECT("c1 < nack j2 already\n");
}

static void a_room_is_created_with_members_who_follow_it_at_once(void **state)
{
    (void)state;
    fake_say(fake, 1,
             "{\"type\":\"room_create\",\"roomId\":\"r7\",\"clientId\":\"c1\",\"open\":false,"
             "\"members\":[\"bob\",\"bob\",\"ana\"]}");
    EXPECT("c1 < ack c1 r7#1\n"
           "c1 < room_event r7#1 join ana/c1\n"
           "c1 < room_event r7#2 join bob\n"
           "c2 < room_event r7#2 join bob\n");
    say_in(2, "r7", "k1");
    EXPECT("c2 < ack k1 r7#3\n"
           "c1 < message r7#3 bob/k1 'hi'\n"
           "c2 < message r7#3 bob/k1 'hi'\n");
    fake_say(fake, 3, "{\"type\":\"room_create\",\"roomId\":\"r7\",\"clientId\":\"c2\"}");
    EXPECT("c3 < nack c2 conflict\n");
    fake_say(
        fake, 1,
        "{\"type\":\"room_create\",\"roomId\":\"r7\",\"clientId\":\"c1\",\"members\":[\"bob\"]}");
    EXPECT("c1 < ack c1 r7#1\n"); /* a second try */
}

static void a_room_made_on_another_node_comes_by_the_user_s_channel(void **state)
{
    (void)state;
    sql_db_exec(fake_db(fake),
                "INSERT INTO rooms(name, open, head, hlc) VALUES('r8', 0, 2, 6);"
                "INSERT INTO members VALUES(4, 2, 1, NULL), (4, 3, 2, NULL);"
                "INSERT INTO entries VALUES(4, 1, 1, 2, NULL, NULL, 1, 15, 5, 5, NULL),"
                " (4, 2, 1, 3, NULL, NULL, 1, 16, 6, 5, NULL);");
    fake_publish(fake, "user:bob", "rooms");
    fake_pass_us(fake, 1000);
    EXPECT("c2 < room_event r8#1 join bob\n"
           "c2 < room_event r8#2 join eve\n"
           "c3 < room_event r8#2 join eve\n"); /* from where each one's membership begins */
    (void)fake_other_sends(fake, "r8", "eve", "k1", true);
    EXPECT("c2 < message r8#3 eve/k1 'from n2'\nc3 < message r8#3 eve/k1 'from n2'\n");
    fake_publish(fake, "user:eve", "rooms");
    fake_pass_us(fake, 1000);
    EXPECT("");
}

/* --- Stamps that another process of this name gave out --- */

/* The first `count` stamps of each millisecond of the next 300 are entries' already. */
static void stamps_of_another(unsigned count)
{
    char sql[512];

    (void)snprintf(sql, sizeof sql,
                   "WITH RECURSIVE k(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i < %u) "
                   "INSERT INTO entries(room, seq, kind, sender, client_id, content, node, stamp, "
                   "hlc, at_ms) SELECT 3, 1000 + k.i, 0, 1, NULL, 'x', n.id, "
                   "(1000000 + k.i / %u) * 65536 + k.i %% %u, 1, 1 FROM k, nodes n "
                   "WHERE n.name = 'n1'",
                   300 * count, count, count);
    sql_db_exec(fake_db(fake), sql);
}

static void a_stamp_of_another_process_is_no_refusal_of_any_command(void **state)
{
    static const char *const frames[] = {
        "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"hi\"}",
        "{\"type\":\"send\",\"recipientId\":\"bob\",\"clientId\":\"k\",\"content\":\"hi\"}",
        "{\"type\":\"room_create\",\"roomId\":\"n\",\"clientId\":\"k\",\"members\":[\"bob\"]}",
        "{\"type\":\"room_join\",\"roomId\":\"r2\",\"clientId\":\"k\"}",
        "{\"type\":\"room_leave\",\"roomId\":\"r1\",\"clientId\":\"k\"}",
    };
    static const unsigned counts[] = {1, 2, 20, 500};

    for (size_t i = 0; i < sizeof frames / sizeof frames[0] * 4; i++) {
        sql_db_exec(fake_db(fake), "UPDATE rooms SET open = 1");
        stamps_of_another(counts[i % 4]);
        fake_say(fake, 1, "%s", frames[i / 4]);
        fake_pass_us(fake, 100000); /* nobody waits for a pause either */
        const char *trace = fake_trace(fake);
        assert_non_null(strstr(trace, "c1 < ack k"));
        assert_null(strstr(trace, "nack"));
        assert_int_equal(sql_db_int(fake_db(fake), "SELECT COUNT(*) FROM entries WHERE "
                                                   "client_id = 'k'"),
                         1);
        (void)teardown(state);
        (void)setup(state);
    }
}

static void one_that_never_ends_is_told_as_temporary(void **state)
{
    (void)state;
    fake_db_fail(fake, 1000, HB_ESTAMP, false);
    say_in(1, "r1", "k1");
    fake_pass_us(fake, 5000000);
    EXPECT("c1 < nack k1 try_again temporary\n");
    fake_db_fail(fake, 0, HB_OK, false);
    say_in(1, "r1", "k1");
    EXPECT("c1 < ack k1 r1#3\n"
           "c1 < message r1#3 ana/k1 'hi'\n"
           "c2 < message r1#3 ana/k1 'hi'\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_send_is_acked_published_and_delivered_to_all_here),
        TEST(a_stamp_of_another_process_is_no_refusal_of_any_command),
        TEST(one_that_never_ends_is_told_as_temporary),
        TEST(an_ack_comes_after_the_commit_only),
        TEST(sends_to_one_room_go_one_after_another_and_rooms_side_by_side),
        TEST(a_resend_gets_the_first_ack_and_nothing_else),
        TEST(absent_and_forbidden_rooms_are_told_alike_to_the_byte),
        TEST(one_who_left_elsewhere_is_denied_by_the_log),
        TEST(the_sender_is_the_token_s_subject_whatever_the_frame_says),
        TEST(a_refused_transaction_is_tried_again),
        TEST(after_a_temporary_nack_what_waits_behind_it_is_nacked_too),
        TEST(after_a_final_nack_what_waits_behind_it_goes_on),
        TEST(an_unknown_outcome_that_was_a_commit_is_acked_once_known),
        TEST(an_unknown_outcome_that_was_none_is_committed_by_the_next_try),
        TEST(a_room_made_by_a_try_without_an_answer_is_there_with_its_ack),
        TEST(who_came_in_by_another_node_is_refused_for_now_where_that_was_not_heard),
        TEST(an_outcome_unknown_too_often_closes_and_is_never_nacked),
        TEST(a_refusal_after_an_unknown_outcome_is_no_nack),
        TEST(what_a_lost_connection_sent_is_still_published),
        TEST(too_many_sends_in_flight_reach_a_named_limit),
        TEST(an_entry_of_a_slow_node_is_lifted_above_the_room_s_last),
        TEST(without_redis_sends_still_commit),
        TEST(a_join_attaches_and_a_leave_detaches_where_they_stand),
        TEST(a_room_that_is_closed_or_absent_is_not_joined_and_told_alike),
        TEST(a_room_is_created_with_members_who_follow_it_at_once),
        TEST(a_room_made_on_another_node_comes_by_the_user_s_channel),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
