/* labels: unit */
/* timeout: 120 */
/* What no client of good will sends: numbers at their ends, wrong types, sizes past the limits, noise.
 * Each is answered as Redis words it, or is the end of its connection; nothing else suffers. */
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "server/engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    struct engine *engine;
    struct engine_out out;
    struct buf heard; /* by client 1 */
    bool closed;      /* client 1 */
};

static int setup(void **state)
{
    struct bench *bench = hb_calloc(1, sizeof *bench);
    bench->engine = engine_new();
    engine_connect(bench->engine, 1);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    engine_free(&bench->engine);
    engine_out_deinit(&bench->out);
    buf_deinit(&bench->heard);
    free(bench);
    return 0;
}

static void feed(struct bench *bench, uint64_t client, const char *bytes, size_t bytes_len)
{
    engine_feed(bench->engine, client, bytes, bytes_len, 1, &bench->out);
    for (size_t i = 0; i < bench->out.items_len; i++) {
        const struct engine_write *item = &bench->out.items[i];
        if (item->client == 1) {
            assert_false(bench->closed); /* nothing comes behind the end */
            buf_add(&bench->heard, bench->out.bytes.bytes + item->offset, item->len);
            bench->closed |= item->close;
        }
    }
    engine_out_clear(&bench->out);
}

static void say(struct bench *bench, uint64_t client, const char *words)
{
    struct buf line = {0};
    buf_printf(&line, "%s\r\n", words);
    feed(bench, client, line.bytes, line.len);
    buf_deinit(&line);
}

/* What client 1 has heard, each CRLF as ^; and forgets it. */
static void expect(struct bench *bench, const char *what, const char *want)
{
    struct buf shown = {0};

    for (size_t i = 0; i < bench->heard.len; i++) {
        if (bench->heard.bytes[i] != '\n') {
            buf_add_char(&shown,
                         (char)(bench->heard.bytes[i] == '\r' ? '^' : bench->heard.bytes[i]));
        }
    }
    if (strcmp(shown.len > 0 ? shown.bytes : "", want) != 0) {
        fail_msg("%s: %s, not %s", what, shown.len > 0 ? shown.bytes : "(nothing)", want);
    }
    buf_deinit(&shown);
    buf_clear(&bench->heard);
}

struct row {
    const char *words, *want;
};

#define NO_INTEGER "-ERR value is not an integer or out of range^"
#define OVERFLOWS  "-ERR increment or decrement would overflow^"
#define MOST       "9223372036854775807"
#define LEAST      "-9223372036854775808"

static void numbers_end_where_those_of_redis_end(void **state)
{
    static const struct row rows[] = {
        {"SET n " MOST, "+OK^"},
        {"INCR n", OVERFLOWS},
        {"INCRBY n 1", OVERFLOWS},
        {"INCRBY n " MOST, OVERFLOWS},
        {"INCRBY n " LEAST, ":-1^"},
        {"INCRBY n " LEAST, OVERFLOWS},
        {"INCRBY n 9223372036854775808", NO_INTEGER},
        {"INCRBY n -9223372036854775809", NO_INTEGER},
        {"INCRBY n 99999999999999999999999999", NO_INTEGER},
        {"INCRBY n \"\"", NO_INTEGER},
        {"INCRBY n -", NO_INTEGER},
        {"GET n", "$2^-1^"},
        {"HINCRBY h f " MOST, ":" MOST "^"},
        {"HINCRBY h f 1", OVERFLOWS},
        {"HINCRBY h f 18446744073709551616", NO_INTEGER},
        {"HINCRBY new f x", NO_INTEGER},
        {"EXISTS new", ":0^"},
        {"EXPIRE n " MOST, "-ERR invalid expire time in 'expire' command^"},
        {"EXPIRE n 9223372036854776", "-ERR invalid expire time in 'expire' command^"},
        {"EXPIRE n " LEAST, "-ERR invalid expire time in 'expire' command^"},
        {"PEXPIRE n " MOST, "-ERR invalid expire time in 'pexpire' command^"},
        {"SET n 1 EX " MOST, "-ERR invalid expire time in 'set' command^"},
        {"SET n 1 PX " MOST, "-ERR invalid expire time in 'set' command^"},
        {"SET n 1 EX 0", "-ERR invalid expire time in 'set' command^"},
        {"SET n 1 PX " LEAST, "-ERR invalid expire time in 'set' command^"},
        {"PTTL n", ":-1^"},
        {"PEXPIRE n 9223372036854775806", ":1^"}, /* it is 1 now: the last instant there is */
        {"PTTL n", ":9223372036854775806^"},
        {"TTL n", ":9223372036854776^"},
        {"PEXPIRE n " LEAST, ":1^"},
        {"EXISTS n", ":0^"},
        {"ZADD z 9007199254740992 a -9007199254740992 b", ":2^"},
        {"ZADD z 9007199254740993 c", "-ERR value is not a valid float^"},
        {"ZRANGE z " LEAST " " MOST, "*2^$1^b^$1^a^"},
        {"ZRANGE z " MOST " " MOST, "*0^"},
        {"ZRANGE z " LEAST " " LEAST, "*0^"},
        {"ZRANGE z " MOST "0 1", NO_INTEGER},
        {"ZRANGEBYSCORE z -inf +inf LIMIT " MOST " " MOST, "*0^"},
        {"ZRANGEBYSCORE z -inf +inf LIMIT " LEAST " " LEAST, "*0^"},
        {"ZRANGEBYSCORE z (-inf (+inf LIMIT 0 " LEAST, "*2^$1^b^$1^a^"},
        {"SELECT " MOST, NO_INTEGER},
        {"SELECT " LEAST, NO_INTEGER},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        say(*state, 1, rows[i].words);
        expect(*state, rows[i].words, rows[i].want);
    }
}

