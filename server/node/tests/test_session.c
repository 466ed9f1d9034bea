/* Hello, welcome, resume, what a connection may not do, and how it ends. */
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

static void a_node_is_ready_once_registered_and_subscribed(void **state)
{
    (void)state;
    struct fake *other = fake_new((struct fake_options){0});

    fake_db_hold(other, true);
    fake_start(other);
    assert_string_equal(fake_trace(other), "");
    fake_db_hold(other, false);
    fake_db_release(other);
    assert_string_equal(fake_trace(other), "ready 1\n");
    assert_int_equal(sql_db_int(fake_db(other), "SELECT incarnation FROM nodes WHERE id = 2"), 1);
    fake_free(&other);
}

static void a_refused_registration_is_tried_again(void **state)
{
    (void)state;
    struct fake *other = fake_new((struct fake_options){0});

    fake_db_fail(other, 2, HB_EAGAIN, false);
    fake_start(other);
    assert_string_equal(fake_trace(other), "");
    fake_pass_us(other, 390000);
    assert_string_equal(fake_trace(other), "");
    fake_pass_us(other, 20000);
    assert_string_equal(fake_trace(other), "ready 1\n");
    fake_free(&other);
}

static void a_hello_before_the_node_is_ready_may_come_again(void **state)
{
    (void)state;
    struct fake *other = fake_new((struct fake_options){0});

    fake_db_hold(other, true);
    fake_start(other);
    fake_hello(other, 1, "ana", "");
    assert_string_equal(fake_trace(other), "c1 < error try_again retry=200\nc1 x 1013\n");
    fake_free(&other);
}

static void a_hello_is_answered_by_the_rooms_and_their_heads(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    EXPECT("c1 < welcome ana r1@2+ r3@1+\n");
    fake_hello(fake, 2, "nobody", "");
    EXPECT("c2 < welcome nobody\n");
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT COUNT(*) FROM users"), 4);
}

static void a_user_is_written_to_the_database_once(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_hello(fake, 1, "new", "");
    EXPECT("db USER_ADD USER_FIND USER_ROOMS\nc1 < welcome new\n"
           "db USER_ROOMS\n"); /* the user's channel was confirmed after the first read */
    fake_hello(fake, 2, "new", "");
    EXPECT("db USER_ROOMS\nc2 < welcome new\n");
}

static void frames_before_hello_are_refused_alike(void **state)
{
    (void)state;
    static const struct {
        const char *frame, *trace;
    } cases[] = {
        {"{\"type\":\"ping\"}", "c1 < error unauthenticated\nc1 x 1008\n"},
        {"{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\"}",
         "c1 < nack k unauthenticated\nc1 x 1008\n"},
        {"{\"type\":\"sync_request\",\"ref\":\"s1\",\"cursor\":\"AA\"}",
         "c1 < error unauthenticated ref=s1\nc1 x 1008\n"},
        {"{\"type\":\"sync_request\",\"cursor\":\"AA\"}",
         "c1 < error unauthenticated\nc1 x 1008\n"},
        {"{", "c1 < error bad_json\nc1 x 1008\n"},
        {"[]", "c1 < error bad_frame\nc1 x 1008\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_open(fake, 1);
        fake_say(fake, 1, "%s", cases[i].frame);
        EXPECT(cases[i].trace);
        fake_say(fake, 1, "%s", cases[i].frame); /* it is gone */
        EXPECT("");
    }
}

static void a_token_must_be_ours_and_not_expired(void **state)
{
    (void)state;
    static const struct {
        int64_t expires_s;
        const char *trace;
    } cases[] = {
        /* The wall shows 1000 s, the leeway is 60 s. */
        {941, "c1 < welcome eve r2@1+\n"},
        {940, "c1 < error unauthenticated\nc1 x 4500\n"},
        {0, "c1 < error unauthenticated\nc1 x 4500\n"},
    };
    fake_wall_set(fake, 1000000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_open(fake, 1);
        fake_say(fake, 1, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
                 fake_token(fake, "eve", cases[i].expires_s));
        EXPECT(cases[i].trace);
        fake_drop(fake, 1);
    }
    fake_open(fake, 1);
    char token[1024];
    (void)snprintf(token, sizeof token, "%s", fake_token(fake, "eve", 100000));
    token[strlen(token) - 5] = token[strlen(token) - 5] == 'A' ? 'B' : 'A';
    fake_say(fake, 1, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
             token);
    EXPECT("c1 < error unauthenticated\nc1 x 4500\n");
}

/* Issued at 1 s, and good for the 30 days that a token may be. */
static void a_token_for_ever_is_refused_and_the_longest_one_lasts(void **state)
{
    (void)state;
    static const int64_t ends_s[] = {INT64_MAX / 2000, 2592002, 2592001};

    for (uint64_t i = 1; i <= 3; i++) {
        fake_open(fake, i);
        fake_say(fake, i, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
                 fake_token(fake, "eve", ends_s[i - 1]));
        const char *trace = fake_trace(fake);
        assert_int_equal(strstr(trace, "x 4500") != NULL, i < 3);
        assert_int_equal(strstr(trace, "welcome") != NULL, i == 3);
    }
}

static void another_version_is_told_to_stop(void **state)
{
    (void)state;
    fake_open(fake, 1);
    fake_say(fake, 1, "{\"type\":\"hello\",\"version\":2,\"device\":\"d\",\"token\":\"%s\"}",
             fake_token(fake, "eve", 100000));
    EXPECT("c1 x 4505\n");
}

static void a_second_hello_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
    fake_say(fake, 1, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
             fake_token(fake, "eve", 1000000));
    EXPECT("c1 < error already\n");
    fake_say(fake, 1, "{\"type\":\"ping\"}");
    EXPECT("c1 < pong\n");
}

