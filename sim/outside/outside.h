/* The judge from outside: invariants over what anybody's clients saw, with nothing known of the server
 * but what it promises.
 *
 *   recording lines --outside_observe--> ledger --> same, order, loss --> findings, results
 *
 * The oracle is what the recorder's own people did: what they wrote and in which order, what each was
 * shown and after what, who was connected. Clocks are believed within their uncertainty only: nothing
 * is called broken that they could explain. What lacks evidence or a promise is not judged, and says
 * why; it never counts as held.
 *
 * Pure; O(1) a line for a server that keeps its promises. */
#ifndef HUBBUB_SIM_OUTSIDE_OUTSIDE_H
#define HUBBUB_SIM_OUTSIDE_OUTSIDE_H

#include "sim/outside/ledger.h"
#include "sim/outside/profile.h"
#include "sim/recording/recording.h"

struct outside;

struct outside *outside_new(const struct profile *profile) HB_MUST_USE;
void outside_free(struct outside **outside);

/* A recorder, before its first line; its number. */
uint32_t outside_source(struct outside *outside, const struct record_header *header);
/* In the order of time, each recorder's lines in its own order. `line`: its number there. */
void outside_observe(struct outside *outside, uint32_t source, uint64_t line,
                     const struct recorded *recorded);
/* After the last line. */
void outside_end(struct outside *outside);

/* After the end. */
struct invariant_result outside_result(const struct outside *outside, enum invariant invariant);
/* Why it was not judged: of JUDGED_NO_EVIDENCE and JUDGED_NOT_EXERCISED; else "". */
const char *outside_why(struct outside *outside, enum invariant invariant);
size_t outside_findings(const struct outside *outside, const struct finding **ret); /* borrowed */
/* What was left out; 0: nothing. */
uint64_t outside_omitted(const struct outside *outside, enum omitted which);
const char *omitted_words(enum omitted which); /* "3 messages ...": what comes behind the number */

struct outside_counts {
    uint64_t lines, devices, rooms, messages;
    int64_t first_us, last_us;
};
struct outside_counts outside_counts(const struct outside *outside);
const char *outside_device(const struct outside *outside, uint32_t device);
const char *outside_room(const struct outside *outside, uint32_t room);

#endif
