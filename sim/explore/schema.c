/* See schema.h.
 *
 * Each field stands once, in `$defs`: the form for the scenario's two sizes, a definition for each
 * range that several fields share. A duration's range is the numbers that each unit may have, as a
 * regular expression: `10ms` to `1s` is 10000 to 1000000 us, 10 to 1000 ms or 1 s. */
#include "sim/explore/schema.h"

#include "server/node/effects.h"
#include "sim/explore/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RANGES_MAX 128 /* different ranges of values in one schema */

struct value_range { /* of which there is a definition */
    enum { ONE_DURATION, DURATIONS, INTS } kind;
    int64_t least, most;
};

struct writer {
    struct buf *out;
    uint32_t depth;
    bool comma; /* before the next item of this object or array */
    struct value_range ranges[RANGES_MAX];
    size_t ranges_len;
};

/* --- JSON ----------------------------------------------------------------------------------- */

/* Begins an item; `key` is NULL in an array. */
static void item(struct writer *w, const char *key)
{
    buf_printf(w->out, "%s\n%*s", w->comma ? "," : "", (int)(2 * w->depth), "");
    if (key != NULL) {
        buf_add_json(w->out, key, strlen(key));
        buf_add_text(w->out, ": ");
    }
    w->comma = true;
}

static void open(struct writer *w, const char *key, char bracket)
{
    item(w, key);
    buf_add_char(w->out, bracket);
    w->depth++;
    w->comma = false;
}

static void close(struct writer *w, char bracket)
{
    HB_ASSERT(w->depth > 0);
    w->depth--;
    buf_printf(w->out, "\n%*s%c", (int)(2 * w->depth), "", bracket);
    w->comma = true;
}

static void put_text(struct writer *w, const char *key, const char *text)
{
    item(w, key);
    buf_add_json(w->out, text, strlen(text));
}

static void put_int(struct writer *w, const char *key, int64_t value)
{
    item(w, key);
    buf_add_i64(w->out, value);
}

static void put_false(struct writer *w, const char *key)
{
    item(w, key);
    buf_add_text(w->out, "false");
}

static void put_duration(struct writer *w, const char *key, int64_t us)
{
    char text[PARAM_TEXT_BYTES];
    duration_text(us, text);
    put_text(w, key, text);
}

/* --- Ranges ---------------------------------------------------------------------------------- */

/* The numbers from low to high, 0 <= low <= high, as alternatives of digits: 8 to 120 is
 * `[8-9]|[1-9][0-9]|1[0-1][0-9]|120`. */
static void numbers_pattern(struct buf *out, int64_t low, int64_t high)
{
    bool bar = false;
    while (low <= high) {
        int64_t block = 1; /* so many numbers differ in their last digits alone */
        int free_digits = 0;
        while (low > 0 && low % (block * 10) == 0 && low + block * 10 - 1 <= high) {
            block *= 10;
            free_digits++;
        }
        const int64_t front = low / block;
        int64_t last = front % 10;
        while (last < 9 && low + (last - front % 10 + 2) * block - 1 <= high && front > 0) {
            last++;
        }
        buf_add_text(out, bar ? "|" : "");
        if (front / 10 > 0) {
            buf_add_i64(out, front / 10);
        }
        if (last > front % 10) {
            buf_printf(out, "[%d-%d]", (int)(front % 10), (int)last);
        } else {
            buf_add_i64(out, last);
        }
        if (free_digits > 0) {
            buf_add_text(out, "[0-9]");
        }
        if (free_digits > 1) {
            buf_printf(out, "{%d}", free_digits);
        }
        low += (last - front % 10 + 1) * block;
        bar = true;
    }
}

/* The spellings of low to high us, both not negative, in one unit; false: there is none. */
static bool unit_pattern(struct buf *out, int64_t low, int64_t high, int64_t unit_us,
                         const char *unit)
{
    const int64_t first = low / unit_us + (low % unit_us > 0);
    const int64_t last = high / unit_us;

    if (first > last) {
        return false;
    }
    buf_add_text(out, "0*(");
    numbers_pattern(out, first, last);
    buf_printf(out, ")%s", unit);
    return true;
}

static void units_pattern(struct buf *out, const char *sign, int64_t low, int64_t high)
{
    static const struct {
        const char *word;
        int64_t us;
    } units[] = {{"us", 1}, {"ms", MS}, {"s", SECOND}, {"m", MINUTE}, {"h", HOUR}};
    bool bar = false;

    buf_printf(out, "%s(", sign);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const size_t len = out->len;
        buf_add_text(out, bar ? "|" : "");
        if (unit_pattern(out, low, high, units[i].us, units[i].word)) {
            bar = true;
        } else {
            out->len = len;
        }
    }
    buf_add_char(out, ')');
}

