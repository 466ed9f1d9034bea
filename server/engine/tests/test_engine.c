/* labels: unit */
/* The virtual Redis by itself: times, restarts, the order of deliveries, cuts, limits. What its
 * replies say is compared with a real server in test_differential.c. */
#include "server/base/mem.h"
#include "server/base/tests/test.h"
#include "server/engine/engine.h"

#include <stdlib.h>
#include <string.h>

struct bench {
    struct engine *engine;
    struct engine_out out;
    struct buf trace;
    int64_t now_ms;
};

static int setup(void **state)
{
    struct bench *bench = hb_calloc(1, sizeof *bench);
    bench->engine = engine_new();
    bench->now_ms = 1000000;
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    engine_free(&bench->engine);
    engine_out_deinit(&bench->out);
    buf_deinit(&bench->trace);
    free(bench);
    return 0;
}

/* One item a line: "client: bytes", each CRLF as ^, and " (closed)". */
static void took(struct bench *bench)
{
    for (size_t i = 0; i < bench->out.items_len; i++) {
        const struct engine_write *item = &bench->out.items[i];
        buf_add_u64(&bench->trace, item->client);
        buf_add_text(&bench->trace, ": ");
        for (size_t at = item->offset; at < item->offset + item->len; at++) {
            const char c = bench->out.bytes.bytes[at];
            if (c != '\n') {
                buf_add_char(&bench->trace, (char)(c == '\r' ? '^' : c));
            }
        }
        buf_add_text(&bench->trace, item->close ? " (closed)\n" : "\n");
    }
    engine_out_clear(&bench->out);
}

static void feed(struct bench *bench, uint64_t client, const char *bytes, size_t bytes_len)
{
    engine_feed(bench->engine, client, bytes, bytes_len, bench->now_ms, &bench->out);
    took(bench);
}

/* An inline command. */
static void say(struct bench *bench, uint64_t client, const char *words)
{
    struct buf line = {0};
    buf_printf(&line, "%s\r\n", words);
    feed(bench, client, line.bytes, line.len);
    buf_deinit(&line);
}

#define EXPECT(bench, text)                                                                        \
    do {                                                                                           \
        assert_string_equal((bench)->trace.len > 0 ? (bench)->trace.bytes : "", (text));           \
        buf_clear(&(bench)->trace);                                                                \
    } while (0)

static void a_key_lives_to_its_last_millisecond(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    say(bench, 1, "SET k v PX 100");
    bench->now_ms += 100;
    say(bench, 1, "PTTL k");
    say(bench, 1, "GET k");
    EXPECT(bench, "1: +OK^\n1: :0^\n1: $1^v^\n");
    bench->now_ms += 1;
    say(bench, 1, "GET k");
    say(bench, 1, "PTTL k");
    say(bench, 1, "EXISTS k");
    EXPECT(bench, "1: $-1^\n1: :-2^\n1: :0^\n");
}

static void a_ttl_is_rounded_to_the_nearest_second(void **state)
{
    static const struct {
        int64_t left_ms;
        const char *want;
    } cases[] = {{1499, "1: :1^\n"}, {1500, "1: :2^\n"}, {499, "1: :0^\n"}, {500, "1: :1^\n"}};
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        say(bench, 1, "SET k v EX 10");
        bench->now_ms += 10000 - cases[i].left_ms;
        buf_clear(&bench->trace);
        say(bench, 1, "TTL k");
        EXPECT(bench, cases[i].want);
    }
}

static void a_write_keeps_or_clears_the_time_of_a_key(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    say(bench, 1, "SET n 1 PX 100");
    say(bench, 1, "INCR n");
    say(bench, 1, "PTTL n");
    say(bench, 1, "SET n 5 KEEPTTL");
    say(bench, 1, "PTTL n");
    say(bench, 1, "SET n 6");
    say(bench, 1, "PTTL n");
    EXPECT(bench, "1: +OK^\n1: :2^\n1: :100^\n1: +OK^\n1: :100^\n1: +OK^\n1: :-1^\n");
}

