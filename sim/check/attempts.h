/* LIV-08: a client that lost its connection waits before it tries again, and not all for the same time. */
#ifndef HUBBUB_SIM_CHECK_ATTEMPTS_H
#define HUBBUB_SIM_CHECK_ATTEMPTS_H

#include "sim/check/truth.h"

void attempts_init(struct judge *judge);
void attempts_deinit(struct judge *judge);

void attempts_want(struct judge *judge, const struct obs *obs);
void attempts_end(struct judge *judge);

#endif
