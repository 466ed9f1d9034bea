/* See schema.h. Each field stands once, in `$defs`: the form for the scenario's two sizes, and a
 * definition for each range. */
#include "sim/explore/schema.h"

#include "server/node/effects.h"
#include "server/protocol/limits.h"
#include "sim/explore/fields.h"
#include "sim/explore/scenario_swarm.h"
#include "sim/explore/schema_out.h"

#include <stdio.h>
#include <string.h>

/* --- Fields and parameters ------------------------------------------------------------------- */

/* What is required of one fault is optional of another. */
static void put_field(struct schema_out *w, const struct field *row, bool required)
{
    const bool fallback = !required && row->fallback.low >= row->least;

    schema_open(w, row->word, '{');
    schema_put_text(w, "description", row->what);
    if (row->kind == FIELD_INT) {
        schema_put_int_range(w, row->least, row->most);
        if (fallback) {
            schema_put_int(w, "default", row->fallback.low);
        }
        schema_close(w, '}');
        return;
    }
    schema_put_range_ref(
        w, (struct schema_range){row->kind == FIELD_DURATION ? SCHEMA_DURATION : SCHEMA_DURATIONS,
                                 row->least, row->most});
    if (fallback && row->fallback.low < row->fallback.high) {
        schema_open(w, "default", '[');
        schema_put_duration(w, NULL, row->fallback.low);
        schema_put_duration(w, NULL, row->fallback.high);
        schema_close(w, ']');
    } else if (fallback) {
        schema_put_duration(w, "default", row->fallback.low);
    }
    schema_close(w, '}');
}

static void put_fields(struct schema_out *w, const struct field_group *group)
{
    for (size_t i = 0; i < group->rows_len; i++) {
        const struct field *row = &group->rows[i];
        put_field(w, row, row->required);
    }
}

static void put_section(struct schema_out *w, const struct plan_section *section)
{
    schema_open(w, section->word, '{');
    schema_put_text(w, "type", "object");
    schema_open(w, "properties", '{');
    for (size_t i = 0; i < section->rows_len; i++) {
        const struct param *row = &section->rows[i];
        const bool duration = row->unit == PARAM_US;
        schema_open(w, row->word, '{');
        schema_put_text(w, "description", row->what);
        schema_put_range_ref(w, (struct schema_range){duration ? SCHEMA_DURATIONS : SCHEMA_INTS,
                                                      row->least, row->most});
        if (duration) {
            schema_put_duration(w, "default", row->simulated);
        } else {
            schema_put_int(w, "default", row->simulated);
        }
        schema_close(w, '}');
    }
    schema_close(w, '}');
    schema_put_only(w);
    schema_close(w, '}');
}

/* --- Who is in which room -------------------------------------------------------------------- */

static void put_rooms(struct schema_out *w)
{
    schema_open(w, ROOMS_WORD, '{');
    schema_put_text(w, "description",
                    "so many of 1000 people are in so many rooms, each drawn by the seed; in place "
                    "of membersPerRoom");
    schema_put_text(w, "type", "array");
    schema_put_int(w, "minItems", 1);
    schema_put_int(w, "maxItems", PLAN_SHARES_MAX);
    schema_open(w, "items", '{');
    schema_put_text(w, "type", "object");
    schema_open(w, "properties", '{');
    schema_open(w, "rooms", '{');
    schema_put_text(w, "description", "how many; a range is drawn from for each person");
    schema_put_range_ref(w, (struct schema_range){SCHEMA_INTS, 1, ROOMS_PER_USER_MAX});
    schema_close(w, '}');
    schema_open(w, "permille", '{');
    schema_put_text(w, "description", "of the people; those of all shares are 1000 together");
    schema_put_int_range(w, 1, 1000);
    schema_close(w, '}');
    schema_close(w, '}');
    schema_open(w, "required", '[');
    schema_put_text(w, NULL, "rooms");
    schema_put_text(w, NULL, "permille");
    schema_close(w, ']');
    schema_put_only(w);
    schema_close(w, '}');
    schema_close(w, '}');
}

static void put_one_of_rooms(struct schema_out *w)
{
    static const char *const words[] = {"membersPerRoom", ROOMS_WORD};

    schema_open(w, "oneOf", '[');
    for (int i = 0; i < 2; i++) {
        schema_open(w, NULL, '{');
        schema_open(w, "required", '[');
        schema_put_text(w, NULL, words[i]);
        schema_close(w, ']');
        schema_close(w, '}');
    }
    schema_close(w, ']');
}

