/* Connections of net: whole messages from pieces, and the rules whose breach ends a connection.
 *
 * libwebsockets keeps the ones about opcodes, reserved bits, control frames and continuations, and
 * closes with 1002. Kept here: sizes, types, UTF-8, counts, close codes; and a 1002 where it would
 * hang up without a word. */
#include "server/protocol/utf8.h"
#include "server/runtime/net_internal.h"
#include "server/runtime/net_socket.h"

#include <libwebsockets.h>
#include <string.h>

#define CONTROLS_WINDOW_MS 1000

/* --- Life ----------------------------------------------------------------------------------- */

int conn_established(struct peer *peer)
{
    struct net *net = peer->net;
    struct text token;

    if (net->closing || !net_bearer(peer, &token)) {
        return -1;
    }
    peer->conn.v = ++net->conn_last;
    u64map_put(&net->conns, peer->conn.v, (uint64_t)(uintptr_t)peer);
    net->stats.conns++;
    net->stats.conns_total++;
    peer_enter(peer, PEER_OPEN);
    conn_flood_begin(peer);
    /* Not from here: libwebsockets may have read bytes behind the handshake, and has to come to
     * them first. It does before the next prepare, and nothing is read from the socket until then. */
    peer->mask_unseen = true;
    peer_dirty(peer);
    net->events.open(net->events.context, peer->conn, token);
    return 0;
}

void conn_fail(struct peer *peer, enum close_code code)
{
    peer_queue_clear(peer);
    if (peer->phase != PEER_CLOSING) {
        peer_enter(peer, PEER_CLOSING);
    }
    peer_write_close(peer, code);
    peer_down(peer);
}

void conn_control_received(struct peer *peer)
{
    const uint64_t now = uv_now(peer->net->loop);

    if (now - peer->in.controls_ms >= CONTROLS_WINDOW_MS) {
        peer->in.controls_ms = now;
        peer->in.controls = 0;
    }
    if (++peer->in.controls > NET_PINGS_PER_SECOND && peer->phase == PEER_OPEN) {
        conn_fail(peer, CLOSE_POLICY);
    }
}

/* --- Messages ------------------------------------------------------------------------------- */

static void message(struct peer *peer, const char *bytes, size_t bytes_len)
{
    struct net *net = peer->net;

    HB_ASSERT(bytes_len <= FRAME_BYTES_MAX);
    /* libwebsockets has a check too; it misses a text that is cut in front of an empty last piece,
     * and goes byte by byte. */
    if (!utf8_valid(bytes, bytes_len)) {
        conn_fail(peer, CLOSE_BAD_UTF8);
        return;
    }
    struct wire *wire = wire_new(bytes, bytes_len);
    net->stats.frames_in++;
    net->events.frame(net->events.context, peer->conn, wire);
    wire_unref(&wire);
}

int conn_received(struct peer *peer, char *bytes, size_t bytes_len)
{
    const bool frame_ends = lws_remaining_packet_payload(peer->wsi) == 0;

    peer->mask_unseen = false;
    peer->in.known_bytes += bytes_len + (frame_ends ? NET_FRAME_HEADER_MAX : 0);
    if (peer->phase != PEER_OPEN) {
        return 0; /* its close is on its way */
    }
    peer->net->stats.bytes_in += bytes_len;
    if (lws_is_first_fragment(peer->wsi)) {
        buf_clear(&peer->in.bytes);
        peer->in.fragments = 0;
    }
    if (lws_frame_is_binary(peer->wsi)) {
        conn_fail(peer, CLOSE_UNSUPPORTED);
        return 0;
    }
    /* With what its header announces: nothing of a message that will be too long is kept. */
    if (lws_remaining_packet_payload(peer->wsi) > FRAME_BYTES_MAX ||
        peer->in.bytes.len + bytes_len + lws_remaining_packet_payload(peer->wsi) >
            FRAME_BYTES_MAX) {
        conn_fail(peer, CLOSE_TOO_BIG);
        return 0;
    }
    if (frame_ends && ++peer->in.fragments > NET_FRAGMENTS_MAX) {
        conn_fail(peer, CLOSE_POLICY);
        return 0;
    }
    if (!lws_is_final_fragment(peer->wsi)) {
        buf_add(&peer->in.bytes, bytes, bytes_len);
        return 0;
    }
    if (peer->in.bytes.len == 0) {
        message(peer, bytes_len == 0 ? "" : bytes, bytes_len);
        return 0;
    }
    buf_add(&peer->in.bytes, bytes, bytes_len);
    message(peer, peer->in.bytes.bytes, peer->in.bytes.len);
    buf_deinit(&peer->in.bytes); /* few are in pieces: no memory is kept for the next one */
    return 0;
}

/* --- Closes --------------------------------------------------------------------------------- */

/* RFC 6455 7.4; 1012 to 1014 are IANA's. */
static bool close_code_ok(unsigned code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

int conn_peer_closes(struct peer *peer, const unsigned char *payload, size_t payload_len)
{
    enum close_code answer = CLOSE_NORMAL;

    if (peer->close_sent) {
        return -1; /* both have said it */
    }
    if (payload_len == 1) {
        answer = CLOSE_PROTOCOL;
    } else if (payload_len >= 2) {
        const unsigned code = (unsigned)payload[0] << 8 | payload[1];
        answer = (enum close_code)code;
        if (!close_code_ok(code)) {
            answer = CLOSE_PROTOCOL;
        } else if (!utf8_valid((const char *)payload + 2, payload_len - 2)) {
            answer = CLOSE_BAD_UTF8;
        }
    }
    conn_fail(peer, answer);
    return -1;
}

void conn_dropped(struct peer *peer)
{
    if (peer->phase == PEER_FAILING) {
        return;
    }
    peer_queue_clear(peer);
    peer_enter(peer, PEER_FAILING);
    /* A rule that libwebsockets keeps was broken, or the peer is gone. For the first it has a close
     * of its own to send, or none at all, as for a ping that is too long. */
    if (!peer->close_sent && lws_get_close_length(peer->wsi) == 0 && !net_socket_ended(peer->fd)) {
        peer_write_close(peer, CLOSE_PROTOCOL);
    }
    peer_down(peer);
}
