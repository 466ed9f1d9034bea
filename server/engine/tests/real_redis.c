/* A real redis-server for a test. See real_redis.h. */
#include "server/engine/tests/real_redis.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORTS_MAX    5     /* another process may take a port between our look and the server's */
#define START_MS_MAX 10000 /* silence after which a server that starts is given up */
#define ANSWER_S_MAX 5     /* the same of one that runs, in seconds */

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* A port that was free a moment ago; 0: none. */
static int free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t address_len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port = 0;

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &address_len) == 0) {
        port = ntohs(address.sin_port);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return port;
}

static void child(int port, const char *dir, int log)
{
    char port_text[16];

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it never outlives the test, however that ends */
    (void)snprintf(port_text, sizeof port_text, "%d", port);
    (void)dup2(log, STDOUT_FILENO);
    (void)dup2(log, STDERR_FILENO);
    (void)execlp("redis-server", "redis-server", "--port", port_text, "--bind", "127.0.0.1",
                 "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", dir,
                 (char *)NULL);
    (void)fprintf(stderr, "cannot run redis-server: %s\n", strerror(errno));
    _exit(127);
}

/* Reads the server's log until it is ready. False: it ended, or said nothing for long. */
static bool ready(int log, struct buf *said)
{
    for (;;) {
        char bytes[1024];
        struct pollfd poll_fd = {.fd = log, .events = POLLIN};
        if (poll(&poll_fd, 1, START_MS_MAX) <= 0) {
            return false;
        }
        const ssize_t len = read(log, bytes, sizeof bytes);
        if (len <= 0) {
            return false;
        }
        buf_add(said, bytes, (size_t)len);
        if (strstr(said->bytes, "Ready to accept connections") != NULL) {
            return true;
        }
    }
}

static bool start_on(struct real_redis *real, int port, struct buf *said)
{
    int ends[2];

    if (pipe(ends) != 0) {
        return false;
    }
    real->pid = fork();
    if (real->pid == 0) {
        child(port, real->dir, ends[1]);
    }
    (void)close(ends[1]);
    real->log = ends[0];
    real->port = port;
    return real->pid > 0 && ready(real->log, said);
}

static void server_end(struct real_redis *real)
{
    if (real->pid > 0) {
        (void)kill(real->pid, SIGKILL);
        (void)waitpid(real->pid, NULL, 0);
        (void)close(real->log);
    }
    real->pid = 0;
}

bool real_redis_start(struct real_redis *real)
{
    struct buf said = {0};

    *real = (struct real_redis){.dir = "/tmp/hubbub-redis-"
                                       "XX"
                                       "XX"
                                       "XX"};
    if (mkdtemp(real->dir) == NULL) {
        (void)fprintf(stderr, "cannot make a folder in /tmp: %s\n", strerror(errno));
        return false;
    }
    for (int i = 0; i < PORTS_MAX; i++) {
        const int port = free_port();
        buf_clear(&said);
        if (port > 0 && start_on(real, port, &said)) {
            buf_deinit(&said);
            return true;
        }
        server_end(real);
    }
    (void)fprintf(stderr,
                  "This test compares with a real redis-server, and none could be started.\n"
                  "Install it (ci/install-deps does). The last one said:\n%s\n",
                  said.len > 0 ? said.bytes : "(nothing)");
    buf_deinit(&said);
    real_redis_stop(real);
    return false;
}

void real_redis_stop(struct real_redis *real)
{
    server_end(real);
    (void)rmdir(real->dir); /* nothing is saved, so it is empty */
}

redisContext *real_redis_connect(const struct real_redis *real)
{
    const struct timeval silence = {.tv_sec = ANSWER_S_MAX};
    redisContext *context = redisConnect("127.0.0.1", real->port);

    if (context != NULL && (context->err != 0 || redisSetTimeout(context, silence) != REDIS_OK)) {
        redisFree(context);
        context = NULL;
    }
    return context;
}

void real_redis_send(redisContext *context, const char *bytes, size_t bytes_len)
{
    int done = 0;

    if (redisAppendFormattedCommand(context, bytes, bytes_len) != REDIS_OK) {
        return;
    }
    while (!done && redisBufferWrite(context, &done) == REDIS_OK) {
        /* an error: the server ended it, and what it said before tells why */
    }
}

static void add_line(struct buf *ret, char kind, long long value)
{
    buf_printf(ret, "%c%lld\r\n", kind, value);
}

/* The one way to write a reply in RESP2: what a server says comes back byte by byte. */
static void reply_add(struct buf *ret, const redisReply *reply) /* NOLINT(misc-no-recursion) */
{
    switch (reply->type) {
    case REDIS_REPLY_INTEGER:
        add_line(ret, ':', reply->integer);
        return;
    case REDIS_REPLY_NIL:
        add_line(ret, '$', -1);
        return;
    case REDIS_REPLY_STRING:
        add_line(ret, '$', (long long)reply->len);
        break;
    case REDIS_REPLY_ARRAY:
        add_line(ret, '*', (long long)reply->elements);
        for (size_t i = 0; i < reply->elements; i++) {
            reply_add(ret, reply->element[i]);
        }
        return;
    default:
        HB_ASSERT(reply->type == REDIS_REPLY_STATUS || reply->type == REDIS_REPLY_ERROR);
        buf_add_char(ret, reply->type == REDIS_REPLY_STATUS ? '+' : '-');
    }
    buf_add(ret, reply->str, reply->len);
    buf_add_text(ret, "\r\n");
}

static void take_replies(redisContext *context, struct buf *ret)
{
    void *reply = NULL;

    while (redisGetReplyFromReader(context, &reply) == REDIS_OK && reply != NULL) {
        reply_add(ret, reply);
        freeReplyObject(reply);
        reply = NULL;
    }
}

void real_redis_receive(redisContext *context, size_t len, bool to_the_end, struct buf *ret,
                        bool *ret_ended)
{
    *ret_ended = false;
    take_replies(context, ret);
    while (ret->len < len || to_the_end) {
        if (redisBufferRead(context) != REDIS_OK) {
            *ret_ended = context->err == REDIS_ERR_EOF ||
                         (context->err == REDIS_ERR_IO && errno == ECONNRESET);
            return;
        }
        take_replies(context, ret);
    }
}
