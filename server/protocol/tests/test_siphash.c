/* SipHash: what its authors print, whole and in parts. */
#include "server/base/tests/test.h"
#include "server/protocol/siphash.h"

/* The vectors of its authors: key 00 01 .. 0f, input 00 01 .. */
static void siphash_is_what_its_paper_says(void **state)
{
    static const struct {
        size_t len;
        uint64_t want;
    } cases[] = {{0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
                 {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
                 {15, UINT64_C(0xa129ca6149be45e5)}, {63, UINT64_C(0x958a324ceb064572)}};
    uint8_t bytes[64];
    struct siphash *siphash = siphash_new();

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint32_t len = (uint32_t)cases[i].len;
        const struct text whole = {(const char *)bytes, len};
        assert_int_equal(siphash_of(siphash, bytes, &whole, 1), cases[i].want);
        for (uint32_t cut = 0; cut <= len; cut++) { /* in parts it is the same */
            const struct text parts[] = {{whole.bytes, cut}, {whole.bytes + cut, len - cut}};
            assert_int_equal(siphash_of(siphash, bytes, parts, 2), cases[i].want);
        }
    }
    siphash_free(&siphash);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_is_what_its_paper_says),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
