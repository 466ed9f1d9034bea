/* See config.h. */
#include "sim/explore/config.h"

#include "server/base/near.h"
#include "server/protocol/json_wrong.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_BYTES_MAX 63 /* cJSON stops in the middle of a longer one */

/* The first number that cJSON does not read to its end, or NULL. */
static const struct json_token *long_number(const struct json *json)
{
    for (uint32_t i = 0; i < json->tokens_len; i++) {
        if (json->tokens[i].kind == JSON_NUMBER && json->tokens[i].len > NUMBER_BYTES_MAX) {
            return &json->tokens[i];
        }
    }
    return NULL;
}

cJSON *config_parse(const char *text, size_t text_len, struct buf *why)
{
    struct json json;
    cJSON *ret = NULL;
    const enum hb_err err = json_read(&json, text, text_len);
    const struct json_token *number = err == HB_OK ? long_number(&json) : NULL;

    buf_clear(why);
    if (err != HB_OK) {
        json_tell(&json, text_len, err, why);
    } else if (number != NULL) {
        json_tell_place(text, number->from, 1, why);
        buf_printf(why, "a number of %u characters: expected at most %d", (unsigned)number->len,
                   NUMBER_BYTES_MAX);
    } else if (json.tokens[0].kind != JSON_OBJECT) {
        json_tell_place(text, json.tokens[0].from, 1, why);
        buf_add_text(why, "expected a JSON object");
    } else {
        ret = cJSON_ParseWithLength(text, text_len);
        HB_ASSERT(ret != NULL); /* what we accept, it accepts: fuzz_json */
    }
    json_deinit(&json);
    return ret;
}

static const cJSON *item_of(const struct config *config, const char *field)
{
    const cJSON *item = NULL;
    if (config->over != NULL) {
        item = cJSON_GetObjectItemCaseSensitive(config->over, field);
    }
    return item != NULL ? item : cJSON_GetObjectItemCaseSensitive(config->object, field);
}

bool config_failed(const struct config *config)
{
    return config->why->len > 0;
}

static void add_value(struct buf *why, const cJSON *item)
{
    if (item == NULL) {
        buf_add_text(why, "nothing");
    } else if (cJSON_IsString(item)) {
        const size_t len = strlen(item->valuestring);
        buf_add_json(why, item->valuestring, len < 60 ? len : 60);
    } else if (cJSON_IsArray(item)) {
        buf_add_text(why, "an array");
    } else if (cJSON_IsObject(item)) {
        buf_add_text(why, "an object");
    } else if (cJSON_IsBool(item)) {
        buf_add_text(why, cJSON_IsTrue(item) ? "true" : "false");
    } else if (cJSON_IsNumber(item) && item->valuedouble > -1e15 && item->valuedouble < 1e15 &&
               (double)(int64_t)item->valuedouble == item->valuedouble) {
        buf_add_i64(why, (int64_t)item->valuedouble);
    } else {
        buf_add_text(why, cJSON_IsNumber(item) ? "another number" : "null");
    }
}

static void fail_at(const struct config *config, const char *path, const char *expected,
                    const cJSON *got)
{
    if (config_failed(config)) {
        return;
    }
    buf_add_text(config->why, path);
    buf_add_text(config->why, ": expected ");
    buf_add_text(config->why, expected);
    buf_add_text(config->why, ", got ");
    add_value(config->why, got);
}

static void path_of(const struct config *config, const char *field, char ret[CONFIG_PATH_MAX])
{
    (void)snprintf(ret, CONFIG_PATH_MAX, "%.100s%s%.50s", config->path,
                   config->path[0] != 0 ? "." : "", field);
}

void config_fail(const struct config *config, const char *field, const char *expected)
{
    char path[CONFIG_PATH_MAX];
    path_of(config, field, path);
    fail_at(config, path, expected, item_of(config, field));
}

/* What an array's entry has, and its path. */
static const cJSON *entry_of(const struct config *config, const char *field, uint32_t index,
                             char ret[CONFIG_PATH_MAX + 16])
{
    char path[CONFIG_PATH_MAX];
    path_of(config, field, path);
    (void)snprintf(ret, CONFIG_PATH_MAX + 16, "%s[%u]", path, (unsigned)index);
    return cJSON_GetArrayItem(item_of(config, field), (int)index);
}

