/* GET /api/presence: of whom it tells, who of them is told, pages, and what it does without Redis; and what
 * /metrics says of presence. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

#define GRACE_US   5000000
#define TIMEOUT_US 20000000

static struct fake *fake;
static uint64_t requests;

static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.presence = true});
    fake_start(fake);
    (void)fake_trace(fake);
    requests = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

/* What the answers since the last call say, a line each, without the request's number. */
static const char *answers(void)
{
    static char lines[4096];
    size_t len = 0;
    const char *trace = fake_trace(fake);

    while (*trace != '\0') {
        const char *end = strchr(trace, '\n') + 1;
        if (strncmp(trace, "http ", 5) == 0) {
            const char *at = strchr(trace + 5, ' ') + 1;
            assert_true(len + (size_t)(end - at) < sizeof lines);
            memcpy(lines + len, at, (size_t)(end - at));
            len += (size_t)(end - at);
        }
        trace = end;
    }
    lines[len] = '\0';
    return lines;
}
#define ANSWERS(lines) assert_string_equal(answers(), lines)

static void ask(const char *user, const char *query)
{
    fake_http(fake, ++requests,
              (struct fake_request){.method = "GET",
                                    .path = "/api/presence",
                                    .query = query,
                                    .token = user != NULL ? fake_token(fake, user, 2000) : NULL});
}

static const char *asked(const char *user, const char *query)
{
    ask(user, query);
    fake_pass_us(fake, 0);
    return answers();
}
#define ASKED(user, query, lines) assert_string_equal(asked(user, query), lines)

/* Connected to n2, whose lease goes on. Seen last at 999,000 ms. */
static void is_at_another_node(const char *user)
{
    (void)fake_redis(fake, "HSET presence:lives n2.1-1 1");
    (void)fake_redis(fake, "HSET presence:life:n2.1-1 %s 1", user);
    (void)fake_redis(fake, "SET presence:lease:n2 1-1 PX 1000000000");
    (void)fake_redis(fake,
                     "HSET presence:detail:%s c:n2.1-1.4 online~mobile~999000~87000000~r1 v 5 "
                     "status online lastSeen 999000 device mobile currentRoom r1 connected true",
                     user);
}

static void was_seen(const char *user, int64_t at_ms)
{
    (void)fake_redis(fake,
                     "HSET presence:detail:%s v 5 status offline lastSeen %lld device web "
                     "connected false",
                     user, (long long)at_ms);
}

#define ANA_HERE                                                                                   \
    "{\"userId\":\"ana\",\"status\":\"online\",\"version\":1000001,\"lastSeen\":1000001,"          \
    "\"device\":\"web\"}"
#define BOB_THERE                                                                                  \
    "{\"userId\":\"bob\",\"status\":\"online\",\"version\":5,\"lastSeen\":999000,"                 \
    "\"device\":\"mobile\",\"currentRoom\":\"r1\"}"
#define BOB_GONE "{\"userId\":\"bob\",\"status\":\"offline\",\"version\":5,\"lastSeen\":999000}"
#define NOBODY   "200 {\"users\":[]}\n"

static void who_is_there_is_told_to_whom_shares_a_room_with_them(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    ASKED("ana", NULL, "200 {\"users\":[" ANA_HERE "]}\n");
    ASKED("bob", NULL, "200 {\"users\":[" ANA_HERE "]}\n");
    ASKED("eve", NULL, NOBODY);
}

/* This node has never heard of bob: it asks Redis before it answers. */
static void who_is_there_at_another_node_is_read_first(void **state)
{
    (void)state;
    is_at_another_node("bob");
    ASKED("ana", NULL, "200 {\"users\":[" BOB_THERE "]}\n");
    ASKED("ana", "room=r1", "200 {\"users\":[" BOB_THERE "]}\n");
    /* From then on it hears of him. */
    fake_publish(fake, "presence:bob",
                 "{\"type\":\"presence_update\",\"userId\":\"bob\",\"status\":\"away\","
                 "\"version\":6}");
    ASKED("ana", NULL,
          "200 "
          "{\"users\":[{\"userId\":\"bob\",\"status\":\"away\",\"version\":6,\"lastSeen\":999000,"
          "\"device\":\"web\"}]}"
          "\n");
}

static void who_left_is_told_to_whom_asks_for_those_seen_since(void **state)
{
    (void)state;
    was_seen("bob", 999000);
    ASKED("ana", NULL, NOBODY);
    ASKED("ana", "since=999001", NOBODY);
    ASKED("ana", "since=999000", "200 {\"users\":[" BOB_GONE "]}\n");
    ASKED("ana", "since=1&room=r1", "200 {\"users\":[" BOB_GONE "]}\n");
    ASKED("eve", "since=1", NOBODY);
}

