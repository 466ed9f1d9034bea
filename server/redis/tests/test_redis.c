/* Links and commands of the Redis client: order, loss, back-off, silence, garbage. */
#include "server/base/mem.h"
#include "server/base/tests/test.h"
#include "server/redis/redis.h"
#include "server/redis/tests/rig.h"

#include <string.h>

static void both_links_are_opened_at_the_start(void **state)
{
    struct rig *rig = *state;

    redis_start(rig->redis, rig->now, &rig->out);
    assert_int_equal(rig->out.items_len, 2);
    assert_int_equal(rig->out.items[0].kind, REDIS_OUT_OPEN);
    assert_int_equal(rig->out.items[1].kind, REDIS_OUT_OPEN);
    assert_int_not_equal(rig->out.items[0].link, rig->out.items[1].link);
    redis_out_clear(&rig->out);

    assert_false(redis_connected(rig->redis));
    assert_int_equal(rig_command(rig, 7, "GET", "k"), HB_EAGAIN); /* nothing is written */
    EXPECT_TRACE(rig, "");
    rig_opened(rig, 1);
    EXPECT_TRACE(rig, "connected\n");
    assert_true(redis_connected(rig->redis));
}

static void replies_go_to_the_commands_in_the_order_of_writing(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);

    assert_int_equal(rig_command(rig, 1, "GET", "a"), HB_OK);
    assert_int_equal(rig_command(rig, 2, "INCR", "b"), HB_OK);
    assert_int_equal(rig_command(rig, 0, "DEL", "c"), HB_OK); /* of no interest, but it counts */
    assert_int_equal(rig_command(rig, 3, "PING", NULL), HB_OK);
    assert_int_equal(rig_command(rig, 4, "INCR", "a"), HB_OK);
    assert_int_equal(rig_command(rig, 5, "EXEC", NULL), HB_OK);
    assert_int_equal(rig_command(rig, 6, "GET", "none"), HB_OK);
    EXPECT_TRACE(rig, "write 1 GET a\nwrite 1 INCR b\nwrite 1 DEL c\nwrite 1 PING\n"
                      "write 1 INCR a\nwrite 1 EXEC\nwrite 1 GET none\n");

    rig_bytes(rig, 1, "$3^x y^:-42^:9^+PONG^-ERR value is not an integer^*2^:1^$1^z^$-1^");
    EXPECT_TRACE(rig, "reply 1 text x y\nreply 2 int -42\nreply 3 text PONG\n"
                      "reply 4 error ERR value is not an integer\nreply 5 list 1 z\nreply 6 nil\n");
}

static void bytes_may_be_cut_anywhere(void **state)
{
    (void)state;
    static const char bytes[] =
        "$5\r\na\r\nbc\r\n:12\r\n+OK\r\n-ERR no\r\n*2\r\n$1\r\nq\r\n*0\r\n$0\r\n\r\n";
    const size_t len = sizeof bytes - 1;

    for (size_t first = 0; first <= len; first++) {
        for (size_t second = first; second <= len; second++) {
            struct rig rig;
            rig_init(&rig);
            rig_open(&rig);
            for (uint64_t tag = 1; tag <= 6; tag++) {
                assert_int_equal(rig_command(&rig, tag, "X", NULL), HB_OK);
            }
            buf_clear(&rig.trace);
            rig_feed(&rig, 1, bytes, first);
            rig_feed(&rig, 1, bytes + first, second - first);
            rig_feed(&rig, 1, bytes + second, len - second);
            EXPECT_TRACE(&rig, "reply 1 text a\r\nbc\nreply 2 int 12\nreply 3 text OK\n"
                               "reply 4 error ERR no\nreply 5 list q\nreply 6 text \n");
            rig_deinit(&rig);
        }
    }
}

