/* HTTP of net: files, requests, answers, refusals. */
/* labels: runtime */
/* timeout: 60 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "server/runtime/tests/net_rig.h"

static const struct net_file files[] = {
    {"/", "text/html; charset=utf-8", (const unsigned char *)"<p>hi", 5},
};

static struct net_rig rig;
static struct net_client client;

static int setup(void **state)
{
    (void)state;
    client.fd = -1;
    rig.config.files = files;
    rig.config.files_len = 1;
    net_rig_open(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    net_client_close(&client);
    net_rig_close(&rig);
    return 0;
}

static void a_file_is_served_and_a_request_answered_on_one_connection(void **state)
{
    struct buf head = {0}, body = {0};

    (void)state;
    net_client_open(&rig, &client);
    net_client_text(&rig, &client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(net_client_answer(&rig, &client, false, &head, &body), 200);
    assert_string_equal(body.bytes, "<p>hi");
    net_client_text(&rig, &client,
                    "POST /api/x?a=1&b=%262 HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                    "Authorization: Bearer t\r\nContent-Length: 4\r\n\r\nbody");
    net_rig_wait(&rig, &rig.request_count, 1);
    net_respond(rig.net, &(struct net_response){.request = 1,
                                                .status = 201,
                                                .content_type = "application/json",
                                                .body = TEXT("{}"),
                                                .retry_after_ms = 1001});
    assert_int_equal(net_client_answer(&rig, &client, false, &head, &body), 201);
    assert_string_equal(body.bytes, "{}");
    assert_non_null(strstr(head.bytes, "Retry-After: 2\r\n"));
    assert_string_equal(
        rig.trace.bytes,
        "request 1 POST /api/x query=a=1&b=%262 auth=Bearer t type=text/plain body=body\n");
    buf_deinit(&head);
    buf_deinit(&body);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_served_and_a_request_answered_on_one_connection,
                                        setup, teardown),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
