/* Who is typing: what people press, what nodes hear and tell, and what devices show of it.
 *
 *   typ_people   who types where, and what is known of each device     typ_said   keys, starts, stops, ends
 *   typ_shown    what devices show, in time                            typ_told   what leaves the nodes
 *
 * A start or stop counts from when a node heard it: what was lost before, nobody owes. */
#ifndef HUBBUB_SIM_CHECK_TYP_H
#define HUBBUB_SIM_CHECK_TYP_H

#include "sim/check/truth.h"

void typ_init(struct judge *judge);
void typ_deinit(struct judge *judge);

/* Any of OBS_TYPING_MAP; commits, sends, what is shown, what passes a node's edge, after the shared truth knows
 * of them. Where nobody types, nothing. */
void typ_observe(struct judge *judge, const struct obs *obs);
/* DUE_TYPIST, DUE_KEY. */
void typ_due(struct judge *judge, struct due due);

#endif
