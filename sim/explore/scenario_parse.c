/* Parsing of scenarios. See scenario.h. */
#include "server/node/effects.h"
#include "server/protocol/frame.h"
#include "sim/explore/fields.h"
#include "sim/explore/scenario.h"
#include "sim/explore/scenario_faults.h"
#include "sim/explore/scenario_swarm.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void parse_section(const struct config *root, const struct plan_section *section,
                          struct range *ret, bool *ret_named)
{
    const struct config object = config_object(root, section->word);
    const char *fields[PLAN_PARAMS_MAX + 1] = {NULL};

    for (size_t i = 0; i < section->rows_len; i++) {
        fields[i] = section->rows[i].word;
    }
    config_only(&object, fields);
    for (size_t i = 0; i < section->rows_len; i++) {
        const struct param *row = &section->rows[i];
        const struct range simulated = {row->simulated, row->simulated};
        ret[i] = row->unit == PARAM_US
                     ? config_durations(&object, row->word, row->least, row->most, simulated)
                     : config_ints(&object, row->word, row->least, row->most, simulated);
        ret_named[i] = config_has(&object, row->word);
        const struct param *floor = param_floor(section->rows, section->rows_len, row);
        if (floor != NULL && ret[i].low < ret[floor - section->rows].high) {
            char expected[64];
            (void)snprintf(expected, sizeof expected, "no less than %.40s", floor->word);
            config_fail(&object, row->word, expected);
        }
    }
}

/* An object of plain fields only. */
static void parse_group(const struct config *object, const struct field_group *group,
                        struct form *form)
{
    const char *words[FIELD_GROUP_MAX + 1] = {NULL};

    (void)fields_words(group, words, 0, FIELD_GROUP_MAX);
    config_only(object, words);
    fields_read(object, group, form);
}

static void parse_form(const struct config *root, struct form *form)
{
    const char *workload_fields[WORKLOADS + 2] = {[WORKLOADS] = "corpus"};

    for (size_t i = 0; i < WORKLOADS; i++) {
        workload_fields[i] = fault_word(workloads[i].kind);
    }
    fields_read(root, &fields_of_form, form);
    rooms_read(root, &form->rooms_per_person);
    const struct config workload = config_object(root, "workload");
    config_only(&workload, workload_fields);
    for (size_t i = 0; i < WORKLOADS; i++) {
        const struct config work = config_object(&workload, workload_fields[i]);
        parse_group(&work, &workloads[i].fields, form);
    }
    const struct config latency = config_object(root, "latency");
    parse_group(&latency, &fields_of_latency, form);
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        parse_section(root, &plan_sections[i], form->params[i], form->named[i]);
    }
    const struct config swarm = config_object(root, SWARM_WORD);
    parse_group(&swarm, &fields_of_swarm, form);
    if (!config_failed(root)) {
        faults_parse(root, form);
    }
    const struct sizes sizes = {form->clients, form->devices_per_user,
                                form->rooms,   form->members_per_room,
                                form->posters, form->rooms_per_person.len > 0};
    const char *expected;
    const char *wrong = config_failed(root) ? NULL : sizes_wrong(&sizes, &expected);
    if (wrong != NULL) {
        config_fail(root, wrong, expected);
    }
    rooms_check(root, &form->rooms_per_person, form->rooms);
}

/* A note's text or a fault's word, in static storage; NULL: neither. */
static const char *reachable(const char *word)
{
    for (int i = 0; i < NOTE_COUNT; i++) {
        if (strcmp(note_text((enum note_code)i), word) == 0) {
            return note_text((enum note_code)i);
        }
    }
    enum fault_kind kind;
    if (fault_find(word, strlen(word), &kind) && !fault_row(kind)->workload) {
        return fault_word(kind);
    }
    return NULL;
}

static void fail_reach(const struct config *root, uint32_t index, const char *word)
{
    const char *words[NOTE_COUNT + FAULT_KIND_COUNT];
    size_t len = 0;

    for (int i = 0; i < NOTE_COUNT; i++) {
        words[len++] = note_text((enum note_code)i);
    }
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        words[len++] = fault_word((enum fault_kind)i);
    }
    config_fail_entry(root, "mustReach", index,
                      "the name of a coverage point (hubbub list coverage) or a fault");
    config_mean(root, word, words, len);
}

