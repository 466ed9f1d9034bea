/* Peers: their lists, their deadlines, their end. See net_internal.h. */
#include "server/runtime/net_internal.h"
#include "server/runtime/net_socket.h"

#include <libwebsockets.h>
#include <stdlib.h>

static const uint32_t phase_ms[PEER_PHASES] = {
    [PEER_HEADERS] = NET_HANDSHAKE_MS, [PEER_BODY] = NET_HANDSHAKE_MS,
    [PEER_ASKED] = NET_REQUEST_MS,     [PEER_ANSWERED] = NET_REQUEST_MS,
    [PEER_OPEN] = NET_FLOOD_CHECK_MS,  [PEER_CLOSING] = NET_CLOSE_MS,
    [PEER_FAILING] = NET_FAILING_MS,
};

static void list_remove(struct peer *peer)
{
    struct peer_list *list = &peer->net->phases[peer->phase];

    if (peer->prev != NULL) {
        peer->prev->next = peer->next;
    } else {
        HB_ASSERT(list->first == peer); /* I1 */
        list->first = peer->next;
    }
    if (peer->next != NULL) {
        peer->next->prev = peer->prev;
    } else {
        HB_ASSERT(list->last == peer); /* I1 */
        list->last = peer->prev;
    }
}

static void list_append(struct peer *peer)
{
    struct peer_list *list = &peer->net->phases[peer->phase];

    peer->next = NULL;
    peer->prev = list->last;
    if (list->last != NULL) {
        HB_ASSERT((int64_t)(peer->since_ms - list->last->since_ms) >= 0); /* I1 */
        list->last->next = peer;
    } else {
        list->first = peer;
    }
    list->last = peer;
}

struct peer *peer_new(struct net *net, struct lws *wsi, int fd)
{
    struct peer *peer = hb_calloc(1, sizeof *peer);

    peer->net = net;
    peer->wsi = wsi;
    peer->fd = fd;
    peer->phase = PEER_HEADERS;
    peer->since_ms = uv_now(net->loop);
    list_append(peer);
    return peer;
}

void peer_enter(struct peer *peer, enum peer_phase phase)
{
    list_remove(peer);
    peer->phase = phase;
    peer->since_ms = uv_now(peer->net->loop);
    list_append(peer);
}

void peer_free(struct peer *peer)
{
    peer_down(peer);
    peer_watch_end(peer);
    list_remove(peer);
    if (peer->dirty_slot != 0) {
        peer->net->dirty[peer->dirty_slot - 1] = NULL;
    }
    peer_queue_clear(peer);
    free(peer->out.wires);
    buf_deinit(&peer->in.bytes);
    buf_deinit(&peer->body);
    buf_deinit(&peer->answer);
    free(peer);
}

void peer_kill(struct peer *peer)
{
    struct net *net = peer->net;

    if (peer->phase == PEER_DEAD) {
        return;
    }
    if (peer->out.len > 0 || lws_partial_buffered(peer->wsi)) {
        net_socket_abort(peer->fd); /* else the kernel keeps megabytes for who does not read */
    }
    peer_enter(peer, PEER_DEAD);
    peer_watch_end(peer);
    peer->mask_unseen = false;
    peer_queue_clear(peer);
    buf_deinit(&peer->in.bytes);
    buf_deinit(&peer->body);
    /* By its time-out: the only way that does not try to flush first. libwebsockets looks at its
     * time-outs behind I/O only, so it is given some. */
    lws_set_timeout(peer->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    if (!net->kicked) {
        net->kicked = true;
        lws_cancel_service(net->context);
    }
}

void peer_down(struct peer *peer)
{
    struct net *net = peer->net;
    const struct conn_id conn = peer->conn;
    const uint64_t request = peer->request;

    peer->conn.v = peer->request = 0;
    if (request != 0) {
        (void)u64map_remove(&net->requests, request, NULL);
        if (!net->closing) {
            net->events.gone(net->events.context, request);
        }
    }
    if (conn.v != 0) {
        const bool wanted = u64map_remove(&net->conns, conn.v, NULL);
        net->stats.conns--;
        if (wanted && !net->closing) {
            net->events.closed(net->events.context, conn);
        }
    }
}

struct peer *net_conn_find(const struct net *net, struct conn_id conn)
{
    uint64_t value;

    return u64map_get(&net->conns, conn.v, &value) ? (struct peer *)(uintptr_t)value : NULL;
}

/* --- Deadlines ------------------------------------------------------------------------------ */

static void overdue(struct peer *peer)
{
    switch (peer->phase) {
    case PEER_ASKED:
        http_overdue(peer);
        return;
    case PEER_HEADERS:
    case PEER_BODY:
    case PEER_ANSWERED:
    case PEER_CLOSING:
    case PEER_FAILING:
        peer_kill(peer);
        return;
    case PEER_OPEN:
        conn_flood_check(peer);
        return;
    case PEER_DEAD:
    case PEER_PHASES:
        break;
    }
    HB_UNREACHABLE("a phase without a deadline");
}

void net_sweep(struct net *net)
{
    const uint64_t now = uv_now(net->loop);
    struct peer *next;

    for (size_t phase = 0; phase < PEER_PHASES; phase++) {
        struct peer *peer;
        while (phase_ms[phase] != 0 && (peer = net->phases[phase].first) != NULL &&
               now - peer->since_ms >= phase_ms[phase]) {
            overdue(peer); /* it is in another list now, or at the end of this one */
        }
    }
    for (struct peer *peer = net->phases[PEER_ASKED].first; peer != NULL; peer = next) {
        if (peer->phase != PEER_ASKED) {
            break; /* the holder answered it from within `gone`: the next sweep goes on */
        }
        next = peer->next;
        /* Nothing is read from it while its request is not answered, so it is looked at. Who has ended their
         * side of the stream may wait for the answer. */
        if (net_socket_broken(peer->fd)) {
            peer_down(peer);
            peer_kill(peer);
        }
    }
    for (struct peer *peer = net->phases[PEER_ANSWERED].first; peer != NULL; peer = next) {
        next = peer->next;
        if (peer->answer.len > 0 && net_socket_ended(peer->fd)) {
            http_answer_send(peer);
        }
    }
    if (net->listen.paused) {
        net_listen_resume(net);
    }
}

void net_age(struct net *net, uint64_t ms)
{
    for (size_t phase = 0; phase < PEER_PHASES; phase++) {
        for (struct peer *peer = net->phases[phase].first; peer != NULL; peer = peer->next) {
            peer->since_ms -= ms; /* differences of it only, so that it may wrap */
        }
    }
}
