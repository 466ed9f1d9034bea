/* Which nodes serve, and how one went: by a crash, or in order, as it was asked to. */
#ifndef HUBBUB_SIM_CHECK_GOING_H
#define HUBBUB_SIM_CHECK_GOING_H

#include "sim/check/truth.h"

/* NODE_UP, NODE_DOWN, READY, DRAIN, and faults that make a node go (OBS_LEFT). */
void going_observe(struct judge *judge, const struct obs *obs);

#endif
