/* The life of net: opening and its refusals, connections from handshake to close, many of them, and
 * an end at any moment that leaves nothing in the loop. */
/* labels: runtime */
/* timeout: 60 */
#include "server/base/tests/test.h"
#include "server/runtime/net_internal.h"
#include "server/runtime/tests/net_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct net_rig rig;
static struct net_client client;
static struct buf payload;

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
    buf_deinit(&payload);
    return 0;
}

/* --- Opening -------------------------------------------------------------------------------- */

static void refused(const char *host, uint16_t port, enum hb_err err, const char *words)
{
    const struct net_config config = {.host = host, .port = port};
    const struct net_events events = {0};
    struct buf message = {0};
    struct net *net = NULL;
    uv_loop_t loop;

    assert_int_equal(uv_loop_init(&loop), 0);
    const enum hb_err got = net_open(&loop, &config, &events, &net, &message);
    assert_null(net);
    if (got != err || strstr(message.bytes, words) == NULL || strchr(message.bytes, '\n') != NULL) {
        fail_msg("%s port %u: error %d, message \"%s\"; wanted %d with \"%s\"", host, port,
                 (int)got, message.bytes, (int)err, words);
    }
    assert_int_equal(uv_loop_close(&loop), 0); /* nothing was begun */
    buf_deinit(&message);
}

static void a_port_in_use_is_seen_and_told(void **state)
{
    (void)state;
    refused("127.0.0.1", net_port(rig.net), HB_EAGAIN, "is in use; stop what listens there");
}

static void an_address_that_will_not_do_is_told(void **state)
{
    (void)state;
    refused("192.0.2.1", 0, HB_EDENIED, "192.0.2.1 is no address of this machine");
    refused("localhost", 0, HB_EDENIED, "\"localhost\" is no IP address; write one");
    refused("", 0, HB_EDENIED, "is no IP address");
}

static void a_low_port_without_the_right_is_told(void **state)
{
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(2);
        }
        struct net *net = NULL;
        struct buf message = {0};
        uv_loop_t loop;
        (void)uv_loop_init(&loop);
        const enum hb_err err =
            net_open(&loop, &(struct net_config){.host = "127.0.0.1", .port = 1},
                     &(struct net_events){0}, &net, &message);
        /* Some machines let anybody have any port: then it is open. */
        _exit(err == HB_OK || (err == HB_EDENIED && strstr(message.bytes, "no right to port 1;"))
                  ? 0
                  : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* All descriptors but `free_count` are taken. */
static size_t descriptors_take(int kept[64], size_t free_count, struct rlimit *ret_before)
{
    struct rlimit few;
    size_t kept_len = 0;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, ret_before), 0);
    few = *ret_before;
    few.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (kept_len < 64 && (kept[kept_len] = dup(0)) >= 0) {
        kept_len++;
    }
    assert_true(kept_len > free_count);
    for (size_t i = 0; i < free_count; i++) {
        (void)close(kept[--kept_len]);
    }
    return kept_len;
}

static void descriptors_give(const int *kept, size_t kept_len, const struct rlimit *before)
{
    for (size_t i = 0; i < kept_len; i++) {
        (void)close(kept[i]);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, before), 0);
}

/* It cannot be taken away, but with one descriptor, which goes to the socket, it is not found. */
static void a_missing_plugin_is_told(void **state)
{
    struct net *net = NULL;
    struct buf message = {0};
    struct rlimit before;
    int kept[64];
    uv_loop_t loop;

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    const size_t kept_len = descriptors_take(kept, 1, &before);
    const enum hb_err err = net_open(&loop, &(struct net_config){.host = "127.0.0.1"},
                                     &(struct net_events){0}, &net, &message);
    descriptors_give(kept, kept_len, &before);
    assert_int_equal(err, HB_EDENIED);
    assert_non_null(
        strstr(message.bytes, "install its plugin, the package libwebsockets-evlib-uv"));
    assert_int_equal(uv_loop_close(&loop), 0);
    buf_deinit(&message);
}

static void every_kind_of_address_listens(void **state)
{
    static const char *const hosts[] = {"0.0.0.0", "::1", "::"};

    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        net_rig_close(&rig);
        rig.config.host = hosts[i];
        net_rig_open(&rig);
    }
    net_client_join(&rig, &client); /* by IPv4, on "::" */
}

/* --- Connections ---------------------------------------------------------------------------- */

static void a_frame_goes_up_and_one_comes_down(void **state)
{
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
}

