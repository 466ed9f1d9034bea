/* The listening socket of net.
 *
 * Our own, and not a virtual host's: bind's errno tells what is wrong, port 0 can be asked back, and
 * it can be closed while the connections go on, which libwebsockets does not offer. What was
 * accepted is handed to libwebsockets as an HTTP connection. */
#include "server/runtime/net_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libwebsockets.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG          1024
#define ACCEPTS_PER_POLL 64 /* then the others have their turn */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool address_parse(const char *host, uint16_t port, union address *ret, socklen_t *ret_len)
{
    *ret = (union address){0};
    if (inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1) {
        ret->v4.sin_family = AF_INET;
        ret->v4.sin_port = htons(port);
        *ret_len = sizeof ret->v4;
        return true;
    }
    if (inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1) {
        ret->v6.sin6_family = AF_INET6;
        ret->v6.sin6_port = htons(port);
        *ret_len = sizeof ret->v6;
        return true;
    }
    return false;
}

static enum hb_err refuse(int fd, const struct net *net, struct buf *message)
{
    const int error = errno;

    if (fd >= 0) {
        (void)close(fd);
    }
    if (error == EADDRINUSE) {
        buf_printf(message, "port %u of %s is in use; stop what listens there, or choose another",
                   net->config.port, net->config.host);
        return HB_EAGAIN;
    }
    if (error == EADDRNOTAVAIL) {
        buf_printf(message, "%s is no address of this machine; try 127.0.0.1 or 0.0.0.0",
                   net->config.host);
    } else if (error == EACCES) {
        buf_printf(message, "no right to port %u; choose one of 1024 or more", net->config.port);
    } else {
        buf_printf(message, "cannot listen on %s port %u (%s); choose another address or port",
                   net->config.host, net->config.port, strerror(error));
    }
    return HB_EDENIED;
}

enum hb_err net_listen(struct net *net, struct buf *message)
{
    const int on = 1;
    union address address;
    socklen_t address_len;

    if (!address_parse(net->config.host, net->config.port, &address, &address_len)) {
        buf_printf(message, "\"%s\" is no IP address; write one, such as 127.0.0.1 or ::1",
                   net->config.host);
        return HB_EDENIED;
    }
    const int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, &address.any, address_len) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, &address.any, &address_len) != 0) {
        return refuse(fd, net, message);
    }
    net->listen.fd = fd;
    net->listen.port =
        ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    return HB_OK;
}

static void accepted(struct net *net, int fd)
{
    const int on = 1;

    /* Frames are written as soon as they are there, many in one write: nothing to wait for. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct lws *wsi = lws_adopt_socket_vhost(net->vhost, fd); /* takes fd, also when it fails */
    if (wsi != NULL) {
        lws_set_opaque_user_data(wsi, peer_new(net, wsi, fd));
    }
}

static void on_connections(uv_poll_t *handle, int status, int events)
{
    struct net *net = handle->data;

    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_POLL && !net->closing && net->listen.fd >= 0; i++) {
        const int fd = accept4(net->listen.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accepted(net, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            /* Those in the backlog wait; polling on would only spin. */
            net->listen.paused = true;
            (void)uv_poll_stop(handle);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

void net_listen_resume(struct net *net)
{
    net->listen.paused = false;
    if (net->listen.fd >= 0) {
        (void)uv_poll_start(&net->listen.poll, UV_READABLE, on_connections);
    }
}
