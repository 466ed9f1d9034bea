/* What net sends: order, coalescing, slow readers, closes; on the direct path and on the plain one. */
/* labels: runtime */
/* timeout: 60 */
#include "server/base/tests/test.h"
#include "server/runtime/net_internal.h"
#include "server/runtime/tests/net_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct net_rig rig;
static struct net_client client, other;
static struct buf payload;

static int setup(void **state)
{
    (void)state;
    client.fd = other.fd = -1;
    net_rig_open(&rig);
    return 0;
}

static int setup_plain(void **state)
{
    rig.config.plain_writes = true;
    return setup(state);
}

static int teardown(void **state)
{
    (void)state;
    net_client_close(&client);
    net_client_close(&other);
    net_rig_close(&rig);
    buf_deinit(&payload);
    return 0;
}

static struct wire *wire_of(size_t bytes_len, unsigned number)
{
    char *bytes = hb_malloc(bytes_len + 1);

    for (size_t i = 0; i < bytes_len; i++) {
        bytes[i] = (char)('a' + (i + number) % 26);
    }
    struct wire *wire = wire_new(bytes, bytes_len);
    free(bytes);
    return wire;
}

static void send_sized(uint64_t conn, size_t bytes_len, unsigned number)
{
    rig.within = true;
    net_send(rig.net, (struct conn_id){conn}, wire_of(bytes_len, number));
    rig.within = false;
}

static void close_conn(uint64_t conn, unsigned code)
{
    rig.within = true;
    net_close_conn(rig.net, (struct conn_id){conn}, (enum close_code)code);
    rig.within = false;
}

static void expect_sized(struct net_client *from, size_t bytes_len, unsigned number)
{
    struct wire *wire = wire_of(bytes_len, number);

    assert_int_equal(net_client_next(&rig, from, &payload), 0x81);
    assert_int_equal(payload.len, bytes_len);
    assert_memory_equal(payload.bytes, wire->bytes, bytes_len);
    wire_unref(&wire);
}

/* --- Order and writes ----------------------------------------------------------------------- */

static void frames_of_every_size_come_whole_and_in_order(void **state)
{
    static const size_t sizes[] = {0, 1, 125, 126, 127, 4096, 65535, 65536, 2, 30000, 65536, 65536};
    const size_t sizes_len = sizeof sizes / sizeof sizes[0];

    (void)state;
    net_client_join(&rig, &client);
    for (unsigned i = 0; i < sizes_len; i++) {
        send_sized(1, sizes[i], i);
    }
    for (unsigned i = 0; i < sizes_len; i++) {
        expect_sized(&client, sizes[i], i);
    }
    assert_int_equal(net_stats(rig.net).frames_out, sizes_len);
    assert_int_equal(net_stats(rig.net).queued_bytes, 0);
}

static void what_waits_goes_out_in_one_write(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    for (unsigned i = 0; i < 100; i++) {
        send_sized(1, 200, i);
    }
    for (unsigned i = 0; i < 100; i++) {
        expect_sized(&client, 200, i);
    }
    assert_int_equal(net_stats(rig.net).writes, 1);
    assert_int_equal(net_stats(rig.net).frames_out, 100);
    assert_int_equal(net_stats(rig.net).bytes_out, 100 * 204);
}

static void the_plain_path_writes_a_frame_at_a_time(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    for (unsigned i = 0; i < 20; i++) {
        send_sized(1, 200, i);
    }
    for (unsigned i = 0; i < 20; i++) {
        expect_sized(&client, 200, i);
    }
    assert_int_equal(net_stats(rig.net).writes, 20);
}

static void a_frame_is_shared_and_given_back(void **state)
{
    struct wire *wire = wire_of(1000, 1);

    (void)state;
    net_client_join(&rig, &client);
    net_client_join(&rig, &other);
    for (uint64_t conn = 1; conn <= 3; conn++) { /* the third is nobody */
        net_send(rig.net, (struct conn_id){conn}, wire_ref(wire));
    }
    assert_int_equal(wire->refs, 3);
    expect_sized(&client, 1000, 1);
    expect_sized(&other, 1000, 1);
    assert_int_equal(wire->refs, 1);
    wire_unref(&wire);
}

/* --- Slow readers --------------------------------------------------------------------------- */

static void small_buffer(const struct net_client *of)
{
    const int bytes_count = 131072; /* with less than a segment of loopback, TCP crawls */

    assert_int_equal(setsockopt(of->fd, SOL_SOCKET, SO_RCVBUF, &bytes_count, sizeof bytes_count),
                     0);
}

static int setup_large_queue(void **state)
{
    rig.config.queue_bytes_max = 16777216;
    return setup(state);
}

static int setup_large_queue_plain(void **state)
{
    rig.config.plain_writes = true;
    return setup_large_queue(state);
}

