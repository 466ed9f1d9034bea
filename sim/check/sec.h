/* SEC: whose word it is. */
#ifndef HUBBUB_SIM_CHECK_SEC_H
#define HUBBUB_SIM_CHECK_SEC_H

#include "sim/check/truth.h"

/* True if it found the row to be forged. */
bool sec_row(struct judge *judge, const struct obs *obs);

#endif
