/* What is in flight on a link, in order; commands and their replies. See redis.h. */
#include "server/redis/redis_internal.h"

#include <stdlib.h>

#define FLIGHT_CAP_FIRST 16

/* --- The ring ------------------------------------------------------------------------------- */

static void flight_grow(struct flight *flight)
{
    const uint32_t cap = flight->cap > 0 ? flight->cap * 2 : FLIGHT_CAP_FIRST;
    struct request *items = hb_malloc(cap * sizeof *items);

    HB_ASSERT(cap > flight->cap); /* what is wanted and in flight is far below 2^31 */
    for (uint32_t i = 0; i < flight->len; i++) {
        items[i] = flight->items[(flight->first + i) & (flight->cap - 1)];
    }
    free(flight->items);
    flight->items = items;
    flight->cap = cap;
    flight->first = 0;
}

void flight_push(struct flight *flight, struct request request)
{
    if (flight->len == flight->cap) {
        flight_grow(flight);
    }
    flight->items[(flight->first + flight->len) & (flight->cap - 1)] = request;
    flight->len++;
}

struct request flight_pop(struct flight *flight)
{
    HB_ASSERT(flight->len > 0);
    const struct request first = flight->items[flight->first];
    flight->first = (flight->first + 1) & (flight->cap - 1);
    flight->len--;
    return first;
}

const struct request *flight_first(const struct flight *flight)
{
    return flight->len > 0 ? &flight->items[flight->first] : NULL;
}

/* --- Commands ------------------------------------------------------------------------------- */

void pipeline_reply(struct redis *redis, const redisReply *reply, struct redis_out *out)
{
    if (redis->command.flight.len == 0) {
        redis_link_fail(redis, &redis->command, out); /* an answer to nothing: order is gone */
        return;
    }
    const struct request request = flight_pop(&redis->command.flight); /* I1 */
    if (request.kind == REQUEST_PING || request.tag == 0) {
        return;
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