void config_fail_entry(const struct config *config, const char *field, uint32_t index,
                       const char *expected)
{
    char path[CONFIG_PATH_MAX + 16];
    const cJSON *item = entry_of(config, field, index, path);
    fail_at(config, path, expected, item);
}

void config_mean(const struct config *config, const char *said, const char *const *among,
                 size_t among_len)
{
    HB_ASSERT(config_failed(config));
    near_tell(config->why, text_of(said), among, among_len);
}

/* Most JSON that people write has no other place for one. */
static bool is_comment(const cJSON *item)
{
    return strncmp(item->string, "//", 2) == 0 && cJSON_IsString(item);
}

static void only(const struct config *config, const cJSON *object, const char *const *fields)
{
    size_t len = 0;
    while (fields[len] != NULL) {
        len++;
    }
    for (const cJSON *item = object != NULL ? object->child : NULL;
         item != NULL && !config_failed(config); item = item->next) {
        size_t i = 0;
        while (i < len && strcmp(fields[i], item->string) != 0) {
            i++;
        }
        if (i < len || is_comment(item)) {
            continue;
        }
        char path[CONFIG_PATH_MAX];
        path_of(config, item->string, path);
        buf_printf(config->why, "%s: unknown field", path);
        for (i = 0; i < len; i++) {
            buf_add_text(config->why, i > 0 ? ", " : "; expected one of ");
            buf_add_text(config->why, fields[i]);
        }
        near_tell(config->why, text_of(item->string), fields, len);
    }
}

void config_only(const struct config *config, const char *const *fields)
{
    only(config, config->object, fields);
    only(config, config->over, fields);
}

bool config_has(const struct config *config, const char *field)
{
    return item_of(config, field) != NULL;
}

const char *config_text(const struct config *config, const char *field, const char *fallback)
{
    const cJSON *item = item_of(config, field);
    if (item == NULL && fallback != NULL) {
        return fallback;
    }
    if (item == NULL || !cJSON_IsString(item) || item->valuestring[0] == 0) {
        config_fail(config, field, "a text");
        return fallback != NULL ? fallback : "";
    }
    return item->valuestring;
}

/* --- Numbers and durations ------------------------------------------------------------------ */

static bool int_of(const cJSON *item, int64_t low, int64_t high, int64_t *ret)
{
    if (item == NULL || !cJSON_IsNumber(item) || !(item->valuedouble >= (double)low) ||
        !(item->valuedouble <= (double)high)) {
        return false;
    }
    *ret = (int64_t)item->valuedouble;
    return (double)*ret == item->valuedouble;
}

static void int_expected(int64_t low, int64_t high, char ret[96])
{
    (void)snprintf(ret, 96, "an integer from %" PRId64 " to %" PRId64, low, high);
}

int64_t config_int(const struct config *config, const char *field, int64_t low, int64_t high,
                   int64_t fallback)
{
    const cJSON *item = item_of(config, field);
    int64_t value = fallback;
    char expected[96];
    if (item == NULL && fallback >= low) {
        return fallback;
    }
    if (item == NULL || !int_of(item, low, high, &value)) {
        int_expected(low, high, expected);
        config_fail(config, field, expected);
        return low;
    }
    return value;
}

bool duration_parse(const char *text, int64_t *ret_us)
{
    static const struct {
        const char *word;
        int64_t us;
    } units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000}};
    const bool minus = text[0] == '-';
    const char *at = text + (minus || text[0] == '+');
    int64_t value = 0;
    uint32_t digits = 0;

    for (; *at >= '0' && *at <= '9' && digits < 13; at++, digits++) {
        value = value * 10 + (*at - '0');
    }
    for (size_t i = 0; digits > 0 && i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(at, units[i].word) == 0 && value <= INT64_MAX / 4 / units[i].us) {
            *ret_us = (minus ? -value : value) * units[i].us;
            return true;
        }
    }
    return false;
}

static bool duration_of(const cJSON *item, int64_t low, int64_t high, int64_t *ret,
                        char expected[96])
{
    char from[PARAM_TEXT_BYTES];
    char to[PARAM_TEXT_BYTES];
    if (item == NULL || !cJSON_IsString(item) || !duration_parse(item->valuestring, ret)) {
        (void)snprintf(expected, 96, "a duration such as \"5s\"");
        return false;
    }
    if (*ret < low || *ret > high) {
        duration_text(low, from);
        duration_text(high, to);
        (void)snprintf(expected, 96, "a duration from %s to %s", from, to);
        return false;
    }
    return true;
}

