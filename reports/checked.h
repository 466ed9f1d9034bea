/* What the judge of a recorded history found, as plain data, and its writers.
 *
 *   cli fills `struct checked` from either judge --> checked_page, checked_summary, checked_story
 *
 * Texts are borrowed. */
#ifndef HUBBUB_REPORTS_CHECKED_H
#define HUBBUB_REPORTS_CHECKED_H

#include "reports/style.h"
#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/check/check.h"

struct checked_row { /* an invariant */
    const char *id, *sentence;
    struct invariant_result result;
    const char *why; /* it was not judged; else "" */
};

struct checked_sight { /* one line of somebody whom a violation involves */
    int64_t at_us;
    uint32_t person; /* column, from 0 */
    const char *verb, *what;
};

#define CHECKED_PEOPLE_MAX 4

struct checked_violation {
    const char *id, *sentence, *summary;
    int64_t at_us; /* by its recorder's clock */
    const char *file;
    uint64_t line;
    const char *room; /* "": none */
    const char *people[CHECKED_PEOPLE_MAX];
    uint32_t people_len;
    const struct checked_sight *sights; /* in the order of time */
    size_t sights_len;
};

struct checked_left_out {
    uint64_t count;
    const char *what;
};

struct checked {
    const char *version, *name; /* name: of the history */
    const char *verdict;        /* "held", "violated", "inconclusive", "harness failed" */
    int exit_code;              /* that says the same */
    const char *unclear;        /* why it proves nothing of what holds at rest, or "" */
    const char *known;          /* what is known of its violation, or "" */
    const char *promised;       /* the profile in words; NULL: the history has bounds of its own */
    uint64_t lines, devices, rooms, messages;
    int64_t first_us, last_us, wall_us;
    uint64_t peak_rss_bytes;
    const struct checked_row *rows;
    size_t rows_len;
    const struct checked_violation *violations;
    size_t violations_len;
    const struct checked_left_out *left_out;
    size_t left_out_len;
};

/* The page for a person. */
void checked_page(const struct checked *checked, const struct style *style, struct buf *out);
/* summary.json. */
void checked_summary(const struct checked *checked, struct buf *out);
/* One violation: what each whom it involves saw, side by side. */
void checked_story(const struct checked_violation *violation, const struct style *style,
                   struct buf *out);

#endif
