/* What nodes tell of who types, as it leaves them (TYP-04, TYP-05, TYP-10), and what they keep (TYP-09). */
#ifndef HUBBUB_SIM_CHECK_TYP_TOLD_H
#define HUBBUB_SIM_CHECK_TYP_TOLD_H

#include "sim/check/typ_people.h"

void typ_told_observe(struct judge *judge, const struct obs *obs); /* OBS_TYPING_TOLD */
/* Node `obs->node` heard a stop of the pair: whoever was told that they type is to be told. */
void typ_told_stop(struct judge *judge, const struct typ_pair *pair, const struct obs *obs);
/* They wrote: a stop is not owed any more. */
void typ_told_forget(struct judge *judge, const struct typ_pair *pair);
void typ_told_kept(struct judge *judge, const struct obs *obs); /* OBS_TYPISTS */

#endif