static void put_pattern(struct writer *w, int64_t least, int64_t most)
{
    struct buf pattern = {0};

    buf_add_char(&pattern, '^');
    if (least < 0) {
        buf_add_char(&pattern, '(');
        units_pattern(&pattern, "-", most < 0 ? -most : 0, -least);
        buf_add_char(&pattern, '|');
    }
    if (most >= 0) {
        units_pattern(&pattern, "\\+?", least > 0 ? least : 0, most);
    }
    buf_add_text(&pattern, least < 0 ? ")$" : "$");
    buf_add_char(&pattern, 0);
    put_text(w, "pattern", pattern.bytes);
    buf_deinit(&pattern);
}

static void range_name(const struct value_range *range, char ret[96])
{
    static const char *const kinds[] = {
        [ONE_DURATION] = "duration", [DURATIONS] = "durations", [INTS] = "integers"};
    char least[PARAM_TEXT_BYTES];
    char most[PARAM_TEXT_BYTES];

    if (range->kind == INTS) {
        (void)snprintf(least, sizeof least, "%" PRId64, range->least);
        (void)snprintf(most, sizeof most, "%" PRId64, range->most);
    } else {
        duration_text(range->least, least);
        duration_text(range->most, most);
    }
    (void)snprintf(ret, 96, "%s_%s_%s", kinds[range->kind], least, most);
}

/* Points to the definition of a range, which is written at the end. */
static void put_range_ref(struct writer *w, struct value_range range)
{
    char name[96];
    char ref[128];
    size_t i = 0;

    while (i < w->ranges_len &&
           (w->ranges[i].kind != range.kind || w->ranges[i].least != range.least ||
            w->ranges[i].most != range.most)) {
        i++;
    }
    if (i == w->ranges_len) {
        HB_ASSERT(w->ranges_len < RANGES_MAX);
        w->ranges[w->ranges_len++] = range;
    }
    range_name(&range, name);
    (void)snprintf(ref, sizeof ref, "#/$defs/%s", name);
    put_text(w, "$ref", ref);
}

static void put_int_range(struct writer *w, int64_t least, int64_t most)
{
    put_text(w, "type", "integer");
    put_int(w, "minimum", least);
    put_int(w, "maximum", most);
}

/* One value, or two that are drawn between. */
static void put_one_or_two(struct writer *w, const struct value_range *range)
{
    open(w, "oneOf", '[');
    for (int two = 0; two < 2; two++) {
        open(w, NULL, '{');
        if (two) {
            put_text(w, "type", "array");
            put_int(w, "minItems", 2);
            put_int(w, "maxItems", 2);
            open(w, "items", '{');
        }
        if (range->kind == INTS) {
            put_int_range(w, range->least, range->most);
        } else {
            put_range_ref(w, (struct value_range){ONE_DURATION, range->least, range->most});
        }
        if (two) {
            close(w, '}');
        }
        close(w, '}');
    }
    close(w, ']');
}

static void put_ranges(struct writer *w)
{
    for (size_t i = 0; i < w->ranges_len; i++) { /* it grows: the last ones are of one duration */
        const struct value_range range = w->ranges[i];
        char name[96];
        range_name(&range, name);
        open(w, name, '{');
        if (range.kind == ONE_DURATION) {
            put_text(w, "type", "string");
            put_pattern(w, range.least, range.most);
        } else {
            put_one_or_two(w, &range);
        }
        close(w, '}');
    }
}

/* --- Fields and parameters ------------------------------------------------------------------- */

/* `kind` may narrow it: what is required of one fault is optional of another. */
static void put_field(struct writer *w, const struct field *row, bool fallback)
{
    open(w, row->word, '{');
    put_text(w, "description", row->what);
    if (row->kind == FIELD_INT) {
        put_int_range(w, row->least, row->most);
        if (fallback) {
            put_int(w, "default", row->fallback.low);
        }
        close(w, '}');
        return;
    }
    put_range_ref(w, (struct value_range){row->kind == FIELD_DURATION ? ONE_DURATION : DURATIONS,
                                          row->least, row->most});
    if (fallback && row->fallback.low < row->fallback.high) {
        open(w, "default", '[');
        put_duration(w, NULL, row->fallback.low);
        put_duration(w, NULL, row->fallback.high);
        close(w, ']');
    } else if (fallback) {
        put_duration(w, "default", row->fallback.low);
    }
    close(w, '}');
}

