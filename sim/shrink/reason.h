/* What a run fails for: which invariant, and the shape of what is said of it. Two runs fail for the same
 * reason if both are equal: numbers and names may differ, words may not. */
#ifndef HUBBUB_SIM_SHRINK_REASON_H
#define HUBBUB_SIM_SHRINK_REASON_H

#include "server/base/base.h"

#define REASON_TEXT  320
#define REASON_ENDED (-1) /* instead of an invariant: the run's process ended before the run */

struct reason {
    int32_t invariant;
    char shape[REASON_TEXT]; /* the text with each number and name as one # */
    char text[REASON_TEXT];
};

/* Longer texts are cut. */
void reason_of(int32_t invariant, const char *text, struct reason *ret);
bool reason_same(const struct reason *a, const struct reason *b);

#endif
