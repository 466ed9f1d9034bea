/* A file to a plan. */
#include "server/protocol/frame.h"
#include "server/protocol/json.h"
#include "sim/explore/config.h"
#include "sim/explore/expect_file.h"
#include "sim/explore/plan_fields.h"
#include "sim/explore/plan_file.h"
#include "sim/explore/scenario_form.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kind of a fault, or of what a client does by itself. */
static bool kind_of_word(const char *word, size_t word_len, bool by_client, enum fault_kind *ret)
{
    return fault_find(word, word_len, ret) && (fault_row(*ret)->target == HITS_CLIENT) == by_client;
}

static void read_faults(const struct config *drawn, struct plan *plan)
{
    static const char *const fields[] = {"id", "kind", "atUs", "forUs", "node", "amount", NULL};
    static const int64_t most = INT64_C(1) << 50;
    const uint32_t len = config_array_len(drawn, "faults");

    if (len > PLAN_FAULTS_MAX) {
        config_fail(drawn, "faults", "at most 10000 faults");
        return;
    }
    plan->faults = hb_calloc(len + 1, sizeof *plan->faults);
    for (uint32_t i = 0; i < len && !config_failed(drawn); i++) {
        const struct config item = config_array_at(drawn, "faults", i);
        struct plan_fault *fault = &plan->faults[plan->faults_len++];
        config_only(&item, fields);
        fault->id = (uint32_t)config_int(&item, "id", 0, 1000000, -1);
        fault->at_us = config_int(&item, "atUs", 0, plan->duration_us - 1, -1);
        fault->for_us = config_int(&item, "forUs", 0, most, -1);
        fault->target = OBS_NONE;
        const char *kind = config_text(&item, "kind", NULL);
        if (!kind_of_word(kind, strlen(kind), false, &fault->kind)) {
            config_fail(&item, "kind", "the name of a fault (hubbub list faults)");
            return;
        }
        const struct fault_row *row = fault_row(fault->kind);
        const int64_t least = row->unit != NO_AMOUNT ? row->least : -most; /* nobody reads it */
        fault->amount = config_int(&item, "amount", least,
                                   row->unit != NO_AMOUNT ? row->most : most, least - 1);
        if (row->target == HITS_NODE) {
            fault->target = (uint32_t)config_int(&item, "node", 0, (int64_t)plan->nodes - 1, -1);
        } else if (config_has(&item, "node")) {
            config_fail(&item, "node", "nothing: this fault does not hit a node");
        }
    }
}

static void read_generators(const struct config *drawn, struct plan *plan)
{
    static const char *const fields[] = {"kind", "meanUs", "fromUs", "toUs", "awayUs", NULL};
    static const int64_t most = INT64_C(1) << 39;
    const uint32_t len = config_array_len(drawn, "generators");

    if (len > GENERATORS_MAX) {
        config_fail(drawn, "generators", "each kind of action once");
        return;
    }
    for (uint32_t i = 0; i < len && !config_failed(drawn); i++) {
        const struct config item = config_array_at(drawn, "generators", i);
        struct plan_generator *generator = &plan->generators[plan->generators_len++];
        config_only(&item, fields);
        const char *kind = config_text(&item, "kind", NULL);
        if (!kind_of_word(kind, strlen(kind), true, &generator->kind)) {
            config_fail(&item, "kind", "the name of an action");
        }
        generator->mean_us = config_int(&item, "meanUs", 1, most, -1);
        generator->from_us = config_int(&item, "fromUs", 0, plan->duration_us, -1);
        generator->to_us = config_int(&item, "toUs", 0, plan->duration_us, -1);
        generator->away_us = config_ints(&item, "awayUs", 0, most, (struct range){1, 0});
    }
}

static bool read_number(const char **at, uint32_t *ret)
{
    uint64_t value = 0;
    const char *from = *at;
    for (; **at >= '0' && **at <= '9' && *at - from < 10; (*at)++) {
        value = value * 10 + (uint64_t)(**at - '0');
    }
    *ret = (uint32_t)value;
    return *at > from && value <= UINT32_MAX;
}

