/* Connections of net from the handshake to the close: what goes up, what goes down, what is kept. */
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

static struct net_rig rig;
static struct net_client client;

static int setup(void **state)
{
    (void)state;
    client.fd = -1;
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

static void a_frame_goes_up_and_one_comes_down(void **state)
{
    struct buf payload = {0};

    (void)state;
    net_client_join(&rig, &client);
    net_client_frame(&rig, &client, 0x81, "hello", 5);
    net_rig_wait(&rig, &rig.frame_count, 1);
    net_rig_send(&rig, 1, "good day");
    assert_int_equal(net_client_next(&rig, &client, &payload), 0x81);
    assert_string_equal(payload.bytes, "good day");
    net_client_frame(&rig, &client, 0x88, "\x03\xe8", 2);
    assert_int_equal(net_client_close_code(&rig, &client), 1000);
    net_client_expect_end(&rig, &client);
    assert_string_equal(rig.trace.bytes, "open 1 token=-\nframe 1 hello\nclosed 1\n");
    buf_deinit(&payload);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_frame_goes_up_and_one_comes_down, setup, teardown),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
