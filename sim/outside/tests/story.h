/* Recordings as short stories: one line an event, given to the judge.
 *
 *     "10 bob/phone saw id=m1 room=r text=hi from=alice seq=3 client=c1 fresh"
 *
 * "room" is r unless said; "source 1 uncertain=50" makes another recorder, and "@1" in front of a line
 * says that it is that one's. */
#ifndef HUBBUB_SIM_OUTSIDE_TESTS_STORY_H
#define HUBBUB_SIM_OUTSIDE_TESTS_STORY_H

#include "sim/outside/outside.h"

struct outside *story_judged(const char *profile, const char *const *lines);
/* The ids of all that was violated, in the order of the map: "ORD-05 ORD-08"; to be freed. */
char *story_violated(const struct outside *outside);

#endif
