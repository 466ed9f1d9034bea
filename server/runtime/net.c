/* See net.h: opening, closing, the callback of libwebsockets and what it is handed on to. */
#include "server/runtime/net.h"

#include "server/runtime/net_internal.h"

#include <fcntl.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_BYTES_MAX 65536 /* of one read of a socket that speaks HTTP */
#define PIECE_BYTES_MAX                                                                            \
    1024 /* of a message as libwebsockets gives it, and of one read for it: most
                                * messages are shorter. It keeps so much for each connection, and
                                * with 64 KiB that was 6.2 KB instead of 3.3 of an idle one. */
#define HEADER_BYTES_MAX 8192 /* of one request: a token of 4096, cookies of strangers */

/* libwebsockets pings by itself after five minutes unless it is told a policy without times. */
static const lws_retry_bo_t no_pings = {0};

/* --- From libwebsockets --------------------------------------------------------------------- */

static int on_websocket(struct peer *peer, int reason, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        return conn_established(peer);
    case LWS_CALLBACK_RECEIVE:
        return conn_received(peer, in, len);
    case LWS_CALLBACK_RECEIVE_PONG:
        conn_control_received(peer);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return peer_writable(peer);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return conn_peer_closes(peer, in, len);
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
        conn_dropped(peer);
        return 0;
    default:
        return 0;
    }
}

static int on_http(struct peer *peer, int reason, void *in, size_t len)
{
    const char *text = NULL;

    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: {
        const uint16_t status = net_handshake_check(peer, &text);
        return status == 0 ? 0 : http_refuse_upgrade(peer, status, text);
    }
    case LWS_CALLBACK_HTTP:
        return http_request_begins(peer);
    case LWS_CALLBACK_HTTP_BODY:
        return http_body(peer, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return http_body_done(peer);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return http_writable(peer);
    default:
        return 0;
    }
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t len)
{
    (void)user;
    switch ((int)reason) {
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_RECEIVE_PONG:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_WSI_DESTROY:
        break;
    case LWS_CALLBACK_RAW_ADOPT: /* CONNECT: libwebsockets would leave HTTP */
    case LWS_CALLBACK_RAW_RX:
        return -1;
    default:
        return 0; /* also what comes when `net` is gone */
    }

    struct peer *peer = lws_get_opaque_user_data(wsi);
    if (peer == NULL) {
        return 0;
    }
    if (reason == LWS_CALLBACK_WSI_DESTROY) {
        lws_set_opaque_user_data(wsi, NULL);
        peer_free(peer);
        return 0;
    }
    if (reason == LWS_CALLBACK_CLOSED || reason == LWS_CALLBACK_CLOSED_HTTP) {
        peer_down(peer);
        return 0;
    }
    if (peer->phase == PEER_DEAD) {
        return 0;
    }
    return peer->phase == PEER_OPEN || peer->phase == PEER_CLOSING || peer->phase == PEER_FAILING ||
                   reason == LWS_CALLBACK_ESTABLISHED
               ? on_websocket(peer, (int)reason, in, len)
               : on_http(peer, (int)reason, in, len);
}

/* A client that asks for a subprotocol by this name is answered with it; one that asks for none
 * gets the first. */
static const struct lws_protocols protocols[] = {
    {.name = "hubbub",
     .callback = on_lws,
     .per_session_data_size = 1, /* without any, WS_SERVER_DROP_PROTOCOL is not called */
     .rx_buffer_size = PIECE_BYTES_MAX,
     .tx_packet_size = NET_COALESCE_BYTES_MAX},
    {0},
};

/* --- The loop's handles --------------------------------------------------------------------- */

void net_handle_closed(struct net *net)
{
    HB_ASSERT(net->handles_open > 0);
    if (--net->handles_open > 0) {
        return;
    }
    for (size_t i = 0; i < PEER_PHASES; i++) {
        HB_ASSERT(net->phases[i].first == NULL); /* I3 */
    }
    buf_deinit(&net->path);
    buf_deinit(&net->query);
    buf_deinit(&net->host);
    buf_deinit(&net->authorization);
    buf_deinit(&net->content_type);
    buf_deinit(&net->value);
    u64map_deinit(&net->conns);
    u64map_deinit(&net->requests);
    free(net->dirty);
    free(net->scratch);
    free(net);
}

static void handle_closed(uv_handle_t *handle)
{
    net_handle_closed(handle->data);
}

struct handle_find {
    const struct net *net;
    bool found;
};

static void handle_find(uv_handle_t *handle, void *context)
{
    struct handle_find *find = context;

    find->found = find->found || handle == find->net->lws_timer || handle == find->net->lws_idle;
}

/* libwebsockets closes the descriptor by which it wakes itself twice: when it is destroyed, and some
 * turns later with its handle. What the process opened in between would have got the number and
 * would lose it: so the number stays taken until then. */
static void descriptor_keep(int number)
{
    if (number < 0 || fcntl(number, F_GETFD) >= 0) {
        return;
    }
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fd != number) {
        (void)dup3(fd, number, O_CLOEXEC);
        (void)close(fd);
    }
}