static void a_lost_link_answers_each_command_once_with_unknown(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    (void)rig_command(rig, 1, "INCR", "a");
    (void)rig_command(rig, 2, "INCR", "b");
    (void)rig_command(rig, 0, "INCR", "c");
    (void)rig_command(rig, 3, "INCR", "d");
    rig_bytes(rig, 1, ":1^:"); /* the second reply is torn */
    EXPECT_TRACE(rig, "write 1 INCR a\nwrite 1 INCR b\nwrite 1 INCR c\nwrite 1 INCR d\n"
                      "reply 1 int 1\n");

    rig_lost(rig, 1);
    EXPECT_TRACE(rig, "disconnected\nreply 2 unknown\nreply 3 unknown\n");
    assert_false(redis_connected(rig->redis));
    rig_lost(rig, 1);
    rig_bytes(rig, 1, "5^");
    EXPECT_TRACE(rig, "");

    /* The torn reply does not reach into the next link. */
    rig_wait(rig, RIG_BACKOFF_US_MAX);
    rig_opened(rig, 3);
    (void)rig_command(rig, 4, "INCR", "a");
    rig_bytes(rig, 3, ":2^");
    EXPECT_TRACE(rig, "open 3\nconnected\nwrite 3 INCR a\nreply 4 int 2\n");
}

static void events_of_an_old_link_are_ignored(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_lost(rig, 1);
    rig_wait(rig, RIG_BACKOFF_US_MAX);
    rig_opened(rig, 3);
    (void)rig_command(rig, 9, "GET", "k");
    EXPECT_TRACE(rig, "disconnected\nopen 3\nconnected\nwrite 3 GET k\n");

    rig_bytes(rig, 1, "$3^old^");
    rig_opened(rig, 1);
    rig_lost(rig, 1);
    rig_opened(rig, 3); /* twice */
    rig_bytes(rig, 99, "$3^new^");
    rig_lost(rig, 99);
    EXPECT_TRACE(rig, "");
    rig_bytes(rig, 3, "$3^own^");
    EXPECT_TRACE(rig, "reply 9 text own\n");
}

static void bytes_before_the_stream_is_open_are_ignored(void **state)
{
    struct rig *rig = *state;
    redis_start(rig->redis, rig->now, &rig->out);
    redis_out_clear(&rig->out);

    rig_bytes(rig, 1, "+OK^");
    EXPECT_TRACE(rig, "");
}

/* The longest pause after the n-th loss in a row is the least, doubled n times, up to the most. */
static void pauses_double_up_to_the_most(void **state)
{
    struct rig *rig = *state;
    static const int64_t most[] = {1000, 2000, 4000, 8000, 8000, 8000};
    uint64_t link = 1;
    rig_open(rig);

    for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
        rig->draw = (uint64_t)most[i] - 1; /* the greatest that gives no less */
        rig_lost(rig, link);
        const int64_t lost_us = rig->now.us;
        assert_int_equal(redis_wake_at(rig->redis).us, lost_us + most[i]);
        rig_wait(rig, most[i] - 1);
        EXPECT_TRACE(rig, "disconnected\n");
        rig_wait(rig, 1);
        link = i + 3;
        buf_clear(&rig->trace);
        rig_opened(rig, link); /* it opens and dies: that is not stable */
        EXPECT_TRACE(rig, "connected\n");
    }
}

static void pauses_have_full_jitter(void **state)
{
    (void)state;
    static const struct {
        uint64_t draw;
        int64_t pause_us;
    } cases[] = {{0, 1}, {1, 2}, {499, 500}, {999, 1000}, {1000, 1}, {UINT64_MAX, 616}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        rig_init(&rig);
        rig_open(&rig);
        rig.draw = cases[i].draw;
        rig_lost(&rig, 1);
        assert_int_equal(redis_wake_at(rig.redis).us - rig.now.us, cases[i].pause_us);
        rig_deinit(&rig);
    }
}

