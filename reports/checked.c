/* See checked.h. */
#include "reports/checked.h"

#include "reports/shown.h"

#include <inttypes.h>
#include <string.h>

#define COLUMN     26 /* of a person, where there is room */
#define COLUMN_MIN 12 /* with less they stand one below the other */
#define BEFORE     17 /* columns of the time */
#define OUTSIDE    "it has no form from outside"

/* Milliseconds, as the recorder wrote them. */
static void add_ms(struct buf *out, int64_t us)
{
    const char *sign = us < 0 ? "-" : "";
    const int64_t size = us < 0 ? -us : us;
    buf_printf(out, "%s%" PRId64, sign, size / 1000);
    if (size % 1000 != 0) {
        buf_printf(out, ".%03" PRId64, size % 1000);
    }
}

/* --- The page ------------------------------------------------------------------------------- */

static void add_row(struct buf *out, const struct checked_row *row, const struct style *style)
{
    static const struct {
        const char *word;
        enum style_colour code;
    } states[] = {{"held", STYLE_GREEN},
                  {"VIOLATED", STYLE_RED},
                  {"not exercised", STYLE_DIM},
                  {"not judged", STYLE_DIM}};
    const struct invariant_result *result = &row->result;

    buf_printf(out, "  %s  ", row->id);
    style_begin(style, states[result->state].code, out);
    buf_printf(out, "%-13s", states[result->state].word);
    style_end(style, out);
    if (row->why[0] != 0) {
        buf_printf(out, "  %s\n", row->why);
        return;
    }
    buf_printf(out, " %10" PRIu64 "  ", result->judged);
    if (result->violations > 0) {
        buf_printf(out, "%" PRIu64 " time%s: ", result->violations,
                   result->violations == 1 ? "" : "s");
    } else if (result->bound_us > 0) {
        buf_add_text(out, "used ");
        add_ms(out, result->used_us);
        buf_add_text(out, " of ");
        add_ms(out, result->bound_us);
        buf_add_text(out, " ms: ");
    }
    buf_printf(out, "%s\n", row->sentence);
}

/* Those that nothing could judge stand together. */
static void add_formless(struct buf *out, const struct checked *checked, const struct style *style)
{
    uint32_t column = 0;
    for (size_t i = 0; i < checked->rows_len; i++) {
        if (strcmp(checked->rows[i].why, OUTSIDE) != 0) {
            continue;
        }
        if (column == 0 || column > style_columns(style) - 10) {
            buf_add_text(out, column == 0 ? "  not judged, for want of a form from outside:\n    "
                                          : "\n    ");
            column = 4;
        }
        buf_printf(out, "%s ", checked->rows[i].id);
        column += 7;
    }
    buf_add_text(out, column > 0 ? "\n" : "");
}

/* --- A violation ---------------------------------------------------------------------------- */

/* One line of somebody, in its column; or behind the name, where columns have no room. */
static void add_sight(struct buf *out, const struct checked_violation *violation, size_t index,
                      uint32_t cell)
{
    const struct checked_sight *sight = &violation->sights[index];
    struct buf text = {0};
    struct buf time = {0};

    add_ms(&time, sight->at_us);
    buf_printf(out, "  %14s ", time.bytes);
    buf_printf(&text, "%s %s", sight->verb, sight->what);
    if (cell == 0) {
        style_cell(violation->people[sight->person], 0, out);
        buf_add_char(out, ' ');
        style_cell(text.bytes, 0, out);
    }
    for (uint32_t p = 0; p < violation->people_len && cell > 0; p++) {
        buf_add_text(out, "| ");
        style_cell(p == sight->person ? text.bytes : "", cell, out);
    }
    style_end_line(out);
    buf_deinit(&text);
    buf_deinit(&time);
}

static void add_sights(struct buf *out, const struct checked_violation *violation,
                       const struct style *style)
{
    const uint32_t room =
        style->columns > BEFORE ? (style->columns - BEFORE) / violation->people_len : 0;
    const uint32_t cell = style->columns == 0 || room > COLUMN + 2 ? COLUMN
                          : room >= COLUMN_MIN + 2                 ? room - 2
                                                                   : 0;

    buf_printf(out, "\n  %14s ", "t");
    for (uint32_t p = 0; p < violation->people_len && cell > 0; p++) {
        buf_add_text(out, "| ");
        style_cell(violation->people[p], cell, out);
    }
    style_end_line(out);
    for (size_t i = 0; i < violation->sights_len; i++) {
        add_sight(out, violation, i, cell);
    }
}

