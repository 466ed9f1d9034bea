/* summary.json of a swarm: its totals, and each seed that did not hold. */
#ifndef HUBBUB_REPORTS_SWARM_H
#define HUBBUB_REPORTS_SWARM_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/check/check.h"

struct swarm_failure {
    uint64_t seed;
    const char *scenario, *file; /* its name, and where it stands */
    const char *form;            /* "small" or "full" */
    const char *end;             /* "violated", "stuck", "inconclusive", ... */
    const char *invariant;       /* of its first violation, or "" */
    const char *group;           /* the name of the group that it is in */
    const char *summary;
    const char *repro;    /* path of its plan */
    const char *command;  /* that repeats it */
    const bool *violated; /* of INVARIANT_COUNT, by enum invariant */
};

struct swarm_group {   /* red seeds of one cause, as far as it shows */
    const char *name;  /* the rule, and how far its rows came */
    const bool *rules; /* of INVARIANT_COUNT: broken in it */
    uint64_t seeds, first_seed, smallest_seed, events; /* events: of the smallest */
    const char *summary, *repro, *command;             /* the same */
};

struct swarm_invariant {           /* over the seeds that were judged */
    uint64_t states[JUDGED_COUNT]; /* seeds by enum judged */
    int64_t margin_permille;       /* the largest; -1: it has no bound, or no seed came to use it */
};

struct swarm_report { /* texts are borrowed */
    const char *version, *scenario;
    const char *verdict; /* that says the same as the exit code */
    int exit_code;
    const char *hash;            /* 32 hex digits: of the seeds that are done, in their order */
    const char *form;            /* "both", "small", "full" */
    const char *early;           /* what ended it before its last seed, or "" */
    bool interrupted;            /* by a signal */
    uint64_t seed_from, seed_to; /* of each scenario */
    uint64_t seeds_planned, seeds_run, seeds_full; /* of all scenarios */
    uint64_t held, violated, inconclusive, harness_failed;
    uint64_t known; /* violated too, and listed: not among the violated and the failures */
    uint64_t stuck, crashed, no_memory; /* of the violated: findings without an invariant */
    uint64_t messages, deliveries, events, frames;
    int64_t wall_us;
    const char *const *never_reached; /* points and faults that no seed came to */
    size_t never_reached_len;
};

/* The head; each invariant's seeds; each failure, in order of seeds; each group; the end. */
void swarm_begin(const struct swarm_report *report, struct buf *out);
void swarm_invariants(const struct swarm_invariant invariants[INVARIANT_COUNT],
                      const struct pairs *pairs, struct buf *out);
void swarm_failure(const struct swarm_failure *failure, bool first, struct buf *out);
void swarm_groups(struct buf *out); /* they begin */
void swarm_group(const struct swarm_group *group, bool first, struct buf *out);
void swarm_finish(struct buf *out);

#endif
