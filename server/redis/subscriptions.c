/* See subscriptions.h. */
#include "server/redis/subscriptions.h"

#include <string.h>

#define REFUSALS_MAX 31 /* the step of a channel's back-off */

/* --- Asking --------------------------------------------------------------------------------- */

/* One SUBSCRIBE for `count` channels. */
static void ask(struct redis *redis, const uint32_t *indices, uint32_t count, struct redis_out *out)
{
    const char *argv[REDIS_CHANNELS_PER_SUBSCRIBE + 1] = {"SUBSCRIBE"};
    size_t argv_len[REDIS_CHANNELS_PER_SUBSCRIBE + 1] = {9};

    HB_ASSERT(count > 0);
    HB_ASSERT(count <= REDIS_CHANNELS_PER_SUBSCRIBE);
    for (uint32_t i = 0; i < count; i++) {
        struct channel *channel = &redis->channels[indices[i]];
        HB_ASSERT(channel->wanted);
        argv[i + 1] = interner_text(&redis->names, indices[i], &argv_len[i + 1]);
        channel->asked++;
        channel->retry_us = INT64_MAX;
        flight_push(&redis->subscribe.flight, (struct request){.kind = REQUEST_SUBSCRIBE,
                                                               .batch_end = i + 1 == count,
                                                               .channel = indices[i],
                                                               .at_us = redis->now_us});
    }
    redis_write(&redis->subscribe, (int)count + 1, argv, argv_len, out);
}

/* I3: asks for everything that is wanted, in the order of their numbers. */
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
        channel->unasked = false;
        channel->retry_us = INT64_MAX;
    }
    redis->unasked_len = 0;
    redis->refused_any = false;
    while (redis->subscribe.flight.len > 0) {
        (void)flight_pop(&redis->subscribe.flight);
    }
    redis_emit(out, REDIS_OUT_SUBSCRIPTIONS_LOST);
}

void redis_subscribe(struct redis *redis, const char *name, size_t name_len, uint64_t tag)
{
    const uint32_t index = interner_add(&redis->names, name, name_len);

    if (index == redis->channels_len) {
        HB_GROW(redis->channels, redis->channels_len, redis->channels_cap);
        redis->channels[redis->channels_len++] = (struct channel){.retry_us = INT64_MAX};
    }
    HB_ASSERT(index < redis->channels_len);
    struct channel *channel = &redis->channels[index];
    if (channel->wanted) {
        return;
    }
    HB_ASSERT(!channel->confirmed);
    channel->wanted = true;
    channel->tag = tag;
    channel->refusals = 0;
    if (redis->subscribe.state == LINK_OPEN && !channel->unasked) {
        channel->unasked = true;
        HB_GROW(redis->unasked, redis->unasked_len, redis->unasked_cap);
        redis->unasked[redis->unasked_len++] = index;
    }
}

void redis_ask(struct redis *redis, struct mono now, struct redis_out *out)
{
    uint32_t batch[REDIS_CHANNELS_PER_SUBSCRIBE];
    uint32_t count = 0;

    redis->now_us = redis->unasked_len > 0 ? now.us : redis->now_us;
    for (uint32_t i = 0; i < redis->unasked_len; i++) {
        struct channel *channel = &redis->channels[redis->unasked[i]];
        channel->unasked = false;
        if (!channel->wanted || redis->subscribe.state != LINK_OPEN) {
            continue; /* who opens the link asks for all */
        }
        batch[count++] = redis->unasked[i];
        if (count == REDIS_CHANNELS_PER_SUBSCRIBE) {
            ask(redis, batch, count, out);
            count = 0;
        }
    }
    if (count > 0) {
        ask(redis, batch, count, out);
    }
    redis->unasked_len = 0;
}

void redis_unsubscribe(struct redis *redis, const char *name, size_t name_len, struct mono now,
                       struct redis_out *out)
{
    const uint32_t index = interner_find(&redis->names, name, name_len);
    const char *const argv[] = {"UNSUBSCRIBE", name};
    const size_t argv_len[] = {11, name_len};

