/* Tasks in forked workers: whatever a task does, its pool lives on and says how it ended.
 *
 *   pool_new --> pool_give (a task, while a worker is free) --> pool_wait (the next end) --> pool_free
 *
 * Own invariants:
 *   I1  each task that was given ends once, or is still in work;
 *   I2  a worker does not outlive its pool's process, however that ends;
 *   I3  a worker takes no notice of SIGINT, SIGTERM, SIGHUP, which a terminal sends to all: the pool's
 *       process decides.
 * One process may have one pool at a time. */
#ifndef HUBBUB_SIM_POOL_POOL_H
#define HUBBUB_SIM_POOL_POOL_H

#include "server/base/base.h"

struct pool;

struct pool_work {
    void (*run)(void *user, uint64_t task,
                void *ret_answer); /* in a worker; the answer is zeroed */
    void (*begin)(void *user);     /* in a new worker, once; may be NULL */
    void *user;
    size_t answer_bytes; /* at most POOL_ANSWER_BYTES_MAX */
};

#define POOL_ANSWER_BYTES_MAX 4096 /* a pipe takes so much at once, or nothing */

enum pool_how {
    POOL_ANSWERED,
    POOL_EXITED,    /* by itself, with `status` as its exit code: a failed assertion */
    POOL_CRASHED,   /* by the signal `status` */
    POOL_STUCK,     /* its time was over */
    POOL_NO_MEMORY, /* it could not allocate, or the kernel ended it for want of memory */
};

struct pool_end {
    uint64_t task;
    enum pool_how how;
    int status;
    int64_t wall_us;    /* since it was given */
    const void *answer; /* of POOL_ANSWERED; until the next pool_wait */
};

struct pool *pool_new(const struct pool_work *work, uint32_t workers);
/* Ends the workers at once, whatever they do. NULL is nothing. */
void pool_free(struct pool **pool);

/* Gives a task to a free worker, for at most `limit_us` of wall time. False: none is free, or (then
 * pool_busy is less than the number of workers) no process can be made: errno says why. */
bool pool_give(struct pool *pool, uint64_t task, int64_t limit_us);
uint32_t pool_busy(const struct pool *pool);
/* Waits for the next end; false: none came in this time, or a signal did. */
bool pool_wait(struct pool *pool, int timeout_ms, struct pool_end *ret);

/* "stuck after 60.0 s", "crashed by SIGSEGV" and the like: one clause. */
void pool_describe(const struct pool_end *end, char *ret, size_t ret_cap);

#endif
