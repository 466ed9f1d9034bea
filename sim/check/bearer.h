/* SEC-03: who bears a token that is good is served, until it ends and no longer.
 *
 *   ISSUED --> TOKEN, HEARD hello --> stands --HEARD refresh, SAID refreshed--> stands on another --> HANGUP
 *
 * A connection ends when what its node's wall left of the token, when that came, is over by the node's monotonic clock:
 * a wall that is set back prolongs nothing. A refresh prolongs by what the other token ends later, and by no
 * more than the wall leaves of it. Behind the end nothing is said, and within BOUND_TOKEN it is closed. Who was revoked
 * is cut within BOUND_REVOKED at each node, and let in by none after that.
 *
 * That a node ends one sooner, or refuses a good token, is LIV-13's: a wall that was set forward past the
 * end is a cause, and that the token was revoked. */
#ifndef HUBBUB_SIM_CHECK_BEARER_H
#define HUBBUB_SIM_CHECK_BEARER_H

#include "sim/check/edge.h"

void bearer_truth_init(struct judge *judge);
void bearer_truth_deinit(struct judge *judge);

/* ISSUED, TOKEN, REVOKED. */
void bearer_observe(struct judge *judge, const struct obs *obs);
void bearer_wall(struct judge *judge, const struct obs *obs);
void bearer_node_down(struct judge *judge, const struct obs *obs);
void bearer_ack_sent(struct judge *judge, const struct obs *obs);

/* Before edge_heard, edge_said, edge_ended. */
void bearer_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
void bearer_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
void bearer_hangup(struct judge *judge, const struct edge_conn *conn, const struct obs *obs);
void bearer_due(struct judge *judge, struct due due, int64_t now_us);

/* Whether the node may close it: its token is over (4001), or was none to come in with (4500). */
bool bearer_is_over(struct judge *judge, const struct edge_conn *conn, const struct obs *obs);
bool bearer_was_refused(struct judge *judge, const struct edge_conn *conn);

#endif
