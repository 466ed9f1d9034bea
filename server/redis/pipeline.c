/* See pipeline.h. */
#include "server/redis/pipeline.h"

#include <string.h>

#define ABSENT UINT32_MAX

static void list_add(struct redis_out *out, struct redis_item *item, const char *text, size_t len)
{
    const uint32_t said = text != NULL ? (uint32_t)len : ABSENT;

    buf_add(&out->bytes, (const char *)&said, sizeof said);
    if (text != NULL) {
        buf_add(&out->bytes, text, len);
    }
    item->text_len = out->bytes.len - item->text_offset;
}

/* Depth is bounded by the reader's own limit. NOLINTNEXTLINE(misc-no-recursion) */
static void list_fill(struct redis_out *out, struct redis_item *item, const redisReply *reply)
{
    struct buf digits = {0};

    switch (reply->type) {
    case REDIS_REPLY_ARRAY:
        for (size_t i = 0; i < reply->elements; i++) {
            list_fill(out, item, reply->element[i]);
        }
        return;
    case REDIS_REPLY_INTEGER:
        buf_add_i64(&digits, reply->integer);
        list_add(out, item, digits.bytes, digits.len);
        buf_deinit(&digits);
        return;
    case REDIS_REPLY_NIL:
        list_add(out, item, NULL, 0);
        return;
    case REDIS_REPLY_ERROR:
        item->err = HB_EAGAIN;
        list_add(out, item, NULL, 0);
        return;
    default:
        list_add(out, item, reply->str, (size_t)reply->len);
        return;
    }
}

bool redis_list_next(const char **at, const char *end, struct text *ret)
{
    uint32_t len;

    if ((size_t)(end - *at) < sizeof len) {
        return false;
    }
    memcpy(&len, *at, sizeof len);
    *at += sizeof len;
    *ret = (struct text){NULL, 0};
    if (len != ABSENT) {
        HB_ASSERT(len <= (size_t)(end - *at));
        *ret = (struct text){*at, len};
        *at += len;
    }
    return true;
}

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
    if (reply->type == REDIS_REPLY_INTEGER) {
        item->reply = REDIS_REPLY_INT;
        item->integer = reply->integer;
    } else if (reply->type == REDIS_REPLY_NIL) {
        item->reply = REDIS_REPLY_NONE;
    } else if (reply->type == REDIS_REPLY_ARRAY) {
        item->reply = REDIS_REPLY_LIST;
        redis_emit_text(out, item, "", 0);
        list_fill(out, item, reply);
    } else {
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

bool redis_takes(const struct redis *redis, uint32_t commands)
{
    const struct link *link = &redis->command;

    return link->state == LINK_OPEN && link->flight.len + commands <= REDIS_PIPELINE_MAX;
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
