/* The maps against plain arrays, and the order in which they show themselves. */
#include "server/base/map.h"
#include "server/base/tests/test.h"

#include <stdio.h>
#include <string.h>

static void texts_get_numbers_in_order_of_first_sight(void **state)
{
    struct interner in = {0};
    (void)state;

    assert_int_equal(interner_find(&in, "bob", 3), INTERNER_NONE);
    assert_int_equal(interner_add(&in, "bob", 3), 0);
    assert_int_equal(interner_add(&in, "alice", 5), 1);
    assert_int_equal(interner_add(&in, "bob", 3), 0);
    assert_int_equal(interner_add(&in, "", 0), 2);
    assert_int_equal(interner_add(&in, "carol", 5), 3);

    assert_int_equal(in.count, 4);
    assert_int_equal(interner_find(&in, "alice", 5), 1);
    assert_int_equal(interner_find(&in, "", 0), 2);
    assert_int_equal(interner_find(&in, "alic", 4), INTERNER_NONE);
    assert_string_equal(interner_text(&in, 3, NULL), "carol");
    interner_deinit(&in);
    assert_int_equal(in.count, 0);
}

static void the_number_of_a_removed_text_goes_to_the_next_new_one(void **state)
{
    struct interner in = {0};
    (void)state;

    assert_int_equal(interner_add(&in, "ana", 3), 0);
    assert_int_equal(interner_add(&in, "bob", 3), 1);
    assert_int_equal(interner_add(&in, "eve", 3), 2);
    interner_remove(&in, 0);
    interner_remove(&in, 1);
    assert_int_equal(interner_find(&in, "ana", 3), INTERNER_NONE);
    assert_int_equal(interner_find(&in, "eve", 3), 2);
    assert_int_equal(interner_add(&in, "joe", 3), 1);
    assert_int_equal(interner_add(&in, "ana", 3), 0);
    assert_int_equal(interner_add(&in, "bob", 3), 3);
    assert_string_equal(interner_text(&in, 1, NULL), "joe");
    assert_string_equal(interner_text(&in, 2, NULL), "eve");
    interner_remove(&in, 2);
    interner_deinit(&in);
}

static void texts_that_come_and_go_take_no_more_numbers(void **state)
{
    struct interner in = {0};
    char name[32];
    (void)state;

    for (uint32_t i = 0; i < 100000; i++) {
        const int len = snprintf(name, sizeof name, "user-%u", i);
        interner_remove(&in, interner_add(&in, name, (size_t)len));
    }
    assert_int_equal(in.count, 1);
    assert_int_equal(interner_add(&in, "last", 4), 0);
    interner_deinit(&in);
}

static void a_text_is_its_bytes_and_its_length(void **state)
{
    static const char with_nul[] = "a\0b";
    struct interner in = {0};
    size_t len = 99;
    (void)state;

    assert_int_equal(interner_add(&in, "a", 1), 0);
    assert_int_equal(interner_add(&in, with_nul, 3), 1);
    assert_int_equal(interner_add(&in, with_nul, 2), 2);
    assert_int_equal(interner_add(&in, "abc", 1), 0);

    assert_memory_equal(interner_text(&in, 1, &len), with_nul, 3);
    assert_int_equal(len, 3);
    assert_int_equal(interner_text(&in, 1, NULL)[3], 0);
    interner_deinit(&in);
}

static void many_texts_stay_where_they_are(void **state)
{
    enum { COUNT = 20000 };
    static const char *texts[COUNT];
    struct interner in = {0};
    char name[32];
    (void)state;

    for (uint32_t i = 0; i < COUNT; i++) {
        const int len = snprintf(name, sizeof name, "user-%u", i * 7919U);
        assert_int_equal(interner_add(&in, name, (size_t)len), i);
        texts[i] = interner_text(&in, i, NULL);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        const int len = snprintf(name, sizeof name, "user-%u", i * 7919U);
        size_t text_len = 0;
        assert_int_equal(interner_find(&in, name, (size_t)len), i);
        assert_ptr_equal(interner_text(&in, i, &text_len), texts[i]);
        assert_int_equal(text_len, (size_t)len);
        assert_string_equal(texts[i], name);
    }
    interner_deinit(&in);
}

static void an_empty_map_has_nothing(void **state)
{
    struct u64map map = {0};
    struct u64map_at next = {0};
    uint64_t key = 5;
    uint64_t value = 6;
    (void)state;

    assert_int_equal(u64map_count(&map), 0);
    assert_false(u64map_get(&map, 0, &value));
    assert_false(u64map_remove(&map, 0, &value));
    assert_false(u64map_next(&map, &next, &key, &value));
    assert_false(u64map_next(&map, &next, &key, &value));
    assert_int_equal(key, 5);
    assert_int_equal(value, 6);
    u64map_deinit(&map);
}

