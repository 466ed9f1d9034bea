/* Channels that are wanted against those that are confirmed on the present link.
 *
 * RESP2: what comes on a subscription link is an array (subscribe, unsubscribe, message, pong), or
 * an error, or `+PONG` before the first subscription. Messages come at any time; the others are
 * answers, in the order in which was asked, one for each channel of a SUBSCRIBE. An error names no
 * channel: it belongs to the oldest request, and refuses all channels of that SUBSCRIBE at once
 * (Redis judges a command as a whole before it executes it). */
#ifndef HUBBUB_SERVER_REDIS_SUBSCRIPTIONS_H
#define HUBBUB_SERVER_REDIS_SUBSCRIPTIONS_H

#include "server/redis/state.h"

void subscriptions_opened(struct redis *redis, struct redis_out *out);
/* False: not what was asked for; order is gone and the link with it. */
bool subscriptions_reply(struct redis *redis, const redisReply *reply,
                         struct redis_out *out) HB_MUST_USE;
void subscriptions_lost(struct redis *redis, struct redis_out *out);
void subscriptions_wake(struct redis *redis, struct redis_out *out);
int64_t subscriptions_wake_us(const struct redis *redis);

#endif
