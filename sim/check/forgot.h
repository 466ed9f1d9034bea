/* A device that lost what it had stored. */
#ifndef HUBBUB_SIM_CHECK_FORGOT_H
#define HUBBUB_SIM_CHECK_FORGOT_H

#include "sim/check/truth.h"

/* OBS_FORGOT. */
void forgot_observe(struct judge *judge, const struct obs *obs);

#endif