static void a_key_of_another_type_is_refused_and_stays(void **state)
{
    static const char wrong[] =
        "-WRONGTYPE Operation against a key holding the wrong kind of value^";
    static const char *const of_string[] = {"GET k", "INCR k", "INCRBY k 2", "SET k v GET"};
    static const char *const of_hash[] = {"HSET k a b", "HGET k f", "HDEL k f", "HGETALL k",
                                          "HINCRBY k f 1"};
    static const char *const of_zset[] = {
        "ZADD k 1 m", "ZADD k XX 1 m", "ZSCORE k m",          "ZREM k m",
        "ZCARD k",    "ZRANGE k 0 -1", "ZRANGEBYSCORE k 0 9", "ZREMRANGEBYSCORE k 0 9"};
    static const struct {
        const char *make, *look, *there;
        bool is_string, is_hash, is_zset;
    } keys[] = {
        {"SET k 5", "GET k", "$1^5^", .is_string = true},
        {"HSET k f v", "HGETALL k", "*2^$1^f^$1^v^", .is_hash = true},
        {"ZADD k 7 m", "ZSCORE k m", "$1^7^", .is_zset = true},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        say(bench, 1, "DEL k");
        say(bench, 1, keys[i].make);
        buf_clear(&bench->heard);
#define REFUSED(is, commands)                                                                      \
    for (size_t c = 0; !keys[i].is && c < sizeof(commands) / sizeof(commands)[0]; c++) {           \
        say(bench, 1, (commands)[c]);                                                              \
        expect(bench, (commands)[c], wrong);                                                       \
    }
        REFUSED(is_string, of_string)
        REFUSED(is_hash, of_hash)
        REFUSED(is_zset, of_zset)
#undef REFUSED
        say(bench, 1, keys[i].look);
        expect(bench, keys[i].look, keys[i].there);
    }
}

#define ENDS "-ERR Protocol error: "