static void a_stable_link_starts_the_pauses_anew(void **state)
{
    static const struct {
        const char *name;
        int64_t lived_us, pause_us;
    } cases[] = {
        {"just not stable", RIG_BACKOFF_US_MAX - 1, 4000},
        {"stable", RIG_BACKOFF_US_MAX, 1000},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        print_message("case: %s\n", cases[i].name);
        rig_init(&rig);
        rig_open(&rig);
        rig_lost(&rig, 1);
        rig_wait(&rig, 1);
        rig_lost(&rig, 3); /* refused */
        rig_wait(&rig, 1);
        rig_opened(&rig, 4);
        rig_wait(&rig, cases[i].lived_us);
        rig.draw = 3999;
        rig_lost(&rig, 4);
        assert_int_equal(redis_wake_at(rig.redis).us - rig.now.us, cases[i].pause_us);
        rig_deinit(&rig);
    }
}

static void a_stream_that_does_not_open_in_time_is_given_up(void **state)
{
    struct rig *rig = *state;
    redis_start(rig->redis, rig->now, &rig->out);
    redis_out_clear(&rig->out);
    rig_opened(rig, 2);

    rig_wait(rig, RIG_TIMEOUT_US - 1);
    EXPECT_TRACE(rig, "");
    rig_wait(rig, 1);
    EXPECT_TRACE(rig, "close 1\n");
    rig_opened(rig, 1);
    EXPECT_TRACE(rig, "");
    rig_wait(rig, 1);
    EXPECT_TRACE(rig, "open 3\n");
}

static void a_late_reply_closes_the_link(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    (void)rig_command(rig, 1, "GET", "a");
    rig_wait(rig, RIG_TIMEOUT_US / 2);
    (void)rig_command(rig, 2, "GET", "b");
    rig_wait(rig, RIG_TIMEOUT_US / 2 - 1);
    EXPECT_TRACE(rig, "write 1 GET a\nwrite 1 GET b\n");

    rig_wait(rig, 1); /* the first one is late, the second is lost with it */
    EXPECT_TRACE(rig, "close 1\ndisconnected\nreply 1 unknown\nreply 2 unknown\n");
    rig_bytes(rig, 1, "$1^a^$1^b^");
    EXPECT_TRACE(rig, "");
}

static void the_deadline_is_that_of_the_oldest_command(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    (void)rig_command(rig, 1, "GET", "a");
    rig_wait(rig, RIG_TIMEOUT_US - 1);
    (void)rig_command(rig, 2, "GET", "b");
    rig_bytes(rig, 1, "$1^a^");
    EXPECT_TRACE(rig, "write 1 GET a\nwrite 1 GET b\nreply 1 text a\n");

    rig_wait(rig, RIG_TIMEOUT_US - 1);
    EXPECT_TRACE(rig, "");
    rig_bytes(rig, 1, "$1^b^");
    EXPECT_TRACE(rig, "reply 2 text b\n");
}

static void a_silent_command_link_is_pinged(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_lost(rig, 2); /* this one reopens and is refused for ever: not of interest here */
    buf_clear(&rig->trace);
    rig->draw = 7999;

    rig_wait(rig, RIG_PING_US - 1);
    assert_null(strstr(rig->trace.bytes, "PING"));
    rig_wait(rig, 1);
    assert_non_null(strstr(rig->trace.bytes, "write 1 PING\n"));
    buf_clear(&rig->trace);

    (void)rig_command(rig, 5, "GET", "a"); /* behind the PING */
    rig_bytes(rig, 1, "+PONG^$1^a^");
    EXPECT_TRACE(rig, "write 1 GET a\nreply 5 text a\n");
}

static void a_ping_without_an_answer_closes_the_link(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_wait(rig, RIG_PING_US);
    EXPECT_TRACE(rig, "write 1 PING\nwrite 2 PING\n");

    rig_bytes(rig, 2, "+PONG^");
    rig_wait(rig, RIG_TIMEOUT_US);
    EXPECT_TRACE(rig, "close 1\ndisconnected\n");
}

