/* The judge: invariants over observations, online, O(1) an observation.
 *
 * One file per invariant family; each invariant is a line in INVARIANT_MAP with the observations
 * that it needs. A history that lacks one of these makes it "not judged": that is listed, never
 * counted as held. To add an invariant: a line in the map, its clause in the family's file, its
 * histories in tests/.
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
#include "sim/history/obs.h"

/* id, word, sentence, bound as a formula ("0" = holds at every instant) */
#define INVARIANT_MAP(X)                                                                           \
    X(ORD_01, "ORD-01", "everyone sees the same message at the same place of a room", "0")         \
    X(ORD_02, "ORD-02", "a room's committed entries are numbered 1, 2, 3, ... without a hole",     \
      "0")                                                                                         \
    X(ORD_03, "ORD-03", "a device shows a room's entries in increasing order", "0")                \
    X(ORD_04, "ORD-04", "a device shows every entry between the first and the last it shows", "0") \
    X(ORD_05, "ORD-05", "what one device writes to a room is committed in the order written", "0") \
    X(ORD_06, "ORD-06", "a reply stands below what its writer had been shown in that room", "0")   \
    X(ORD_07, "ORD-07",                                                                            \
      "a reply's stamp is above the stamps of all that its writer had been "                       \
      "shown or had acked, in any room",                                                           \
      "0 (while clocks differ by <= W)")                                                           \
    X(ORD_08, "ORD-08", "no message is shown twice on a device", "0")                              \
    X(ORD_10, "ORD-10", "every ack of a message says the same, and what was committed", "0")       \
    X(ORD_11, "ORD-11", "a message written after another's ack arrived stands below it", "0")      \
    X(HLC_01, "HLC-01", "a node's own stamps grow, also over a restart", "0")                      \
    X(HLC_02, "HLC-02", "a node stamps above every stamp that it has taken", "0")                  \
    X(HLC_03, "HLC-03", "in a room, the order of stamps is the order of places", "0")              \
    X(HLC_04, "HLC-04", "no two entries of a room have the same stamp", "0")                       \
    X(HLC_05, "HLC-05", "no stamp is ahead of the fastest wall clock that any node ever had",      \
      "carries <= stamps / 65536")                                                                 \
    X(SYN_01, "SYN-01", "what was acked stays in the log", "0")                                    \
    X(SYN_02, "SYN-02", "what was committed is shown to every member who is connected",            \
      "2A + gap + R + 2D + L; + K + S when the committer died")                                    \
    X(SYN_03, "SYN-03", "nothing is shown that its sender did not write", "0")                     \
    X(SYN_04, "SYN-04", "a message is committed at most once, however often it was sent", "0")     \
    X(SYN_05, "SYN-05", "a sync gives every entry after the position asked from, up to the head",  \
      "0")                                                                                         \
    X(SYN_06, "SYN-06", "a sync ends within the pages that its rows need, and one", "0")           \
    X(SYN_07, "SYN-07", "each page of a sync is within the limit and moves the cursor", "0")       \
    X(SYN_08, "SYN-08", "a cursor never stands above what was committed and given", "0")           \
    X(SYN_10, "SYN-10", "after a reconnect a room goes on where it stopped", "0")                  \
    X(SYN_11, "SYN-11", "at rest, every device that is online shows exactly the log",              \
      "Bk + 3L + pages(2L + 2D + retry) + repair after the last fault")                            \
    X(SYN_16, "SYN-16", "an ack is sent only after the commit", "0")                               \
    X(SEC_02, "SEC-02", "a message's sender is the person who wrote it", "0")                      \
    X(LIV_02, "LIV-02", "a device that wants to be online gets there",                             \
      "2 Bk + answer + K/2 + 5L + 2D + R + retry")                                                 \
    X(LIV_04, "LIV-04", "no entry is held for long behind a missing one",                          \
      "client gap + pages(2L + 2D + retry) + repair")                                              \
    X(LIV_11, "LIV-11", "the last message of a room arrives, also when its publication was lost",  \
      "2A + gap + R + 2D + L; + K + S when the committer died")

enum invariant {
#define X(name, id, sentence, bound) name,
    INVARIANT_MAP(X)
#undef X
        INVARIANT_COUNT
};

struct invariant_info {
    const char *id; /* "ORD-01" */
    const char *sentence;
    const char *bound;
    uint64_t needs;           /* bits of enum obs_kind: without one of these it is not judged */
    uint64_t needs_black_box; /* for its form on clients' observations alone; 0: there is none */
};
const struct invariant_info *invariant_info(enum invariant invariant);
/* By id; false if there is none. */
bool invariant_find(const char *id, enum invariant *ret);

#define VIOLATION_DEVICES_MAX 4
#define VIOLATIONS_KEPT_MAX   64 /* of a run; more are counted only */

struct violation {
    enum invariant invariant;
    int64_t at_us;
    uint32_t room;                           /* OBS_NONE: none */
    uint32_t devices[VIOLATION_DEVICES_MAX]; /* whom it involves; the first is who saw it */
    uint32_t devices_len;
    uint64_t seq_low, seq_high; /* the places of the room's log that matter */
    uint16_t node;
    uint64_t observation; /* its number in the history, from 0 */
    char summary[320];
};

struct invariant_result {
    enum judged { JUDGED_HELD, JUDGED_VIOLATED, JUDGED_NOT_EXERCISED, JUDGED_NO_EVIDENCE } state;
    uint64_t judged; /* how often its clause was put to the test */
    uint64_t violations;
    int64_t used_us;  /* bounded ones: the longest that was needed */
    int64_t bound_us; /* and what was allowed then; 0: the bound is 0 */
};

struct judge;

/* `bounds` is copied. */
struct judge *judge_new(const struct bounds *bounds) HB_MUST_USE;
void judge_free(struct judge **judge);

/* In order of time. A broken invariant is recorded at this observation. */
void judge_observe(struct judge *judge, const struct obs *obs);

/* After OBS_END. */
struct invariant_result judge_result(const struct judge *judge, enum invariant invariant);
size_t judge_violations(const struct judge *judge, const struct violation **ret); /* borrowed */

/* For obs_sink. */
static inline void judge_sink(void *user, const struct obs *obs)
{
    judge_observe(user, obs);
}
void judge_ahead(void *user, uint32_t device);

#endif