static void a_put_replaces_and_a_removal_tells_what_was(void **state)
{
    struct u64map map = {0};
    uint64_t value = 0;
    (void)state;

    u64map_put(&map, 0, 10);
    u64map_put(&map, UINT64_MAX, 20);
    u64map_put(&map, 0, 30);

    assert_int_equal(u64map_count(&map), 2);
    assert_true(u64map_get(&map, 0, &value));
    assert_int_equal(value, 30);
    assert_true(u64map_get(&map, UINT64_MAX, NULL));
    assert_true(u64map_remove(&map, UINT64_MAX, &value));
    assert_int_equal(value, 20);
    assert_false(u64map_remove(&map, UINT64_MAX, NULL));
    assert_true(u64map_remove(&map, 0, NULL));
    assert_int_equal(u64map_count(&map), 0);
    u64map_deinit(&map);
}

/* The keys collide in their low bits, high bits or hardly at all, by `shift`. */
static void the_map_agrees_with_an_array(void **state)
{
    enum { KEYS = 512 };
    static const unsigned shifts[] = {0, 16, 32, 55};
    (void)state;

    for (size_t s = 0; s < sizeof shifts / sizeof shifts[0]; s++) {
        uint64_t values[KEYS] = {0}; /* 0: absent */
        struct u64map map = {0};
        size_t count = 0;
        uint64_t word = 1;
        for (uint64_t step = 1; step < 40000; step++) {
            word = word * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            const uint64_t i = word >> 33 & (KEYS - 1);
            const uint64_t key = i << shifts[s];
            uint64_t got = 0;
            assert_int_equal(u64map_get(&map, key, &got), values[i] != 0);
            assert_int_equal(got, values[i]);
            if ((word >> 60) < 8) {
                count += values[i] == 0;
                u64map_put(&map, key, step);
                values[i] = step;
            } else {
                count -= values[i] != 0;
                assert_int_equal(u64map_remove(&map, key, NULL), values[i] != 0);
                values[i] = 0;
            }
            assert_int_equal(u64map_count(&map), count);
        }
        u64map_deinit(&map);
    }
}

static void a_walk_is_in_the_order_of_insertion(void **state)
{
    struct u64map map = {0};
    struct u64map_at next = {0};
    uint64_t key = 0;
    uint64_t value = 0;
    uint64_t expected = 0;
    (void)state;

    for (uint64_t i = 0; i < 5000; i++) {
        u64map_put(&map, i * UINT64_C(0x9e3779b97f4a7c15), i);
    }
    u64map_put(&map, 0, 77); /* a replacement keeps its place ... */
    assert_true(u64map_remove(&map, UINT64_C(0x9e3779b97f4a7c15), NULL));
    u64map_put(&map, UINT64_C(0x9e3779b97f4a7c15), 1); /* ... a new insertion does not */

    while (u64map_next(&map, &next, &key, &value)) {
        static const uint64_t start[] = {77, 2};
        const bool last = expected == 4999;
        assert_int_equal(value, expected < 2 ? start[expected] : last ? 1 : expected + 1);
        expected++;
    }
    assert_int_equal(expected, 5000);
    assert_false(u64map_next(&map, &next, &key, &value));
    u64map_deinit(&map);
}

static void a_walk_may_remove_what_it_was_given(void **state)
{
    struct u64map map = {0};
    (void)state;

    for (int round = 0; round < 2; round++) {
        struct u64map_at next = {0};
        uint64_t key = 0;
        uint64_t value = 0;
        uint64_t visited = 0;
        for (uint64_t i = 0; i < 1000; i++) {
            u64map_put(&map, i, i);
        }
        while (u64map_next(&map, &next, &key, &value)) {
            assert_int_equal(key, visited);
            visited++;
            if (round == 1 || key % 2 == 0) {
                assert_true(u64map_remove(&map, key, NULL));
            }
        }
        assert_int_equal(visited, 1000);
        assert_int_equal(u64map_count(&map), round == 1 ? 0 : 500);
        u64map_deinit(&map);
    }
}

static void a_map_whose_entries_come_and_go_does_not_grow(void **state)
{
    struct u64map map = {0};
    struct u64map_at next = {0};
    uint64_t key = 0;
    uint64_t value = 0;
    uint64_t expected = 99990;
    (void)state;

    for (uint64_t i = 0; i < 100000; i++) {
        u64map_put(&map, i, i);
        if (i >= 10) {
            assert_true(u64map_remove(&map, i - 10, &value));
            assert_int_equal(value, i - 10);
        }
    }
    assert_int_equal(u64map_count(&map), 10);
    assert_true(map.cap <= 32);
    while (u64map_next(&map, &next, &key, &value)) {
        assert_int_equal(key, expected++);
    }
    assert_int_equal(expected, 100000);
    u64map_deinit(&map);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_get_numbers_in_order_of_first_sight),
        cmocka_unit_test(the_number_of_a_removed_text_goes_to_the_next_new_one),
        cmocka_unit_test(texts_that_come_and_go_take_no_more_numbers),
        cmocka_unit_test(a_text_is_its_bytes_and_its_length),
        cmocka_unit_test(many_texts_stay_where_they_are),
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(a_put_replaces_and_a_removal_tells_what_was),
        cmocka_unit_test(the_map_agrees_with_an_array),
        cmocka_unit_test(a_walk_is_in_the_order_of_insertion),
        cmocka_unit_test(a_walk_may_remove_what_it_was_given),
        cmocka_unit_test(a_map_whose_entries_come_and_go_does_not_grow),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