static void any_byte_postpones_the_ping(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_wait(rig, RIG_PING_US - 1);
    (void)rig_command(rig, 1, "GET", "a");
    rig_bytes(rig, 1, "$1^a^");
    rig_bytes(rig, 2, "");
    buf_clear(&rig->trace);

    rig_wait(rig, 1);
    EXPECT_TRACE(rig, "write 2 PING\n"); /* the other one stayed silent: nothing was heard */
    rig_bytes(rig, 2, "+PONG^");
    rig_wait(rig, RIG_PING_US - 2);
    EXPECT_TRACE(rig, "");
    rig_wait(rig, 1);
    EXPECT_TRACE(rig, "write 1 PING\n");
}

static void what_is_not_resp2_closes_the_link(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "hello^",
        "%1^+a^+b^",              /* a RESP3 map */
        "_^",                     /* a RESP3 null */
        ">2^+a^+b^",              /* a RESP3 push */
        "$-2^",                   /* a length below nil's */
        ":99999999999999999999^", /* past int64 */
        ":1x^",
        "*1^*1^*1^*1^*1^*1^*1^*1^*1^*1^:1^", /* deeper than the parser goes */
        "*262145^",                          /* more elements than a reply can hold */
        "*2000000000^",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        print_message("case: %s\n", cases[i]);
        rig_init(&rig);
        rig_open(&rig);
        (void)rig_command(&rig, 1, "GET", "a");
        (void)rig_command(&rig, 2, "GET", "b");
        buf_clear(&rig.trace);
        rig_bytes(&rig, 1, ":5^");
        rig_bytes(&rig, 1, cases[i]);
        EXPECT_TRACE(&rig, "reply 1 int 5\nclose 1\ndisconnected\nreply 2 unknown\n");
        rig_bytes(&rig, 1, ":6^");
        EXPECT_TRACE(&rig, "");
        rig_deinit(&rig);
    }
}

static void an_answer_to_nothing_closes_the_link(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);

    rig_bytes(rig, 1, "+OK^+OK^");
    EXPECT_TRACE(rig, "close 1\ndisconnected\n");
}

/* A bulk of `len` bytes with its header and CRLF: 8 bytes more for seven digits, 2 for the end. */
static void feed_bulk(struct rig *rig, size_t len, size_t piece)
{
    struct buf bytes = {0};

    buf_printf(&bytes, "$%zu\r\n", len);
    buf_reserve(&bytes, len + 2);
    memset(bytes.bytes + bytes.len, 'x', len);
    bytes.len += len;
    buf_add(&bytes, "\r\n", 2);
    for (size_t at = 0; at < bytes.len; at += piece) {
        rig_feed(rig, 1, bytes.bytes + at, bytes.len - at < piece ? bytes.len - at : piece);
    }
    buf_deinit(&bytes);
}

static void a_reply_past_the_limit_closes_the_link(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t bytes; /* of the whole reply */
        bool taken;
    } cases[] = {
        {"at the limit", REDIS_REPLY_BYTES_MAX, true},
        {"one past the limit", REDIS_REPLY_BYTES_MAX + 1, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t piece = 5000; piece < (size_t)3 * REDIS_REPLY_BYTES_MAX; piece *= 400) {
            struct rig rig;
            print_message("case: %s, in pieces of %zu\n", cases[i].name, piece);
            rig_init(&rig);
            rig_open(&rig);
            (void)rig_command(&rig, 1, "GET", "a");
            buf_clear(&rig.trace);
            feed_bulk(&rig, cases[i].bytes - 12, piece);
            assert_int_equal(redis_connected(rig.redis), cases[i].taken);
            assert_int_equal(strncmp(rig.trace.bytes, "reply 1 text xxx", 16) == 0, cases[i].taken);
            rig_deinit(&rig);
        }
    }
}

