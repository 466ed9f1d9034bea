/* What the invariants mean to a person, beside their rows in invariants.h; and the letters of the bounds. */
#ifndef HUBBUB_SIM_CHECK_EXPLAINED_H
#define HUBBUB_SIM_CHECK_EXPLAINED_H

#include "sim/check/invariants.h"

struct explained {
    const char *meaning; /* what somebody meets when it is broken, or why it matters; sentences */
    const char
        *causes; /* what has broken it in servers, most usual first; parts ended by semicolons */
};
/* Every invariant has one. */
const struct explained *explained(enum invariant invariant);

struct bound_letter {
    const char *letter; /* as formulas write it */
    const char *what;
};
/* The letter of that name; NULL: there is none. */
const struct bound_letter *bound_letter(const char *letter, size_t letter_len);

#endif
