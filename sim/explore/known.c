/* Known failures: the list read, and what is met held against it. See known.h. */
#include "sim/explore/known.h"

#include "server/protocol/json.h"
#include "sim/explore/config.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_LEN 10 /* "2026-12-31" */

struct known_entry {
    enum known_what what;
    char *name, *reason; /* owned */
    bool one_seed, strict, over;
    uint64_t seed;
    enum invariant invariant;
    char until[DAY_LEN + 1];
    uint64_t occurred, passed; /* of the subjects met */
};

struct known {
    struct known_entry *entries;
    uint32_t len;
};

static const char *const whats[KNOWN_WHAT_COUNT] = {"scenario", "plan", "history"};

/* --- Reading -------------------------------------------------------------------------------- */

static int digits(const char *text, int len)
{
    int value = 0;
    for (int i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool is_day(const char *text)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != DAY_LEN || text[4] != '-' || text[7] != '-') {
        return false;
    }
    const int year = digits(text, 4);
    const int month = digits(text + 5, 2);
    const int day = digits(text + 8, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1]) {
        return false;
    }
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month != 2 || day < 29 || leap;
}

/* One line of text, owned; else what is wrong is told. */
static char *line_of(const struct config *config, const char *field)
{
    const char *text = config_text(config, field, NULL);
    for (const char *at = text; *at != 0; at++) {
        if ((unsigned char)*at < ' ') {
            config_fail(config, field, "one line of text");
            break;
        }
    }
    return hb_strndup(text, strlen(text));
}

/* Which of scenario, plan and history it is about: just one. */
static void read_subject(const struct config *config, struct known_entry *entry)
{
    const cJSON *seed = cJSON_GetObjectItemCaseSensitive(config->object, "seed");
    uint32_t count = 0;

    for (int i = 0; i < KNOWN_WHAT_COUNT; i++) {
        if (config_has(config, whats[i])) {
            entry->what = (enum known_what)i;
            count++;
        }
    }
    if (count != 1) {
        config_fail(config, count == 0 ? "scenario" : whats[entry->what],
                    "one of \"scenario\", \"plan\" and \"history\"");
        return;
    }
    entry->name = line_of(config, whats[entry->what]);
    entry->one_seed = config_has(config, "seed");
    if (entry->one_seed && entry->what != KNOWN_SCENARIO) {
        config_fail(config, "seed", "nothing: only a scenario has seeds");
    } else if (entry->one_seed && cJSON_IsNumber(seed)) {
        entry->seed = (uint64_t)config_int(config, "seed", 0, INT64_C(1) << 53, -1);
    } else if (entry->one_seed) {
        const char *text = config_text(config, "seed", NULL);
        char back[32];
        entry->seed = strtoull(text, NULL, 10);
        (void)snprintf(back, sizeof back, "%" PRIu64, entry->seed);
        if (strcmp(back, text) != 0) {
            config_fail(config, "seed", "an integer, as text from 2^53 on");
        }
    }
}

static void read_entry(const struct config *config, const char *today, struct known_entry *entry)
{
    static const char *const fields[] = {"scenario", "plan",   "history", "seed", "invariant",
                                         "until",    "reason", "strict",  NULL};
    config_only(config, fields);
    read_subject(config, entry);
    const char *id = config_text(config, "invariant", NULL);
    if (!invariant_find(id, &entry->invariant)) {
        config_fail(config, "invariant", "the id of an invariant (hubbub list)");
    }
    const char *until = config_text(config, "until", NULL);
    if (!is_day(until)) {
        config_fail(config, "until", "a day such as \"2026-12-31\"");
    }
    (void)snprintf(entry->until, sizeof entry->until, "%.10s", until);
    entry->over = strcmp(entry->until, today) < 0;
    entry->reason = line_of(config, "reason");
    if (config_has(config, "strict")) {
        const cJSON *strict = cJSON_GetObjectItemCaseSensitive(config->object, "strict");
        entry->strict = cJSON_IsTrue(strict);
        if (!cJSON_IsBool(strict)) {
            config_fail(config, "strict", "true or false");
        }
    }
}

static void read_list(const cJSON *json, const char *today, struct known *known, struct buf *why)
{
    static const char *const fields[] = {"known", "note", NULL};
    const struct config root = {.object = json, .why = why};

    config_only(&root, fields);
    if (!config_has(&root, "known")) {
        config_fail(&root, "known", "an array");
    }
    const uint32_t len = config_array_len(&root, "known");
    if (len > KNOWN_MAX) {
        config_fail(&root, "known", "at most 1000 entries");
    }
    if (config_failed(&root)) {
        return;
    }
    known->entries = hb_calloc(len, sizeof *known->entries);
    for (uint32_t i = 0; i < len && !config_failed(&root); i++) {
        const struct config item = config_array_at(&root, "known", i);
        known->len++;
        if (!config_failed(&root)) {
            read_entry(&item, today, &known->entries[i]);
        }
    }
}

