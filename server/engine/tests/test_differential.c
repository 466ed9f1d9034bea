/* labels: sim */
/* timeout: 120 */
/* The virtual Redis against a real one: the same seeded commands to both, the bytes compared.
 *
 * Five connections; strings, times, hashes, sorted sets, transactions, channels, and what is
 * malformed. Redis leaves the order of some replies open (HGETALL, UNSUBSCRIBE of all): their lines
 * are compared sorted. Times pass during the test, so that a TTL may differ by a moment.
 *
 *   test_engine_differential [FILTER [SEED]] */
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/base/sort.h"
#include "server/base/tests/test.h"
#include "server/engine/engine.h"
#include "server/engine/tests/real_redis.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNS_COUNT    5
#define COMMANDS_COUNT 10000
/* Seconds and milliseconds that a key is given to live, and how far the two may be apart. */
#define LIVES_S_MIN  2000
#define LIVES_S_MAX  8000
#define TTL_APART_S  4
#define TTL_APART_MS 4000

struct conn {
    uint64_t id;        /* at the virtual one */
    redisContext *real; /* NULL: none yet */
    struct buf want, got;
    bool want_end;
};

struct duel {
    struct real_redis real;
    struct engine *engine;
    struct engine_out out;
    struct conn conns[CONNS_COUNT];
    uint64_t next_id;
    struct rng rng, cuts;
    struct buf sent;
    int64_t compared_count;
};

static uint64_t seed = 1;

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Comparing ------------------------------------------------------------------------------ */

struct line {
    const char *bytes;
    size_t len;
};

static int line_compare(const void *a_pointer, const void *b_pointer)
{
    const struct line *a = a_pointer;
    const struct line *b = b_pointer;
    const size_t len = a->len < b->len ? a->len : b->len;
    const int order = len > 0 ? memcmp(a->bytes, b->bytes, len) : 0;
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static struct line *lines_of(const struct buf *text, size_t *ret_count)
{
    struct line *lines = hb_calloc(text->len + 1, sizeof *lines);
    const char *at = text->len > 0 ? text->bytes : "";
    const char *end = at + text->len;

    *ret_count = 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline != NULL ? newline + 1 : end;
        lines[(*ret_count)++] = (struct line){at, (size_t)(next - at)};
        at = next;
    }
    return lines;
}

/* Two times left of one key, asked for at nearly the same moment? */
static bool times_agree(struct line a, struct line b)
{
    if (a.bytes[0] != ':' || b.bytes[0] != ':') {
        return false;
    }
    const long long left = strtoll(a.bytes + 1, NULL, 10);
    const long long right = strtoll(b.bytes + 1, NULL, 10);
    const long long apart = left < right ? right - left : left - right;
    const long long least = left < right ? left : right;
    const long long most = left < right ? right : left;
    return (least >= LIVES_S_MIN - TTL_APART_S && most <= LIVES_S_MAX && apart <= TTL_APART_S) ||
           (least >= LIVES_S_MIN * 1000LL - TTL_APART_MS && most <= LIVES_S_MAX * 1000LL &&
            apart <= TTL_APART_MS);
}

static bool same(const struct buf *want, const struct buf *got, bool unordered)
{
    size_t want_count, got_count;
    struct line *wants = lines_of(want, &want_count);
    struct line *gots = lines_of(got, &got_count);
    bool equal = want_count == got_count;

    if (unordered) {
        hb_sort(wants, want_count, sizeof *wants, line_compare);
        hb_sort(gots, got_count, sizeof *gots, line_compare);
    }
    for (size_t i = 0; equal && i < want_count; i++) {
        equal = line_compare(&wants[i], &gots[i]) == 0 || times_agree(wants[i], gots[i]);
    }
    free(wants);
    free(gots);
    return equal;
}

static void show(const char *what, const struct buf *bytes)
{
    struct buf shown = {0};

    for (size_t i = 0; i < bytes->len && i < 2000; i++) {
        const char c = bytes->bytes[i];
        if (c == '\r') {
            buf_add_text(&shown, "\\r");
        } else if (c == '\n') {
            buf_add_text(&shown, "\\n");
        } else if (c < ' ' || c > '~') {
            buf_printf(&shown, "\\x%02x", (unsigned)(unsigned char)c);
        } else {
            buf_add_char(&shown, c);
        }
    }
    print_error("  %s: %s\n", what, shown.len > 0 ? shown.bytes : "(nothing)");
    buf_deinit(&shown);
}