/* --- Faults ----------------------------------------------------------------------------------- */

static void put_kind(struct schema_out *w, const struct fault_row *row)
{
    schema_open(w, "kind", '{');
    schema_put_text(w, "const", row->word);
    schema_put_text(w, "description", row->what);
    schema_close(w, '}');
}

static void put_amount(struct schema_out *w, const struct fault_row *row)
{
    const struct fault_unit_row *unit = fault_unit_row(row->unit);

    if (unit->field == NULL) {
        return;
    }
    schema_open(w, unit->field, '{');
    if (unit->us > 0) {
        schema_put_range_ref(w, (struct schema_range){SCHEMA_DURATIONS, row->least * unit->us,
                                                      row->most * unit->us});
    } else {
        schema_put_range_ref(w, (struct schema_range){SCHEMA_INTS, row->least, row->most});
    }
    schema_close(w, '}');
}

static void put_timed(struct schema_out *w, const struct fault_row *row)
{
    const struct fault_unit_row *unit = fault_unit_row(row->unit);

    put_field(w, &fault_at, row->lasts != MAY_STAY);
    if (row->lasts != MOMENT) {
        put_field(w, &fault_for, row->lasts == LASTS);
    }
    put_amount(w, row);
    put_field(w, &fault_count, false);
    if (row->target == HITS_NODE) {
        schema_open(w, "nodes", '{');
        schema_put_text(w, "const", "all");
        schema_put_text(w, "description",
                        "one for each node, in place of count; without it one is drawn");
        schema_close(w, '}');
    }
    put_field(w, &fault_chance, false);
    schema_close(w, '}');
    schema_open(w, "required", '[');
    schema_put_text(w, NULL, "kind");
    if (row->lasts != MAY_STAY) {
        schema_put_text(w, NULL, fault_at.word);
    }
    if (row->lasts == LASTS) {
        schema_put_text(w, NULL, fault_for.word);
    }
    if (unit->field != NULL) {
        schema_put_text(w, NULL, unit->field);
    }
    schema_close(w, ']');
    if (row->target == HITS_NODE) {
        schema_open(w, "not", '{');
        schema_open(w, "required", '[');
        schema_put_text(w, NULL, fault_count.word);
        schema_put_text(w, NULL, "nodes");
        schema_close(w, ']');
        schema_close(w, '}');
    }
}

static void put_generated(struct schema_out *w, const struct fault_row *row)
{
    put_field(w, &fault_every, true);
    put_field(w, &fault_from, false);
    put_field(w, &fault_to, false);
    if (row->lasts != MOMENT) {
        put_field(w, &fault_away, true);
    }
    put_field(w, &fault_chance, false);
    schema_close(w, '}');
    schema_open(w, "required", '[');
    schema_put_text(w, NULL, "kind");
    schema_put_text(w, NULL, fault_every.word);
    if (row->lasts != MOMENT) {
        schema_put_text(w, NULL, fault_away.word);
    }
    schema_close(w, ']');
}

static void put_faults(struct schema_out *w)
{
    schema_open(w, "faults", '{');
    schema_put_text(w, "type", "array");
    schema_put_int(w, "maxItems", SCENARIO_FAULTS_MAX);
    schema_open(w, "items", '{');
    schema_open(w, "oneOf", '[');
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault_kind)i);
        if (row->workload) {
            continue;
        }
        schema_open(w, NULL, '{');
        schema_put_text(w, "type", "object");
        schema_open(w, "properties", '{');
        put_kind(w, row);
        if (row->target == HITS_CLIENT) {
            put_generated(w, row);
        } else {
            put_timed(w, row);
        }
        schema_put_only(w);
        schema_close(w, '}');
    }
    schema_close(w, ']');
    schema_close(w, '}');
    schema_close(w, '}');
}

/* --- The whole -------------------------------------------------------------------------------- */

static void put_object(struct schema_out *w, const char *key, const struct field_group *group)
{
    schema_open(w, key, '{');
    schema_put_text(w, "type", "object");
    schema_open(w, "properties", '{');
    put_fields(w, group);
    schema_close(w, '}');
    schema_put_only(w);
    schema_close(w, '}');
}

