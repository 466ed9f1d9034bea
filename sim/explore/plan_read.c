/* A file to a plan. */
#include "server/protocol/frame.h"
#include "sim/explore/expect_file.h"
#include "sim/explore/fields.h"
#include "sim/explore/plan_drop.h"
#include "sim/explore/plan_events.h"
#include "sim/explore/plan_fields.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/scenario_form.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_corpus(const struct config *root, struct plan *plan)
{
    const uint32_t len = config_array_len(root, "corpus");
    struct buf bytes = {0};

    plan->corpus = hb_calloc(len + 1, sizeof *plan->corpus);
    const cJSON *item = len > 0 ? cJSON_GetObjectItemCaseSensitive(root->object, "corpus") : NULL;
    for (item = item != NULL ? item->child : NULL; item != NULL; item = item->next) {
        const size_t line_len = cJSON_IsString(item) ? strlen(item->valuestring) : 0;
        if (line_len == 0 || line_len > CONTENT_BYTES_MAX) {
            config_fail_entry(root, "corpus", plan->corpus_len, "a text of 1 to 8192 bytes");
            break;
        }
        plan->corpus[plan->corpus_len].bytes = (const char *)(uintptr_t)bytes.len;
        plan->corpus[plan->corpus_len++].len = (uint32_t)line_len;
        buf_add(&bytes, item->valuestring, line_len);
    }
    plan->corpus_bytes = bytes.bytes;
    for (uint32_t i = 0; i < plan->corpus_len; i++) {
        plan->corpus[i].bytes = plan->corpus_bytes + (uintptr_t)plan->corpus[i].bytes;
    }
    if (plan->corpus_len == 0) {
        config_fail(root, "corpus", "at least one text");
    }
}

static void read_seed(const struct config *root, struct plan *plan)
{
    const char *seed = config_text(root, "seed", NULL);
    char *end = NULL;
    char back[32];
    plan->seed = strtoull(seed, &end, 10);
    (void)snprintf(back, sizeof back, "%llu", (unsigned long long)plan->seed);
    if (strcmp(back, seed) != 0) {
        config_fail(root, "seed", "an integer below 2^64, as text");
    }
}

/* Refuses what a plan does not have. */
static void drawn_only(const struct config *drawn)
{
    static const char *const others[] = {
#define X(field, name, word) name,
        PLAN_INTS(X) PLAN_LATER_INTS(X) PLAN_RANGES(X)
#undef X
            ROOMS_WORD,
        "faults", "generators", "actions"};
    enum { OTHERS = sizeof others / sizeof others[0] };
    const char *fields[OTHERS + PLAN_SECTIONS * PLAN_PARAMS_MAX + 1] = {NULL};
    size_t fields_len = OTHERS;

    memcpy(fields, others, sizeof others);
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        for (size_t j = 0; j < plan_sections[i].rows_len; j++) {
            fields[fields_len++] = plan_sections[i].rows[j].plan_word;
        }
    }
    config_only(drawn, fields);
}

/* A plan that was written before there was a parameter ran with what a scenario gets that does not
 * name it. */
static void read_params(const struct config *drawn, const struct plan_section *section,
                        struct plan *plan)
{
    void *params = plan_params(plan, section);
    for (size_t i = 0; i < section->rows_len; i++) {
        const struct param *row = &section->rows[i];
        param_set(row, params,
                  config_int(drawn, row->plan_word, row->least, row->most, row->simulated));
    }
    const struct param *wrong = params_wrong(section->rows, section->rows_len, params);
    if (!config_failed(drawn) && wrong != NULL) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "no less than %.40s",
                       param_floor(section->rows, section->rows_len, wrong)->plan_word);
        config_fail(drawn, wrong->plan_word, expected);
    }
}

/* Within the limits of the scenario's field; `later`: without it as of a scenario without it. */
static int64_t read_int(const struct config *drawn, const char *name, const char *word, bool later)
{
    const struct field *row = field_of(&fields_of_form, word);
    const bool may_lack = !row->required && row->fallback.low < row->least;
    return config_int(drawn, name, may_lack ? row->fallback.low : row->least, row->most,
                      later ? row->fallback.low : (may_lack ? row->fallback.low : row->least) - 1);
}

static struct range read_range(const struct config *drawn, const char *name, const char *word)
{
    const struct field *row = field_of(&fields_of_latency, word);
    return config_ints(drawn, name, row->least, row->most, (struct range){1, 0});
}

