/* A plan executed again: what has become of what it expects. */
#ifndef HUBBUB_SIM_EXPLORE_REPLAY_H
#define HUBBUB_SIM_EXPLORE_REPLAY_H

#include "sim/check/verdict.h"
#include "sim/explore/expect.h"

enum replay {
    REPLAY_UNEXPECTED, /* the plan expects nothing: the run's verdict is all there is to say */
    REPLAY_SAME,       /* as expected */
    REPLAY_FIXED,      /* it was to be violated, and holds */
    REPLAY_FAILS_DIFFERENTLY, /* it was to hold, or to be violated otherwise */
    REPLAY_DIVERGED,          /* it is no longer that run: what was planned did not come about */
};
const char *replay_word(enum replay replay);

/* What ran, as plain facts. */
struct replay_facts {
    const struct judgement *judgement;
    const char *hash, *library, *plan; /* as struct expect has them */
    const struct course *course;
};

/* Compares. Hashes are compared only where the same node library ran the plan as it was written: with
 * another one, or after an edit, another hash is what one expects. `ret_why` has one sentence. */
enum replay replay_compare(const struct expect *expect, const struct replay_facts *facts,
                           char *ret_why, size_t ret_cap);

#endif
