/* The mask of a connection's first frame.
 *
 * A client masks each frame (RFC 6455 5.1), libwebsockets takes them with and without, and does not
 * tell. So the first frame's header is looked at in the socket, before libwebsockets may read it:
 * reading is stopped, and a second descriptor of the same socket is polled, because libuv polls a
 * descriptor for one handle only. A client that does not mask at all is found by that, one that
 * stops masking later is not. */
#include "server/runtime/net_internal.h"

#include <fcntl.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct net_watch {
    uv_poll_t poll;
    struct net *net;
    struct peer *peer; /* NULL: it only waits for its handle to be closed */
    int fd;
};

static void low_water(int fd, int bytes_count)
{
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes_count, sizeof bytes_count);
}

static void watch_closed(uv_handle_t *handle)
{
    struct net_watch *watch = handle->data;
    struct net *net = watch->net;

    (void)close(watch->fd);
    free(watch);
    net_handle_closed(net);
}

void peer_watch_end(struct peer *peer)
{
    struct net_watch *watch = peer->watch;

    if (watch != NULL) {
        peer->watch = NULL;
        watch->peer = NULL;
        uv_close((uv_handle_t *)&watch->poll, watch_closed);
    }
}

static void on_first_bytes(uv_poll_t *handle, int status, int events)
{
    struct net_watch *watch = handle->data;
    struct peer *peer = watch->peer;
    unsigned char header[2];

    (void)events;
    if (peer == NULL) {
        return;
    }
    const ssize_t n = status < 0 ? -1 : recv(watch->fd, header, 2, MSG_PEEK | MSG_DONTWAIT);
    if (n == 1) {
        low_water(watch->fd, 2); /* else this is called again and again for the same byte */
        return;
    }
    low_water(watch->fd, 1);
    peer_watch_end(peer);
    (void)lws_rx_flow_control(peer->wsi, 1);
    if (n == 2 && (header[1] & 0x80) == 0 && peer->phase == PEER_OPEN) {
        conn_fail(peer, CLOSE_PROTOCOL);
    }
}

void peer_watch_begin(struct peer *peer)
{
    struct net *net = peer->net;
    const int fd = fcntl(peer->fd, F_DUPFD_CLOEXEC, 0);

    HB_ASSERT(peer->watch == NULL);
    if (fd < 0) {
        return; /* out of descriptors: unchecked */
    }
    struct net_watch *watch = hb_calloc(1, sizeof *watch);
    if (uv_poll_init_socket(net->loop, &watch->poll, fd) != 0) {
        (void)close(fd);
        free(watch);
        return;
    }
    net->handles_open++;
    watch->net = net;
    watch->peer = peer;
    watch->fd = fd;
    watch->poll.data = watch;
    peer->watch = watch;
    (void)lws_rx_flow_control(peer->wsi, 0);
    (void)uv_poll_start(&watch->poll, UV_READABLE | UV_DISCONNECT, on_first_bytes);
}
