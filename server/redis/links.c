/* Links of the Redis client: opening, bytes, loss, back-off, silence. See redis.h. */
#include "server/redis/pipeline.h"
#include "server/redis/replies.h"
#include "server/redis/subscriptions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Life ----------------------------------------------------------------------------------- */

static redisReader *reader_new(struct redis *redis, struct link *link)
{
    redisReader *reader = redisReaderCreate();

    if (reader == NULL) {
        hb_no_memory(0);
    }
    reader->fn = &redis->objects;
    reader->privdata = link;
    reader->maxbuf = 0; /* keep the buffer: it is used again at once */
    return reader;
}

static struct text text_own(struct text text)
{
    return (struct text){text.bytes != NULL ? hb_strndup(text.bytes, text.len) : NULL, text.len};
}

static void text_wipe(struct text text)
{
    char *bytes;

    memcpy(&bytes, &text.bytes, sizeof bytes); /* ours: without the const */
    if (bytes != NULL) {
        explicit_bzero(bytes, text.len);
        free(bytes);
    }
}

struct redis *redis_new(const struct redis_config *config)
{
    struct redis *redis = hb_calloc(1, sizeof *redis);

    HB_ASSERT(config->backoff_us_min > 0);
    HB_ASSERT(config->backoff_us_max >= config->backoff_us_min);
    HB_ASSERT(config->command_timeout_us > 0);
    HB_ASSERT(config->ping_interval_us > 0);
    redis->config = *config;
    redis->config.user = text_own(config->user);
    redis->config.password = text_own(config->password);
    redis->command.retry_us = INT64_MAX;
    redis->subscribe.retry_us = INT64_MAX;
    redis->objects = redis_reply_functions();
    return redis;
}

static void link_deinit(struct link *link)
{
    if (link->reader != NULL) {
        redisReaderFree(link->reader);
    }
    arena_deinit(&link->replies);
    flight_deinit(&link->flight);
}

void redis_free(struct redis **redis_pointer)
{
    struct redis *redis = *redis_pointer;

    if (redis == NULL) {
        return;
    }
    link_deinit(&redis->command);
    link_deinit(&redis->subscribe);
    interner_deinit(&redis->names);
    free(redis->channels);
    free(redis->unasked);
    text_wipe(redis->config.user);
    text_wipe(redis->config.password);
    free(redis);
    *redis_pointer = NULL;
}

static void link_open(struct redis *redis, struct link *link, struct redis_out *out)
{
    HB_ASSERT(link->state == LINK_CLOSED);
    HB_ASSERT(link->flight.len == 0);
    link->state = LINK_OPENING;
    link->id = ++redis->next_link;
    link->retry_us = INT64_MAX;
    link->opening_us = redis->now_us;
    redis_emit(out, REDIS_OUT_OPEN)->link = link->id;
}

void redis_start(struct redis *redis, struct mono now, struct redis_out *out)
{
    HB_ASSERT(redis->next_link == 0); /* called once */
    redis->now_us = now.us;
    link_open(redis, &redis->command, out);
    link_open(redis, &redis->subscribe, out);
}

/* The stream is gone; what it carried is lost. */
static void link_lost(struct redis *redis, struct link *link, struct redis_out *out)
{
    const bool was_open = link->state == LINK_OPEN;

    HB_ASSERT(link->state != LINK_CLOSED);
    if (was_open && redis->now_us - link->opened_us >= redis->config.backoff_us_max) {
        link->step = 0; /* it was stable: one that opens and dies again and again is not */
    }
    link->state = LINK_CLOSED;
    link->retry_us = redis->now_us + redis_pause_us(redis, link->step);
    link->step += link->step < REDIS_STEP_MAX;
    if (!was_open) {
        while (link->flight.len > 0) {
            (void)flight_pop(&link->flight); /* of the greeting: nobody waits for it */
        }
        return;
    }
    if (link == &redis->command) {
        redis_emit(out, REDIS_OUT_DISCONNECTED);
        pipeline_lost(redis, out);
    } else {
        subscriptions_lost(redis, out);
    }
    HB_ASSERT(link->flight.len == 0); /* I2 */
}

/* Closes a link that cannot be trusted any more and waits to open another. */
static void link_fail(struct redis *redis, struct link *link, struct redis_out *out)
{
    redis_emit(out, REDIS_OUT_CLOSE)->link = link->id;
    link_lost(redis, link, out);
}

/* --- Events --------------------------------------------------------------------------------- */

/* NULL: an event of a link that is not the present one. */
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

static void greet(struct redis *redis, struct link *link, const char *const *argv,
                  const size_t *argv_len, int argc, struct redis_out *out)
{
    redis_write(link, argc, argv, argv_len, out);
    flight_push(&link->flight, (struct request){.kind = REQUEST_GREETING, .at_us = redis->now_us});
}

static void greeting_begin(struct redis *redis, struct link *link, struct redis_out *out)
{
    const struct redis_config *config = &redis->config;
    const bool user = config->user.bytes != NULL;
    char number[24];

    if (user || config->password.bytes != NULL) {
        const char *password = config->password.bytes != NULL ? config->password.bytes : "";
        const char *const with[] = {"AUTH", config->user.bytes, password};
        const size_t with_len[] = {4, config->user.len, config->password.len};
        const char *const alone[] = {"AUTH", password};
        const size_t alone_len[] = {4, config->password.len};
        greet(redis, link, user ? with : alone, user ? with_len : alone_len, user ? 3 : 2, out);
    }
    if (config->database != 0) {
        const char *const argv[] = {"SELECT", number};
        const size_t argv_len[] = {
            6, (size_t)snprintf(number, sizeof number, "%" PRId64, config->database)};
        greet(redis, link, argv, argv_len, 2, out);
    }
}

