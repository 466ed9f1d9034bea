/* Why a run failed: what was necessary for it, and from which instant on it was bound to happen.
 *
 *   the run      ------------------------------------------------x violated
 *   others       ----+~~~~~~   drawn anew from here on: held     |
 *                ------------------+~~~~~~~~~x                   |
 *                            bound to happen: all of them fail from here on
 *
 * What is necessary is found by leaving it out, one thing at a time. When it was bound to happen is found by
 * running the same plan up to an instant, and from there on with other random numbers; the plan's own faults
 * stay at their instants. The share that fails is taken at a few instants, then between the last that does not
 * always fail and the first that does. Pure: the caller runs (in any order, on any number of cores) and tells. */
#ifndef HUBBUB_SIM_EXPLORE_WHY_H
#define HUBBUB_SIM_EXPLORE_WHY_H

#include "sim/check/invariants.h"
#include "sim/explore/plan_drop.h"
#include "sim/plan/plan.h"

/* What became of a variant. */
struct why_end {
    bool fails;    /* the same invariant is violated */
    bool violated; /* something is */
    enum invariant first;
    int64_t at_us; /* of the first violation of the same one, or of any */
};

/* The first violation of the plan's own run. False: it holds. */
bool why_fails(const struct plan *plan, enum invariant *ret, int64_t *ret_at_us);
/* Runs a plan to its first violation of `invariant`. */
void why_run(const struct plan *plan, enum invariant invariant, struct why_end *ret);
/* The same, drawn anew from `from_us` on: the `sample`-th of its kind. */
void why_sample(const struct plan *plan, enum invariant invariant, int64_t from_us, uint32_t sample,
                struct why_end *ret);

/* --- What can be left out ------------------------------------------------------------------- */

struct why_part { /* a fault, or what a client does to itself; not what people write */
    bool action;
    uint32_t fault;               /* its place in the plan */
    struct plan_action_name name; /* of an action */
};
#define WHY_PARTS_MAX 400

/* All of them that the plan does not drop, faults first: of actions those up to `until_us`, and no more than
 * fit. Gives *ret; how many. *ret_all: how many there are. */
uint32_t why_parts(const struct plan *plan, int64_t until_us, struct why_part **ret,
                   uint32_t *ret_all);
/* Runs the plan without it. */
void why_without(const struct plan *plan, const struct why_part *part, enum invariant invariant,
                 struct why_end *ret);
/* "fault3", "c17.half_open#0" */
void why_part_name(const struct plan *plan, const struct why_part *part,
                   char ret[ACTION_NAME_BYTES]);

/* --- When ----------------------------------------------------------------------------------- */

#define WHY_SAMPLES    20 /* of an instant */
#define WHY_POINTS_MAX 16

struct why_point {
    int64_t at_us;
    uint32_t samples, failed;
};

struct why_when {
    int64_t until_us; /* of the violation */
    struct why_point points[WHY_POINTS_MAX];
    uint32_t points_len; /* ascending instants */
};

void why_when_init(struct why_when *when, int64_t violated_us);
/* The instants whose share is wanted next; 0: that is all. */
#define WHY_ROUND_MAX 4
uint32_t why_next(const struct why_when *when, int64_t ret[WHY_ROUND_MAX]);
void why_tell(struct why_when *when, struct why_point point);
/* The first instant from which on every share that was taken is whole. False: none is. */
bool why_bound(const struct why_when *when, int64_t *ret);

#endif