static void what_was_counted_is_told(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    net_client_frame(&rig, &client, 0x81, "12345", 5);
    net_rig_wait(&rig, &rig.frame_count, 1);
    net_rig_send(&rig, 1, "1234567");
    assert_int_equal(net_stats(rig.net).queued_bytes, 7);
    (void)net_client_next(&rig, &client, &payload);
    const struct net_stats stats = net_stats(rig.net);
    assert_int_equal(stats.conns, 1);
    assert_int_equal(stats.conns_total, 1);
    assert_int_equal(stats.queued_bytes, 0);
    assert_int_equal(stats.frames_in, 1);
    assert_int_equal(stats.bytes_in, 5);
    assert_int_equal(stats.frames_out, 1);
    assert_int_equal(stats.bytes_out, 9);
    assert_int_equal(stats.writes, 1);
    assert_int_equal(stats.requests, 0);
}

#define MANY 1000

static void a_thousand_come_and_go_and_nothing_is_left(void **state)
{
    struct net_client *clients = hb_calloc(MANY, sizeof *clients);

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        net_client_join(&rig, &clients[i]);
    }
    assert_int_equal(net_stats(rig.net).conns, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        net_rig_send(&rig, i + 1, "to all");
    }
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(net_client_next(&rig, &clients[i], &payload), 0x81);
    }
    for (unsigned i = 0; i < MANY; i++) {
        if (i % 3 == 0) {
            net_client_frame(&rig, &clients[i], 0x88, "\x03\xe9", 2);
        } else if (i % 3 == 1) {
            net_client_close(&clients[i]);
        } else {
            net_close_conn(rig.net, (struct conn_id){i + 1}, CLOSE_RESTART);
        }
    }
    net_rig_wait(&rig, &rig.closed_count, (MANY + 2) / 3 + MANY / 3);
    for (unsigned i = 0; i < MANY; i++) {
        if (i % 3 != 1) {
            assert_int_equal(net_client_close_code(&rig, &clients[i]), i % 3 == 0 ? 1001 : 1012);
            net_client_close(&clients[i]);
        }
    }
    while (net_stats(rig.net).conns > 0) {
        net_rig_turn(&rig, -1);
    }
    for (size_t phase = 0; phase < PEER_PHASES; phase++) {
        while (rig.net->phases[phase].first != NULL) {
            net_rig_turn(&rig, -1);
        }
    }
    assert_int_equal(rig.closed_count, (MANY + 2) / 3 + MANY / 3);
    assert_int_equal(u64map_count(&rig.net->conns), 0);
    assert_int_equal(net_stats(rig.net).queued_bytes, 0);
    assert_int_equal(net_stats(rig.net).conns_total, MANY);
    free(clients);
}

static void ids_are_never_used_again(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 5; i++) {
        net_client_join(&rig, &client);
        assert_int_equal(rig.last_conn, i);
        net_client_close(&client);
        net_rig_wait(&rig, &rig.closed_count, i);
    }
}

