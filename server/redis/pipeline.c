/* Commands in flight and their replies, in the order in which they were written. */
#include "server/redis/redis_internal.h"

#include <stdlib.h>

void pipeline_push(struct redis *redis, uint64_t tag)
{
    if (redis->pipeline_len == redis->pipeline_cap) {
        const uint32_t cap = redis->pipeline_cap ? redis->pipeline_cap * 2 : 16;
        struct request *ring = hb_malloc(cap * sizeof *ring);
        for (uint32_t i = 0; i < redis->pipeline_len; i++) {
            ring[i] = redis->pipeline[(redis->pipeline_first + i) % redis->pipeline_cap];
        }
        free(redis->pipeline);
        redis->pipeline = ring;
        redis->pipeline_cap = cap;
        redis->pipeline_first = 0;
    }
    redis->pipeline[(redis->pipeline_first + redis->pipeline_len) % redis->pipeline_cap] =
        (struct request){tag, redis->now_us};
    redis->pipeline_len++;
    redis->command.asked_us = redis->pipeline[redis->pipeline_first].at_us;
}

static struct request pipeline_pop(struct redis *redis)
{
    HB_ASSERT(redis->pipeline_len > 0);
    const struct request first = redis->pipeline[redis->pipeline_first];
    redis->pipeline_first = (redis->pipeline_first + 1) % redis->pipeline_cap;
    redis->pipeline_len--;
    redis->command.asked_us =
        redis->pipeline_len > 0 ? redis->pipeline[redis->pipeline_first].at_us : INT64_MAX;
    return first;
}

void pipeline_reply(struct redis *redis, const redisReply *reply, struct redis_out *out)
{
    if (redis->pipeline_len == 0) {
        redis_link_fail(redis, &redis->command, out); /* an answer to nothing: order is gone */
        return;
    }
    const struct request request = pipeline_pop(redis); /* I1 */
    if (request.tag == 0) {
        return;
    }
    struct redis_item *item = redis_emit(out, REDIS_OUT_REPLY);
    item->tag = request.tag;
    item->reply = REDIS_REPLY_OTHER;
    if (reply->type == REDIS_REPLY_INTEGER) {
        item->reply = REDIS_REPLY_INT;
        item->integer = reply->integer;
    } else if (reply->type == REDIS_REPLY_NIL) {
        item->reply = REDIS_REPLY_NIL_;
    } else if (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS) {
        item->reply = REDIS_REPLY_TEXT;
        redis_emit_text(out, item, reply->str, (size_t)reply->len);
    } else if (reply->type == REDIS_REPLY_ERROR) {
        item->err = HB_EAGAIN;
        item->reply = REDIS_REPLY_TEXT;
        redis_emit_text(out, item, reply->str, (size_t)reply->len);
    }
}

void pipeline_lost(struct redis *redis, struct redis_out *out)
{
    while (redis->pipeline_len > 0) {
        const struct request request = pipeline_pop(redis);
        if (request.tag != 0) { /* I2 */
            struct redis_item *item = redis_emit(out, REDIS_OUT_REPLY);
            item->tag = request.tag;
            item->err = HB_EUNKNOWN;
        }
    }
    redis->command.asked_us = INT64_MAX;
}

enum hb_err redis_command(struct redis *redis, int argc, const char *const *argv,
                          const size_t *argv_len, uint64_t tag, struct mono now,
                          struct redis_out *out)
{
    HB_ASSERT(argc > 0);
    redis->now_us = now.us;
    if (redis->command.state != LINK_OPEN || redis->pipeline_len == REDIS_PIPELINE_MAX) {
        return HB_EAGAIN;
    }
    redis_write(redis, &redis->command, argc, argv, argv_len, out);
    pipeline_push(redis, tag);
    return HB_OK;
}