/* The reader reads nothing, then everything: each frame is there, whole. */
static void a_reader_that_pauses_gets_all(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    small_buffer(&client);
    net_client_frame(&rig, &client, 0x89, "are you there", 13);
    for (unsigned i = 0; i < 400; i++) {
        send_sized(1, 20000 + i, i);
        if (i % 7 == 0) {
            net_rig_turn(&rig, -1);
        }
    }
    net_rig_turns(&rig, 20);
    assert_true(net_stats(rig.net).queued_bytes > 0); /* the kernel did not take all of it */
    unsigned pongs = 0;
    for (unsigned i = 0; i < 400;) {
        const unsigned first = net_client_next(&rig, &client, &payload);
        if (first == 0x8a) {
            pongs++; /* between two frames, never within one */
            continue;
        }
        assert_int_equal(first, 0x81);
        assert_int_equal(payload.len, 20000 + i);
        assert_int_equal(payload.bytes[0], 'a' + (int)(i % 26));
        i++;
    }
    assert_int_equal(pongs, 1);
    assert_int_equal(net_stats(rig.net).slow_cut, 0);
    assert_int_equal(net_stats(rig.net).queued_bytes, 0);
}

static void a_reader_too_slow_is_cut_and_the_others_get_all(void **state)
{
    enum { FRAMES = 400, LEN = 20000 }; /* 8 MB: more than queue and kernel keep */

    (void)state;
    net_client_join(&rig, &client);
    small_buffer(&client);
    net_client_join(&rig, &other);
    for (unsigned i = 0; i < FRAMES; i++) {
        send_sized(1, LEN, i);
        send_sized(2, LEN, i);
        assert_true(net_stats(rig.net).queued_bytes <= 2 * (NET_QUEUE_BYTES_MAX + LEN)); /* I3 */
        net_rig_turn(&rig, -1);
        net_client_read(&other);
        expect_sized(&other, LEN, i);
    }
    net_rig_wait(&rig, &rig.closed_count, 1);
    assert_string_equal(rig.trace.bytes, "open 1 token=-\nopen 2 token=-\nclosed 1\n");
    assert_int_equal(net_stats(rig.net).slow_cut, 1);
    assert_int_equal(net_stats(rig.net).queued_bytes, 0);
    assert_int_equal(net_stats(rig.net).conns, 1);
    net_client_expect_end(&rig, &client);
}

static void much_in_one_turn_is_no_slow_reader(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    for (unsigned i = 0; i < 60; i++) {
        send_sized(1, 30000, i); /* 1.8 MB, and the queue takes 1 MB */
        net_client_read(&client);
    }
    for (unsigned i = 0; i < 60; i++) {
        expect_sized(&client, 30000, i);
    }
    assert_int_equal(net_stats(rig.net).slow_cut, 0);
}

static int setup_small_queue(void **state)
{
    rig.config.queue_bytes_max = 1000;
    return setup_plain(state);
}

/* On the plain path nothing goes out within a turn: the queue's limit is seen exactly. */
static void the_queue_has_its_limit(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    net_client_join(&rig, &other);
    send_sized(1, 600, 1);
    send_sized(1, 400, 2);
    send_sized(2, 600, 1);
    send_sized(2, 401, 2);
    assert_int_equal(net_stats(rig.net).queued_bytes, 1000);
    expect_sized(&client, 600, 1);
    expect_sized(&client, 400, 2);
    assert_int_equal(net_client_close_code(&rig, &other), 4002);
    net_rig_wait(&rig, &rig.closed_count, 1);
    assert_int_equal(rig.closed_count, 1);
    send_sized(1, 2000, 3); /* one alone may be longer */
    expect_sized(&client, 2000, 3);
}

/* --- Closes --------------------------------------------------------------------------------- */

static void a_close_comes_behind_what_waits_and_no_event_after_it(void **state)
{
    static const unsigned codes[] = {1000, 1001, 1008, 1012, 1013, 4003, 4007, 4500, 4999};

    (void)state;
    for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        net_client_join(&rig, &client);
        send_sized(i + 1, 50000, i);
        send_sized(i + 1, 50000, i);
        close_conn(i + 1, codes[i]);
        send_sized(i + 1, 5, i); /* too late */
        close_conn(i + 1, 1011);
        expect_sized(&client, 50000, i);
        expect_sized(&client, 50000, i);
        net_client_frame(&rig, &client, 0x81, "ignored", 7);
        assert_int_equal(net_client_close_code(&rig, &client), codes[i]);
        net_client_frame(&rig, &client, 0x88, "\x03\xe8", 2);
        net_client_expect_end(&rig, &client);
        assert_int_equal(client.in.len, 0); /* no second close */
        net_client_close(&client);
    }
    net_rig_turns(&rig, 5);
    assert_int_equal(rig.frame_count, 0);
    assert_int_equal(rig.closed_count, 0);
    assert_int_equal(net_stats(rig.net).conns, 0);
}

