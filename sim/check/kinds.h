/* Which families an observation of each kind goes to, in their order. */
#ifndef HUBBUB_SIM_CHECK_KINDS_H
#define HUBBUB_SIM_CHECK_KINDS_H

#include "sim/check/truth.h"

void kinds_take(struct judge *judge, const struct obs *obs);

#endif
