/* Cursors: what was given comes back, and nothing else does. */
#include "server/base/rng.h"
#include "server/base/tests/test.h"
#include "server/protocol/b64.h"
#include "server/protocol/cursor.h"
#include "server/protocol/id.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH 7
#define USER  UINT64_C(0x1122334455667788)

static const struct cursor_key key = {.id = 3, .bytes = {1, 2, 3}};
static struct cursor scratch; /* 24 KiB: not for a stack */

static enum hb_err decode(const char *bytes, size_t len)
{
    return cursor_decode(&key, EPOCH, USER, (struct text){bytes, (uint32_t)len}, &scratch);
}

static struct buf good_cursor(void)
{
    const struct position positions[] = {
        {TEXT("zz"), 0, 5}, {TEXT("aa"), 0, 300}, {TEXT("r1"), 0, 0}};
    struct buf text = {0};
    cursor_encode(&key, EPOCH, USER, positions, 3, &text);
    return text;
}

static void a_cursor_comes_back_with_its_rooms_in_order(void **state)
{
    (void)state;
    struct buf text = good_cursor();
    assert_int_equal(decode(text.bytes, text.len), HB_OK);
    assert_int_equal(scratch.positions_len, 3);
    assert_true(text_equal(scratch.positions[0].room_id, TEXT("aa")));
    assert_int_equal(scratch.positions[0].seq, 300);
    assert_true(text_equal(scratch.positions[1].room_id, TEXT("r1")));
    assert_int_equal(scratch.positions[1].seq, 0);
    assert_int_equal(scratch.positions[2].seq, 5);
    buf_clear(&text);
    cursor_encode(&key, EPOCH, USER, NULL, 0, &text);
    assert_int_equal(decode(text.bytes, text.len), HB_OK); /* no rooms is legal */
    assert_int_equal(scratch.positions_len, 0);
    buf_deinit(&text);
}

static void a_session_s_ends_and_turn_come_back(void **state)
{
    static struct cursor given = {
        .epoch = EPOCH,
        .user_key = USER,
        .positions = {{{"aa", 2}, 0, 0}, {{"r1", 2}, 0, 7}, {{"zz", 2}, 0, 1}},
        .ends = {900, 7, JSON_INT_MAX},
        .positions_len = 3,
        .turn = 2,
    };
    struct buf text = {0};

    (void)state;
    cursor_encode_session(&key, &given, &text);
    assert_int_equal(decode(text.bytes, text.len), HB_OK);
    assert_int_equal(scratch.turn, 2);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(scratch.positions[i].seq, given.positions[i].seq);
        assert_int_equal(scratch.ends[i], given.ends[i]);
    }
    /* At its end it is a cursor like any other. */
    struct buf rest = {0};
    for (int i = 0; i < 3; i++) {
        given.positions[i].seq = given.ends[i];
    }
    buf_clear(&text);
    cursor_encode_session(&key, &given, &text);
    cursor_encode(&key, EPOCH, USER, given.positions, 3, &rest);
    assert_int_equal(text.len, rest.len);
    assert_memory_equal(text.bytes, rest.bytes, rest.len);
    buf_deinit(&rest);
    buf_deinit(&text);
}

static void random_cursors_come_back(void **state)
{
    (void)state;
    struct rng rng = rng_stream(1, "test.cursor", 0, 0);
    for (int round = 0; round < 300; round++) {
        struct position positions[ROOMS_PER_USER_MAX];
        char names[ROOMS_PER_USER_MAX][8];
        const uint32_t len = (uint32_t)rng_between(&rng, 0, ROOMS_PER_USER_MAX);
        for (uint32_t i = 0; i < len; i++) {
            names[i][0] = 'r';
            for (int d = 1; d < 4; d++) {
                names[i][d] = (char)('a' + (i >> (4 * (3 - d)) & 15));
            }
            positions[i].room_id = (struct text){names[i], 4};
            positions[i].seq = rng_u64(&rng) >> rng_between(&rng, 29, 63);
        }
        struct buf text = {0};
        cursor_encode(&key, EPOCH, USER, positions, len, &text);
        assert_true(text.len <= CURSOR_BYTES_MAX);
        assert_int_equal(decode(text.bytes, text.len), HB_OK);
        assert_int_equal(scratch.positions_len, len);
        for (uint32_t i = 0; i < len; i++) {
            assert_int_equal(scratch.positions[i].seq, positions[i].seq);
            assert_true(text_equal(scratch.positions[i].room_id, positions[i].room_id));
            assert_true(scratch.positions[i].room_key == id_key(positions[i].room_id));
        }
        buf_deinit(&text);
    }
}

