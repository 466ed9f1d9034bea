/* HTTP of net: files, requests, answers, refusals. */
/* labels: runtime */
/* timeout: 60 */
#include "server/base/tests/test.h"
#include "server/runtime/net_internal.h"
#include "server/runtime/tests/net_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LARGE_LEN 3000000 /* more than a socket takes at once */

static unsigned char large[LARGE_LEN];
static const struct net_file files[] = {
    {"/", "text/html; charset=utf-8", (const unsigned char *)"<p>hi", 5},
    {"/large", "application/octet-stream", large, LARGE_LEN},
    {"/empty", "text/plain", (const unsigned char *)"", 0},
};

static struct net_rig rig;
static struct net_client client;
static struct buf text, head, body;

static int setup(void **state)
{
    (void)state;
    client.fd = -1;
    rig.config.files = files;
    rig.config.files_len = sizeof files / sizeof files[0];
    net_rig_open(&rig);
    net_client_open(&rig, &client);
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

static void respond(uint64_t request, const char *answer)
{
    rig.within = true;
    net_respond(rig.net, &(struct net_response){.request = request,
                                                .status = 200,
                                                .content_type = "application/json",
                                                .body = text_of(answer)});
    rig.within = false;
}

static unsigned answer(bool head_only)
{
    return net_client_answer(&rig, &client, head_only, &head, &body);
}

static bool header(const char *line)
{
    buf_clear(&text);
    buf_printf(&text, "\r\n%s\r\n", line);
    return strstr(head.bytes, text.bytes) != NULL;
}

#define HOST "Host: x\r\n"

/* --- Files ---------------------------------------------------------------------------------- */

static void a_file_is_served_with_the_headers_that_keep_it_to_itself(void **state)
{
    (void)state;
    net_client_text(&rig, &client, "GET / HTTP/1.1\r\n" HOST "Origin: http://evil.example\r\n\r\n");
    assert_int_equal(answer(false), 200);
    assert_string_equal(body.bytes, "<p>hi");
    assert_true(header("Content-Type: text/html; charset=utf-8"));
    assert_true(header("Content-Length: 5"));
    assert_true(header("Cache-Control: no-cache"));
    assert_true(header("X-Content-Type-Options: nosniff"));
    assert_true(header("Content-Security-Policy: default-src 'self'; style-src 'self' "
                       "'unsafe-inline'; connect-src 'self' ws: wss:"));
    assert_true(header("Referrer-Policy: no-referrer"));
    assert_null(strcasestr(head.bytes, "Access-Control"));
    assert_int_equal(rig.request_count, 0);
}

static void head_has_the_headers_of_get_and_no_body(void **state)
{
    (void)state;
    net_client_text(&rig, &client, "HEAD / HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(answer(true), 200);
    assert_true(header("Content-Length: 5"));
    net_client_text(&rig, &client, "HEAD /api HTTP/1.1\r\n" HOST "\r\n");
    net_rig_wait(&rig, &rig.request_count, 1);
    respond(1, "four");
    assert_int_equal(answer(true), 200);
    assert_true(header("Content-Length: 4"));
    net_client_text(&rig, &client, "GET /empty HTTP/1.1\r\n" HOST "\r\n"); /* in step still */
    assert_int_equal(answer(false), 200);
    assert_true(header("Content-Length: 0"));
}

static void a_large_file_comes_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < LARGE_LEN; i++) {
        large[i] = (unsigned char)(i * 31 >> 3);
    }
    for (unsigned i = 0; i < 2; i++) {
        net_client_text(&rig, &client, "GET /large HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(answer(false), 200);
        assert_int_equal(body.len, LARGE_LEN);
        assert_memory_equal(body.bytes, large, LARGE_LEN);
    }
}

/* --- Requests ------------------------------------------------------------------------------- */

static void a_request_is_given_and_answered_later(void **state)
{
    (void)state;
    net_client_text(&rig, &client,
                    "POST /api/rooms HTTP/1.1\r\n" HOST
                    "Content-Type: application/json; charset=utf-8\r\nAuthorization: Bearer t\r\n"
                    "Content-Length: 7\r\n\r\n{\"a\":1}");
    net_rig_wait(&rig, &rig.request_count, 1);
    net_rig_turns(&rig, 20);
    rig.within = true;
    net_respond(rig.net, &(struct net_response){.request = 1,
                                                .status = 503,
                                                .content_type = "application/json",
                                                .body = TEXT("{}"),
                                                .retry_after_ms = 1001,
                                                .allow = "GET, POST"});
    rig.within = false;
    assert_int_equal(answer(false), 503);
    assert_string_equal(body.bytes, "{}");
    assert_true(header("Retry-After: 2"));
    assert_true(header("Allow: GET, POST"));
    assert_true(header("Content-Type: application/json"));
    assert_string_equal(rig.trace.bytes, "request 1 POST /api/rooms query=- auth=Bearer t "
                                         "type=application/json; charset=utf-8 body={\"a\":1}\n");
}

static void on_request_respond(struct net_rig *it, const struct http_request *request)
{
    net_respond(it->net, &(struct net_response){.request = request->id,
                                                .status = 200,
                                                .content_type = "text/plain",
                                                .body = request->path});
}

static void each_method_is_given(void **state)
{
    static const char *const methods[] = {"GET",    "POST",    "HEAD", "PUT",
                                          "DELETE", "OPTIONS", "PATCH"};

    (void)state;
    rig.on_request = on_request_respond;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        char wanted[80];
        buf_clear(&text);
        buf_printf(&text, "%s /m HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", methods[i]);
        net_client_write(&rig, &client, text.bytes, text.len);
        assert_int_equal(answer(strcmp(methods[i], "HEAD") == 0), 200);
        (void)snprintf(wanted, sizeof wanted, "request %zu %s /m query=- auth=- type=- body=-\n",
                       i + 1, methods[i]);
        assert_non_null(strstr(rig.trace.bytes, wanted));
    }
    net_client_text(&rig, &client, "DELETE /m HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab");
    assert_int_equal(answer(false), 200);
    assert_non_null(strstr(rig.trace.bytes, "DELETE /m query=- auth=- type=- body=ab\n"));
}

