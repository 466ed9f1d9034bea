/* The inside of `hubbub swarm`: many seeds over forked workers (sim/pool).
 *
 * A place is a (scenario, seed): place = scenario * seeds + (seed - first). Results are summed in order
 * of places, whatever -j, so the totals' hash depends on scenarios and seeds only. A seed that is stuck,
 * crashes or runs out of memory is a finding like a violation: told, with its plan.
 *
 *   swarm_place.c  a seed: its form, its plan, its names in the folder
 *   swarm_task.c   its run, in a worker
 *   swarm_pace.c   how long a seed may take
 *   swarm_reach.c  what no seed came to
 *   swarm_states.c in which states of a node faults began
 *   swarm_canary.c bugs that are planted, to see whether the judge bites
 *   swarm_sums.c   what judges said of each invariant, over all seeds
 *   swarm_seeds.c  what is done, in the folder: for --resume
 *   swarm_run.c    seeds to workers, outcomes from them, until something ends it
 *   swarm_shrink.c with --shrink: each finding, made small
 *   swarm_groups.c red seeds by what they have in common
 *   swarm_groups_told.c   the same on the page and in the summary
 *   swarm_end.c    all outcomes together
 *   cmd_swarm.c    the command */
#ifndef HUBBUB_SIM_CLI_SWARM_H
#define HUBBUB_SIM_CLI_SWARM_H

#include "reports/swarm.h"
#include "server/base/hash.h"
#include "sim/cli/cli.h"
#include "sim/explore/reach.h"
#include "sim/pool/pool.h"
#include "sim/results/name.h"
#include "sim/world/stats.h"

#define SCENARIOS_MAX    64
#define SEEDS_MAX        10000000
#define PACE_SAMPLES_MAX 101
#define REACH_SEEDS      100 /* from so many seeds of a form on, what none of them reached counts */
#define NEVER_MAX        96  /* told of what was not reached */
#define NEVER_BYTES      192
#define SWARM_SHRINK_US  (60 * SECOND) /* for one finding, of wall time */
#define SEEDS_TOLD_MAX   20 /* failures that get a line at once; more are counted at the end */
#define REPRO_CAP        (NAME_CAP + 48)

/* How a seed ended, with its words in seeds.txt, for a person, and its exit code. A finding is one,
 * whether an invariant found it or the end of its process. */
#define SEED_END_MAP(X)                                                                            \
    X(SEED_HELD, "held", "held", EXIT_HELD)                                                        \
    X(SEED_VIOLATED, "violated", "violated", EXIT_VIOLATED)                                        \
    X(SEED_KNOWN, "known", KNOWN_WORD, EXIT_HELD)                                                  \
    X(SEED_STUCK, "stuck", "stuck", EXIT_VIOLATED)                                                 \
    X(SEED_CRASHED, "crashed", "crashed", EXIT_VIOLATED)                                           \
    X(SEED_NO_MEMORY, "no-memory", "out of memory", EXIT_VIOLATED)                                 \
    X(SEED_INCONCLUSIVE, "inconclusive", "inconclusive", EXIT_INCONCLUSIVE)                        \
    X(SEED_HARNESS, "harness-failed", "harness failed", EXIT_HARNESS)

enum seed_end {
#define X(name, word, text, code) name,
    SEED_END_MAP(X)
#undef X
        SEED_ENDS
};

#define CANARY_EVERY  250  /* places */
#define CANARY_PLACES 1000 /* from so many on by itself */

enum canary {
    CANARY_NONE, /* nothing was planted */
    CANARY_SEEN,
    CANARY_UNSEEN,
};

struct told {                                  /* of each invariant, by a seed's judge */
    uint8_t states[INVARIANT_COUNT];           /* enum judged */
    int32_t margins_permille[INVARIANT_COUNT]; /* -1: it has none */
    struct pairs pairs;
};

#define SHAPE_CAP 160

struct shape { /* of a violated seed: what it has in common with others (reports/shape.h) */
    char words[SHAPE_CAP];     /* behind the rule; "": nothing more is known */
    bool kin[INVARIANT_COUNT]; /* rules that are broken by the same rows, message or people too */
    uint64_t faults;           /* under way on the path, a bit a kind */
};