static void a_cut_a_longer_and_a_flipped_one_are_refused(void **state)
{
    (void)state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct buf text = good_cursor();
    for (size_t len = 0; len < text.len; len++) {
        assert_int_equal(decode(text.bytes, len), HB_ECURSOR);
    }
    for (size_t at = 0; at < text.len; at++) {
        const char was = text.bytes[at];
        const int value = (int)(strchr(alphabet, was) - alphabet);
        for (int bit = 0; bit < 6; bit++) { /* each single bit */
            text.bytes[at] = alphabet[value ^ 1 << bit];
            const enum hb_err err = decode(text.bytes, text.len);
            /* The key's id is read before the code of authenticity: another one is a reset. */
            assert_true(err == HB_ECURSOR || (err == HB_ERESET && at < 3));
        }
        text.bytes[at] = was;
    }
    buf_add_char(&text, 'A');
    assert_int_equal(decode(text.bytes, text.len), HB_ECURSOR);
    buf_deinit(&text);
}

static void texts_that_are_no_cursor_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      " ",  "!!!!",       "ab+/",     "abc=",     "A",
                                      "AAAAA", "AB", "AQEHAAAA\n", "\xc3\xa9", "AAAA AAAA"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(decode(bad[i], strlen(bad[i])), HB_ECURSOR);
    }
    char *large = malloc(1 << 20);
    assert_non_null(large);
    memset(large, 'A', 1 << 20);
    assert_int_equal(decode(large, 1 << 20), HB_ECURSOR);
    free(large);
    assert_int_equal(cursor_decode(&key, EPOCH, USER, (struct text){NULL, 0}, &scratch),
                     HB_ECURSOR);
}

static void a_foreign_one_is_refused_and_an_old_one_is_reset(void **state)
{
    (void)state;
    struct cursor_key retired = key;
    struct cursor_key forged = key;
    struct buf text = good_cursor();
    const struct text cursor = {text.bytes, (uint32_t)text.len};

    assert_int_equal(cursor_decode(&key, EPOCH, USER + 1, cursor, &scratch), HB_ECURSOR);
    assert_int_equal(cursor_decode(&key, EPOCH - 1, USER, cursor, &scratch), HB_ERESET);
    assert_int_equal(cursor_decode(&key, EPOCH + 1, USER, cursor, &scratch), HB_ERESET);
    /* Of another epoch and another user: it must not say so. */
    assert_int_equal(cursor_decode(&key, EPOCH + 1, USER + 1, cursor, &scratch), HB_ECURSOR);
    retired.id++;
    assert_int_equal(cursor_decode(&retired, EPOCH, USER, cursor, &scratch), HB_ERESET);
    forged.bytes[31] ^= 1;
    assert_int_equal(cursor_decode(&forged, EPOCH, USER, cursor, &scratch), HB_ECURSOR);
    buf_deinit(&text);
}

