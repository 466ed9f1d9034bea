/* A Redis client on the bench: its world is the test, and all that comes out is a text trace.
 *
 *   open 1 | close 1 | connected | disconnected | lost | subscribed 7 | refused 7 ERR
 *   greeting refused ERR x
 *   write 1 SUBSCRIBE a b          (the words of one command)
 *   reply 7 nil | int 5 | text OK | other | error ERR x | unknown
 *   message 7 text */
#ifndef HUBBUB_SERVER_REDIS_TESTS_RIG_H
#define HUBBUB_SERVER_REDIS_TESTS_RIG_H

#include "server/redis/redis.h"

#define RIG_BACKOFF_US_MIN 1000
#define RIG_BACKOFF_US_MAX 8000
#define RIG_TIMEOUT_US     50000
#define RIG_PING_US        200000

struct rig {
    struct redis *redis;
    struct redis_out out;
    struct mono now;
    uint64_t draw; /* what entropy gives; 0: every pause is 1 us */
    struct buf trace;
};

void rig_init(struct rig *rig);
/* With a greeting; NULL: none of it. */
void rig_init_as(struct rig *rig, const char *user, const char *password, int64_t database);
void rig_deinit(struct rig *rig);
/* cmocka's setup and teardown of one rig, not started. */
int rig_setup(void **state);
int rig_teardown(void **state);
/* Started, and both links open: 1 carries commands, 2 subscriptions. The trace is empty. */
void rig_open(struct rig *rig);

/* What the calls below caused is appended to the trace. */
void rig_bytes(struct rig *rig, uint64_t link, const char *text); /* ^ stands for CRLF */
void rig_feed(struct rig *rig, uint64_t link, const char *bytes, size_t bytes_len);
void rig_opened(struct rig *rig, uint64_t link);
void rig_lost(struct rig *rig, uint64_t link);
void rig_wait(struct rig *rig, int64_t us); /* time passes; wakes at each instant asked for */
enum hb_err rig_command(struct rig *rig, uint64_t tag, const char *word, const char *arg);
void rig_subscribe(struct rig *rig, const char *channel, uint64_t tag);
void rig_unsubscribe(struct rig *rig, const char *channel);

/* Compares the trace and clears it. */
#define EXPECT_TRACE(rig, text)                                                                    \
    do {                                                                                           \
        assert_string_equal((rig)->trace.len > 0 ? (rig)->trace.bytes : "", (text));               \
        buf_clear(&(rig)->trace);                                                                  \
    } while (0)

#endif
