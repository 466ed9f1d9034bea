/* A node that is asked to go: a drain is no crash.
 *
 *   LIV-07  it says `draining` on each connection that it had greeted; what it had heard there is answered
 *           before it closes with 1012; it greets nobody any more; a connection is closed within BOUND_DRAIN.
 *
 * Another cause to close (silence, an outcome that stays unknown) is LIV-13's: what was asked there is not
 * owed an answer. What the log owes to others after a drain is in path.c: no more than after any commit. */
#ifndef HUBBUB_SIM_CHECK_DRAIN_H
#define HUBBUB_SIM_CHECK_DRAIN_H

#include "sim/check/edge.h"

/* OBS_DRAIN. */
void drain_asked(struct judge *judge, const struct obs *obs);
void drain_due(struct judge *judge, struct due due, int64_t now_us);
void drain_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
void drain_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
/* HANGUP, before edge_ended. */
void drain_hangup(struct judge *judge, const struct edge_conn *conn, const struct obs *obs);

#endif
