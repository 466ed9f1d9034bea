/* See pool.h. */
#include "sim/pool/pool.h"

#include "server/base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct worker {
    pid_t pid;    /* 0: not running */
    int to, from; /* pipes */
    bool busy, overdue;
    uint64_t task;
    int64_t given_us, limit_us;
};

struct pool {
    struct pool_work work;
    struct worker *workers;
    struct pollfd *polls;
    uint32_t workers_len;
    uint64_t kernel_kills; /* for want of memory, so far */
    uint8_t answer[POOL_ANSWER_BYTES_MAX];
};

static int64_t clock_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How many processes the kernel has ended for want of memory since it started; 0: it does not say. */
static uint64_t kernel_kills(void)
{
    char line[128];
    uint64_t kills = 0;
    FILE *file = fopen("/proc/vmstat", "re");

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "oom_kill ", 9) == 0) {
            kills = strtoull(line + 9, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kills;
}

static bool transfer(int fd, void *bytes, size_t bytes_len, bool writes)
{
    char *at = bytes;
    while (bytes_len > 0) {
        const ssize_t len = writes ? write(fd, at, bytes_len) : read(fd, at, bytes_len);
        if (len <= 0) {
            if (len < 0 && errno == EINTR) {
                continue;
            }
            return false;
        }
        at += len;
        bytes_len -= (size_t)len;
    }
    return true;
}

/* --- In a worker ---------------------------------------------------------------------------- */

static _Noreturn void serve(struct pool *pool, int from, int to)
{
    uint64_t task;

    hb_context()->no_memory_exit_code = HB_EXIT_NO_MEMORY;
    if (pool->work.begin != NULL) {
        pool->work.begin(pool->work.user);
    }
    while (transfer(from, &task, sizeof task, false)) {
        memset(pool->answer, 0, pool->work.answer_bytes);
        pool->work.run(pool->work.user, task, pool->answer);
        if (!transfer(to, pool->answer, pool->work.answer_bytes, true)) {
            break;
        }
    }
    _exit(0);
}

/* Between fork and serve: nothing of the parent's is left but its memory. */
static _Noreturn void begin(struct pool *pool, const struct worker *self, pid_t parent, int from,
                            int to)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP}; /* I3 */

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* I2 */
    if (getppid() != parent) {
        _exit(0);
    }
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        (void)signal(ignored[i], SIG_IGN);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    for (uint32_t i = 0; i < pool->workers_len; i++) { /* the ends of older workers */
        if (&pool->workers[i] != self && pool->workers[i].pid > 0) {
            (void)close(pool->workers[i].to);
            (void)close(pool->workers[i].from);
        }
    }
    serve(pool, from, to);
}

/* --- In the pool's process ------------------------------------------------------------------ */

static bool start(struct pool *pool, struct worker *worker)
{
    int down[2];
    int up[2];
    const pid_t parent = getpid();

    if (pipe(down) != 0) {
        return false;
    }
    if (pipe(up) != 0) {
        (void)close(down[0]);
        (void)close(down[1]);
        return false;
    }
    (void)fflush(stdout);
    (void)fflush(stderr);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)close(down[1]);
        (void)close(up[0]);
        begin(pool, worker, parent, down[0], up[1]);
    }
    const int error = errno;
    (void)close(down[0]);
    (void)close(up[1]);
    if (pid < 0) {
        (void)close(down[1]);
        (void)close(up[0]);
        errno = error;
        return false;
    }
    *worker = (struct worker){.pid = pid, .to = down[1], .from = up[0]};
    return true;
}

struct pool *pool_new(const struct pool_work *work, uint32_t workers)
{
    struct pool *pool = hb_calloc(1, sizeof *pool);

    HB_ASSERT(work->answer_bytes > 0 && work->answer_bytes <= POOL_ANSWER_BYTES_MAX);
    HB_ASSERT(workers > 0);
    pool->work = *work;
    pool->workers_len = workers;
    pool->workers = hb_calloc(workers, sizeof *pool->workers);
    pool->polls = hb_calloc(workers, sizeof *pool->polls);
    pool->kernel_kills = kernel_kills();
    (void)signal(SIGPIPE, SIG_IGN);
    return pool;
}

/* Waits for the process' end; its status. */
static int reap(struct worker *worker)
{
    int status = 0;

    (void)close(worker->to);
    (void)close(worker->from);
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR) {
    }
    *worker = (struct worker){.pid = 0};
    return status;
}

void pool_free(struct pool **pool)
{
    if (*pool == NULL) {
        return;
    }
    for (uint32_t i = 0; i < (*pool)->workers_len; i++) {
        struct worker *worker = &(*pool)->workers[i];
        if (worker->pid > 0) {
            (void)kill(worker->pid, SIGKILL);
            (void)reap(worker);
        }
    }
    free((*pool)->workers);
    free((*pool)->polls);
    free(*pool);
    *pool = NULL;
}