/* "fault4" or "c17.send#3" */
static bool read_name(const char *name, struct plan *plan)
{
    struct plan_action_name action;
    uint32_t id;

    if (strncmp(name, "fault", 5) == 0) {
        const char *at = name + 5;
        if (!read_number(&at, &id) || *at != 0) {
            return false;
        }
        plan->drop_faults[plan->drop_faults_len++] = id;
        return true;
    }
    const char *at = name + 1;
    if (name[0] != 'c' || !read_number(&at, &action.client) || *at != '.') {
        return false;
    }
    const char *word = at + 1;
    const char *mark = strchr(word, '#');
    if (mark == NULL || !kind_of_word(word, (size_t)(mark - word), true, &action.kind)) {
        return false;
    }
    at = mark + 1;
    if (!read_number(&at, &action.n) || *at != 0) {
        return false;
    }
    plan->drop_actions[plan->drop_actions_len++] = action;
    return true;
}

static void read_drop(const struct config *root, struct plan *plan)
{
    const uint32_t len = config_array_len(root, "drop");
    plan->drop_faults = hb_calloc(len + 1, sizeof *plan->drop_faults);
    plan->drop_actions = hb_calloc(len + 1, sizeof *plan->drop_actions);
    for (uint32_t i = 0; i < len && !config_failed(root); i++) {
        if (!read_name(config_array_text(root, "drop", i), plan)) {
            config_fail(root, "drop", "names such as \"fault4\" or \"c17.send#3\"");
        }
    }
}

static void read_corpus(const struct config *root, struct plan *plan)
{
    const uint32_t len = config_array_len(root, "corpus");
    struct buf bytes = {0};

    plan->corpus = hb_calloc(len + 1, sizeof *plan->corpus);
    const cJSON *item = len > 0 ? cJSON_GetObjectItemCaseSensitive(root->object, "corpus") : NULL;
    for (item = item != NULL ? item->child : NULL; item != NULL; item = item->next) {
        const size_t line_len = cJSON_IsString(item) ? strlen(item->valuestring) : 0;
        if (line_len == 0 || line_len > CONTENT_BYTES_MAX) {
            config_fail(root, "corpus", "texts of 1 to 8192 bytes");
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
#define X(field, name, low, high) name,
        PLAN_INTS(X)
#undef X
#define X(field, name, low, high, fallback) name,
            PLAN_LATER_INTS(X)
#undef X
#define X(field, name) name,
                PLAN_RANGES(X)
#undef X
                    "faults",
        "generators"};
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

static void read_drawn(const struct config *root, struct plan *plan)
{
    const struct config drawn = config_object(root, "drawn");
    if (drawn.object == NULL) {
        config_fail(root, "drawn", "an object");
        return;
    }
    drawn_only(&drawn);
#define X(field, name, low, high)                                                                  \
    plan->field = (__typeof__(plan->field))config_int(&drawn, name, low, high, (low)-1);
    PLAN_INTS(X)
#undef X
#define X(field, name, low, high, fallback)                                                        \
    plan->field = (__typeof__(plan->field))config_int(&drawn, name, low, high, fallback);
    PLAN_LATER_INTS(X)
#undef X
#define X(field, name)                                                                             \
    plan->field = config_ints(&drawn, name, 0, INT64_C(1) << 40, (struct range){1, 0});
    PLAN_RANGES(X)
#undef X
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        read_params(&drawn, &plan_sections[i], plan);
    }
    if (!config_failed(root) && plan->clients % plan->devices_per_user != 0) {
        config_fail(&drawn, "devicesPerUser", "a divisor of clients: each is a device of a user");
    }
    if (!config_failed(root) && plan->members_per_room > plan_users(plan)) {
        config_fail(&drawn, "membersPerRoom", "no more members of a room than users");
    }
    if (!config_failed(root) && plan->posters >= plan->clients) {
        config_fail(&drawn, "posters", "fewer posters than clients: the others read");
    }
    if (!config_failed(root)) {
        read_faults(&drawn, plan);
        read_generators(&drawn, plan);
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
    read_drop(&root, plan);
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
    char *copy = hb_strndup(text, text_len);
    const bool strict = json_check(copy, text_len) == HB_OK;
    cJSON *json = strict ? cJSON_ParseWithLengthOpts(copy, text_len + 1, NULL, 1) : NULL;

    free(copy);
    buf_clear(why);
    if (!cJSON_IsObject(json)) {
        buf_add_text(why, "expected a JSON object");
    } else {
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
