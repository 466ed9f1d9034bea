/* See net_socket.h. */
#include "server/runtime/net_socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

bool net_socket_ended(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool net_socket_broken(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno != EAGAIN &&
           errno != EWOULDBLOCK && errno != EINTR;
}

bool net_socket_send(int fd, const char *bytes, size_t bytes_len, size_t *ret_sent)
{
    const ssize_t sent = send(fd, bytes, bytes_len, MSG_NOSIGNAL | MSG_DONTWAIT);

    *ret_sent = sent > 0 ? (size_t)sent : 0;
    return sent >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

bool net_socket_takes(int fd)
{
    struct pollfd asked = {.fd = fd, .events = POLLOUT};

    return poll(&asked, 1, 0) == 1 && asked.revents == POLLOUT;
}

bool net_socket_read_count(int fd, uint64_t *ret)
{
    struct tcp_info info = {0};
    socklen_t info_len = sizeof info;
    int unread = 0;

    /* In this order: what arrives in between is counted as unread only. */
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &info_len) != 0 ||
        ioctl(fd, SIOCINQ, &unread) != 0 || unread < 0) {
        return false;
    }
    const uint64_t received = info.tcpi_bytes_received;
    if (received < (uint64_t)unread) {
        return false;
    }
    *ret = received - (uint64_t)unread;
    return true;
}

void net_socket_abort(int fd)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}
