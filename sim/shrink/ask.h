/* What shrinking holds, and its one question: which of these plans is the first that still fails? */
#ifndef HUBBUB_SIM_SHRINK_ASK_H
#define HUBBUB_SIM_SHRINK_ASK_H

#include "server/base/map.h"
#include "sim/shrink/shrink.h"

struct shrink {
    const struct scenario *scenario;
    const struct shrink_oracle *oracle;
    struct reason wanted;
    struct plan best; /* I1 */
    struct shrink_run best_run;
    bool any;            /* what was given does not fit together (fits.h), so nothing has to */
    bool over;           /* the oracle ended it */
    uint64_t taken;      /* how often the best became another */
    struct u64map known; /* digest -> its place */
    struct shrink_run *runs;
    uint32_t runs_len, runs_cap;
    uint64_t asked;
    struct shrink_result *result; /* where others are kept */
};

/* Candidates in the order in which they are tried. */
#define CANDIDATES_MAX 32
struct candidates {
    struct plan plans[CANDIDATES_MAX];
    uint32_t marks[CANDIDATES_MAX]; /* of who made them */
    uint32_t len;
};
/* A copy of the best, to be changed. NULL: there are CANDIDATES_MAX already. */
struct plan *candidates_add(struct candidates *candidates, const struct plan *best, uint32_t mark);
/* Takes the last one back. */
void candidates_drop_last(struct candidates *candidates);

#define ASK_NONE UINT32_MAX
/* The first that fails for the wanted reason, with no more messages than the best if `no_more_messages`, becomes the
 * best: its mark. ASK_NONE: none does, or there is none, or it is over. Empties the list. */
uint32_t ask(struct shrink *shrink, struct candidates *candidates, bool no_more_messages);
/* What a plan would need to be asked of; NULL: nothing. */
const char *ask_wrong(const struct shrink *shrink, const struct plan *plan);
/* What one plan comes to, known or run; false: it is over. */
bool ask_one(struct shrink *shrink, const struct plan *plan, struct shrink_run *ret);

#endif
