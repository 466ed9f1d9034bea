/* Users and rooms that nobody here needs any more are forgotten. */
#ifndef HUBBUB_SERVER_NODE_FORGET_H
#define HUBBUB_SERVER_NODE_FORGET_H

#include "server/node/state.h"

/* Costs nothing most of the time: it looks every FORGET_AFTER_US. */
void forget_sweep(struct node *node);

#endif
