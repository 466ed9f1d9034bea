/* A run's result as plain data, whatever ran it, and its writers: a page for a person, JSON for machines.
 *
 *   cli fills `struct report` from a run --> report_terminal, report_summary
 *
 * Texts are borrowed. Nothing here reads a clock, a terminal or a file: the caller says how wide
 * the page is and what it is written for. */
#ifndef HUBBUB_REPORTS_REPORT_H
#define HUBBUB_REPORTS_REPORT_H

#include "reports/style.h"
#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/check/verdict.h"

struct report {
    const char *version, *scenario;
    uint64_t seed;
    const char *hash; /* 32 hex digits */
    int64_t wall_us;
    uint64_t clients, nodes, rooms;
    uint64_t peak_rss_bytes;
    const struct judgement *judgement;
    const struct tally *tally;
    const char *repro;   /* path of the plan; NULL: none was written */
    const char *command; /* that repeats the run */
    const char *form;    /* "small" or "full" */
    /* How it ended: the same in words and as the exit code, here and on the page. */
    const char *verdict;             /* "held", "violated", "inconclusive", "harness failed" */
    const char *failed;              /* what failed in the harness, or "" */
    const char *replay, *replay_why; /* of a plan that expects something: "same", or "" */
    const char *known;               /* what is known of its violation, or "" */
    int exit_code;
};

/* The page of a run. */
void report_terminal(const struct report *report, const struct style *style, struct buf *out);

/* summary.json. */
void report_summary(const struct report *report, struct buf *out);

#endif
