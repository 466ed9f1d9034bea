/* What arrived and what was read, at one node: who may say so, who is told, what is found when it was missed. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

/* Ana is connection 1, bob 2; bob wrote entry 3 of r1, whose id is `written`. */
static char written[64];

static void id_of(uint64_t seq, char *ret, size_t ret_bytes)
{
    char sql[128];

    (void)snprintf(sql, sizeof sql, "SELECT stamp FROM entries WHERE room = 1 AND seq = %d",
                   (int)seq);
    const int64_t stamp = sql_db_int(fake_db(fake), sql);
    (void)snprintf(sql, sizeof sql, "SELECT node FROM entries WHERE room = 1 AND seq = %d",
                   (int)seq);
    const int64_t node = sql_db_int(fake_db(fake), sql);
    (void)snprintf(sql, sizeof sql, "SELECT id FROM nodes WHERE name = 'n1'");
    (void)snprintf(ret, ret_bytes, "%012llx-%04llx-%s", (unsigned long long)stamp >> 16,
                   (unsigned long long)stamp & 0xffff,
                   node == sql_db_int(fake_db(fake), sql) ? "n1" : "n2");
}

static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){0});
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    fake_say(fake, 2,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k1\",\"content\":\"hi\"}");
    id_of(3, written, sizeof written);
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
#define RECEIVED(conn, seq)                                                                        \
    fake_say(fake, conn, "{\"type\":\"received\",\"roomId\":\"r1\",\"upTo\":%d}", seq)
#define READ(conn, id)                                                                             \
    fake_say(fake, conn, "{\"type\":\"read_receipt\",\"messageIds\":[\"%s\"],\"chatId\":\"r1\"}",  \
             id)

static const char *told_read(const char *reader, int version)
{
    static char lines[512];
    char line[200];

    (void)snprintf(line, sizeof line, " < read_receipt r1 %s at 1000002 v%d %s\n", reader, version,
                   written);
    (void)snprintf(lines, sizeof lines, "c1%sc2%s", line, line);
    return lines;
}

static void what_arrived_and_was_read_is_told_to_the_room(void **state)
{
    (void)state;
    RECEIVED(1, 3);
    EXPECT("c1 < received r1 ana up to 3 v1\nc2 < received r1 ana up to 3 v1\n");
    READ(1, written);
    EXPECT(told_read("ana", 2));
}

static void it_is_said_once_and_its_time_stays(void **state)
{
    (void)state;
    RECEIVED(1, 3);
    READ(1, written);
    (void)fake_trace(fake);
    fake_wall_set(fake, 2000000);
    READ(1, written);
    RECEIVED(1, 3);
    RECEIVED(1, 2);
    EXPECT("");
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT at_ms FROM reads"), 1000002);
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT receipts FROM rooms WHERE id = 1"), 2);
}

static void each_message_is_judged_by_itself(void **state)
{
    char join[64];

    (void)state;
    id_of(2, join, sizeof join);
    RECEIVED(1, 3);
    (void)fake_trace(fake);
    fake_say(fake, 1,
             "{\"type\":\"read_receipt\",\"chatId\":\"r1\",\"messageIds\":[\"msg1\",\"%s\",\"%s\","
             "\"ffffffffffff-0000-n1\",\"%s\"]}",
             written, join, written);
    EXPECT(told_read("ana", 2)); /* guessed, a join, beyond any stamp, twice: nothing */
}

static void nobody_reads_their_own_nor_what_did_not_arrive(void **state)
{
    (void)state;
    READ(1, written);
    EXPECT(""); /* it did not arrive */
    RECEIVED(2, 3);
    (void)fake_trace(fake);
    READ(2, written);
    EXPECT(""); /* it is his */
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT COUNT(*) FROM reads"), 0);
}

static void a_room_of_others_is_denied_and_none_that_is_not(void **state)
{
    (void)state;
    fake_say(fake, 1, "{\"type\":\"received\",\"roomId\":\"r2\",\"upTo\":1}");
    EXPECT("c1 < error denied field=roomId\n");
    fake_say(fake, 1, "{\"type\":\"receipts_request\",\"roomId\":\"r9\"}");
    EXPECT("c1 < error denied field=roomId\n");
    fake_say(fake, 1, "{\"type\":\"read_receipt\",\"messageIds\":[\"m\"],\"chatId\":\"r2\"}");
    EXPECT("c1 < error denied field=chatId\n");
}

static void beyond_the_head_is_the_head(void **state)
{
    (void)state;
    RECEIVED(1, 99);
    EXPECT("c1 < received r1 ana up to 3 v1\nc2 < received r1 ana up to 3 v1\n");
}

static void it_arrived_on_another_device(void **state)
{
    (void)state;
    fake_hello(fake, 3, "ana", "");
    RECEIVED(1, 3);
    (void)fake_trace(fake);
    READ(3, written);
    char lines[600];
    (void)snprintf(lines, sizeof lines, "%sc3 < read_receipt r1 ana at 1000002 v2 %s\n",
                   told_read("ana", 2), written);
    EXPECT(lines);
}

