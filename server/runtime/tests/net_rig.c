/* See net_rig.h. */
#include "server/runtime/tests/net_rig.h"

#include "server/base/tests/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TEXT_SHOWN_MAX 200
#define TURN_MS        5

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Events --------------------------------------------------------------------------------- */

static void text_add(struct net_rig *rig, const char *name, struct text text)
{
    buf_add_text(&rig->trace, name);
    if (text.bytes == NULL) {
        buf_add_char(&rig->trace, '-');
    } else if (text.len > TEXT_SHOWN_MAX) {
        buf_printf(&rig->trace, "[%" PRIu32 " bytes]", text.len);
    } else {
        buf_add(&rig->trace, text.bytes, text.len);
    }
}

static void on_open(void *context, struct conn_id conn, struct text token)
{
    struct net_rig *rig = context;

    HB_ASSERT(!rig->within);
    rig->open_count++;
    rig->last_conn = conn.v;
    buf_printf(&rig->trace, "open %" PRIu64, conn.v);
    text_add(rig, " token=", token);
    buf_add_char(&rig->trace, '\n');
    if (rig->on_open != NULL) {
        rig->on_open(rig, conn);
    }
}

static void on_frame(void *context, struct conn_id conn, struct wire *wire)
{
    struct net_rig *rig = context;

    HB_ASSERT(!rig->within);
    rig->frame_count++;
    buf_printf(&rig->trace, "frame %" PRIu64, conn.v);
    text_add(rig, " ", wire_text(wire));
    buf_add_char(&rig->trace, '\n');
    if (rig->on_frame != NULL) {
        rig->on_frame(rig, conn, wire);
    }
}

static void on_closed(void *context, struct conn_id conn)
{
    struct net_rig *rig = context;

    HB_ASSERT(!rig->within);
    rig->closed_count++;
    buf_printf(&rig->trace, "closed %" PRIu64 "\n", conn.v);
}

static void on_request(void *context, const struct http_request *request)
{
    struct net_rig *rig = context;

    HB_ASSERT(!rig->within);
    rig->request_count++;
    rig->last_request = request->id;
    buf_printf(&rig->trace, "request %" PRIu64, request->id);
    text_add(rig, " ", request->method);
    text_add(rig, " ", request->path);
    text_add(rig, " query=", request->query);
    text_add(rig, " auth=", request->authorization);
    text_add(rig, " type=", request->content_type);
    text_add(rig, " body=", request->body);
    buf_add_char(&rig->trace, '\n');
    if (rig->on_request != NULL) {
        rig->on_request(rig, request);
    }
}

static void on_gone(void *context, uint64_t request)
{
    struct net_rig *rig = context;

    HB_ASSERT(!rig->within);
    rig->gone_count++;
    buf_printf(&rig->trace, "gone %" PRIu64 "\n", request);
}

/* --- The loop ------------------------------------------------------------------------------- */

void net_rig_open(struct net_rig *rig)
{
    const struct net_events events = {.context = rig,
                                      .open = on_open,
                                      .frame = on_frame,
                                      .closed = on_closed,
                                      .request = on_request,
                                      .gone = on_gone};
    struct buf message = {0};

    assert_int_equal(uv_loop_init(&rig->loop), 0);
    if (rig->config.host == NULL) {
        rig->config.host = "127.0.0.1";
    }
    assert_int_equal(net_open(&rig->loop, &rig->config, &events, &rig->net, &message), HB_OK);
    assert_int_not_equal(net_port(rig->net), 0);
    buf_deinit(&message);
}

void net_rig_close(struct net_rig *rig)
{
    const int64_t until_ms = now_ms() + NET_RIG_MS_MAX;

    if (rig->net != NULL) {
        rig->within = true; /* no event comes any more */
        net_close(&rig->net);
        assert_null(rig->net);
    }
    while (uv_run(&rig->loop, UV_RUN_NOWAIT) != 0) {
        assert_true(now_ms() < until_ms);
    }
    assert_int_equal(uv_loop_close(&rig->loop), 0);
    buf_deinit(&rig->trace);
    *rig = (struct net_rig){0};
}

void net_rig_turn(struct net_rig *rig, int fd)
{
    struct pollfd waited[2] = {{.fd = uv_backend_fd(&rig->loop), .events = POLLIN},
                               {.fd = fd, .events = POLLIN}};

    if (uv_run(&rig->loop, UV_RUN_NOWAIT) != 0 && uv_backend_timeout(&rig->loop) != 0) {
        (void)poll(waited, 2, TURN_MS);
    }
}

