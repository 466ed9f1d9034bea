/* The inside of the Redis client. See redis.h.
 *
 *   redis.c          links: open, lost, back-off, silence
 *   pipeline.c       commands and their replies, in order
 *   subscriptions.c  wanted and confirmed channels, messages */
#ifndef HUBBUB_SERVER_REDIS_REDIS_INTERNAL_H
#define HUBBUB_SERVER_REDIS_REDIS_INTERNAL_H

#include "server/base/map.h"
#include "server/redis/redis.h"

#include <hiredis/hiredis.h>

enum link_state { LINK_CLOSED, LINK_OPENING, LINK_OPEN };

struct link {
    enum link_state state;
    uint64_t id; /* of the present stream; ids are never used again */
    uint32_t step; /* of the back-off */
    int64_t opened_us;
    int64_t heard_us;  /* last bytes */
    int64_t retry_us;  /* when to open again; INT64_MAX: not waiting */
    int64_t asked_us;  /* the oldest request without an answer; INT64_MAX: none */
    bool pinging;      /* a PING of ours is unanswered (subscription link) */
    redisReader *reader;
};

struct request { /* a command in flight */
    uint64_t tag;
    int64_t at_us;
};

struct channel {
    uint64_t tag;
    bool wanted;
    bool confirmed;   /* on the present link */
    uint32_t asked;   /* SUBSCRIBEs in flight on the present link */
    uint32_t leaving; /* UNSUBSCRIBEs in flight there */
    int64_t retry_us; /* after a refusal; INT64_MAX: no */
    uint32_t refusals;
};

struct redis {
    struct redis_config config;
    struct link command, subscribe;
    uint64_t next_link;
    struct request *pipeline; /* ring of pipeline_cap */
    uint32_t pipeline_first, pipeline_len, pipeline_cap;
    struct interner names;    /* of channels; index into `channels` */
    struct channel *channels;
    uint32_t channels_len, channels_cap;
    uint32_t *asked; /* channels whose SUBSCRIBE is in flight, in order: an error reply names none */
    uint32_t asked_len, asked_cap;
    bool refused_any; /* some channel may have a retry_us: refusals are rare, channels many */
    int64_t now_us;
};

/* redis.c */
struct redis_item *redis_emit(struct redis_out *out, enum redis_item_kind kind);
void redis_emit_text(struct redis_out *out, struct redis_item *item, const char *text,
                     size_t text_len);
void redis_write(struct redis *redis, struct link *link, int argc, const char *const *argv,
                 const size_t *argv_len, struct redis_out *out);
/* Closes a link that cannot be trusted any more and waits to open another. */
void redis_link_fail(struct redis *redis, struct link *link, struct redis_out *out);
int64_t redis_pause_us(struct redis *redis, uint32_t step);

/* pipeline.c */
void pipeline_reply(struct redis *redis, const redisReply *reply, struct redis_out *out);
void pipeline_lost(struct redis *redis, struct redis_out *out);
void pipeline_push(struct redis *redis, uint64_t tag);

/* subscriptions.c */
void subscriptions_opened(struct redis *redis, struct redis_out *out);
void subscriptions_reply(struct redis *redis, const redisReply *reply, struct redis_out *out);
void subscriptions_lost(struct redis *redis, struct redis_out *out);
void subscriptions_wake(struct redis *redis, struct redis_out *out);
int64_t subscriptions_wake_us(const struct redis *redis);

#endif
