/* Nodes that live on one database and do not hear each other. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

#define TOLD                                                                                       \
    "note nodes live on this database and are not heard: they may use another Redis 1 0 n2\n"

static struct fake *fake;
static unsigned announced, requests;

static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){0});
    fake_start(fake);
    fake_show(fake, (struct fake_show){.notes = true});
    (void)fake_trace(fake);
    announced = requests = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

static unsigned times(const char *trace, const char *line)
{
    unsigned found = 0;

    for (const char *at = strstr(trace, line); at != NULL; at = strstr(at + 1, line)) {
        found++;
    }
    return found;
}

/* What n2 does each second. */
struct other {
    bool beats, hears, heard;
};

static unsigned seconds(unsigned count, struct other other)
{
    unsigned told = 0;
    char text[64];

    for (unsigned i = 0; i < count; i++) {
        if (other.beats) {
            (void)snprintf(text, sizeof text, "UPDATE nodes SET beat = beat + 1, hears = %d WHERE ",
                           other.hears);
            char sql[96];
            (void)snprintf(sql, sizeof sql, "%sname = 'n2'", text);
            sql_db_exec(fake_db(fake), sql);
        }
        if (other.heard) {
            (void)snprintf(text, sizeof text, "n2 1 %u", ++announced);
            fake_publish(fake, "nodes", text);
        }
        fake_pass_us(fake, 1000000);
        told += times(fake_trace(fake), TOLD);
    }
    return told;
}

static int64_t gauge(void)
{
    fake_http(fake, ++requests, (struct fake_request){.method = "GET", .path = "/metrics"});
    const char *at = strstr(fake_last_json(fake), "\nhubbub_peers_unheard ");
    assert_non_null(at);
    return at[strlen("\nhubbub_peers_unheard ")] - '0';
}

static void one_that_lives_there_and_is_not_heard_is_told_of_each_minute(void **state)
{
    const struct other unheard = {.beats = true, .hears = true};

    (void)state;
    assert_int_equal(seconds(10, unheard), 0);
    assert_int_equal(gauge(), 0);
    assert_int_equal(seconds(30, unheard), 1);
    assert_int_equal(gauge(), 1);
    assert_int_equal(seconds(60, unheard), 1);
    assert_int_equal(seconds(60, unheard), 1);
    assert_int_equal(seconds(10, (struct other){.beats = true, .hears = true, .heard = true}), 0);
    assert_int_equal(gauge(), 0);
}

static void nothing_else_is_mistaken_for_it(void **state)
{
    static const struct other others[] = {
        {.beats = true, .hears = true, .heard = true}, /* all is well */
        {.beats = true},                               /* its Redis is away */
        {.hears = true},                               /* it is gone */
        {.hears = true, .heard = true},                /* its database is away */
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(seconds(120, others[i]), 0);
        assert_int_equal(gauge(), 0);
    }
}

static void while_redis_is_away_here_silence_says_nothing(void **state)
{
    const struct other heard = {.beats = true, .hears = true, .heard = true};
    const struct other unheard = {.beats = true, .hears = true};

    (void)state;
    assert_int_equal(seconds(30, heard), 0);
    fake_redis_down(fake);
    assert_int_equal(seconds(120, unheard), 0);
    fake_redis_up(fake);
    assert_int_equal(seconds(6, unheard), 0); /* the other one needs its time too */
    assert_int_equal(seconds(120, heard), 0);
    assert_int_equal(gauge(), 0);
    assert_int_equal(seconds(40, unheard), 1);
}

static void one_that_starts_again_or_ends_now_and_then_is_not_it(void **state)
{
    (void)state;
    for (int life = 2; life < 12; life++) { /* killed after 8 s, before its first word is heard */
        sql_db_exec(fake_db(fake), "UPDATE nodes SET incarnation = incarnation + 1 "
                                   "WHERE name = 'n2'");
        assert_int_equal(seconds(8, (struct other){.beats = true, .hears = true}), 0);
        assert_int_equal(seconds(20, (struct other){.hears = true}), 0);
    }
    assert_int_equal(gauge(), 0);
}

static void what_is_told_of_others_is_judged(void **state)
{
    static const char *const rows[] = {
        "UPDATE nodes SET name = 'a b' WHERE name = 'n2'",
        "UPDATE nodes SET name = printf('%.300c', 'x') WHERE name = 'a b'",
        "UPDATE nodes SET name = 'n2', incarnation = -1 WHERE name LIKE 'xx%'",
        "UPDATE nodes SET incarnation = 'x' WHERE name = 'n2'",
        "UPDATE nodes SET incarnation = 1, hears = 7 WHERE name = 'n2'",
        "UPDATE nodes SET beat = 'often' WHERE name = 'n2'",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sql_db_exec(fake_db(fake), rows[i]);
        for (int s = 0; s < 40; s++) {
            if (i + 1 < sizeof rows / sizeof rows[0]) {
                sql_db_exec(fake_db(fake), "UPDATE nodes SET beat = beat + 1 WHERE id = 1");
            }
            fake_pass_us(fake, 1000000);
            assert_int_equal(times(fake_trace(fake), "not heard"), 0);
        }
    }
}

static void many_names_of_the_past_hide_nobody(void **state)
{
    (void)state;
    sql_db_exec(fake_db(fake),
                "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 500) "
                "INSERT INTO nodes(name, incarnation, beat, beat_ms, hears) "
                "SELECT 'old' || i, 1, 9, i, 1 FROM k");
    sql_db_exec(fake_db(fake), "UPDATE nodes SET beat_ms = 999000 WHERE name = 'n2'");
    assert_int_equal(seconds(40, (struct other){.beats = true, .hears = true}), 1);
    assert_int_equal(gauge(), 1);
}

static void it_says_itself_that_it_lives_and_whether_it_hears(void **state)
{
    static const char beats[] = "SELECT beat FROM nodes WHERE name = 'n1'";
    static const char hears[] = "SELECT hears FROM nodes WHERE name = 'n1'";

    (void)state;
    (void)seconds(30, (struct other){0});
    const int64_t before = sql_db_int(fake_db(fake), beats);
    assert_in_range(before, 5, 8);
    assert_int_equal(sql_db_int(fake_db(fake), hears), 1);
    fake_redis_down(fake);
    (void)seconds(10, (struct other){0});
    assert_int_equal(sql_db_int(fake_db(fake), hears), 0);
    assert_in_range(sql_db_int(fake_db(fake), beats), before + 1, before + 3);
    fake_redis_up(fake);
    (void)seconds(8, (struct other){0});
    assert_int_equal(sql_db_int(fake_db(fake), hears), 0);
    (void)seconds(20, (struct other){0});
    assert_int_equal(sql_db_int(fake_db(fake), hears), 1);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(one_that_lives_there_and_is_not_heard_is_told_of_each_minute),
        TEST(nothing_else_is_mistaken_for_it),
        TEST(while_redis_is_away_here_silence_says_nothing),
        TEST(one_that_starts_again_or_ends_now_and_then_is_not_it),
        TEST(what_is_told_of_others_is_judged),
        TEST(many_names_of_the_past_hide_nobody),
        TEST(it_says_itself_that_it_lives_and_whether_it_hears),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