void checked_story(const struct checked_violation *violation, const struct style *style,
                   struct buf *out)
{
    buf_add_char(out, '\n');
    style_begin(style, STYLE_RED, out);
    buf_add_text(out, violation->id);
    style_end(style, out);
    buf_printf(out, ": %s\n  ", violation->sentence);
    style_cell(violation->summary, 0, out);
    buf_add_text(out, "\n  at t = ");
    add_ms(out, violation->at_us);
    buf_add_text(out, ", ");
    shown_text(out, violation->file);
    buf_printf(out, " line %" PRIu64 "\n", violation->line);
    if (violation->people_len > 0 && violation->sights_len > 0) {
        add_sights(out, violation, style);
    }
}

/* The first of each invariant in full, of the others what they are: one broken promise is often broken
 * at every turn. */
static void add_violations(struct buf *out, const struct checked *checked,
                           const struct style *style)
{
    for (size_t i = 0; i < checked->violations_len; i++) {
        const struct checked_violation *first = &checked->violations[i];
        bool had = false;
        for (size_t before = 0; before < i; before++) {
            had = had || strcmp(checked->violations[before].id, first->id) == 0;
        }
        if (had) {
            continue;
        }
        checked_story(first, style, out);
        uint64_t left = 0;
        for (size_t r = 0; r < checked->rows_len; r++) {
            const bool same = strcmp(checked->rows[r].id, first->id) == 0;
            left = same ? checked->rows[r].result.violations - 1 : left;
        }
        for (size_t after = i + 1; after < checked->violations_len; after++) {
            const struct checked_violation *other = &checked->violations[after];
            if (strcmp(other->id, first->id) == 0) {
                buf_printf(out, "  also line %" PRIu64 ": ", other->line);
                style_cell(other->summary, 0, out);
                buf_add_char(out, '\n');
                left--;
            }
        }
        if (left > 0) {
            buf_printf(out, "  and %" PRIu64 " more of %s, which were counted only\n", left,
                       first->id);
        }
    }
}

/* --- The whole page ------------------------------------------------------------------------- */

void checked_page(const struct checked *checked, const struct style *style, struct buf *out)
{
    style_begin(style, STYLE_BOLD, out);
    shown_text(out, checked->name);
    style_end(style, out);
    buf_printf(out,
               ": %" PRIu64 " lines, %" PRIu64 " devices, %" PRIu64 " rooms, %" PRIu64 " messages",
               checked->lines, checked->devices, checked->rooms, checked->messages);
    buf_add_text(out, ", ");
    add_ms(out, checked->last_us - checked->first_us);
    buf_add_text(out, " ms\n");
    if (checked->promised != NULL) {
        buf_printf(out, "promised: %s\n", checked->promised);
    }
    buf_add_char(out, '\n');
    for (size_t i = 0; i < checked->rows_len; i++) {
        if (strcmp(checked->rows[i].why, OUTSIDE) != 0) {
            add_row(out, &checked->rows[i], style);
        }
    }
    add_formless(out, checked, style);
    for (size_t i = 0; i < checked->left_out_len; i++) {
        buf_printf(out, "  left out: %" PRIu64 " %s\n", checked->left_out[i].count,
                   checked->left_out[i].what);
    }
    add_violations(out, checked, style);
    const bool held = strcmp(checked->verdict, "held") == 0;
    const bool violated = strcmp(checked->verdict, "violated") == 0;
    buf_add_text(out, "\nVerdict: ");
    style_begin(style, held ? STYLE_GREEN : violated ? STYLE_RED : STYLE_AMBER, out);
    buf_add_text(out, checked->verdict);
    style_end(style, out);
    const bool nothing = strcmp(checked->verdict, "inconclusive") == 0;
    if (checked->known[0] != 0) {
        buf_add_text(out, " (");
        shown_text(out, checked->known);
        buf_add_char(out, ')');
    }
    if (nothing) {
        buf_printf(out, " (%s)",
                   checked->unclear[0] != 0 ? checked->unclear : "nothing could be judged");
    }
    buf_add_char(out, '\n');
}

/* --- summary.json --------------------------------------------------------------------------- */

static void put_text(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "\"%s\": ", name);
    shown_json(out, value);
}

