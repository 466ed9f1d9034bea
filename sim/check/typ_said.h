/* What people press, and what nodes hear of it: starts, stops, ends (TYP-06, TYP-10). */
#ifndef HUBBUB_SIM_CHECK_TYP_SAID_H
#define HUBBUB_SIM_CHECK_TYP_SAID_H

#include "sim/check/typ_people.h"

void typ_said_key(struct judge *judge, const struct obs *obs);     /* OBS_KEY */
void typ_said_send(struct judge *judge, const struct obs *obs);    /* OBS_SEND */
void typ_said_heard(struct judge *judge, const struct obs *obs);   /* OBS_TYPED */
void typ_said_refused(struct judge *judge, const struct obs *obs); /* OBS_SAID */
/* OBS_HANGUP, OBS_GONE: a node knows that a connection is over. */
void typ_said_gone(struct judge *judge, const struct obs *obs);
void typ_said_commit(struct judge *judge, const struct obs *obs);
void typ_said_due(struct judge *judge, struct due due); /* DUE_KEY */

#endif
