/* Who was revoked: cut here, found in the database, told to the others, let in again with what was issued later. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

/* The wall shows 1000 s; a token of fake_hello was issued at 1 s. */
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
#define OPERATOR      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void revoke_as(const char *operator, const char * body)
{
    fake_http(fake, 9,
              (struct fake_request){.method = "POST",
                                    .path = "/api/revocations",
                                    .token = operator,
                                    .type = "application/json",
                                    .body = body});
}

static void hello_with(uint64_t conn, const char *id, int64_t issued_s)
{
    fake_open(fake, conn);
    fake_say(fake, conn, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
             fake_token_of(fake, &(struct token_draft){.subject = text_of("ana"),
                                                       .id = text_of(id),
                                                       .issued_s = issued_s,
                                                       .expires_s = 9000}));
}

static void in_database(const char *sql)
{
    sql_db_exec(fake_db(fake), sql);
}

static void a_user_who_is_revoked_is_cut_on_each_connection_and_nobody_else_is(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "ana", "");
    fake_hello(fake, 3, "bob", "");
    (void)fake_trace(fake);
    revoke_as(OPERATOR, "{\"userId\":\"ana\"}");
    EXPECT("c1 x 4001\nc2 x 4001\nhttp 9 200 {\"userId\":\"ana\",\"issuedUntil\":1000}\n");
    fake_say(fake, 3, "{\"type\":\"ping\"}");
    EXPECT("c3 < pong\n");
}

static void who_is_revoked_stays_out_until_another_token_is_issued(void **state)
{
    (void)state;
    revoke_as(OPERATOR, "{\"userId\":\"ana\"}");
    (void)fake_trace(fake);
    hello_with(1, "t1", 1000);
    EXPECT("c1 < error unauthenticated\nc1 x 4500\n");
    fake_http(fake, 5,
              (struct fake_request){
                  .method = "GET", .path = "/api/rooms", .token = fake_token(fake, "ana", 9000)});
    assert_non_null(strstr(fake_trace(fake), "http 5 401"));
    hello_with(2, "t2", 1001);
    assert_non_null(strstr(fake_trace(fake), "c2 < welcome ana"));
}

static void one_token_is_revoked_and_the_user_s_others_are_not(void **state)
{
    (void)state;
    hello_with(1, "t1", 1);
    hello_with(2, "auth0|t2", 1);
    (void)fake_trace(fake);
    revoke_as(OPERATOR, "{\"tokenId\":\"auth0|t2\"}");
    EXPECT("c2 x 4001\nhttp 9 200 {\"tokenId\":\"_YXV0aDB8dDI\",\"issuedUntil\":1000}\n");
    hello_with(3, "auth0|t2", 2000); /* whenever it was issued */
    EXPECT("c3 < error unauthenticated\nc3 x 4500\n");
    hello_with(4, "t1", 1);
    assert_non_null(strstr(fake_trace(fake), "c4 < welcome"));
}

static void a_refresh_by_a_revoked_token_is_refused_and_one_by_another_saves(void **state)
{
    (void)state;
    revoke_as(OPERATOR, "{\"tokenId\":\"t2\"}");
    hello_with(1, "t1", 1);
    (void)fake_trace(fake);
    fake_say(fake, 1, "{\"type\":\"refresh\",\"token\":\"%s\"}",
             fake_token_of(fake, &(struct token_draft){.subject = text_of("ana"),
                                                       .id = text_of("t2"),
                                                       .issued_s = 5,
                                                       .expires_s = 9500}));
    EXPECT("c1 < error unauthenticated\n");
    fake_say(fake, 1, "{\"type\":\"refresh\",\"token\":\"%s\"}",
             fake_token_of(fake, &(struct token_draft){.subject = text_of("ana"),
                                                       .id = text_of("t3"),
                                                       .issued_s = 5,
                                                       .expires_s = 9500}));
    (void)fake_trace(fake);
    revoke_as(OPERATOR, "{\"tokenId\":\"t1\"}"); /* on which it does not stand any more */
    assert_null(strstr(fake_trace(fake), "x 4001"));
    revoke_as(OPERATOR, "{\"tokenId\":\"t3\"}");
    assert_non_null(strstr(fake_trace(fake), "c1 x 4001"));
}

static void a_subject_is_revoked_as_the_user_that_it_is(void **state)
{
    (void)state;
    fake_open(fake, 1);
    fake_say(fake, 1, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
             fake_token(fake, "auth0|12", 9000));
    fake_hello(fake, 2, "ana", "");
    (void)fake_trace(fake);
    revoke_as(OPERATOR, "{\"subject\":\"auth0|12\"}");
    EXPECT("c1 x 4001\nhttp 9 200 {\"userId\":\"_YXV0aDB8MTI\",\"issuedUntil\":1000}\n");
    revoke_as(OPERATOR, "{\"subject\":\"a\\u006ea\"}");
    EXPECT("c2 x 4001\nhttp 9 200 {\"userId\":\"ana\",\"issuedUntil\":1000}\n");
}

