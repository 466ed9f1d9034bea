/* What can be tuned, as rows: one for each field of a struct of integers. Defaults, ranges, files,
 * lists and draws are loops over rows, so that a new parameter is a field and a row.
 *
 * Pure. */
#ifndef HUBBUB_SERVER_BASE_PARAM_H
#define HUBBUB_SERVER_BASE_PARAM_H

#include "server/base/base.h"

enum param_unit {
    PARAM_US, /* people write a duration, such as "250ms" */
    PARAM_MS, /* in this unit and the others: a plain integer */
    PARAM_S,
    PARAM_COUNT
};

struct param {
    const char *word;      /* what a scenario calls it */
    const char *plan_word; /* what a plan calls it: there it is a plain integer */
    const char *what;      /* what it does, for lists */
    size_t offset;         /* of its int64_t in the struct */
    enum param_unit unit;
    int64_t least, most;
    int64_t production;              /* in hubbubd */
    int64_t simulated;               /* in a scenario that does not say */
    int64_t swarm_least, swarm_most; /* what swarms draw it from, where a scenario does not say;
                                        equal: they do not */
    const char
        *no_less_than; /* the word of an earlier row of the same struct; NULL: free of others */
};

int64_t param_get(const struct param *row, const void *params);
void param_set(const struct param *row, void *params, int64_t value);
/* The row that `no_less_than` names, or NULL. */
const struct param *param_floor(const struct param *rows, size_t rows_len, const struct param *row);
/* The first row whose value is out of its range or below its floor; NULL: all are good. */
const struct param *params_wrong(const struct param *rows, size_t rows_len, const void *params);

/* Enough for any value of any unit. */
#define PARAM_TEXT_BYTES 32
/* The value as people write it: "250ms", "64". */
void param_text(const struct param *row, int64_t value, char ret[PARAM_TEXT_BYTES]);
/* "5s", "250ms", "-10us". */
void duration_text(int64_t us, char ret[PARAM_TEXT_BYTES]);

#endif