bool pool_give(struct pool *pool, uint64_t task, int64_t limit_us)
{
    for (uint32_t i = 0; i < pool->workers_len; i++) {
        struct worker *worker = &pool->workers[i];
        if (worker->busy) {
            continue;
        }
        if (worker->pid > 0 && !transfer(worker->to, &task, sizeof task, true)) {
            (void)reap(worker); /* ended while it had nothing to do: a person's kill */
        }
        if (worker->pid == 0 &&
            (!start(pool, worker) || !transfer(worker->to, &task, sizeof task, true))) {
            return false;
        }
        worker->busy = true;
        worker->task = task;
        worker->given_us = clock_us();
        worker->limit_us = limit_us;
        return true;
    }
    return false;
}

uint32_t pool_busy(const struct pool *pool)
{
    uint32_t busy = 0;
    for (uint32_t i = 0; i < pool->workers_len; i++) {
        busy += pool->workers[i].busy;
    }
    return busy;
}

/* Ends those whose time is over: their pipes say so. The milliseconds until the next one's is. */
static int64_t end_overdue(struct pool *pool)
{
    const int64_t now = clock_us();
    int64_t next_ms = INT32_MAX;

    for (uint32_t i = 0; i < pool->workers_len; i++) {
        struct worker *worker = &pool->workers[i];
        const int64_t left_us = worker->limit_us - (now - worker->given_us);
        if (worker->busy && left_us <= 0 && !worker->overdue) {
            worker->overdue = true;
            (void)kill(worker->pid, SIGKILL);
        } else if (worker->busy && !worker->overdue && left_us / 1000 + 1 < next_ms) {
            next_ms = left_us / 1000 + 1;
        }
    }
    return next_ms;
}

static void died(struct pool *pool, struct worker *worker, struct pool_end *ret)
{
    const bool overdue = worker->overdue;
    const int status = reap(worker);
    const uint64_t kills = kernel_kills();

    if (overdue) {
        ret->how = POOL_STUCK;
    } else if (WIFSIGNALED(status)) {
        ret->status = WTERMSIG(status);
        ret->how =
            ret->status == SIGKILL && kills > pool->kernel_kills ? POOL_NO_MEMORY : POOL_CRASHED;
    } else {
        ret->status = WEXITSTATUS(status);
        ret->how = ret->status == HB_EXIT_NO_MEMORY ? POOL_NO_MEMORY : POOL_EXITED;
    }
    pool->kernel_kills = kills;
}

bool pool_wait(struct pool *pool, int timeout_ms, struct pool_end *ret)
{
    const int64_t next_ms = end_overdue(pool);

    for (uint32_t i = 0; i < pool->workers_len; i++) {
        const struct worker *worker = &pool->workers[i];
        pool->polls[i] = (struct pollfd){.fd = worker->busy ? worker->from : -1, .events = POLLIN};
    }
    if (poll(pool->polls, pool->workers_len, next_ms < timeout_ms ? (int)next_ms : timeout_ms) <=
        0) {
        return false;
    }
    for (uint32_t i = 0; i < pool->workers_len; i++) {
        struct worker *worker = &pool->workers[i];
        if (pool->polls[i].fd < 0 || (pool->polls[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) {
            continue;
        }
        *ret = (struct pool_end){.task = worker->task,
                                 .how = POOL_ANSWERED,
                                 .wall_us = clock_us() - worker->given_us,
                                 .answer = pool->answer};
        if (transfer(worker->from, pool->answer, pool->work.answer_bytes, false)) {
            worker->busy = false;
            if (worker->overdue) { /* it answered while it was being ended: the answer counts */
                (void)reap(worker);
            }
        } else {
            ret->answer = NULL;
            died(pool, worker, ret);
        }
        return true;
    }
    return false;
}

void pool_describe(const struct pool_end *end, char *ret, size_t ret_cap)
{
    const char *name = sigabbrev_np(end->status);
    const int64_t tenths = end->wall_us / 100000;

    switch (end->how) {
    case POOL_ANSWERED:
        (void)snprintf(ret, ret_cap, "answered");
        break;
    case POOL_EXITED:
        (void)snprintf(ret, ret_cap, "ended by itself with exit code %d", end->status);
        break;
    case POOL_CRASHED:
        if (end->status == SIGKILL) {
            (void)snprintf(ret, ret_cap,
                           "killed by SIGKILL, which a person sent or a limit of memory");
        } else if (name != NULL) {
            (void)snprintf(ret, ret_cap, "crashed by SIG%s", name);
        } else {
            (void)snprintf(ret, ret_cap, "crashed by signal %d", end->status);
        }
        break;
    case POOL_STUCK:
        (void)snprintf(ret, ret_cap,
                       "stuck: it had not ended after %" PRId64 ".%" PRId64 " s of wall time",
                       tenths / 10, tenths % 10);
        break;
    case POOL_NO_MEMORY:
        (void)snprintf(ret, ret_cap, "out of memory: %s",
                       end->status == SIGKILL ? "the kernel ended it" : "it could not allocate");
        break;
    }
}