int64_t config_duration(const struct config *config, const char *field, int64_t low, int64_t high,
                        int64_t fallback)
{
    const cJSON *item = item_of(config, field);
    int64_t value = low;
    char expected[96];
    if (item == NULL && fallback >= low) {
        return fallback;
    }
    if (!duration_of(item, low, high, &value, expected)) {
        config_fail(config, field, expected);
        return low;
    }
    return value;
}

typedef bool value_reader(const cJSON *item, int64_t low, int64_t high, int64_t *ret,
                          char expected[96]);

static bool int_reader(const cJSON *item, int64_t low, int64_t high, int64_t *ret,
                       char expected[96])
{
    int_expected(low, high, expected);
    return int_of(item, low, high, ret);
}

static struct range range_of(const struct config *config, const char *field,
                             const struct range *limits, struct range fallback,
                             value_reader *reader)
{
    const cJSON *item = item_of(config, field);
    struct range range = {limits->low, limits->low};
    char expected[96];

    if (item == NULL && fallback.low <= fallback.high) {
        return fallback;
    }
    if (!cJSON_IsArray(item)) {
        if (item == NULL || !reader(item, limits->low, limits->high, &range.low, expected)) {
            if (item == NULL) {
                (void)reader(NULL, limits->low, limits->high, &range.low, expected);
            }
            config_fail(config, field, expected);
        }
        range.high = range.low;
        return range;
    }
    if (cJSON_GetArraySize(item) != 2) {
        config_fail(config, field, "one value, or an array of two: [low, high]");
        return range;
    }
    int64_t *ends[] = {&range.low, &range.high};
    for (int i = 0; i < 2; i++) {
        const cJSON *end = cJSON_GetArrayItem(item, i);
        if (!reader(end, limits->low, limits->high, ends[i], expected)) {
            char path[CONFIG_PATH_MAX];
            char at[CONFIG_PATH_MAX + 16];
            path_of(config, field, path);
            (void)snprintf(at, sizeof at, "%s[%d]", path, i);
            fail_at(config, at, expected, end);
            return (struct range){limits->low, limits->low};
        }
    }
    if (range.low > range.high) {
        config_fail(config, field, "[low, high] with low <= high");
        range.high = range.low;
    }
    return range;
}

struct range config_durations(const struct config *config, const char *field, int64_t low,
                              int64_t high, struct range fallback)
{
    return range_of(config, field, &(struct range){low, high}, fallback, duration_of);
}

struct range config_ints(const struct config *config, const char *field, int64_t low, int64_t high,
                         struct range fallback)
{
    return range_of(config, field, &(struct range){low, high}, fallback, int_reader);
}

/* --- Objects and arrays --------------------------------------------------------------------- */

struct config config_object(const struct config *config, const char *field)
{
    const cJSON *item = item_of(config, field);
    struct config child = {.object = item, .why = config->why};
    path_of(config, field, child.path);
    if (item != NULL && !cJSON_IsObject(item)) {
        config_fail(config, field, "an object");
        child.object = NULL;
    }
    return child;
}

uint32_t config_array_len(const struct config *config, const char *field)
{
    const cJSON *item = item_of(config, field);
    if (item != NULL && !cJSON_IsArray(item)) {
        config_fail(config, field, "an array");
        return 0;
    }
    return item != NULL ? (uint32_t)cJSON_GetArraySize(item) : 0;
}

struct config config_array_at(const struct config *config, const char *field, uint32_t index)
{
    const cJSON *item = cJSON_GetArrayItem(item_of(config, field), (int)index);
    struct config child = {.object = item, .why = config->why};
    char path[CONFIG_PATH_MAX];

    path_of(config, field, path);
    (void)snprintf(child.path, sizeof child.path, "%.140s[%u]", path, (unsigned)index);
    if (!cJSON_IsObject(item)) {
        fail_at(config, child.path, "an object", item);
        child.object = NULL;
    }
    return child;
}

const char *config_array_text(const struct config *config, const char *field, uint32_t index)
{
    char path[CONFIG_PATH_MAX + 16];
    const cJSON *item = entry_of(config, field, index, path);
    if (!cJSON_IsString(item)) {
        fail_at(config, path, "a text", item);
        return "";
    }
    return item->valuestring;
}
