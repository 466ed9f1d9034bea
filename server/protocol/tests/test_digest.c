/* Digests: of the same they are the same, of all else they are not, and by another key nothing is said. */
#include "server/base/tests/test.h"
#include "server/protocol/digest.h"

static struct digest_key key;
static struct buf scratch;
static struct siphash *siphash;

static int group_setup(void **state)
{
    (void)state;
    siphash = siphash_new();
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    buf_deinit(&scratch);
    siphash_free(&siphash);
    return 0;
}

static int setup(void **state)
{
    const struct cursor_key from = {.id = 3, .bytes = {1, 2, 3}};

    (void)state;
    digest_key_derive(&from, &key);
    return 0;
}

#define OF(...)                                                                                    \
    digest_of(siphash, &key, (const struct text[]){__VA_ARGS__},                                   \
              sizeof(struct text[]){__VA_ARGS__} / sizeof(struct text), &scratch)

static void parts_are_kept_apart(void **state)
{
    (void)state;
    const int64_t digests[] = {
        OF(TEXT("send"), TEXT("r1"), TEXT("hi")),
        OF(TEXT("send"), TEXT("r1"), TEXT("hi ")),
        OF(TEXT("send"), TEXT("r1h"), TEXT("i")),
        OF(TEXT("send"), TEXT("r"), TEXT("1hi")),
        OF(TEXT("send"), TEXT("r1"), TEXT("Hi")),
        OF(TEXT("join"), TEXT("r1"), TEXT("hi")),
        OF(TEXT("send"), TEXT("r1")),
        OF(TEXT("send"), TEXT("r1"), TEXT("")),
        OF(TEXT("send"), TEXT("r1:2:hi")),
        OF(TEXT("send"), TEXT("r1"), TEXT("h\0i")),
    };
    const size_t len = sizeof digests / sizeof digests[0];
    for (size_t i = 0; i < len; i++) {
        for (size_t j = 0; j < len; j++) {
            assert_int_equal(digest_compare(digests[i], digests[j]),
                             i == j ? DIGEST_SAME : DIGEST_OTHER);
        }
    }
    assert_int_equal(OF(TEXT("send"), TEXT("r1"), TEXT("hi")), digests[0]);
    assert_int_equal(OF(TEXT("send"), TEXT("r1"), (struct text){NULL, 0}), digests[7]);
}

static void those_of_another_key_are_not_compared(void **state)
{
    struct cursor_key from = {.id = 3, .bytes = {1, 2, 3}};
    struct digest_key other;

    (void)state;
    const int64_t digest = OF(TEXT("send"));
    for (int i = 0; i < CURSOR_KEY_BYTES; i++) {
        from.bytes[i] ^= 1;
        digest_key_derive(&from, &other);
        assert_memory_not_equal(other.bytes, key.bytes, sizeof key.bytes);
        const struct text part = TEXT("send");
        assert_int_equal(digest_compare(digest, digest_of(siphash, &other, &part, 1, &scratch)),
                         DIGEST_OF_ANOTHER_KEY);
        from.bytes[i] ^= 1;
    }
    from.id = 4; /* a name, no secret */
    digest_key_derive(&from, &other);
    assert_memory_equal(other.bytes, key.bytes, sizeof key.bytes);
    assert_int_equal(other.tag, key.tag);
}

/* It is kept in databases: it never changes. */
static void it_is_the_same_in_every_version(void **state)
{
    (void)state;
    assert_int_equal(OF(TEXT("send"), TEXT("r1"), TEXT("hi")),
                     (int64_t)UINT64_C(0x68197ec01824a01d));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(parts_are_kept_apart, setup),
        cmocka_unit_test_setup(those_of_another_key_are_not_compared, setup),
        cmocka_unit_test_setup(it_is_the_same_in_every_version, setup),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
