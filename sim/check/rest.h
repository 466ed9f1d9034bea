/* What a node holds at rest is for those who are there: LIV-09. */
#ifndef HUBBUB_SIM_CHECK_REST_H
#define HUBBUB_SIM_CHECK_REST_H

#include "sim/check/truth.h"

void rest_truth_init(struct judge *judge);
void rest_truth_deinit(struct judge *judge);

/* A connection to a node ended. */
void rest_closed(struct judge *judge, const struct obs *obs);
/* OBS_WATCH of a device that is online. */
void rest_watched(struct judge *judge, const struct obs *obs);
/* OBS_ASTRAY: it still holds a connection that is over. */
void rest_astray(struct judge *judge, const struct obs *obs);
/* OBS_SERVES and OBS_HOLDS. */
void rest_observe(struct judge *judge, const struct obs *obs);

#endif
