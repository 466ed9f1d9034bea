/* What passes a node's edge, given to each of the families that judge it: edge, word, door, drain. */
#ifndef HUBBUB_SIM_CHECK_PASSAGE_H
#define HUBBUB_SIM_CHECK_PASSAGE_H

#include "sim/check/truth.h"

void passage_init(struct judge *judge);
void passage_deinit(struct judge *judge);

/* OBS_ARRIVED and what follows it, and a node's ends. */
void passage_observe(struct judge *judge, const struct obs *obs);

#endif
