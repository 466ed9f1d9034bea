/* LIV-10: a connection is quiet. Pings come no more often than was agreed, and who has all and was told of nothing
 * that it lacks asks for nothing. */
#ifndef HUBBUB_SIM_CHECK_QUIET_H
#define HUBBUB_SIM_CHECK_QUIET_H

#include "sim/check/edge.h"

/* After word_heard, which takes the request down. */
void quiet_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
void quiet_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs);

#endif
