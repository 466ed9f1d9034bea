/* See pipeline.h. */
#include "server/redis/pipeline.h"

bool pipeline_reply(struct redis *redis, const redisReply *reply, struct redis_out *out)
{
    if (redis->command.flight.len == 0) {
        return false;
    }
    const struct request request = flight_pop(&redis->command.flight); /* I1 */
    if (request.kind == REQUEST_PING || request.tag == 0) {
        return true;
    }
    struct redis_item *item = redis_emit(out, REDIS_OUT_REPLY);
    item->tag = request.tag;
    item->reply = REDIS_REPLY_OTHER;
    if (reply->type == REDIS_REPLY_INTEGER) {
        item->reply = REDIS_REPLY_INT;
        item->integer = reply->integer;
    } else if (reply->type == REDIS_REPLY_NIL) {
        item->reply = REDIS_REPLY_NONE;
    } else if (reply->type != REDIS_REPLY_ARRAY) {
        item->err = reply->type == REDIS_REPLY_ERROR ? HB_EAGAIN : HB_OK;
        item->reply = REDIS_REPLY_TEXT;
        redis_emit_text(out, item, reply->str, (size_t)reply->len);
    }
    return true;
}

void pipeline_lost(struct redis *redis, struct redis_out *out)
{
    while (redis->command.flight.len > 0) {
        const struct request request = flight_pop(&redis->command.flight);
        if (request.kind == REQUEST_COMMAND && request.tag != 0) { /* I2 */
            struct redis_item *item = redis_emit(out, REDIS_OUT_REPLY);
            item->tag = request.tag;
            item->err = HB_EUNKNOWN;
        }
    }
}

/* NOLINTNEXTLINE(readability-function-size): a command, its tag, the instant, the output: seven */
enum hb_err redis_command(struct redis *redis, int argc, const char *const *argv,
                          const size_t *argv_len, uint64_t tag, struct mono now,
                          struct redis_out *out)
{
    struct link *link = &redis->command;

    HB_ASSERT(argc > 0);
    redis->now_us = now.us;
    if (link->state != LINK_OPEN || link->flight.len >= REDIS_PIPELINE_MAX) {
        return HB_EAGAIN;
    }
    redis_write(link, argc, argv, argv_len, out);
    flight_push(&link->flight,
                (struct request){.kind = REQUEST_COMMAND, .tag = tag, .at_us = now.us});
    return HB_OK;
}