static void until_when_it_was_issued_may_be_said(void **state)
{
    (void)state;
    hello_with(1, "t1", 500);
    hello_with(2, "t2", 501);
    (void)fake_trace(fake);
    revoke_as(OPERATOR, "{\"userId\":\"ana\",\"issuedUntil\":500}");
    EXPECT("c1 x 4001\nhttp 9 200 {\"userId\":\"ana\",\"issuedUntil\":500}\n");
    revoke_as(OPERATOR, "{\"userId\":\"ana\",\"issuedUntil\":1060}"); /* whose clock is ahead */
    EXPECT("c2 x 4001\nhttp 9 200 {\"userId\":\"ana\",\"issuedUntil\":1060}\n");
    hello_with(3, "t3", 1060);
    EXPECT("c3 < error unauthenticated\nc3 x 4500\n");
}

static void a_hello_that_waits_is_cut(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    fake_hello(fake, 1, "ana", "");
    revoke_as(OPERATOR, "{\"userId\":\"ana\"}");
    (void)fake_trace(fake);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    const char *trace = fake_trace(fake);
    assert_non_null(strstr(trace, "c1 x 4001"));
}

static void only_the_operator_may(void **state)
{
    (void)state;
    static const char *const others[] = {"", "A", "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                         OPERATOR "AAAA", OPERATOR "="};

    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        revoke_as(others[i], "{\"userId\":\"ana\"}");
        EXPECT("http 9 401 error unauthenticated\n");
    }
    revoke_as(NULL, "{\"userId\":\"ana\"}");
    EXPECT("http 9 401 error unauthenticated\n");
    revoke_as(fake_token(fake, "ana", 9000), "{\"userId\":\"ana\"}");
    EXPECT("http 9 401 error unauthenticated\n");
}

static void what_is_no_revocation_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{}",
                                         "{\"userId\":7}",
                                         "{\"userId\":\"\"}",
                                         "{\"userId\":\"a b\"}",
                                         "{\"tokenId\":\"\"}",
                                         "{\"tokenId\":null}",
                                         "{\"userId\":\"ana\",\"tokenId\":\"t\"}",
                                         "{\"userId\":\"ana\",\"subject\":\"ana\"}",
                                         "{\"subject\":\"\"}",
                                         "{\"userId\":\"ana\",\"issuedUntil\":-1}",
                                         "{\"userId\":\"ana\",\"issuedUntil\":\"7\"}",
                                         "{\"userId\":\"ana\",\"issuedUntil\":87401}",
                                         "[]",
                                         "{\"userId\":\"ana\"",
                                         ""};

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        revoke_as(OPERATOR, bodies[i]);
        assert_non_null(strstr(fake_trace(fake), "http 9 400 error bad_field"));
    }
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT COUNT(*) FROM revoked"), 0);
}

static void a_revocation_is_said_to_the_others_and_again_when_it_was_lost(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.announces = true});
    fake_redis_down(fake);
    (void)fake_trace(fake);
    revoke_as(OPERATOR, "{\"userId\":\"ana\"}");
    assert_null(strstr(fake_trace(fake), "revoked:1"));
    fake_redis_up(fake);
    fake_pass_us(fake, 10000000);
    const char *said = strstr(fake_trace(fake), "revoked:1");
    assert_non_null(said);
    assert_null(strstr(said + 1, "revoked:1"));
}

#define INSERT(version, name)                                                                      \
    "UPDATE meta SET revoked = " version ";"                                                       \
    "INSERT INTO revoked(kind, name, issued_until, kept_until, version) "                          \
    "VALUES(0, '" name "', 1000, 99999999, " version ")"

static void what_another_node_revoked_is_found_when_it_says_so(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
    in_database(INSERT("1", "ana"));
    fake_publish(fake, "nodes", "n2 1 1 revoked:1");
    fake_pass_us(fake, 0);
    EXPECT("c1 x 4001\n");
}

static void what_another_node_revoked_is_found_though_it_was_never_told(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
    in_database(INSERT("1", "ana"));
    EXPECT("");
    fake_pass_us(fake, 5000000);
    EXPECT("c1 x 4001\n");
}

static void a_missed_announcement_is_a_reason_to_look(void **state)
{
    (void)state;
    fake_publish(fake, "nodes", "n2 1 1");
    fake_pass_us(fake, 0);
    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
    in_database(INSERT("1", "ana"));
    fake_publish(fake, "nodes", "n2 1 3");
    fake_pass_us(fake, 0);
    EXPECT("c1 x 4001\n");
}

