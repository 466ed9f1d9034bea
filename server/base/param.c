/* See param.h. */
#include "server/base/param.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t param_get(const struct param *row, const void *params)
{
    int64_t value;
    memcpy(&value, (const char *)params + row->offset, sizeof value);
    return value;
}

void param_set(const struct param *row, void *params, int64_t value)
{
    memcpy((char *)params + row->offset, &value, sizeof value);
}

const struct param *param_floor(const struct param *rows, size_t rows_len, const struct param *row)
{
    if (row->no_less_than == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < rows_len; i++) {
        if (strcmp(rows[i].word, row->no_less_than) == 0) {
            return &rows[i];
        }
    }
    HB_UNREACHABLE("a floor that is no parameter");
}

const struct param *params_wrong(const struct param *rows, size_t rows_len, const void *params)
{
    for (size_t i = 0; i < rows_len; i++) {
        const struct param *row = &rows[i];
        const struct param *floor = param_floor(rows, rows_len, row);
        const int64_t value = param_get(row, params);
        if (value < row->least || value > row->most ||
            (floor != NULL && value < param_get(floor, params))) {
            return row;
        }
    }
    return NULL;
}

void duration_text(int64_t us, char ret[PARAM_TEXT_BYTES])
{
    if (us % SECOND == 0) {
        (void)snprintf(ret, PARAM_TEXT_BYTES, "%" PRId64 "s", us / SECOND);
    } else if (us % MS == 0) {
        (void)snprintf(ret, PARAM_TEXT_BYTES, "%" PRId64 "ms", us / MS);
    } else {
        (void)snprintf(ret, PARAM_TEXT_BYTES, "%" PRId64 "us", us);
    }
}

void param_text(const struct param *row, int64_t value, char ret[PARAM_TEXT_BYTES])
{
    if (row->unit == PARAM_US) {
        duration_text(value, ret);
    } else {
        (void)snprintf(ret, PARAM_TEXT_BYTES, "%" PRId64, value);
    }
}