/* Who is in which room, and whether all sizes fit one another. */
static void read_rooms(const struct config *drawn, struct plan *plan)
{
    struct rooms_shares shares = {.len = 0};

    rooms_read(drawn, &shares);
    const struct sizes sizes = {plan->clients,          plan->devices_per_user, plan->rooms,
                                plan->members_per_room, plan->posters,          shares.len > 0};
    const char *expected;
    const char *wrong = config_failed(drawn) ? NULL : sizes_wrong(&sizes, &expected);
    if (wrong != NULL) {
        config_fail(drawn, wrong, expected);
    }
    rooms_check(drawn, &shares, plan->rooms);
    memcpy(plan->rooms_per_person, shares.items, sizeof plan->rooms_per_person);
    plan->rooms_per_person_len = shares.len;
}

static void read_drawn(const struct config *root, struct plan *plan)
{
    const struct config drawn = config_object(root, "drawn");

    if (drawn.object == NULL) {
        config_fail(root, "drawn", "an object");
        return;
    }
    drawn_only(&drawn);
#define X(field, name, word)                                                                       \
    plan->field = (__typeof__(plan->field))read_int(&drawn, name, word, false);
    PLAN_INTS(X)
#undef X
#define X(field, name, word)                                                                       \
    plan->field = (__typeof__(plan->field))read_int(&drawn, name, word, true);
    PLAN_LATER_INTS(X)
#undef X
#define X(field, name, word) plan->field = read_range(&drawn, name, word);
    PLAN_RANGES(X)
#undef X
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        read_params(&drawn, &plan_sections[i], plan);
    }
    read_rooms(&drawn, plan);
    if (!config_failed(root)) {
        plan_read_events(&drawn, plan);
    }
    if (!config_failed(root)) {
        plan_read_drop(root, plan);
    }
}

static void read_plan(const cJSON *json, struct plan *plan, struct scenario **ret_scenario,
                      struct expect *expect, struct buf *why)
{
    static const char *const fields[] = {"hubbub_plan", "hubbub",   "seed",   "drop", "expect",
                                         "drawn",       "scenario", "corpus", NULL};
    const struct config root = {.object = json, .why = why};
    struct buf inner = {0};

    if (!config_has(&root, "hubbub_plan")) {
        buf_add_text(why, "hubbub_plan: expected a plan written by `hubbub run --out`, got JSON "
                          "of another kind");
        return;
    }
    if (config_int(&root, "hubbub_plan", 1, 1000000, -1) != PLAN_FORMAT && why->len == 0) {
        buf_printf(why,
                   "hubbub_plan: expected format %d, got another: run the scenario again "
                   "with this version",
                   PLAN_FORMAT);
        return;
    }
    config_only(&root, fields);
    (void)snprintf(expect->version, sizeof expect->version, "%.31s",
                   config_text(&root, "hubbub", NULL));
    read_seed(&root, plan);
    expect_read(&root, expect);
    if (!config_failed(&root)) {
        read_drawn(&root, plan);
    }
    if (!config_failed(&root)) {
        read_corpus(&root, plan);
    }
    if (config_failed(&root)) {
        return;
    }
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(json, "scenario"));
    if (text == NULL || scenario_parse(text, strlen(text), ret_scenario, &inner) != HB_OK) {
        buf_add_text(why, "scenario.");
        buf_add_text(why, inner.len > 0 ? inner.bytes : ": expected an object");
    } else {
        memcpy(plan->scenario, (*ret_scenario)->name, sizeof plan->scenario);
    }
    free(text);
    buf_deinit(&inner);
}

enum hb_err plan_read(const char *text, size_t text_len, struct plan *ret,
                      struct scenario **ret_scenario, struct expect *ret_expect, struct buf *why)
{
    struct plan plan = {0};
    struct expect expect = {.given = false};
    struct scenario *scenario = NULL;
    cJSON *json = config_parse(text, text_len, why);

    if (json != NULL) {
        read_plan(json, &plan, &scenario, &expect, why);
    }
    cJSON_Delete(json);
    if (why->len > 0) {
        plan_deinit(&plan);
        scenario_free(&scenario);
        return HB_EFIELD;
    }
    *ret = plan;
    *ret_scenario = scenario;
    if (ret_expect != NULL) {
        *ret_expect = expect;
    }
    return HB_OK;
}
