/* A plan executed again. See replay.h. */
#include "sim/explore/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *replay_word(enum replay replay)
{
    static const char *const words[] = {"as it is", "same", "fixed", "fails differently",
                                        "diverged"};
    HB_ASSERT(replay <= REPLAY_DIVERGED);
    return words[replay];
}

/* NULL: the hashes can be compared. */
static const char *not_compared(const struct expect *expect, const struct replay_facts *facts)
{
    return expect->hash[0] == 0 ? "no hash to compare"
           : strcmp(expect->library, facts->library) != 0
               ? "another node library, so its hash is not compared"
           : strcmp(expect->plan, facts->plan) != 0
               ? "the plan was edited, so its hash is not compared"
               : NULL;
}

/* Where two runs whose hashes differ part: "between event 4096 and 8192". */
static void where_parted(const struct expect *expect, const struct replay_facts *facts,
                         char ret[80])
{
    struct parting at;
    if (!trail_parting(&expect->course.trail, &facts->course->trail, &at)) {
        (void)snprintf(ret, 80, "at an event that the plan does not tell");
    } else if (at.by == 0) {
        (void)snprintf(ret, 80, "after event %" PRIu64, at.after);
    } else if (at.by == at.after + 1) {
        (void)snprintf(ret, 80, "at event %" PRIu64, at.by);
    } else {
        (void)snprintf(ret, 80, "between event %" PRIu64 " and %" PRIu64, at.after, at.by);
    }
}

/* The same verdict: is it the same run? */
static enum replay compare_hashes(const struct expect *expect, const struct replay_facts *facts,
                                  const char *as, char *ret_why, size_t ret_cap)
{
    const char *why_not = not_compared(expect, facts);
    char where[80];

    if (why_not != NULL) {
        (void)snprintf(ret_why, ret_cap, "%s; %s", as, why_not);
        return REPLAY_SAME;
    }
    if (strcmp(expect->hash, facts->hash) != 0) {
        where_parted(expect, facts, where);
        (void)snprintf(ret_why, ret_cap,
                       "%s, but %s the same plan and node library go another way (hash %s, not "
                       "%s): the world has changed, or --verify tells more",
                       as, where, facts->hash, expect->hash);
        return REPLAY_DIVERGED;
    }
    (void)snprintf(ret_why, ret_cap, "%s, bit for bit", as);
    return REPLAY_SAME;
}

/* Another verdict, of the same plan and node library: says in `why` what else has changed. */
static void explain(const struct expect *expect, const struct replay_facts *facts, char *why,
                    size_t why_cap)
{
    const size_t len = strlen(why);
    char where[80];

    if (not_compared(expect, facts) != NULL) {
        return;
    }
    if (strcmp(expect->hash, facts->hash) == 0) {
        (void)snprintf(why + len, why_cap - len,
                       "; the run is the same, bit for bit: it is the judge that has changed");
        return;
    }
    where_parted(expect, facts, where);
    (void)snprintf(why + len, why_cap - len,
                   "; the same plan and node library go another way %s: the world has changed",
                   where);
}

/* What was done and no longer is: "only 3 of 20 people act"; "" if all is done. A run that was violated
 * ended before its time, and may have been about to do it. */
static void missing(const struct expect *expect, const struct replay_facts *facts, char ret[120])
{
    const struct course *was = &expect->course;
    const struct course *is = facts->course;

    ret[0] = 0;
    if (facts->judgement->verdict == VERDICT_VIOLATED && is->length_us < was->length_us) {
        return;
    }
    if (is->acted.people < was->acted.people) {
        (void)snprintf(ret, 120, "only %" PRIu64 " of %" PRIu64 " people act", is->acted.people,
                       was->acted.people);
        return;
    }
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if (is->acted.times[i] < was->acted.times[i]) {
            const struct fault_row *row = fault_row((enum fault_kind)i);
            (void)snprintf(ret, 120, "%s %s only %" PRIu64 " of %" PRIu64 " times", row->word,
                           row->target == HITS_CLIENT ? "is done" : "fired", is->acted.times[i],
                           was->acted.times[i]);
            return;
        }
    }
}

static enum replay compare_violated(const struct expect *expect, const struct replay_facts *facts,
                                    const char *lack, char *ret_why, size_t ret_cap)
{
    const struct judgement *judgement = facts->judgement;
    const char *first = judgement->violations_len > 0
                            ? invariant_info(judgement->violations[0].invariant)->id
                            : "?";
    char as[64];

    if (expect->verdict == EXPECT_HELD) {
        (void)snprintf(ret_why, ret_cap, "expected to hold, and %s is violated", first);
        explain(expect, facts, ret_why, ret_cap);
        return REPLAY_FAILS_DIFFERENTLY;
    }
    const char *id = invariant_info(expect->invariant)->id;
    if (judgement->invariants[expect->invariant].state != JUDGED_VIOLATED) {
        (void)snprintf(ret_why, ret_cap, "expected %s violated, and it is %s", id, first);
        explain(expect, facts, ret_why, ret_cap);
        return REPLAY_FAILS_DIFFERENTLY;
    }
    (void)snprintf(as, sizeof as, "%s violated, as expected", id);
    if (lack[0] != 0) {
        (void)snprintf(ret_why, ret_cap, "%s, but %s", as, lack);
        return REPLAY_DIVERGED;
    }
    return compare_hashes(expect, facts, as, ret_why, ret_cap);
}

enum replay replay_compare(const struct expect *expect, const struct replay_facts *facts,
                           char *ret_why, size_t ret_cap)
{
    const struct judgement *judgement = facts->judgement;
    const bool held = expect->verdict == EXPECT_HELD;
    char lack[120];

    ret_why[0] = 0;
    if (expect->verdict == EXPECT_NOTHING) {
        return REPLAY_UNEXPECTED;
    }
    missing(expect, facts, lack);
    if (judgement->verdict == VERDICT_VIOLATED) {
        return compare_violated(expect, facts, lack, ret_why, ret_cap);
    }
    if (judgement->verdict == VERDICT_INCONCLUSIVE) {
        (void)snprintf(ret_why, ret_cap, "%s%s%s", judgement->inconclusive_why,
                       lack[0] != 0 ? "; " : "", lack);
        return REPLAY_DIVERGED;
    }
    if (lack[0] != 0) {
        (void)snprintf(ret_why, ret_cap, "%s, but %s", held ? "held, as expected" : "all holds",
                       lack);
        return REPLAY_DIVERGED;
    }
    if (held) {
        return compare_hashes(expect, facts, "held, as expected", ret_why, ret_cap);
    }
    (void)snprintf(ret_why, ret_cap, "expected %s violated, and all holds",
                   invariant_info(expect->invariant)->id);
    explain(expect, facts, ret_why, ret_cap);
    return REPLAY_FIXED;
}
