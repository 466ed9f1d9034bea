/* What RFC 6455 forbids, byte by byte, and the close that it gets: the table of PROTOCOL.md. */
/* labels: runtime */
/* timeout: 60 */
#include "server/base/tests/test.h"
#include "server/runtime/tests/net_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct net_rig rig;
static struct net_client client;
static struct buf bytes, payload;

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
    buf_deinit(&bytes);
    buf_deinit(&payload);
    return 0;
}

/* --- One frame, or a few -------------------------------------------------------------------- */

#define KEY  "\x01\x02\x03\x04"
#define ZERO "\0\0\0\0" /* a mask that changes nothing */

struct hostile {
    const char *name;
    const char *bytes;
    size_t bytes_len;
    unsigned code;
};
#define CASE(name, bytes, code)                                                                    \
    {                                                                                              \
        name, bytes, sizeof(bytes) - 1, code                                                       \
    }

static const struct hostile hostiles[] = {
    CASE("no mask", "\x81\x02hi", 1002),
    CASE("no mask, empty", "\x81\x00", 1002),
    CASE("RSV1 without an extension", "\xc1\x82" KEY "hi", 1002),
    CASE("RSV2", "\xa1\x82" KEY "hi", 1002),
    CASE("RSV3", "\x91\x82" KEY "hi", 1002),
    CASE("opcode 3", "\x83\x82" KEY "hi", 1002),
    CASE("opcode 7", "\x87\x80" KEY, 1002),
    CASE("opcode 0xb", "\x8b\x80" KEY, 1002),
    CASE("opcode 0xf", "\x8f\x80" KEY, 1002),
    CASE("a ping in pieces", "\x09\x82" KEY "hi", 1002),
    CASE("a close in pieces", "\x08\x82" KEY "hi", 1002),
    CASE("a ping of 126 bytes", "\x89\xfe\x00\x7e" KEY, 1002),
    CASE("a ping of a 64-bit length", "\x89\xff\0\0\0\0\0\0\0\x01" KEY "x", 1002),
    CASE("a continuation of nothing", "\x80\x82" KEY "hi", 1002),
    CASE("a text within a text", "\x01\x82" ZERO "hi\x81\x82" ZERO "ho", 1002),
    CASE("a binary within a text", "\x01\x82" ZERO "hi\x82\x82" ZERO "ho", 1002),
    CASE("a length with the top bit", "\x81\xff\x80\0\0\0\0\0\0\x01" KEY "x", 1002),
    CASE("a close of one byte", "\x88\x81" ZERO "\x03", 1002),
    CASE("close 0", "\x88\x82" ZERO "\0\0", 1002),
    CASE("close 999", "\x88\x82" ZERO "\x03\xe7", 1002),
    CASE("close 1004", "\x88\x82" ZERO "\x03\xec", 1002),
    CASE("close 1005", "\x88\x82" ZERO "\x03\xed", 1002),
    CASE("close 1006", "\x88\x82" ZERO "\x03\xee", 1002),
    CASE("close 1015", "\x88\x82" ZERO "\x03\xf7", 1002),
    CASE("close 2999", "\x88\x82" ZERO "\x0b\xb7", 1002),
    CASE("close 5000", "\x88\x82" ZERO "\x13\x88", 1002),
    CASE("close 65535", "\x88\x82" ZERO "\xff\xff", 1002),
    CASE("a reason that is not UTF-8", "\x88\x83" ZERO "\x03\xe8\xff", 1007),
    CASE("a reason cut within a code point", "\x88\x84" ZERO "\x03\xe8\xe2\x82", 1007),
    CASE("close 1000", "\x88\x82" ZERO "\x03\xe8", 1000),
    CASE("close 1001 with a reason", "\x88\x87" ZERO "\x03\xe9 bye!", 1001),
    CASE("close 3000", "\x88\x82" ZERO "\x0b\xb8", 3000),
    CASE("close 4999", "\x88\x82" ZERO "\x13\x87", 4999),
    CASE("a close without a code", "\x88\x80" KEY, 1000),
    CASE("text ff", "\x81\x81" ZERO "\xff", 1007),
    CASE("text c0 80", "\x81\x82" ZERO "\xc0\x80", 1007),
    CASE("text e0 80 80", "\x81\x83" ZERO "\xe0\x80\x80", 1007),
    CASE("text ed a0 80, a surrogate", "\x81\x83" ZERO "\xed\xa0\x80", 1007),
    CASE("text f0 80 80 80", "\x81\x84" ZERO "\xf0\x80\x80\x80", 1007),
    CASE("text f4 90 80 80, beyond U+10FFFF", "\x81\x84" ZERO "\xf4\x90\x80\x80", 1007),
    CASE("text f5", "\x81\x84" ZERO "\xf5\x80\x80\x80", 1007),
    CASE("text that ends within a code point", "\x81\x82" ZERO "\xe2\x82", 1007),
    CASE("the same before an empty last piece", "\x01\x82" ZERO "\xe2\x82\x80\x80" ZERO, 1007),
    CASE("a lone continuation byte", "\x81\x81" ZERO "\x80", 1007),
    CASE("binary", "\x82\x82" KEY "hi", 1003),
    CASE("binary, empty", "\x82\x80" KEY, 1003),
    CASE("2^62 bytes announced", "\x81\xff\x40\0\0\0\0\0\0\0" ZERO "x", 1009),
    CASE("65,537 bytes announced", "\x81\xff\0\0\0\0\0\x01\0\x01" ZERO "x", 1009),
};

