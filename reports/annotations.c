/* Cases as annotations of a GitHub workflow. See annotations.h. */
#include "reports/annotations.h"

#include "reports/letter.h"

#include <string.h>

/* As the runner's own library escapes: percent and line ends, and in a property what would end it. */
static void put_text(struct buf *out, const char *text, bool property)
{
    while (*text != 0) {
        const struct letter letter = letter_next(&text);
        const char c = letter.bytes[0];
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','))) {
            buf_printf(out, "%%%02X", (unsigned)c);
        } else {
            buf_add(out, letter.bytes, letter.len);
        }
    }
}

static void put_case(struct buf *out, const struct report_case *of, size_t more)
{
    struct buf title = {0};

    if (of->invariant[0] != 0) {
        buf_add_text(&title, of->invariant);
        buf_add_text(&title, ": ");
    }
    report_case_name(of, &title);
    buf_add_text(&title, " of ");
    buf_add_text(&title, of->group);
    buf_add_text(out, of->end == CASE_BAD ? "::error " : "::warning ");
    if (of->file[0] != 0) {
        buf_add_text(out, "file=");
        put_text(out, of->file, true);
        buf_add_char(out, ',');
    }
    buf_add_text(out, "title=");
    put_text(out, title.bytes, true);
    buf_add_text(out, "::");
    put_text(out, of->word, false);
    if (of->message[0] != 0) {
        buf_add_text(out, ": ");
        put_text(out, of->message, false);
    }
    if (of->command[0] != 0) {
        buf_add_text(out, "%0ARepeat: ");
        put_text(out, of->command, false);
    }
    if (more > 0) {
        buf_printf(out, "%%0Aand %zu more: junit.xml of --out has them all", more);
    }
    buf_add_char(out, '\n');
    buf_deinit(&title);
}

void report_annotations(const struct report_cases *cases, struct buf *out)
{
    const size_t all =
        report_cases_count(cases, CASE_BAD) + report_cases_count(cases, CASE_UNCLEAR);
    size_t told = 0;

    buf_reserve(out, 1);
    for (size_t i = 0; i < cases->len && told < ANNOTATIONS_MAX; i++) {
        if (cases->cases[i].end == CASE_BAD || cases->cases[i].end == CASE_UNCLEAR) {
            told++;
            put_case(out, &cases->cases[i], told == ANNOTATIONS_MAX ? all - told : 0);
        }
    }
}
