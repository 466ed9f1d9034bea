/* ORD: one log, the same for all, in an order that people can follow. */
#ifndef HUBBUB_SIM_CHECK_ORD_H
#define HUBBUB_SIM_CHECK_ORD_H

#include "sim/check/truth.h"

void ord_truth_init(struct judge *judge);
void ord_truth_deinit(struct judge *judge);
/* How often the rows that devices were shown put it to the test. */
uint64_t ord_shown(const struct judge *judge, enum invariant invariant);

void ord_placed(struct judge *judge, const struct placed *placed);
void ord_row(struct judge *judge, const struct obs *obs, const struct row *row);
/* It was shown a message at a place where another one, or none, stands. */
void ord_misplaced(struct judge *judge, const struct obs *obs, struct view *view);
void ord_out_of_order(struct judge *judge, const struct obs *obs, struct view *view,
                      const struct row *row);
/* ORD-03, ORD-08: not above what was shown before. */
void ord_backward(struct judge *judge, const struct obs *obs, struct view *view,
                  const struct row *row);
/* ORD-04: whether it leaves a hole above `top`, the greatest seq that was shown. */
void ord_hole(struct judge *judge, const struct obs *obs, struct view *view, uint64_t top);
void ord_send(struct judge *judge, const struct obs *obs, struct send *send);
void ord_ack(struct judge *judge, const struct obs *obs, struct send *send);

#endif
