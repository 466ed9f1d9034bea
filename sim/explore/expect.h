/* What a plan says about its own run: how it ended when the plan was written, and with what. */
#ifndef HUBBUB_SIM_EXPLORE_EXPECT_H
#define HUBBUB_SIM_EXPLORE_EXPECT_H

#include "server/base/base.h"
#include "server/base/hash.h"
#include "sim/check/invariants.h"
#include "sim/explore/trail.h"
#include "sim/plan/faults.h"

#define EXPECT_PLAN_LEN    16 /* hex digits */
#define EXPECT_LIBRARY_LEN 64 /* hex digits of the hash that the build makes of the node library */

enum expect_verdict {
    EXPECT_NOTHING, /* the run proved nothing, or ended before its end */
    EXPECT_HELD,
    EXPECT_VIOLATED,
};

/* Who did what. What a plan drops counts as done: it is left out on purpose. */
struct acted {
    uint64_t people;                  /* clients that did anything at all */
    uint64_t times[FAULT_KIND_COUNT]; /* messages written, faults fired */
};

/* What a run came to, in numbers; all zero: not known. */
struct course {
    int64_t length_us;
    struct acted acted;
    struct trail trail;
};

/* A plan without it, of an older hubbub, gives all zero. */
struct expect {
    bool given;
    enum expect_verdict verdict;
    enum invariant invariant; /* of a violated one: that of its first violation */
    bool small;               /* drawn from the scenario's small form, which need not reach all */
    char hash[HASH128_HEX_LEN + 1];       /* or "" */
    char library[EXPECT_LIBRARY_LEN + 1]; /* of the node that ran, or "" */
    char plan[EXPECT_PLAN_LEN +
              1];     /* plan_digest when it was written: an edited plan differs; or "" */
    char version[32]; /* of the hubbub that wrote the plan; given by reading only */
    struct course course;
};

#endif
