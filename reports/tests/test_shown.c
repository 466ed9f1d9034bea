/* Texts that may hold any bytes, on a terminal and in a shell. */
#include "reports/shown.h"
#include "server/base/tests/test.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *text, *shown, *word;
} table[] = {
    {"out/city-seed-7", "out/city-seed-7", "out/city-seed-7"},
    {"", "", "''"},
    {"my plans/a.json", "my plans/a.json", "'my plans/a.json'"},
    {"it's", "it's", "'it'\\''s'"},
    {"~/x", "~/x", "'~/x'"},
    {"a;rm -rf $HOME`id`\"\\", "a;rm -rf $HOME`id`\"\\", "'a;rm -rf $HOME`id`\"\\'"},
    {"\xd7\xa9\xd7\x9c\xf0\x9f\x8e\x89", "\xd7\xa9\xd7\x9c\xf0\x9f\x8e\x89",
     "'\xd7\xa9\xd7\x9c\xf0\x9f\x8e\x89'"},
    {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m", "$'\\x1b[31mred\\x1b[0m'"},
    {"two\nlines\t\r\x7f", "two\\nlines\\t\\r\\x7f", "$'two\\nlines\\t\\r\\x7f'"},
    {"it's\\\n", "it's\\\\n", "$'it\\'s\\\\\\n'"},
    {"\xc2\x9b"
     "31m",
     "\\xc2\\x9b31m", "$'\\xc2\\x9b31m'"},
    {"a\xff\xc0\xaf\xed\xa0\x80z", "a\\xff\\xc0\\xaf\\xed\\xa0\\x80z",
     "$'a\\xff\\xc0\\xaf\\xed\\xa0\\x80z'"},
    {"cut \xf0\x9f", "cut \\xf0\\x9f", "$'cut \\xf0\\x9f'"},
    {"\xe2\x80\xaegnp.exe", "\\xe2\\x80\\xaegnp.exe", "$'\\xe2\\x80\\xaegnp.exe'"},
    {"\xe2\x82\xac 5", "\xe2\x82\xac 5", "'\xe2\x82\xac 5'"},
};

static void texts_are_shown_without_what_a_terminal_obeys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buf out = {0};
        shown_text(&out, table[i].text);
        assert_string_equal(out.bytes, table[i].shown);
        buf_deinit(&out);
    }
}

static void words_are_quoted_where_a_shell_would_read_more_into_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buf out = {0};
        shell_word(&out, table[i].text);
        assert_string_equal(out.bytes, table[i].word);
        buf_deinit(&out);
    }
}

/* A shell is the judge of what a word means. */
static void a_shell_reads_each_word_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buf command = {0};
        char read[200];

        buf_add_text(&command, "bash <<'END OF IT'\nprintf %s ");
        shell_word(&command, table[i].text);
        buf_add_text(&command, "\nEND OF IT\n");
        FILE *shell = popen(command.bytes, "r");
        assert_non_null(shell);
        const size_t len = fread(read, 1, sizeof read - 1, shell);
        read[len] = 0;
        assert_int_equal(pclose(shell), 0);
        assert_string_equal(read, table[i].text);
        buf_deinit(&command);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_shown_without_what_a_terminal_obeys),
        cmocka_unit_test(words_are_quoted_where_a_shell_would_read_more_into_them),
        cmocka_unit_test(a_shell_reads_each_word_back),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