static void greeting_end(struct redis *redis, struct link *link, struct redis_out *out)
{
    link->state = LINK_OPEN;
    link->opened_us = redis->now_us;
    if (link == &redis->command) {
        redis_emit(out, REDIS_OUT_CONNECTED);
    } else {
        subscriptions_opened(redis, out);
    }
}

/* Of AUTH or SELECT. False: it was refused, and the link is closed. */
static bool greeting_reply(struct redis *redis, struct link *link, const redisReply *reply,
                           struct redis_out *out)
{
    if (reply->type == REDIS_REPLY_STATUS && link->flight.len > 0) {
        (void)flight_pop(&link->flight);
        if (link->flight.len == 0) {
            greeting_end(redis, link, out);
        }
        return true;
    }
    const bool error = reply->type == REDIS_REPLY_ERROR;
    struct redis_item *item = redis_emit(out, REDIS_OUT_GREETING_REFUSED);
    redis_emit_text(out, item, error ? reply->str : "", error ? (size_t)reply->len : 0);
    link->step = REDIS_STEP_MAX; /* it will hardly be otherwise at once */
    return false;
}

void redis_opened(struct redis *redis, uint64_t link_id, struct mono now, struct redis_out *out)
{
    struct link *link = link_of(redis, link_id);

    redis->now_us = now.us;
    if (link == NULL || link->state != LINK_OPENING) {
        return;
    }
    link->state = LINK_GREETING;
    link->heard_us = now.us;
    link->reply_bytes = 0;
    if (link->reader != NULL) {
        redisReaderFree(link->reader); /* half a reply of the old stream may be in it */
    }
    arena_clear(&link->replies);
    link->reader = reader_new(redis, link);
    greeting_begin(redis, link, out);
    if (link->flight.len == 0) {
        greeting_end(redis, link, out);
    }
}

/* Takes one reply out of the reader. False: there is none yet, or the link was closed. */
static bool link_reply(struct redis *redis, struct link *link, struct redis_out *out)
{
    const size_t before = link->reader->len - link->reader->pos;
    void *reply = NULL;

    if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
        link_fail(redis, link, out); /* what follows cannot be understood */
        return false;
    }
    const size_t left = link->reader->len - link->reader->pos;
    HB_ASSERT(left <= before);
    link->reply_bytes += before - left;
    if (link->reply_bytes + (reply == NULL ? left : 0) > REDIS_REPLY_BYTES_MAX) {
        link_fail(redis, link, out);
        return false;
    }
    if (reply == NULL) {
        return false;
    }
    link->reply_bytes = 0;
    const bool in_order = link->state == LINK_GREETING ? greeting_reply(redis, link, reply, out)
                          : link == &redis->command    ? pipeline_reply(redis, reply, out)
                                                       : subscriptions_reply(redis, reply, out);
    arena_clear(&link->replies);
    if (!in_order) {
        link_fail(redis, link, out);
    }
    return in_order;
}

void redis_bytes(struct redis *redis, uint64_t link_id, const char *bytes, size_t bytes_len,
                 struct mono now, struct redis_out *out)
{
    struct link *link = link_of(redis, link_id);

    redis->now_us = now.us;
    if (link == NULL || link->state < LINK_GREETING || bytes_len == 0) {
        return;
    }
    link->heard_us = now.us;
    if (redisReaderFeed(link->reader, bytes, bytes_len) != REDIS_OK) {
        link_fail(redis, link, out);
        return;
    }
    while (link_reply(redis, link, out)) {
        /* until no whole reply is left: each takes at least four of the bytes */
    }
}

void redis_lost(struct redis *redis, uint64_t link_id, struct mono now, struct redis_out *out)
{
    struct link *link = link_of(redis, link_id);

    redis->now_us = now.us;
    if (link != NULL) {
        link_lost(redis, link, out);
    }
}

/* --- Time ----------------------------------------------------------------------------------- */

static void link_ping(struct redis *redis, struct link *link, struct redis_out *out)
{
    static const char *const argv[] = {"PING"};
    static const size_t argv_len[] = {4};

    HB_ASSERT(link->flight.len == 0);
    redis_write(link, 1, argv, argv_len, out);
    flight_push(&link->flight, (struct request){.kind = REQUEST_PING, .at_us = redis->now_us});
}

/* When the link wants to be woken for its own sake. */
static int64_t link_wake_us(const struct redis *redis, const struct link *link)
{
    const struct request *oldest = flight_first(&link->flight);

    switch (link->state) {
    case LINK_CLOSED:
        return link->retry_us;
    case LINK_OPENING:
        return link->opening_us + redis->config.command_timeout_us;
    case LINK_GREETING:
    case LINK_OPEN:
        return oldest != NULL ? oldest->at_us + redis->config.command_timeout_us
                              : link->heard_us + redis->config.ping_interval_us;
    }
    HB_UNREACHABLE("no such state of a link");
}

static void link_wake(struct redis *redis, struct link *link, struct redis_out *out)
{
    if (redis->now_us < link_wake_us(redis, link)) {
        return;
    }
    switch (link->state) {
    case LINK_CLOSED:
        link_open(redis, link, out);
        return;
    case LINK_OPENING:
    case LINK_GREETING:
        link_fail(redis, link, out);
        return;
    case LINK_OPEN:
        if (link->flight.len > 0) {
            link_fail(redis, link, out); /* I2: the order would be gone */
        } else {
            link_ping(redis, link, out);
        }
        return;
    }
    HB_UNREACHABLE("no such state of a link");
}

void redis_wake(struct redis *redis, struct mono now, struct redis_out *out)
{
    redis->now_us = now.us;
    link_wake(redis, &redis->command, out);
    link_wake(redis, &redis->subscribe, out);
    subscriptions_wake(redis, out);
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