    redis->now_us = now.us;
    if (index == INTERNER_NONE || !redis->channels[index].wanted) {
        return;
    }
    struct channel *channel = &redis->channels[index];
    const bool there = channel->confirmed || channel->asked > 0;
    channel->wanted = false;
    channel->confirmed = false;
    channel->retry_us = INT64_MAX;
    if (there) { /* else it was refused, or there is no link */
        HB_ASSERT(redis->subscribe.state == LINK_OPEN);
        redis_write(&redis->subscribe, 2, argv, argv_len, out);
        channel->leaving++;
        flight_push(
            &redis->subscribe.flight,
            (struct request){.kind = REQUEST_UNSUBSCRIBE, .channel = index, .at_us = now.us});
    }
}

bool redis_forget(struct redis *redis, const char *name, size_t name_len)
{
    const uint32_t index = interner_find(&redis->names, name, name_len);

    if (index == INTERNER_NONE) {
        return true;
    }
    const struct channel *channel = &redis->channels[index];
    HB_ASSERT(!channel->wanted);
    if (channel->asked + channel->leaving > 0 || channel->unasked) {
        return false; /* what is in flight, or will be, names it */
    }
    redis->channels[index] = (struct channel){.retry_us = INT64_MAX};
    interner_remove(&redis->names, index);
    return true;
}

uint32_t redis_wanted(const struct redis *redis)
{
    uint32_t wanted = 0;

    for (uint32_t i = 0; i < redis->channels_len; i++) {
        wanted += redis->channels[i].wanted;
    }
    return wanted;
}

uint32_t redis_channels(const struct redis *redis)
{
    return interner_live(&redis->names);
}

bool redis_subscribed(const struct redis *redis, const char *name, size_t name_len)
{
    const uint32_t index = interner_find(&redis->names, name, name_len);
    return index != INTERNER_NONE && redis->channels[index].confirmed;
}

/* --- Answers -------------------------------------------------------------------------------- */

static bool on_message(struct redis *redis, const redisReply *reply, struct redis_out *out)
{
    const redisReply *name = reply->element[1];
    const redisReply *text = reply->element[2];

    if (name->type != REDIS_REPLY_STRING || text->type != REDIS_REPLY_STRING) {
        return false;
    }
    const uint32_t index = interner_find(&redis->names, name->str, (size_t)name->len);
    if (index == INTERNER_NONE || !redis->channels[index].confirmed) {
        return true; /* on its way when the channel was left */
    }
    struct redis_item *item = redis_emit(out, REDIS_OUT_MESSAGE);
    item->tag = redis->channels[index].tag;
    redis_emit_text(out, item, text->str, (size_t)text->len);
    return true;
}

/* Does `reply` answer the oldest request, which must be of this kind? */
static bool answers(const struct redis *redis, const redisReply *reply, enum request_kind kind)
{
    const struct request *oldest = flight_first(&redis->subscribe.flight);
    const redisReply *name = reply->element[1];
    size_t len;

    if (oldest == NULL || oldest->kind != kind || name->type != REDIS_REPLY_STRING) {
        return false;
    }
    const char *text = interner_text(&redis->names, oldest->channel, &len);
    return len == (size_t)name->len && memcmp(text, name->str, len) == 0;
}

static void on_subscribed(struct redis *redis, struct redis_out *out)
{
    struct channel *channel = &redis->channels[flight_pop(&redis->subscribe.flight).channel];

    HB_ASSERT(channel->asked > 0);
    channel->asked--;
    channel->refusals = 0;
    /* Only the last SUBSCRIBE counts: behind an earlier one there is an UNSUBSCRIBE. */
    if (channel->wanted && channel->asked == 0) {
        channel->confirmed = true;
        redis_emit(out, REDIS_OUT_SUBSCRIBED)->tag = channel->tag; /* I4 */
    }
}