static void conn_open(struct duel *duel, size_t index)
{
    struct conn *conn = &duel->conns[index];

    conn->id = ++duel->next_id;
    conn->real = real_redis_connect(&duel->real);
    assert_non_null(conn->real);
    engine_connect(duel->engine, conn->id);
}

static void conn_close(struct duel *duel, size_t index)
{
    redisFree(duel->conns[index].real);
    duel->conns[index].real = NULL;
    engine_disconnect(duel->engine, duel->conns[index].id);
    duel->conns[index].want_end = false;
}

/* The virtual one gets the bytes in pieces: where they are cut must not show. */
static void play_virtual(struct duel *duel, size_t index)
{
    for (size_t at = 0; at < duel->sent.len;) {
        const size_t left = duel->sent.len - at;
        const size_t len = rng_chance(&duel->cuts, 700)
                               ? left
                               : (size_t)rng_between(&duel->cuts, 1, (int64_t)left);
        engine_feed(duel->engine, duel->conns[index].id, duel->sent.bytes + at, len, now_ms(),
                    &duel->out);
        at += len;
    }
    for (size_t i = 0; i < duel->out.items_len; i++) {
        const struct engine_write *write = &duel->out.items[i];
        for (size_t c = 0; c < CONNS_COUNT; c++) {
            if (duel->conns[c].id == write->client) {
                buf_add(&duel->conns[c].want, duel->out.bytes.bytes + write->offset, write->len);
                duel->conns[c].want_end |= write->close;
            }
        }
    }
    engine_out_clear(&duel->out);
}

/* Plays what is in `sent` to both and compares what all connections hear. */
static void play(struct duel *duel, size_t index, int command, bool unordered)
{
    play_virtual(duel, index);
    real_redis_send(duel->conns[index].real, duel->sent.bytes, duel->sent.len);
    for (size_t c = 0; c < CONNS_COUNT; c++) {
        struct conn *conn = &duel->conns[c];
        bool ended;
        real_redis_receive(conn->real, conn->want.len, conn->want_end, &conn->got, &ended);
        if (ended != conn->want_end || !same(&conn->want, &conn->got, unordered)) {
            print_error("seed %llu, command %d, sent on connection %zu, heard on %zu:\n",
                        (unsigned long long)seed, command, index, c);
            show("sent", &duel->sent);
            show("redis-server", &conn->got);
            show("engine", &conn->want);
            print_error("  ended by redis-server: %d, by engine: %d\n", ended, conn->want_end);
            fail();
        }
        duel->compared_count += (int64_t)conn->got.len;
        buf_clear(&conn->want);
        buf_clear(&conn->got);
        if (conn->want_end) {
            conn_close(duel, c);
            conn_open(duel, c);
        }
    }
    buf_clear(&duel->sent);
}

/* --- Drawing commands ----------------------------------------------------------------------- */

static void add_args(struct duel *duel, const struct buf *args, size_t args_len)
{
    buf_printf(&duel->sent, "*%zu\r\n", args_len);
    for (size_t i = 0; i < args_len; i++) {
        buf_printf(&duel->sent, "$%zu\r\n", args[i].len);
        buf_add(&duel->sent, args[i].bytes, args[i].len);
        buf_add_text(&duel->sent, "\r\n");
    }
}

