/* The end of a node that is asked to go. */
#ifndef HUBBUB_SERVER_NODE_DRAIN_H
#define HUBBUB_SERVER_NODE_DRAIN_H

#include "server/node/state.h"

void drain_begin(struct node *node);
/* Sends away whoever has nothing under way; says when nothing is left. */
void drain_flush(struct node *node);

#endif
