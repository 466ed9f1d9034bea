/* labels: sim */
/* timeout: 120 */
/* The Redis client against the virtual Redis, with cuts at random places, over many seeds.
 *
 * Streams deliver bytes in random pieces and die at random instants, the bytes under way with them;
 * Redis restarts. Checked at every step, by what is seen from outside (the ids are redis.h's):
 *   I1  a reply is that of its command: each command echoes its own tag;
 *   I2  each command is answered exactly once; at the end none is left;
 *   I3  once the faults stop, every wanted channel is confirmed, and no other is;
 *   I4  while a channel is confirmed, every message published on it is given exactly once and in
 *       order, and none is given while it is not wanted. */
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "server/engine/engine.h"
#include "server/redis/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_COUNT    2000
#define STEPS_COUNT    400
#define CHANNELS_COUNT 100 /* more than one SUBSCRIBE takes */
#define STREAMS_MAX    8
#define TAGS_MAX       4096
#define PUBLISHER      UINT64_C(1000000) /* a connection to Redis besides the client's */
#define QUIET_US       INT64_C(60000000)

struct stream {
    uint64_t id; /* 0: a free place */
    bool accepted;
    bool ended;          /* by Redis: `down` is the last that comes */
    struct buf up, down; /* under way */
};

struct want {
    bool wanted;
    bool confirmed;
    uint64_t tag, life;
    int64_t next;       /* the number of the message that must come next; 0: of any first one */
    int64_t first_most; /* the first one's is at most this: it was published after SUBSCRIBED */
};

struct play {
    struct redis *redis;
    struct redis_out out;
    struct engine *engine;
    struct engine_out vout;
    struct stream streams[STREAMS_MAX];
    struct want wants[CHANNELS_COUNT];
    int64_t published[CHANNELS_COUNT]; /* the number of the last message */
    uint8_t answered[TAGS_MAX];        /* commands: 0 not sent, 1 in flight, 2 answered */
    uint64_t tags_count;
    struct rng rng, entropy;
    struct mono now;
    int64_t given_count, lost_count;
};

static uint64_t seed;

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fail_msg("seed %llu: %s", (unsigned long long)seed, #cond);                            \
        }                                                                                          \
    } while (0)

static uint64_t draw(void *user)
{
    struct rng *rng = user;
    return rng_u64(rng);
}

static struct stream *stream_of(struct play *play, uint64_t id)
{
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (play->streams[i].id == id) {
            return &play->streams[i];
        }
    }
    return NULL;
}

static void stream_forget(struct play *play, struct stream *stream)
{
    engine_disconnect(play->engine, stream->id);
    buf_deinit(&stream->up);
    buf_deinit(&stream->down);
    *stream = (struct stream){0};
}

/* --- What the client wants and says ---------------------------------------------------------- */

static void on_reply(struct play *play, const struct redis_item *item, const char *text)
{
    char want[24];

    CHECK(item->tag > 0 && item->tag <= play->tags_count);
    CHECK(play->answered[item->tag] == 1); /* I2 */
    play->answered[item->tag] = 2;
    if (item->err != HB_OK) {
        CHECK(item->err == HB_EUNKNOWN);
        play->lost_count++;
        return;
    }
    (void)snprintf(want, sizeof want, "%llu", (unsigned long long)item->tag);
    CHECK(item->reply == REDIS_REPLY_TEXT && item->text_len == strlen(want) &&
          memcmp(text, want, item->text_len) == 0); /* I1 */
}

static struct want *want_of(struct play *play, uint64_t tag, size_t *ret_channel)
{
    *ret_channel = (size_t)(tag % CHANNELS_COUNT);
    struct want *want = &play->wants[*ret_channel];
    CHECK(want->wanted && want->tag == tag);
    return want;
}

/* The text of a message is its number. */
static void on_message(struct play *play, const struct redis_item *item, const char *text)
{
    size_t channel;
    struct want *want = want_of(play, item->tag, &channel);
    char number[24] = "";

    CHECK(want->confirmed && item->text_len < sizeof number);
    memcpy(number, text, item->text_len);
    if (want->next == 0) {
        want->next = strtoll(number, NULL, 10);
        CHECK(want->next <= want->first_most); /* I4 */
    }
    CHECK(strtoll(number, NULL, 10) == want->next); /* I4 */
    want->next++;
    play->given_count++;
}

