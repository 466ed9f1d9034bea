/* labels: sim */
/* timeout: 60 */
/* Our Redis client beside hiredis' own, both with one real server: the same commands on keys of their
 * own, the same channels. What ours gives out must be what hiredis' client says. */
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "server/engine/tests/real_redis.h"
#include "server/redis/redis.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_COUNT   400
#define COMMANDS_MAX   20 /* of a round, written without waiting for replies */
#define CHANNELS_COUNT 6
#define STREAMS_COUNT  2
#define WAIT_MS_MAX    5000

struct desk {
    struct real_redis real;
    redisContext *judge, *judge_subscribed;
    struct redis *ours;
    struct redis_out out;
    struct stream {
        uint64_t link;
        int fd;
    } streams[STREAMS_COUNT];
    struct buf replies, messages; /* what ours gave out: a line each */
    uint64_t replies_count, messages_count, confirmed_count;
    struct rng rng;
};

static struct desk desk;

static struct mono now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (struct mono){(int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000};
}

static uint64_t draw(void *user)
{
    return rng_u64(user);
}

/* --- Ours ----------------------------------------------------------------------------------- */

static void stream_open(uint64_t link)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)desk.real.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    size_t i = 0;

    while (desk.streams[i].link != 0) {
        i++;
        assert_true(i < STREAMS_COUNT);
    }
    desk.streams[i].link = link;
    desk.streams[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(desk.streams[i].fd, (struct sockaddr *)&address, sizeof address), 0);
}

static int fd_of(uint64_t link)
{
    for (size_t i = 0; i < STREAMS_COUNT; i++) {
        if (desk.streams[i].link == link) {
            return desk.streams[i].fd;
        }
    }
    fail_msg("no such link");
    return -1;
}

static void add_reply(const struct redis_item *item, const char *text)
{
    struct buf *ret = &desk.replies;

    desk.replies_count++;
    buf_add_u64(ret, item->tag);
    if (item->err == HB_EAGAIN) {
        buf_add_text(ret, " error ");
        buf_add(ret, text, item->text_len);
    } else if (item->err != HB_OK) {
        buf_add_text(ret, " lost");
    } else if (item->reply == REDIS_REPLY_INT) {
        buf_printf(ret, " int %" PRId64, item->integer);
    } else if (item->reply == REDIS_REPLY_TEXT) {
        buf_add_text(ret, " text ");
        buf_add(ret, text, item->text_len);
    } else {
        buf_add_text(ret, item->reply == REDIS_REPLY_NONE ? " none" : " other");
    }
    buf_add_char(ret, '\n');
}

/* Does what ours wants done. */
static void carry_out(void)
{
    for (size_t i = 0; i < desk.out.items_len; i++) {
        const struct redis_item item = desk.out.items[i];
        const char *text = item.text_len > 0 ? desk.out.bytes.bytes + item.text_offset : "";
        switch (item.kind) {
        case REDIS_OUT_OPEN:
            stream_open(item.link);
            redis_opened(desk.ours, item.link, now(), &desk.out); /* adds behind */
            break;
        case REDIS_OUT_WRITE:
            assert_int_equal(send(fd_of(item.link), text, item.text_len, MSG_NOSIGNAL),
                             item.text_len);
            break;
        case REDIS_OUT_REPLY:
            add_reply(&item, text);
            break;
        case REDIS_OUT_MESSAGE:
            desk.messages_count++;
            buf_printf(&desk.messages, "%" PRIu64 " ", item.tag);
            buf_add(&desk.messages, text, item.text_len);
            buf_add_char(&desk.messages, '\n');
            break;
        case REDIS_OUT_SUBSCRIBED:
            desk.confirmed_count++;
            break;
        case REDIS_OUT_CONNECTED:
            break;
        case REDIS_OUT_CLOSE:
        case REDIS_OUT_GREETING_REFUSED:
        case REDIS_OUT_REFUSED:
        case REDIS_OUT_SUBSCRIPTIONS_LOST:
        case REDIS_OUT_DISCONNECTED:
            fail_msg("ours gives a good server up");
        }
    }
    redis_out_clear(&desk.out);
}

static void wait_for(const uint64_t *count, uint64_t wanted)
{
    while (*count < wanted) {
        struct pollfd polled[STREAMS_COUNT];
        for (size_t i = 0; i < STREAMS_COUNT; i++) {
            polled[i] = (struct pollfd){.fd = desk.streams[i].fd, .events = POLLIN};
        }
        assert_true(poll(polled, STREAMS_COUNT, WAIT_MS_MAX) > 0);
        for (size_t i = 0; i < STREAMS_COUNT; i++) {
            char bytes[512];
            if ((polled[i].revents & POLLIN) != 0) {
                const ssize_t len = recv(polled[i].fd, bytes, sizeof bytes, 0);
                assert_true(len > 0);
                redis_bytes(desk.ours, desk.streams[i].link, bytes, (size_t)len, now(), &desk.out);
                carry_out();
            }
        }
    }
}

