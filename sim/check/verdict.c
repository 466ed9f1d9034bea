/* The verdict on a run. See verdict.h. */
#include "sim/check/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *verdict_word(enum verdict verdict)
{
    static const char *const words[] = {"held", "violated", "inconclusive"};
    HB_ASSERT(verdict <= VERDICT_INCONCLUSIVE);
    return words[verdict];
}

static uint64_t reached(const struct tally *tally, const char *word)
{
    for (size_t i = 0; i < tally->points_len; i++) {
        if (strcmp(tally->points[i].name, word) == 0) {
            return tally->points[i].count;
        }
    }
    for (size_t i = 0; i < tally->faults_len; i++) {
        if (strcmp(tally->faults[i].name, word) == 0) {
            return tally->faults[i].mattered;
        }
    }
    return 0;
}

/* Says in `why` why the run proves nothing, or leaves it empty. */
static void inconclusive(const struct judge *judge, const struct tally *tally,
                         const char *const *must_reach, uint32_t must_reach_len, char why[160])
{
    if (tally->messages == 0) {
        (void)snprintf(why, 160, "no message was committed");
    } else {
        (void)snprintf(why, 160, "%s", judge_unrest(judge));
    }
    for (size_t i = 0; i < tally->faults_len && why[0] == 0; i++) {
        const struct tally_fault *fault = &tally->faults[i];
        if (!fault->by_clients && fault->fired < fault->planned) {
            (void)snprintf(why, 160, "a planned %s never fired", fault->name);
        } else if (fault->by_clients && fault->planned > 0 && fault->mattered == 0) {
            (void)snprintf(why, 160, "%s was planned and never met an open connection",
                           fault->name);
        }
    }
    for (uint32_t i = 0; i < must_reach_len && why[0] == 0; i++) {
        if (reached(tally, must_reach[i]) == 0) {
            (void)snprintf(why, 160, "must_reach: \"%s\" was not reached", must_reach[i]);
        }
    }
}

void verdict_reach(const struct judge *judge, const struct tally *tally,
                   const char *const *must_reach, uint32_t must_reach_len, struct judgement *ret)
{
    const struct violation *violations;

    *ret = (struct judgement){.pairs = judge_pairs(judge),
                              .violations_len = judge_violations(judge, &violations)};
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        ret->invariants[i] = judge_result(judge, (enum invariant)i);
    }
    if (ret->violations_len > 0) { /* it may have ended early, and proves enough */
        ret->verdict = VERDICT_VIOLATED;
        ret->violations = hb_malloc(ret->violations_len * sizeof *violations);
        memcpy(ret->violations, violations, ret->violations_len * sizeof *violations);
        return;
    }
    inconclusive(judge, tally, must_reach, must_reach_len, ret->inconclusive_why);
    ret->verdict = ret->inconclusive_why[0] != 0 ? VERDICT_INCONCLUSIVE : VERDICT_HELD;
}

void judgement_deinit(struct judgement *judgement)
{
    free(judgement->violations);
    *judgement = (struct judgement){0};
}