static void took(struct play *play)
{
    for (size_t i = 0; i < play->out.items_len; i++) {
        const struct redis_item *item = &play->out.items[i];
        const char *text = item->text_len > 0 ? play->out.bytes.bytes + item->text_offset : "";
        struct stream *stream = item->link != 0 ? stream_of(play, item->link) : NULL;
        size_t channel;
        switch (item->kind) {
        case REDIS_OUT_OPEN:
            CHECK(stream == NULL); /* a link's id is never used again */
            stream = stream_of(play, 0);
            if (stream == NULL) {
                fail_msg("seed %llu: too many streams", (unsigned long long)seed);
                break;
            }
            stream->id = item->link;
            break;
        case REDIS_OUT_WRITE:
            if (stream != NULL) {
                buf_add(&stream->up, text, item->text_len);
            }
            break;
        case REDIS_OUT_CLOSE:
            if (stream != NULL) {
                stream_forget(play, stream);
            }
            break;
        case REDIS_OUT_REPLY:
            on_reply(play, item, text);
            break;
        case REDIS_OUT_MESSAGE:
            on_message(play, item, text);
            break;
        case REDIS_OUT_SUBSCRIBED: {
            struct want *want = want_of(play, item->tag, &channel);
            CHECK(!want->confirmed);
            want->confirmed = true;
            want->next = 0;
            want->first_most = play->published[channel] + 1;
            break;
        }
        case REDIS_OUT_GREETING_REFUSED:
        case REDIS_OUT_REFUSED:
            CHECK(false);
            break;
        case REDIS_OUT_SUBSCRIPTIONS_LOST:
            for (channel = 0; channel < CHANNELS_COUNT; channel++) {
                play->wants[channel].confirmed = false;
            }
            break;
        case REDIS_OUT_CONNECTED:
        case REDIS_OUT_DISCONNECTED:
            break;
        }
    }
    redis_out_clear(&play->out);
}

static size_t name_of(size_t channel, char ret[16])
{
    return (size_t)snprintf(ret, 16, "room:%zu", channel);
}

static void subscribe(struct play *play, size_t channel)
{
    struct want *want = &play->wants[channel];
    char name[16];
    const size_t len = name_of(channel, name);

    if (!want->wanted) { /* a new tag each time, so that an old one's message would show */
        *want = (struct want){.wanted = true, .life = want->life + 1};
        want->tag = want->life * CHANNELS_COUNT + channel;
    }
    redis_subscribe(play->redis, name, len, want->tag);
    redis_ask(play->redis, play->now, &play->out);
    took(play);
}

static void unsubscribe(struct play *play, size_t channel)
{
    char name[16];
    const size_t len = name_of(channel, name);

    play->wants[channel].wanted = false;
    play->wants[channel].confirmed = false;
    redis_unsubscribe(play->redis, name, len, play->now, &play->out);
    took(play);
    CHECK(!redis_subscribed(play->redis, name, len));
}

static void command(struct play *play)
{
    char text[24];
    const uint64_t tag = play->tags_count + 1;
    const char *const argv[] = {"ECHO", text};
    const size_t argv_len[] = {
        4, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)tag)};

    if (tag < TAGS_MAX &&
        redis_command(play->redis, 2, argv, argv_len, tag, play->now, &play->out) == HB_OK) {
        play->tags_count = tag;
        play->answered[tag] = 1;
    }
    took(play);
}

/* --- The world ------------------------------------------------------------------------------ */

static void vtook(struct play *play)
{
    for (size_t i = 0; i < play->vout.items_len; i++) {
        const struct engine_write *write = &play->vout.items[i];
        struct stream *stream = stream_of(play, write->client);
        if (stream != NULL) {
            buf_add(&stream->down, play->vout.bytes.bytes + write->offset, write->len);
            stream->ended |= write->close;
        }
    }
    engine_out_clear(&play->vout);
}