/* --- The judge ------------------------------------------------------------------------------ */

static void add_judged(struct buf *ret, uint64_t tag, const redisReply *reply)
{
    buf_add_u64(ret, tag);
    switch (reply->type) {
    case REDIS_REPLY_INTEGER:
        buf_printf(ret, " int %lld", reply->integer);
        break;
    case REDIS_REPLY_NIL:
        buf_add_text(ret, " none");
        break;
    case REDIS_REPLY_ARRAY:
        buf_add_text(ret, " other");
        break;
    default:
        buf_add_text(ret, reply->type == REDIS_REPLY_ERROR ? " error " : " text ");
        buf_add(ret, reply->str, reply->len);
    }
    buf_add_char(ret, '\n');
}

static void expect_same(const struct buf *ours, const struct buf *judged, int round)
{
    if (ours->len != judged->len ||
        (ours->len > 0 && memcmp(ours->bytes, judged->bytes, ours->len) != 0)) {
        fail_msg("round %d: ours\n%s\nhiredis'\n%s", round, ours->len > 0 ? ours->bytes : "",
                 judged->len > 0 ? judged->bytes : "");
    }
}

/* --- Commands ------------------------------------------------------------------------------- */

/* '%' stands for whose key it is; a word "?" for drawn bytes. */
static const char *const commands[][5] = {
    {"SET", "%a", "?"},
    {"GET", "%a"},
    {"GET", "%none"},
    {"INCR", "%n"},
    {"INCRBY", "%n", "-17"},
    {"INCR", "%a"},
    {"DEL", "%a", "%b"},
    {"HSET", "%h", "f", "?"},
    {"HGET", "%h", "f"},
    {"HGETALL", "%h"},
    {"HGET", "%a", "f"},
    {"ZADD", "%z", "5", "?"},
    {"ZRANGE", "%z", "0", "-1"},
    {"ECHO", "?"},
    {"PING"},
    {"NOSUCH", "?"},
    {"EXPIRE", "%a", "100"},
    {"GET"},
    {"TYPE", "%z"},
    {"EXISTS", "%a", "%n"},
};

static void words_of(const char *const *command, char whose, const struct buf *bytes,
                     struct buf ret[5], int *ret_len)
{
    *ret_len = 0;
    for (; *ret_len < 5 && command[*ret_len] != NULL; (*ret_len)++) {
        const char *word = command[*ret_len];
        buf_reserve(&ret[*ret_len], 1);
        if (*word == '%') {
            buf_add_char(&ret[*ret_len], whose);
            buf_add_text(&ret[*ret_len], word + 1);
        } else if (*word == '?') {
            buf_add(&ret[*ret_len], bytes->bytes, bytes->len);
        } else {
            buf_add_text(&ret[*ret_len], word);
        }
    }
}

static void draw_bytes(struct buf *ret)
{
    static const char *const some[] = {"", "x", "12", "a\r\nb", "$-1\r\n", "\xff\xfe"};
    const int64_t pick = rng_between(&desk.rng, 0, 7);

    buf_reserve(ret, 1);
    if (pick < 6) {
        buf_add_text(ret, some[pick]);
    }
    for (int64_t left = pick == 6 ? rng_between(&desk.rng, 500, 5000) : 0; left > 0; left--) {
        buf_add_char(ret, (char)rng_between(&desk.rng, 0, 255));
    }
}

static void both(uint64_t tag, struct buf *judged)
{
    const size_t pick =
        (size_t)rng_between(&desk.rng, 0, (int64_t)(sizeof commands / sizeof commands[0]) - 1);
    struct buf bytes = {0};

    draw_bytes(&bytes);
    for (int which = 0; which < 2; which++) {
        struct buf words[5] = {{0}};
        const char *argv[5];
        size_t argv_len[5];
        int argc;
        words_of(commands[pick], which == 0 ? 'o' : 'j', &bytes, words, &argc);
        for (int i = 0; i < argc; i++) {
            argv[i] = words[i].bytes;
            argv_len[i] = words[i].len;
        }
        if (which == 0) {
            assert_int_equal(redis_command(desk.ours, argc, argv, argv_len, tag, now(), &desk.out),
                             HB_OK);
            carry_out();
        } else {
            redisReply *reply = redisCommandArgv(desk.judge, argc, argv, argv_len);
            assert_non_null(reply);
            add_judged(judged, tag, reply);
            freeReplyObject(reply);
        }
        for (int i = 0; i < argc; i++) {
            buf_deinit(&words[i]);
        }
    }
    buf_deinit(&bytes);
}

