/* What a run comes to, wherever it came from: a world, a file, a live server. The judge says what was
 * broken; the tally says what was done at all, for a run that proves nothing is not green. */
#ifndef HUBBUB_SIM_CHECK_VERDICT_H
#define HUBBUB_SIM_CHECK_VERDICT_H

#include "sim/check/check.h"

enum verdict { VERDICT_HELD, VERDICT_VIOLATED, VERDICT_INCONCLUSIVE };
const char *verdict_word(enum verdict verdict);

struct tally_fault {
    const char *name;
    uint64_t planned, fired, mattered;
    bool by_clients; /* each client does it by itself, so `planned` says only that some do */
};

struct tally_point { /* of coverage */
    const char *name;
    uint64_t count;
};

struct tally { /* names and lists are borrowed */
    int64_t length_us;
    uint64_t messages; /* committed */
    uint64_t deliveries, frames, events, resends, reconnects, sync_pages, transactions;
    const struct tally_fault *faults; /* those with `planned` 0 were not planned */
    size_t faults_len;
    const struct tally_point *points;
    size_t points_len;
};

struct judgement {
    enum verdict verdict;
    char inconclusive_why[160]; /* "" unless inconclusive */
    struct invariant_result invariants[INVARIANT_COUNT];
    struct pairs pairs;
    struct violation *violations; /* owned */
    size_t violations_len;
};

/* After OBS_END, or where the observations stopped. Violated: something was. Inconclusive: nothing was
 * committed, the run ended before rest, a planned fault never fired, or a point or fault named in
 * `must_reach` was not reached. */
void verdict_reach(const struct judge *judge, const struct tally *tally,
                   const char *const *must_reach, uint32_t must_reach_len, struct judgement *ret);
void judgement_deinit(struct judgement *judgement);

#endif
