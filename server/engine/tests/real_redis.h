/* A real redis-server on a free loopback port, for as long as a test runs, and sockets to it. */
#ifndef HUBBUB_SIM_WORLD_TESTS_REAL_REDIS_H
#define HUBBUB_SIM_WORLD_TESTS_REAL_REDIS_H

#include "server/base/base.h"
#include "server/base/mem.h"

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
int real_redis_connect(const struct real_redis *real) HB_MUST_USE; /* -1: refused */

/* Sends all of it. */
void real_redis_send(int fd, const char *bytes, size_t bytes_len);
/* Appends what comes until `ret` holds `len` bytes, the server ends the connection (*ret_ended), or
 * nothing comes for a while. With `to_the_end` it reads until the server ends it. */
void real_redis_receive(int fd, size_t len, bool to_the_end, struct buf *ret, bool *ret_ended);

#endif
