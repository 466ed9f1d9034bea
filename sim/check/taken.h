/* LIV-17: of two processes under one name the older one ends, in time after the database has the newer one.
 *
 * A node that is made to go, and is not asked to, has lost its name, or is killed at that instant. */
#ifndef HUBBUB_SIM_CHECK_TAKEN_H
#define HUBBUB_SIM_CHECK_TAKEN_H

#include "sim/check/truth.h"

void taken_init(struct judge *judge);
void taken_deinit(struct judge *judge);
/* What is on a node's path: OBS_NODE_UP, OBS_NODE_DOWN, OBS_FAULT_BEGIN matter; behind path_observe. */
void taken_observe(struct judge *judge, const struct obs *obs);
void taken_due(struct judge *judge, struct due due, int64_t now_us);

#endif