/* A body with a good code of authenticity: what a bug of ours, not a stranger, could make. */
static enum hb_err decode_body(unsigned char version, const void *body, size_t body_len)
{
    struct buf raw = {0};
    struct buf text = {0};
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int mac_len = 0;
    const unsigned char head[] = {version, 3,    EPOCH, 0,    0,    0,    0,    0,    0,
                                  0,       0x88, 0x77,  0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    buf_add(&raw, head, sizeof head);
    buf_add(&raw, body, body_len);
    assert_non_null(HMAC(EVP_sha256(), key.bytes, CURSOR_KEY_BYTES,
                         (const unsigned char *)raw.bytes, raw.len, mac, &mac_len));
    buf_add(&raw, mac, 16);
    b64_encode(raw.bytes, raw.len, &text);
    const enum hb_err err = decode(text.bytes, text.len);
    buf_deinit(&raw);
    buf_deinit(&text);
    return err;
}

static void bodies_that_are_not_canonical_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *body;
        size_t len;
        enum hb_err want;
    } cases[] = {
        {"good", "\x01\x02r1\x05", 5, HB_OK},
        {"seq 0", "\x01\x02r1\x00", 5, HB_OK},
        {"a bomb of 2^32 - 1 rooms", "\xff\xff\xff\xff\x0f", 5, HB_ECURSOR},
        {"one room too many", "\x81\x02", 2, HB_ECURSOR},
        {"varint not minimal", "\x01\x02r1\x85\x00", 6, HB_ECURSOR},
        {"varint of eleven bytes", "\x01\x02r1\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15,
         HB_ECURSOR},
        {"seq 2^53", "\x01\x02r1\x80\x80\x80\x80\x80\x80\x80\x10", 12, HB_ECURSOR},
        {"a room twice", "\x02\x02r1\x05\x02r1\x06", 9, HB_ECURSOR},
        {"rooms not sorted", "\x02\x02r2\x05\x02r1\x06", 9, HB_ECURSOR},
        {"room id with a colon", "\x01\x03r:1\x05", 6, HB_ECURSOR},
        {"room id with NUL", "\x01\x02r\x00\x05", 5, HB_ECURSOR},
        {"empty room id", "\x01\x00\x05", 3, HB_ECURSOR},
        {"room id beyond the end", "\x01\x40r1", 4, HB_ECURSOR},
        {"bytes left over", "\x01\x02r1\x05\x00", 6, HB_ECURSOR},
        {"nothing", "", 0, HB_ECURSOR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].name);
        assert_int_equal(decode_body(1, cases[i].body, cases[i].len), cases[i].want);
    }
}

static void so_are_those_of_a_session_under_way(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *body;
        size_t len;
        enum hb_err want;
    } cases[] = {
        {"good", "\x01\x02r1\x05\x03\x00", 7, HB_OK},
        {"two, the second's turn", "\x02\x02r1\x05\x00\x02r2\x05\x01\x01", 12, HB_OK},
        {"at its end", "\x01\x02r1\x05\x00\x00", 7, HB_ECURSOR},
        {"no rooms", "\x00\x00", 2, HB_ECURSOR},
        {"turn beyond the rooms", "\x01\x02r1\x05\x03\x01", 7, HB_ECURSOR},
        {"no turn", "\x01\x02r1\x05\x03", 6, HB_ECURSOR},
        {"as if at rest", "\x01\x02r1\x05", 5, HB_ECURSOR},
        {"end 2^53", "\x01\x02r1\x01\xff\xff\xff\xff\xff\xff\xff\x0f\x00", 14, HB_ECURSOR},
        {"end 2^53 - 1", "\x01\x02r1\x00\xff\xff\xff\xff\xff\xff\xff\x0f\x00", 14, HB_OK},
        {"bytes left over", "\x01\x02r1\x05\x03\x00\x00", 8, HB_ECURSOR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].name);
        assert_int_equal(decode_body(2, cases[i].body, cases[i].len), cases[i].want);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_comes_back_with_its_rooms_in_order),
        cmocka_unit_test(a_session_s_ends_and_turn_come_back),
        cmocka_unit_test(random_cursors_come_back),
        cmocka_unit_test(a_cut_a_longer_and_a_flipped_one_are_refused),
        cmocka_unit_test(texts_that_are_no_cursor_are_refused),
        cmocka_unit_test(a_foreign_one_is_refused_and_an_old_one_is_reset),
        cmocka_unit_test(bodies_that_are_not_canonical_are_refused),
        cmocka_unit_test(so_are_those_of_a_session_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