void net_rig_turns(struct net_rig *rig, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        net_rig_turn(rig, -1);
    }
}

void net_rig_wait(struct net_rig *rig, const uint64_t *count, uint64_t wanted)
{
    const int64_t until_ms = now_ms() + NET_RIG_MS_MAX;

    while (*count < wanted) {
        if (now_ms() > until_ms) {
            fail_msg("waited in vain; so far:\n%s", rig->trace.bytes);
        }
        net_rig_turn(rig, -1);
    }
}

void net_rig_send(struct net_rig *rig, uint64_t conn, const char *text)
{
    rig->within = true;
    net_send(rig->net, (struct conn_id){conn}, wire_new(text, strlen(text)));
    rig->within = false;
}

/* --- Clients -------------------------------------------------------------------------------- */

void net_client_open(struct net_rig *rig, struct net_client *client)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(net_port(rig->net)),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;

    *client = (struct net_client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_true(client->fd >= 0);
    assert_int_equal(connect(client->fd, (const struct sockaddr *)&address, sizeof address), 0);
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    assert_int_equal(fcntl(client->fd, F_SETFL, O_NONBLOCK), 0);
}

void net_client_close(struct net_client *client)
{
    if (client->fd >= 0) {
        (void)close(client->fd);
    }
    buf_deinit(&client->in);
    client->fd = -1;
}

void net_client_write(struct net_rig *rig, struct net_client *client, const void *bytes,
                      size_t bytes_len)
{
    const int64_t until_ms = now_ms() + NET_RIG_MS_MAX;
    const char *at = bytes;

    while (bytes_len > 0) {
        const ssize_t n = send(client->fd, at, bytes_len, MSG_NOSIGNAL);
        if (n > 0) {
            at += n;
            bytes_len -= (size_t)n;
        } else if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            return; /* the server had enough: what it said shows why */
        } else {
            assert_int_equal(errno, EAGAIN);
            assert_true(now_ms() < until_ms);
        }
        net_client_read(client); /* else both sides may wait for the other to read */
        net_rig_turn(rig, -1);
    }
}

void net_client_text(struct net_rig *rig, struct net_client *client, const char *text)
{
    net_client_write(rig, client, text, strlen(text));
}

void net_client_read(struct net_client *client)
{
    char bytes[65536];

    while (!client->ended) {
        const ssize_t n = recv(client->fd, bytes, sizeof bytes, 0);
        if (n > 0) {
            buf_add(&client->in, bytes, (size_t)n);
        } else if (n < 0 && errno == EAGAIN) {
            return;
        } else {
            client->ended = true;
            client->reset = n < 0;
        }
    }
}

void net_client_expect(struct net_rig *rig, struct net_client *client, const char *text)
{
    const int64_t until_ms = now_ms() + NET_RIG_MS_MAX;

    for (;;) {
        net_client_read(client);
        if (client->in.len > 0 && memmem(client->in.bytes, client->in.len, text, strlen(text))) {
            return;
        }
        if (client->ended || now_ms() > until_ms) {
            fail_msg("\"%s\" did not come, but \"%s\"", text,
                     client->in.len > 0 ? client->in.bytes : "");
        }
        net_rig_turn(rig, client->fd);
    }
}

void net_client_expect_end(struct net_rig *rig, struct net_client *client)
{
    const int64_t until_ms = now_ms() + NET_RIG_MS_MAX;

    net_client_read(client);
    while (!client->ended) {
        assert_true(now_ms() < until_ms);
        net_rig_turn(rig, client->fd);
        net_client_read(client);
    }
}

/* --- HTTP ----------------------------------------------------------------------------------- */

unsigned net_client_answer(struct net_rig *rig, struct net_client *client, bool head_only,
                           struct buf *ret_head, struct buf *ret_body)
{
    const int64_t until_ms = now_ms() + NET_RIG_MS_MAX;

    net_client_expect(rig, client, "\r\n\r\n");
    const char *end = strstr(client->in.bytes, "\r\n\r\n");
    const size_t head_len = (size_t)(end - client->in.bytes) + 4;
    const char *length = strcasestr(client->in.bytes, "\r\nContent-Length: ");
    const size_t body_len =
        head_only || length == NULL || length > end ? 0 : strtoul(length + 18, NULL, 10);
    const unsigned status = (unsigned)strtoul(client->in.bytes + 9, NULL, 10);