/* What a letter of a template stands for; "" is an empty argument. */
static const struct {
    char letter;
    const char *words[16];
} words[] = {
    {'k', {"s1", "s2", "s3", "n1", "n2", "h1", "h2", "z1", "z2", "", "none"}}, /* any key */
    {'s', {"s1", "s2", "s3", "s1", "s2", "n1", "h1"}},                         /* a string's */
    {'i', {"n1", "n2", "n3", "n1", "n2", "s1", "z1"}},                         /* an integer's */
    {'h', {"h1", "h2", "h1", "h2", "h3", "s1", "z1"}},                         /* a hash's */
    {'z', {"z1", "z2", "z1", "z2", "z3", "s1", "h1"}},                         /* a sorted set's */
    {'v',
     {"x", "", "a\r\nb", "\xf0\x9f\x98\x80", "12", "-7", "0", "007", "9223372036854775807",
      "-9223372036854775808", " 1", "+1", "1e3"}}, /* a value */
    {'d',
     {"1", "-1", "5", "0", "17", "9223372036854775807", "-9223372036854775808", "-0", "x", "",
      "99999999999999999999"}},                                               /* to add */
    {'E', {"0", "-1", "x", "9223372036854775807", "99999999999999999"}},      /* bad seconds */
    {'P', {"0", "-1", "x", "9223372036854775807", "-99999999999999999"}},     /* bad ms */
    {'o', {"NX", "xx", "Get", "KEEPTTL", "nx", "XX", "EX", "FOO"}},           /* SET's options */
    {'x', {"NX", "xx", "GT", "lt", "a\nb"}},                                  /* EXPIRE's */
    {'a', {"NX", "XX", "GT", "LT", "CH", "ch", "FOO"}},                       /* ZADD's */
    {'f', {"a", "b", "c", "aa", "", "B", "\x80", "d", "e", "f"}},             /* a member */
    {'R', {"1700000000000", "9007199254740992", "x", "", "+5", "1 "}},        /* odd scores */
    {'b', {"-inf", "+inf", "inf", "0", "(0", "5", "(5", "-7", "x", "", "("}}, /* bounds of it */
    {'j', {"0", "1", "-1", "-2", "3", "100", "-100", "x"}},                   /* a place */
    {'c', {"c1", "c2", "c3", "c4", "", "c\r\n5"}},                            /* a channel */
    {'w',
     {"x", "", "a\r\nb", "it's", /* any word */
      "long long long long long long long long long long long long long long long long"}},
};

static void add_word(struct duel *duel, char letter, struct buf *ret)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].letter == letter) {
            int64_t count = 0;
            while (count < 16 && words[i].words[count] != NULL) {
                count++;
            }
            buf_add_text(ret, words[i].words[rng_between(&duel->rng, 0, count - 1)]);
            return;
        }
    }
    HB_UNREACHABLE("no such letter");
}

/* One letter of a template to one argument. */
static void add_arg(struct duel *duel, char letter, struct buf *ret)
{
    const int64_t lives_s = rng_between(&duel->rng, LIVES_S_MIN + 1, LIVES_S_MAX);

    buf_reserve(ret, 1); /* never NULL, also when empty */
    if (letter == 'e' && rng_chance(&duel->rng, 800)) {
        buf_add_i64(ret, lives_s);
    } else if (letter == 'p' && rng_chance(&duel->rng, 800)) {
        buf_add_i64(ret, lives_s * 1000);
    } else if (letter == 'r' && rng_chance(&duel->rng, 900)) {
        buf_add_i64(ret, rng_between(&duel->rng, -20, 20));
    } else if (letter == 'e' || letter == 'p' || letter == 'r') {
        add_word(duel, (char)(letter - 'a' + 'A'), ret);
    } else {
        add_word(duel, letter, ret);
    }
}

/* Commands as templates: the name, then a letter for each argument; a capital stands for itself up
 * to a space. `loose` replies have an order of Redis' own. */
struct template
{
    const char *words;
    bool loose;
};