static void parse_must_reach(const struct config *root, struct scenario *scenario)
{
    const uint32_t len = config_array_len(root, "mustReach");
    if (len > MUST_REACH_MAX) {
        config_fail(root, "mustReach", "at most 64 names");
        return;
    }
    scenario->must_reach = hb_calloc(len + 1, sizeof *scenario->must_reach);
    for (uint32_t i = 0; i < len && !config_failed(root); i++) {
        const char *word = config_array_text(root, "mustReach", i);
        const char *known = reachable(word);
        if (known == NULL) {
            if (!config_failed(root)) {
                fail_reach(root, i, word);
            }
            return;
        }
        scenario->must_reach[scenario->must_reach_len++] = known;
    }
}

/* Refuses fields that a form does not have; before and after them stand the scenario's own. */
static void form_only(const struct config *config, bool small)
{
    const char *words[FIELD_GROUP_MAX + PLAN_SECTIONS + 11] = {NULL};
    size_t len = 0;

    if (!small) {
        words[len++] = "$schema";
        words[len++] = "name";
        words[len++] = "description";
    }
    len = fields_words(&fields_of_form, words, len, FIELD_GROUP_MAX + 3);
    words[len++] = ROOMS_WORD;
    words[len++] = "workload";
    words[len++] = "latency";
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        words[len++] = plan_sections[i].word;
    }
    words[len++] = "faults";
    words[len++] = SWARM_WORD;
    if (!small) {
        words[len++] = "mustReach";
        words[len++] = "small";
    }
    HB_ASSERT(len < sizeof words / sizeof words[0]);
    config_only(config, words);
}

static void parse(const cJSON *json, struct scenario *scenario, struct buf *why)
{
    const struct config root = {.object = json, .why = why};

    form_only(&root, false);
    const char *name = config_text(&root, "name", NULL);
    if (strlen(name) >= sizeof scenario->name) {
        config_fail(&root, "name", "a text of at most 63 bytes");
        return;
    }
    memcpy(scenario->name, name, strlen(name) + 1);
    const char *description = config_text(&root, "description", " ");
    scenario->description = hb_strndup(description, strlen(description));
    parse_form(&root, &scenario->full);
    parse_must_reach(&root, scenario);
    if (config_failed(&root)) {
        return;
    }
    const struct config workload = config_object(&root, "workload");
    const char *corpus = config_text(&workload, "corpus", NULL);
    scenario->corpus_path = hb_strndup(corpus, strlen(corpus));
    struct config small = config_object(&root, "small");
    if (small.object != NULL) {
        form_only(&small, true);
        small.over = small.object;
        small.object = json;
        (void)memset(small.path, 0, sizeof small.path); /* paths name either place */
        parse_form(&small, &scenario->small);
        scenario->has_small = true;
    }
}

enum hb_err scenario_parse(const char *text, size_t text_len, struct scenario **ret,
                           struct buf *why)
{
    cJSON *json = config_parse(text, text_len, why);
    if (json == NULL) {
        return HB_EFIELD;
    }
    struct scenario *scenario = hb_calloc(1, sizeof *scenario);
    scenario->json = cJSON_PrintUnformatted(json);
    parse(json, scenario, why);
    cJSON_Delete(json);
    if (why->len > 0) {
        scenario_free(&scenario);
        return HB_EFIELD;
    }
    *ret = scenario;
    return HB_OK;
}

void scenario_free(struct scenario **scenario_pointer)
{
    struct scenario *scenario = *scenario_pointer;
    if (scenario != NULL) {
        free(scenario->json);
        free(scenario->description);
        free(scenario->corpus_path);
        free(scenario->must_reach);
        free(scenario);
    }
    *scenario_pointer = NULL;
}

const char *scenario_name(const struct scenario *scenario)
{
    return scenario->name;
}

bool scenario_has_small(const struct scenario *scenario)
{
    return scenario->has_small;
}

const char *scenario_description(const struct scenario *scenario)
{
    return scenario->description;
}

const char *scenario_corpus_path(const struct scenario *scenario)
{
    return scenario->corpus_path;
}

uint32_t scenario_must_reach(const struct scenario *scenario, const char *const **ret)
{
    *ret = scenario->must_reach;
    return scenario->must_reach_len;
}
