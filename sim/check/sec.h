/* SEC: whose word it is. */
#ifndef HUBBUB_SIM_CHECK_SEC_H
#define HUBBUB_SIM_CHECK_SEC_H

#include "sim/check/truth.h"

/* How often the rows that devices were shown put it to the test. */
uint64_t sec_shown(const struct judge *judge, enum invariant invariant);

/* True if it found the row to be forged. */
bool sec_row(struct judge *judge, const struct obs *obs);

#endif
