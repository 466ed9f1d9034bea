/* Cases as JUnit XML. See junit.h. */
#include "reports/junit.h"

#include "reports/letter.h"

#include <inttypes.h>
#include <string.h>

/* As content, or within double quotes, where line ends and tabs would be read as blanks. */
static void put_text(struct buf *out, const char *text, bool quoted)
{
    while (*text != 0) {
        const struct letter letter = letter_next(&text);
        const char c = letter.bytes[0];
        if (letter.len > 1) {
            buf_add(out, letter.bytes, letter.len);
        } else if (strchr("&<>\"\r", c) != NULL || (quoted && (c == '\n' || c == '\t'))) {
            buf_printf(out, "&#%d;", c);
        } else {
            buf_add_char(out, c);
        }
    }
}

static void put_attribute(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, " %s=\"", name);
    put_text(out, value, true);
    buf_add_char(out, '"');
}

static void put_time(struct buf *out, int64_t us)
{
    buf_printf(out, " time=\"%" PRId64 ".%06" PRId64 "\"", us / 1000000, us % 1000000);
}

static void put_line(struct buf *out, const char *what, const char *value)
{
    if (value[0] != 0) {
        buf_add_text(out, what);
        put_text(out, value, false);
        buf_add_char(out, '\n');
    }
}

static void put_case(struct buf *out, const struct report_case *of)
{
    struct buf name = {0};

    report_case_name(of, &name);
    buf_add_text(out, "    <testcase classname=\"hubbub.");
    put_text(out, of->group, true);
    buf_add_char(out, '"');
    put_attribute(out, "name", name.bytes);
    put_time(out, of->wall_us);
    buf_deinit(&name);
    if (of->end == CASE_GOOD) {
        buf_add_text(out, "/>\n");
        return;
    }
    const char *element = of->end == CASE_BAD     ? "failure"
                          : of->end == CASE_KNOWN ? "skipped" /* as an expected failure is */
                                                  : "error";
    buf_printf(out, ">\n      <%s", element);
    put_attribute(out, "type", of->invariant[0] != 0 ? of->invariant : of->word);
    put_attribute(out, "message", of->message[0] != 0 ? of->message : of->word);
    buf_add_char(out, '>');
    put_text(out, of->details, false);
    put_line(out, "Look at: ", of->file);
    put_line(out, "Hash:    ", of->hash);
    put_line(out, "Repeat:  ", of->command);
    buf_printf(out, "</%s>\n    </testcase>\n", element);
}

static void put_counts(struct buf *out, const struct report_cases *cases)
{
    int64_t us = 0;
    for (size_t i = 0; i < cases->len; i++) {
        us += cases->cases[i].wall_us;
    }
    buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", cases->len,
               report_cases_count(cases, CASE_BAD), report_cases_count(cases, CASE_UNCLEAR));
    put_time(out, us);
}

void report_junit(const struct report_cases *cases, struct buf *out)
{
    buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    put_attribute(out, "name", cases->title);
    put_counts(out, cases);
    buf_add_text(out, ">\n");
    for (size_t i = 0; i < cases->len;) {
        struct report_cases suite = {.cases = &cases->cases[i]};
        while (i < cases->len && strcmp(cases->cases[i].group, suite.cases[0].group) == 0) {
            suite.len++;
            i++;
        }
        buf_add_text(out, "  <testsuite");
        put_attribute(out, "name", suite.cases[0].group);
        put_counts(out, &suite);
        buf_printf(out, " skipped=\"%zu\"", report_cases_count(&suite, CASE_KNOWN));
        buf_add_text(out, ">\n    <properties>\n      <property name=\"hubbub\"");
        put_attribute(out, "value", cases->version);
        buf_add_text(out, "/>\n    </properties>\n");
        for (size_t at = 0; at < suite.len; at++) {
            put_case(out, &suite.cases[at]);
        }
        buf_add_text(out, "  </testsuite>\n");
    }
    buf_add_text(out, "</testsuites>\n");
}
