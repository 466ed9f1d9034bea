/* Floods of control frames that libwebsockets does not tell of.
 *
 * It answers at most one ping a read, drops those beside it, and says nothing; of pongs it drops
 * the empty ones. But the kernel counts what a socket received, and the messages are counted here:
 * what is between the two were control frames, and of those there may be so many. */
#include "server/runtime/net_internal.h"
#include "server/runtime/net_socket.h"

#define CONTROL_BYTES_MAX (2 + 4 + 125)

void conn_flood_begin(struct peer *peer)
{
    peer->in.read_count = 0;
    (void)net_socket_read_count(peer->fd, &peer->in.read_count);
    peer->in.known_bytes = 0;
}

void conn_flood_check(struct peer *peer)
{
    const uint64_t seconds = (uv_now(peer->net->loop) - peer->since_ms) / 1000 + 1;
    const uint64_t controls_max = seconds * NET_PINGS_PER_SECOND * CONTROL_BYTES_MAX;
    uint64_t count = peer->in.read_count;

    if (net_socket_read_count(peer->fd, &count) &&
        count > peer->in.read_count + peer->in.known_bytes + controls_max) {
        conn_fail(peer, CLOSE_POLICY);
        return;
    }
    peer->in.read_count = count;
    peer->in.known_bytes = 0;
    peer_enter(peer, PEER_OPEN); /* until the next time */
}
