/* Failures that are known, until a day: a list that people keep beside their CI.
 *
 *   {"known": [{"scenario": "city", "invariant": "ORD-05", "until": "2026-12-31",
 *               "reason": "the gap after a restart: ticket 123"}]}
 *
 * An entry is for one invariant of one "scenario" (by its name; one "seed" of it, or any), "plan" or
 * "history" (by its path, or the end of it behind a slash). It counts until its day is over. What is
 * violated is known if every violated invariant of it is listed. "strict": true makes it wrong that a
 * listed failure does not come about where its invariant was judged. */
#ifndef HUBBUB_SIM_EXPLORE_KNOWN_H
#define HUBBUB_SIM_EXPLORE_KNOWN_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "sim/check/check.h"

#define KNOWN_MAX     1000 /* entries of a list */
#define KNOWN_WHY_MAX 320

struct known;

enum known_what { KNOWN_SCENARIO, KNOWN_PLAN, KNOWN_HISTORY, KNOWN_WHAT_COUNT };

/* One run, seed, plan or recorded history, and what was judged of it. */
struct known_subject {
    enum known_what what;
    const char *const *names; /* more than one: of a history that several recorders wrote */
    uint32_t names_len;
    uint64_t seed;
    uint8_t states[INVARIANT_COUNT]; /* enum judged */
};

enum known_end {
    KNOWN_NOT,  /* nothing is violated, or not all of it is listed */
    KNOWN_IS,   /* all that is violated is listed */
    KNOWN_OVER, /* it is, but the day of an entry is over */
};

/* `today`: "2026-11-26". HB_EFIELD: `why` has the one line. */
HB_MUST_USE enum hb_err known_read(const char *text, size_t text_len, const char *today,
                                   struct known **ret, struct buf *why);
void known_free(struct known **known);

/* Looks the subject up, and remembers which entries came about. `ret_why` says what is known of it, or
 * what is over; "" for KNOWN_NOT. */
enum known_end known_meet(struct known *known, const struct known_subject *subject,
                          char ret_why[KNOWN_WHY_MAX]);
/* After all subjects, a line for each entry that asks for something: an unexpected pass, a day that is
 * over. Returns how many of them are strict ones that did not come about. `out` may
 * be NULL. */
uint32_t known_tell(const struct known *known, struct buf *out);

#endif
