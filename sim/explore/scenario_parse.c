/* Parsing of scenarios. See scenario.h. */
#include "server/protocol/frame.h"
#include "server/protocol/json.h"
#include "sim/explore/scenario_faults.h"
#include "sim/world/world.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct range one(int64_t value)
{
    return (struct range){value, value};
}

static void parse_latency(const struct config *root, struct form *form)
{
    static const char *const fields[] = {"client", "publish", "redis", "database", NULL};
    const struct config latency = config_object(root, "latency");
    config_only(&latency, fields);
    form->client_latency_us =
        config_durations(&latency, "client", 0, 10000000, (struct range){5000, 50000});
    form->publish_latency_us = config_durations(&latency, "publish", 0, 10000000, one(1000));
    form->redis_latency_us =
        config_durations(&latency, "redis", 0, 10000000, (struct range){1000, 5000});
    form->database_latency_us =
        config_durations(&latency, "database", 0, 10000000, (struct range){1000, 5000});
}

static void parse_section(const struct config *root, const struct plan_section *section,
                          struct range *ret)
{
    const struct config object = config_object(root, section->word);
    const char *fields[PLAN_PARAMS_MAX + 1] = {NULL};

    for (size_t i = 0; i < section->rows_len; i++) {
        fields[i] = section->rows[i].word;
    }
    config_only(&object, fields);
    for (size_t i = 0; i < section->rows_len; i++) {
        const struct param *row = &section->rows[i];
        ret[i] =
            row->unit == PARAM_US
                ? config_durations(&object, row->word, row->least, row->most, one(row->simulated))
                : config_ints(&object, row->word, row->least, row->most, one(row->simulated));
        const struct param *floor = param_floor(section->rows, section->rows_len, row);
        if (floor != NULL && ret[i].low < ret[floor - section->rows].high) {
            char expected[64];
            (void)snprintf(expected, sizeof expected, "no less than %.40s", floor->word);
            config_fail(&object, row->word, expected);
        }
    }
}

static void parse_form(const struct config *root, struct form *form)
{
    static const char *const workload_fields[] = {"send", "corpus", NULL};
    static const char *const send_fields[] = {"every", NULL};

    form->clients = (uint32_t)config_int(root, "clients", 1, PLAN_CLIENTS_MAX, 0);
    form->devices_per_user = (uint32_t)config_int(root, "devicesPerUser", 1, PLAN_DEVICES_MAX, 1);
    form->rooms = (uint32_t)config_int(root, "rooms", 1, PLAN_ROOMS_MAX, 0);
    form->members_per_room = (uint32_t)config_int(root, "membersPerRoom", 1, PLAN_CLIENTS_MAX, 0);
    form->posters = (uint32_t)config_int(root, "posters", 0, PLAN_CLIENTS_MAX, 0);
    form->nodes = (uint32_t)config_int(root, "nodes", 1, PLAN_NODES_MAX, 0);
    form->duration_us = config_duration(root, "duration", 1000000, HOUR, 0);
    form->settle_us = config_duration(root, "settle", 1000000, HOUR, 30000000);
    form->connect_spread_us = config_duration(root, "connectSpread", 0, HOUR, 2000000);
    const struct config workload = config_object(root, "workload");
    config_only(&workload, workload_fields);
    const struct config send = config_object(&workload, "send");
    config_only(&send, send_fields);
    form->send_every_us = config_durations(&send, "every", 10000, HOUR, one(0));
    parse_latency(root, form);
    for (size_t i = 0; i < PLAN_SECTIONS; i++) {
        parse_section(root, &plan_sections[i], form->params[i]);
    }
    if (!config_failed(root)) {
        faults_parse(root, form);
    }
    const uint32_t users =
        form->clients / (form->devices_per_user > 0 ? form->devices_per_user : 1);
    if (!config_failed(root) && form->clients % form->devices_per_user != 0) {
        config_fail(root, "devicesPerUser", "a divisor of clients: each is a device of a user");
    }
    if (!config_failed(root) && form->members_per_room > users) {
        config_fail(root, "membersPerRoom", "no more members of a room than users");
    }
    if (!config_failed(root) && form->posters >= form->clients) {
        config_fail(root, "posters", "fewer posters than clients: the others read");
    }
    if (!config_failed(root) &&
        (uint64_t)form->rooms * form->members_per_room > (uint64_t)users * ROOMS_PER_USER_MAX) {
        config_fail(root, "rooms", "no more than 256 rooms a user");
    }
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
            config_fail(root, "mustReach",
                        "names of coverage points or faults (hubbub list coverage)");
            return;
        }
        scenario->must_reach[scenario->must_reach_len++] = known;
    }
}

static void parse(const cJSON *json, struct scenario *scenario, struct buf *why)
{
    static const char *const fields[] = {
        "$schema", "name",           "description", "clients", "devicesPerUser",
        "rooms",   "membersPerRoom", "posters",     "nodes",   "duration",
        "settle",  "connectSpread",  "workload",    "latency", "server",
        "client",  "faults",         "mustReach",   "small",   NULL};
    static const char *const small_fields[] = {
        "clients", "devicesPerUser", "rooms",  "membersPerRoom", "posters",
        "nodes",   "duration",       "settle", "connectSpread",  "workload",
        "latency", "server",         "client", "faults",         NULL};
    const struct config root = {.object = json, .why = why};

    config_only(&root, fields);
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
        config_only(&small, small_fields);
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
    char *copy = hb_strndup(text, text_len);
    const enum hb_err scanned = json_check(copy, text_len);
    cJSON *json = scanned == HB_OK ? cJSON_ParseWithLengthOpts(copy, text_len + 1, NULL, 1) : NULL;
    free(copy);
    buf_clear(why);
    if (json == NULL || !cJSON_IsObject(json)) {
        cJSON_Delete(json);
        buf_add_text(why, scanned == HB_EDEPTH ? "JSON nested too deep"
                                               : "expected a JSON object (RFC 8259, no comments, "
                                                 "no trailing commas, no duplicate keys)");
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