static void replies_are_those_that_hiredis_client_gives(void **state)
{
    uint64_t tag = 0;

    (void)state;
    for (int round = 0; round < ROUNDS_COUNT; round++) {
        struct buf judged = {0};
        for (int64_t left = rng_between(&desk.rng, 1, COMMANDS_MAX); left > 0; left--) {
            both(++tag, &judged);
        }
        wait_for(&desk.replies_count, tag);
        expect_same(&desk.replies, &judged, round);
        buf_clear(&desk.replies);
        buf_deinit(&judged);
    }
}

/* --- Channels ------------------------------------------------------------------------------- */

/* The next that the judge hears: its kind; a message is added as ours are shown. */
static void judge_hears(const char *kind, struct buf *judged)
{
    void *got = NULL;

    assert_int_equal(redisGetReply(desk.judge_subscribed, &got), REDIS_OK);
    const redisReply *reply = got;
    assert_int_equal(reply->elements, 3);
    assert_string_equal(reply->element[0]->str, kind);
    if (judged != NULL) {
        buf_printf(judged, "%d ", reply->element[1]->str[1] - '0');
        buf_add(judged, reply->element[2]->str, reply->element[2]->len);
        buf_add_char(judged, '\n');
    }
    freeReplyObject(got);
}

static void toggle(size_t channel, bool wanted)
{
    char name[8];
    const int len = snprintf(name, sizeof name, "c%zu", channel);
    const uint64_t confirmed = desk.confirmed_count;

    if (wanted) {
        redis_subscribe(desk.ours, name, (size_t)len, channel);
        redis_ask(desk.ours, now(), &desk.out);
        carry_out();
        wait_for(&desk.confirmed_count, confirmed + 1);
    } else {
        redis_unsubscribe(desk.ours, name, (size_t)len, now(), &desk.out);
        carry_out();
    }
    assert_int_equal(redisAppendCommand(desk.judge_subscribed, "%s %s",
                                        wanted ? "SUBSCRIBE" : "UNSUBSCRIBE", name),
                     REDIS_OK);
    judge_hears(wanted ? "subscribe" : "unsubscribe", NULL);
}

static void messages_are_those_that_hiredis_client_gives(void **state)
{
    bool wanted[CHANNELS_COUNT] = {false};
    uint64_t count = 0;

    (void)state;
    for (int round = 0; round < ROUNDS_COUNT; round++) {
        struct buf judged = {0};
        const size_t turned = (size_t)rng_between(&desk.rng, 0, CHANNELS_COUNT - 1);
        wanted[turned] = !wanted[turned];
        toggle(turned, wanted[turned]);
        for (int64_t left = rng_between(&desk.rng, 1, COMMANDS_MAX); left > 0; left--) {
            const size_t channel = (size_t)rng_between(&desk.rng, 0, CHANNELS_COUNT - 1);
            struct buf bytes = {0};
            draw_bytes(&bytes);
            freeReplyObject(
                redisCommand(desk.judge, "PUBLISH c%d %b", (int)channel, bytes.bytes, bytes.len));
            buf_deinit(&bytes);
            if (wanted[channel]) {
                judge_hears("message", &judged);
                count++;
            }
        }
        wait_for(&desk.messages_count, count);
        expect_same(&desk.messages, &judged, round);
        buf_clear(&desk.messages);
        buf_deinit(&judged);
    }
    assert_true(count > ROUNDS_COUNT);
}

/* --- The program ---------------------------------------------------------------------------- */

static int setup(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    desk = (struct desk){.rng = rng_stream(1, "redis.judged", 0, 0)};
    if (!real_redis_start(&desk.real)) {
        return -1;
    }
    desk.judge = real_redis_connect(&desk.real);
    desk.judge_subscribed = real_redis_connect(&desk.real);
    desk.ours = redis_new(&(struct redis_config){.backoff_us_min = 1000,
                                                 .backoff_us_max = 20000,
                                                 .command_timeout_us = 10000000,
                                                 .ping_interval_us = 10000000,
                                                 .entropy = {draw, &desk.rng}});
    redis_start(desk.ours, now(), &desk.out);
    carry_out();
    return desk.judge != NULL && desk.judge_subscribed != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < STREAMS_COUNT; i++) {
        if (desk.streams[i].link != 0) {
            (void)close(desk.streams[i].fd);
        }
    }
    redis_free(&desk.ours);
    redis_out_deinit(&desk.out);
    redisFree(desk.judge);
    redisFree(desk.judge_subscribed);
    buf_deinit(&desk.replies);
    buf_deinit(&desk.messages);
    real_redis_stop(&desk.real);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_those_that_hiredis_client_gives),
        cmocka_unit_test(messages_are_those_that_hiredis_client_gives),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
