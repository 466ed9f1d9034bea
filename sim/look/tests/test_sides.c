/* Two texts against each other. */
#include "server/base/tests/test.h"
#include "sim/look/sides.h"

#include <string.h>

static void gives(const char *one, const char *other, uint32_t columns, const char *expected)
{
    struct buf a = {0};
    struct buf b = {0};
    struct buf out = {0};

    buf_add_text(&a, one);
    buf_add_text(&b, other);
    buf_reserve(&out, 1);
    sides(&out, &a, &b, columns);
    assert_string_equal(out.len > 0 ? out.bytes : "", expected);
    buf_deinit(&a);
    buf_deinit(&b);
    buf_deinit(&out);
}

static void what_both_have_is_told_once_and_the_rest_by_whose_it_is(void **state)
{
    (void)state;
    gives("a\nb\nc\n", "a\nx\nc\n", 0, "  a\n- b\n+ x\n  c\n");
    gives("a\nb\nc\n", "b\nc\nd\n", 0, "- a\n  b\n  c\n+ d\n");
    gives("", "b\n", 0, "+ b\n");
    gives("a\n", "", 0, "- a\n");
    gives("", "", 0, "");
    gives("a", "a\n", 0, "  a\n"); /* a last line without its end */
}

static void where_there_is_room_one_stands_beside_the_other(void **state)
{
    char expected[400];
    (void)state;
    gives("a\n", "a\n", SIDES_COLUMNS_BESIDE - 1, "  a\n");
    memset(expected, ' ', sizeof expected);
    expected[0] = 'a';
    expected[73 + 3] = 'a';
    memcpy(expected + 73 + 4, "\nb", 2);
    memcpy(expected + 73 + 4 + 2 + 72, " <\n", 4);
    gives("a\nb\n", "a\n", SIDES_COLUMNS_BESIDE, expected);
}

static void more_lines_than_are_looked_at_are_cut(void **state)
{
    struct buf text = {0};
    struct buf out = {0};
    (void)state;
    for (int i = 0; i < SIDES_LINES_MAX + 50; i++) {
        buf_printf(&text, "%d\n", i);
    }
    sides(&out, &text, &text, 0);
    assert_non_null(strstr(out.bytes, "\n  399\n"));
    assert_null(strstr(out.bytes, "\n  400\n"));
    buf_deinit(&text);
    buf_deinit(&out);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_both_have_is_told_once_and_the_rest_by_whose_it_is),
        cmocka_unit_test(where_there_is_room_one_stands_beside_the_other),
        cmocka_unit_test(more_lines_than_are_looked_at_are_cut),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
