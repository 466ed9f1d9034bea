/* Columns of text in any script, and texts cut to a column. */
#include "reports/width.h"
#include "server/base/tests/test.h"

#include <string.h>

#define ISOLATE  "\xe2\x81\xa8"
#define POP      "\xe2\x81\xa9"
#define ELLIPSIS "\xe2\x80\xa6"

#define ARABIC   "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7"         /* marhaban: 5 letters */
#define CJK      "\xe4\xbd\xa0\xe5\xa5\xbd"                         /* ni hao: 2 characters */
#define EMOJI    "\xf0\x9f\x99\x82"                                 /* a smile */
#define E_ACUTE  "e\xcc\x81"                                        /* e, combining acute */
#define THUMB    "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd"                 /* with a skin tone */
#define HEBREW   "\xd7\xa9\xd6\xb8\xd7\x9c\xd7\x95\xd6\xb9\xd7\x9d" /* shalom, two points */
#define OVERRIDE "\xe2\x80\xae"                                     /* right-to-left override */

static void each_script_has_its_columns(void **state)
{
    static const struct {
        const char *text;
        uint32_t columns;
    } cases[] = {
        {"", 0},
        {"hello", 5},
        {"na\xc3\xafve", 5},
        {E_ACUTE, 1},
        {"caf" E_ACUTE "s", 5},
        {ARABIC, 5},
        {"\xd9\x85\xd9\x8e", 1}, /* with a fatha */
        {HEBREW, 4},
        {CJK, 4},
        {"a" CJK "b", 6},
        {"\xed\x95\x9c\xea\xb8\x80", 4}, /* Hangul syllables */
        {"\xef\xbc\xa1", 2},             /* fullwidth A */
        {"\xef\xbd\xb1", 1},             /* halfwidth katakana */
        {EMOJI, 2},
        {THUMB, 2},
        {"\xe2\x9d\xa4\xef\xb8\x8f", 1}, /* a heart with a variation selector */
        {"a\xe2\x80\x8d"
         "b",
         2}, /* a joiner */
        {OVERRIDE "x", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (text_columns(cases[i].text, strlen(cases[i].text)) != cases[i].columns) {
            fail_msg("case %zu: %s has %u columns, expected %u", i, cases[i].text,
                     (unsigned)text_columns(cases[i].text, strlen(cases[i].text)),
                     (unsigned)cases[i].columns);
        }
    }
}

static void a_text_is_isolated_cut_and_padded_to_its_column(void **state)
{
    static const struct {
        const char *text;
        uint32_t columns;
        const char *fitted;
    } cases[] = {
        {"", 3, ISOLATE POP "   "},
        {"abc", 3, ISOLATE "abc" POP},
        {"abc", 5, ISOLATE "abc" POP "  "},
        {"abcd", 3, ISOLATE "ab" POP ELLIPSIS},
        {"abc", 1, ISOLATE POP ELLIPSIS},
        {"abc", 0, ISOLATE POP},
        {CJK, 4, ISOLATE CJK POP},
        {CJK, 3, ISOLATE "\xe4\xbd\xa0" POP ELLIPSIS},
        {CJK, 2, ISOLATE POP ELLIPSIS " "},
        {ARABIC, 6, ISOLATE ARABIC POP " "},
        {"ab" E_ACUTE, 3, ISOLATE "ab" E_ACUTE POP},
        {E_ACUTE "bc", 2, ISOLATE E_ACUTE POP ELLIPSIS},
        {"a\tb", 3, ISOLATE "a b" POP},
        {"a\nb", 3, ISOLATE "a b" POP},
        {"\x1b[31m", 5, ISOLATE " [31m" POP},
        {"a\x7f"
         "b",
         3, ISOLATE "a b" POP},
        {"a\xc2\x9b"
         "b",
         3, ISOLATE "a b" POP}, /* the one-byte escape of 8-bit terminals */
        {OVERRIDE "ab", 3, ISOLATE "ab" POP " "},
        {POP "ab", 3, ISOLATE "ab" POP " "}, /* may not end the isolation */
        {"a\xe2\x80\xa8"
         "b",
         3, ISOLATE "ab" POP " "}, /* a line separator */
    };
    struct buf out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&out);
        text_fit(cases[i].text, strlen(cases[i].text), cases[i].columns, &out);
        assert_string_equal(out.bytes, cases[i].fitted);
    }
    buf_deinit(&out);
}

static void a_fitted_text_has_exactly_its_columns_and_no_control_character(void **state)
{
    static const char *const texts[] = {"plain",           ARABIC " and Latin", CJK CJK "x" CJK,
                                        EMOJI THUMB EMOJI, "caf" E_ACUTE,       HEBREW "\x1b",
                                        "\r\n\t\x01\x1f",  OVERRIDE POP "abc",  "\xc2\x80\xc2\x9f"};
    struct buf out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (uint32_t columns = 0; columns < 20; columns++) {
            buf_clear(&out);
            text_fit(texts[i], strlen(texts[i]), columns, &out);
            assert_int_equal(text_columns(out.bytes, out.len), columns);
            for (size_t at = 0; at < out.len; at++) {
                const unsigned char byte = (unsigned char)out.bytes[at];
                assert_true(byte >= 0x20 && byte != 0x7f);
            }
            assert_null(strstr(out.bytes, OVERRIDE));
            assert_ptr_equal(strstr(out.bytes, POP), strstr(out.bytes + 3, POP));
            assert_null(strstr(strstr(out.bytes, POP) + 1, POP));
        }
    }
    buf_deinit(&out);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_script_has_its_columns),
        cmocka_unit_test(a_text_is_isolated_cut_and_padded_to_its_column),
        cmocka_unit_test(a_fitted_text_has_exactly_its_columns_and_no_control_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
