/* Handshakes of WebSocket: who is let in, and with which status the others are not. */
/* labels: runtime */
/* timeout: 60 */
#include "server/base/tests/test.h"
#include "server/runtime/net_internal.h"
#include "server/runtime/tests/net_rig.h"

#include <stdio.h>
#include <string.h>

static const char *const origins[] = {"https://chat.example", "http://localhost:3000"};

static struct net_rig rig;
static struct net_client client;
static struct buf text, head, body;

static int setup(void **state)
{
    (void)state;
    client.fd = -1;
    rig.config.origins = origins;
    rig.config.origins_len = sizeof origins / sizeof origins[0];
    net_rig_open(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    net_client_close(&client);
    net_rig_close(&rig);
    buf_deinit(&text);
    buf_deinit(&head);
    buf_deinit(&body);
    return 0;
}

#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define WHOLE   UPGRADE KEY VERSION
#define HOST    "Host: chat.test:8080\r\n"

struct handshake {
    const char *name;
    const char *line; /* of the request */
    const char *headers;
    unsigned status;
};

/* Nothing is upgraded unless the status is 101, and then exactly one connection is given. */
static void shake(const struct handshake *handshake)
{
    const uint64_t opened = rig.open_count;
    const uint64_t refused = net_stats(rig.net).refused;

    buf_clear(&text);
    buf_printf(&text, "%s\r\n%s\r\n", handshake->line, handshake->headers);
    net_client_open(&rig, &client);
    net_client_write(&rig, &client, text.bytes, text.len);
    const unsigned status = net_client_answer(&rig, &client, false, &head, &body);
    if (status != handshake->status) {
        fail_msg("%s: %u, not %u", handshake->name, status, handshake->status);
    }
    if (status == 101) {
        net_rig_wait(&rig, &rig.open_count, opened + 1);
        net_client_frame(&rig, &client, 0x88, "\x03\xe8", 2);
    }
    net_client_expect_end(&rig, &client);
    net_client_close(&client);
    assert_int_equal(rig.open_count, opened + (status == 101));
    assert_int_equal(net_stats(rig.net).refused, refused + (status != 101));
    if (status == 426) {
        assert_non_null(strstr(head.bytes, "\r\nSec-WebSocket-Version: 13\r\n"));
    }
    if (status == 401) {
        assert_non_null(strstr(head.bytes, "\r\nWWW-Authenticate: Bearer\r\n"));
    }
}

static void a_handshake_gets_the_status_that_it_deserves(void **state)
{
    static const struct handshake handshakes[] = {
        {"as it should be", "GET / HTTP/1.1", HOST WHOLE, 101},
        {"at /ws", "GET /ws HTTP/1.1", HOST WHOLE, 101},
        {"with a query", "GET /ws?x=1 HTTP/1.1", HOST WHOLE, 101},
        {"elsewhere", "GET /chat HTTP/1.1", HOST WHOLE, 404},
        {"by POST", "POST /ws HTTP/1.1", HOST WHOLE "Content-Length: 0\r\n", 400},
        {"by HTTP/1.0", "GET /ws HTTP/1.0", HOST WHOLE, 400},
        {"keep-alive, Upgrade", "GET / HTTP/1.1",
         HOST "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n" KEY VERSION, 101},
        {"Connection without upgrade", "GET / HTTP/1.1",
         HOST "Upgrade: websocket\r\nConnection: up\r\n" KEY VERSION, 400},
        {"no Connection", "GET / HTTP/1.1", HOST "Upgrade: websocket\r\n" KEY VERSION, 400},
        {"another upgrade", "GET / HTTP/1.1",
         HOST "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
              "HTTP2-Settings: AAMAAABkAAQAAP__\r\n",
         400},
        {"version 12", "GET / HTTP/1.1", HOST UPGRADE KEY "Sec-WebSocket-Version: 12\r\n", 426},
        {"version 8", "GET / HTTP/1.1", HOST UPGRADE KEY "Sec-WebSocket-Version: 8\r\n", 426},
        {"version 013", "GET / HTTP/1.1", HOST UPGRADE KEY "Sec-WebSocket-Version: 013\r\n", 426},
        {"no version", "GET / HTTP/1.1", HOST UPGRADE KEY, 426},
        {"no key", "GET / HTTP/1.1", HOST UPGRADE VERSION, 400},
        {"a short key", "GET / HTTP/1.1", HOST UPGRADE VERSION "Sec-WebSocket-Key: dGhl\r\n", 400},
        {"a key of another alphabet", "GET / HTTP/1.1",
         HOST UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q==\r\n", 400},
        {"no Host", "GET / HTTP/1.1", WHOLE, 400},
        {"its own subprotocol", "GET / HTTP/1.1",
         HOST WHOLE "Sec-WebSocket-Protocol: other, hubbub\r\n", 101},
        {"no subprotocol of ours", "GET / HTTP/1.1",
         HOST WHOLE "Sec-WebSocket-Protocol: graphql-ws\r\n", 400},
        {"an extension is not negotiated", "GET / HTTP/1.1",
         HOST WHOLE "Sec-WebSocket-Extensions: permessage-deflate\r\n", 101},
    };

    (void)state;
    for (size_t i = 0; i < sizeof handshakes / sizeof handshakes[0]; i++) {
        shake(&handshakes[i]);
        assert_null(strstr(head.bytes, "permessage-deflate"));
    }
}

static void an_origin_is_compared_byte_by_byte(void **state)
{
    static const struct {
        const char *origin;
        unsigned status;
    } cases[] = {
        {"http://chat.test:8080", 101},
        {"https://chat.test:8080", 101},
        {"https://chat.example", 101},
        {"http://localhost:3000", 101},
        {"null", 403},
        {"http://chat.test", 403},
        {"http://chat.test:8081", 403},
        {"http://chat.test:80800", 403},
        {"HTTP://chat.test:8080", 403},
        {"http://CHAT.test:8080", 403},
        {"ftp://chat.test:8080", 403},
        {"http://chat.test:8080/", 403},
        {"http://chat.test:8080.evil.example", 403},
        {"http://evil.example/http://chat.test:8080", 403},
        {"http://evil-chat.test:8080", 403},
        {"https://chat.example.evil.example", 403},
        {"https://chat.exampl", 403},
        {"http://chat.example", 403},
        {"https://chat.example:443", 403},
        {"https://chat.example, https://chat.example", 403},
        {"http://localhost:3001", 403},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char headers[400];
        (void)snprintf(headers, sizeof headers, HOST WHOLE "Origin: %s\r\n", cases[i].origin);
        shake(&(struct handshake){cases[i].origin, "GET /ws HTTP/1.1", headers, cases[i].status});
    }
    shake(&(struct handshake){"two Origins", "GET / HTTP/1.1",
                              HOST WHOLE "Origin: http://chat.test:8080\r\n"
                                         "Origin: http://chat.test:8080\r\n",
                              403});
}

static void a_bearer_token_is_given_with_the_connection(void **state)
{
    struct buf headers = {0};
    char longest[TOKEN_BYTES_MAX + 2];

    (void)state;
    shake(&(struct handshake){"a token", "GET / HTTP/1.1",
                              HOST WHOLE "Authorization: Bearer a.b-c_d\r\n", 101});
    shake(&(struct handshake){"bEARER", "GET / HTTP/1.1", HOST WHOLE "Authorization: bEARER x\r\n",
                              101});
    shake(&(struct handshake){"another scheme", "GET / HTTP/1.1",
                              HOST WHOLE "Authorization: Basic dTpw\r\n", 401});
    shake(&(struct handshake){"no token behind it", "GET / HTTP/1.1",
                              HOST WHOLE "Authorization: Bearer \r\n", 401});
    memset(longest, 'x', sizeof longest);
    for (unsigned over = 0; over <= 1; over++) {
        buf_clear(&headers);
        buf_printf(&headers, HOST WHOLE "Authorization: Bearer %.*s\r\n",
                   TOKEN_BYTES_MAX + (int)over, longest);
        shake(&(struct handshake){"the longest token, and one longer", "GET / HTTP/1.1",
                                  headers.bytes, over ? 401 : 101});
    }
    buf_deinit(&headers);
    assert_string_equal(rig.trace.bytes,
                        "open 1 token=a.b-c_d\nclosed 1\nopen 2 token=x\nclosed 2\n"
                        "open 3 token=[4096 bytes]\nclosed 3\n");
}

static void a_handshake_that_is_not_finished_is_cut_in_time(void **state)
{
    struct net_client other = {.fd = -1};

    (void)state;
    net_client_open(&rig, &client);
    net_client_text(&rig, &client, "GET / HTTP/1.1\r\nHost: x\r\nUpgra");
    net_client_open(&rig, &other); /* and one that says nothing at all */
    net_rig_turns(&rig, 5);
    net_age(rig.net, NET_HANDSHAKE_MS - 5000);
    net_rig_turns(&rig, 40); /* two sweeps */
    net_client_read(&client);
    assert_false(client.ended);
    net_age(rig.net, 5000);
    net_client_expect_end(&rig, &other);
    net_client_expect_end(&rig, &client);
    net_client_close(&other);
    assert_int_equal(rig.open_count, 0);
}

static void frames_right_behind_the_handshake_are_not_lost(void **state)
{
    (void)state;
    net_client_open(&rig, &client);
    buf_clear(&text);
    buf_add_text(&text, "GET / HTTP/1.1\r\n" HOST WHOLE "\r\n");
    net_frame_add(&text, 0x81, "early", 5);
    net_frame_add(&text, 0x81, "bird", 4);
    net_client_write(&rig, &client, text.bytes, text.len);
    net_rig_wait(&rig, &rig.frame_count, 2);
    net_client_frame(&rig, &client, 0x81, "later", 5);
    net_rig_wait(&rig, &rig.frame_count, 3);
    assert_string_equal(rig.trace.bytes,
                        "open 1 token=-\nframe 1 early\nframe 1 bird\nframe 1 later\n");
}

static void a_peer_that_goes_within_the_handshake_leaves_nothing(void **state)
{
    (void)state;
    for (size_t len = 0; len < 60; len += 7) {
        net_client_open(&rig, &client);
        net_client_write(&rig, &client, "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY, len);
        net_client_close(&client);
    }
    net_rig_turns(&rig, 20);
    assert_int_equal(rig.trace.len, 0);
    assert_int_equal(net_stats(rig.net).conns, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_handshake_gets_the_status_that_it_deserves, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_origin_is_compared_byte_by_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bearer_token_is_given_with_the_connection, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_handshake_that_is_not_finished_is_cut_in_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(frames_right_behind_the_handshake_are_not_lost, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_goes_within_the_handshake_leaves_nothing, setup,
                                        teardown),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