static void path_and_query_are_encoded_in_one_way(void **state)
{
    static const struct {
        const char *sent, *given;
    } cases[] = {
        {"/api/rooms/r-1", "/api/rooms/r-1 query=-"},
        {"/a%20b", "/a%20b query=-"},
        {"/a%2fb", "/a/b query=-"}, /* told in net.h */
        {"/%41%7e", "/A~ query=-"},
        {"/a%3Fb?c", "/a%3fb query=c"},
        {"/a%25b", "/a%25b query=-"},
        {"/\xc3\xa9", "/%c3%a9 query=-"},
        {"//a///b", "/a/b query=-"},
        {"/a/../b/./c", "/b/c query=-"},
        {"/../../etc", "/etc query=-"},
        {"/%2e%2e/x", "/x query=-"},
        {"/q?", "/q query=-"},
        {"/q?a=1&b=2", "/q query=a=1&b=2"},
        {"/q?a=%26b%3d1", "/q query=a=%26b=1"},
        {"/q?a=%2526", "/q query=a=%2526"},
        {"/q?a=1+2", "/q query=a=1%202"},
        {"/q?limit=10;after=x", "/q query=limit=10&after=x"},
        {"/q?a=b?c", "/q query=a=b%3fc"},
    };

    (void)state;
    rig.on_request = on_request_respond;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&rig.trace);
        buf_clear(&text);
        buf_printf(&text, "GET %s HTTP/1.1\r\n" HOST "\r\n", cases[i].sent);
        net_client_write(&rig, &client, text.bytes, text.len);
        assert_int_equal(answer(false), 200);
        const char *given = strstr(rig.trace.bytes, " GET ") + 5;
        if (strncmp(given, cases[i].given, strlen(cases[i].given)) != 0 ||
            given[strlen(cases[i].given)] != ' ') {
            fail_msg("%s: %s, not %s", cases[i].sent, given, cases[i].given);
        }
    }
}