static void no_hello_in_time_closes(void **state)
{
    (void)state;
    fake_open(fake, 1);
    fake_pass_us(fake, 9999000);
    EXPECT("");
    fake_pass_us(fake, 1000);
    EXPECT("c1 x 4502\n");
}

static void a_silent_connection_is_closed_and_a_pinging_one_is_not(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "eve", "");
    (void)fake_trace(fake);
    for (int i = 0; i < 4; i++) {
        fake_pass_us(fake, 11250000 - (i == 3 ? 1000 : 0));
        fake_say(fake, 2, "{\"type\":\"ping\"}");
    }
    EXPECT("c2 < pong\nc2 < pong\nc2 < pong\nc2 < pong\n");
    fake_pass_us(fake, 2000);
    EXPECT("c1 x 4003\n");
}

static void the_wait_for_a_slow_database_is_not_the_silence_of_the_client(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    fake_hello(fake, 1, "ana", "");
    fake_pass_us(fake, 5000000);
    EXPECT("");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < welcome ana r1@2+ r3@1+\n");
    fake_pass_us(fake, 44999000); /* of silence since the welcome, 49.999 s since the hello */
    EXPECT("");
    fake_pass_us(fake, 2000);
    EXPECT("c1 x 4003\n");
}

static void bad_frames_get_a_coded_answer_and_then_the_close(void **state)
{
    (void)state;
    static const struct {
        const char *frame, *answer;
    } cases[] = {
        {" ", "error bad_json"},
        {"{\"type\":\"ping\"}x", "error bad_json"},
        {"{\"type\":\"ping\",\"type\":\"send\"}", "error bad_json"},
        {"null", "error bad_frame"},
        {"{\"TYPE\":\"ping\"}", "error bad_frame field=type"},
        {"{\"type\":\"no_such\"}", "error unknown_type field=type"},
        {"{\"type\":\"pong\"}", "error unknown_type field=type"}, /* only a server says this */
        {"[[[[[[[[[[[[1]]]]]]]]]]]]", "error too_deep"},
        {"{\"type\":\"send\",\"roomId\":\"../x\",\"clientId\":\"k\",\"content\":\"x\"}",
         "nack k bad_field field=roomId"},
        {"{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":5}",
         "nack k bad_field field=content"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[200];
        fake_hello(fake, 1, "ana", "");
        (void)fake_trace(fake);
        fake_say(fake, 1, "%s", cases[i].frame);
        (void)snprintf(line, sizeof line, "c1 < %s\n", cases[i].answer);
        EXPECT(line);
        fake_drop(fake, 1);
    }
    fake_hello(fake, 1, "ana", "");
    for (int i = 0; i < 5; i++) {
        fake_say(fake, 1, "x");
    }
    fake_pass_us(fake, 1000);
    (void)fake_trace(fake);
    fake_say(fake, 1, "x");
    EXPECT("c1 < error bad_json\nc1 x 1008\n");
}

