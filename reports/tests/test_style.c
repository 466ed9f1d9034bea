/* Pages for terminals of any width, and for those that have ASCII alone. */
#include "reports/style.h"
#include "reports/width.h"
#include "server/base/tests/test.h"

#include <string.h>

static void folded(const struct style *style, const char *page, const char *want)
{
    struct buf out = {0};
    buf_reserve(&out, 1);
    style_fold(style, page, &out);
    assert_string_equal(out.len > 0 ? out.bytes : "", want);
    buf_deinit(&out);
}

static void a_line_that_is_too_long_goes_on_further_in(void **state)
{
    const struct style narrow = {.columns = 10};
    static const struct {
        const char *page, *want;
    } cases[] = {
        {"", ""},
        {"\n", "\n"},
        {"ten letter\n", "ten letter\n"},
        {"ten letters\n", "ten\n  letters\n"},
        {"one two three four\n", "one two\n  three\n  four\n"},
        {" a bb ccc dddd\n", " a bb ccc\n   dddd\n"},
        {"        far in\n", "  far in\n"},
        {"abcdefghijklmno\n", "abcdefghij\n  klmno\n"},
        {"a   \nb\n", "a   \nb\n"},
        {"123456789           \nb", "123456789\nb"},
        {"\x1b[1mten letter\x1b[0m\n", "\x1b[1mten letter\x1b[0m\n"},
        {"\xe4\xbd\xa0\xe5\xa5\xbd \xe4\xbd\xa0\xe5\xa5\xbd \xe4\xbd\xa0\n",
         "\xe4\xbd\xa0\xe5\xa5\xbd \xe4\xbd\xa0\xe5\xa5\xbd\n  \xe4\xbd\xa0\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        folded(&narrow, cases[i].page, cases[i].want);
        folded(&(struct style){.columns = 0}, cases[i].page, cases[i].page);
    }
}

static void a_line_to_copy_goes_on_as_a_shell_takes_it(void **state)
{
    const struct style narrow = {.columns = 30};
    (void)state;
    folded(&narrow, "Again:   hubbub run city --seed 1 --clients 5\n",
           "Again:   hubbub run city \\\n  --seed 1 --clients 5\n");
    folded(&narrow, "Replay:  hubbub replay out/of/the/whole/way/home/plan.json\n",
           "Replay:  hubbub replay \\\n  out/of/the/whole/way/home/plan.json\n");
    folded(&narrow, "seed 1: hubbub says that it is not well\n",
           "seed 1: hubbub says that it is\n  not well\n");
}

static void no_line_is_wider_than_its_terminal(void **state)
{
    static const char page[] =
        "  ORD-05  held           12,345  a message is shown at most once, whatever happens\n"
        "\x1b[31mhttps://example.org/averyveryveryveryverylongwordwithoutanyblank\x1b[0m and on\n"
        "  d\xc3\xa9j\xc3\xa0 vu \xe2\x80\xa6 \xf0\x9f\x8c\x8d\xf0\x9f\x8c\x8d\xf0\x9f\x8c\x8d\n";
    (void)state;
    for (uint32_t columns = 10; columns < 90; columns++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            const struct style style = {.columns = columns, .ascii = ascii != 0};
            struct buf out = {0};
            style_fold(&style, page, &out);
            for (const char *at = out.bytes; *at != 0;) {
                const size_t len = strcspn(at, "\n");
                const uint32_t colours = memchr(at, '\x1b', len) != NULL ? 9 : 0;
                assert_true(text_columns(at, len) <= columns + colours);
                at += len + (at[len] == '\n');
            }
            for (size_t i = 0; i < out.len; i++) {
                assert_true(ascii == 0 || ((unsigned char)out.bytes[i] & 0x80) == 0);
            }
            buf_deinit(&out);
        }
    }
}

static void the_c_locale_has_as_many_columns_of_ascii(void **state)
{
    const struct style ascii = {.ascii = true};
    (void)state;
    folded(&ascii, "d\xc3\xa9j\xc3\xa0 \xe4\xbd\xa0 wor\xe2\x80\xa6\n", "d?j? ?? wor~\n");
    folded(&ascii, "\xe2\x81\xa8\xd7\xa9\xd7\x9c\xe2\x81\xa9 e\xcc\x81|\n", "?? e|\n");
    folded(&ascii, "\xff\xfe cut \xe2\x80", "?? cut ?");
}

static void a_colour_is_there_where_it_is_asked_for(void **state)
{
    struct buf out = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct style style = {.colours = i == 1};
        style_begin(&style, STYLE_RED, &out);
        buf_add_text(&out, "red");
        style_end(&style, &out);
    }
    assert_string_equal(out.bytes, "red\x1b[31mred\x1b[0m");
    buf_deinit(&out);
}

static void a_cell_has_its_columns(void **state)
{
    struct buf out = {0};
    (void)state;
    style_cell("plain", 7, &out);
    style_cell("plainly", 5, &out);
    style_cell("whole", 0, &out);
    assert_string_equal(out.bytes, "plain  plainwhole");
    buf_clear(&out);
    style_cell("d\xc3\xa9j\xc3\xa0 vu", 5, &out);
    assert_int_equal(text_columns(out.bytes, out.len), 5);
    buf_deinit(&out);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_is_too_long_goes_on_further_in),
        cmocka_unit_test(a_line_to_copy_goes_on_as_a_shell_takes_it),
        cmocka_unit_test(no_line_is_wider_than_its_terminal),
        cmocka_unit_test(the_c_locale_has_as_many_columns_of_ascii),
        cmocka_unit_test(a_colour_is_there_where_it_is_asked_for),
        cmocka_unit_test(a_cell_has_its_columns),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
