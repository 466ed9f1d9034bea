/* The judge: invariants over observations, online, O(1) an observation.
 *
 * One file per invariant family; each invariant is a row of invariants.h with the observations
 * that it needs. A history that lacks one of these makes it "not judged": that is listed, never
 * counted as held.
 *
 * The oracle is independent of the server: the log comes from the database's committed
 * transactions, authorship from what the world made people write, causality from the judge's own
 * frontiers. A bounded invariant counts from the end of the last disturbance on the path (the
 * device's own connection, its node, Redis, the database), so that faults elsewhere do not make it
 * vacuous, and reports the margin used.
 *
 * Pure; one judge a run. */
#ifndef HUBBUB_SIM_CHECK_CHECK_H
#define HUBBUB_SIM_CHECK_CHECK_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/check/invariants.h"
#include "sim/history/obs.h"

#define VIOLATION_DEVICES_MAX 4
#define VIOLATIONS_KEPT_MAX   64 /* of a run; more are counted only */

struct violation {
    enum invariant invariant;
    int64_t at_us;
    uint32_t room;                           /* OBS_NONE: none */
    uint32_t devices[VIOLATION_DEVICES_MAX]; /* whom it involves; the first is who saw it */
    uint32_t devices_len;
    uint32_t user; /* the person of whom it speaks, beside those of the devices; OBS_NONE: none */
    uint64_t message;           /* the client id of which it speaks; 0: none */
    uint64_t seq_low, seq_high; /* the places of the room's log that matter */
    uint16_t node;
    uint64_t observation; /* its number in the history, from 0 */
    uint32_t members;     /* not shown in time: to how many devices; 0: another kind */
    char summary[320];
};

#define JUDGED_COUNT 4
struct invariant_result {
    enum judged { JUDGED_HELD, JUDGED_VIOLATED, JUDGED_NOT_EXERCISED, JUDGED_NO_EVIDENCE } state;
    uint64_t judged; /* how often its clause was put to the test */
    uint64_t violations;
    int64_t used_us;  /* bounded ones: the longest that was needed */
    int64_t bound_us; /* and what was allowed then; 0: the bound is 0 */
};

/* Of each row and each member's device that was ever online: how it was held to be shown in time.
 * All of them came due, or were shown, but the excused. */
struct pairs {
    uint64_t bare;     /* nothing disturbed its path: the bare bound */
    uint64_t extended; /* by a later deadline: counted from a disturbance's end, or a welcome */
    uint64_t excused;  /* never: its device did not come back, or began its room anew */
    uint64_t online;   /* of all: was online at the commit */
    uint64_t excused_online; /* of the excused */
};

struct judge;

/* `bounds` is copied. */
struct judge *judge_new(const struct bounds *bounds) HB_MUST_USE;
void judge_free(struct judge **judge);

/* In order of time. A broken invariant is recorded at this observation. */
void judge_observe(struct judge *judge, const struct obs *obs);

/* After OBS_END. */
struct invariant_result judge_result(const struct judge *judge, enum invariant invariant);
struct pairs judge_pairs(const struct judge *judge);
size_t judge_violations(const struct judge *judge, const struct violation **ret); /* borrowed */
/* Why the end proves nothing of what holds at rest, one line, borrowed; "": it does. */
const char *judge_unrest(const struct judge *judge);

/* For obs_sink. */
static inline void judge_sink(void *user, const struct obs *obs)
{
    judge_observe(user, obs);
}
void judge_ahead(void *user, uint32_t device);

#endif
