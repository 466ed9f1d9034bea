/* See probe.h. */
#include "server/runtime/probe.h"

#include "server/runtime/log.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX 4096

static bool wait_for(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};

    const int got = poll(&poll_fd, 1, PROBE_MS);
    if (got == 0) {
        errno = ETIMEDOUT;
    }
    return got == 1;
}

static bool connected(int fd, const struct addrinfo *address)
{
    socklen_t len = sizeof errno;
    int err = 0;

    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
        return true;
    }
    if (errno != EINPROGRESS || !wait_for(fd, POLLOUT) ||
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0) {
        return false;
    }
    errno = err;
    return err == 0;
}

/* --- What is asked -------------------------------------------------------------------------- */

struct way {
    int fd;
    struct tls *tls; /* NULL: without */
    struct buf in, out;
    char why[TLS_WHY_BYTES];
};

static const char *send_out(struct way *way)
{
    size_t done = 0;

    while (done < way->out.len) {
        const ssize_t got = send(way->fd, way->out.bytes + done, way->out.len - done, MSG_NOSIGNAL);
        if (got < 0 && errno == EAGAIN && wait_for(way->fd, POLLOUT)) {
            continue;
        }
        if (got <= 0) {
            return strerror(errno);
        }
        done += (size_t)got;
    }
    if (way->out.bytes != NULL) {
        explicit_bzero(way->out.bytes, way->out.len); /* a password was in it */
    }
    buf_clear(&way->out);
    return NULL;
}

/* Some bytes more, into `in`. */
static const char *receive(struct way *way)
{
    char piece[4096];

    if (!wait_for(way->fd, POLLIN)) {
        return strerror(errno);
    }
    const ssize_t got = read(way->fd, piece, sizeof piece);
    if (got <= 0) {
        return way->tls != NULL && !tls_ready(way->tls)
                   ? "it closed the connection; is this a port for TLS?"
                   : "it closed the connection";
    }
    if (way->tls == NULL) {
        buf_add(&way->in, piece, (size_t)got);
        return NULL;
    }
    if (tls_feed(way->tls, piece, (size_t)got, &way->in, &way->out, way->why) != HB_OK) {
        (void)send_out(way); /* the alert */
        return way->why;
    }
    return send_out(way);
}

static void add_command(struct buf *out, int argc, const char *const *argv)
{
    buf_printf(out, "*%d\r\n", argc);
    for (int i = 0; i < argc; i++) {
        buf_printf(out, "$%zu\r\n", strlen(argv[i]));
        buf_add_text(out, argv[i]);
        buf_add_text(out, "\r\n");
    }
}

/* How many answers there will be. */
static int add_commands(struct buf *out, const struct redis_place *place)
{
    char number[24];
    int count = 1;

    if (place->user[0] != '\0') {
        add_command(out, 3, (const char *[]){"AUTH", place->user, place->password});
        count++;
    } else if (place->password[0] != '\0') {
        add_command(out, 2, (const char *[]){"AUTH", place->password});
        count++;
    }
    if (place->database != 0) {
        (void)snprintf(number, sizeof number, "%" PRId64, place->database);
        add_command(out, 2, (const char *[]){"SELECT", number});
        count++;
    }
    add_command(out, 1, (const char *[]){"PING"});
    return count;
}

/* NULL: all is well. */
static const char *answers(struct way *way, int count, struct buf *text, bool *ret_redis)
{
    for (;;) {
        for (const char *stop;
             way->in.len > 0 && (stop = memchr(way->in.bytes, '\n', way->in.len)) != NULL;) {
            const size_t len = (size_t)(stop - way->in.bytes);
            buf_clear(text);
            buf_add(text, way->in.bytes, len > 0 && stop[-1] == '\r' ? len - 1 : len);
            buf_add_char(text, '\0');
            *ret_redis = text->bytes[0] == '-' || text->bytes[0] == '+';
            if (text->bytes[0] != '+') {
                return text->bytes;
            }
            memmove(way->in.bytes, stop + 1, way->in.len - len - 1);
            way->in.len -= len + 1;
            if (--count == 0) {
                return strcmp(text->bytes, "+PONG") == 0 ? NULL : text->bytes;
            }
        }
        const char *why = way->in.len > ANSWER_BYTES_MAX ? "no answer of a Redis" : receive(way);
        if (why != NULL) {
            return why;
        }
    }
}

/* NULL: it is a Redis that serves us; else why not. */
static const char *ask(struct way *way, const struct redis_place *place,
                       const struct tls_context *tls, struct buf *text, bool *ret_redis)
{
    const char *why = NULL;

    if (tls != NULL) {
        way->tls = tls_new(tls, &way->out);
        why = send_out(way);
        while (why == NULL && !tls_ready(way->tls)) {
            why = receive(way);
        }
    }
    if (why != NULL) {
        return why;
    }
    struct buf commands = {0};
    const int count = add_commands(&commands, place);
    if (way->tls != NULL) {
        tls_write(way->tls, commands.bytes, commands.len, &way->out);
    } else {
        buf_add(&way->out, commands.bytes, commands.len);
    }
    explicit_bzero(commands.bytes, commands.len);
    buf_deinit(&commands);
    why = send_out(way);
    return why != NULL ? why : answers(way, count, text, ret_redis);
}

/* `text` holds what is told. */
static const char *ask_at(const struct addrinfo *at, const struct redis_place *place,
                          const struct tls_context *tls, struct buf *text, bool *ret_redis)
{
    struct way way = {.fd = socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                   at->ai_protocol)};

    if (way.fd < 0) {
        return strerror(errno);
    }
    const char *why =
        connected(way.fd, at) ? ask(&way, place, tls, text, ret_redis) : strerror(errno);
    if (why == way.why) {
        buf_clear(text);
        buf_add_text(text, why);
        buf_add_char(text, '\0');
        why = text->bytes;
    }
    tls_free(&way.tls);
    buf_deinit(&way.in);
    buf_deinit(&way.out);
    (void)close(way.fd);
    return why;
}

enum hb_err probe_redis(const struct redis_place *place, const struct tls_context *tls,
                        struct buf *message)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    struct buf text = {0};
    char service[8];
    char plain[200];
    const char *why = "no address";
    bool redis = false;

    buf_clear(message);
    (void)snprintf(service, sizeof service, "%u", (unsigned)place->port);
    const int got = getaddrinfo(place->host, service, &hints, &list);
    if (got != 0) {
        why = gai_strerror(got);
    }
    for (const struct addrinfo *at = list; at != NULL && why != NULL; at = at->ai_next) {
        why = ask_at(at, place, tls, &text, &redis);
    }
    if (list != NULL) {
        freeaddrinfo(list);
    }
    if (why != NULL) {
        log_plain(text_of(redis && why[0] == '-' ? why + 1 : why), plain, sizeof plain);
    }
    if (why != NULL && redis) {
        buf_printf(message, "Redis at %s:%u refuses us: %s; check user, password and database",
                   place->host, (unsigned)place->port, plain);
    } else if (why != NULL) {
        buf_printf(message,
                   "no Redis at %s:%u (%s); start one, give another --redis, or leave it out for a "
                   "node alone",
                   place->host, (unsigned)place->port, plain);
    }
    buf_deinit(&text);
    return why != NULL ? HB_EAGAIN : HB_OK;
}