static void few_bad_frames_a_minute_are_borne(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    for (int minute = 0; minute < 3; minute++) {
        for (int i = 0; i < 5; i++) {
            fake_say(fake, 1, "x");
        }
        for (int i = 0; i < 4; i++) {
            fake_pass_us(fake, 15001000);
            fake_say(fake, 1, "{\"type\":\"ping\"}");
        }
    }
    (void)fake_trace(fake);
    fake_say(fake, 1, "{\"type\":\"ping\"}");
    EXPECT("c1 < pong\n");
}

#define AT(seq) ",\"epoch\":\"0000000000000007\",\"positions\":{\"r1\":" #seq "}"

static void a_resume_is_served_from_memory_without_a_hole(void **state)
{
    (void)state;
    fake_hello(fake, 1, "bob", ""); /* keeps the room here */
    for (int i = 0; i < 4; i++) {
        char id[4] = {'k', (char)('0' + i), '\0'};
        (void)fake_other_sends(fake, "r1", "bob", id, true);
    }
    (void)fake_trace(fake);
    fake_hello(fake, 2, "ana", AT(4));
    EXPECT("c2 < welcome ana r1@6+ r3@1+\n"
           "c2 < message r1#5 bob/k2 'from n2'\n"
           "c2 < message r1#6 bob/k3 'from n2'\n");
    fake_hello(fake, 3, "ana", AT(6)); /* lacks nothing */
    EXPECT("c3 < welcome ana r1@6+ r3@1+\n");
    (void)fake_other_sends(fake, "r1", "bob", "k9", true);
    EXPECT("c1 < message r1#7 bob/k9 'from n2'\n"
           "c2 < message r1#7 bob/k9 'from n2'\n"
           "c3 < message r1#7 bob/k9 'from n2'\n");
}

static void rooms_in_focus_are_resumed_first(void **state)
{
    static const struct {
        const char *focus, *first, *second;
    } cases[] = {
        {"", "r1#3 bob/k1", "r3#2 ana/k2"},
        {",\"focus\":[\"r9\",\"r3\"]", "r3#2 ana/k2", "r1#3 bob/k1"},
        {",\"focus\":[\"r3\",\"r1\"]", "r1#3 bob/k1", "r3#2 ana/k2"},
    };

    (void)state;
    fake_hello(fake, 1, "ana", ""); /* keeps the rooms here */
    (void)fake_other_sends(fake, "r1", "bob", "k1", true);
    (void)fake_other_sends(fake, "r3", "ana", "k2", true);
    (void)fake_trace(fake);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char more[160];
        char want[200];
        (void)snprintf(more, sizeof more,
                       ",\"epoch\":\"0000000000000007\",\"positions\":{\"r1\":2,\"r3\":1}%s",
                       cases[i].focus);
        (void)snprintf(want, sizeof want,
                       "c2 < welcome ana r1@3+ r3@2+\n"
                       "c2 < message %s 'from n2'\nc2 < message %s 'from n2'\n",
                       cases[i].first, cases[i].second);
        fake_hello(fake, 2, "ana", more);
        EXPECT(want);
        fake_drop(fake, 2);
        (void)fake_trace(fake);
    }
}

static void a_resume_from_too_far_back_is_sent_to_sync(void **state)
{
    (void)state;
    static const struct {
        const char *more, *trace;
    } cases[] = {
        {AT(3), "c2 < welcome ana r1@12- r3@1+\n"},  /* 8 entries are kept: 5 and on */
        {AT(13), "c2 < welcome ana r1@12- r3@1+\n"}, /* not of this log */
        {",\"epoch\":\"0000000000000006\",\"positions\":{\"r1\":12}",
         "c2 < welcome ana r1@12- r3@1+\n"},
    };
    fake_hello(fake, 1, "bob", "");
    for (int i = 0; i < 10; i++) {
        char id[4] = {'k', (char)('0' + i), '\0'};
        (void)fake_other_sends(fake, "r1", "bob", id, true);
    }
    (void)fake_trace(fake);
    fake_hello(fake, 2, "ana", AT(4));
    assert_non_null(strstr(fake_trace(fake), "welcome ana r1@12+"));
    fake_drop(fake, 2);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_hello(fake, 2, "ana", cases[i].more);
        EXPECT(cases[i].trace);
        fake_drop(fake, 2);
    }
}

