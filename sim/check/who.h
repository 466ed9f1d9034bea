/* SEC-12: for whom a node takes who comes. */
#ifndef HUBBUB_SIM_CHECK_WHO_H
#define HUBBUB_SIM_CHECK_WHO_H

#include "sim/check/truth.h"

/* A welcome names the user; another frame is nothing to it. */
void who_said(struct judge *judge, const struct obs *obs);

#endif