static void what_is_no_command_ends_its_connection_alone(void **state)
{
    static const struct row rows[] = {
        {"*1025\r\n", ENDS "invalid multibulk length^"},
        {"*2147483648\r\n", ENDS "invalid multibulk length^"},
        {"*99999999999999999999\r\n", ENDS "invalid multibulk length^"},
        {"*1\r\n$1048577\r\n", ENDS "invalid bulk length^"},
        {"*1\r\n$-1\r\n", ENDS "invalid bulk length^"},
        {"*1\r\n$18446744073709551615\r\n", ENDS "invalid bulk length^"},
        {"*1\r\n*1\r\n*1\r\n*1\r\n", ENDS "expected '$', got '*'^"},
        {"*1\r\n\r\n", ENDS "expected '$', got ' '^"},
        {"*\r\n", ENDS "invalid multibulk length^"},
        {"ECHO \"\r\n", ENDS "unbalanced quotes in request^"},
        {"ECHO 'a\\'\r\n", ENDS "unbalanced quotes in request^"},
        {"ECHO \"\\x\"a\r\n", ENDS "unbalanced quotes in request^"},
        {"*0\r\n*-1\r\n*-9223372036854775808\r\n\r\n \r\n*2\r\n$0\r\n\r\n$0\r\n\r\n",
         "-ERR unknown command '', with args beginning with: '' ^"},
    };
    struct bench *bench = *state;

    engine_connect(bench->engine, 2);
    say(bench, 2, "SUBSCRIBE c");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        feed(bench, 1, rows[i].words, strlen(rows[i].words));
        expect(bench, rows[i].words, rows[i].want);
        const bool ends = strncmp(rows[i].want, ENDS, strlen(ENDS)) == 0;
        assert_int_equal(bench->closed, ends);
        engine_disconnect(bench->engine, 1);
        bench->closed = false;
        engine_connect(bench->engine, 1);
        say(bench, 1, "PUBSUB NUMSUB c");
        expect(bench, "the other one", "*2^$1^c^:1^");
    }
}

static void fill(struct buf *ret, const char *before, size_t fill_len, const char *after)
{
    buf_add_text(ret, before);
    buf_reserve(ret, fill_len);
    memset(ret->bytes + ret->len, 'x', fill_len);
    ret->len += fill_len;
    buf_add_text(ret, after);
}

/* An inline command is as long as a line may be, and not longer, however its bytes come. */
static void a_line_past_the_limit_ends_the_connection(void **state)
{
    struct bench *bench = *state;

    for (size_t past = 0; past < 2; past++) {
        struct buf bytes = {0};
        fill(&bytes, "MULTI\r\nECHO ", ENGINE_LINE_BYTES_MAX - 5 + past, "\nEXEC\r\n");
        feed(bench, 1, bytes.bytes, bytes.len);
        assert_int_equal(bench->closed, past == 1);
        if (past == 1) {
            expect(bench, "a line too long", "+OK^" ENDS "too big inline request^");
        }
        buf_clear(&bench->heard);
        buf_deinit(&bytes);
    }
    engine_disconnect(bench->engine, 1);
    bench->closed = false;
    engine_connect(bench->engine, 1);
    struct buf bytes = {
        0}; /* inline words longer than an argument may be would not fit a transaction */
    fill(&bytes, "MULTI\r\nECHO ", 2 * ENGINE_QUERY_BYTES_MAX, "\nEXEC\r\n");
    feed(bench, 1, bytes.bytes, bytes.len);
    expect(bench, "a line far too long", "+OK^" ENDS "too big inline request^");
    buf_deinit(&bytes);
}

/* One argument of the greatest length. */
static void great(struct buf *ret, const char *before)
{
    fill(ret, before, ENGINE_QUERY_BYTES_MAX, "\r\n");
}