static void without_descriptors_the_others_wait(void **state)
{
    struct rlimit before;
    struct net_client late = {.fd = -1};
    int kept[64];

    (void)state;
    net_client_join(&rig, &client);
    net_client_open(&rig, &late); /* in the backlog at least */
    const size_t kept_len = descriptors_take(kept, 0, &before);
    net_client_frame(&rig, &client, 0x81, "still", 5);
    net_rig_wait(&rig, &rig.frame_count, 1);
    net_rig_turns(&rig, 50);
    descriptors_give(kept, kept_len, &before);
    net_client_text(&rig, &late, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    net_rig_wait(&rig, &rig.request_count, 1);
    net_client_close(&late);
}

static void when_it_stops_listening_those_who_are_there_go_on(void **state)
{
    uv_loop_t loop;
    struct net *second = NULL;
    struct buf message = {0};

    (void)state;
    net_client_join(&rig, &client);
    const uint16_t port = net_port(rig.net);
    net_stop_listening(rig.net);
    net_stop_listening(rig.net);
    net_client_frame(&rig, &client, 0x81, "hello", 5);
    net_rig_wait(&rig, &rig.frame_count, 1);
    net_rig_send(&rig, 1, "good day");
    assert_int_equal(net_client_next(&rig, &client, &payload), 0x81);
    /* The port is free for the one who comes after. */
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(net_open(&loop, &(struct net_config){.host = "127.0.0.1", .port = port},
                              &(struct net_events){0}, &second, &message),
                     HB_OK);
    net_close(&second);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* --- The end -------------------------------------------------------------------------------- */

static void it_ends_before_it_began(void **state)
{
    (void)state;
    net_rig_close(&rig); /* no turn of the loop yet */
    net_rig_open(&rig);
}

static void it_ends_with_everything_going_on(void **state)
{
    struct net_client clients[12];

    (void)state;
    for (size_t i = 0; i < 12; i++) {
        clients[i].fd = -1;
    }
    for (size_t i = 0; i < 4; i++) {
        net_client_join(&rig, &clients[i]); /* 1: idle */
    }
    for (unsigned i = 0; i < 20; i++) { /* 2: much waits, in part within libwebsockets */
        char *large = hb_calloc(1, 60001);
        memset(large, 'x', 60000);
        net_rig_send(&rig, 2, large);
        free(large);
        net_rig_turn(&rig, -1);
    }
    net_close_conn(rig.net, (struct conn_id){3}, CLOSE_NORMAL);      /* 3: its close waits */
    net_client_frame(&rig, &clients[3], 0x01, "half a message", 14); /* 4 */
    net_client_open(&rig, &clients[4]);                              /* says nothing */
    net_client_open(&rig, &clients[5]);
    net_client_text(&rig, &clients[5], "GET / HTTP/1.1\r\nHo"); /* half a request */
    net_client_open(&rig, &clients[6]);
    net_client_text(&rig, &clients[6], "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"); /* not answered */
    net_client_open(&rig, &clients[7]);
    net_client_text(&rig, &clients[7],
                    "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab");
    net_client_join(&rig, &clients[8]);
    net_client_write(&rig, &clients[8], "\x81\x01x", 3); /* failed, and not yet gone */
    net_client_join(&rig, &clients[9]);
    net_client_write(&rig, &clients[9], "\xc1\x81\0\0\0\0x", 7); /* by libwebsockets */
    net_client_join(&rig, &clients[10]);
    net_rig_send(&rig, rig.last_conn, "and this one is dirty");
    net_rig_wait(&rig, &rig.request_count, 1);
    net_rig_close(&rig); /* asserts that no event comes and nothing is left */
    for (size_t i = 0; i < 11; i++) {
        net_client_close(&clients[i]);
    }
    net_rig_open(&rig);
}

static void on_frame_end(struct net_rig *it, struct conn_id conn, struct wire *wire)
{
    (void)conn;
    (void)wire;
    net_close(&it->net);
}

static void on_request_end(struct net_rig *it, const struct http_request *request)
{
    (void)request;
    net_close(&it->net);
}

static void on_open_end(struct net_rig *it, struct conn_id conn)
{
    (void)conn;
    net_close(&it->net);
}

/* From the middle of an event, too: what ends is only begun there. */
static void it_may_be_ended_from_an_event(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    rig.on_frame = on_frame_end;
    net_client_frame(&rig, &client, 0x81, "end", 3);
    net_client_expect_end(&rig, &client);
    net_client_close(&client);
    net_rig_close(&rig);

    rig.on_request = on_request_end;
    net_rig_open(&rig);
    net_client_open(&rig, &client);
    net_client_text(&rig, &client, "GET /end HTTP/1.1\r\nHost: x\r\n\r\n");
    net_client_expect_end(&rig, &client);
    net_client_close(&client);
    net_rig_close(&rig);

    rig.on_open = on_open_end;
    net_rig_open(&rig);
    assert_int_equal(net_client_handshake(&rig, &client, ""), 101);
    net_client_expect_end(&rig, &client);
}

static size_t descriptors_count(void)
{
    size_t count = 0;

    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static void no_descriptor_is_left(void **state)
{
    (void)state;
    net_rig_close(&rig);
    const size_t before = descriptors_count();
    net_rig_open(&rig);
    net_client_join(&rig, &client);
    net_client_close(&client);
    net_rig_close(&rig);
    assert_int_equal(descriptors_count(), before);
    net_rig_open(&rig);
}

/* Nor of each other's descriptors, which libwebsockets would close. */
static void two_at_once_do_not_know_of_each_other(void **state)
{
    struct net *second = NULL;
    struct buf message = {0};

    (void)state;
    assert_int_equal(net_open(&rig.loop, &(struct net_config){.host = "127.0.0.1"},
                              &(struct net_events){0}, &second, &message),
                     HB_OK);
    net_rig_turns(&rig, 3);
    net_close(&second);
    net_client_join(&rig, &client);
    net_client_frame(&rig, &client, 0x81, "hello", 5);
    net_rig_wait(&rig, &rig.frame_count, 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_port_in_use_is_seen_and_told, setup, teardown),
        cmocka_unit_test_setup_teardown(an_address_that_will_not_do_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_low_port_without_the_right_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_plugin_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(every_kind_of_address_listens, setup, teardown),
        cmocka_unit_test_setup_teardown(a_frame_goes_up_and_one_comes_down, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_counted_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_thousand_come_and_go_and_nothing_is_left, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(ids_are_never_used_again, setup, teardown),
        cmocka_unit_test_setup_teardown(without_descriptors_the_others_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(when_it_stops_listening_those_who_are_there_go_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(it_ends_before_it_began, setup, teardown),
        cmocka_unit_test_setup_teardown(it_ends_with_everything_going_on, setup, teardown),
        cmocka_unit_test_setup_teardown(it_may_be_ended_from_an_event, setup, teardown),
        cmocka_unit_test_setup_teardown(no_descriptor_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(two_at_once_do_not_know_of_each_other, setup, teardown),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