static const struct template templates[] = {
    {"PING", false},
    {"PING w", false},
    {"ping w w", false},
    {"ECHO w", false},
    {"ECHO", false},
    {"SET s v", false},
    {"SET s v", false},
    {"SET i d", false},
    {"SET i d", false},
    {"SET s v EX e", false},
    {"SET s v PX p", false},
    {"SET s v o", false},
    {"SET s v o o", false},
    {"SET s v o EX e", false},
    {"SET h v PX p o", false},
    {"SET k", false},
    {"SET z v GET", false},
    {"GET s", false},
    {"GET s", false},
    {"get k", false},
    {"GET", false},
    {"GET k k", false},
    {"DEL k", false},
    {"DEL k k k", false},
    {"Del", false},
    {"EXISTS k k", false},
    {"INCR i", false},
    {"INCR i", false},
    {"INCRBY i d", false},
    {"INCRBY i d", false},
    {"EXPIRE k e", false},
    {"PEXPIRE k p", false},
    {"EXPIRE k e x", false},
    {"PEXPIRE k p x x", false},
    {"TTL k", false},
    {"PTTL k", false},
    {"PERSIST k", false},
    {"TYPE k", false},
    {"HSET h f v", false},
    {"HSET h f v f v", false},
    {"HSET h f v f", false},
    {"HGET h f", false},
    {"HDEL h f", false},
    {"HDEL h f f f", false},
    {"HGETALL h", true},
    {"HINCRBY h f d", false},
    {"HSET h f d", false},
    {"ZADD z r f", false},
    {"ZADD z r f r f r f", false},
    {"ZADD z a r f r f", false},
    {"ZADD z a a r f", false},
    {"ZADD z r f r", false},
    {"ZSCORE z f", false},
    {"ZREM z f f", false},
    {"ZCARD z", false},
    {"ZRANGE z j j", false},
    {"ZRANGE z j j WITHSCORES", false},
    {"ZRANGE z j j w", false},
    {"ZRANGEBYSCORE z b b", false},
    {"ZRANGEBYSCORE z b b WITHSCORES LIMIT j j", false},
    {"ZRANGEBYSCORE z b b LIMIT j", false},
    {"ZREMRANGEBYSCORE z b b", false},
    {"MULTI", false},
    {"MULTI", false},
    {"EXEC", false},
    {"EXEC", false},
    {"EXEC", false},
    {"EXEC w", false},
    {"DISCARD", false},
    {"DISCARD w", false},
    {"PUBLISH c w", false},
    {"PUBLISH c w", false},
    {"PUBLISH c w", false},
    {"PUBLISH c", false},
    {"SUBSCRIBE c", false},
    {"SUBSCRIBE c c c", false},
    {"SUBSCRIBE", false},
    {"UNSUBSCRIBE c", false},
    {"UNSUBSCRIBE c c", false},
    {"UNSUBSCRIBE", true},
    {"UNSUBSCRIBE", true},
    {"UNSUBSCRIBE", true},
    {"PUBSUB NUMSUB c c", false},
    {"PUBSUB NUMSUB", false},
    {"PUBSUB", false},
    {"PUBSUB w", false},
    {"SELECT 0", false},
    {"SELECT 16", false},
    {"SELECT w", false},
    {"FLUSHALL", false},
    {"FLUSHALL w", false},
    {"FLUSHALL SYNC", false},
    {"NOSUCH w w w", false},
    {"NOSUCH", false},
    {"QUIT", false},
};

/* Bytes that are no RESP array of bulk strings, or nearly not; some end the connection. */
static const char *const raw[] = {
    "PING\r\n",
    "\r\n",
    "   \r\n",
    "SET s1 \"a b\\x41\\n\\q\" \r\n",
    "GET 's1'\n",
    "ECHO 'it\\'s'\r\n",
    "ECHO \"a\"b\r\n",
    "ECHO \"a\r\n",
    "NOSUCH a b\r\n",
    "*0\r\n",
    "*-1\r\n",
    "*-9\r\nPING\r\n",
    "*1\r\nPING\r\n",
    "*1\r\n\r\n",
    "*1\r\n:1\r\n",
    "*1\r\n$-1\r\n",
    "*1\r\n$x\r\n",
    "*x\r\n",
    "*99999999999\r\n",
    "*1\r\n$99999999999\r\n",
    "*01\r\n",
    "*1\r\n$04\r\nPING\r\n",
    "*\r\n",
    "*1\r\n$4\r\nPINGxx",
    "$4\r\nPING\r\n",
    "*1\r\n$0\r\n\r\n",
    "*2\r\n$4\r\nECHO\r\n$1\r\nxyz",
    "*1 \r\n",
    "*1\r\n$ 4\r\nPING\r\n",
    "*+1\r\n",
    "{\"json\":1}\r\n",
    "*1\r\n*1\r\n$4\r\nPING\r\n",
};

static void draw_template(struct duel *duel, const struct template *template)
{
    struct buf args[12] = {{0}};
    size_t args_len = 0;

    for (const char *at = template->words; *at != '\0';) {
        const size_t len = strcspn(at, " ");
        HB_ASSERT(args_len < sizeof args / sizeof args[0]);
        if (len == 1 && *at >= 'a' && *at <= 'z' && args_len > 0) {
            add_arg(duel, *at, &args[args_len]);
        } else {
            buf_add(&args[args_len], at, len);
        }
        args_len++;
        at += len + (at[len] == ' ');
    }
    add_args(duel, args, args_len);
    for (size_t i = 0; i < args_len; i++) {
        buf_deinit(&args[i]);
    }
}

/* Two connections never subscribe, so that what a subscriber may not do is done often enough; and
 * most of the time there are keys. */
