/* summary.json of a swarm: its totals, and each seed that did not hold. */
#ifndef HUBBUB_REPORTS_SWARM_H
#define HUBBUB_REPORTS_SWARM_H

#include "server/base/base.h"
#include "server/base/mem.h"

struct swarm_failure {
    uint64_t seed;
    const char *invariant; /* of its first violation; or "inconclusive" */
    const char *summary;
    const char *repro; /* path of its plan; "": none was written */
};

struct swarm_report { /* texts are borrowed */
    const char *version, *scenario, *verdict;
    const char *hash; /* 32 hex digits: of all seeds, in their order */
    uint64_t seeds_run, messages, deliveries, events, frames;
    int64_t wall_us;
};

/* The head, up to the failures; each failure, in order of seeds; the end. */
void swarm_begin(const struct swarm_report *report, struct buf *out);
void swarm_failure(const struct swarm_failure *failure, bool first, struct buf *out);
void swarm_finish(struct buf *out);

#endif
