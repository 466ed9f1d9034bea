/* A plan that fails, made as small as it can be while it fails for the same reason.
 *
 *   plan --> what it needs not is taken out, piece by piece --> earlier, rounder, shorter --> settings --+--> plan
 *             ^                                                                                          |
 *             +------------------------------- until nothing more goes ----------------------------------+
 *
 * Own invariants:
 *   I1  the plan that is given back failed for the reason, when it was run last;
 *   I2  what comes out depends on the plan and on what runs come to, not on how many run side by side.
 *
 * Pure: plans are run by the caller (struct shrink_oracle), who may end it at any time: what is best so far is
 * given back. Source: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002); what is
 * taken out is tried in chunks that halve. */
#ifndef HUBBUB_SIM_SHRINK_SHRINK_H
#define HUBBUB_SIM_SHRINK_SHRINK_H

#include "server/base/hash.h"
#include "sim/explore/scenario.h"
#include "sim/shrink/piece.h"
#include "sim/shrink/reason.h"

#define SHRINK_OTHERS_MAX  16 /* other reasons that are remembered; more are counted only */
#define SHRINK_DEVICES_MAX 4

enum shrink_end {
    SHRINK_HOLDS,
    SHRINK_FAILS,
    SHRINK_UNCLEAR, /* nothing was violated, and nothing proved: nobody wrote, a fault never fired, it took far
                       more events than the plan that was given */
    SHRINK_WRONG, /* it is no plan any more: no node is left; it was not run */
};

struct shrink_run { /* what a plan came to */
    enum shrink_end end;
    struct reason
        reason; /* of SHRINK_FAILS: the one that is wanted if it was among them, else the first */
    int64_t at_us;                        /* of that */
    uint32_t devices[SHRINK_DEVICES_MAX]; /* whom it names */
    uint32_t devices_len;
    uint32_t room;       /* that it names; OBS_NONE */
    uint64_t messages;   /* committed until it failed */
    uint64_t events;     /* of a run that came to its end */
    struct hash128 hash; /* of a run that came to its end */
};

/* Runs plans side by side, as it likes; all until the first in order that fails for `wanted` with at most
 * `messages_max` messages are needed. ret[i] is of plans[i]. Gives how many are known, in order; fewer than needed:
 * it is over, and shrinking ends. `wanted` NULL: any reason is. */
struct shrink_oracle {
    uint32_t (*run)(void *user, const struct plan *plans, uint32_t plans_len,
                    const struct reason *wanted, uint64_t messages_max, struct shrink_run *ret);
    void (*told)(void *user, const struct plan *best, const struct shrink_run *run,
                 uint64_t runs); /* something went; may be NULL */
    void *user;
};

struct shrink_left { /* a piece that is left, and the run without it */
    struct piece piece;
    struct shrink_run without;
    const char *why; /* of SHRINK_WRONG */
};

struct shrink_other { /* a reason that was met on the way and was not the wanted one */
    struct reason reason;
    uint64_t count;   /* runs that failed for it */
    struct plan plan; /* the smallest of them */
};

struct shrink_result {
    bool
        failed; /* the plan as it was given failed for the reason; else nothing but `was` is known */
    bool whole;                 /* nothing more goes; false: it was ended before */
    struct shrink_run was, run; /* of the plan that was given, and of `plan` */
    struct plan plan;
    struct shrink_left *left; /* owned: the certificate; of a whole one all pieces */
    uint32_t left_len;
    struct shrink_other others[SHRINK_OTHERS_MAX];
    uint32_t others_len;
    uint64_t runs;
};
void shrink_result_deinit(struct shrink_result *result);

/* Shrinks a copy. `wanted` NULL: whatever the plan fails for first. */
void shrink_plan(const struct plan *plan, const struct scenario *scenario,
                 const struct reason *wanted, const struct shrink_oracle *oracle,
                 struct shrink_result *ret);

#endif
