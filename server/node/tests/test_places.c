/* Places: nobody comes into more rooms than they can read, nor into a room of strangers without asking. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

/* Ana is connection 1, bob 2, eve 3. Ana and bob share r1. */
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

static int64_t count(const char *sql)
{
    return sql_db_int(fake_db(fake), sql);
}

/* More rooms for somebody, who then is in `rooms` of them. */
static void fill(const char *user, int rooms)
{
    char sql[500];

    sql_db_exec(fake_db(fake),
                "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
                "INSERT INTO rooms(id, name, open, head, hlc) SELECT i, 'x' || i, 0, 1, 1 FROM n "
                "WHERE true ON CONFLICT DO NOTHING");
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO members(room, usr, joined_seq) SELECT r.id, u.id, 1 "
                   "FROM rooms r, users u WHERE r.id >= 100 AND u.name = '%s' AND NOT EXISTS "
                   "(SELECT 1 FROM members q WHERE q.room = r.id AND q.usr = u.id) "
                   "ORDER BY r.id LIMIT "
                   "%d - (SELECT COUNT(*) FROM members m JOIN users w ON w.id = m.usr "
                   "WHERE w.name = '%s' AND m.left_seq IS NULL)",
                   user, rooms, user);
    sql_db_exec(fake_db(fake), sql);
}

static void create(uint64_t conn, const char *room, const char *id, const char *members)
{
    fake_say(fake, conn,
             "{\"type\":\"room_create\",\"roomId\":\"%s\",\"clientId\":\"%s\",\"members\":[%s]}",
             room, id, members);
}

/* The refusal is not temporary, and nothing was written. */
static void expect_refused(const char *line)
{
    assert_string_equal(fake_trace(fake), line);
    assert_non_null(strstr(fake_last_json(fake), "\"temporary\":false,\"retryAfterMs\":0"));
    assert_int_equal(count("SELECT COUNT(*) FROM rooms WHERE id < 100"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM users"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM entries"), 4);
}

static void strangers_are_named_and_nothing_is_made(void **state)
{
    (void)state;
    create(1, "r7", "c1", "\"eve\"");
    expect_refused("c1 < nack c1 denied field=members: eve\n");
    create(1, "r7", "c1", "\"nobody\"");
    expect_refused("c1 < nack c1 denied field=members: nobody\n"); /* told alike */
    create(1, "r7", "c1", "\"zoe\",\"bob\",\"eve\",\"ana\",\"zoe\"");
    expect_refused("c1 < nack c1 denied field=members: eve, zoe\n");
    create(1, "r1", "c1", "\"eve\"");
    expect_refused(
        "c1 < nack c1 denied field=members: eve\n"); /* whether the name is free or not */
    create(1, "r7", "c1", "\"bob\"");
    assert_memory_equal(fake_trace(fake), "c1 < ack c1 r7#1\n", 17);
    assert_int_equal(count("SELECT COUNT(*) FROM members m JOIN rooms r ON r.id = m.room "
                           "WHERE r.name = 'r7'"),
                     2);
}

static void a_stranger_fills_nobody_s_places(void **state)
{
    char room[16];
    char id[16];

    (void)state;
    for (int i = 0; i < 260; i++) {
        (void)snprintf(room, sizeof room, "spam%d", i);
        (void)snprintf(id, sizeof id, "c%d", i);
        create(3, room, id, "\"bob\"");
    }
    assert_null(strstr(fake_trace(fake), "< ack"));
    /* Nor by writing to him first. */
    fake_say(fake, 3,
             "{\"type\":\"send\",\"recipientId\":\"bob\",\"clientId\":\"d\",\"content\":\"x\"}");
    (void)fake_trace(fake);
    create(3, "spam", "c", "\"bob\"");
    EXPECT("c3 < nack c denied field=members: bob\n");
    fake_say(fake, 2,
             "{\"type\":\"send\",\"recipientId\":\"eve\",\"clientId\":\"d\",\"content\":\"y\"}");
    (void)fake_trace(fake);
    create(3, "ham", "e", "\"bob\"");
    assert_memory_equal(fake_trace(fake), "c3 < ack e ham#1\n", 17);
}

static void one_in_the_last_room_makes_and_joins_no_other(void **state)
{
    (void)state;
    fill("eve", 255);
    create(3, "r7", "c1", "");
    assert_memory_equal(fake_trace(fake), "c3 < ack c1 r7#1\n", 17);
    sql_db_exec(fake_db(fake), "DELETE FROM members WHERE room = (SELECT id FROM rooms WHERE name "
                               "= 'r7'); DELETE FROM entries WHERE room = (SELECT id FROM rooms "
                               "WHERE name = 'r7'); DELETE FROM rooms WHERE name = 'r7'");
    fill("eve", 256);
    create(3, "r7", "c2", "");
    expect_refused("c3 < nack c2 limit\n");
    fake_say(fake, 3, "{\"type\":\"room_join\",\"roomId\":\"r1\",\"clientId\":\"j1\"}");
    expect_refused("c3 < nack j1 limit\n");
    fake_say(fake, 3, "{\"type\":\"room_join\",\"roomId\":\"r9\",\"clientId\":\"j2\"}");
    expect_refused("c3 < nack j2 limit\n"); /* whether there is one or not */
    fake_say(fake, 3, "{\"type\":\"room_join\",\"roomId\":\"r2\",\"clientId\":\"j3\"}");
    expect_refused("c3 < nack j3 already\n");
    sql_db_exec(fake_db(fake), "UPDATE members SET left_seq = 2 WHERE usr = 3 AND room = 101");
    fake_say(fake, 3, "{\"type\":\"room_join\",\"roomId\":\"r1\",\"clientId\":\"j1\"}");
    assert_memory_equal(fake_trace(fake), "c3 < ack j1 r1#3\n", 17); /* the id was not spent */
}

