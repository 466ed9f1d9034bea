/* Client ids: the first ack answers the same command again, wherever it is said; another command is
 * refused. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"
#include "server/protocol/direct_name.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

/* Ana is connection 1, bob 2, eve 3. Ana wrote k1 to r1, made r7 with bob by c1, joined r8 by j1 and
 * left it by l1. */
static int setup(void **state)
{
    (void)state;
    fake = fake_of_three();
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k1\",\"content\":\"hi\"}");
    fake_say(fake, 1,
             "{\"type\":\"room_create\",\"roomId\":\"r7\",\"clientId\":\"c1\",\"open\":true,"
             "\"members\":[\"bob\"]}");
    fake_say(fake, 3,
             "{\"type\":\"room_create\",\"roomId\":\"r8\",\"clientId\":\"c1\",\"open\":true}");
    fake_say(fake, 1, "{\"type\":\"room_join\",\"roomId\":\"r8\",\"clientId\":\"j1\"}");
    fake_say(fake, 1, "{\"type\":\"room_leave\",\"roomId\":\"r8\",\"clientId\":\"l1\"}");
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

static int64_t count(const char *sql)
{
    return sql_db_int(fake_db(fake), sql);
}

static int64_t all(void)
{
    return count("SELECT (SELECT COUNT(*) FROM entries) + (SELECT COUNT(*) FROM rooms) + "
                 "(SELECT COUNT(*) FROM members) + (SELECT SUM(head) FROM rooms)");
}

/* Nothing is written, and nobody else is told. */
static void expect_answer(const char *frame, const char *answer)
{
    const int64_t before = all();

    fake_say(fake, 1, "%s", frame);
    assert_string_equal(fake_trace(fake), answer);
    assert_int_equal(all(), before);
}

static void the_same_command_gets_the_first_ack(void **state)
{
    (void)state;
    expect_answer("{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k1\",\"content\":\"hi\"}",
                  "c1 < ack k1 r1#3\n");
    expect_answer("{\"type\":\"send\",\"clientId\":\"k1\",\"content\":\"\\u0068i\","
                  "\"seen\":\"0000000f4241-0000-n1\",\"roomId\":\"r1\",\"more\":1}",
                  "c1 < ack k1 r1#3\n");
    expect_answer("{\"type\":\"room_create\",\"roomId\":\"r7\",\"clientId\":\"c1\",\"open\":true,"
                  "\"members\":[\"bob\"]}",
                  "c1 < ack c1 r7#1\n");
    expect_answer("{\"type\":\"room_create\",\"roomId\":\"r7\",\"clientId\":\"c1\","
                  "\"members\":[\"bob\",\"ana\",\"bob\"],\"open\":true}",
                  "c1 < ack c1 r7#1\n");
    expect_answer("{\"type\":\"room_join\",\"roomId\":\"r8\",\"clientId\":\"j1\"}",
                  "c1 < ack j1 r8#2\n"); /* though she left since */
    expect_answer("{\"type\":\"room_leave\",\"roomId\":\"r8\",\"clientId\":\"l1\"}",
                  "c1 < ack l1 r8#3\n"); /* of which she is no member */
}

static void another_command_with_its_id_is_refused(void **state)
{
    static const char *const commands[] = {
        "\"send\",\"roomId\":\"r1\",\"content\":\"hi!\"",
        "\"send\",\"roomId\":\"r3\",\"content\":\"hi\"",
        "\"send\",\"roomId\":\"r2\",\"content\":\"hi\"", /* of others */
        "\"send\",\"roomId\":\"r9\",\"content\":\"hi\"", /* of nobody */
        "\"send\",\"recipientId\":\"bob\",\"content\":\"hi\"",
        "\"room_join\",\"roomId\":\"r1\"",
        "\"room_join\",\"roomId\":\"r2\"",
        "\"room_join\",\"roomId\":\"r7\"",
        "\"room_leave\",\"roomId\":\"r1\"",
        "\"room_leave\",\"roomId\":\"r7\"",
        "\"room_create\",\"roomId\":\"r7\"",
        "\"room_create\",\"roomId\":\"r7\",\"open\":true",
        "\"room_create\",\"roomId\":\"r7\",\"open\":false,\"members\":[\"bob\"]",
        "\"room_create\",\"roomId\":\"r7\",\"open\":true,\"members\":[\"bob\",\"eve\"]",
        "\"room_create\",\"roomId\":\"new\",\"open\":true,\"members\":[\"bob\"]",
    };
    static const char *const ids[] = {"k1", "c1", "j1", "l1"};
    char frame[300];
    char answer[60];

    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        for (size_t j = 0; j < sizeof ids / sizeof ids[0]; j++) {
            (void)snprintf(frame, sizeof frame, "{\"type\":%s,\"clientId\":\"%s\"}", commands[i],
                           ids[j]);
            (void)snprintf(answer, sizeof answer, "c1 < nack %s conflict\n", ids[j]);
            expect_answer(frame, answer);
        }
    }
    assert_int_equal(count("SELECT COUNT(*) FROM rooms WHERE open = 2"), 0); /* nor made for it */
    assert_int_equal(count("SELECT COUNT(*) FROM rooms WHERE head = 0"), 0);
}

static void an_id_is_of_one_person(void **state)
{
    (void)state;
    fake_say(fake, 2,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k1\",\"content\":\"ho\"}");
    EXPECT("c2 < ack k1 r1#4\n"
           "c1 < message r1#4 bob/k1 'ho'\n"
           "c2 < message r1#4 bob/k1 'ho'\n");
}

