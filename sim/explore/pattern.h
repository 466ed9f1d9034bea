/* A range of durations as a regular expression: the numbers that each unit may have. `10ms` to `1s` is
 * 10000 to 1000000 us, 10 to 1000 ms or 1 s. */
#ifndef HUBBUB_SIM_EXPLORE_PATTERN_H
#define HUBBUB_SIM_EXPLORE_PATTERN_H

#include "server/base/mem.h"

/* Appends an anchored expression (POSIX extended, ECMAScript and Python read it alike) that takes each
 * spelling of a duration from `least` to `most` us, and nothing else. */
void duration_pattern(struct buf *out, int64_t least, int64_t most);

#endif
