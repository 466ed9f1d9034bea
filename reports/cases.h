/* What a command did, as a list of cases: one a run, a seed or a plan. For what CI systems read.
 *
 *   cli: runs, seeds, replays --> struct report_cases --> report_junit, report_markdown,
 *                                                         report_annotations
 *
 * Texts are borrowed and may hold any bytes: each writer makes them safe for its form. */
#ifndef HUBBUB_REPORTS_CASES_H
#define HUBBUB_REPORTS_CASES_H

#include "reports/report.h"

enum case_end {
    CASE_GOOD,
    CASE_BAD,     /* an invariant was violated */
    CASE_KNOWN,   /* one was, and that is known */
    CASE_UNCLEAR, /* it proves nothing: inconclusive, diverged, the harness failed */
};

struct report_case {
    enum case_end end;
    const char *group;     /* the scenario */
    const char *name;      /* NULL: "seed" and its number */
    uint64_t seed;         /* read if there is no name */
    const char *word;      /* "held", "violated", "same", "fixed", ... */
    const char *invariant; /* the id, or "" */
    const char *message;   /* one sentence, or "" */
    const char *details;   /* lines, or "" */
    const char *file;      /* that a reader should look at: the scenario, the plan; or "" */
    const char *command;   /* that repeats it, or "" */
    const char *hash;      /* hex digits, or "" */
    int64_t wall_us;
};

struct report_cases {
    const char *version;
    const char *title; /* "hubbub swarm" */
    const struct report_case *cases;
    size_t len;
};

/* The case of one run: its first violation, or why it is inconclusive. `details` keeps the lines. */
struct report_case report_case_of(const struct report *report, const char *file,
                                  struct buf *details);

/* How many ended so. */
size_t report_cases_count(const struct report_cases *cases, enum case_end end);
/* Its name, or "seed 7"; the bytes as they are. */
void report_case_name(const struct report_case *of, struct buf *out);

#endif