static void publish(struct play *play, size_t channel)
{
    struct buf line = {0};
    char name[16];

    (void)name_of(channel, name);
    buf_printf(&line, "PUBLISH %s %lld\r\n", name, (long long)++play->published[channel]);
    engine_feed(play->engine, PUBLISHER, line.bytes, line.len, play->now.us / 1000, &play->vout);
    buf_deinit(&line);
    vtook(play);
}

static size_t piece(struct play *play, size_t len)
{
    return rng_chance(&play->rng, 300) ? len : (size_t)rng_between(&play->rng, 1, (int64_t)len);
}

static void stream_up(struct play *play, struct stream *stream)
{
    if (!stream->accepted) {
        stream->accepted = true;
        engine_connect(play->engine, stream->id);
        redis_opened(play->redis, stream->id, play->now, &play->out);
        took(play);
    } else if (stream->up.len > 0) {
        const size_t len = piece(play, stream->up.len);
        engine_feed(play->engine, stream->id, stream->up.bytes, len, play->now.us / 1000,
                    &play->vout);
        buf_drop_front(&stream->up, len);
        vtook(play);
    }
}

static void stream_down(struct play *play, struct stream *stream)
{
    if (stream->down.len > 0) {
        struct buf bytes = {0};
        const size_t len = piece(play, stream->down.len);
        buf_add(&bytes, stream->down.bytes, len); /* the client may close the stream meanwhile */
        buf_drop_front(&stream->down, len);
        redis_bytes(play->redis, stream->id, bytes.bytes, bytes.len, play->now, &play->out);
        buf_deinit(&bytes);
        took(play);
    }
}

static void stream_cut(struct play *play, struct stream *stream)
{
    const uint64_t id = stream->id;

    stream_forget(play, stream);
    redis_lost(play->redis, id, play->now, &play->out);
    took(play);
    redis_bytes(play->redis, id, "+OK\r\n", 5, play->now, &play->out); /* of an old link */
    CHECK(play->out.items_len == 0);
}

static void wake(struct play *play, int64_t us)
{
    play->now.us += us;
    if (redis_wake_at(play->redis).us <= play->now.us) {
        redis_wake(play->redis, play->now, &play->out);
        took(play);
    }
    CHECK(redis_wake_at(play->redis).us > play->now.us);
}

static void restart(struct play *play)
{
    engine_restart(play->engine);
    engine_connect(play->engine, PUBLISHER);
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (play->streams[i].accepted) {
            stream_cut(play, &play->streams[i]);
        }
    }
}

static void step(struct play *play)
{
    const int64_t what = rng_between(&play->rng, 0, 999);
    struct stream *stream = &play->streams[rng_between(&play->rng, 0, STREAMS_MAX - 1)];
    const size_t channel = (size_t)rng_between(&play->rng, 0, CHANNELS_COUNT - 1);
    const size_t busy = channel % 4; /* a few channels have most of the messages */

    if (what < 400) {
        for (size_t i = 0; i < STREAMS_MAX; i++) { /* whoever has something under way */
            struct stream *any = &play->streams[i];
            if (any->id != 0 && rng_chance(&play->rng, 500)) {
                stream_up(play, any);
            }
            if (any->id != 0 && rng_chance(&play->rng, 500)) {
                stream_down(play, any);
            }
        }
    } else if (what < 600) {
        publish(play, busy);
    } else if (what < 700) {
        subscribe(play, rng_chance(&play->rng, 500) ? busy : channel);
    } else if (what < 740) {
        unsubscribe(play, rng_chance(&play->rng, 500) ? busy : channel);
    } else if (what < 840) {
        command(play);
    } else if (what < 980) {
        wake(play, rng_exponential(&play->rng, 2000));
    } else if (what < 997) {
        if (stream->id != 0) {
            stream_cut(play, stream);
        }
    } else {
        restart(play);
    }
}

