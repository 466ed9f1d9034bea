/* Sending: queues of shared frames, and one write a turn of the loop for all that waits.
 *
 * The frames' headers are made here and written as raw bytes beside the payloads. libwebsockets has
 * no objection as long as nothing of an earlier write is still in its own buffer. */
#include "server/runtime/net_internal.h"
#include "server/runtime/net_socket.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LEN_MAX 10
#define OPCODE_TEXT    0x1
#define OPCODE_CLOSE   0x8
_Static_assert(NET_COALESCE_BYTES_MAX >= FRAME_BYTES_MAX + HEADER_LEN_MAX, "one always fits");

/* --- The queue ------------------------------------------------------------------------------ */

static void queue_push(struct peer *peer, struct wire *wire)
{
    if (peer->out.len == peer->out.cap) {
        const uint32_t cap = peer->out.cap == 0 ? 4 : peer->out.cap * 2;
        struct wire **wires = hb_malloc(cap * sizeof(struct wire *));
        for (uint32_t i = 0; i < peer->out.len; i++) {
            wires[i] = peer->out.wires[(peer->out.first + i) & (peer->out.cap - 1)];
        }
        free(peer->out.wires);
        peer->out.wires = wires;
        peer->out.first = 0;
        peer->out.cap = cap;
    }
    peer->out.wires[(peer->out.first + peer->out.len++) & (peer->out.cap - 1)] = wire;
    peer->out.bytes += wire->bytes_len;
    peer->net->stats.queued_bytes += wire->bytes_len;
}

static struct wire *queue_first(const struct peer *peer)
{
    HB_ASSERT(peer->out.len > 0);
    return peer->out.wires[peer->out.first];
}

static void queue_pop(struct peer *peer)
{
    struct wire *wire = queue_first(peer);

    peer->out.first = (peer->out.first + 1) & (peer->out.cap - 1);
    peer->out.len--;
    peer->out.bytes -= wire->bytes_len;
    peer->net->stats.queued_bytes -= wire->bytes_len;
    wire_unref(&wire);
}

void peer_queue_clear(struct peer *peer)
{
    while (peer->out.len > 0) {
        queue_pop(peer);
    }
    free(peer->out.wires);
    peer->out.wires = NULL;
    peer->out.first = peer->out.cap = 0;
    HB_ASSERT(peer->out.bytes == 0);
}

/* --- Writing -------------------------------------------------------------------------------- */

/* RFC 6455 5.2: whole, of a server (no mask). */
static size_t header_put(unsigned char *out, unsigned opcode, size_t payload_len)
{
    out[0] = (unsigned char)(0x80 | opcode);
    if (payload_len < 126) {
        out[1] = (unsigned char)payload_len;
        return 2;
    }
    if (payload_len < 65536) {
        out[1] = 126;
        out[2] = (unsigned char)(payload_len >> 8);
        out[3] = (unsigned char)payload_len;
        return 4;
    }
    out[1] = 127;
    for (unsigned i = 0; i < 8; i++) {
        out[2 + i] = (unsigned char)((uint64_t)payload_len >> (56 - 8 * i));
    }
    return HEADER_LEN_MAX;
}

/* What libwebsockets cannot write now it keeps and writes first, so nothing is lost or mixed. */
static bool raw_write(struct peer *peer, size_t len, enum lws_write_protocol how)
{
    struct net *net = peer->net;

    net->stats.writes++;
    if (lws_write(peer->wsi, net->scratch + LWS_PRE, len, how) < 0) {
        peer_kill(peer); /* the peer is gone; `closed` follows */
        return false;
    }
    net->stats.bytes_out += len;
    if (lws_partial_buffered(peer->wsi)) {
        peer->writable_asked = true; /* by libwebsockets itself, when its buffer is empty */
    }
    return true;
}

void peer_write_close(struct peer *peer, enum close_code code)
{
    unsigned char *out = peer->net->scratch + LWS_PRE;

    HB_ASSERT(peer->out.len == 0);
    HB_ASSERT(!peer->close_sent); /* I4 */
    peer->close_sent = true;
    const size_t header_len = header_put(out, OPCODE_CLOSE, 2);
    out[header_len] = (unsigned char)((unsigned)code >> 8);
    out[header_len + 1] = (unsigned char)code;
    (void)raw_write(peer, header_len + 2, LWS_WRITE_RAW);
}

static void ask_writable(struct peer *peer)
{
    if (!peer->writable_asked) {
        peer->writable_asked = true;
        (void)lws_callback_on_writable(peer->wsi);
    }
}