static void bodies_have_a_length_and_a_limit(void **state)
{
    static const struct {
        const char *name, *headers;
        unsigned status;
    } cases[] = {
        {"POST without a length", "POST /x HTTP/1.1\r\n" HOST, 411},
        {"PUT without a length", "PUT /x HTTP/1.1\r\n" HOST, 411},
        {"chunks", "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n", 501},
        {"chunks and a length",
         "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", 501},
        {"one byte too many", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n", 413},
        {"far too many", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 99999999999999\r\n", 413},
        {"no number", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 4x\r\n", 400},
        {"negative", "POST /x HTTP/1.1\r\n" HOST "Content-Length: -1\r\n", 400},
        {"beyond 64 bits", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551617\r\n",
         400},
        {"no Host", "GET /x HTTP/1.1\r\n", 400},
        {"two lengths", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 4\r\nContent-Length: 5\r\n",
         400},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        net_client_close(&client);
        net_client_open(&rig, &client);
        buf_clear(&text);
        buf_printf(&text, "%s\r\nbody", cases[i].headers);
        net_client_write(&rig, &client, text.bytes, text.len);
        const unsigned status = answer(false);
        if (status != cases[i].status) {
            fail_msg("%s: %u, not %u", cases[i].name, status, cases[i].status);
        }
        assert_true(header("Connection: close"));
        net_client_expect_end(&rig, &client);
    }
    assert_int_equal(rig.request_count, 0);
}

static void the_greatest_body_is_taken_also_in_pieces(void **state)
{
    (void)state;
    rig.on_request = on_request_respond;
    net_client_text(&rig, &client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 65536\r\n\r\n");
    for (unsigned i = 0; i < 64; i++) {
        char piece[1024];
        memset(piece, 'a' + (int)i % 26, sizeof piece);
        net_client_write(&rig, &client, piece, sizeof piece);
    }
    assert_int_equal(answer(false), 200);
    assert_non_null(strstr(rig.trace.bytes, "body=[65536 bytes]"));
}

/* --- Connections ---------------------------------------------------------------------------- */

static void pipelined_requests_are_answered_in_order(void **state)
{
    static const char *const bodies[] = {"one", "two", "<p>hi", "four"};

    (void)state;
    net_client_text(&rig, &client,
                    "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\none"
                    "GET /2 HTTP/1.1\r\n" HOST "\r\n"
                    "GET / HTTP/1.1\r\n" HOST "\r\n"
                    "GET /4 HTTP/1.1\r\n" HOST "\r\n");
    net_rig_wait(&rig, &rig.request_count, 1);
    net_rig_turns(&rig, 20);
    assert_int_equal(rig.request_count, 1); /* the next when this one is answered */
    respond(1, "one");
    net_rig_wait(&rig, &rig.request_count, 2);
    net_rig_turns(&rig, 20);
    assert_int_equal(rig.request_count, 2);
    respond(2, "two");
    net_rig_wait(&rig, &rig.request_count, 3);
    respond(3, "four");
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(answer(false), 200);
        assert_string_equal(body.bytes, bodies[i]);
    }
    assert_string_equal(rig.trace.bytes, "request 1 POST /1 query=- auth=- type=- body=one\n"
                                         "request 2 GET /2 query=- auth=- type=- body=-\n"
                                         "request 3 GET /4 query=- auth=- type=- body=-\n");
}

static void a_body_behind_another_request_is_refused_and_not_misread(void **state)
{
    static const char *const firsts[] = {
        "GET / HTTP/1.1\r\n" HOST "\r\n",
        "GET /a HTTP/1.1\r\n" HOST "\r\n",
        "POST /a HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na",
    };

    (void)state;
    rig.on_request = on_request_respond;
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        net_client_close(&client);
        net_client_open(&rig, &client);
        buf_clear(&text);
        buf_printf(&text, "%sPOST /2 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\ntwoGET /3",
                   firsts[i]);
        net_client_write(&rig, &client, text.bytes, text.len);
        assert_int_equal(answer(false), 200);
        assert_int_equal(answer(false), 503);
        net_client_expect_end(&rig, &client);
    }
    assert_null(strstr(rig.trace.bytes, "/2"));
}

static void bodies_one_after_another_keep_their_connection(void **state)
{
    (void)state;
    rig.on_request = on_request_respond;
    for (unsigned i = 0; i < 5; i++) {
        net_client_text(&rig, &client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
        assert_int_equal(answer(false), 200);
        assert_string_equal(body.bytes, "/x");
        net_client_text(&rig, &client, "GET / HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(answer(false), 200);
    }
    assert_int_equal(rig.request_count, 5);
}

static void a_pipelined_request_behind_a_body_waits(void **state)
{
    (void)state;
    net_client_text(&rig, &client, "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\none");
    net_rig_wait(&rig, &rig.request_count, 1);
    net_client_text(&rig, &client, "GET /2 HTTP/1.1\r\n" HOST "\r\n"); /* a read of its own */
    net_rig_turns(&rig, 20);
    respond(1, "one");
    net_rig_wait(&rig, &rig.request_count, 2);
    respond(2, "two");
    assert_int_equal(answer(false), 200);
    assert_int_equal(answer(false), 200);
    assert_string_equal(body.bytes, "two");
    assert_string_equal(rig.trace.bytes, "request 1 POST /1 query=- auth=- type=- body=one\n"
                                         "request 2 GET /2 query=- auth=- type=- body=-\n");
}

static void connection_close_and_http_1_0_end_with_the_answer(void **state)
{
    static const char *const requests[] = {
        "GET /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
        "GET /a HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
    };

    (void)state;
    rig.on_request = on_request_respond;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        net_client_close(&client);
        net_client_open(&rig, &client);
        net_client_text(&rig, &client, requests[i]);
        assert_int_equal(answer(false), 200);
        assert_true(header("Connection: close"));
        net_client_expect_end(&rig, &client);
    }
}

/* So many times the sweep looks at who waits. */
static void sweeps(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const uint64_t until = uv_now(&rig.loop) + NET_SWEEP_MS;
        while (uv_now(&rig.loop) < until) {
            net_rig_turn(&rig, -1);
        }
    }
}

/* Who has ended their side may wait; who is gone altogether looks the same until they are answered. */
static void a_half_closed_client_gets_its_answer(void **state)
{
    static const char *const requests[] = {
        "GET /a HTTP/1.1\r\n" HOST "\r\n",
        "POST /a HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}",
        "GET /a HTTP/1.1\r\nConnection: close\r\n" HOST "\r\n",
        "GET /a HTTP/1.0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        for (unsigned late = 0; late < 2; late++) {
            const uint64_t asked = rig.request_count + 1;
            net_client_close(&client);
            net_client_open(&rig, &client);
            net_client_text(&rig, &client, requests[i]);
            assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
            net_rig_wait(&rig, &rig.request_count, asked);
            sweeps(3 * late);
            respond(asked, "there");
            assert_int_equal(answer(false), 200);
            net_client_expect_end(&rig, &client);
        }
    }
    assert_int_equal(rig.gone_count, 0);
}

static void half_closed_behind_two_requests_both_are_answered(void **state)
{
    (void)state;
    net_client_text(&rig, &client,
                    "GET /a HTTP/1.1\r\n" HOST "\r\nGET /b HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    for (uint64_t i = 1; i <= 2; i++) {
        net_rig_wait(&rig, &rig.request_count, i);
        sweeps(2);
        respond(i, "there");
        assert_int_equal(answer(false), 200);
    }
    net_client_expect_end(&rig, &client);
}

/* More than the socket takes at once: what is left is written before the end is looked at. */
static void a_half_closed_client_gets_all_of_a_long_answer(void **state)
{
    static char long_text[8 << 20];

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    net_client_text(&rig, &client, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    net_rig_wait(&rig, &rig.request_count, 1);
    respond(1, long_text);
    sweeps(3);
    assert_int_equal(answer(false), 200);
    assert_int_equal(body.len, sizeof long_text - 1);
    net_client_expect_end(&rig, &client);
}

static void a_request_whose_peer_went_away_ends_with_its_answer(void **state)
{
    (void)state;
    net_client_text(&rig, &client, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    net_rig_wait(&rig, &rig.request_count, 1);
    net_client_close(&client);
    sweeps(2);
    assert_int_equal(rig.gone_count, 0);
    respond(1, "late");
    sweeps(2);
    respond(1, "later"); /* nobody is there; nothing happens */
    net_rig_turns(&rig, 5);
    assert_int_equal(rig.gone_count, 0);
}

static void a_reset_is_gone_too(void **state)
{
    const struct linger at_once = {.l_onoff = 1};

    (void)state;
    net_client_text(&rig, &client, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    net_rig_wait(&rig, &rig.request_count, 1);
    (void)setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    net_client_close(&client);
    net_rig_wait(&rig, &rig.gone_count, 1);
}

static void a_request_that_nobody_answers_gets_503(void **state)
{
    (void)state;
    net_client_text(&rig, &client, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    net_rig_wait(&rig, &rig.request_count, 1);
    net_age(rig.net, NET_REQUEST_MS);
    assert_int_equal(answer(false), 503);
    assert_true(header("Retry-After: 1"));
    assert_int_equal(rig.gone_count, 1);
    respond(1, "late");
    net_client_text(&rig, &client, "GET / HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(answer(false), 200);
}

static void slow_bodies_and_idle_connections_are_cut(void **state)
{
    struct net_client idle = {.fd = -1};

    (void)state;
    net_client_text(&rig, &client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nab");
    net_client_open(&rig, &idle);
    net_client_text(&rig, &idle, "GET / HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(net_client_answer(&rig, &idle, false, NULL, NULL), 200);
    net_age(rig.net, NET_HANDSHAKE_MS);
    net_client_expect_end(&rig, &client);
    net_client_expect_end(&rig, &idle);
    net_client_close(&idle);
    assert_int_equal(rig.request_count, 0);
}

static void bytes_that_are_no_http_end_the_connection(void **state)
{
    static const struct {
        const char *bytes;
        unsigned status; /* libwebsockets' own; 0: none */
    } cases[] = {
        {"BREW /pot HTTP/1.1\r\n" HOST "\r\n", 403},
        {"CONNECT x:1 HTTP/1.1\r\n" HOST "\r\n", 0},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 403},
        {"GET /%zz HTTP/1.1\r\n" HOST "\r\n", 403},
        {"GET /x%00y HTTP/1.1\r\n" HOST "\r\n", 0},
        {"GET /%00y HTTP/1.1\r\n" HOST "\r\n", 400},
        {"\x16\x03\x01\x02\x01\x01\x01\x01\xfc\x03\x03 a hello of TLS\r\n\r\n", 403},
    };

    (void)state;
    rig.on_request = on_request_respond;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        net_client_close(&client);
        net_client_open(&rig, &client);
        net_client_text(&rig, &client, cases[i].bytes);
        net_age(rig.net, NET_HANDSHAKE_MS);
        net_client_expect_end(&rig, &client);
        const unsigned status =
            client.in.len > 9 ? (unsigned)strtoul(client.in.bytes + 9, NULL, 10) : 0;
        if (status != cases[i].status) {
            fail_msg("%s: %u, not %u", cases[i].bytes, status, cases[i].status);
        }
    }
    assert_int_equal(rig.request_count, 0);
}

static void headers_have_a_limit(void **state)
{
    (void)state;
    buf_clear(&text);
    buf_add_text(&text, "GET /a HTTP/1.1\r\n" HOST "Cookie: ");
    for (unsigned i = 0; i < 20000; i++) {
        buf_add_char(&text, 'x');
    }
    buf_add_text(&text, "\r\n\r\n");
    net_client_write(&rig, &client, text.bytes, text.len);
    net_client_expect_end(&rig, &client);
    assert_int_equal(rig.request_count, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_served_with_the_headers_that_keep_it_to_itself,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(head_has_the_headers_of_get_and_no_body, setup, teardown),
        cmocka_unit_test_setup_teardown(a_large_file_comes_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_request_is_given_and_answered_later, setup, teardown),
        cmocka_unit_test_setup_teardown(each_method_is_given, setup, teardown),
        cmocka_unit_test_setup_teardown(path_and_query_are_encoded_in_one_way, setup, teardown),
        cmocka_unit_test_setup_teardown(bodies_have_a_length_and_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(the_greatest_body_is_taken_also_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(pipelined_requests_are_answered_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_behind_another_request_is_refused_and_not_misread,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(bodies_one_after_another_keep_their_connection, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_pipelined_request_behind_a_body_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(connection_close_and_http_1_0_end_with_the_answer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_half_closed_client_gets_its_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(half_closed_behind_two_requests_both_are_answered, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_half_closed_client_gets_all_of_a_long_answer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_request_whose_peer_went_away_ends_with_its_answer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_reset_is_gone_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_request_that_nobody_answers_gets_503, setup, teardown),
        cmocka_unit_test_setup_teardown(slow_bodies_and_idle_connections_are_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_that_are_no_http_end_the_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(headers_have_a_limit, setup, teardown),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
