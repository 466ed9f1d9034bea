/* Who is there: what devices are told of people, against what people and their connections did. */
#ifndef HUBBUB_SIM_CHECK_PRE_H
#define HUBBUB_SIM_CHECK_PRE_H

#include "sim/check/truth.h"

/* Any of OBS_PRESENCE_MAP. */
void pre_observe(struct judge *judge, const struct obs *obs);

#endif