static void a_long_array_in_small_pieces_counts_as_a_whole(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    (void)rig_command(rig, 1, "KEYS", "a");
    buf_clear(&rig->trace);

    rig_bytes(rig, 1, "*200000^");
    for (int i = 0; i < 199999 && redis_connected(rig->redis); i++) {
        rig_bytes(rig, 1, "$2^ab^");
    }
    EXPECT_TRACE(rig, "close 1\ndisconnected\nreply 1 unknown\n");
}

static void many_replies_may_be_longer_together_than_the_limit(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);

    for (uint64_t tag = 1; tag <= 3; tag++) {
        assert_int_equal(rig_command(rig, tag, "GET", "a"), HB_OK);
        buf_clear(&rig->trace);
        feed_bulk(rig, REDIS_REPLY_BYTES_MAX / 2, 100000);
        assert_true(redis_connected(rig->redis));
    }
}

static void a_full_pipeline_takes_no_more(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);

    for (int i = 0; i < REDIS_PIPELINE_MAX; i++) {
        assert_int_equal(rig_command(rig, (uint64_t)i + 1, "GET", NULL), HB_OK);
        buf_clear(&rig->trace);
    }
    assert_int_equal(rig_command(rig, 70000, "GET", NULL), HB_EAGAIN);
    EXPECT_TRACE(rig, "");
    rig_bytes(rig, 1, ":1^");
    EXPECT_TRACE(rig, "reply 1 int 1\n");
    assert_int_equal(rig_command(rig, 70001, "GET", NULL), HB_OK);
    buf_clear(&rig->trace);

    rig_lost(rig, 1);
    const char *at = rig->trace.bytes;
    int unknown = 0;
    while ((at = strstr(at, " unknown\n")) != NULL) {
        at++;
        unknown++;
    }
    assert_int_equal(unknown, REDIS_PIPELINE_MAX); /* each once */
    assert_non_null(strstr(rig->trace.bytes, "disconnected\nreply 2 unknown\n"));
    assert_non_null(strstr(rig->trace.bytes, "reply 65536 unknown\nreply 70001 unknown\n"));
}

static void arguments_are_bytes(void **state)
{
    struct rig *rig = *state;
    const char *const argv[] = {"SET", "k\0\r\n", ""};
    const size_t argv_len[] = {3, 4, 0};
    static const char want[] = "*3\r\n$3\r\nSET\r\n$4\r\nk\0\r\n\r\n$0\r\n\r\n";
    rig_open(rig);

    assert_int_equal(redis_command(rig->redis, 3, argv, argv_len, 1, rig->now, &rig->out), HB_OK);
    assert_int_equal(rig->out.items[0].text_len, sizeof want - 1);
    assert_memory_equal(rig->out.bytes.bytes + rig->out.items[0].text_offset, want,
                        sizeof want - 1);
}

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        CASE(both_links_are_opened_at_the_start),
        CASE(replies_go_to_the_commands_in_the_order_of_writing),
        CASE(bytes_may_be_cut_anywhere),
        CASE(a_lost_link_answers_each_command_once_with_unknown),
        CASE(events_of_an_old_link_are_ignored),
        CASE(bytes_before_the_stream_is_open_are_ignored),
        CASE(pauses_double_up_to_the_most),
        CASE(pauses_have_full_jitter),
        CASE(a_stable_link_starts_the_pauses_anew),
        CASE(a_stream_that_does_not_open_in_time_is_given_up),
        CASE(a_late_reply_closes_the_link),
        CASE(the_deadline_is_that_of_the_oldest_command),
        CASE(a_silent_command_link_is_pinged),
        CASE(a_ping_without_an_answer_closes_the_link),
        CASE(any_byte_postpones_the_ping),
        CASE(what_is_not_resp2_closes_the_link),
        CASE(an_answer_to_nothing_closes_the_link),
        CASE(a_reply_past_the_limit_closes_the_link),
        CASE(a_long_array_in_small_pieces_counts_as_a_whole),
        CASE(many_replies_may_be_longer_together_than_the_limit),
        CASE(a_full_pipeline_takes_no_more),
        CASE(arguments_are_bytes),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