static void each_breach_of_the_rules_gets_its_close(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostiles / sizeof hostiles[0]; i++) {
        const struct hostile *hostile = &hostiles[i];
        const uint64_t closed = rig.closed_count;
        const uint64_t frames = rig.frame_count;

        net_client_join(&rig, &client);
        net_client_write(&rig, &client, hostile->bytes, hostile->bytes_len);
        const unsigned code = net_client_close_code(&rig, &client);
        if (code != hostile->code) {
            fail_msg("%s: %u, not %u", hostile->name, code, hostile->code);
        }
        net_client_frame(&rig, &client, 0x88, "\x03\xe8", 2);
        net_client_expect_end(&rig, &client);
        net_rig_wait(&rig, &rig.closed_count, closed + 1);
        assert_int_equal(rig.frame_count, frames); /* nothing of it went up */
        net_client_close(&client);
    }
}

/* --- Many frames ---------------------------------------------------------------------------- */

static void frames_add(size_t count, unsigned first, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        net_frame_add(&bytes, first, text, strlen(text));
    }
}

static void write_all(void)
{
    net_client_write(&rig, &client, bytes.bytes, bytes.len);
    buf_clear(&bytes);
}

/* `pieces` of `piece` bytes each, as one message. */
static void message_write(size_t pieces, size_t piece)
{
    char *text = hb_malloc(piece + 1);

    memset(text, 'x', piece);
    text[piece] = '\0';
    for (size_t i = 0; i < pieces; i++) {
        frames_add(1, (i + 1 == pieces ? 0x80 : 0) | (i == 0 ? 1 : 0), text);
    }
    free(text);
    write_all();
}

static void a_message_of_the_greatest_size_is_taken_whole_or_in_pieces(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    message_write(1, FRAME_BYTES_MAX);
    message_write(64, FRAME_BYTES_MAX / 64);
    message_write(NET_FRAGMENTS_MAX, FRAME_BYTES_MAX / NET_FRAGMENTS_MAX);
    net_rig_wait(&rig, &rig.frame_count, 3);
    assert_string_equal(rig.trace.bytes, "open 1 token=-\nframe 1 [65536 bytes]\n"
                                         "frame 1 [65536 bytes]\nframe 1 [65536 bytes]\n");
}

