/* Answers to what people wrote: SYN-12, SYN-17, SYN-22, LIV-01. */
#ifndef HUBBUB_SIM_CHECK_REFUSAL_H
#define HUBBUB_SIM_CHECK_REFUSAL_H

#include "sim/check/truth.h"

void refusal_truth_init(struct judge *judge);
void refusal_truth_deinit(struct judge *judge);

void refusal_put(struct judge *judge, const struct obs *obs, const struct send *send);
void refusal_ack(struct judge *judge, const struct obs *obs, const struct send *send);
/* Also that it is shown as failed. */
void refusal_nack(struct judge *judge, const struct obs *obs, const struct send *send);
void refusal_placed(struct judge *judge, const struct placed *placed);
void refusal_due(struct judge *judge, struct due due, int64_t now_us);
void refusal_end(struct judge *judge, const struct obs *obs);

#endif
