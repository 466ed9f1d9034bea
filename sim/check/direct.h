/* DIR-01: what two people write to each other stands in one room, of these two and of nobody else; there, too, they
 * are told that the other one types.
 *
 * The truth is whom the world made people write to, whom nodes heard them type to, and which rooms the log has. */
#ifndef HUBBUB_SIM_CHECK_DIRECT_H
#define HUBBUB_SIM_CHECK_DIRECT_H

#include "sim/check/truth.h"

void direct_init(struct judge *judge);
void direct_deinit(struct judge *judge);
void direct_writes_to(struct judge *judge, const struct obs *obs);
void direct_typed(struct judge *judge, const struct obs *obs); /* OBS_TYPED */
void direct_told(struct judge *judge, const struct obs *obs);  /* OBS_TYPING_TOLD */
/* A message got its place by a commit. */
void direct_placed(struct judge *judge, const struct placed *placed);
void direct_member(struct judge *judge, const struct obs *obs);

#endif