static void one_byte_more_is_1009_whole_or_in_pieces(void **state)
{
    (void)state;
    for (size_t pieces = 1; pieces <= 257; pieces += 256) { /* the second a little larger */
        const uint64_t before = rig.closed_count;
        net_client_join(&rig, &client);
        message_write(pieces, pieces == 1 ? FRAME_BYTES_MAX + 1 : 256);
        assert_int_equal(net_client_close_code(&rig, &client), 1009);
        net_rig_wait(&rig, &rig.closed_count, before + 1);
        net_client_close(&client);
    }
    assert_int_equal(rig.frame_count, 0);
}

static void pieces_without_end_are_1008(void **state)
{
    static const struct {
        size_t count;
        const char *text;
    } cases[] = {{NET_FRAGMENTS_MAX, ""}, {NET_FRAGMENTS_MAX, "x"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        net_client_join(&rig, &client);
        frames_add(1, 0x01, "");
        frames_add(cases[i].count - 1, 0x00, cases[i].text);
        write_all();
        net_client_frame(&rig, &client, 0x89, "still here", 10);
        assert_int_equal(net_client_next(&rig, &client, &payload), 0x8a);
        frames_add(1, 0x00, cases[i].text); /* one more than may be */
        write_all();
        assert_int_equal(net_client_close_code(&rig, &client), 1008);
        net_client_close(&client);
    }
}

static void a_code_point_may_be_cut_across_pieces(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    frames_add(1, 0x01, "\xe2");
    frames_add(1, 0x00, "");
    frames_add(1, 0x00, "\x82");
    frames_add(1, 0x89, "a ping between pieces");
    frames_add(1, 0x80, "\xac");
    write_all();
    net_rig_wait(&rig, &rig.frame_count, 1);
    assert_string_equal(rig.trace.bytes, "open 1 token=-\nframe 1 \xe2\x82\xac\n");
}

static void an_empty_message_is_a_message(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    frames_add(1, 0x81, "");
    frames_add(1, 0x01, "");
    frames_add(1, 0x80, "");
    write_all();
    net_rig_wait(&rig, &rig.frame_count, 2);
    assert_string_equal(rig.trace.bytes, "open 1 token=-\nframe 1 \nframe 1 \n");
}

static void what_comes_after_a_close_is_ignored(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    frames_add(1, 0x88, "\x03\xe8");
    frames_add(3, 0x81, "late");
    write_all();
    assert_int_equal(net_client_close_code(&rig, &client), 1000);
    net_client_expect_end(&rig, &client);
    assert_string_equal(rig.trace.bytes, "open 1 token=-\nclosed 1\n");
}

static void a_frame_byte_by_byte_is_a_frame(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    frames_add(2, 0x81, "slow");
    for (size_t i = 0; i < bytes.len; i++) {
        net_client_write(&rig, &client, bytes.bytes + i, 1);
        net_rig_turns(&rig, 3);
    }
    net_rig_wait(&rig, &rig.frame_count, 2);
    assert_string_equal(rig.trace.bytes, "open 1 token=-\nframe 1 slow\nframe 1 slow\n");
}

/* --- Control frames without end ------------------------------------------------------------- */

static void pings_are_answered_up_to_the_rate(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    for (unsigned i = 0; i < NET_PINGS_PER_SECOND; i++) {
        net_client_frame(&rig, &client, 0x89, "abc", 3);
        assert_int_equal(net_client_next(&rig, &client, &payload), 0x8a);
        assert_string_equal(payload.bytes, "abc");
    }
    net_rig_turns(&rig, 5);
    assert_int_equal(rig.closed_count, 0);
}

static void a_flood_of_controls_is_1008(void **state)
{
    static const struct {
        const char *name;
        unsigned first;
        const char *text;
        size_t count; /* in one write */
    } cases[] = {
        {"pings, one by one", 0x89, "abc", 1}, {"pings as fast as can be", 0x89, "abc", 1000},
        {"empty pings", 0x89, "", 1000},       {"pongs", 0x8a, "abc", 1000},
        {"empty pongs", 0x8a, "", 1000},
    };

    struct net_client clients[sizeof cases / sizeof cases[0]];
    const size_t clients_len = sizeof cases / sizeof cases[0];

    (void)state;
    for (size_t i = 0; i < clients_len; i++) {
        net_client_join(&rig, &clients[i]);
    }
    while (rig.closed_count < clients_len) {
        for (size_t i = 0; i < clients_len; i++) {
            frames_add(cases[i].count, cases[i].first, cases[i].text);
            net_client_write(&rig, &clients[i], bytes.bytes, bytes.len);
            buf_clear(&bytes);
        }
        net_rig_turns(&rig, 5);
    }
    for (size_t i = 0; i < clients_len; i++) {
        const unsigned code = net_client_close_code(&rig, &clients[i]);
        if (code != 1008) {
            fail_msg("%s: %u", cases[i].name, code);
        }
        net_client_close(&clients[i]);
    }
}

static void much_that_is_no_control_is_no_flood(void **state)
{
    const uint64_t from = uv_now(&rig.loop);

    (void)state;
    net_client_join(&rig, &client);
    while (uv_now(&rig.loop) < from + 2500) { /* past one look */
        frames_add(200, 0x81, "");
        frames_add(1, 0x81, "text");
        write_all();
        message_write(3, 20000);
    }
    assert_int_equal(rig.closed_count, 0);
}

/* --- What libwebsockets lets through: pinned, and told in PROTOCOL.md ------------------------ */

static void a_length_that_is_longer_than_needed_is_taken(void **state)
{
    static const char frames[] = "\x81\xfe\x00\x02" ZERO "hi"
                                 "\x81\xff\0\0\0\0\0\0\0\x02" ZERO "ho";

    (void)state;
    net_client_join(&rig, &client);
    net_client_write(&rig, &client, frames, sizeof frames - 1);
    net_rig_wait(&rig, &rig.frame_count, 2);
    assert_string_equal(rig.trace.bytes, "open 1 token=-\nframe 1 hi\nframe 1 ho\n");
}

static void only_the_first_frame_is_looked_at_for_its_mask(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    net_client_frame(&rig, &client, 0x81, "masked", 6);
    net_client_write(&rig, &client,
                     "\x81\x04"
                     "bare",
                     6);
    net_rig_wait(&rig, &rig.frame_count, 2);
    assert_string_equal(rig.trace.bytes, "open 1 token=-\nframe 1 masked\nframe 1 bare\n");
}

static void pings_in_one_read_are_answered_once(void **state)
{
    (void)state;
    net_client_join(&rig, &client);
    net_client_frame(&rig, &client, 0x81, "first", 5);
    net_rig_wait(&rig, &rig.frame_count, 1);
    frames_add(100, 0x89, "");
    frames_add(1, 0x81, "after");
    write_all();
    net_rig_wait(&rig, &rig.frame_count, 2);
    assert_int_equal(net_client_next(&rig, &client, &payload), 0x8a);
    assert_int_equal(rig.closed_count, 0); /* a hundred were one, as far as can be seen */
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_breach_of_the_rules_gets_its_close, setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_of_the_greatest_size_is_taken_whole_or_in_pieces,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(one_byte_more_is_1009_whole_or_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(pieces_without_end_are_1008, setup, teardown),
        cmocka_unit_test_setup_teardown(a_code_point_may_be_cut_across_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_message_is_a_message, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_after_a_close_is_ignored, setup, teardown),
        cmocka_unit_test_setup_teardown(a_frame_byte_by_byte_is_a_frame, setup, teardown),
        cmocka_unit_test_setup_teardown(pings_are_answered_up_to_the_rate, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_of_controls_is_1008, setup, teardown),
        cmocka_unit_test_setup_teardown(much_that_is_no_control_is_no_flood, setup, teardown),
        cmocka_unit_test_setup_teardown(a_length_that_is_longer_than_needed_is_taken, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_the_first_frame_is_looked_at_for_its_mask, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(pings_in_one_read_are_answered_once, setup, teardown),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
