/* The sort orders, keeps equals in their order, and loses nothing. */
#include "server/base/rng.h"
#include "server/base/sort.h"
#include "server/base/tests/test.h"

#include <string.h>

#define ITEMS_MAX 1100

struct item { /* 13 bytes of content in a size that is no power of two */
    uint32_t key;
    uint32_t place; /* before the sort */
    unsigned char tail[4];
};

static int compare_keys(const void *left, const void *right)
{
    const struct item *a = left;
    const struct item *b = right;

    return (a->key > b->key) - (a->key < b->key);
}

static void assert_sorted_and_stable(const struct item *items, const uint32_t *keys, size_t count)
{
    bool seen[ITEMS_MAX] = {false};

    for (size_t i = 0; i < count; i++) {
        assert_true(items[i].place < count);
        assert_false(seen[items[i].place]);
        seen[items[i].place] = true;
        assert_int_equal(items[i].key, keys[items[i].place]);
        assert_int_equal(items[i].tail[3], (unsigned char)items[i].place);
        if (i > 0) {
            assert_true(items[i - 1].key <= items[i].key);
            assert_true(items[i - 1].key < items[i].key || items[i - 1].place < items[i].place);
        }
    }
}

/* Keys of few values, so that most elements have equals; every count around the powers of two. */
static void any_order_becomes_the_one_order(void **state)
{
    static const int64_t keys_max[] = {0, 1, 3, 50, INT64_C(0xffffffff)};
    static struct item items[ITEMS_MAX];
    static uint32_t keys[ITEMS_MAX];
    struct rng rng = rng_stream(1, "sort", 0, 0);
    (void)state;

    for (size_t k = 0; k < sizeof keys_max / sizeof keys_max[0]; k++) {
        for (size_t count = 0; count < ITEMS_MAX; count += count < 70 ? 1 : 103) {
            for (uint32_t i = 0; i < count; i++) {
                keys[i] = (uint32_t)rng_between(&rng, 0, keys_max[k]);
                items[i] = (struct item){.key = keys[i], .place = i, .tail[3] = (unsigned char)i};
            }
            hb_sort(items, count, sizeof items[0], compare_keys);
            assert_sorted_and_stable(items, keys, count);
        }
    }
}

static void sorted_and_reversed_inputs_are_sorted(void **state)
{
    static struct item items[ITEMS_MAX];
    static uint32_t keys[ITEMS_MAX];
    (void)state;

    for (int reversed = 0; reversed < 2; reversed++) {
        for (uint32_t i = 0; i < ITEMS_MAX; i++) {
            keys[i] = (reversed != 0 ? ITEMS_MAX - i : i) / 3;
            items[i] = (struct item){.key = keys[i], .place = i, .tail[3] = (unsigned char)i};
        }
        hb_sort(items, ITEMS_MAX, sizeof items[0], compare_keys);
        assert_sorted_and_stable(items, keys, ITEMS_MAX);
    }
}

static int compare_bytes(const void *left, const void *right)
{
    return memcmp(left, right, 1);
}

static void elements_of_one_byte_are_sorted(void **state)
{
    char text[] = "hubbub";
    (void)state;

    hb_sort(text, 6, 1, compare_bytes);

    assert_string_equal(text, "bbbhuu");
}

static void no_elements_need_no_memory(void **state)
{
    (void)state;
    hb_sort(NULL, 0, 8, compare_bytes);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_becomes_the_one_order),
        cmocka_unit_test(sorted_and_reversed_inputs_are_sorted),
        cmocka_unit_test(elements_of_one_byte_are_sorted),
        cmocka_unit_test(no_elements_need_no_memory),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