static void a_key_whose_time_is_over_is_of_no_type(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    say(bench, 1, "HSET k f v");
    say(bench, 1, "PEXPIRE k 10");
    bench->now_ms += 11;
    say(bench, 1, "SET k v XX");
    say(bench, 1, "INCR k");
    say(bench, 1, "PTTL k"); /* the new key has not the old one's time */
    EXPECT(bench, "1: :1^\n1: :1^\n1: $-1^\n1: :1^\n1: :-1^\n");
}

static void a_message_goes_to_all_in_the_order_in_which_they_subscribed(void **state)
{
    struct bench *bench = *state;
    for (uint64_t client = 1; client <= 5; client++) {
        engine_connect(bench->engine, client);
    }
    say(bench, 5, "SUBSCRIBE a");
    say(bench, 3, "SUBSCRIBE a");
    say(bench, 1, "SUBSCRIBE a b");
    say(bench, 4, "SUBSCRIBE a");
    say(bench, 5, "UNSUBSCRIBE a"); /* the others keep their order */
    say(bench, 1, "UNSUBSCRIBE a");
    say(bench, 1, "SUBSCRIBE a"); /* now it is the last */
    buf_clear(&bench->trace);

    say(bench, 2, "PUBLISH a hi");
    EXPECT(bench, "3: *3^$7^message^$1^a^$2^hi^\n4: *3^$7^message^$1^a^$2^hi^\n"
                  "1: *3^$7^message^$1^a^$2^hi^\n2: :3^\n");
    say(bench, 2, "PUBLISH b ho");
    EXPECT(bench, "1: *3^$7^message^$1^b^$2^ho^\n2: :1^\n");
    say(bench, 2, "PUBLISH none ho");
    EXPECT(bench, "2: :0^\n");
}

static void subscribers_share_the_bytes_of_a_message(void **state)
{
    struct bench *bench = *state;
    static const char publish[] = "PUBLISH a hi\r\n";
    for (uint64_t client = 1; client <= 3; client++) {
        engine_connect(bench->engine, client);
        if (client > 1) {
            say(bench, client, "SUBSCRIBE a");
        }
    }
    engine_feed(bench->engine, 1, publish, sizeof publish - 1, bench->now_ms, &bench->out);
    assert_int_equal(bench->out.items_len, 3);
    assert_int_equal(bench->out.items[0].offset, bench->out.items[1].offset);
    assert_int_equal(bench->out.items[0].len, bench->out.items[1].len);
}

static void a_connection_that_left_gets_nothing(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    engine_connect(bench->engine, 2);
    engine_connect(bench->engine, 3);
    say(bench, 1, "SUBSCRIBE a b c");
    say(bench, 2, "SUBSCRIBE c a");
    engine_disconnect(bench->engine, 1);
    engine_disconnect(bench->engine, 1);
    engine_disconnect(bench->engine, 99);
    buf_clear(&bench->trace);

    say(bench, 3, "PUBSUB NUMSUB a b c");
    say(bench, 3, "PUBLISH a x");
    say(bench, 1, "PING"); /* nobody is there */
    EXPECT(bench, "3: *6^$1^a^:1^$1^b^:0^$1^c^:1^\n2: *3^$7^message^$1^a^$1^x^\n3: :1^\n");
    engine_connect(bench->engine, 4); /* in the place of the first */
    say(bench, 4, "PING");
    EXPECT(bench, "4: +PONG^\n");
}

/* Leaving moves the client's last channel into the place of the left one: all must stay right. */
static void channels_may_be_left_in_any_order(void **state)
{
    struct bench *bench = *state;
    static const char *const orders[] = {"a b c d", "d c b a", "b d a c", "c a d b", "a d b c"};

    engine_connect(bench->engine, 9);
    for (uint64_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        engine_connect(bench->engine, i + 1);
        say(bench, i + 1, "SUBSCRIBE a b c d");
        buf_clear(&bench->trace);
        for (const char *at = orders[i]; *at != '\0'; at += at[1] == ' ' ? 2 : 1) {
            char words[] = "UNSUBSCRIBE ?";
            char publish[] = "PUBLISH ? x";
            words[12] = *at;
            publish[8] = *at;
            say(bench, i + 1, words);
            buf_clear(&bench->trace);
            say(bench, 9, publish);
            EXPECT(bench, "9: :0^\n");
        }
        say(bench, i + 1, "PING"); /* out of subscribe mode */
        buf_clear(&bench->trace);
        say(bench, i + 1, "ECHO x");
        assert_non_null(strstr(bench->trace.bytes, "$1^x^"));
        buf_clear(&bench->trace);
    }
}

