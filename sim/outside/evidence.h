/* What could be judged, and why the rest could not: each invariant's form from outside, with the
 * promise that it needs and the lines. */
#ifndef HUBBUB_SIM_OUTSIDE_EVIDENCE_H
#define HUBBUB_SIM_OUTSIDE_EVIDENCE_H

#include "sim/outside/ledger.h"

struct invariant_result evidence_result(const struct ledger *ledger, enum invariant invariant);
/* "" where it was judged. Borrowed, or written to `room`. */
const char *evidence_why(const struct ledger *ledger, enum invariant invariant, char room[120]);
/* It can be judged from outside at all. */
bool evidence_has_form(enum invariant invariant);

#endif