static void a_welcome_waits_until_the_room_is_as_far_as_the_read(void **state)
{
    (void)state;
    fake_hello(fake, 1, "bob", "");
    (void)fake_other_sends(fake, "r1", "bob", "k1", false); /* lost: this node is behind */
    (void)fake_trace(fake);
    fake_hello(fake, 2, "ana", AT(3));
    EXPECT("");
    fake_pass_us(fake, 260000); /* the gap is repaired */
    EXPECT("c1 < message r1#3 bob/k1 'from n2'\n"
           "c2 < welcome ana r1@3+ r3@1+\n");
}

static void a_leave_between_the_read_and_the_welcome_counts(void **state)
{
    (void)state;
    fake_hello(fake, 1, "bob", "");
    (void)fake_trace(fake);
    fake_db_late(fake, true);
    fake_hello(fake, 2, "ana", ""); /* its read saw her in the room */
    (void)fake_other_moves(fake, "r1", "ana", ENTRY_LEAVE, true);
    fake_db_late(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < room_event r1#3 leave ana\nc2 < welcome ana r3@1+\n");
    (void)fake_other_sends(fake, "r1", "bob", "k1", true);
    EXPECT("c1 < message r1#4 bob/k1 'from n2'\n");
}

static void a_leave_too_far_back_to_be_remembered_makes_the_rooms_be_read_again(void **state)
{
    (void)state;
    fake_hello(fake, 1, "bob", "");
    (void)fake_trace(fake);
    fake_db_late(fake, true);
    fake_hello(fake, 2, "ana", "");
    (void)fake_other_moves(fake, "r1", "ana", ENTRY_LEAVE, true);
    for (int i = 0; i < 8; i++) { /* the tail holds eight */
        char id[4] = {'k', (char)('0' + i), '\0'};
        (void)fake_other_sends(fake, "r1", "bob", id, true);
    }
    fake_db_late(fake, false);
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_db_release(fake);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "db USER_ROOMS\nc2 < welcome ana r3@1+\n"));
}

/* In a room where much is written a tail never reaches back to the read; who gave up after sixteen was sent away. */
static void messages_too_many_to_be_remembered_make_nobody_read_again(void **state)
{
    (void)state;
    fake_hello(fake, 1, "bob", "");
    (void)fake_trace(fake);
    fake_db_late(fake, true);
    fake_hello(fake, 2, "ana", "");
    for (int i = 0; i < 12; i++) {
        char id[4] = {'k', (char)('a' + i), '\0'};
        (void)fake_other_sends(fake, "r1", "bob", id, true);
    }
    fake_db_late(fake, false);
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.dbs = true});
    fake_db_release(fake);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "db ROOM_HEAD\nc2 < welcome ana r1@14+ r3@1+\n"));
}

static void a_join_between_the_read_and_the_welcome_is_found_after_it(void **state)
{
    (void)state;
    fake_db_late(fake, true);
    fake_hello(fake, 2, "eve", "");
    (void)fake_other_moves(fake, "r3", "eve", ENTRY_JOIN, false);
    fake_publish(fake, "user:eve", "rooms");
    fake_pass_us(fake, 1);
    fake_db_late(fake, false);
    fake_db_release(fake);
    EXPECT("c2 < welcome eve r2@1+\nc2 < room_event r3#2 join eve\n");
}

static void a_resume_never_shows_what_was_said_while_one_was_not_a_member(void **state)
{
    (void)state;
    fake_hello(fake, 1, "bob", "");
    (void)fake_other_moves(fake, "r1", "ana", ENTRY_LEAVE, true); /* 3 */
    (void)fake_other_sends(fake, "r1", "bob", "secret", true);    /* 4 */
    (void)fake_other_moves(fake, "r1", "ana", ENTRY_JOIN, true);  /* 5 */
    (void)fake_trace(fake);
    fake_hello(fake, 2, "ana", AT(2));
    EXPECT("c2 < welcome ana r1@5- r3@1+\n");
    fake_hello(fake, 3, "ana", AT(4));
    EXPECT("c3 < welcome ana r1@5+ r3@1+\nc3 < room_event r1#5 join ana\n");
}