static void a_close_that_nobody_answers_is_cut(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    close_conn(1, 1001);
    assert_int_equal(net_client_close_code(&rig, &client), 1001);
    net_rig_turns(&rig, 3);
    net_age(rig.net, NET_CLOSE_MS - 1000);
    net_rig_turns(&rig, 40);
    net_client_read(&client);
    assert_false(client.ended);
    net_age(rig.net, 1000);
    net_client_expect_end(&rig, &client);
    assert_int_equal(net_stats(rig.net).conns, 0);
}

static void a_close_that_cannot_be_sent_is_cut_too(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    small_buffer(&client);
    for (unsigned i = 0; i < 200; i++) {
        send_sized(1, 40000, i);
        if (net_stats(rig.net).queued_bytes > NET_QUEUE_BYTES_MAX / 2) {
            break;
        }
        net_rig_turn(&rig, -1);
    }
    assert_true(net_stats(rig.net).queued_bytes > 0);
    close_conn(1, 4007);
    net_rig_turns(&rig, 3);
    net_age(rig.net, NET_CLOSE_MS);
    net_client_expect_end(&rig, &client);
    assert_int_equal(net_stats(rig.net).queued_bytes, 0);
    assert_int_equal(rig.closed_count, 0);
}

static void on_frame_echo_and_close(struct net_rig *it, struct conn_id conn, struct wire *wire)
{
    net_send(it->net, conn, wire_ref(wire));
    net_close_conn(it->net, conn, CLOSE_TRY_LATER);
}

static void on_open_close(struct net_rig *it, struct conn_id conn)
{
    net_close_conn(it->net, conn, CLOSE_TRY_LATER);
}

static void an_event_may_send_and_close(void **state)
{
    (void)state;
    rig.on_frame = on_frame_echo_and_close;
    net_client_join(&rig, &client);
    net_client_frame(&rig, &client, 0x81, "echo", 4);
    assert_int_equal(net_client_next(&rig, &client, &payload), 0x81);
    assert_string_equal(payload.bytes, "echo");
    assert_int_equal(net_client_close_code(&rig, &client), 1013);
    net_client_close(&client);
    rig.on_open = on_open_close;
    assert_int_equal(net_client_handshake(&rig, &client, ""), 101);
    assert_int_equal(net_client_close_code(&rig, &client), 1013);
    assert_int_equal(rig.closed_count, 0);
}

static void a_peer_that_vanishes_is_closed_once(void **state)
{
    const struct linger at_once = {.l_onoff = 1};

    (void)state;
    for (unsigned i = 1; i <= 4; i++) {
        net_client_join(&rig, &client);
        if (i % 2 == 0) {
            (void)setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
        if (i > 2) {
            send_sized(i, 65536, i);
        }
        net_client_close(&client);
        net_rig_wait(&rig, &rig.closed_count, i);
        send_sized(i, 10, i); /* nobody */
        net_rig_turns(&rig, 5);
        assert_int_equal(rig.closed_count, i);
    }
    assert_int_equal(net_stats(rig.net).conns, 0);
    assert_int_equal(net_stats(rig.net).queued_bytes, 0);
}

static void a_half_closed_peer_is_closed(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    net_rig_wait(&rig, &rig.closed_count, 1);
    net_client_expect_end(&rig, &client);
    assert_int_equal(client.in.len, 0);
}

#define BOTH(test)                                                                                 \
    {#test, test, setup, teardown, NULL},                                                          \
    {                                                                                              \
#test "_plainly", test, setup_plain, teardown, NULL                                        \
    }

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BOTH(frames_of_every_size_come_whole_and_in_order),
        cmocka_unit_test_setup_teardown(what_waits_goes_out_in_one_write, setup, teardown),
        cmocka_unit_test_setup_teardown(the_plain_path_writes_a_frame_at_a_time, setup_plain,
                                        teardown),
        BOTH(a_frame_is_shared_and_given_back),
        cmocka_unit_test_setup_teardown(a_reader_that_pauses_gets_all, setup_large_queue, teardown),
        {"a_reader_that_pauses_gets_all_plainly", a_reader_that_pauses_gets_all,
         setup_large_queue_plain, teardown, NULL},
        BOTH(a_reader_too_slow_is_cut_and_the_others_get_all),
        cmocka_unit_test_setup_teardown(much_in_one_turn_is_no_slow_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(the_queue_has_its_limit, setup_small_queue, teardown),
        BOTH(a_close_comes_behind_what_waits_and_no_event_after_it),
        cmocka_unit_test_setup_teardown(a_close_that_nobody_answers_is_cut, setup, teardown),
        BOTH(a_close_that_cannot_be_sent_is_cut_too),
        BOTH(an_event_may_send_and_close),
        BOTH(a_peer_that_vanishes_is_closed_once),
        cmocka_unit_test_setup_teardown(a_half_closed_peer_is_closed, setup, teardown),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
