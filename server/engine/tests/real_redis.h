/* A real redis-server on a free loopback port, for as long as a test runs, and connections to it by
 * hiredis' own client: nothing of ours stands between the server and what the engine is held to. */
#ifndef HUBBUB_SIM_WORLD_TESTS_REAL_REDIS_H
#define HUBBUB_SIM_WORLD_TESTS_REAL_REDIS_H

#include "server/base/base.h"
#include "server/base/mem.h"

#include <hiredis/hiredis.h>
#include <sys/types.h>

struct real_redis {
    pid_t pid; /* 0: not running */
    int port;
    int log; /* what the server says */
    char dir[64];
};

/* False: there is none, and a line on stderr says what to do. It never outlives this process. */
bool real_redis_start(struct real_redis *real) HB_MUST_USE;
void real_redis_stop(struct real_redis *real);
redisContext *real_redis_connect(const struct real_redis *real) HB_MUST_USE; /* NULL: refused */

/* Sends all of it, as it is. */
void real_redis_send(redisContext *context, const char *bytes, size_t bytes_len);
/* Appends the replies that hiredis makes of what comes, written in RESP again, until `ret` holds `len`
 * bytes, the server ends the connection (*ret_ended), or nothing comes for a while. With `to_the_end`
 * it reads until the server ends it. */
void real_redis_receive(redisContext *context, size_t len, bool to_the_end, struct buf *ret,
                        bool *ret_ended);

#endif
