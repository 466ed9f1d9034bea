/* Channels that are wanted against those that are confirmed on the present link.
 *
 * RESP2: replies on a subscription link are arrays (subscribe, unsubscribe, message, pong) or an
 * error. SUBSCRIBEs are answered in order, one reply a channel, so an error belongs to the oldest
 * SUBSCRIBE in flight; one command carries up to REDIS_CHANNELS_PER_SUBSCRIBE channels, and an
 * error refuses all of its channels at once. */
#include "server/redis/redis_internal.h"

#include <string.h>

#define BATCH_END UINT32_MAX /* in `asked`: the end of one SUBSCRIBE command */

static void asked_push(struct redis *redis, uint32_t value)
{
    HB_GROW(redis->asked, redis->asked_len, redis->asked_cap);
    redis->asked[redis->asked_len++] = value;
}

static void asked_drop(struct redis *redis, uint32_t count)
{
    redis->asked_len -= count;
    memmove(redis->asked, redis->asked + count, redis->asked_len * sizeof *redis->asked);
    if (redis->asked_len == 0 && !redis->subscribe.pinging) {
        redis->subscribe.asked_us = INT64_MAX;
    } else {
        redis->subscribe.asked_us = redis->now_us;
    }
}

/* One SUBSCRIBE for `count` channels. */
static void ask(struct redis *redis, const uint32_t *indices, uint32_t count,
                struct redis_out *out)
{
    const char *argv[REDIS_CHANNELS_PER_SUBSCRIBE + 1] = {"SUBSCRIBE"};
    size_t argv_len[REDIS_CHANNELS_PER_SUBSCRIBE + 1] = {9};

    HB_ASSERT(count <= REDIS_CHANNELS_PER_SUBSCRIBE);
    for (uint32_t i = 0; i < count; i++) {
        argv[i + 1] = interner_text(&redis->names, indices[i], &argv_len[i + 1]);
        redis->channels[indices[i]].asked++;
        redis->channels[indices[i]].retry_us = INT64_MAX;
        asked_push(redis, indices[i]);
    }
    asked_push(redis, BATCH_END);
    if (redis->subscribe.asked_us == INT64_MAX) {
        redis->subscribe.asked_us = redis->now_us;
    }
    redis_write(redis, &redis->subscribe, (int)count + 1, argv, argv_len, out);
}

void subscriptions_opened(struct redis *redis, struct redis_out *out)
{
    uint32_t batch[REDIS_CHANNELS_PER_SUBSCRIBE];
    uint32_t count = 0;

    for (uint32_t i = 0; i < redis->channels_len; i++) {
        if (!redis->channels[i].wanted) {
            continue;
        }
        batch[count++] = i;
        if (count == REDIS_CHANNELS_PER_SUBSCRIBE) {
            ask(redis, batch, count, out);
            count = 0;
        }
    }
    if (count > 0) {
        ask(redis, batch, count, out);
    }
}

void subscriptions_lost(struct redis *redis, struct redis_out *out)
{
    for (uint32_t i = 0; i < redis->channels_len; i++) {
        struct channel *channel = &redis->channels[i];
        channel->confirmed = false;
        channel->asked = 0;
        channel->leaving = 0;
        channel->retry_us = INT64_MAX;
    }
    redis->asked_len = 0;
    redis_emit(out, REDIS_OUT_SUBSCRIPTIONS_LOST);
}

void redis_subscribe(struct redis *redis, const char *name, size_t name_len, uint64_t tag,
                     struct mono now, struct redis_out *out)
{
    const uint32_t index = interner_add(&redis->names, name, name_len);

    redis->now_us = now.us;
    if (index == redis->channels_len) {
        HB_GROW(redis->channels, redis->channels_len, redis->channels_cap);
        redis->channels[redis->channels_len++] = (struct channel){.retry_us = INT64_MAX};
    }
    struct channel *channel = &redis->channels[index];
    if (channel->wanted) {
        return;
    }
    channel->wanted = true;
    channel->tag = tag;
    channel->refusals = 0;
    if (redis->subscribe.state == LINK_OPEN) {
        ask(redis, &index, 1, out);
    }
}

void redis_unsubscribe(struct redis *redis, const char *name, size_t name_len, struct mono now,
                       struct redis_out *out)
{
    const uint32_t index = interner_find(&redis->names, name, name_len);

    redis->now_us = now.us;
    if (index == INTERNER_NONE || !redis->channels[index].wanted) {
        return;
    }
    struct channel *channel = &redis->channels[index];
    channel->wanted = false;
    channel->confirmed = false;
    channel->retry_us = INT64_MAX;
    if (redis->subscribe.state == LINK_OPEN) {
        const char *const argv[] = {"UNSUBSCRIBE", name};
        const size_t argv_len[] = {11, name_len};
        channel->leaving++;
        redis_write(redis, &redis->subscribe, 2, argv, argv_len, out);
    }
}

bool redis_subscribed(const struct redis *redis, const char *name, size_t name_len)
{
    const uint32_t index = interner_find(&redis->names, name, name_len);
    return index != INTERNER_NONE && redis->channels[index].confirmed;
}

