/* Handshakes of WebSocket, before libwebsockets answers them (RFC 6455 4.2.1).
 *
 * libwebsockets itself would take any version, path and method, and hangs up without a status on a
 * key, a Connection header or a subprotocol that it does not like: so all of it is looked at here
 * first, and each refusal is an HTTP answer. */
#include "server/node/http_route.h"
#include "server/runtime/net_internal.h"

#include <libwebsockets.h>
#include <string.h>
#include <strings.h>

#define KEY_LEN        24  /* base64 of 16 bytes */
#define LIST_BYTES_MAX 127 /* of Connection and Sec-WebSocket-Protocol: what libwebsockets parses */

bool net_header(struct lws *wsi, int token, struct buf *ret)
{
    const int len = lws_hdr_total_length(wsi, (enum lws_token_indexes)token);

    buf_clear(ret);
    if (len <= 0) {
        return false;
    }
    buf_reserve(ret, (size_t)len + 1);
    const int copied = lws_hdr_copy(wsi, ret->bytes, len + 1, (enum lws_token_indexes)token);
    if (copied <= 0) {
        return false;
    }
    ret->len = (size_t)copied;
    return true;
}

/* True if `list`, separated by commas, has `word`; `any_case` as Connection's tokens are. */
static bool list_has(const char *list, const char *word, bool any_case)
{
    const size_t word_len = strlen(word);

    while (*list != '\0') {
        list += strspn(list, ", \t");
        const size_t len = strcspn(list, ", \t");
        if (len == word_len &&
            (any_case ? strncasecmp(list, word, len) : strncmp(list, word, len)) == 0) {
            return true;
        }
        list += len;
    }
    return false;
}

static bool key_ok(const char *key)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    return strlen(key) == KEY_LEN && strspn(key, alphabet) == KEY_LEN - 2 &&
           strcmp(key + KEY_LEN - 2, "==") == 0;
}

/* Exact texts only: a browser writes its Origin in one way. */
static bool origin_ok(const struct net *net, const char *origin, const char *host)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        const size_t scheme_len = strlen(schemes[i]);
        if (strncmp(origin, schemes[i], scheme_len) == 0 &&
            strcmp(origin + scheme_len, host) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < net->config.origins_len; i++) {
        if (strcmp(origin, net->config.origins[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool net_bearer(struct peer *peer, struct text *ret)
{
    struct buf *value = &peer->net->authorization;

    *ret = (struct text){0};
    if (!net_header(peer->wsi, WSI_TOKEN_HTTP_AUTHORIZATION, value)) {
        return true;
    }
    const char *token = http_bearer((struct text){value->bytes, (uint32_t)value->len}).bytes;
    if (token == NULL) {
        return false;
    }
    token += strspn(token, " ");
    const size_t token_len = strlen(token);
    if (token_len == 0 || token_len > TOKEN_BYTES_MAX) {
        return false;
    }
    *ret = (struct text){token, (uint32_t)token_len};
    return true;
}

/* The headers that make a handshake, less Origin and Authorization. */
static uint16_t form_check(struct net *net, struct lws *wsi, const char **ret_text)
{
    struct buf *value = &net->value;

    if (!net_header(wsi, WSI_TOKEN_HTTP, value) || strcmp(value->bytes, "HTTP/1.1") != 0) {
        *ret_text = "HTTP/1.1 is needed for a WebSocket";
        return 400;
    }
    if (!net_header(wsi, WSI_TOKEN_UPGRADE, value) || strcasecmp(value->bytes, "websocket") != 0) {
        *ret_text = "no other upgrade than websocket";
        return 400;
    }
    if (!net_header(wsi, WSI_TOKEN_CONNECTION, value) || value->len > LIST_BYTES_MAX ||
        !list_has(value->bytes, "upgrade", true)) {
        *ret_text = "Connection: Upgrade is missing";
        return 400;
    }
    if (!net_header(wsi, WSI_TOKEN_VERSION, value) || strcmp(value->bytes, "13") != 0) {
        *ret_text = "version 13 only";
        return 426;
    }
    if (!net_header(wsi, WSI_TOKEN_KEY, value) || !key_ok(value->bytes)) {
        *ret_text = "Sec-WebSocket-Key is not base64 of 16 bytes";
        return 400;
    }
    if (net_header(wsi, WSI_TOKEN_PROTOCOL, value) &&
        (value->len > LIST_BYTES_MAX || !list_has(value->bytes, "hubbub", false))) {
        *ret_text = "the only subprotocol is hubbub; asking for none is right too";
        return 400;
    }
    return 0;
}

uint16_t net_handshake_check(struct peer *peer, const char **ret_text)
{
    struct net *net = peer->net;
    struct text token;

    if (!net_header(peer->wsi, WSI_TOKEN_GET_URI, &net->path)) {
        *ret_text = "a handshake is a GET";
        return 400;
    }
    if (strcmp(net->path.bytes, "/") != 0 && strcmp(net->path.bytes, "/ws") != 0) {
        *ret_text = "the WebSocket is at /ws";
        return 404;
    }
    const uint16_t status = form_check(net, peer->wsi, ret_text);
    if (status != 0) {
        return status;
    }
    if (!net_header(peer->wsi, WSI_TOKEN_HOST, &net->value)) {
        *ret_text = "Host is missing";
        return 400;
    }
    if (net_header(peer->wsi, WSI_TOKEN_ORIGIN, &net->query) &&
        !origin_ok(net, net->query.bytes, net->value.bytes)) {
        *ret_text = "this Origin may not connect";
        return 403;
    }
    if (!net_bearer(peer, &token)) {
        *ret_text = "Authorization is not a bearer token";
        return 401;
    }
    return 0;
}