static void a_restart_forgets_everything(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    engine_connect(bench->engine, 2);
    say(bench, 1, "SET k v");
    say(bench, 2, "SUBSCRIBE a");
    buf_clear(&bench->trace);

    engine_restart(bench->engine);
    say(bench, 1, "GET k");
    EXPECT(bench, "");
    engine_connect(bench->engine, 3);
    say(bench, 3, "GET k");
    say(bench, 3, "PUBLISH a x");
    EXPECT(bench, "3: $-1^\n3: :0^\n");
    engine_connect(bench->engine, 4); /* its half command is not that of an old one */
    say(bench, 4, "PING");
    EXPECT(bench, "4: +PONG^\n");
}

static void a_restart_forgets_half_a_command_and_a_transaction(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    say(bench, 1, "MULTI");
    feed(bench, 1, "*2\r\n$4\r\nEC", 10);
    buf_clear(&bench->trace);
    engine_restart(bench->engine);
    engine_connect(bench->engine, 2);
    say(bench, 2, "EXEC");
    EXPECT(bench, "2: -ERR EXEC without MULTI^\n");
}

static void bytes_may_be_cut_anywhere(void **state)
{
    struct bench *bench = *state;
    static const char bytes[] = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\n*1\r\nPING\r\n"
                                "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*0\r\n*1\r\n$6\r\nNOSUCH\r\n";
    static const char want[] = "+OK\r\n+PONG\r\n$4\r\n\r\n*1\r\n"
                               "-ERR unknown command 'NOSUCH', with args beginning with: \r\n";
    const size_t len = sizeof bytes - 1;
    uint64_t client = 0;

    for (size_t first = 0; first <= len; first++) {
        for (size_t second = first; second <= len; second++) {
            struct buf got = {0};
            engine_connect(bench->engine, ++client);
            engine_feed(bench->engine, client, bytes, first, 0, &bench->out);
            engine_feed(bench->engine, client, bytes + first, second - first, 0, &bench->out);
            engine_feed(bench->engine, client, bytes + second, len - second, 0, &bench->out);
            for (size_t i = 0; i < bench->out.items_len; i++) {
                buf_add(&got, bench->out.bytes.bytes + bench->out.items[i].offset,
                        bench->out.items[i].len);
            }
            assert_string_equal(got.bytes, want);
            buf_deinit(&got);
            engine_out_clear(&bench->out);
            engine_disconnect(bench->engine, client);
        }
    }
}

static void replies_of_one_piece_are_one_write(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    feed(bench, 1, "PING\r\nECHO a\r\nSUBSCRIBE x y\r\n", 29);
    EXPECT(bench, "1: +PONG^$1^a^*3^$9^subscribe^$1^x^:1^*3^$9^subscribe^$1^y^:2^\n");
}

static void after_a_protocol_error_nothing_more_is_heard(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    engine_connect(bench->engine, 2);
    say(bench, 1, "SUBSCRIBE a");
    buf_clear(&bench->trace);
    feed(bench, 1, "PING\r\n*1\r\n:1\r\nPING\r\n", 20);
    EXPECT(bench, "1: *2^$4^pong^$0^^-ERR Protocol error: expected '$', got ':'^ (closed)\n");
    say(bench, 1, "PING");
    say(bench, 2, "PUBLISH a x");
    EXPECT(bench, "2: :0^\n");
}

