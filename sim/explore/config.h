/* Strict reading of JSON that people write: each error is one line that names the field's path and
 * what was expected. The first error counts; after it every call gives its fallback. */
#ifndef HUBBUB_SIM_EXPLORE_CONFIG_H
#define HUBBUB_SIM_EXPLORE_CONFIG_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/plan/plan.h"

struct cJSON;

#define CONFIG_PATH_MAX 160

struct config { /* an object being read; `over` is looked at first, and may be NULL */
    const struct cJSON *object, *over;
    char path[CONFIG_PATH_MAX]; /* of the object; "" for the root */
    struct buf *why;            /* where the error goes; shared by all that is below a root */
};

/* The object that `text` is, to be freed with cJSON_Delete; NULL, and `why` has line, column and the rule
 * of JSON that is broken. */
struct cJSON *config_parse(const char *text, size_t text_len, struct buf *why);

bool config_failed(const struct config *config);
/* `got` may be NULL: then what the field has is shown. */
void config_fail(const struct config *config, const char *field, const char *expected);

/* Of an entry of an array. */
void config_fail_entry(const struct config *config, const char *field, uint32_t index,
                       const char *expected);
/* Behind either of them: what was probably meant by a word that is none of `among`. */
void config_mean(const struct config *config, const char *said, const char *const *among,
                 size_t among_len);

/* Refuses fields that are not in the NULL-terminated list. One whose name begins with // is a comment: a text. */
void config_only(const struct config *config, const char *const *fields);
bool config_has(const struct config *config, const char *field);

const char *config_text(const struct config *config, const char *field, const char *fallback);
int64_t config_int(const struct config *config, const char *field, int64_t low, int64_t high,
                   int64_t fallback);
/* "5s", "250ms", "10us", "2m", with a minus where low is negative; in us. */
int64_t config_duration(const struct config *config, const char *field, int64_t low, int64_t high,
                        int64_t fallback);
/* One value, or [low, high]. */
struct range config_durations(const struct config *config, const char *field, int64_t low,
                              int64_t high, struct range fallback);
struct range config_ints(const struct config *config, const char *field, int64_t low, int64_t high,
                         struct range fallback);
/* An object below; empty and with its path if it is absent. */
struct config config_object(const struct config *config, const char *field);
/* The elements of an array of objects. */
uint32_t config_array_len(const struct config *config, const char *field);
struct config config_array_at(const struct config *config, const char *field, uint32_t index);
const char *config_array_text(const struct config *config, const char *field, uint32_t index);

/* Parses "5s"; false: it is none. */
bool duration_parse(const char *text, int64_t *ret_us);

#endif