static void put_rows(struct buf *out, const struct checked *checked)
{
    static const char *const states[] = {"held", "violated", "not exercised", "not judged"};
    buf_add_text(out, "  \"invariants\": {");
    for (size_t i = 0; i < checked->rows_len; i++) {
        const struct checked_row *row = &checked->rows[i];
        buf_printf(out,
                   "%s\n    \"%s\": {\"state\": \"%s\", \"judged\": %" PRIu64
                   ", \"violations\": %" PRIu64 ", \"margin_permille\": ",
                   i > 0 ? "," : "", row->id, states[row->result.state], row->result.judged,
                   row->result.violations);
        if (row->result.bound_us > 0) {
            buf_add_i64(out, row->result.used_us * 1000 / row->result.bound_us);
        } else {
            buf_add_text(out, "null");
        }
        if (row->why[0] != 0) {
            buf_add_text(out, ", ");
            put_text(out, "why", row->why);
        }
        buf_add_char(out, '}');
    }
    buf_add_text(out, "\n  },\n");
}

static void put_sights(struct buf *out, const struct checked_violation *violation)
{
    buf_add_text(out, "\"saw\": [");
    for (size_t i = 0; i < violation->sights_len; i++) {
        const struct checked_sight *sight = &violation->sights[i];
        buf_add_text(out, i > 0 ? ",\n        {\"t\": " : "\n        {\"t\": ");
        add_ms(out, sight->at_us);
        buf_add_text(out, ", ");
        put_text(out, "who", violation->people[sight->person]);
        buf_printf(out, ", \"%s\": ", sight->verb);
        shown_json(out, sight->what);
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

static void put_violations(struct buf *out, const struct checked *checked)
{
    buf_add_text(out, "  \"violations\": [");
    for (size_t i = 0; i < checked->violations_len; i++) {
        const struct checked_violation *violation = &checked->violations[i];
        buf_printf(out, "%s\n    {\"invariant\": \"%s\", \"t\": ", i > 0 ? "," : "", violation->id);
        add_ms(out, violation->at_us);
        buf_add_text(out, ", ");
        put_text(out, "file", violation->file);
        buf_printf(out, ", \"line\": %" PRIu64 ", ", violation->line);
        put_text(out, "room", violation->room);
        buf_add_text(out, ", \"people\": [");
        for (uint32_t p = 0; p < violation->people_len; p++) {
            buf_add_text(out, p > 0 ? ", " : "");
            shown_json(out, violation->people[p]);
        }
        buf_add_text(out, "],\n      ");
        put_text(out, "summary", violation->summary);
        buf_add_text(out, ",\n      ");
        put_sights(out, violation);
        buf_add_char(out, '}');
    }
    buf_add_text(out, checked->violations_len > 0 ? "\n  ],\n" : "],\n");
    uint64_t all = 0;
    for (size_t i = 0; i < checked->rows_len; i++) {
        all += checked->rows[i].result.violations;
    }
    const uint64_t listed = checked->violations_len;
    buf_printf(out, "  \"violations_not_listed\": %" PRIu64 ",\n", all > listed ? all - listed : 0);
}

void checked_summary(const struct checked *checked, struct buf *out)
{
    buf_add_text(out, "{\n  ");
    put_text(out, "hubbub", checked->version);
    buf_add_text(out, ",\n  ");
    put_text(out, "history", checked->name);
    buf_add_text(out, ",\n  ");
    put_text(out, "verdict", checked->verdict);
    buf_printf(out, ",\n  \"exit_code\": %d", checked->exit_code);
    if (checked->known[0] != 0) {
        buf_add_text(out, ",\n  ");
        put_text(out, "known", checked->known);
    }
    if (checked->promised != NULL) {
        buf_add_text(out, ",\n  ");
        put_text(out, "promised", checked->promised);
    }
    buf_printf(out,
               ",\n  \"lines\": %" PRIu64 ",\n  \"devices\": %" PRIu64 ",\n  \"rooms\": %" PRIu64
               ",\n  \"messages\": %" PRIu64 ",\n  \"wall_us\": %" PRId64
               ",\n  \"peak_rss_bytes\": %" PRIu64 ",\n",
               checked->lines, checked->devices, checked->rooms, checked->messages,
               checked->wall_us, checked->peak_rss_bytes);
    put_rows(out, checked);
    put_violations(out, checked);
    buf_add_text(out, "  \"left_out\": [");
    for (size_t i = 0; i < checked->left_out_len; i++) {
        buf_printf(out, "%s{\"count\": %" PRIu64 ", ", i > 0 ? ", " : "",
                   checked->left_out[i].count);
        put_text(out, "what", checked->left_out[i].what);
        buf_add_char(out, '}');
    }
    buf_add_text(out, "]\n}\n");
}
