/* See schema_out.h. */
#include "sim/explore/schema_out.h"

#include "server/base/param.h"
#include "sim/explore/pattern.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- JSON ----------------------------------------------------------------------------------- */

/* Begins an item; `key` is NULL in an array. */
static void item(struct schema_out *w, const char *key)
{
    buf_printf(w->out, "%s\n%*s", w->comma ? "," : "", (int)(2 * w->depth), "");
    if (key != NULL) {
        buf_add_json(w->out, key, strlen(key));
        buf_add_text(w->out, ": ");
    }
    w->comma = true;
}

void schema_open(struct schema_out *w, const char *key, char bracket)
{
    item(w, key);
    buf_add_char(w->out, bracket);
    w->depth++;
    w->comma = false;
}

void schema_close(struct schema_out *w, char bracket)
{
    HB_ASSERT(w->depth > 0);
    w->depth--;
    buf_printf(w->out, "\n%*s%c", (int)(2 * w->depth), "", bracket);
    w->comma = true;
}

void schema_put_text(struct schema_out *w, const char *key, const char *text)
{
    item(w, key);
    buf_add_json(w->out, text, strlen(text));
}

void schema_put_int(struct schema_out *w, const char *key, int64_t value)
{
    item(w, key);
    buf_add_i64(w->out, value);
}

void schema_put_only(struct schema_out *w)
{
    schema_open(w, "patternProperties", '{');
    schema_open(w, "^//", '{');
    schema_put_text(w, "type", "string");
    schema_close(w, '}');
    schema_close(w, '}');
    item(w, "additionalProperties");
    buf_add_text(w->out, "false");
}

void schema_put_duration(struct schema_out *w, const char *key, int64_t us)
{
    char text[PARAM_TEXT_BYTES];
    duration_text(us, text);
    schema_put_text(w, key, text);
}

static void range_name(const struct schema_range *range, char ret[96])
{
    static const char *const kinds[] = {[SCHEMA_DURATION] = "duration",
                                        [SCHEMA_DURATIONS] = "durations",
                                        [SCHEMA_INTS] = "integers"};
    char least[PARAM_TEXT_BYTES];
    char most[PARAM_TEXT_BYTES];

    if (range->kind == SCHEMA_INTS) {
        (void)snprintf(least, sizeof least, "%" PRId64, range->least);
        (void)snprintf(most, sizeof most, "%" PRId64, range->most);
    } else {
        duration_text(range->least, least);
        duration_text(range->most, most);
    }
    (void)snprintf(ret, 96, "%s_%s_%s", kinds[range->kind], least, most);
}

/* Points to the definition of a range, which is written at the end. */
void schema_put_range_ref(struct schema_out *w, struct schema_range range)
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
        HB_ASSERT(w->ranges_len < SCHEMA_RANGES_MAX);
        w->ranges[w->ranges_len++] = range;
    }
    range_name(&range, name);
    (void)snprintf(ref, sizeof ref, "#/$defs/%s", name);
    schema_put_text(w, "$ref", ref);
}

void schema_put_int_range(struct schema_out *w, int64_t least, int64_t most)
{
    schema_put_text(w, "type", "integer");
    schema_put_int(w, "minimum", least);
    schema_put_int(w, "maximum", most);
}

/* One value, or two that are drawn between. */
static void put_one_or_two(struct schema_out *w, const struct schema_range *range)
{
    schema_open(w, "oneOf", '[');
    for (int two = 0; two < 2; two++) {
        schema_open(w, NULL, '{');
        if (two) {
            schema_put_text(w, "type", "array");
            schema_put_int(w, "minItems", 2);
            schema_put_int(w, "maxItems", 2);
            schema_open(w, "items", '{');
        }
        if (range->kind == SCHEMA_INTS) {
            schema_put_int_range(w, range->least, range->most);
        } else {
            schema_put_range_ref(w,
                                 (struct schema_range){SCHEMA_DURATION, range->least, range->most});
        }
        if (two) {
            schema_close(w, '}');
        }
        schema_close(w, '}');
    }
    schema_close(w, ']');
}

void schema_put_ranges(struct schema_out *w)
{
    for (size_t i = 0; i < w->ranges_len; i++) { /* it grows: the last ones are of one duration */
        const struct schema_range range = w->ranges[i];
        char name[96];
        range_name(&range, name);
        schema_open(w, name, '{');
        if (range.kind == SCHEMA_DURATION) {
            schema_put_text(w, "type", "string");
            struct buf pattern = {0};
            duration_pattern(&pattern, range.least, range.most);
            buf_add_char(&pattern, 0);
            schema_put_text(w, "pattern", pattern.bytes);
            buf_deinit(&pattern);
        } else {
            put_one_or_two(w, &range);
        }
        schema_close(w, '}');
    }
}