static void put_form(struct schema_out *w)
{
    schema_open(w, "form", '{');
    schema_put_text(w, "type", "object");
    schema_open(w, "properties", '{');
    put_fields(w, &fields_of_form);
    put_rooms(w);
    schema_open(w, "workload", '{');
    schema_put_text(w, "type", "object");
    schema_open(w, "properties", '{');
    for (size_t i = 0; i < WORKLOADS; i++) {
        put_object(w, fault_word(workloads[i].kind), &workloads[i].fields);
    }
    schema_open(w, "corpus", '{');
    schema_put_text(w, "description",
                    "a file of lines, relative to the scenario: what people write");
    schema_put_text(w, "type", "string");
    schema_put_int(w, "minLength", 1);
    schema_close(w, '}');
    schema_close(w, '}');
    schema_put_only(w);
    schema_close(w, '}');
    put_object(w, "latency", &fields_of_latency);
    put_object(w, SWARM_WORD, &fields_of_swarm);
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        put_section(w, &plan_sections[i]);
    }
    put_faults(w);
    schema_close(w, '}');
    schema_put_only(w);
    schema_close(w, '}');
}

/* The scenario's own field of that name is the form's. */
static void put_form_ref(struct schema_out *w, const char *word)
{
    char ref[96];

    (void)snprintf(ref, sizeof ref, "#/$defs/form/properties/%s", word);
    schema_open(w, word, '{');
    schema_put_text(w, "$ref", ref);
    if (strcmp(word, "workload") == 0) {
        schema_open(w, "required", '[');
        schema_put_text(w, NULL, "corpus");
        schema_close(w, ']');
    }
    schema_close(w, '}');
}

static void put_must_reach(struct schema_out *w)
{
    schema_open(w, "mustReach", '{');
    schema_put_text(w, "description",
                    "coverage points and faults: a full-size run that misses one is inconclusive");
    schema_put_text(w, "type", "array");
    schema_put_int(w, "maxItems", MUST_REACH_MAX);
    schema_open(w, "items", '{');
    schema_open(w, "enum", '[');
    for (int i = 0; i < NOTE_COUNT; i++) {
        schema_put_text(w, NULL, note_text((enum note_code)i));
    }
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if (!fault_row((enum fault_kind)i)->workload) {
            schema_put_text(w, NULL, fault_word((enum fault_kind)i));
        }
    }
    schema_close(w, ']');
    schema_close(w, '}');
    schema_close(w, '}');
}

static void put_properties(struct schema_out *w)
{
    schema_open(w, "properties", '{');
    schema_open(w, "$schema", '{');
    schema_put_text(w, "type", "string");
    schema_put_int(w, "minLength", 1);
    schema_close(w, '}');
    schema_open(w, "name", '{');
    schema_put_text(w, "description", "what the reports call it");
    schema_put_text(w, "type", "string");
    schema_put_int(w, "minLength", 1);
    schema_put_int(w, "maxLength", SCENARIO_NAME_BYTES - 1);
    schema_close(w, '}');
    schema_open(w, "description", '{');
    schema_put_text(w, "type", "string");
    schema_put_int(w, "minLength", 1);
    schema_close(w, '}');
    for (size_t i = 0; i < fields_of_form.rows_len; i++) {
        put_form_ref(w, fields_of_form.rows[i].word);
    }
    put_form_ref(w, ROOMS_WORD);
    put_form_ref(w, "workload");
    put_form_ref(w, "latency");
    put_form_ref(w, SWARM_WORD);
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        put_form_ref(w, plan_sections[i].word);
    }
    put_form_ref(w, "faults");
    put_must_reach(w);
    schema_open(w, "small", '{');
    schema_put_text(w, "description", "the form for swarms: these fields in place of those above");
    schema_put_text(w, "$ref", "#/$defs/form");
    schema_close(w, '}');
    schema_close(w, '}');
}

void schema_write(struct buf *out)
{
    struct schema_out schema = {.out = out, .depth = 1};
    struct schema_out *w = &schema;

    buf_add_char(out, '{');
    schema_put_text(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    schema_put_text(w, "title", "A hubbub scenario");
    schema_put_text(w, "type", "object");
    put_properties(w);
    schema_open(w, "required", '[');
    schema_put_text(w, NULL, "name");
    for (size_t i = 0; i < fields_of_form.rows_len; i++) {
        if (fields_of_form.rows[i].required) {
            schema_put_text(w, NULL, fields_of_form.rows[i].word);
        }
    }
    schema_put_text(w, NULL, "workload");
    schema_close(w, ']');
    put_one_of_rooms(w);
    schema_put_only(w);
    schema_open(w, "$defs", '{');
    put_form(w);
    schema_put_ranges(w);
    schema_close(w, '}');
    buf_add_text(out, "\n}\n");
}
