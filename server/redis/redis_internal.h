/* The inside of the Redis client. See redis.h.
 *
 *   redis.c          links: opening, bytes, loss, back-off, silence
 *   replies.c        what hiredis' reader makes of bytes
 *   pipeline.c       what is in flight on a link, in order; commands and their replies
 *   subscriptions.c  wanted and confirmed channels, messages
 *
 * A link's life (every arrow is a function of redis.c):
 *
 *              link_open            redis_opened
 *     CLOSED ------------> OPENING -------------> OPEN
 *        ^                    |                     |
 *        +---- link_lost -----+----- link_lost -----+     after a pause: link_open again
 *
 *   CLOSED   nothing is in flight, `retry_us` says when to open;
 *   OPENING  nothing is in flight, the stream must open within the command time-out;
 *   OPEN     `flight` holds every request that has no answer yet, oldest first. */
#ifndef HUBBUB_SERVER_REDIS_REDIS_INTERNAL_H
#define HUBBUB_SERVER_REDIS_REDIS_INTERNAL_H

#include "server/base/map.h"
#include "server/redis/redis.h"

#include <hiredis/hiredis.h>

enum link_state { LINK_CLOSED, LINK_OPENING, LINK_OPEN };

struct request {
    enum request_kind {
        REQUEST_COMMAND,     /* of the user of this object: `tag` */
        REQUEST_PING,        /* of ours */
        REQUEST_SUBSCRIBE,   /* one channel of a SUBSCRIBE */
        REQUEST_UNSUBSCRIBE, /* of one channel */
    } kind;
    bool batch_end;   /* SUBSCRIBE: the last channel of its command */
    uint32_t channel; /* of the two last kinds */
    uint64_t tag;
    int64_t at_us; /* when it was written */
};

struct flight { /* a ring */
    struct request *items;
    uint32_t first, len, cap; /* cap: a power of two, or 0 */
};

struct link {
    enum link_state state;
    uint64_t id;   /* of the present stream, or of the last one; never used again */
    uint32_t step; /* of the back-off */
    int64_t opening_us, opened_us;
    int64_t heard_us; /* the last bytes */
    int64_t retry_us; /* CLOSED: when to open again */
    struct flight flight;
    redisReader *reader;
    struct arena replies; /* owns what the reader made, until the next reply */
    size_t reply_bytes;   /* consumed by the reply that is being read */
};

struct channel {
    uint64_t tag;
    bool wanted;
    bool confirmed;    /* on the present link */
    uint32_t asked;    /* SUBSCRIBEs in flight on the present link */
    uint32_t refusals; /* in a row: the step of the back-off */
    int64_t retry_us;  /* after a refusal; INT64_MAX: not waiting */
};

struct redis {
    struct redis_config config;
    struct link command, subscribe;
    uint64_t next_link;
    struct interner names; /* of channels; index into `channels` */
    struct channel *channels;
    uint32_t channels_len, channels_cap;
    bool refused_any; /* some channel may have a retry_us: refusals are rare, channels many */
    redisReplyObjectFunctions objects;
    int64_t now_us;
};

/* redis.c */
struct redis_item *redis_emit(struct redis_out *out, enum redis_item_kind kind);
void redis_emit_text(struct redis_out *out, struct redis_item *item, const char *text,
                     size_t text_len);
void redis_write(const struct link *link, int argc, const char *const *argv, const size_t *argv_len,
                 struct redis_out *out);
/* Closes a link that cannot be trusted any more and waits to open another. */
void redis_link_fail(struct redis *redis, struct link *link, struct redis_out *out);
/* Uniform in [1, min(max, min * 2^step)]: full jitter, so that the nodes that lost one Redis at
 * one instant do not come back at one instant. */
int64_t redis_pause_us(const struct redis *redis, uint32_t step);

/* replies.c */
redisReplyObjectFunctions redis_reply_functions(void);

/* pipeline.c */
void flight_push(struct flight *flight, struct request request);
struct request flight_pop(struct flight *flight);
const struct request *flight_first(const struct flight *flight); /* NULL: none */
void pipeline_reply(struct redis *redis, const redisReply *reply, struct redis_out *out);
void pipeline_lost(struct redis *redis, struct redis_out *out);

/* subscriptions.c */
void subscriptions_opened(struct redis *redis, struct redis_out *out);
void subscriptions_reply(struct redis *redis, const redisReply *reply, struct redis_out *out);
void subscriptions_lost(struct redis *redis, struct redis_out *out);
void subscriptions_wake(struct redis *redis, struct redis_out *out);
int64_t subscriptions_wake_us(const struct redis *redis);

#endif