static void quit_closes_after_its_reply(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    feed(bench, 1, "PING\r\nQUIT\r\nPING\r\n", 18);
    EXPECT(bench, "1: +PONG^+OK^ (closed)\n");
}

static void a_command_past_the_limit_is_a_protocol_error(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    engine_connect(bench->engine, 2);
    feed(bench, 1, "*2\r\n$4\r\nECHO\r\n$1048576\r\n", 24);
    EXPECT(bench, "");
    feed(bench, 2, "*2\r\n$4\r\nECHO\r\n$1048577\r\n", 24);
    EXPECT(bench, "2: -ERR Protocol error: invalid bulk length^ (closed)\n");
    engine_connect(bench->engine, 3);
    feed(bench, 3, "*1025\r\n", 7);
    EXPECT(bench, "3: -ERR Protocol error: invalid multibulk length^ (closed)\n");
}

/* In a transaction, what others hear stands between what its client hears. */
static void a_transaction_publishes_between_its_replies(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    engine_connect(bench->engine, 2);
    say(bench, 2, "SUBSCRIBE a");
    say(bench, 1, "MULTI");
    say(bench, 1, "INCR n");
    say(bench, 1, "PUBLISH a \"x y\"");
    say(bench, 1, "GET n");
    buf_clear(&bench->trace);
    say(bench, 1, "EXEC");
    EXPECT(bench, "1: *3^:1^\n2: *3^$7^message^$1^a^$3^x y^\n1: :1^$1^1^\n");
}

static void what_is_published_is_bytes(void **state)
{
    struct bench *bench = *state;
    static const char publish[] = "*3\r\n$7\r\nPUBLISH\r\n$3\r\na\0b\r\n$4\r\n\0\r\n\xff\r\n";
    static const char want[] = "*3\r\n$7\r\nmessage\r\n$3\r\na\0b\r\n$4\r\n\0\r\n\xff\r\n";
    engine_connect(bench->engine, 1);
    engine_connect(bench->engine, 2);
    feed(bench, 2, "*2\r\n$9\r\nSUBSCRIBE\r\n$3\r\na\0b\r\n", 28);
    engine_feed(bench->engine, 1, publish, sizeof publish - 1, 0, &bench->out);
    assert_int_equal(bench->out.items_len, 2);
    assert_int_equal(bench->out.items[0].len, sizeof want - 1);
    assert_memory_equal(bench->out.bytes.bytes + bench->out.items[0].offset, want, sizeof want - 1);
}

static void all_fields_come_in_the_order_of_first_sight(void **state)
{
    struct bench *bench = *state;
    engine_connect(bench->engine, 1);
    say(bench, 1, "HSET h z 1 a 2 m 3");
    say(bench, 1, "HDEL h a");
    say(bench, 1, "HSET h b 4");
    buf_clear(&bench->trace);
    say(bench, 1, "HGETALL h");
    EXPECT(bench, "1: *6^$1^z^$1^1^$1^m^$1^3^$1^b^$1^4^\n");
}

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_key_lives_to_its_last_millisecond),
        CASE(a_ttl_is_rounded_to_the_nearest_second),
        CASE(a_write_keeps_or_clears_the_time_of_a_key),
        CASE(a_key_whose_time_is_over_is_of_no_type),
        CASE(a_message_goes_to_all_in_the_order_in_which_they_subscribed),
        CASE(subscribers_share_the_bytes_of_a_message),
        CASE(a_connection_that_left_gets_nothing),
        CASE(channels_may_be_left_in_any_order),
        CASE(a_restart_forgets_everything),
        CASE(a_restart_forgets_half_a_command_and_a_transaction),
        CASE(bytes_may_be_cut_anywhere),
        CASE(replies_of_one_piece_are_one_write),
        CASE(after_a_protocol_error_nothing_more_is_heard),
        CASE(quit_closes_after_its_reply),
        CASE(a_command_past_the_limit_is_a_protocol_error),
        CASE(a_transaction_publishes_between_its_replies),
        CASE(what_is_published_is_bytes),
        CASE(all_fields_come_in_the_order_of_first_sight),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