/* Since ever: all, also those of whom nothing is known. */
static void who_was_never_seen_is_told_to_whom_asks_for_all(void **state)
{
    (void)state;
    ASKED("ana", "since=1", NOBODY);
    ASKED("ana", "since=0",
          "200 {\"users\":[{\"userId\":\"ana\",\"status\":\"offline\",\"version\":0},"
          "{\"userId\":\"bob\",\"status\":\"offline\",\"version\":0}]}\n");
}

/* Somebody who is idle on an old connection is there, whenever they were heard last. */
static void who_is_there_is_told_whenever_they_did_something(void **state)
{
    (void)state;
    is_at_another_node("bob");
    fake_wall_set(fake, 1500000);
    ASKED("ana", "since=1499999", "200 {\"users\":[" BOB_THERE "]}\n");
}

static void a_room_that_the_asker_is_not_in_is_refused_like_one_that_is_not(void **state)
{
    (void)state;
    char absent[256];
    ask("ana", "room=nowhere");
    assert_int_equal(strncmp(answers(), "404 error denied field=room", 27), 0);
    (void)snprintf(absent, sizeof absent, "%s", fake_last_json(fake));
    ask("ana", "room=r2");
    assert_int_equal(strncmp(answers(), "404 error denied field=room", 27), 0);
    assert_string_equal(fake_last_json(fake), absent);
}

static void a_query_s_bad_value_is_named(void **state)
{
    static const struct {
        const char *query, *field;
    } cases[] = {
        {"room=a%3Ab", "room"},
        {"room=", "room"},
        {"room", "room"},
        {"since", "since"},
        {"room=r1&room=r2", "room"},
        {"limit=1&limit=2", "limit"},
        {"after=", "after"},
        {"after=ana&after=b", "after"},
    };
    char line[80];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ask("ana", cases[i].query);
        const int len = snprintf(line, sizeof line, "400 error bad_field field=%s", cases[i].field);
        assert_int_equal(strncmp(answers(), line, (size_t)len), 0);
    }
}

static void the_room_somebody_is_in_is_told_to_its_members_alone(void **state)
{
    (void)state;
    is_at_another_node("bob");
    (void)fake_redis(fake, "HSET presence:detail:bob c:n2.1-1.4 online~web~999000~87000000~r3 "
                           "currentRoom r3 device web");
    sql_db_exec(fake_db(fake), "INSERT INTO rooms(name, open, head, hlc) VALUES('r4', 0, 0, 0);"
                               "INSERT INTO members VALUES(4, 2, 0, NULL), (4, 3, 0, NULL)");
    assert_non_null(strstr(asked("ana", NULL), "\"device\":\"web\",\"currentRoom\":\"r3\"}]}"));
    assert_non_null(strstr(asked("eve", NULL), "\"device\":\"web\"}]}"));
}

static void pages_go_on_behind_whom_they_name(void **state)
{
    (void)state;
    was_seen("ana", 998000);
    is_at_another_node("bob");
    ASKED("ana", "limit=1", "200 {\"users\":[],\"next\":\"ana\"}\n");
    ASKED("ana", "limit=1&after=ana", "200 {\"users\":[" BOB_THERE "]}\n");
    ASKED("ana", "limit=1&after=bob", NOBODY);
    ASKED("ana", "room=r1&limit=1&since=1",
          "200 {\"users\":[{\"userId\":\"ana\",\"status\":\"offline\",\"version\":5,"
          "\"lastSeen\":998000}],\"next\":\"ana\"}\n");
    ASKED("ana", "room=r1&limit=1&after=ana", "200 {\"users\":[" BOB_THERE "]}\n");
    ASKED("ana", "limit=9007199254740991", "200 {\"users\":[" BOB_THERE "]}\n");
}

static void a_query_that_is_wrong_is_refused_by_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *query, *field;
    } cases[] = {
        {"since=", "since"},      {"since=-1", "since"},        {"since=1.5", "since"},
        {"since=+1", "since"},    {"since=%00", "since"},       {"since=9007199254740992", "since"},
        {"since=soon", "since"},  {"since=x&since=1", "since"}, {"limit=0", "limit"},
        {"limit=-1", "limit"},    {"limit=1e3", "limit"},       {"after=", "after"},
        {"after=a%20b", "after"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "400 error bad_field field=%s\n", cases[i].field);
        print_message("query: %s\n", cases[i].query);
        ASKED("ana", cases[i].query, line);
    }
}

static void nobody_is_told_without_a_good_token(void **state)
{
    (void)state;
    is_at_another_node("bob");
    ASKED(NULL, NULL, "401 error unauthenticated\n");
    fake_http(fake, 99, (struct fake_request){.method = "POST", .path = "/api/presence"});
    ANSWERS("405 error bad_frame field=method allow GET, HEAD\n");
}

/* --- Large rooms --- */

static void a_room_of_too_many_says_how_many_and_names_nobody(void **state)
{
    (void)state;
    sql_db_exec(fake_db(fake), "INSERT INTO members VALUES(1, 3, 9, NULL)"); /* eve is the third */
    is_at_another_node("bob");
    ASKED("ana", "room=r1", "200 {\"users\":[],\"crowd\":true}\n");
    ASKED("ana", NULL, NOBODY);
    fake_hello(fake, 1, "ana", "");
    fake_pass_us(fake, 1500000);
    ASKED("ana", "room=r1", "200 {\"users\":[],\"crowd\":true,\"online\":1}\n");
}

