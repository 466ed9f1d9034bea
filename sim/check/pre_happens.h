/* What happens to people: their connections, what they say, choose and join, nodes and walls. */
#ifndef HUBBUB_SIM_CHECK_PRE_HAPPENS_H
#define HUBBUB_SIM_CHECK_PRE_HAPPENS_H

#include "sim/check/pre_people.h"

void pre_happens(struct judge *judge, const struct obs *obs);

#endif
