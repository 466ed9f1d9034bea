/* What Redis has of people at rest: PRE-09, PRE-12, PRE-13; and PRE-05 and PRE-06 of the record. */
#ifndef HUBBUB_SIM_CHECK_PRE_REST_H
#define HUBBUB_SIM_CHECK_PRE_REST_H

#include "sim/check/pre_people.h"

/* OBS_RECORD, OBS_LISTED. */
void pre_rest_observe(struct judge *judge, const struct obs *obs);
void pre_rest_end(struct judge *judge);

#endif
