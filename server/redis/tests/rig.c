/* The bench of the Redis client. See rig.h. */
#include "server/redis/tests/rig.h"

#include <stdlib.h>
#include <string.h>

/* A test sets the draw, so that it knows the pauses. */
static uint64_t draw(void *user)
{
    const struct rig *rig = user;
    return rig->draw;
}

void rig_init(struct rig *rig)
{
    rig_init_as(rig, NULL, NULL, 0);
}

void rig_init_as(struct rig *rig, const char *user, const char *password, int64_t database)
{
    const struct text none = {NULL, 0};

    *rig = (struct rig){.now = {1000000}};
    rig->redis = redis_new(&(struct redis_config){
        .backoff_us_min = RIG_BACKOFF_US_MIN,
        .backoff_us_max = RIG_BACKOFF_US_MAX,
        .command_timeout_us = RIG_TIMEOUT_US,
        .ping_interval_us = RIG_PING_US,
        .entropy = {draw, rig},
        .user = user != NULL ? text_of(user) : none,
        .password = password != NULL ? text_of(password) : none,
        .database = database,
    });
}

void rig_deinit(struct rig *rig)
{
    redis_free(&rig->redis);
    redis_out_deinit(&rig->out);
    buf_deinit(&rig->trace);
}

int rig_setup(void **state)
{
    struct rig *rig = hb_calloc(1, sizeof *rig);
    rig_init(rig);
    *state = rig;
    return 0;
}

int rig_teardown(void **state)
{
    rig_deinit(*state);
    free(*state);
    return 0;
}

/* The words of "*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n": every second line after the first. */
static void trace_words(struct buf *trace, const char *bytes, size_t bytes_len)
{
    const char *at = bytes;
    const char *end = bytes + bytes_len;

    for (int line = 0; at < end; line++) {
        const char *cr = memchr(at, '\r', (size_t)(end - at));
        HB_ASSERT(cr != NULL);
        if (line > 0 && line % 2 == 0) {
            buf_add_char(trace, ' ');
            buf_add(trace, at, (size_t)(cr - at));
        }
        at = cr + 2;
    }
}

static void trace_reply(struct buf *trace, const struct redis_item *item, const char *text)
{
    buf_printf(trace, "reply %d ", (int)item->tag);
    if (item->err == HB_EUNKNOWN) {
        buf_add_text(trace, "unknown");
        return;
    }
    if (item->err != HB_OK) {
        HB_ASSERT(item->err == HB_EAGAIN);
        HB_ASSERT(item->reply == REDIS_REPLY_TEXT || item->reply == REDIS_REPLY_LIST);
        buf_printf(trace, "error %.*s", (int)item->text_len, text);
        return;
    }
    switch (item->reply) {
    case REDIS_REPLY_NONE:
        buf_add_text(trace, "nil");
        return;
    case REDIS_REPLY_INT:
        buf_printf(trace, "int %lld", (long long)item->integer);
        return;
    case REDIS_REPLY_TEXT:
        buf_printf(trace, "text %.*s", (int)item->text_len, text);
        return;
    case REDIS_REPLY_LIST: {
        struct text element;
        const char *at = text;
        buf_add_text(trace, "list");
        while (redis_list_next(&at, text + item->text_len, &element)) {
            buf_printf(trace, " %.*s", element.bytes != NULL ? (int)element.len : 3,
                       element.bytes != NULL ? element.bytes : "nil");
        }
        return;
    }
    }
    HB_UNREACHABLE("no such reply");
}

