/* What the kernel knows of a TCP socket. Apart from the rest because Linux' own header of TCP, which
 * has the counter, does not go together with the one that libuv includes. */
#ifndef HUBBUB_SERVER_RUNTIME_NET_SOCKET_H
#define HUBBUB_SERVER_RUNTIME_NET_SOCKET_H

#include "server/base/base.h"

/* True if the other side has ended its stream and all of it was read. Reads nothing. */
bool net_socket_ended(int fd);

/* True if it is of no use any more: the other side reset it, or the way to it is lost. Reads nothing. */
bool net_socket_broken(int fd);

/* True if it takes more bytes now. */
bool net_socket_takes(int fd);

/* Writes what it takes now. False: it is broken. */
bool net_socket_send(int fd, const char *bytes, size_t bytes_len, size_t *ret_sent);

/* How many bytes were read from it since it was connected; never too many. False: unknown. */
bool net_socket_read_count(int fd, uint64_t *ret);

/* When it is closed, what the other side has not taken is dropped, and it sees a reset. */
void net_socket_abort(int fd);

#endif
