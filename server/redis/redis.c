/* Links of the Redis client: open, lost, back-off, silence. See redis.h. */
#include "server/redis/redis.h"

#include "server/redis/redis_internal.h"

#include <stdlib.h>
#include <string.h>

#define STEP_MAX 31

/* --- What is given out ---------------------------------------------------------------------- */

void redis_out_clear(struct redis_out *out)
{
    out->items_len = 0;
    buf_clear(&out->bytes);
}

void redis_out_deinit(struct redis_out *out)
{
    free(out->items);
    buf_deinit(&out->bytes);
    *out = (struct redis_out){0};
}

struct redis_item *redis_emit(struct redis_out *out, enum redis_item_kind kind)
{
    HB_GROW(out->items, out->items_len, out->items_cap);
    struct redis_item *item = &out->items[out->items_len++];
    *item = (struct redis_item){.kind = kind};
    return item;
}

void redis_emit_text(struct redis_out *out, struct redis_item *item, const char *text,
                     size_t text_len)
{
    item->text_offset = out->bytes.len;
    item->text_len = text_len;
    buf_add(&out->bytes, text, text_len);
}

void redis_write(struct redis *redis, struct link *link, int argc, const char *const *argv,
                 const size_t *argv_len, struct redis_out *out)
{
    char *bytes = NULL;
    /* hiredis 0.14 takes `const char **`, and changes nothing. */
    const int len = redisFormatCommandArgv(&bytes, argc, (const char **)(uintptr_t)argv, argv_len);
    (void)redis;
    HB_ASSERT(len > 0);
    struct redis_item *item = redis_emit(out, REDIS_OUT_WRITE);
    item->link = link->id;
    redis_emit_text(out, item, bytes, (size_t)len);
    redisFreeCommand(bytes);
}

/* --- Life ----------------------------------------------------------------------------------- */

static redisReader *reader_new(void)
{
    redisReader *reader = redisReaderCreate();
    if (reader == NULL) {
        HB_UNREACHABLE("out of memory");
    }
    reader->maxbuf = 0; /* keep the buffer: it is used again at once */
    return reader;
}

struct redis *redis_new(const struct redis_config *config)
{
    struct redis *redis = hb_calloc(1, sizeof *redis);

    HB_ASSERT(config->backoff_us_min > 0);
    HB_ASSERT(config->backoff_us_max >= config->backoff_us_min);
    redis->config = *config;
    redis->command.retry_us = INT64_MAX;
    redis->command.asked_us = INT64_MAX;
    redis->subscribe.retry_us = INT64_MAX;
    redis->subscribe.asked_us = INT64_MAX;
    return redis;
}

void redis_free(struct redis **redis_pointer)
{
    struct redis *redis = *redis_pointer;
    if (redis == NULL) {
        return;
    }
    if (redis->command.reader != NULL) {
        redisReaderFree(redis->command.reader);
    }
    if (redis->subscribe.reader != NULL) {
        redisReaderFree(redis->subscribe.reader);
    }
    interner_deinit(&redis->names);
    free(redis->channels);
    free(redis->asked);
    free(redis->pipeline);
    free(redis);
    *redis_pointer = NULL;
}

static void link_open(struct redis *redis, struct link *link, struct redis_out *out)
{
    HB_ASSERT(link->state == LINK_CLOSED);
    link->state = LINK_OPENING;
    link->id = ++redis->next_link;
    link->retry_us = INT64_MAX;
    link->asked_us = redis->now_us; /* opening must succeed within the time-out too */
    redis_emit(out, REDIS_OUT_OPEN)->link = link->id;
}

void redis_start(struct redis *redis, struct mono now, struct redis_out *out)
{
    redis->now_us = now.us;
    link_open(redis, &redis->command, out);
    link_open(redis, &redis->subscribe, out);
}

/* Full jitter: uniform in [min, min(max, min * 2^step)]. */
int64_t redis_pause_us(struct redis *redis, uint32_t step)
{
    const int64_t least = redis->config.backoff_us_min;
    int64_t most = redis->config.backoff_us_max;

    if (step < STEP_MAX && least < most >> step) {
        most = least << step;
    }
    const uint64_t span = (uint64_t)(most - least) + 1;
    return least + (int64_t)(entropy_u64(redis->config.entropy) % span);
}

/* The stream is gone; what it carried is lost. */
static void link_lost(struct redis *redis, struct link *link, struct redis_out *out)
{
    const bool was_open = link->state == LINK_OPEN;

    HB_ASSERT(link->state != LINK_CLOSED);
    if (was_open && redis->now_us - link->opened_us >= redis->config.backoff_us_max) {
        link->step = 0; /* it was stable */
    }
    link->state = LINK_CLOSED;
    link->asked_us = INT64_MAX;
    link->pinging = false;
    link->retry_us = redis->now_us + redis_pause_us(redis, link->step);
    link->step += link->step < STEP_MAX;
    if (!was_open) {
        return;
    }
    if (link == &redis->command) {
        redis_emit(out, REDIS_OUT_DISCONNECTED);
        pipeline_lost(redis, out);
    } else {
        subscriptions_lost(redis, out);
    }
}

