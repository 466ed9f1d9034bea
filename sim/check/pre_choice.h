/* What people choose for all their devices, and which of it may be the last. */
#ifndef HUBBUB_SIM_CHECK_PRE_CHOICE_H
#define HUBBUB_SIM_CHECK_PRE_CHOICE_H

#include "sim/check/pre_people.h"

void pre_choose(struct judge *judge, struct pre_person *person, const struct obs *obs,
                const struct pre_conn *conn);
/* DUE_CHOICE: whether what was said then is settled: since when it may count alone; NEVER_US: not yet. */
int64_t pre_choice_due(struct judge *judge, struct due due);

/* Since when it is certain that they are to be shown as offline whatever they do; NEVER_US: it is not. */
int64_t pre_hidden_since(const struct pre_person *person);

#endif
