/* Many small allocations that neither overlap nor move. */
#include "server/base/mem.h"
#include "server/base/tests/test.h"

#include <string.h>

#define PIECES_COUNT 3000

/* Sizes on both sides of the rounding and of a block; 1 in 97 is larger than a first block. */
static size_t piece_bytes(size_t i)
{
    return i % 97 == 0 ? 5000 + i : i * 31 % 130;
}

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    static unsigned char *pieces[PIECES_COUNT];
    struct arena arena = {0};
    (void)state;

    for (size_t i = 0; i < PIECES_COUNT; i++) {
        pieces[i] = arena_alloc(&arena, piece_bytes(i));
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        for (size_t j = 0; j < piece_bytes(i); j++) {
            assert_int_equal(pieces[i][j], 0);
        }
        memset(pieces[i], (int)(i % 255 + 1), piece_bytes(i));
    }
    for (size_t i = 0; i < PIECES_COUNT; i++) {
        for (size_t j = 0; j < piece_bytes(i); j++) {
            assert_int_equal(pieces[i][j], i % 255 + 1);
        }
    }
    arena_deinit(&arena);
    assert_null(arena.last);
}

static void pieces_of_no_bytes_differ(void **state)
{
    struct arena arena = {0};
    (void)state;

    const void *a = arena_alloc(&arena, 0);
    const void *b = arena_alloc(&arena, 0);

    assert_non_null(a);
    assert_ptr_not_equal(a, b);
    arena_deinit(&arena);
}

static void a_large_piece_leaves_the_small_ones_together(void **state)
{
    struct arena arena = {0};
    (void)state;

    const char *before = arena_alloc(&arena, 16);
    void *large = arena_alloc(&arena, 1000000);
    const char *after = arena_alloc(&arena, 16);

    memset(large, 0xff, 1000000);
    assert_ptr_equal(after, before + 16);
    assert_int_equal(after[0], 0);
    arena_deinit(&arena);
}

static void text_is_copied_and_ended(void **state)
{
    struct arena arena = {0};
    char text[] = "sixteen bytes ok and more";
    (void)state;

    const char *copy = arena_strndup(&arena, text, 16);
    const char *empty = arena_strndup(&arena, NULL, 0);
    memset(text, 'x', sizeof text);

    assert_string_equal(copy, "sixteen bytes ok");
    assert_string_equal(empty, "");
    arena_deinit(&arena);
}

static void an_arena_can_be_used_again_after_its_end(void **state)
{
    struct arena arena = {0};
    (void)state;

    arena_deinit(&arena);
    for (int round = 0; round < 3; round++) {
        const char *copy = arena_strndup(&arena, "again", 5);
        assert_string_equal(copy, "again");
        arena_deinit(&arena);
    }
}

static void a_cleared_arena_gives_zeroed_pieces_of_the_same_memory(void **state)
{
    struct arena arena = {0};
    (void)state;

    arena_clear(&arena);
    char *first = arena_alloc(&arena, 100);
    memset(first, 0xff, 100);
    arena_clear(&arena);
    const char *again = arena_alloc(&arena, 100);
    assert_ptr_equal(again, first);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(again[i], 0);
    }
    memset(arena_alloc(&arena, 1000000), 0xff, 1000000);
    arena_clear(&arena); /* what is large goes */
    assert_null(arena.last);
    arena_deinit(&arena);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(pieces_of_no_bytes_differ),
        cmocka_unit_test(a_large_piece_leaves_the_small_ones_together),
        cmocka_unit_test(text_is_copied_and_ended),
        cmocka_unit_test(an_arena_can_be_used_again_after_its_end),
        cmocka_unit_test(a_cleared_arena_gives_zeroed_pieces_of_the_same_memory),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
