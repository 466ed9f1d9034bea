/* The state of the Redis client, and what each of its files does with it: give out, write, pause.
 *
 * A link's life (every arrow is a function of links.c):
 *
 *              link_open            redis_opened        greeting_reply
 *     CLOSED ------------> OPENING -------------> GREETING -----------> OPEN
 *        ^                    |                      |                    |
 *        +---- link_lost -----+----- link_lost ------+----- link_lost ----+   after a pause: link_open again
 *
 *   CLOSED   nothing is in flight, `retry_us` says when to open;
 *   OPENING  nothing is in flight, the stream must open within the command time-out;
 *   GREETING AUTH and SELECT are in flight; over at once where neither is asked for;
 *   OPEN     `flight` holds every request that has no answer yet, oldest first. */
#ifndef HUBBUB_SERVER_REDIS_STATE_H
#define HUBBUB_SERVER_REDIS_STATE_H

#include "server/base/map.h"
#include "server/redis/flight.h"
#include "server/redis/redis.h"

#include <hiredis/hiredis.h>

enum link_state { LINK_CLOSED, LINK_OPENING, LINK_GREETING, LINK_OPEN };

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
    bool unasked;      /* in `redis->unasked` */
    bool confirmed;    /* on the present link */
    uint32_t asked;    /* SUBSCRIBEs in flight on the present link */
    uint32_t leaving;  /* UNSUBSCRIBEs, the same */
    uint32_t refusals; /* in a row: the step of the back-off */
    int64_t retry_us;  /* after a refusal; INT64_MAX: not waiting */
};

struct redis {
    struct redis_config config; /* its texts are owned */
    struct link command, subscribe;
    uint64_t next_link;
    struct interner names; /* of channels; index into `channels` */
    struct channel *channels;
    uint32_t channels_len, channels_cap;
    uint32_t *unasked; /* channels that were wanted since redis_ask, some of them perhaps no more */
    uint32_t unasked_len, unasked_cap;
    bool refused_any; /* some channel may have a retry_us: refusals are rare, channels many */
    redisReplyObjectFunctions objects;
    int64_t now_us;
};

struct redis_item *redis_emit(struct redis_out *out, enum redis_item_kind kind);
void redis_emit_text(struct redis_out *out, struct redis_item *item, const char *text,
                     size_t text_len);
void redis_write(const struct link *link, int argc, const char *const *argv, const size_t *argv_len,
                 struct redis_out *out);
#define REDIS_STEP_MAX 31 /* of the back-off: past any sensible maximum, and no shift overflows */
/* Uniform in [1, min(max, min * 2^step)]: full jitter, so that the nodes that lost one Redis at
 * one instant do not come back at one instant. */
int64_t redis_pause_us(const struct redis *redis, uint32_t step);

#endif