/* As many frames as fit into one write. */
static bool batch_write(struct peer *peer)
{
    struct net *net = peer->net;
    unsigned char *out = net->scratch + LWS_PRE;
    size_t len = 0;

    while (peer->out.len > 0) {
        const struct wire *wire = queue_first(peer);
        if (len + HEADER_LEN_MAX + wire->bytes_len > NET_COALESCE_BYTES_MAX) {
            break;
        }
        len += header_put(out + len, OPCODE_TEXT, wire->bytes_len);
        memcpy(out + len, wire->bytes, wire->bytes_len);
        len += wire->bytes_len;
        queue_pop(peer);
        net->stats.frames_out++;
    }
    HB_ASSERT(len > 0);
    return raw_write(peer, len, LWS_WRITE_RAW);
}

void peer_flush(struct peer *peer)
{
    if (peer->phase != PEER_OPEN && peer->phase != PEER_CLOSING) {
        return;
    }
    while (peer->out.len > 0) {
        if (lws_partial_buffered(peer->wsi)) {
            ask_writable(peer);
            return;
        }
        if (!batch_write(peer)) {
            return;
        }
    }
    if (peer->close_code != 0 && !peer->close_sent) {
        if (lws_partial_buffered(peer->wsi)) {
            ask_writable(peer);
        } else {
            peer_write_close(peer, (enum close_code)peer->close_code);
        }
    }
}

/* One frame by libwebsockets' own writer. */
static void plain_write(struct peer *peer)
{
    const struct wire *wire = queue_first(peer);
    const size_t len = wire->bytes_len;

    memcpy(peer->net->scratch + LWS_PRE, wire->bytes, len);
    queue_pop(peer);
    peer->net->stats.frames_out++;
    if (raw_write(peer, len, LWS_WRITE_TEXT) &&
        (peer->out.len > 0 || (peer->close_code != 0 && !peer->close_sent))) {
        ask_writable(peer);
    }
}

int peer_writable(struct peer *peer)
{
    /* libwebsockets does not tell of pings; but it calls this once more after it sent a pong, and
     * that nobody asked for. */
    const bool asked = peer->writable_asked;

    peer->writable_asked = false;
    if (!asked) {
        conn_control_received(peer);
    }
    if (peer->net->config.plain_writes && peer->out.len > 0) {
        plain_write(peer);
    } else {
        peer_flush(peer);
    }
    return 0;
}

/* --- From above ----------------------------------------------------------------------------- */

void peer_dirty(struct peer *peer)
{
    struct net *net = peer->net;

    if (peer->dirty_slot == 0) {
        HB_GROW(net->dirty, net->dirty_len, net->dirty_cap);
        net->dirty[net->dirty_len++] = peer;
        peer->dirty_slot = (uint32_t)net->dirty_len;
    }
}

void net_flush(struct net *net)
{
    for (size_t i = 0; i < net->dirty_len; i++) {
        struct peer *peer = net->dirty[i];
        if (peer == NULL) {
            continue;
        }
        peer->dirty_slot = 0;
        if (peer->mask_unseen) {
            peer->mask_unseen = false;
            peer_watch_begin(peer);
        }
        if (net->config.plain_writes && peer->out.len > 0 && peer->phase != PEER_DEAD) {
            ask_writable(peer);
        } else {
            peer_flush(peer);
        }
    }
    net->dirty_len = 0;
}

/* It reads too slowly: others are not to wait for its memory. */
static void cut(struct peer *peer)
{
    peer->net->stats.slow_cut++;
    if (!lws_partial_buffered(peer->wsi) && net_socket_takes(peer->fd)) {
        peer_queue_clear(peer);
        peer_write_close(peer, CLOSE_SLOW_CONSUMER);
    }
    peer_kill(peer);
}

void net_send(struct net *net, struct conn_id conn, struct wire *wire)
{
    struct peer *peer = net_conn_find(net, conn);

    HB_ASSERT(wire->bytes_len <= FRAME_BYTES_MAX);
    if (peer == NULL || peer->phase != PEER_OPEN) {
        wire_unref(&wire);
        return;
    }
    if (peer->out.bytes + wire->bytes_len > net->config.queue_bytes_max && peer->out.len > 0) {
        if (!net->config.plain_writes) {
            peer_flush(peer); /* much in one turn is not yet a slow reader */
        }
        if (peer->phase == PEER_OPEN && peer->out.len > 0 &&
            peer->out.bytes + wire->bytes_len > net->config.queue_bytes_max) {
            cut(peer);
        }
    }
    if (peer->phase != PEER_OPEN) {
        wire_unref(&wire);
        return;
    }
    queue_push(peer, wire);
    peer_dirty(peer);
}

void net_close_conn(struct net *net, struct conn_id conn, enum close_code code)
{
    struct peer *peer = net_conn_find(net, conn);

    if (peer == NULL) {
        return;
    }
    (void)u64map_remove(&net->conns, conn.v, NULL); /* no event any more */
    if (peer->phase == PEER_OPEN) {
        peer->close_code = (uint16_t)code;
        peer_enter(peer, PEER_CLOSING);
        peer_dirty(peer);
    }
}
