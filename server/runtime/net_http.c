/* HTTP/1.1 of net: the page's files are answered here, everything else is given up as a request.
 *
 * libwebsockets parses; it decodes the path and the query while it does. What is given up is
 * encoded again, in one way for each text, so that a '/' or '&' of a value stays one and nothing is
 * decoded twice. */
#include "server/runtime/net_internal.h"
#include "server/runtime/net_socket.h"

#include <libwebsockets.h>
#include <string.h>
#include <strings.h>

#define FRAGMENTS_MAX 1024 /* of a query; libwebsockets itself keeps fewer */

#define COMPLETIONS_MAX 16

static const char *const methods[] = {
    [LWSHUMETH_GET] = "GET",   [LWSHUMETH_POST] = "POST",   [LWSHUMETH_OPTIONS] = "OPTIONS",
    [LWSHUMETH_PUT] = "PUT",   [LWSHUMETH_PATCH] = "PATCH", [LWSHUMETH_DELETE] = "DELETE",
    [LWSHUMETH_HEAD] = "HEAD",
};

static struct text text_of_buf(const struct buf *buf, bool there)
{
    return there ? (struct text){buf->bytes, (uint32_t)buf->len} : (struct text){0};
}

/* --- What was asked ------------------------------------------------------------------------- */

static void encoded_add(struct buf *out, const char *bytes, size_t bytes_len, const char *more)
{
    static const char safe[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*,:@/";

    for (size_t i = 0; i < bytes_len; i++) {
        const char c = bytes[i];
        if (c != '\0' && (strchr(safe, c) != NULL || strchr(more, c) != NULL)) {
            buf_add_char(out, c);
        } else {
            buf_add_char(out, '%');
            buf_add_hex(out, (unsigned char)c, 2);
        }
    }
}

static bool query_read(struct peer *peer)
{
    struct net *net = peer->net;
    bool any = false;

    buf_clear(&net->query);
    for (int i = 0; i < FRAGMENTS_MAX; i++) {
        /* 0 of an empty one, and behind the last. */
        const int len = lws_hdr_fragment_length(peer->wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
        buf_clear(&net->value);
        buf_reserve(&net->value, (size_t)len + 1);
        const int copied =
            lws_hdr_copy_fragment(peer->wsi, net->value.bytes, len + 1, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (copied < 0) {
            break;
        }
        if (copied == 0) {
            continue;
        }
        if (any) {
            buf_add_char(&net->query, '&');
        }
        any = true;
        encoded_add(&net->query, net->value.bytes, (size_t)copied, "=");
    }
    /* Of nothing behind '?' libwebsockets makes a '/'. */
    return any && !(net->query.len == 1 && net->query.bytes[0] == '/');
}

/* The method, or NULL for what is not taken; the path into net->path. */
static const char *request_line(struct peer *peer)
{
    struct net *net = peer->net;
    char *path;
    int path_len;
    const int method = lws_http_get_uri_and_method(peer->wsi, &path, &path_len);

    buf_clear(&net->path);
    if (method < 0 || (size_t)method >= sizeof methods / sizeof methods[0] ||
        methods[method] == NULL || memchr(path, '\0', (size_t)path_len) != NULL) {
        return NULL;
    }
    encoded_add(&net->path, path, (size_t)path_len, "");
    return methods[method];
}

/* --- Answers -------------------------------------------------------------------------------- */

/* A connection of HTTP/1.0, or one that asks for it, ends with its answer. */
static bool closes(struct peer *peer)
{
    struct buf *value = &peer->net->value;

    if (!net_header(peer->wsi, WSI_TOKEN_HTTP, value) || strcmp(value->bytes, "HTTP/1.1") != 0) {
        return true;
    }
    return net_header(peer->wsi, WSI_TOKEN_CONNECTION, value) &&
           strcasecmp(value->bytes, "close") == 0;
}

static void answer_set(struct peer *peer, struct net_answer answer)
{
    static const char room[LWS_PRE];

    answer.head = peer->head;
    answer.close = peer->close_after = peer->close_after || answer.close;
    buf_clear(&peer->answer);
    peer->sent = 0;
    buf_add(&peer->answer, room, sizeof room);
    net_answer_add(&peer->answer, &answer);
    peer_enter(peer, PEER_ANSWERED);
}

static size_t answer_left(const struct peer *peer)
{
    return peer->answer.len > 0 ? peer->answer.len - LWS_PRE - peer->sent : 0;
}

/* A result of libwebsockets' callback. */
static int answer_write(struct peer *peer)
{
    struct buf answer = peer->answer;
    const bool close_after = peer->close_after;

    const size_t left = answer_left(peer);

    peer->answer = (struct buf){0};
    peer->sent = 0;
    buf_deinit(&peer->body);
    peer->close_after = peer->head = false;
    const int written =
        left == 0 ? 0
                  : lws_write(peer->wsi, (unsigned char *)answer.bytes + answer.len - left, left,
                              LWS_WRITE_HTTP);
    buf_deinit(&answer);
    if (written < 0 || close_after) {
        return -1; /* behind what is not yet written */
    }
    const bool partial = lws_partial_buffered(peer->wsi) != 0;
    if (!partial) {
        peer_enter(peer, PEER_HEADERS); /* else it may take longer */
    }
    lws_set_timeout(peer->wsi, NO_PENDING_TIMEOUT, 0);
    peer->kept.any = true;
    peer->kept.unsure = partial || !net_socket_read_count(peer->fd, &peer->kept.read_count);
    return lws_http_transaction_completed(peer->wsi) != 0 ? -1 : 0;
}

static int refuse(struct peer *peer, uint16_t status, const char *text)
{
    answer_set(peer, (struct net_answer){.status = status,
                                         .content_type = "text/plain",
                                         .body = text,
                                         .body_len = strlen(text),
                                         .close = true});
    return answer_write(peer);
}

int http_refuse_upgrade(struct peer *peer, uint16_t status, const char *text)
{
    peer->net->stats.refused++;
    (void)refuse(peer, status, text);
    return -1;
}

static const struct net_file *file_find(const struct net *net)
{
    for (size_t i = 0; i < net->config.files_len; i++) {
        if (strcmp(net->config.files[i].path, net->path.bytes) == 0) {
            return &net->config.files[i];
        }
    }
    return NULL;
}

/* --- Requests ------------------------------------------------------------------------------- */

static void ask(struct peer *peer)
{
    struct net *net = peer->net;
    const char *method = request_line(peer);
    struct http_request request = {0};

    HB_ASSERT(method != NULL);
    peer->request = request.id = ++net->request_last;
    u64map_put(&net->requests, request.id, (uint64_t)(uintptr_t)peer);
    net->stats.requests++;
    request.query = text_of_buf(&net->query, query_read(peer));
    request.host = text_of_buf(&net->host, net_header(peer->wsi, WSI_TOKEN_HOST, &net->host));
    request.authorization =
        text_of_buf(&net->authorization,
                    net_header(peer->wsi, WSI_TOKEN_HTTP_AUTHORIZATION, &net->authorization));
    request.content_type = text_of_buf(
        &net->content_type, net_header(peer->wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, &net->content_type));
    request.method = text_of(method);
    request.path = text_of_buf(&net->path, true);
    request.body = text_of_buf(&peer->body, peer->body.len > 0);
    lws_set_timeout(peer->wsi, NO_PENDING_TIMEOUT, 0); /* ours is NET_REQUEST_MS */
    /* Else it polls for the next request, does not read it, and spins. */
    (void)lws_rx_flow_control(peer->wsi, 0);
    peer_enter(peer, PEER_ASKED);
    net->events.request(net->events.context, &request);
}

/* False: no number. Absent is -1. */
static bool length_read(struct peer *peer, int64_t *ret)
{
    struct buf *value = &peer->net->value;

    *ret = -1;
    if (!net_header(peer->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, value)) {
        return true;
    }
    if (value->len > 15 || strspn(value->bytes, "0123456789") != value->len) {
        return false;
    }
    *ret = 0;
    for (size_t i = 0; i < value->len; i++) {
        *ret = *ret * 10 + (value->bytes[i] - '0');
    }
    return true;
}

/* Of a request that was read together with the one before it libwebsockets takes the headers for
 * the body, and may never come out of its loop. Such a request comes without anything having been
 * read from the socket since the last answer. */
static bool body_is_safe(const struct peer *peer)
{
    uint64_t count;

    return !peer->kept.any || (!peer->kept.unsure && net_socket_read_count(peer->fd, &count) &&
                               count != peer->kept.read_count);
}

int http_request_begins(struct peer *peer)
{
    struct net *net = peer->net;
    const char *method = request_line(peer);
    int64_t length;

    if (net->closing) {
        return -1;
    }
    peer->head = method != NULL && strcmp(method, "HEAD") == 0;
    peer->close_after = closes(peer);
    if (method == NULL) {
        return refuse(peer, 400, "no such method, or no such path");
    }
    if (lws_hdr_total_length(peer->wsi, WSI_TOKEN_HOST) <= 0 && !peer->close_after) {
        return refuse(peer, 400, "Host is missing");
    }
    if (lws_hdr_total_length(peer->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        return refuse(peer, 501, "no transfer encoding is understood; send Content-Length");
    }
    if (!length_read(peer, &length)) {
        return refuse(peer, 400, "Content-Length is no number");
    }
    if (length > FRAME_BYTES_MAX) {
        return refuse(peer, 413, "the body is too large");
    }
    if (length < 0 && (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
                       strcmp(method, "PATCH") == 0)) {
        return refuse(peer, 411, "Content-Length is missing"); /* it would wait for 100 MB */
    }
    if (length > 0 && !body_is_safe(peer)) {
        return refuse(peer, 503, "a body behind another request is not taken; wait for the answer");
    }
    if (length > 0) {
        peer_enter(peer, PEER_BODY);
        peer->kept.completions = 0;
        return 0;
    }
    const struct net_file *file = file_find(net);
    if (file != NULL && (peer->head || strcmp(method, "GET") == 0)) {
        answer_set(peer, (struct net_answer){.status = 200,
                                             .content_type = file->content_type,
                                             .body = (const char *)file->bytes,
                                             .body_len = file->bytes_len,
                                             .file = true});
        return answer_write(peer);
    }
    ask(peer);
    return 0;
}

int http_body(struct peer *peer, const char *bytes, size_t bytes_len)
{
    if (peer->phase != PEER_BODY || bytes_len == 0) {
        return 0;
    }
    HB_ASSERT(peer->body.len + bytes_len <= FRAME_BYTES_MAX); /* its length was looked at */
    buf_add(&peer->body, bytes, bytes_len);
    return 0;
}

int http_body_done(struct peer *peer)
{
    /* libwebsockets says it again for the bytes of a request behind this one; a few times. */
    if (peer->phase == PEER_BODY) {
        ask(peer);
        return 0;
    }
    return ++peer->kept.completions > COMPLETIONS_MAX ? -1 : 0;
}

int http_writable(struct peer *peer)
{
    return peer->phase == PEER_ANSWERED && peer->answer.len > 0 ? answer_write(peer) : 0;
}

static void answer_later(struct peer *peer, struct net_answer answer)
{
    HB_ASSERT(peer->phase == PEER_ASKED);
    (void)u64map_remove(&peer->net->requests, peer->request, NULL);
    peer->request = 0;
    answer_set(peer, answer);
    http_answer_send(peer);
}

/* libwebsockets does not write while it does not read; and when it reads the end of a client that waits for
 * its answer, it throws the answer away. So to such a one, what the socket takes is written first; to no other, for
 * whoever has an answer asks for the next thing, which libwebsockets would read before it is done with this. */
void http_answer_send(struct peer *peer)
{
    const bool first = net_socket_ended(peer->fd) &&
                       lws_partial_buffered(peer->wsi) == 0; /* else it reads when that is out */
    const size_t left = answer_left(peer);

    if (left > 0 && first) {
        size_t sent = 0;
        if (!net_socket_send(peer->fd, peer->answer.bytes + peer->answer.len - left, left, &sent)) {
            peer_kill(peer);
            return;
        }
        peer->sent += sent;
    }
    if (answer_left(peer) > 0 && first) {
        return; /* the rest with the next sweeps */
    }
    (void)lws_rx_flow_control(peer->wsi, 1);
    (void)lws_callback_on_writable(peer->wsi);
}

void http_overdue(struct peer *peer)
{
    static const char text[] = "no answer in time";
    struct net *net = peer->net;
    const uint64_t request = peer->request;

    answer_later(peer, (struct net_answer){.status = 503,
                                           .content_type = "text/plain",
                                           .body = text,
                                           .body_len = sizeof text - 1,
                                           .retry_after_s = 1});
    net->events.gone(net->events.context, request);
}

void net_respond(struct net *net, const struct net_response *response)
{
    uint64_t value;

    if (!u64map_get(&net->requests, response->request, &value)) {
        return; /* gone, or answered */
    }
    answer_later((struct peer *)(uintptr_t)value,
                 (struct net_answer){.status = response->status,
                                     .content_type = response->content_type,
                                     .body = response->body.bytes,
                                     .body_len = response->body.len,
                                     .retry_after_s = (response->retry_after_ms + 999) / 1000,
                                     .allow = response->allow});
}