static bool fits(struct duel *duel, const struct template *template, size_t index)
{
    if (strncmp(template->words, "SUBSCRIBE", 9) == 0) {
        return index >= 2;
    }
    return strncmp(template->words, "FLUSHALL", 8) != 0 || rng_chance(&duel->rng, 100);
}

static void draw(struct duel *duel, int command)
{
    const size_t index = (size_t)rng_between(&duel->rng, 0, CONNS_COUNT - 1);
    const size_t count = sizeof templates / sizeof templates[0];

    if (rng_chance(&duel->rng, 20)) {
        buf_add_text(&duel->sent,
                     raw[rng_between(&duel->rng, 0, (int64_t)(sizeof raw / sizeof raw[0]) - 1)]);
        play(duel, index, command, false);
        return;
    }
    /* One to three commands in one piece. A loose reply may be inside a transaction too. */
    bool loose = false;
    for (int64_t left = rng_chance(&duel->rng, 850) ? 1 : rng_between(&duel->rng, 2, 3); left > 0;
         left--) {
        const struct template *template;
        do {
            template = &templates[rng_between(&duel->rng, 0, (int64_t)count - 1)];
        } while (!fits(duel, template, index));
        draw_template(duel, template);
        loose |= template->loose || strcmp(template->words, "EXEC") == 0;
    }
    play(duel, index, command, loose);
}

/* --- The tests ------------------------------------------------------------------------------ */

static struct duel duel;

static int setup(void **state)
{
    *state = &duel;
    (void)signal(SIGPIPE, SIG_IGN); /* hiredis writes to what the server may have ended */
    duel = (struct duel){.engine = engine_new()};
    return real_redis_start(&duel.real) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t c = 0; c < CONNS_COUNT; c++) {
        if (duel.conns[c].real != NULL) {
            redisFree(duel.conns[c].real);
        }
        buf_deinit(&duel.conns[c].want);
        buf_deinit(&duel.conns[c].got);
    }
    real_redis_stop(&duel.real);
    engine_out_deinit(&duel.out);
    buf_deinit(&duel.sent);
    engine_free(&duel.engine);
    return 0;
}

static void start(uint64_t of_seed)
{
    seed = of_seed;
    duel.rng = rng_stream(seed, "vredis", 0, 0);
    duel.cuts = rng_stream(seed, "vredis.cuts", 0, 0);
    buf_clear(&duel.sent);
    for (size_t c = 0; c < CONNS_COUNT; c++) {
        buf_clear(&duel.conns[c].want); /* of a test that failed */
        buf_clear(&duel.conns[c].got);
        if (duel.conns[c].real != NULL) {
            conn_close(&duel, c);
        }
        conn_open(&duel, c);
    }
    buf_add_text(&duel.sent, "FLUSHALL\r\n");
    play(&duel, 0, -1, false);
}

static void seeded_commands_give_the_bytes_of_a_real_redis(void **state)
{
    (void)state;
    start(seed);
    for (int command = 0; command < COMMANDS_COUNT; command++) {
        draw(&duel, command);
    }
    for (size_t c = 0; c < CONNS_COUNT; c++) { /* nothing more was said than was compared */
        buf_add_text(&duel.sent, "PING\r\n");
        play(&duel, c, COMMANDS_COUNT, false);
    }
    print_message("seed %llu: %d commands, %lld bytes compared\n", (unsigned long long)seed,
                  COMMANDS_COUNT, (long long)duel.compared_count);
    assert_true(duel.compared_count > COMMANDS_COUNT * 4LL);
}

/* What no draw is likely to hit. */
static void limits_of_lines_are_those_of_a_real_redis(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        char fill;
        size_t fill_len;
    } cases[] = {
        {"*1\r\n$", '1', 66000},
        {"*", '1', 66000},
        {"", 'a', 66000},
        {"ECHO ", 'a', 60000},
    };

    start(seed);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_add_text(&duel.sent, cases[i].before);
        for (size_t at = 0; at < cases[i].fill_len; at++) {
            buf_add_char(&duel.sent, cases[i].fill);
        }
        if (cases[i].fill_len <= 60000) {
            buf_add_text(&duel.sent, "\r\n");
        }
        play(&duel, 0, (int)i, false);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeded_commands_give_the_bytes_of_a_real_redis),
        cmocka_unit_test(limits_of_lines_are_those_of_a_real_redis),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    if (argc > 2) {
        seed = strtoull(argv[2], NULL, 10);
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