struct answer { /* of a worker */
    enum seed_end end;
    int32_t invariant; /* of the first violation; -1: none */
    struct hash128 hash;
    uint64_t messages, deliveries, events, frames;
    char what[400]; /* of the first violation, or why it is inconclusive */
    bool judged;
    struct told told;
    struct reach reached;
    struct course course;
    struct shape shape;
    uint16_t met[FAULT_KIND_COUNT];
    enum canary canary;
};
_Static_assert(sizeof(struct answer) <= POOL_ANSWER_BYTES_MAX,
               "an answer goes through a pipe whole");

struct outcome {
    bool done;
    enum seed_end end;
    int32_t invariant;
    bool violated[INVARIANT_COUNT]; /* as in struct swarm_failure */
    struct hash128 hash;
    uint64_t messages, deliveries, events, frames;
    int64_t wall_us;
    char *what;          /* NULL: it held */
    struct shape *shape; /* NULL: no rule was violated; owned */
};

struct pace { /* of the seeds of one form that ended by themselves, the first ones */
    int64_t sorted_us[PACE_SAMPLES_MAX];
    uint32_t len;
};

struct reached { /* by all seeds of a form that this process saw */
    struct reach what;
    uint64_t seeds;
};

struct never { /* what none of them did, and their scenario says that they can */
    char lines[NEVER_MAX][NEVER_BYTES];
    uint32_t len;
    bool enough; /* of a form with enough seeds that it counts */
};

struct loaded {
    const char *path;
    char name[NAME_CAP]; /* of its files: safe, and of no other scenario of this swarm */
    struct scenario *scenario;
    struct buf corpus;
    uint32_t full_ppm;   /* of a million seeds, so many run in full size */
    struct pace pace[2]; /* full, small */
    struct reached reached[2];
};

enum swarm_end {
    ENDED_ALL,      /* every seed is done */
    ENDED_TIME,     /* --time is over */
    ENDED_FAILURES, /* --fail-fast */
    ENDED_SIGNAL,
    ENDED_WORKERS, /* none can be started */
};

struct swarm {
    struct args args;
    struct loaded loaded[SCENARIOS_MAX];
    struct outcome *outcomes; /* by place */
    uint64_t seeds, places, next;
    uint64_t finished, failed; /* of all; now and, with --resume, before */
    uint64_t failed_now, told;
    int seeds_fd;   /* -1: there is no folder */
    bool unwritten; /* something could not be written: the harness failed */
    enum swarm_end ended;
    struct swarm_invariant invariants[INVARIANT_COUNT]; /* summed over answers */
    struct pairs pairs;                                 /* the same */
    uint64_t met[FAULT_KIND_COUNT][NODE_STATE_COUNT];   /* seeds that this process saw */
    uint64_t canaries, canaries_seen;                   /* planted, and of these seen */
    bool canary_lost;                                   /* one was not */
    uint64_t canary_place;
    int signal; /* of ENDED_SIGNAL */
    int64_t started_us, told_us;
    struct vdb *kept; /* in a worker: of its last seed */
};

const char *seed_word(enum seed_end end); /* for a person */
enum exit_code seed_code(enum seed_end end);
/* The id of its invariant, or "". */
const char *outcome_id(const struct outcome *outcome);

/* --- swarm_place.c */
uint32_t place_scenario(const struct swarm *swarm, uint64_t place);
uint64_t place_seed(const struct swarm *swarm, uint64_t place);
bool place_small(const struct swarm *swarm, uint64_t place);
/* The plan; false: it does not fit (one line was printed). */
bool place_plan(const struct swarm *swarm, uint64_t place, struct plan *ret);
/* So many of a million seeds that they are a tenth of the work: people times virtual time. False: the
 * scenario has no plan (one line was printed). */
bool full_rate(const struct swarm *swarm, uint32_t scenario, uint32_t *ret_ppm);
/* Where its plan goes in the folder. */
void place_repro(const struct swarm *swarm, uint64_t place, char ret[REPRO_CAP]);
/* What repeats it, for a shell. */
void place_command(const struct swarm *swarm, uint64_t place, struct buf *out);
/* Writes its plan, which expects what it came to. `course` may be NULL. */
bool place_write(const struct swarm *swarm, uint64_t place, const struct course *course);

