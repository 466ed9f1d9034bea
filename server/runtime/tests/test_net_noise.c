/* Noise: requests, handshakes and frames with bytes changed, cut and mixed, peers that come and go.
 * Whatever comes, net goes on, its holder sees a connection's events in their order, and it ends
 * with nothing left.. */
/* labels: runtime */
/* timeout: 60 */
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "server/runtime/net_internal.h"
#include "server/runtime/tests/net_rig.h"

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#define CLIENTS     20
#define STEPS       1200
#define TRACE_BYTES 100000 /* then it is forgotten */

static const struct net_file files[] = {{"/", "text/html", (const unsigned char *)"<p>hi", 5}};

static struct net_rig rig;
static struct net_client clients[CLIENTS];
static struct buf bytes;
static struct rng rng;

static size_t below(size_t end)
{
    return (size_t)rng_between(&rng, 0, (int64_t)end - 1);
}

static void on_frame(struct net_rig *it, struct conn_id conn, struct wire *wire)
{
    if (rng_chance(&rng, 300)) {
        net_send(it->net, conn, wire_ref(wire));
    }
    if (rng_chance(&rng, 50)) {
        net_close_conn(it->net, conn, CLOSE_TRY_LATER);
    }
}

static void respond(uint64_t request)
{
    net_respond(rig.net, &(struct net_response){.request = request,
                                                .status = 200,
                                                .content_type = "text/plain",
                                                .body = TEXT("answer")});
}

static void on_request(struct net_rig *it, const struct http_request *request)
{
    (void)it;
    if (rng_chance(&rng, 500)) {
        respond(request->id);
    }
}

/* --- What is sent --------------------------------------------------------------------------- */

static void requests_add(void)
{
    static const char *const requests[] = {
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        "GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "HEAD /q HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /z HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
        "Connection: Upgrade\r\n\r\n",
    };

    for (size_t count = 1 + below(3); count > 0; count--) {
        buf_add_text(&bytes, requests[below(sizeof requests / sizeof requests[0])]);
    }
}

static void frames_add(void)
{
    static const unsigned good[] = {0x81, 0x81, 0x81, 0x89, 0x8a};
    static const unsigned any[] = {0x01, 0x00, 0x80, 0x82, 0x88, 0xc1, 0x8f};
    char payload[300];

    for (size_t count = 1 + below(4); count > 0; count--) {
        const size_t len = below(rng_chance(&rng, 875) ? 130 : sizeof payload);
        const bool text = rng_chance(&rng, 850);
        for (size_t i = 0; i < len; i++) {
            payload[i] = (char)(text ? 'a' + below(26) : below(256));
        }
        const unsigned first = rng_chance(&rng, 850) ? good[below(sizeof good / sizeof good[0])]
                                                     : any[below(sizeof any / sizeof any[0])];
        net_frame_add(&bytes, first, payload, len < 126 || first == 0x81 ? len : 125);
    }
}

static void spoil(void)
{
    if (rng_chance(&rng, 200)) {
        for (size_t count = below(6); count > 0; count--) {
            bytes.bytes[below(bytes.len)] = (char)below(256);
        }
    }
    if (rng_chance(&rng, 100)) {
        bytes.len = 1 + below(bytes.len);
    }
}

/* --- One step ------------------------------------------------------------------------------- */

static void come(struct net_client *client)
{
    net_client_close(client);
    if (rng_chance(&rng, 500)) {
        net_client_open(&rig, client);
    } else {
        assert_int_equal(net_client_handshake(&rig, client, ""), 101); /* it still serves */
    }
}

static void go(struct net_client *client)
{
    const struct linger at_once = {.l_onoff = 1};

    if (rng_chance(&rng, 500)) {
        (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    net_client_close(client);
}

static void step(void)
{
    struct net_client *client = &clients[below(CLIENTS)];

    if (client->fd < 0 || client->ended) {
        come(client);
    }
    buf_clear(&bytes);
    if (rng_chance(&rng, 250)) {
        requests_add();
    } else {
        frames_add();
    }
    spoil();
    net_client_write(&rig, client, bytes.bytes, bytes.len);
    net_client_read(client);
    buf_clear(&client->in);
    if (rng_chance(&rng, 70)) {
        go(client);
    }
    if (rng_chance(&rng, 5)) {
        net_age(rig.net, below(12000));
    }
    if (rig.last_request > 0 && rng_chance(&rng, 200)) {
        respond(1 + below(rig.last_request));
    }
    if (rig.trace.len > TRACE_BYTES) {
        buf_clear(&rig.trace);
    }
}

static void run(uint64_t seed)
{
    rng = rng_stream(seed, "test.net.noise", 0, 0);
    rig.config.files = files;
    rig.config.files_len = 1;
    rig.config.plain_writes = rng_chance(&rng, 300);
    rig.on_frame = on_frame;
    rig.on_request = on_request;
    net_rig_open(&rig);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i].fd = -1;
    }
    for (size_t i = 0; i < STEPS; i++) {
        step();
    }
    print_message("%" PRIu64 " frames of %" PRIu64 " connections, %" PRIu64 " requests\n",
                  rig.frame_count, rig.open_count, rig.request_count);
    assert_true(rig.closed_count <= rig.open_count);
    assert_true(rig.gone_count <= rig.request_count);
    assert_true(rig.frame_count > 0);
    assert_true(rig.request_count > 0);
    net_rig_close(&rig);
    for (size_t i = 0; i < CLIENTS; i++) {
        net_client_close(&clients[i]);
    }
    buf_deinit(&bytes);
}

static void seed_1(void **state)
{
    (void)state;
    run(1);
}

static void seed_2(void **state)
{
    (void)state;
    run(2);
}

static void seed_3(void **state)
{
    (void)state;
    run(3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed_1),
        cmocka_unit_test(seed_2),
        cmocka_unit_test(seed_3),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