static void on_unsubscribed(struct redis *redis, struct request request)
{
    struct channel *channel = &redis->channels[request.channel];

    HB_ASSERT(channel->leaving > 0);
    channel->leaving--;
}

static void refuse(struct redis *redis, struct channel *channel, const redisReply *error,
                   struct redis_out *out)
{
    HB_ASSERT(channel->asked > 0);
    channel->asked--;
    if (!channel->wanted || channel->asked > 0) {
        return; /* left meanwhile, or asked for again already */
    }
    channel->retry_us = redis->now_us + redis_pause_us(redis, channel->refusals);
    channel->refusals += channel->refusals < REFUSALS_MAX;
    redis->refused_any = true;
    struct redis_item *item = redis_emit(out, REDIS_OUT_REFUSED);
    item->tag = channel->tag;
    redis_emit_text(out, item, error->str, (size_t)error->len);
}

/* An error answers the oldest request. A refused PING shows that the stream lives, and a refused
 * UNSUBSCRIBE leaves messages that nobody is given: both need nothing more. */
static void on_error(struct redis *redis, const redisReply *error, struct redis_out *out)
{
    struct flight *flight = &redis->subscribe.flight;
    struct request request = flight_pop(flight);

    if (request.kind == REQUEST_UNSUBSCRIBE) {
        on_unsubscribed(redis, request);
    }
    if (request.kind != REQUEST_SUBSCRIBE) {
        return;
    }
    refuse(redis, &redis->channels[request.channel], error, out);
    while (!request.batch_end) {
        request = flight_pop(flight);
        HB_ASSERT(request.kind == REQUEST_SUBSCRIBE);
        refuse(redis, &redis->channels[request.channel], error, out);
    }
}

static bool on_pong(struct redis *redis)
{
    const struct request *oldest = flight_first(&redis->subscribe.flight);

    if (oldest == NULL || oldest->kind != REQUEST_PING) {
        return false;
    }
    (void)flight_pop(&redis->subscribe.flight);
    return true;
}

static bool is_kind(const redisReply *reply, size_t elements, const char *kind)
{
    return reply->elements == elements && strcmp(reply->element[0]->str, kind) == 0;
}

bool subscriptions_reply(struct redis *redis, const redisReply *reply, struct redis_out *out)
{
    if (reply->type == REDIS_REPLY_ERROR && redis->subscribe.flight.len > 0) {
        on_error(redis, reply, out);
        return true;
    }
    if (reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, "PONG") == 0 && on_pong(redis)) {
        return true;
    }
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements >= 2 &&
        reply->element[0]->type == REDIS_REPLY_STRING) {
        if (is_kind(reply, 3, "message")) {
            return on_message(redis, reply, out);
        }
        if (is_kind(reply, 3, "subscribe") && answers(redis, reply, REQUEST_SUBSCRIBE)) {
            on_subscribed(redis, out);
            return true;
        }
        if (is_kind(reply, 3, "unsubscribe") && answers(redis, reply, REQUEST_UNSUBSCRIBE)) {
            on_unsubscribed(redis, flight_pop(&redis->subscribe.flight));
            return true;
        }
        if (is_kind(reply, 2, "pong") && on_pong(redis)) {
            return true;
        }
    }
    return false;
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

/* Each refused channel is asked for alone, so that one which is forbidden for good does not take
 * the others of its batch with it. */
void subscriptions_wake(struct redis *redis, struct redis_out *out)
{
    bool left = false;

    for (uint32_t i = 0; redis->refused_any && i < redis->channels_len; i++) {
        if (redis->channels[i].retry_us <= redis->now_us) {
            HB_ASSERT(redis->subscribe.state == LINK_OPEN); /* a loss clears retry_us */
            ask(redis, &i, 1, out);
        }
        left |= redis->channels[i].retry_us != INT64_MAX;
    }
    redis->refused_any = left;
}
