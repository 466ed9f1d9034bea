/* A run's result as plain data, and its writers: a page for a person, JSON for machines.
 *
 *   cli fills `struct report` from a run --> report_terminal, report_summary
 *
 * Texts are borrowed. Nothing here reads a clock, a terminal or a file: the caller says how wide
 * the page is and whether it may have colours. */
#ifndef HUBBUB_REPORTS_REPORT_H
#define HUBBUB_REPORTS_REPORT_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/check/check.h"

struct report_fault {
    const char *name;
    uint64_t planned, fired, mattered;
};

struct report_count {
    const char *name;
    uint64_t count;
};

struct report {
    const char *version, *scenario, *verdict, *why; /* why: of an inconclusive one, or "" */
    uint64_t seed;
    const char *hash; /* 32 hex digits */
    int64_t virtual_us, wall_us;
    uint64_t clients, nodes, rooms;
    uint64_t messages, deliveries, frames, events, resends, reconnects, sync_pages, transactions;
    uint64_t peak_rss_bytes;
    const struct invariant_result *invariants; /* INVARIANT_COUNT of them */
    const struct violation *violations;
    size_t violations_len;
    const struct report_fault *faults;
    size_t faults_len;
    const struct report_count *coverage;
    size_t coverage_len;
    const char *repro;   /* path of the plan; NULL: none was written */
    const char *command; /* that repeats the run */
};

/* The page of a run. */
void report_terminal(const struct report *report, bool colours, struct buf *out);

/* summary.json. */
void report_summary(const struct report *report, struct buf *out);

#endif