/* --- swarm_task.c: of struct pool_work; `swarm` is the user */
void swarm_task(void *user, uint64_t place, void *ret_answer);
void swarm_begin_worker(void *user);

/* --- swarm_pace.c */
void pace_add(struct swarm *swarm, uint64_t place, int64_t wall_us);
int64_t pace_limit_us(const struct swarm *swarm, uint64_t place);

/* --- swarm_sums.c */
#define SUMS_STATES_CAP  160
#define SUMS_MARGINS_CAP 2048

void sums_begin(struct swarm *swarm);
/* Sets in ret_violated each that was violated. */
void sums_add(struct swarm *swarm, const struct told *told, bool ret_violated[INVARIANT_COUNT]);
/* As three words of a line. NULL: nobody judged it. */
void sums_write(const struct told *told, struct buf *out);
/* Back from these. `ret_judged`: whether somebody did. False: they are none. */
bool sums_read(const char *states, const char *margins, const char *pairs, struct told *ret,
               bool *ret_judged);

/* --- swarm_reach.c */
void reach_add(struct swarm *swarm, uint64_t place, const struct reach *reached);
void reach_never(const struct swarm *swarm, struct never *ret);

/* --- swarm_states.c */
void states_add(struct swarm *swarm, const uint16_t met[FAULT_KIND_COUNT]);
/* A line of the page; members of summary.json; DIR/states.txt. */
void states_line(const struct swarm *swarm, struct buf *out);
void states_json(const struct swarm *swarm, struct buf *out);
bool states_write(const struct swarm *swarm);

/* --- swarm_canary.c */
bool canary_wanted(const struct swarm *swarm, uint64_t place);
/* In a worker, of a plan that held. */
enum canary canary_run(const struct swarm *swarm, uint64_t place, const struct plan *plan);
void canary_add(struct swarm *swarm, uint64_t place, enum canary canary);
void canary_line(const struct swarm *swarm, struct buf *out);

/* --- swarm_seeds.c: DIR/seeds.txt */
/* Begins it, or with --resume takes over what is in it. Prints one line on an error. */
bool seeds_open(struct swarm *swarm);
/* `told` may be NULL. */
bool seeds_add(const struct swarm *swarm, uint64_t place, const struct told *told);

#define SHAPE_WORD_CAP (SHAPE_CAP + INVARIANT_COUNT * 8 + 20)

/* As one word of a line. NULL: there is none. */
void shape_write(const struct shape *shape, struct buf *out);
/* Back from it; false: it is none. *ret is NULL where there is none, else the caller's. */
bool shape_read(const char *word, struct shape **ret);

/* --- swarm_groups.c */
#define GROUPS_MAX 256 /* of different shapes; what comes after them is one more */

struct group {
    char name[SHAPE_CAP + 16];       /* the commonest shape of it, with its rule */
    bool rules[INVARIANT_COUNT];     /* broken first in a seed of it, or with that */
    uint64_t count, first, smallest; /* seeds; two of them by place */
    uint64_t faults;                 /* that all seeds have in common */
};

struct groups {
    struct group items[GROUPS_MAX + 1]; /* the largest first */
    uint32_t len;
    uint32_t *of_place; /* which each failed place is in; owned */
};

/* Puts the failed seeds together. Those of one shape are one; two shapes are one where their rules are broken
 * by the same rows, again and again, or where one only knows more than the other. */
void groups_make(const struct swarm *swarm, struct groups *ret);
void groups_deinit(struct groups *groups);

/* --- swarm_groups_told.c */
/* For the page: each with its smallest seed. */
void groups_tell(const struct swarm *swarm, const struct groups *groups, struct buf *out);
/* For summary.json, behind the failures. */
void groups_summary(const struct swarm *swarm, const struct groups *groups, struct buf *out);

/* --- swarm_run.c, swarm_end.c */
/* Until every seed is done, or something else ends it. */
void swarm_run(struct swarm *swarm);
/* Shrinks each finding, one after the other, a line each; a signal ends it. */
void swarm_shrink(struct swarm *swarm);
/* Writes the summary, and says how it went. */
enum exit_code swarm_conclude(const struct swarm *swarm);

#endif
