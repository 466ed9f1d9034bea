/* Cases as Markdown. See markdown.h. */
#include "reports/markdown.h"

#include "reports/letter.h"

#include <inttypes.h>
#include <string.h>

/* On one line, and every character means itself: in a table's cell too. */
static void put_text(struct buf *out, const char *text)
{
    while (*text != 0) {
        const struct letter letter = letter_next(&text);
        const char c = letter.bytes[0];
        if (letter.len > 1) {
            buf_add(out, letter.bytes, letter.len);
        } else if (c == '\n' || c == '\r' || c == '\t') {
            buf_add_char(out, ' ');
        } else if (c == '<') {
            buf_add_text(out, "&lt;"); /* some pages take a backslash before it for itself */
        } else {
            if (strchr("\\`*_[]>|#~&$@!", c) != NULL) {
                buf_add_char(out, '\\');
            }
            buf_add_char(out, c);
        }
    }
}

/* A line of code between blank lines: indented, so that no fence can be closed from within. */
static void put_code(struct buf *out, const char *text)
{
    buf_add_text(out, "\n      ");
    while (*text != 0) {
        const struct letter letter = letter_next(&text);
        const char c = letter.bytes[0];
        buf_add(out, c == '\n' || c == '\r' || c == '\t' ? " " : letter.bytes, letter.len);
    }
    buf_add_text(out, "\n\n");
}

static void put_row(struct buf *out, const struct report_case *of)
{
    struct buf name = {0};
    report_case_name(of, &name);
    buf_add_text(out, "| ");
    put_text(out, of->group);
    buf_add_text(out, " | ");
    put_text(out, name.bytes);
    buf_add_text(out, " | ");
    put_text(out, of->word);
    buf_add_text(out, " | ");
    put_text(out, of->invariant);
    buf_add_text(out, " | ");
    put_text(out, of->message);
    buf_add_text(out, " |\n");
    buf_deinit(&name);
}

static void put_repeat(struct buf *out, const struct report_case *of)
{
    struct buf name = {0};
    report_case_name(of, &name);
    buf_add_text(out, "- ");
    put_text(out, name.bytes);
    buf_add_text(out, " of ");
    put_text(out, of->group);
    buf_add_text(out, ":\n");
    put_code(out, of->command);
    buf_deinit(&name);
}

/* Those that are told: one that is alone, or what is not good; what is known comes last. */
static size_t chosen(const struct report_cases *cases, const struct report_case *ret[])
{
    size_t len = 0;
    for (int known = 0; known < 2; known++) {
        for (size_t i = 0; i < cases->len && len < MARKDOWN_CASES_MAX; i++) {
            const struct report_case *of = &cases->cases[i];
            if ((of->end == CASE_KNOWN) == (known == 1) &&
                (of->end != CASE_GOOD || cases->len == 1)) {
                ret[len++] = of;
            }
        }
    }
    return len;
}

static void put_counts(struct buf *out, const struct report_cases *cases)
{
    const size_t known = report_cases_count(cases, CASE_KNOWN);
    int64_t us = 0;

    for (size_t i = 0; i < cases->len; i++) {
        us += cases->cases[i].wall_us;
    }
    buf_printf(out, "\n\n%zu cases: **%zu good, %zu violated, %zu unclear", cases->len,
               report_cases_count(cases, CASE_GOOD), report_cases_count(cases, CASE_BAD),
               report_cases_count(cases, CASE_UNCLEAR));
    if (known > 0) {
        buf_printf(out, ", %zu known", known);
    }
    buf_printf(out, "**; %" PRId64 ".%" PRId64 " s of work; hubbub ", us / 1000000,
               us % 1000000 / 100000);
    put_text(out, cases->version);
    buf_add_char(out, '\n');
}

void report_markdown(const struct report_cases *cases, struct buf *out)
{
    const size_t not_good = cases->len - report_cases_count(cases, CASE_GOOD);
    const struct report_case *told[MARKDOWN_CASES_MAX];
    const size_t told_len = chosen(cases, told);

    buf_add_text(out, "## ");
    put_text(out, cases->title);
    put_counts(out, cases);
    if (told_len == 0) {
        return;
    }
    buf_add_text(out, "\n| scenario | case | result | invariant | what |\n"
                      "| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < told_len; i++) {
        put_row(out, told[i]);
    }
    if (cases->len > 1 && not_good > told_len) {
        buf_printf(out, "\nand %zu more: junit.xml has them all\n", not_good - told_len);
    }
    const char *title = "\nTo repeat:\n\n";
    for (size_t i = 0; i < told_len; i++) {
        if (told[i]->command[0] != 0) {
            buf_add_text(out, title);
            put_repeat(out, told[i]);
            title = "";
        }
    }
}