/* --- Replies -------------------------------------------------------------------------------- */

static struct channel *channel_of(struct redis *redis, const redisReply *name, uint32_t *ret)
{
    if (name->type != REDIS_REPLY_STRING) {
        return NULL;
    }
    *ret = interner_find(&redis->names, name->str, (size_t)name->len);
    return *ret != INTERNER_NONE ? &redis->channels[*ret] : NULL;
}

static void on_message(struct redis *redis, const redisReply *reply, struct redis_out *out)
{
    uint32_t index;
    const struct channel *channel = channel_of(redis, reply->element[1], &index);

    if (channel == NULL || !channel->confirmed || reply->element[2]->type != REDIS_REPLY_STRING) {
        return; /* on its way when the channel was left */
    }
    struct redis_item *item = redis_emit(out, REDIS_OUT_MESSAGE);
    item->tag = channel->tag;
    redis_emit_text(out, item, reply->element[2]->str, (size_t)reply->element[2]->len);
}

static void on_subscribed(struct redis *redis, const redisReply *reply, struct redis_out *out)
{
    uint32_t index;
    struct channel *channel = channel_of(redis, reply->element[1], &index);

    if (channel == NULL || redis->asked_len == 0 || redis->asked[0] != index) {
        redis_link_fail(redis, &redis->subscribe, out); /* not what was asked for */
        return;
    }
    const bool last = redis->asked_len > 1 && redis->asked[1] == BATCH_END;
    asked_drop(redis, last ? 2 : 1);
    channel->asked--;
    channel->refusals = 0;
    /* Confirmed by the last SUBSCRIBE only, with no UNSUBSCRIBE behind it. */
    if (channel->wanted && channel->asked == 0) {
        channel->confirmed = true;
        redis_emit(out, REDIS_OUT_SUBSCRIBED)->tag = channel->tag;
    }
}

/* The oldest SUBSCRIBE was refused: its channels are asked for again later. */
static void on_refused(struct redis *redis, const redisReply *reply, struct redis_out *out)
{
    uint32_t count = 0;

    while (count < redis->asked_len && redis->asked[count] != BATCH_END) {
        struct channel *channel = &redis->channels[redis->asked[count]];
        channel->asked--;
        if (channel->wanted) {
            channel->retry_us = redis->now_us + redis_pause_us(redis, channel->refusals);
            channel->refusals++;
            redis->refused_any = true;
            struct redis_item *item = redis_emit(out, REDIS_OUT_REFUSED);
            item->tag = channel->tag;
            redis_emit_text(out, item, reply->str, (size_t)reply->len);
        }
        count++;
    }
    asked_drop(redis, count + 1);
}

void subscriptions_reply(struct redis *redis, const redisReply *reply, struct redis_out *out)
{
    if (reply->type == REDIS_REPLY_ERROR && redis->asked_len > 0) {
        on_refused(redis, reply, out);
        return;
    }
    if (reply->type == REDIS_REPLY_STATUS) {
        redis->subscribe.pinging = false; /* PONG, before the first subscription */
        redis->subscribe.asked_us = redis->asked_len > 0 ? redis->now_us : INT64_MAX;
        return;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING) {
        redis_link_fail(redis, &redis->subscribe, out);
        return;
    }
    const char *kind = reply->element[0]->str;
    uint32_t index;
    if (strcmp(kind, "message") == 0 && reply->elements == 3) {
        on_message(redis, reply, out);
    } else if (strcmp(kind, "subscribe") == 0 && reply->elements == 3) {
        on_subscribed(redis, reply, out);
    } else if (strcmp(kind, "unsubscribe") == 0 && reply->elements == 3) {
        struct channel *channel = channel_of(redis, reply->element[1], &index);
        if (channel != NULL && channel->leaving > 0) {
            channel->leaving--;
        }
    } else if (strcmp(kind, "pong") == 0) {
        redis->subscribe.pinging = false;
        redis->subscribe.asked_us = redis->asked_len > 0 ? redis->now_us : INT64_MAX;
    } else {
        redis_link_fail(redis, &redis->subscribe, out);
    }
}

/* --- Time ----------------------------------------------------------------------------------- */

int64_t subscriptions_wake_us(const struct redis *redis)
{
    int64_t at = INT64_MAX;
    for (uint32_t i = 0; redis->refused_any && i < redis->channels_len; i++) {
        at = redis->channels[i].retry_us < at ? redis->channels[i].retry_us : at;
    }
    return at;
}

void subscriptions_wake(struct redis *redis, struct redis_out *out)
{
    bool left = false;
    for (uint32_t i = 0; redis->refused_any && i < redis->channels_len; i++) {
        if (redis->channels[i].retry_us <= redis->now_us &&
            redis->subscribe.state == LINK_OPEN) {
            ask(redis, &i, 1, out);
        }
        left |= redis->channels[i].retry_us != INT64_MAX;
    }
    redis->refused_any = left;
}