/* --- Waiting --- */

static void without_redis_it_tells_what_is_known_and_that_it_may_be_old(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    fake_redis_down(fake);
    (void)fake_trace(fake);
    ASKED("bob", NULL, "200 {\"stale\":true,\"users\":[" ANA_HERE "]}\n");
}

static void whoever_waits_is_answered_when_redis_is_found_away(void **state)
{
    (void)state;
    is_at_another_node("bob");
    fake_redis_hang(fake, true);
    ASKED("ana", NULL, "");
    fake_pass_us(fake, 4000000);
    ANSWERS("200 {\"stale\":true,\"users\":[]}\n");
}

static void whoever_waits_in_vain_is_told_to_try_again(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    ASKED("ana", NULL, "");
    fake_pass_us(fake, TIMEOUT_US - 1);
    ANSWERS("");
    fake_pass_us(fake, 1);
    assert_int_equal(strncmp(answers(), "503 error try_again", 19), 0);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    ANSWERS("");
}

static void whoever_went_is_not_answered(void **state)
{
    (void)state;
    is_at_another_node("bob");
    fake_redis_hang(fake, true);
    ask("ana", NULL);
    fake_http_gone(fake, requests);
    fake_redis_hang(fake, false);
    fake_pass_us(fake, GRACE_US);
    ANSWERS("");
}

/* --- Metrics --- */

static bool metric_is(const char *line)
{
    char whole[128];

    (void)snprintf(whole, sizeof whole, "\nhubbub_presence_%s\n", line);
    fake_http(fake, ++requests, (struct fake_request){.method = "GET", .path = "/metrics"});
    return strstr(fake_last_json(fake), whole) != NULL;
}

static void metrics_say_who_is_here_and_what_it_costs(void **state)
{
    (void)state;
    is_at_another_node("bob");
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "ana", "");
    fake_say(fake, 2, "{\"type\":\"presence\",\"status\":\"away\"}");
    assert_true(metric_is("people 2"));
    assert_true(metric_is("connections{status=\"online\"} 1"));
    assert_true(metric_is("connections{status=\"away\"} 1"));
    assert_true(metric_is("stale 0"));
    assert_true(metric_is("asked 0"));
    assert_true(metric_is("published_total 1"));
    assert_false(metric_is("writes_total 0"));
    assert_true(metric_is("lives_ended_total 0"));
    fake_drop(fake, 1);
    assert_true(metric_is("grace 1"));
    (void)fake_redis(fake, "DEL presence:lease:n2");
    fake_pass_us(fake, 25000000);
    assert_true(metric_is("lives_ended_total 1"));
    assert_true(metric_is("grace 0"));
    fake_redis_down(fake);
    fake_pass_us(fake, 10000000);
    assert_true(metric_is("stale 1"));
}

/* --- Off --- */

static int setup_off(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.presence = false});
    fake_start(fake);
    (void)fake_trace(fake);
    return 0;
}

static void a_server_that_does_not_keep_it_says_so(void **state)
{
    (void)state;
    ASKED("ana", NULL, "404 error denied\n");
    assert_non_null(strstr(fake_last_json(fake), "this server does not keep who is there"));
    fake_http(fake, 99, (struct fake_request){.method = "GET", .path = "/metrics"});
    assert_null(strstr(fake_last_json(fake), "presence_people"));
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    static const struct CMUnitTest tests[] = {
        TEST(who_is_there_is_told_to_whom_shares_a_room_with_them),
        TEST(who_is_there_at_another_node_is_read_first),
        TEST(who_left_is_told_to_whom_asks_for_those_seen_since),
        TEST(who_was_never_seen_is_told_to_whom_asks_for_all),
        TEST(who_is_there_is_told_whenever_they_did_something),
        TEST(a_room_that_the_asker_is_not_in_is_refused_like_one_that_is_not),
        TEST(a_query_s_bad_value_is_named),
        TEST(the_room_somebody_is_in_is_told_to_its_members_alone),
        TEST(pages_go_on_behind_whom_they_name),
        TEST(a_query_that_is_wrong_is_refused_by_its_name),
        TEST(nobody_is_told_without_a_good_token),
        TEST(a_room_of_too_many_says_how_many_and_names_nobody),
        TEST(without_redis_it_tells_what_is_known_and_that_it_may_be_old),
        TEST(whoever_waits_is_answered_when_redis_is_found_away),
        TEST(whoever_waits_in_vain_is_told_to_try_again),
        TEST(whoever_went_is_not_answered),
        TEST(metrics_say_who_is_here_and_what_it_costs),
        cmocka_unit_test_setup_teardown(a_server_that_does_not_keep_it_says_so, setup_off,
                                        teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