static void without_redis_the_log_alone_serves_a_hello(void **state)
{
    (void)state;
    fake_redis_down(fake);
    fake_hello(fake, 1, "eve", "");
    EXPECT("c1 < welcome eve r2@1+\n");
    (void)fake_other_sends(fake, "r2", "eve", "k1", true);
    EXPECT("");
    fake_pass_us(fake, 2000000); /* a sweep */
    EXPECT("c1 < message r2#2 eve/k1 'from n2'\n");
    fake_pass_us(fake, 5000000);
    fake_redis_up(fake);
    (void)fake_other_sends(fake, "r2", "eve", "k2", false);
    fake_pass_us(fake, 6000000);
    EXPECT("c1 < message r2#3 eve/k2 'from n2'\n"); /* as soon as the channel is confirmed */
}

static void another_database_ends_all_sessions_and_is_registered_with(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "eve", "");
    (void)fake_trace(fake);
    sql_db_epoch_set(fake_db(fake), 8);
    sql_db_exec(fake_db(fake), "UPDATE members SET room = 9 WHERE room = 1;"
                               "UPDATE entries SET room = 9 WHERE room = 1;"
                               "UPDATE rooms SET id = 9 WHERE id = 1");
    fake_say(fake, 1, "{\"type\":\"send\",\"roomId\":\"r3\",\"clientId\":\"k\",\"content\":\"x\"}");
    EXPECT("c1 x 4004\nc2 x 4004\nready 0\nready 1\n");
    fake_hello(fake, 3, "ana", AT(2)); /* of the old epoch */
    EXPECT("c3 < welcome ana r3@2+ r1@2-\n");
    fake_say(fake, 3, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"n\",\"content\":\"x\"}");
    EXPECT("c3 < ack n r1#3\nc3 < message r1#3 ana/n 'x'\n");
}

static void a_stamp_far_ahead_in_hello_is_ignored_and_noted(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.notes = true});
    fake_hello(fake, 1, "nobody", ",\"seen\":\"7fffffffffff-0000-n9\"");
    assert_non_null(strstr(fake_trace(fake), "note stamp ahead of the skew limit ignored"));
    fake_show(fake, (struct fake_show){0});
    fake_hello(fake, 2, "ana", ",\"seen\":\"0000000f9000-0000-n9\"");
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){.pubs = true});
    fake_say(fake, 2, "{\"type\":\"send\",\"roomId\":\"r3\",\"clientId\":\"k\",\"content\":\"x\"}");
    assert_non_null(strstr(fake_trace(fake), "0000000f9000-0001-n1")); /* above what was seen */
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_node_is_ready_once_registered_and_subscribed),
        TEST(a_refused_registration_is_tried_again),
        TEST(a_hello_before_the_node_is_ready_may_come_again),
        TEST(a_hello_is_answered_by_the_rooms_and_their_heads),
        TEST(a_user_is_written_to_the_database_once),
        TEST(frames_before_hello_are_refused_alike),
        TEST(a_token_must_be_ours_and_not_expired),
        TEST(a_token_for_ever_is_refused_and_the_longest_one_lasts),
        TEST(another_version_is_told_to_stop),
        TEST(a_second_hello_is_an_error_and_changes_nothing),
        TEST(no_hello_in_time_closes),
        TEST(a_silent_connection_is_closed_and_a_pinging_one_is_not),
        TEST(the_wait_for_a_slow_database_is_not_the_silence_of_the_client),
        TEST(bad_frames_get_a_coded_answer_and_then_the_close),
        TEST(few_bad_frames_a_minute_are_borne),
        TEST(a_resume_is_served_from_memory_without_a_hole),
        TEST(rooms_in_focus_are_resumed_first),
        TEST(a_resume_from_too_far_back_is_sent_to_sync),
        TEST(a_welcome_waits_until_the_room_is_as_far_as_the_read),
        TEST(a_leave_between_the_read_and_the_welcome_counts),
        TEST(a_leave_too_far_back_to_be_remembered_makes_the_rooms_be_read_again),
        TEST(messages_too_many_to_be_remembered_make_nobody_read_again),
        TEST(a_join_between_the_read_and_the_welcome_is_found_after_it),
        TEST(a_resume_never_shows_what_was_said_while_one_was_not_a_member),
        TEST(without_redis_the_log_alone_serves_a_hello),
        TEST(another_database_ends_all_sessions_and_is_registered_with),
        TEST(a_stamp_far_ahead_in_hello_is_ignored_and_noted),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
