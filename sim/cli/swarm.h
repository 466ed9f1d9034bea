/* The inside of `hubbub swarm`: many seeds over forked workers.
 *
 * A worker takes seeds from the parent one at a time and answers with one fixed-size line of
 * numbers; a worker that dies (a failed assertion) costs its seed, is recorded, and is replaced.
 * Results are summed in order of seeds, whatever -j, so the totals' hash depends on seeds only.
 *
 *   swarm_task.c   a seed: its plan, its run, its outcome
 *   swarm_pool.c   workers and the pipes to them
 *   swarm_end.c    all outcomes together
 *   cmd_swarm.c    the command */
#ifndef HUBBUB_SIM_CLI_SWARM_H
#define HUBBUB_SIM_CLI_SWARM_H

#include "server/base/hash.h"
#include "sim/cli/cli.h"
#include "sim/results/name.h"

#include <sys/types.h>

#define SCENARIOS_MAX 64

struct task { /* parent -> worker */
    uint32_t scenario;
    uint32_t pad;
    uint64_t seed;
};

struct outcome { /* worker -> parent */
    struct task task;
    int32_t code;      /* enum exit_code */
    int32_t invariant; /* of the first violation; -1: none */
    struct hash128 hash;
    uint64_t messages, deliveries, events, frames;
    int64_t wall_us;
    char what[200]; /* of the first violation, or why it is inconclusive */
};

struct loaded {
    const char *path;
    char name[NAME_CAP]; /* of its files: safe, and of no other scenario of this swarm */
    struct scenario *scenario;
    struct buf corpus;
};

struct worker {
    pid_t pid;
    int to, from; /* pipes; -1: not running */
    bool busy;
    struct task task;
};

struct swarm {
    struct args args;
    struct loaded loaded[SCENARIOS_MAX];
    struct outcome *outcomes; /* by (scenario, seed) in order */
    bool *done;
    uint64_t seeds, tasks, next, finished, failed;
    struct worker *workers;
    int64_t started_us, told_us;
};

/* Whether a task runs in the scenario's small form. */
bool swarm_small(const struct swarm *swarm, const struct task *task);
/* The plan of a task; false: it does not fit (one line was printed). */
bool swarm_plan(const struct swarm *swarm, const struct task *task, struct plan *ret);
void swarm_task(const struct swarm *swarm, const struct task *task, struct outcome *ret);
/* Gives each task to a worker, until all are done or no worker can be started. */
void swarm_run(struct swarm *swarm);
/* Writes repro files and the summary, and says how it went. */
enum exit_code swarm_end(const struct swarm *swarm);

#endif
