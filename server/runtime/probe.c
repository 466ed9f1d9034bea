/* See probe.h. */
#include "server/runtime/probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* NULL: it is a Redis that serves us; else why not. */
static const char *ask(int fd, const struct addrinfo *address, char *text, size_t text_cap)
{
    static const char ping[] = "PING\r\n";

    if (!connected(fd, address)) {
        return strerror(errno);
    }
    if (write(fd, ping, sizeof ping - 1) != (ssize_t)sizeof ping - 1 || !wait_for(fd, POLLIN)) {
        return strerror(errno);
    }
    const ssize_t got = read(fd, text, text_cap - 1);
    if (got <= 0) {
        return "it closed the connection";
    }
    text[got] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    return strcmp(text, "+PONG") == 0 ? NULL : text;
}

enum hb_err probe_redis(const char *host, uint16_t port, struct buf *message)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char service[8];
    char text[128];
    const char *why = "no address";

    buf_clear(message);
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    const int got = getaddrinfo(host, service, &hints, &list);
    if (got != 0) {
        why = gai_strerror(got);
    }
    for (const struct addrinfo *at = list; at != NULL && why != NULL; at = at->ai_next) {
        const int fd =
            socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
        if (fd >= 0) {
            why = ask(fd, at, text, sizeof text);
            (void)close(fd);
        }
    }
    if (list != NULL) {
        freeaddrinfo(list);
    }
    if (why != NULL) {
        buf_printf(message,
                   "no Redis at %s:%u (%s); start one, give another --redis HOST:PORT, or leave it "
                   "out for a node alone",
                   host, (unsigned)port, why);
        return HB_EAGAIN;
    }
    return HB_OK;
}