static void a_look_that_fails_is_made_again(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
    in_database(INSERT("1", "ana"));
    fake_db_hold(fake, true);
    fake_pass_us(fake, 5000000);
    in_database(INSERT("2", "bob"));
    fake_pass_us(fake, 6000000);
    fake_db_hold(fake, false);
    fake_db_release(fake);
    assert_non_null(strstr(fake_trace(fake), "c1 x 4001"));
}

static void a_node_knows_all_before_it_takes_anybody(void **state)
{
    (void)state;
    struct fake *other = fake_new((struct fake_options){0});

    sql_db_exec(fake_db(other), INSERT("1", "ana"));
    fake_start(other);
    (void)fake_trace(other);
    fake_hello(other, 1, "ana", "");
    assert_string_equal(fake_trace(other), "c1 < error unauthenticated\nc1 x 4500\n");
    fake_free(&other);
}

static void more_than_one_look_brings_are_all_read_before_anybody_is_taken(void **state)
{
    (void)state;
    struct fake *other = fake_new((struct fake_options){0});

    sql_db_exec(fake_db(other),
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
                "INSERT INTO revoked(kind, name, issued_until, kept_until, version) "
                "SELECT 0, CASE WHEN i = 2500 THEN 'ana' ELSE 'user' || i END, 1000, 99999999, i "
                "FROM n; UPDATE meta SET revoked = 2500");
    fake_start(other);
    (void)fake_trace(other);
    fake_hello(other, 1, "ana", "");
    assert_string_equal(fake_trace(other), "c1 < error unauthenticated\nc1 x 4500\n");
    fake_free(&other);
}

static void who_is_revoked_again_stays_out_for_the_later_time(void **state)
{
    (void)state;
    revoke_as(OPERATOR, "{\"userId\":\"ana\"}");
    fake_wall_set(fake, 1005000);
    revoke_as(OPERATOR, "{\"userId\":\"ana\"}");
    fake_wall_set(fake, 900000); /* a wall that is set back takes nothing back */
    revoke_as(OPERATOR, "{\"userId\":\"ana\"}");
    (void)fake_trace(fake);
    hello_with(1, "t1", 1005);
    EXPECT("c1 < error unauthenticated\nc1 x 4500\n");
    hello_with(2, "t1", 1006);
    assert_non_null(strstr(fake_trace(fake), "c2 < welcome"));
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT version FROM revoked"), 3);
}

static void a_row_that_is_none_is_passed_over(void **state)
{
    (void)state;
    fake_hello(fake, 1, "ana", "");
    (void)fake_trace(fake);
    in_database("INSERT INTO revoked VALUES(7, 'ana', 1000, 99999999, 1)");
    in_database("INSERT INTO revoked VALUES(0, '', 1000, 99999999, 2)");
    in_database(INSERT("3", "ana"));
    fake_pass_us(fake, 5000000);
    EXPECT("c1 x 4001\n");
}

static void what_is_not_needed_any_more_is_forgotten(void **state)
{
    (void)state;
    fake_wall_set(fake, INT64_C(4000000) * 1000);
    in_database("INSERT INTO revoked VALUES(0, 'bob', 1000, 3000000, 1)");
    revoke_as(OPERATOR, "{\"userId\":\"ana\"}");
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT COUNT(*) FROM revoked"), 1);
    /* 30 days of a token's life and 60 s of leeway behind it. */
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT kept_until FROM revoked"),
                     4000000 + 2592000 + 60);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_user_who_is_revoked_is_cut_on_each_connection_and_nobody_else_is),
        TEST(who_is_revoked_stays_out_until_another_token_is_issued),
        TEST(one_token_is_revoked_and_the_user_s_others_are_not),
        TEST(a_refresh_by_a_revoked_token_is_refused_and_one_by_another_saves),
        TEST(a_subject_is_revoked_as_the_user_that_it_is),
        TEST(until_when_it_was_issued_may_be_said),
        TEST(a_hello_that_waits_is_cut),
        TEST(only_the_operator_may),
        TEST(what_is_no_revocation_is_refused),
        TEST(a_revocation_is_said_to_the_others_and_again_when_it_was_lost),
        TEST(what_another_node_revoked_is_found_when_it_says_so),
        TEST(what_another_node_revoked_is_found_though_it_was_never_told),
        TEST(a_missed_announcement_is_a_reason_to_look),
        TEST(a_look_that_fails_is_made_again),
        TEST(a_node_knows_all_before_it_takes_anybody),
        TEST(more_than_one_look_brings_are_all_read_before_anybody_is_taken),
        TEST(who_is_revoked_again_stays_out_for_the_later_time),
        TEST(a_row_that_is_none_is_passed_over),
        TEST(what_is_not_needed_any_more_is_forgotten),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