static void a_direct_chat_is_the_same_room_by_either_name(void **state)
{
    char name[DIRECT_NAME_LEN + 1];

    (void)state;
    direct_name(TEXT("ana"), TEXT("bob"), name);
    fake_say(
        fake, 1,
        "{\"type\":\"send\",\"recipientId\":\"bob\",\"clientId\":\"d1\",\"content\":\"psst\"}");
    assert_non_null(strstr(fake_trace(fake), "c1 < ack d1 "));
    for (int i = 0; i < 2; i++) {
        fake_say(fake, 1,
                 "{\"type\":\"send\",\"%s\":\"%s\",\"clientId\":\"d1\",\"content\":\"psst\"}",
                 i == 0 ? "roomId" : "recipientId", i == 0 ? name : "bob");
        assert_memory_equal(fake_trace(fake), "c1 < ack d1 ", 12);
        fake_say(fake, 1,
                 "{\"type\":\"send\",\"%s\":\"%s\",\"clientId\":\"d1\",\"content\":\"pst\"}",
                 i == 0 ? "roomId" : "recipientId", i == 0 ? name : "bob");
        EXPECT("c1 < nack d1 conflict\n");
    }
}

static void what_was_left_meanwhile_is_acked_and_what_is_new_denied(void **state)
{
    (void)state;
    fake_say(fake, 1, "{\"type\":\"room_leave\",\"roomId\":\"r1\",\"clientId\":\"l2\"}");
    (void)fake_trace(fake);
    expect_answer("{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k1\",\"content\":\"hi\"}",
                  "c1 < ack k1 r1#3\n");
    expect_answer("{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k2\",\"content\":\"hi\"}",
                  "c1 < nack k2 denied\n");
    expect_answer("{\"type\":\"room_leave\",\"roomId\":\"r1\",\"clientId\":\"l3\"}",
                  "c1 < nack l3 denied\n");
}

static void an_unknown_outcome_comes_to_the_first_ack_or_to_a_refusal(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EUNKNOWN, true);
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k2\",\"content\":\"a\"}");
    fake_pass_us(fake, 250000);
    assert_memory_equal(fake_trace(fake), "c1 < ack k2 r1#4\n", 17);
    fake_db_fail(fake, 1, HB_EUNKNOWN, true);
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k2\",\"content\":\"b\"}");
    fake_pass_us(fake, 250000);
    assert_non_null(strstr(fake_trace(fake), "c1 < nack k2 conflict\n"));
}

static void a_database_that_answers_no_question_closes_nobody(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r9\",\"clientId\":\"k2\",\"content\":\"a\"}");
    EXPECT("");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < nack k2 denied\n");
}

/* Of older nodes, or of another key: what the row has must fit, and the rest is believed. */
static void without_a_digest_room_and_kind_are_compared(void **state)
{
    static const char *const digests[] = {"NULL", "digest + 281474976710656"};

    (void)state;
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        char sql[120];
        (void)snprintf(sql, sizeof sql, "UPDATE entries SET digest = %s", digests[i]);
        sql_db_exec(fake_db(fake), sql);
        expect_answer("{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k1\",\"content\":\"x\"}",
                      "c1 < ack k1 r1#3\n");
        expect_answer(
            "{\"type\":\"send\",\"roomId\":\"r3\",\"clientId\":\"k1\",\"content\":\"hi\"}",
            "c1 < nack k1 conflict\n");
        expect_answer("{\"type\":\"room_leave\",\"roomId\":\"r1\",\"clientId\":\"k1\"}",
                      "c1 < nack k1 conflict\n");
        expect_answer("{\"type\":\"room_leave\",\"roomId\":\"r8\",\"clientId\":\"j1\"}",
                      "c1 < nack j1 conflict\n");
        expect_answer("{\"type\":\"room_leave\",\"roomId\":\"r8\",\"clientId\":\"l1\"}",
                      "c1 < ack l1 r8#3\n");
        (void)teardown(state);
        (void)setup(state);
    }
}

static void a_request_is_told_409(void **state)
{
    struct fake_request request = {.method = "POST",
                                   .path = "/api/rooms/r1/messages",
                                   .type = "application/json",
                                   .token = fake_token(fake, "ana", 5000),
                                   .body = "{\"clientId\":\"k1\",\"content\":\"hi\"}"};

    (void)state;
    fake_http(fake, 1, request);
    EXPECT("http 1 200 ack k1 r1#3\n"); /* said over a connection first */
    request.body = "{\"clientId\":\"k1\",\"content\":\"ho\"}";
    fake_http(fake, 2, request);
    EXPECT("http 2 409 nack k1 conflict\n");
    request.path = "/api/rooms/r8/leave";
    request.body = "{\"clientId\":\"l1\"}";
    fake_http(fake, 3, request);
    EXPECT("http 3 200 ack l1 r8#3\n");
    request.path = "/api/rooms/r7/leave";
    fake_http(fake, 4, request);
    EXPECT("http 4 409 nack l1 conflict\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_same_command_gets_the_first_ack),
        TEST(another_command_with_its_id_is_refused),
        TEST(an_id_is_of_one_person),
        TEST(a_direct_chat_is_the_same_room_by_either_name),
        TEST(what_was_left_meanwhile_is_acked_and_what_is_new_denied),
        TEST(an_unknown_outcome_comes_to_the_first_ack_or_to_a_refusal),
        TEST(a_database_that_answers_no_question_closes_nobody),
        TEST(without_a_digest_room_and_kind_are_compared),
        TEST(a_request_is_told_409),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