static void who_has_no_place_is_named_if_they_are_known(void **state)
{
    (void)state;
    fill("bob", 256);
    fill("eve", 256);
    create(1, "r7", "c1", "\"bob\"");
    expect_refused("c1 < nack c1 limit field=members: bob\n");
    create(1, "r7", "c1", "\"bob\",\"eve\"");
    expect_refused("c1 < nack c1 denied field=members: eve\n");
}

static void others_put_nobody_into_their_last_places(void **state)
{
    (void)state;
    fill("bob", 191);
    create(1, "r7", "c1", "\"bob\"");
    assert_memory_equal(fake_trace(fake), "c1 < ack c1 r7#1\n", 17);
    fill("bob", 192);
    create(1, "r8", "c2", "\"bob\"");
    EXPECT("c1 < nack c2 limit field=members: bob\n");
    create(2, "r8", "c3", "\"ana\"");
    assert_memory_equal(fake_trace(fake), "c2 < ack c3 r8#1\n", 17); /* they do */
}

static void a_second_try_is_acked_whoever_is_full_by_now(void **state)
{
    (void)state;
    create(1, "r7", "c1", "\"bob\"");
    (void)fake_trace(fake);
    fill("ana", 256);
    fill("bob", 256);
    create(1, "r7", "c1", "\"bob\"");
    EXPECT("c1 < ack c1 r7#1\n");
}

static void the_last_one_of_a_closed_room_comes_back(void **state)
{
    (void)state;
    create(1, "r7", "c1", "\"bob\"");
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r7\",\"clientId\":\"k1\",\"content\":\"a\"}");
    fake_say(fake, 2, "{\"type\":\"room_leave\",\"roomId\":\"r7\",\"clientId\":\"l1\"}");
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r7\",\"clientId\":\"k2\",\"content\":\"b\"}");
    fake_say(fake, 1, "{\"type\":\"room_leave\",\"roomId\":\"r7\",\"clientId\":\"l1\"}");
    (void)fake_trace(fake);
    create(3, "r7", "c1", "");
    EXPECT("c3 < nack c1 conflict\n"); /* its name stays taken */
    for (uint64_t conn = 2; conn <= 3; conn++) {
        fake_say(fake, conn, "{\"type\":\"room_join\",\"roomId\":\"r7\",\"clientId\":\"j1\"}");
    }
    EXPECT("c2 < nack j1 denied\nc3 < nack j1 denied\n");
    fake_say(fake, 1, "{\"type\":\"room_join\",\"roomId\":\"r7\",\"clientId\":\"j1\"}");
    EXPECT("c1 < ack j1 r7#7\nc1 < room_event r7#7 join ana/j1\n");
    fake_http(fake, 1,
              (struct fake_request){.method = "GET",
                                    .path = "/api/rooms/r7/messages",
                                    .query = "before=7",
                                    .token = fake_token(fake, "ana", 5000)});
    EXPECT("http 1 200 sync_response r7#1 r7#2 r7#3 r7#4 r7#5 r7#6 heads r7@7\n");
    fake_say(fake, 2, "{\"type\":\"room_join\",\"roomId\":\"r7\",\"clientId\":\"j2\"}");
    EXPECT("c2 < nack j2 denied\n"); /* nor while she is there */
}

static void requests_are_told_the_same(void **state)
{
    struct fake_request request = {.method = "POST",
                                   .path = "/api/rooms",
                                   .type = "application/json",
                                   .token = fake_token(fake, "ana", 5000),
                                   .body = "{\"roomId\":\"r7\",\"clientId\":\"c1\","
                                           "\"members\":[\"eve\"]}"};

    (void)state;
    fake_http(fake, 1, request);
    EXPECT("http 1 404 nack c1 denied field=members: eve\n");
    fill("ana", 256);
    request.body = "{\"roomId\":\"r7\",\"clientId\":\"c1\"}";
    fake_http(fake, 2, request);
    EXPECT("http 2 429 nack c1 limit\n");
    request.path = "/api/rooms/r2/join";
    request.body = "{\"clientId\":\"j1\"}";
    fake_http(fake, 3, request);
    EXPECT("http 3 429 nack j1 limit\n");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(strangers_are_named_and_nothing_is_made),
        TEST(a_stranger_fills_nobody_s_places),
        TEST(one_in_the_last_room_makes_and_joins_no_other),
        TEST(who_has_no_place_is_named_if_they_are_known),
        TEST(others_put_nobody_into_their_last_places),
        TEST(a_second_try_is_acked_whoever_is_full_by_now),
        TEST(the_last_one_of_a_closed_room_comes_back),
        TEST(requests_are_told_the_same),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