static void a_transaction_past_the_limit_ends_its_connection(void **state)
{
    struct bench *bench = *state;
    struct buf set = {0};
    int count = 0;

    great(&set, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\n");
    say(bench, 1, "MULTI");
    buf_clear(&bench->heard);
    for (; count < 15; count++) { /* a little over 1 MiB each, of 16 */
        feed(bench, 1, set.bytes, set.len);
        expect(bench, "below the limit", "+QUEUED^");
    }
    feed(bench, 1, set.bytes, set.len);
    expect(bench, "past the limit", "");
    assert_true(bench->closed);
    engine_connect(bench->engine, 2);
    say(bench, 1, "EXEC");
    say(bench, 2, "GET k");
    assert_int_equal(engine_stored_bytes(bench->engine), 0); /* nothing of it was done */
    buf_deinit(&set);
}

static void more_output_than_the_limit_ends_the_connection_that_asked(void **state)
{
    struct bench *bench = *state;
    struct buf set = {0};
    struct buf gets = {0};

    great(&set, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\n");
    feed(bench, 1, set.bytes, set.len);
    for (int i = 0; i < 63; i++) { /* a little over 1 MiB each, of 64 */
        buf_add_text(&gets, "GET k\r\n");
    }
    buf_clear(&bench->heard);
    feed(bench, 1, gets.bytes, gets.len);
    assert_false(bench->closed);
    assert_int_equal(bench->heard.len, 63 * (sizeof "$1048576\r\n\r\n" - 1 + 1048576));
    buf_clear(&bench->heard);
    feed(bench, 1, gets.bytes, gets.len); /* the limit is a call's */
    assert_false(bench->closed);
    buf_clear(&bench->heard);
    buf_add_text(&gets, "GET k\r\nPING\r\n");
    feed(bench, 1, gets.bytes, gets.len);
    assert_true(bench->closed);
    assert_true(bench->heard.len <= ENGINE_OUTPUT_BYTES_MAX);
    buf_deinit(&gets);
    buf_deinit(&set);
}

static void a_transaction_is_done_whole_even_if_nobody_can_be_told(void **state)
{
    struct bench *bench = *state;
    struct buf set = {0};

    great(&set, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\n");
    feed(bench, 1, set.bytes, set.len);
    say(bench, 1, "MULTI");
    for (int i = 0; i < 64; i++) {
        say(bench, 1, "GET k");
    }
    say(bench, 1, "SET done yes");
    buf_clear(&bench->heard);
    say(bench, 1, "EXEC");
    assert_true(bench->closed);
    expect(bench, "EXEC", "");
    engine_disconnect(bench->engine, 1);
    bench->closed = false;
    engine_connect(bench->engine, 1);
    say(bench, 1, "GET done");
    expect(bench, "GET", "$3^yes^");
    buf_deinit(&set);
}

static void a_subscriber_that_gets_too_much_is_ended_and_no_other(void **state)
{
    struct bench *bench = *state;
    struct buf publish = {0};

    engine_connect(bench->engine, 2);
    engine_connect(bench->engine, 3);
    say(bench, 1, "SUBSCRIBE a b");
    say(bench, 3, "SUBSCRIBE b");
    buf_clear(&bench->heard);
    for (int i = 0; i < 64; i++) {
        great(&publish, "*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$1048576\r\n");
    }
    feed(bench, 2, publish.bytes, publish.len);
    assert_true(bench->closed);
    assert_true(bench->heard.len <= ENGINE_OUTPUT_BYTES_MAX);
    engine_disconnect(bench->engine, 1);
    buf_clear(&bench->heard);
    bench->closed = false;
    engine_connect(bench->engine, 1);
    say(bench, 1, "PUBSUB NUMSUB a b");
    expect(bench, "who is left", "*4^$1^a^:0^$1^b^:1^");
    buf_deinit(&publish);
}

static void what_would_store_too_much_is_refused(void **state)
{
    static const char *const grow[] = {"SET k v",       "INCR n",     "INCRBY n 1", "HSET h f v",
                                       "HINCRBY h n 1", "ZADD z 1 m", "SUBSCRIBE c"};
    struct bench *bench = *state;
    int64_t count = 0;

    engine_stored_bytes_limit(bench->engine, 10000);
    while (bench->heard.len < 5 || bench->heard.bytes[0] == '+') {
        struct buf line = {0};
        buf_printf(&line, "SET key%lld v", (long long)count++);
        buf_clear(&bench->heard);
        say(bench, 1, line.bytes);
        buf_deinit(&line);
        assert_true(count < 1000);
    }
    buf_clear(&bench->heard);
    for (size_t i = 0; i < sizeof grow / sizeof grow[0]; i++) {
        say(bench, 1, grow[i]);
        expect(bench, grow[i], "-OOM command not allowed when used memory > 'maxmemory'.^");
    }
    say(bench, 1, "GET key0");
    say(bench, 1, "MULTI");
    say(bench, 1, "SET k v"); /* as Redis: such a transaction is refused as a whole */
    say(bench, 1, "EXEC");
    say(bench, 1, "DEL key0 key1");
    say(bench, 1, "SET k v");
    expect(bench, "the rest",
           "$1^v^+OK^-OOM command not allowed when used memory > 'maxmemory'.^"
           "-EXECABORT Transaction discarded because of previous errors.^:2^+OK^");
}

/* --- Noise ---------------------------------------------------------------------------------- */

static const char *const words[] = {
    "SET",
    "GET",
    "INCRBY",
    "DEL",
    "EXPIRE",
    "PEXPIRE",
    "TTL",
    "PERSIST",
    "HSET",
    "HDEL",
    "HGETALL",
    "HINCRBY",
    "ZADD",
    "ZREM",
    "ZRANGE",
    "ZRANGEBYSCORE",
    "MULTI",
    "EXEC",
    "DISCARD",
    "PUBLISH",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "PUBSUB",
    "NUMSUB",
    "ZREMRANGEBYSCORE",
    "a",
    "b",
    "c",
    "",
    "0",
    "1",
    "-1",
    MOST,
    LEAST,
    "NX",
    "XX",
    "GT",
    "LIMIT",
    "WITHSCORES",
    "EX",
    "PX",
    "KEEPTTL",
    "(1",
    "-inf",
    "\xff\x00z",
    "1e9",
    "FLUSHALL",
};

static void draw(struct rng *rng, struct buf *ret)
{
    const int64_t count = rng_between(rng, 1, 6);
    const size_t from = ret->len;

    if (rng_chance(rng, 800)) {
        buf_printf(ret, "*%lld\r\n", (long long)count);
    }
    const bool array = ret->len > from;
    for (int64_t i = 0; i < count; i++) {
        const size_t words_count = sizeof words / sizeof words[0];
        const char *word = words[rng_between(rng, 0, (int64_t)words_count - 1)];
        if (array) {
            buf_printf(ret, "$%zu\r\n%s\r\n", strlen(word), word);
        } else {
            buf_printf(ret, "%s ", word);
        }
    }
    buf_add_text(ret, array ? "" : "\r\n");
    if (rng_chance(rng, 30)) { /* and now and then a byte is another */
        ret->bytes[rng_between(rng, (int64_t)from, (int64_t)ret->len - 1)] =
            (char)rng_between(rng, 0, 255);
    }
}

/* The same noise to two engines, whole to one and in pieces to the other: where it is cut does not
 * show, and what is stored is freed to the last byte. */
static void noise_is_answered_alike_however_it_is_cut(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct rng rng = rng_stream(seed, "engine.noise", 0, 0);
        struct buf noise = {0};
        struct buf heard[2] = {{0}, {0}};
        bool closed[2] = {false, false};
        size_t stored[2];
        for (int i = 0; i < 40; i++) {
            draw(&rng, &noise);
        }
        for (int which = 0; which < 2; which++) {
            struct engine *engine = engine_new();
            struct engine_out out = {0};
            engine_connect(engine, 1);
            for (size_t at = 0; at < noise.len;) {
                const int64_t left = (int64_t)(noise.len - at);
                const size_t len = (size_t)(which == 0 ? left : rng_between(&rng, 1, left));
                engine_feed(engine, 1, noise.bytes + at, len, 1000, &out);
                at += len;
            }
            for (size_t i = 0; i < out.items_len; i++) {
                buf_add(&heard[which], out.bytes.bytes + out.items[i].offset, out.items[i].len);
                closed[which] |= out.items[i].close;
            }
            stored[which] = engine_stored_bytes(engine);
            engine_restart(engine);
            assert_int_equal(engine_stored_bytes(engine), 0);
            engine_out_deinit(&out);
            engine_free(&engine);
        }
        if (heard[0].len != heard[1].len || closed[0] != closed[1] || stored[0] != stored[1] ||
            (heard[0].len > 0 && memcmp(heard[0].bytes, heard[1].bytes, heard[0].len) != 0)) {
            fail_msg("seed %llu: cuts show", (unsigned long long)seed);
        }
        buf_deinit(&noise);
        buf_deinit(&heard[0]);
        buf_deinit(&heard[1]);
    }
}

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(numbers_end_where_those_of_redis_end),
        CASE(a_key_of_another_type_is_refused_and_stays),
        CASE(what_is_no_command_ends_its_connection_alone),
        CASE(a_line_past_the_limit_ends_the_connection),
        CASE(a_transaction_past_the_limit_ends_its_connection),
        CASE(more_output_than_the_limit_ends_the_connection_that_asked),
        CASE(a_transaction_is_done_whole_even_if_nobody_can_be_told),
        CASE(a_subscriber_that_gets_too_much_is_ended_and_no_other),
        CASE(what_would_store_too_much_is_refused),
        CASE(noise_is_answered_alike_however_it_is_cut),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
