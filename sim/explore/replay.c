/* A plan executed again. See replay.h. */
#include "sim/explore/replay.h"

#include <stdio.h>
#include <string.h>

const char *replay_word(enum replay replay)
{
    static const char *const words[] = {"as it is", "same", "fixed", "fails differently",
                                        "diverged"};
    HB_ASSERT(replay <= REPLAY_DIVERGED);
    return words[replay];
}

/* The same verdict: is it the same run? */
static enum replay compare_hashes(const struct expect *expect, const struct replay_facts *facts,
                                  const char *as, char *ret_why, size_t ret_cap)
{
    const char *not_compared = expect->hash[0] == 0 ? "no hash to compare"
                               : strcmp(expect->library, facts->library) != 0
                                   ? "another node library, so its hash is not compared"
                               : strcmp(expect->plan, facts->plan) != 0
                                   ? "the plan was edited, so its hash is not compared"
                                   : NULL;
    if (not_compared != NULL) {
        (void)snprintf(ret_why, ret_cap, "%s; %s", as, not_compared);
        return REPLAY_SAME;
    }
    if (strcmp(expect->hash, facts->hash) != 0) {
        (void)snprintf(ret_why, ret_cap,
                       "%s, but the same plan and node library gave the hash %s, not %s: the world "
                       "has changed, or --verify tells more",
                       as, facts->hash, expect->hash);
        return REPLAY_DIVERGED;
    }
    (void)snprintf(ret_why, ret_cap, "%s, bit for bit", as);
    return REPLAY_SAME;
}

enum replay replay_compare(const struct expect *expect, const struct replay_facts *facts,
                           char *ret_why, size_t ret_cap)
{
    const struct judgement *judgement = facts->judgement;
    char as[64];
    const char *id =
        expect->verdict == EXPECT_VIOLATED ? invariant_info(expect->invariant)->id : "";

    ret_why[0] = 0;
    if (expect->verdict == EXPECT_NOTHING) {
        return REPLAY_UNEXPECTED;
    }
    if (judgement->verdict == VERDICT_VIOLATED) {
        const char *first = judgement->violations_len > 0
                                ? invariant_info(judgement->violations[0].invariant)->id
                                : "?";
        if (expect->verdict == EXPECT_HELD) {
            (void)snprintf(ret_why, ret_cap, "expected to hold, and %s is violated", first);
            return REPLAY_FAILS_DIFFERENTLY;
        }
        if (judgement->invariants[expect->invariant].state != JUDGED_VIOLATED) {
            (void)snprintf(ret_why, ret_cap, "expected %s violated, and it is %s", id, first);
            return REPLAY_FAILS_DIFFERENTLY;
        }
        (void)snprintf(as, sizeof as, "%s violated, as expected", id);
        return compare_hashes(expect, facts, as, ret_why, ret_cap);
    }
    if (judgement->verdict == VERDICT_INCONCLUSIVE) {
        (void)snprintf(ret_why, ret_cap, "%s", judgement->inconclusive_why);
        return REPLAY_DIVERGED;
    }
    if (expect->verdict == EXPECT_VIOLATED) {
        (void)snprintf(ret_why, ret_cap, "expected %s violated, and all holds", id);
        return REPLAY_FIXED;
    }
    return compare_hashes(expect, facts, "held, as expected", ret_why, ret_cap);
}
