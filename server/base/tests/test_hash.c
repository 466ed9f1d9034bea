/* Golden hashes are compared across machines and years: these vectors pin them. They were computed
 * apart from this code, in big integers and with the shared library of xxHash. */
#include "server/base/hash.h"
#include "server/base/tests/test.h"

#include <string.h>

static void assert_hex(struct hash128 hash, const char *hex)
{
    char text[HASH128_HEX_LEN + 1];

    hash128_hex(hash, text);
    assert_string_equal(text, hex);
}

static void the_folding_does_not_move(void **state)
{
    static const struct {
        uint64_t a;
        uint64_t b;
        const char *hex; /* after this and all before */
    } cases[] = {
        {0, 0, "3d2fdae8d14351721ff5c2923a788d2c"},
        {1, 2, "3459739bd5576f7ea2508c02dc16a07e"},
        {2, 1, "fe17a34f127d380a9ee66883bfd75275"},
        {UINT64_MAX, UINT64_MAX, "423cec1504c6e2e1fa6cb05f8e85d391"},
    };
    struct hash128 hash = {0};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hash128_fold(&hash, cases[i].a, cases[i].b);
        assert_hex(hash, cases[i].hex);
    }
}

static void a_thousand_folds_do_not_move(void **state)
{
    struct hash128 hash = {0};
    (void)state;

    for (uint64_t i = 0; i < 1000; i++) {
        hash128_fold(&hash, i, i * i * UINT64_C(0x100000001b3));
    }
    assert_hex(hash, "6a9fc1ce53e8c4b03e83a26149ad40c0");
}

static struct hash128 fold_two(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct hash128 hash = {0};

    hash128_fold(&hash, a, b);
    hash128_fold(&hash, c, d);
    return hash;
}

static void order_and_place_and_every_bit_matter(void **state)
{
    const struct hash128 base = fold_two(1, 2, 3, 4);
    (void)state;

    assert_true(base.lo != fold_two(3, 4, 1, 2).lo);
    assert_true(base.hi != fold_two(3, 4, 1, 2).hi);
    assert_true(base.lo != fold_two(2, 1, 3, 4).lo);
    for (unsigned bit = 0; bit < 64; bit++) {
        const uint64_t flip = UINT64_C(1) << bit;
        const struct hash128 changed[] = {
            fold_two(1 ^ flip, 2, 3, 4),
            fold_two(1, 2 ^ flip, 3, 4),
            fold_two(1, 2, 3 ^ flip, 4),
            fold_two(1, 2, 3, 4 ^ flip),
        };
        for (size_t i = 0; i < 4; i++) {
            assert_true(changed[i].lo != base.lo);
            assert_true(changed[i].hi != base.hi);
        }
    }
}

static void the_text_has_the_high_half_first(void **state)
{
    (void)state;
    assert_hex((struct hash128){.lo = 1, .hi = UINT64_C(0xfedcba9876543210)},
               "fedcba98765432100000000000000001");
    assert_hex((struct hash128){0}, "00000000000000000000000000000000");
}

/* One length for each of the ways that XXH3 takes. */
static void bytes_hash_as_xxh3_does(void **state)
{
    static const struct {
        char fill;
        size_t len;
        uint64_t hash;
    } cases[] = {
        {'x', 0, UINT64_C(0x2d06800538d394c2)},   {'a', 1, UINT64_C(0xe6c632b61e964e1f)},
        {'x', 17, UINT64_C(0x89975e6b7d2f5a11)},  {'y', 200, UINT64_C(0x78c5ae5cf7b1237e)},
        {'z', 300, UINT64_C(0x4d3f26454e4c3335)},
    };
    char bytes[300];
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(bytes, cases[i].fill, sizeof bytes);
        assert_true(hash64_bytes(bytes, cases[i].len) == cases[i].hash);
    }
    assert_true(hash64_bytes("hello, world", 12) == UINT64_C(0x302cd5fba73d006c));
    assert_true(hash64_bytes(NULL, 0) == cases[0].hash);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_folding_does_not_move),
        cmocka_unit_test(a_thousand_folds_do_not_move),
        cmocka_unit_test(order_and_place_and_every_bit_matter),
        cmocka_unit_test(the_text_has_the_high_half_first),
        cmocka_unit_test(bytes_hash_as_xxh3_does),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
