/* The path of what a violation is about, as a list of steps in time: of its rows and messages from whoever wrote
 * them to whoever shows them, and of the faults, connections and notes of those whom that passes. */
#ifndef HUBBUB_REPORTS_STEPS_H
#define HUBBUB_REPORTS_STEPS_H

#include "reports/phrases.h"

#define STEPS_MAX 44 /* that are shown: the first ones and the last */

struct spot_at {
    enum spot kind;
    uint32_t number; /* of a device or a node; else 0 */
};

struct step {
    int64_t at_us;
    enum mark mark;
    struct spot_at from, to; /* to.kind SPOT_NONE: at `from` alone; both: the rule itself */
    const struct kept *kept; /* NULL: here it broke */
    const char *fault;       /* its words; NULL: it is none */
    uint32_t times;          /* how often it came in a row */
    uint32_t left_out;       /* steps that are left out before it */
};

struct steps {
    struct step *items; /* owned */
    size_t len, cap;
};

/* Borrows what is kept. */
void steps_make(const struct keep *keep, const struct cast *cast, struct steps *ret);
void steps_deinit(struct steps *steps);

/* When the path begins: nothing that only surrounds it is told from before. */
int64_t steps_begin_us(const struct keep *keep, const struct cast *cast);
/* Whether the state that this one begins (a fault, a clock, a node that is down) still holds then. */
bool steps_still(const struct keep *keep, size_t index, int64_t begin_us);
/* The words of a fault, of what was told of it. */
const char *steps_fault(const struct keep *keep, const struct obs *obs,
                        const char *(*fault_word)(uint64_t kind));

#endif
