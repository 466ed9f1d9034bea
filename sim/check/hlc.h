/* HLC: stamps grow, at their nodes and in their rooms, and follow the fastest wall clock. */
#ifndef HUBBUB_SIM_CHECK_HLC_H
#define HUBBUB_SIM_CHECK_HLC_H

#include "sim/check/truth.h"

void hlc_truth_init(struct judge *judge);
void hlc_truth_deinit(struct judge *judge);

void hlc_observe_came(struct judge *judge, const struct obs *obs);
void hlc_observe_welcome(struct judge *judge, const struct obs *obs);
void hlc_observe_wall(struct judge *judge, const struct obs *obs);
void hlc_observe_stamp(struct judge *judge, const struct obs *obs);
void hlc_observe_life(struct judge *judge, const struct obs *obs);
void hlc_placed(struct judge *judge, const struct placed *placed);

#endif