enum hb_err known_read(const char *text, size_t text_len, const char *today, struct known **ret,
                       struct buf *why)
{
    struct known *known = hb_calloc(1, sizeof *known);
    char *copy = hb_strndup(text, text_len);
    const bool strict = json_check(copy, text_len) == HB_OK;
    cJSON *json = strict ? cJSON_ParseWithLengthOpts(copy, text_len + 1, NULL, 1) : NULL;

    HB_ASSERT(is_day(today));
    free(copy);
    buf_clear(why);
    if (!cJSON_IsObject(json)) {
        buf_add_text(why, "expected a JSON object");
    } else {
        read_list(json, today, known, why);
    }
    cJSON_Delete(json);
    if (why->len > 0) {
        known_free(&known);
        return HB_EFIELD;
    }
    *ret = known;
    return HB_OK;
}

void known_free(struct known **known)
{
    if (*known == NULL) {
        return;
    }
    for (uint32_t i = 0; i < (*known)->len; i++) {
        free((*known)->entries[i].name);
        free((*known)->entries[i].reason);
    }
    free((*known)->entries);
    free(*known);
    *known = NULL;
}

/* --- Meeting -------------------------------------------------------------------------------- */

/* The whole path, or its end. */
static bool path_matches(const char *name, const char *path)
{
    const size_t name_len = strlen(name);
    const size_t path_len = strlen(path);
    return path_len >= name_len && strcmp(path + path_len - name_len, name) == 0 &&
           (path_len == name_len || path[path_len - name_len - 1] == '/');
}

static bool is_about(const struct known_entry *entry, const struct known_subject *subject)
{
    if (entry->what != subject->what || (entry->one_seed && entry->seed != subject->seed)) {
        return false;
    }
    for (uint32_t i = 0; i < subject->names_len; i++) {
        if (entry->what == KNOWN_SCENARIO ? strcmp(entry->name, subject->names[i]) == 0
                                          : path_matches(entry->name, subject->names[i])) {
            return true;
        }
    }
    return false;
}

/* The entry for a violated invariant: one that counts before one whose day is over. */
static const struct known_entry *listed(struct known *known, const struct known_subject *subject,
                                        enum invariant invariant)
{
    const struct known_entry *found = NULL;
    for (uint32_t i = 0; i < known->len; i++) {
        struct known_entry *entry = &known->entries[i];
        if (entry->invariant != invariant || !is_about(entry, subject)) {
            continue;
        }
        entry->occurred += subject->states[invariant] == JUDGED_VIOLATED;
        entry->passed += subject->states[invariant] == JUDGED_HELD;
        if (found == NULL || (found->over && !entry->over)) {
            found = entry;
        }
    }
    return found;
}

enum known_end known_meet(struct known *known, const struct known_subject *subject,
                          char ret_why[KNOWN_WHY_MAX])
{
    const struct known_entry *told = NULL;
    bool all = true;

    ret_why[0] = 0;
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        const struct known_entry *entry = listed(known, subject, (enum invariant)i);
        if (subject->states[i] != JUDGED_VIOLATED) {
            continue;
        }
        all = all && entry != NULL;
        if (entry != NULL && (told == NULL || (entry->over && !told->over))) {
            told = entry;
        }
    }
    if (!all || told == NULL) {
        return KNOWN_NOT;
    }
    (void)snprintf(ret_why, KNOWN_WHY_MAX, "%s, known until %s%s: %.240s",
                   invariant_info(told->invariant)->id, told->until,
                   told->over ? ", which is over" : "", told->reason);
    return told->over ? KNOWN_OVER : KNOWN_IS;
}

uint32_t known_tell(const struct known *known, struct buf *out)
{
    uint32_t strict = 0;

    for (uint32_t i = 0; i < known->len; i++) {
        const struct known_entry *entry = &known->entries[i];
        const bool passed = entry->occurred == 0 && entry->passed > 0;
        strict += passed && entry->strict;
        if (out == NULL) {
            continue;
        }
        const char *id = invariant_info(entry->invariant)->id;
        if (passed) {
            buf_printf(out,
                       "Unexpected pass: %s of %s is known to fail, and held in each of %" PRIu64
                       " cases that judged it: is known[%u] still needed?%s\n",
                       id, entry->name, entry->passed, (unsigned)i,
                       entry->strict ? " It is strict: exit code 4" : "");
        } else if (entry->over && entry->occurred > 0) {
            buf_printf(out, "Known until %s, which is over: %s of %s (known[%u]: ", entry->until,
                       id, entry->name, (unsigned)i);
            buf_add_text(out, entry->reason);
            buf_add_text(out, "): it counts again\n");
        }
    }
    return strict;
}