static void trace_item(struct buf *trace, const struct redis_item *item, const char *text)
{
    switch (item->kind) {
    case REDIS_OUT_OPEN:
        buf_printf(trace, "open %d", (int)item->link);
        return;
    case REDIS_OUT_WRITE:
        buf_printf(trace, "write %d", (int)item->link);
        trace_words(trace, text, item->text_len);
        return;
    case REDIS_OUT_CLOSE:
        buf_printf(trace, "close %d", (int)item->link);
        return;
    case REDIS_OUT_REPLY:
        trace_reply(trace, item, text);
        return;
    case REDIS_OUT_MESSAGE:
        buf_printf(trace, "message %d %.*s", (int)item->tag, (int)item->text_len, text);
        return;
    case REDIS_OUT_SUBSCRIBED:
        buf_printf(trace, "subscribed %d", (int)item->tag);
        return;
    case REDIS_OUT_REFUSED:
        buf_printf(trace, "refused %d %.*s", (int)item->tag, (int)item->text_len, text);
        return;
    case REDIS_OUT_GREETING_REFUSED:
        buf_printf(trace, "greeting refused %.*s", (int)item->text_len, text);
        return;
    case REDIS_OUT_SUBSCRIPTIONS_LOST:
        buf_add_text(trace, "lost");
        return;
    case REDIS_OUT_CONNECTED:
        buf_add_text(trace, "connected");
        return;
    case REDIS_OUT_DISCONNECTED:
        buf_add_text(trace, "disconnected");
        return;
    }
    HB_UNREACHABLE("no such item");
}

static void took(struct rig *rig)
{
    for (size_t i = 0; i < rig->out.items_len; i++) {
        const struct redis_item *item = &rig->out.items[i];
        const char *text = rig->out.bytes.bytes != NULL ? rig->out.bytes.bytes : "";
        trace_item(&rig->trace, item, text + item->text_offset);
        buf_add_char(&rig->trace, '\n');
    }
    redis_out_clear(&rig->out);
}

void rig_open(struct rig *rig)
{
    redis_start(rig->redis, rig->now, &rig->out);
    rig_opened(rig, 1);
    rig_opened(rig, 2);
    buf_clear(&rig->trace);
}

void rig_feed(struct rig *rig, uint64_t link, const char *bytes, size_t bytes_len)
{
    redis_bytes(rig->redis, link, bytes, bytes_len, rig->now, &rig->out);
    took(rig);
}

void rig_bytes(struct rig *rig, uint64_t link, const char *text)
{
    struct buf bytes = {0};

    for (; *text != '\0'; text++) {
        if (*text == '^') {
            buf_add(&bytes, "\r\n", 2);
        } else {
            buf_add_char(&bytes, *text);
        }
    }
    rig_feed(rig, link, bytes.bytes, bytes.len);
    buf_deinit(&bytes);
}

void rig_opened(struct rig *rig, uint64_t link)
{
    redis_opened(rig->redis, link, rig->now, &rig->out);
    took(rig);
}

void rig_lost(struct rig *rig, uint64_t link)
{
    redis_lost(rig->redis, link, rig->now, &rig->out);
    took(rig);
}

void rig_wait(struct rig *rig, int64_t us)
{
    const int64_t until = rig->now.us + us;

    while (redis_wake_at(rig->redis).us <= until) {
        const int64_t at = redis_wake_at(rig->redis).us;
        rig->now.us = at > rig->now.us ? at : rig->now.us;
        redis_wake(rig->redis, rig->now, &rig->out);
        took(rig);
        HB_ASSERT(redis_wake_at(rig->redis).us > rig->now.us); /* else it would wake for ever */
    }
    rig->now.us = until;
}

enum hb_err rig_command(struct rig *rig, uint64_t tag, const char *word, const char *arg)
{
    const char *const argv[] = {word, arg};
    const size_t argv_len[] = {strlen(word), arg != NULL ? strlen(arg) : 0};
    const enum hb_err err =
        redis_command(rig->redis, arg != NULL ? 2 : 1, argv, argv_len, tag, rig->now, &rig->out);
    took(rig);
    return err;
}

void rig_subscribe(struct rig *rig, const char *channel, uint64_t tag)
{
    redis_subscribe(rig->redis, channel, strlen(channel), tag);
    redis_ask(rig->redis, rig->now, &rig->out);
    took(rig);
}

void rig_unsubscribe(struct rig *rig, const char *channel)
{
    redis_unsubscribe(rig->redis, channel, strlen(channel), rig->now, &rig->out);
    took(rig);
}