static void put_fields(struct writer *w, const struct field_group *group)
{
    for (size_t i = 0; i < group->rows_len; i++) {
        const struct field *row = &group->rows[i];
        put_field(w, row, row->fallback.high > 0 && row->fallback.high >= row->least);
    }
}

static void put_section(struct writer *w, const struct plan_section *section)
{
    open(w, section->word, '{');
    put_text(w, "type", "object");
    open(w, "properties", '{');
    for (size_t i = 0; i < section->rows_len; i++) {
        const struct param *row = &section->rows[i];
        const bool duration = row->unit == PARAM_US;
        open(w, row->word, '{');
        put_text(w, "description", row->what);
        put_range_ref(w, (struct value_range){duration ? DURATIONS : INTS, row->least, row->most});
        if (duration) {
            put_duration(w, "default", row->simulated);
        } else {
            put_int(w, "default", row->simulated);
        }
        close(w, '}');
    }
    close(w, '}');
    put_false(w, "additionalProperties");
    close(w, '}');
}

/* --- Faults ----------------------------------------------------------------------------------- */

static void put_kind(struct writer *w, const struct fault_row *row)
{
    open(w, "kind", '{');
    put_text(w, "const", row->word);
    put_text(w, "description", row->what);
    close(w, '}');
}

static void put_amount(struct writer *w, const struct fault_row *row)
{
    const struct fault_unit_row *unit = fault_unit_row(row->unit);

    if (unit->field == NULL) {
        return;
    }
    open(w, unit->field, '{');
    if (unit->us > 0) {
        put_range_ref(w,
                      (struct value_range){DURATIONS, row->least * unit->us, row->most * unit->us});
    } else {
        put_range_ref(w, (struct value_range){INTS, row->least, row->most});
    }
    close(w, '}');
}

static void put_timed(struct writer *w, const struct fault_row *row)
{
    const struct fault_unit_row *unit = fault_unit_row(row->unit);

    put_field(w, &fault_at, row->lasts == MAY_STAY);
    if (row->lasts != MOMENT) {
        put_field(w, &fault_for, false);
    }
    put_amount(w, row);
    put_field(w, &fault_count, true);
    if (row->target == HITS_NODE) {
        open(w, "nodes", '{');
        put_text(w, "const", "all");
        put_text(w, "description", "one for each node, in place of count; without it one is drawn");
        close(w, '}');
    }
    put_field(w, &fault_chance, true);
    close(w, '}');
    open(w, "required", '[');
    put_text(w, NULL, "kind");
    if (row->lasts != MAY_STAY) {
        put_text(w, NULL, fault_at.word);
    }
    if (row->lasts == LASTS) {
        put_text(w, NULL, fault_for.word);
    }
    if (unit->field != NULL) {
        put_text(w, NULL, unit->field);
    }
    close(w, ']');
    if (row->target == HITS_NODE) {
        open(w, "not", '{');
        open(w, "required", '[');
        put_text(w, NULL, fault_count.word);
        put_text(w, NULL, "nodes");
        close(w, ']');
        close(w, '}');
    }
}

static void put_generated(struct writer *w, const struct fault_row *row)
{
    put_field(w, &fault_every, false);
    put_field(w, &fault_from, true);
    put_field(w, &fault_to, false);
    if (row->lasts != MOMENT) {
        put_field(w, &fault_away, false);
    }
    put_field(w, &fault_chance, true);
    close(w, '}');
    open(w, "required", '[');
    put_text(w, NULL, "kind");
    put_text(w, NULL, fault_every.word);
    if (row->lasts != MOMENT) {
        put_text(w, NULL, fault_away.word);
    }
    close(w, ']');
}

static void put_faults(struct writer *w)
{
    open(w, "faults", '{');
    put_text(w, "type", "array");
    put_int(w, "maxItems", SCENARIO_FAULTS_MAX);
    open(w, "items", '{');
    open(w, "oneOf", '[');
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        if (row->workload) {
            continue;
        }
        open(w, NULL, '{');
        put_text(w, "type", "object");
        open(w, "properties", '{');
        put_kind(w, row);
        if (row->target == HITS_CLIENT) {
            put_generated(w, row);
        } else {
            put_timed(w, row);
        }
        put_false(w, "additionalProperties");
        close(w, '}');
    }
    close(w, ']');
    close(w, '}');
    close(w, '}');
}

