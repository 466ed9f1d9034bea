/* What a plan expects, and what became of it. See cli.h. */
#include "sim/cli/cli.h"
#include "sim/explore/plan_file.h"

#include <stdio.h>
#include <string.h>

struct expect expect_of(const struct execution *execution, const struct run_result *result)
{
    const struct judgement *judgement = &result->judgement;
    struct expect ret = {.given = true, .small = execution->small, .course = result->course};
    char hash[HASH128_HEX_LEN + 1];

    if (judgement->verdict == VERDICT_HELD) {
        ret.verdict = EXPECT_HELD;
    } else if (judgement->verdict == VERDICT_VIOLATED) {
        ret.verdict = EXPECT_VIOLATED;
        ret.invariant = judgement->violations[0].invariant;
    }
    hash128_hex(result->hash, hash);
    expect_seal(&ret, execution->plan, execution->scenario, hash);
    return ret;
}

void expect_seal(struct expect *expect, const struct plan *plan, const struct scenario *scenario,
                 const char *hash)
{
    (void)snprintf(expect->hash, sizeof expect->hash, "%s", hash);
    (void)snprintf(expect->library, sizeof expect->library, "%s", node_library_hash);
    plan_digest(plan, scenario, expect->plan);
}

enum replay expect_compare(const struct execution *execution, const struct run_result *result,
                           char *ret_why, size_t ret_cap)
{
    char digest[EXPECT_PLAN_LEN + 1];
    char hash[HASH128_HEX_LEN + 1];

    hash128_hex(result->hash, hash);
    plan_digest(execution->plan, execution->scenario, digest);
    const struct replay_facts facts = {&result->judgement, hash, node_library_hash, digest,
                                       &result->course};
    return replay_compare(execution->expect, &facts, ret_why, ret_cap);
}

enum exit_code exit_of_replay(enum replay replay, enum verdict verdict, bool fixed_is_news)
{
    switch (replay) {
    case REPLAY_UNEXPECTED:
        return exit_of(verdict);
    case REPLAY_SAME:
        return EXIT_HELD;
    case REPLAY_FIXED:
        return fixed_is_news ? EXIT_INCONCLUSIVE : EXIT_HELD;
    case REPLAY_FAILS_DIFFERENTLY:
        return EXIT_VIOLATED;
    case REPLAY_DIVERGED:
        return EXIT_INCONCLUSIVE;
    }
    HB_UNREACHABLE();
}