/* No more faults: all that is under way arrives, until nothing is. */
static void settle(struct play *play)
{
    const int64_t until_us = play->now.us + QUIET_US;

    while (play->now.us < until_us) {
        bool moved = true;
        while (moved) {
            moved = false;
            for (size_t i = 0; i < STREAMS_MAX; i++) {
                struct stream *stream = &play->streams[i];
                if (stream->id != 0 && (!stream->accepted || stream->up.len > 0)) {
                    stream_up(play, stream);
                    moved = true;
                }
                if (stream->id != 0 && stream->down.len > 0) {
                    stream_down(play, stream);
                    moved = true;
                }
            }
        }
        const int64_t next = redis_wake_at(play->redis).us;
        wake(play, next < until_us ? next - play->now.us : until_us - play->now.us);
    }
}

static void check_end(struct play *play)
{
    for (uint64_t tag = 1; tag <= play->tags_count; tag++) {
        CHECK(play->answered[tag] == 2); /* I2 */
    }
    for (size_t channel = 0; channel < CHANNELS_COUNT; channel++) {
        const struct want *want = &play->wants[channel];
        char name[16];
        const size_t len = name_of(channel, name);
        CHECK(want->confirmed == want->wanted); /* I3 */
        CHECK(redis_subscribed(play->redis, name, len) == want->wanted);
        /* I4, to its end: all that was published since it was confirmed has been given. */
        const int64_t next = want->next != 0 ? want->next : want->first_most;
        CHECK(!want->confirmed || next == play->published[channel] + 1);
    }
}

static void play_seed(struct play *play)
{
    play->rng = rng_stream(seed, "vredis.client", 0, 0);
    play->entropy = rng_stream(seed, "vredis.client.entropy", 0, 0);
    play->redis = redis_new(&(struct redis_config){
        .backoff_us_min = 1000,
        .backoff_us_max = 20000,
        .command_timeout_us = 100000,
        .ping_interval_us = 300000,
        .entropy = {draw, &play->entropy},
    });
    play->engine = engine_new();
    engine_connect(play->engine, PUBLISHER);
    redis_start(play->redis, play->now, &play->out);
    took(play);
    const size_t first = (size_t)rng_between(&play->rng, 0, CHANNELS_COUNT - 1);
    for (size_t channel = 0; channel < first; channel++) {
        subscribe(play, channel);
    }
    for (int i = 0; i < STEPS_COUNT; i++) {
        step(play);
    }
    settle(play);
    check_end(play);
    for (size_t channel = 0; channel < CHANNELS_COUNT; channel++) {
        publish(play, channel); /* and now each wanted one gives its message */
    }
    const int64_t given_before = play->given_count;
    settle(play);
    check_end(play);
    int64_t wanted_count = 0;
    for (size_t channel = 0; channel < CHANNELS_COUNT; channel++) {
        wanted_count += play->wants[channel].wanted;
        CHECK(!play->wants[channel].wanted ||
              play->wants[channel].next == play->published[channel] + 1);
    }
    CHECK(play->given_count - given_before == wanted_count);
}

static void play_free(struct play *play)
{
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        buf_deinit(&play->streams[i].up);
        buf_deinit(&play->streams[i].down);
    }
    redis_free(&play->redis);
    redis_out_deinit(&play->out);
    engine_free(&play->engine);
    engine_out_deinit(&play->vout);
    free(play);
}

static void the_client_keeps_its_invariants_whatever_is_cut(void **state)
{
    const uint64_t first = *state != NULL ? *(const uint64_t *)*state : 1;
    const uint64_t last = *state != NULL ? first : SEEDS_COUNT;
    int64_t given_count = 0;
    int64_t lost_count = 0;

    for (seed = first; seed <= last; seed++) {
        struct play *play = hb_calloc(1, sizeof *play);
        play_seed(play);
        given_count += play->given_count;
        lost_count += play->lost_count;
        play_free(play);
    }
    print_message("messages given: %lld, commands whose answer was lost: %lld\n",
                  (long long)given_count, (long long)lost_count);
    assert_true(given_count > 0 && (lost_count > 0 || last == first));
}

int main(int argc, char **argv)
{
    uint64_t only = 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(the_client_keeps_its_invariants_whatever_is_cut,
                                  argc > 2 ? &only : NULL),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    if (argc > 2) {
        only = strtoull(argv[2], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