/* --- The whole -------------------------------------------------------------------------------- */

static void put_object(struct writer *w, const char *key, const struct field_group *group)
{
    open(w, key, '{');
    put_text(w, "type", "object");
    open(w, "properties", '{');
    put_fields(w, group);
    close(w, '}');
    put_false(w, "additionalProperties");
    close(w, '}');
}

static void put_form(struct writer *w)
{
    open(w, "form", '{');
    put_text(w, "type", "object");
    open(w, "properties", '{');
    put_fields(w, &fields_of_form);
    open(w, "workload", '{');
    put_text(w, "type", "object");
    open(w, "properties", '{');
    put_object(w, "send", &fields_of_send);
    open(w, "corpus", '{');
    put_text(w, "description", "a file of lines, relative to the scenario: what people write");
    put_text(w, "type", "string");
    put_int(w, "minLength", 1);
    close(w, '}');
    close(w, '}');
    put_false(w, "additionalProperties");
    close(w, '}');
    put_object(w, "latency", &fields_of_latency);
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        put_section(w, &plan_sections[i]);
    }
    put_faults(w);
    close(w, '}');
    put_false(w, "additionalProperties");
    close(w, '}');
}

/* The scenario's own field of that name is the form's. */
static void put_form_ref(struct writer *w, const char *word)
{
    char ref[96];

    (void)snprintf(ref, sizeof ref, "#/$defs/form/properties/%s", word);
    open(w, word, '{');
    put_text(w, "$ref", ref);
    if (strcmp(word, "workload") == 0) {
        open(w, "required", '[');
        put_text(w, NULL, "corpus");
        close(w, ']');
    }
    close(w, '}');
}

static void put_must_reach(struct writer *w)
{
    open(w, "mustReach", '{');
    put_text(w, "description",
             "coverage points and faults: a full-size run that misses one is inconclusive");
    put_text(w, "type", "array");
    put_int(w, "maxItems", MUST_REACH_MAX);
    open(w, "items", '{');
    open(w, "enum", '[');
    for (int i = 0; i < NOTE_COUNT; i++) {
        put_text(w, NULL, note_text((enum note_code)i));
    }
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if (!fault_row((enum fault_kind)i)->workload) {
            put_text(w, NULL, fault_word((enum fault_kind)i));
        }
    }
    close(w, ']');
    close(w, '}');
    close(w, '}');
}

static void put_properties(struct writer *w)
{
    open(w, "properties", '{');
    open(w, "$schema", '{');
    put_text(w, "type", "string");
    put_int(w, "minLength", 1);
    close(w, '}');
    open(w, "name", '{');
    put_text(w, "description", "what the reports call it");
    put_text(w, "type", "string");
    put_int(w, "minLength", 1);
    put_int(w, "maxLength", SCENARIO_NAME_BYTES - 1);
    close(w, '}');
    open(w, "description", '{');
    put_text(w, "type", "string");
    put_int(w, "minLength", 1);
    close(w, '}');
    for (size_t i = 0; i < fields_of_form.rows_len; i++) {
        put_form_ref(w, fields_of_form.rows[i].word);
    }
    put_form_ref(w, "workload");
    put_form_ref(w, "latency");
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        put_form_ref(w, plan_sections[i].word);
    }
    put_form_ref(w, "faults");
    put_must_reach(w);
    open(w, "small", '{');
    put_text(w, "description", "the form for swarms: these fields in place of those above");
    put_text(w, "$ref", "#/$defs/form");
    close(w, '}');
    close(w, '}');
}

void schema_write(struct buf *out)
{
    struct writer writer = {.out = out, .depth = 1};
    struct writer *w = &writer;

    buf_add_char(out, '{');
    put_text(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    put_text(w, "title", "A hubbub scenario");
    put_text(w, "type", "object");
    put_properties(w);
    open(w, "required", '[');
    put_text(w, NULL, "name");
    for (size_t i = 0; i < fields_of_form.rows_len; i++) {
        if (fields_of_form.rows[i].required) {
            put_text(w, NULL, fields_of_form.rows[i].word);
        }
    }
    put_text(w, NULL, "workload");
    close(w, ']');
    put_false(w, "additionalProperties");
    open(w, "$defs", '{');
    put_form(w);
    put_ranges(w);
    close(w, '}');
    buf_add_text(out, "\n}\n");
}
