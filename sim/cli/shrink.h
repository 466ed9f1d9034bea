/* The inside of `hubbub shrink`: candidates over forked workers, and what is left as a page and as JSON.
 *
 *   shrink_oracle.c   plans side by side in forked workers (sim/pool), until a time or a signal ends it
 *   shrink_page.c     what is left, for a person and as certificate.json
 *   shrink_plan.c     one plan shrunk: its files, its page
 *   cmd_shrink.c      the command */
#ifndef HUBBUB_SIM_CLI_SHRINK_H
#define HUBBUB_SIM_CLI_SHRINK_H

#include "sim/cli/replay.h"
#include "sim/shrink/shrink.h"

#define SHRINK_RUN_US (60 * SECOND) /* for one run, of wall time, unless --timeout says more */

struct shrink_task { /* one plan to shrink */
    const struct args *args;
    const char *title; /* "hubbub shrink" */
    const char *file;  /* of the plan */
    const struct loaded_plan *loaded;
    int32_t invariant; /* to fail for; -1: what the plan expects, or the first */
    const char *under; /* a folder within that of --out, with its /; "" */
};

/* What the oracle holds. */
struct shrink_ask_state {
    const struct plan *plans;
    const struct reason *wanted;
    int32_t invariant;
    uint32_t jobs;
    int64_t run_us,
        until_us; /* of a run; when all is over, by the monotonic clock: INT64_MAX: never */
    bool progress, timed_out, broken;
    uint64_t runs;
    uint64_t events_max; /* of one run; 0: the first is not done */
    struct plan_size left;
    uint64_t messages;
    int64_t told_us, started_us;
    int *errors; /* files that take the standard errors of runs, by plan */
};

/* --- shrink_oracle.c: of struct shrink_oracle; the user is a struct shrink_ask_state */
uint32_t shrink_ask(void *user, const struct plan *plans, uint32_t plans_len,
                    const struct reason *wanted, uint64_t messages_max, struct shrink_run *ret);
void shrink_told(void *user, const struct plan *best, const struct shrink_run *run, uint64_t runs);

/* --- shrink_page.c */
struct shrink_ending { /* all that is told */
    const struct shrink_task *task;
    const struct shrink_result *result;
    int64_t wall_us;
    const char *early; /* why it ended before; "" */
    const char *repro; /* the command that replays it; "" */
};
void shrink_page(const struct shrink_ending *ending, struct buf *out);
void shrink_line(const struct shrink_ending *ending, struct buf *out);
void shrink_json(const struct shrink_ending *ending, struct buf *out);

/* --- shrink_plan.c */
/* Shrinks, writes plan.json, certificate.json and the plans of other reasons, and prints what is left. 0: it is
 * smaller or as small as can be, and fails. */
enum exit_code shrink_one(const struct shrink_task *task);

#endif
