/* SYN: nothing lost, nothing made up, nothing twice. */
#ifndef HUBBUB_SIM_CHECK_SYN_H
#define HUBBUB_SIM_CHECK_SYN_H

#include "sim/check/truth.h"

/* How often the rows that devices were shown put it to the test. */
uint64_t syn_shown(const struct judge *judge, enum invariant invariant);

void syn_placed(struct judge *judge, const struct placed *placed);
void syn_row_unfaithful(struct judge *judge, const struct obs *obs);
void syn_resumed(struct judge *judge, const struct obs *obs, struct view *view);
void syn_ack_sent(struct judge *judge, const struct obs *obs);
void syn_end(struct judge *judge, const struct obs *obs);

#endif