void redis_link_fail(struct redis *redis, struct link *link, struct redis_out *out)
{
    redis_emit(out, REDIS_OUT_CLOSE)->link = link->id;
    link_lost(redis, link, out);
}

/* --- Events --------------------------------------------------------------------------------- */

static struct link *link_of(struct redis *redis, uint64_t id)
{
    if (redis->command.state != LINK_CLOSED && redis->command.id == id) {
        return &redis->command;
    }
    if (redis->subscribe.state != LINK_CLOSED && redis->subscribe.id == id) {
        return &redis->subscribe;
    }
    return NULL;
}

void redis_opened(struct redis *redis, uint64_t id, struct mono now, struct redis_out *out)
{
    struct link *link = link_of(redis, id);
    redis->now_us = now.us;
    if (link == NULL || link->state != LINK_OPENING) {
        return;
    }
    link->state = LINK_OPEN;
    link->opened_us = now.us;
    link->heard_us = now.us;
    link->asked_us = INT64_MAX;
    if (link->reader != NULL) {
        redisReaderFree(link->reader);
    }
    link->reader = reader_new();
    if (link == &redis->command) {
        redis_emit(out, REDIS_OUT_CONNECTED);
    } else {
        subscriptions_opened(redis, out);
    }
}

void redis_bytes(struct redis *redis, uint64_t id, const char *bytes, size_t bytes_len,
                 struct mono now, struct redis_out *out)
{
    struct link *link = link_of(redis, id);
    redis->now_us = now.us;
    if (link == NULL || link->state != LINK_OPEN) {
        return;
    }
    link->heard_us = now.us;
    if (redisReaderFeed(link->reader, bytes, bytes_len) != REDIS_OK) {
        redis_link_fail(redis, link, out);
        return;
    }
    while (link->state == LINK_OPEN) {
        void *reply = NULL;
        if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
            redis_link_fail(redis, link, out);
            return;
        }
        if (reply == NULL) {
            break;
        }
        if (link == &redis->command) {
            pipeline_reply(redis, reply, out);
        } else {
            subscriptions_reply(redis, reply, out);
        }
        freeReplyObject(reply);
    }
    if (link->state == LINK_OPEN && link->reader->len - link->reader->pos > REDIS_REPLY_BYTES_MAX) {
        redis_link_fail(redis, link, out);
    }
}

void redis_lost(struct redis *redis, uint64_t id, struct mono now, struct redis_out *out)
{
    struct link *link = link_of(redis, id);
    redis->now_us = now.us;
    if (link != NULL) {
        link_lost(redis, link, out);
    }
}

/* --- Time ----------------------------------------------------------------------------------- */

static const char *const ping[] = {"PING"};
static const size_t ping_len[] = {4};

static void link_wake(struct redis *redis, struct link *link, struct redis_out *out)
{
    const int64_t now = redis->now_us;

    if (link->state == LINK_CLOSED) {
        if (now >= link->retry_us) {
            link_open(redis, link, out);
        }
        return;
    }
    if (link->asked_us != INT64_MAX && now - link->asked_us >= redis->config.command_timeout_us) {
        redis_link_fail(redis, link, out);
        return;
    }
    if (link->state == LINK_OPEN && link->asked_us == INT64_MAX &&
        now - link->heard_us >= redis->config.ping_interval_us) {
        redis_write(redis, link, 1, ping, ping_len, out);
        if (link == &redis->command) {
            pipeline_push(redis, 0);
        } else {
            link->pinging = true;
            link->asked_us = now;
        }
    }
}

void redis_wake(struct redis *redis, struct mono now, struct redis_out *out)
{
    redis->now_us = now.us;
    link_wake(redis, &redis->command, out);
    link_wake(redis, &redis->subscribe, out);
    subscriptions_wake(redis, out);
}

static int64_t link_wake_us(const struct redis *redis, const struct link *link)
{
    if (link->state == LINK_CLOSED) {
        return link->retry_us;
    }
    if (link->asked_us != INT64_MAX) {
        return link->asked_us + redis->config.command_timeout_us;
    }
    return link->heard_us + redis->config.ping_interval_us;
}

struct mono redis_wake_at(const struct redis *redis)
{
    int64_t at = link_wake_us(redis, &redis->command);
    const int64_t other = link_wake_us(redis, &redis->subscribe);
    const int64_t channels = subscriptions_wake_us(redis);

    at = other < at ? other : at;
    return (struct mono){channels < at ? channels : at};
}

bool redis_connected(const struct redis *redis)
{
    return redis->command.state == LINK_OPEN;
}
