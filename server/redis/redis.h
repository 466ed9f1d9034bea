/* A sans-I/O Redis client: bytes in, bytes and answers out. RESP2, pipelining, pub/sub, reconnect.
 *
 *          redis_command, redis_subscribe          REDIS_OUT_REPLY, _MESSAGE, _SUBSCRIBED, ...
 *   node ------------------------------> redis ------------------------------------> node
 *                                        |   ^
 *        REDIS_OUT_OPEN, _WRITE, _CLOSE  v   |  redis_opened, redis_bytes, redis_lost, redis_wake
 *                                   whoever holds the sockets
 *
 * Two byte streams ("links") to one endpoint: one for commands, one for subscriptions (a RESP2
 * connection in subscribe mode takes no other command). A link id is never used again, so an event
 * of an old link cannot touch a new one. Cluster and Sentinel will be more endpoints in front of
 * this same object.
 *
 * Where a user, a password or a database is asked for, a link begins with AUTH and SELECT, and nothing else is
 * written to it before both were confirmed.
 *
 * Own invariants:
 *   I1  replies are given to commands in the order in which they were written;
 *   I2  each command with a token is answered exactly once: by its reply, or by HB_EUNKNOWN when
 *       its link was lost or its deadline passed (the link is then closed: order would be gone);
 *   I3  a wanted channel is either confirmed on the present link, or SUBSCRIBE for it is in flight
 *       there, or there is no open link; after each reconnect all are asked for again;
 *   I4  REDIS_OUT_SUBSCRIBED comes after each (re)confirmation: from then on messages flow, and
 *       what was published before may be lost.
 *
 * Why not hiredis' asynchronous layer: SSUBSCRIBE aborts the process in 0.14, and its timers and
 * sockets are its own. We use its reader and its formatter only.
 * Pure: the instant comes with each call, jitter from `entropy`. */
#ifndef HUBBUB_SERVER_REDIS_REDIS_H
#define HUBBUB_SERVER_REDIS_REDIS_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/rng.h"
#include "server/base/text.h"

#define REDIS_PIPELINE_MAX           65536   /* commands in flight; one more is HB_EAGAIN */
#define REDIS_REPLY_BYTES_MAX        1048576 /* a longer reply closes the link */
#define REDIS_CHANNELS_PER_SUBSCRIBE 64      /* channels of one SUBSCRIBE */

struct redis_config {
    int64_t backoff_us_min; /* first pause before a reconnect */
    int64_t backoff_us_max; /* pauses double up to this; full jitter */
    int64_t
        command_timeout_us;   /* a reply, or a SUBSCRIBE's confirmation, later than this is lost */
    int64_t ping_interval_us; /* PING on a silent link, either of them */
    struct entropy entropy;
    /* Who we are there; copied. Absent texts: the default user, no password. */
    struct text user, password;
    int64_t database; /* 0: as a link begins */
};

struct redis_item {
    enum redis_item_kind {
        REDIS_OUT_OPEN,       /* open a byte stream and call it `link` */
        REDIS_OUT_WRITE,      /* write `text` to `link` */
        REDIS_OUT_CLOSE,      /* close `link`; no event of it is wanted any more */
        REDIS_OUT_REPLY,      /* the answer of command `tag` */
        REDIS_OUT_MESSAGE,    /* `text` was published on the channel subscribed with `tag` */
        REDIS_OUT_SUBSCRIBED, /* channel `tag` is confirmed on the present link (again) */
        REDIS_OUT_REFUSED,    /* SUBSCRIBE of `tag` got the error `text`; it is tried again later */
        REDIS_OUT_SUBSCRIPTIONS_LOST, /* the subscription link is gone: all channels */
        REDIS_OUT_GREETING_REFUSED,   /* AUTH or SELECT got the error `text`; tried again after the
                                         longest pause */
        REDIS_OUT_CONNECTED,          /* the command link is open */
        REDIS_OUT_DISCONNECTED,       /* the command link is gone */
    } kind;
    uint64_t link;
    uint64_t tag;
    enum hb_err err; /* REPLY: HB_OK, HB_EUNKNOWN (no answer), HB_EAGAIN (an error reply: `text`) */
    enum redis_reply_kind {
        REDIS_REPLY_NONE,
        REDIS_REPLY_INT,
        REDIS_REPLY_TEXT,
        REDIS_REPLY_LIST
    } reply;
    int64_t integer;              /* REPLY with REDIS_REPLY_INT */
    size_t text_offset, text_len; /* in redis_out.bytes */
};

/* What a call wants done, in order. The caller's; cleared by the caller between calls. */
struct redis_out {
    struct redis_item *items;
    size_t items_len, items_cap;
    struct buf bytes;
};
/* The next element of a REDIS_REPLY_LIST: `at` begins at its text. What was nested follows one after the
 * other, an integer is its digits, an absent one has no bytes. An error within (of one command of a
 * transaction) makes the reply's `err` HB_EAGAIN. False: there is none. */
bool redis_list_next(const char **at, const char *end, struct text *ret);

void redis_out_clear(struct redis_out *out);
void redis_out_deinit(struct redis_out *out);

struct redis;

struct redis *redis_new(const struct redis_config *config) HB_MUST_USE;
void redis_free(struct redis **redis);

/* Opens both links. Called once. */
void redis_start(struct redis *redis, struct mono now, struct redis_out *out);

/* Events of a link; of one that is not the present one they are ignored. */
void redis_opened(struct redis *redis, uint64_t link_id, struct mono now, struct redis_out *out);
void redis_bytes(struct redis *redis, uint64_t link_id, const char *bytes, size_t bytes_len,
                 struct mono now, struct redis_out *out);
void redis_lost(struct redis *redis, uint64_t link_id, struct mono now, struct redis_out *out);

/* To be called at or after redis_wake_at. */
void redis_wake(struct redis *redis, struct mono now, struct redis_out *out);
struct mono redis_wake_at(const struct redis *redis);

/* Sends a command. tag 0: the reply is of no interest. HB_EAGAIN: no open link or the pipeline is
 * full; nothing was sent. */
HB_MUST_USE enum hb_err redis_command(struct redis *redis, int argc, const char *const *argv,
                                      const size_t *argv_len, uint64_t tag, struct mono now,
                                      struct redis_out *out);

/* Whether so many commands more would be taken now. */
bool redis_takes(const struct redis *redis, uint32_t commands);

/* Wants a channel from now on; idempotent (the first tag stays). Redis is asked by the next redis_ask, for many at
 * once: a command for each costs it more than all that is published there. The confirmation comes as
 * REDIS_OUT_SUBSCRIBED. */
void redis_subscribe(struct redis *redis, const char *name, size_t name_len, uint64_t tag);
void redis_ask(struct redis *redis, struct mono now, struct redis_out *out);
/* Wants it no more. A message already on its way is not given. */
void redis_unsubscribe(struct redis *redis, const char *name, size_t name_len, struct mono now,
                       struct redis_out *out);
/* Frees what is known of a channel that is not wanted. False: an answer about it is still on its way. */
bool redis_forget(struct redis *redis, const char *name, size_t name_len);
uint32_t redis_channels(const struct redis *redis); /* known ones */
uint32_t redis_wanted(const struct redis *redis);   /* of these, those that are wanted */
/* True while the channel is confirmed on the present link. */
bool redis_subscribed(const struct redis *redis, const char *name, size_t name_len);
bool redis_connected(const struct redis *redis); /* the command link is open */

#endif