static void what_was_missed_is_told_to_who_asks(void **state)
{
    char lines[600];

    (void)state;
    RECEIVED(1, 3);
    READ(1, written);
    (void)fake_trace(fake);
    fake_say(fake, 2, "{\"type\":\"receipts_request\",\"roomId\":\"r1\"}");
    (void)snprintf(lines, sizeof lines,
                   "c2 < received r1 ana up to 3 v1\n"
                   "c2 < read_receipt r1 ana at 1000002 v2 %s\nc2 < receipts r1 v2\n",
                   written);
    EXPECT(lines);
    fake_say(fake, 2, "{\"type\":\"receipts_request\",\"roomId\":\"r1\",\"after\":1}");
    (void)snprintf(lines, sizeof lines,
                   "c2 < read_receipt r1 ana at 1000002 v2 %s\nc2 < receipts r1 v2\n", written);
    EXPECT(lines);
    fake_say(fake, 2, "{\"type\":\"receipts_request\",\"roomId\":\"r1\",\"after\":2}");
    EXPECT("c2 < receipts r1 v2\n");
}

static void an_unknown_outcome_is_tried_again_and_told_once(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EUNKNOWN, true);
    RECEIVED(1, 3);
    EXPECT("");
    fake_pass_us(fake, 1000000);
    EXPECT("c1 < received r1 ana up to 3 v1\nc2 < received r1 ana up to 3 v1\n");
}

/* What another node wrote, as it publishes it. */
static void other_writes(int version, int up_to)
{
    char sql[400];

    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO received(room, usr, up_to, version) VALUES(1, 1, %d, %d) "
                   "ON CONFLICT(room, usr) DO UPDATE SET up_to = excluded.up_to, "
                   "version = excluded.version; UPDATE rooms SET receipts = %d WHERE id = 1",
                   up_to, version, version);
    sql_db_exec(fake_db(fake), sql);
}

static void other_publishes(int version, int up_to)
{
    char payload[200];

    (void)snprintf(payload, sizeof payload,
                   "r {\"type\":\"received\",\"roomId\":\"r1\",\"upTo\":%d,\"userId\":\"ana\","
                   "\"version\":%d}",
                   up_to, version);
    fake_publish(fake, "room:r1", payload);
    fake_pass_us(fake, 1);
}

static void a_publication_is_told_once(void **state)
{
    (void)state;
    other_writes(1, 2);
    other_publishes(1, 2);
    EXPECT("c1 < received r1 ana up to 2 v1\nc2 < received r1 ana up to 2 v1\n");
    other_publishes(1, 2);
    EXPECT("");
}

static void one_behind_a_gap_is_read_from_the_database(void **state)
{
    (void)state;
    other_writes(1, 2);
    other_writes(2, 3);
    other_publishes(2, 3); /* the first was lost; the row has the second only */
    EXPECT("c1 < received r1 ana up to 3 v2\nc2 < received r1 ana up to 3 v2\n");
}

static void one_that_was_lost_is_found_when_the_room_is_looked_at(void **state)
{
    (void)state;
    other_writes(1, 3);
    for (int i = 0; i < 70; i++) {
        fake_pass_us(fake, 1000000);
        fake_say(fake, 1, "{\"type\":\"ping\"}");
        fake_say(fake, 2, "{\"type\":\"ping\"}");
    }
    const char *trace = fake_trace(fake);
    const char *told = strstr(trace, "c2 < received r1 ana up to 3 v1\n");
    assert_non_null(told);
    assert_null(strstr(told + 1, "c2 < received"));
}

static void what_is_no_receipt_is_not_told(void **state)
{
    (void)state;
    static const char *const payloads[] = {
        "r",
        "r {}",
        "r {\"type\":\"received\",\"roomId\":\"r1\",\"upTo\":2}",
        "r {\"type\":\"received\",\"roomId\":\"r3\",\"upTo\":2,\"userId\":\"ana\",\"version\":1}",
        "r {\"type\":\"receipts\",\"roomId\":\"r1\",\"version\":1,\"hasMore\":false}",
        "r {\"type\":\"received\",\"roomId\":\"r1\",\"upTo\":2,\"userId\":\"ana\",\"version\":7}",
    };
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        fake_publish(fake, "room:r1", payloads[i]);
        fake_pass_us(fake, 1);
        EXPECT("");
    }
    RECEIVED(1, 3); /* a version that nobody wrote stops nothing */
    EXPECT("c1 < received r1 ana up to 3 v1\nc2 < received r1 ana up to 3 v1\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_arrived_and_was_read_is_told_to_the_room),
        TEST(it_is_said_once_and_its_time_stays),
        TEST(each_message_is_judged_by_itself),
        TEST(nobody_reads_their_own_nor_what_did_not_arrive),
        TEST(a_room_of_others_is_denied_and_none_that_is_not),
        TEST(beyond_the_head_is_the_head),
        TEST(it_arrived_on_another_device),
        TEST(what_was_missed_is_told_to_who_asks),
        TEST(an_unknown_outcome_is_tried_again_and_told_once),
        TEST(a_publication_is_told_once),
        TEST(one_behind_a_gap_is_read_from_the_database),
        TEST(one_that_was_lost_is_found_when_the_room_is_looked_at),
        TEST(what_is_no_receipt_is_not_told),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