    assert_memory_equal(client->in.bytes, "HTTP/1.1 ", 9);
    while (client->in.len < head_len + body_len) {
        assert_false(client->ended);
        assert_true(now_ms() < until_ms);
        net_rig_turn(rig, client->fd);
        net_client_read(client);
    }
    if (ret_head != NULL) {
        buf_clear(ret_head);
        buf_add(ret_head, client->in.bytes, head_len);
    }
    if (ret_body != NULL) {
        buf_clear(ret_body);
        buf_add(ret_body, client->in.bytes + head_len, body_len);
    }
    buf_drop_front(&client->in, head_len + body_len);
    return status;
}

/* --- WebSocket ------------------------------------------------------------------------------ */

unsigned net_client_handshake(struct net_rig *rig, struct net_client *client, const char *headers)
{
    struct buf request = {0};

    net_client_open(rig, client);
    buf_printf(&request,
               "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
               "Sec-WebSocket-Version: 13\r\n%s\r\n",
               net_port(rig->net), headers);
    net_client_write(rig, client, request.bytes, request.len);
    buf_deinit(&request);
    return net_client_answer(rig, client, false, NULL, NULL);
}

void net_client_join(struct net_rig *rig, struct net_client *client)
{
    const uint64_t before = rig->open_count;

    assert_int_equal(net_client_handshake(rig, client, ""), 101);
    net_rig_wait(rig, &rig->open_count, before + 1);
}

void net_frame_add(struct buf *out, unsigned first, const void *payload, size_t payload_len)
{
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    const unsigned char *bytes = payload;

    buf_add_char(out, (char)first);
    if (payload_len < 126) {
        buf_add_char(out, (char)(0x80 | payload_len));
    } else if (payload_len < 65536) {
        buf_add_char(out, (char)(0x80 | 126));
        buf_add_char(out, (char)(payload_len >> 8));
        buf_add_char(out, (char)payload_len);
    } else {
        buf_add_char(out, (char)(0x80 | 127));
        for (int shift = 56; shift >= 0; shift -= 8) {
            buf_add_char(out, (char)((uint64_t)payload_len >> shift));
        }
    }
    buf_add(out, mask, sizeof mask);
    buf_reserve(out, payload_len + 1);
    for (size_t i = 0; i < payload_len; i++) {
        buf_add_char(out, (char)(bytes[i] ^ mask[i & 3]));
    }
}

void net_client_frame(struct net_rig *rig, struct net_client *client, unsigned first,
                      const void *payload, size_t payload_len)
{
    struct buf frame = {0};

    net_frame_add(&frame, first, payload, payload_len);
    net_client_write(rig, client, frame.bytes, frame.len);
    buf_deinit(&frame);
}

bool net_client_take(struct net_client *client, unsigned *ret_first, struct buf *ret_payload)
{
    const unsigned char *in = (const unsigned char *)client->in.bytes;
    size_t head_len = 2;

    if (client->in.len < 2) {
        return false;
    }
    uint64_t len = in[1];
    assert_int_equal(len & 0x80, 0); /* a server never masks */
    if (len >= 126) {
        const unsigned more = len == 126 ? 2 : 8;
        head_len += more;
        if (client->in.len < head_len) {
            return false;
        }
        len = 0;
        for (unsigned i = 0; i < more; i++) {
            len = len << 8 | in[2 + i];
        }
        assert_true(len >= (more == 2 ? 126 : 65536)); /* as short as can be */
    }
    if (client->in.len < head_len + len) {
        return false;
    }
    *ret_first = in[0];
    buf_clear(ret_payload);
    buf_add(ret_payload, in + head_len, len);
    buf_drop_front(&client->in, head_len + len);
    return true;
}

unsigned net_client_next(struct net_rig *rig, struct net_client *client, struct buf *ret_payload)
{
    const int64_t until_ms = now_ms() + NET_RIG_MS_MAX;
    unsigned first;

    net_client_read(client);
    while (!net_client_take(client, &first, ret_payload)) {
        if (client->ended) {
            return 0;
        }
        if (now_ms() > until_ms) {
            fail_msg("no frame came");
        }
        net_rig_turn(rig, client->fd);
        net_client_read(client);
    }
    return first;
}

unsigned net_client_close_code(struct net_rig *rig, struct net_client *client)
{
    struct buf payload = {0};
    unsigned code = 1006;

    for (;;) {
        const unsigned first = net_client_next(rig, client, &payload);
        if (first == 0) {
            break;
        }
        if ((first & 0xf) == 8) {
            code = payload.len == 0 ? 1005
                                    : (unsigned)(unsigned char)payload.bytes[0] << 8 |
                                          (unsigned char)payload.bytes[1];
            break;
        }
    }
    buf_deinit(&payload);
    return code;
}