/* On a foreign loop libwebsockets wants to be destroyed twice: once to begin to close its handles,
 * and again, to free its context, when libuv has closed them all; and it does not say when that is.
 * Its timer and its idle handle are the last ones, so they are looked for in the loop. */
static void end(struct net *net)
{
    struct handle_find find = {.net = net};

    if (!net->destroyed) {
        net->destroyed = true;
        lws_context_destroy(net->context);
        descriptor_keep(net->lws_fd);
        return;
    }
    uv_walk(net->loop, handle_find, &find);
    if (!find.found) {
        lws_context_destroy(net->context);
        HB_ASSERT(net->context == NULL); /* by info.pcontext */
        uv_close((uv_handle_t *)&net->prepare, handle_closed);
    }
}

static void on_prepare(uv_prepare_t *handle)
{
    struct net *net = handle->data;

    net->kicked = false;
    if (net->closing) {
        end(net);
    } else {
        net_flush(net);
    }
}

static void on_sweep(uv_timer_t *handle)
{
    net_sweep(handle->data);
}

/* --- Life ----------------------------------------------------------------------------------- */

/* Of a loop's handles the newest come last. */
static void handle_note(uv_handle_t *handle, void *context)
{
    struct net *net = context;

    if (handle->type == UV_TIMER) {
        net->lws_timer = handle;
    } else if (handle->type == UV_IDLE) {
        net->lws_idle = handle;
    } else if (handle->type == UV_POLL) {
        (void)uv_fileno(handle, &net->lws_fd);
    }
}

static bool context_create(struct net *net)
{
    void *loops[] = {net->loop};
    struct lws_context_creation_info info = {0};

    lws_set_log_level(0, NULL); /* it writes to stderr by itself; what matters comes by results */
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.foreign_loops = loops;
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER; /* net_listen.c accepts */
    info.pt_serv_buf_size = READ_BYTES_MAX;
    info.max_http_header_data = HEADER_BYTES_MAX;
    info.timeout_secs = NET_HANDSHAKE_MS / 1000;
    info.keepalive_timeout = NET_HANDSHAKE_MS / 1000;
    info.retry_and_idle_policy = &no_pings;
    info.pcontext = &net->context;
    net->context = lws_create_context(&info);
    if (net->context == NULL) {
        return false;
    }
    net->lws_fd = -1;
    uv_walk(net->loop, handle_note, net);
    info.protocols = protocols;
    info.vhost_name = "hubbub";
    net->vhost = lws_create_vhost(net->context, &info);
    return net->vhost != NULL;
}

enum hb_err net_open(uv_loop_t *loop, const struct net_config *config,
                     const struct net_events *events, struct net **ret, struct buf *message)
{
    struct net *net = hb_calloc(1, sizeof *net);

    net->config = *config;
    if (net->config.queue_bytes_max == 0) {
        net->config.queue_bytes_max = NET_QUEUE_BYTES_MAX;
    }
    net->events = *events;
    net->loop = loop;
    const enum hb_err err = net_listen(net, message);
    if (err != HB_OK) {
        free(net);
        return err;
    }
    const bool ok = context_create(net);
    if (!ok && net->context == NULL) {
        buf_add_text(message, "libwebsockets does not start on libuv; install its plugin, the "
                              "package libwebsockets-evlib-uv");
        (void)close(net->listen.fd);
        free(net);
        return HB_EDENIED;
    }
    net->scratch = hb_malloc(LWS_PRE + NET_COALESCE_BYTES_MAX);
    (void)uv_prepare_init(loop, &net->prepare);
    (void)uv_timer_init(loop, &net->sweep);
    (void)uv_poll_init_socket(loop, &net->listen.poll, net->listen.fd);
    net->prepare.data = net->sweep.data = net->listen.poll.data = net;
    net->handles_open = 3;
    (void)uv_prepare_start(&net->prepare, on_prepare);
    if (!ok) {
        buf_add_text(message, "libwebsockets makes no virtual host; is memory exhausted?");
        net_close(&net);
        return HB_EDENIED;
    }
    (void)uv_timer_start(&net->sweep, on_sweep, NET_SWEEP_MS, NET_SWEEP_MS);
    net_listen_resume(net);
    *ret = net;
    return HB_OK;
}

void net_stop_listening(struct net *net)
{
    if (net->listen.fd >= 0) {
        /* The handle first: closed after its number was given to another socket, it would take that
         * one out of the loop. */
        uv_close((uv_handle_t *)&net->listen.poll, handle_closed);
        (void)close(net->listen.fd);
        net->listen.fd = -1;
    }
}

uint16_t net_port(const struct net *net)
{
    return net->listen.port;
}

struct net_stats net_stats(const struct net *net)
{
    return net->stats;
}

void net_close(struct net **net)
{
    struct net *it = *net;

    *net = NULL;
    if (it == NULL) {
        return;
    }
    HB_ASSERT(!it->closing);
    it->closing = true; /* silences peer_down */
    net_stop_listening(it);
    (void)uv_timer_stop(&it->sweep);
    uv_close((uv_handle_t *)&it->sweep, handle_closed);
}
