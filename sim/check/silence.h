/* A connection on which nothing passes any more ends by the silence of it, at each side: LIV-15.
 *
 *   node    nothing was heard for H + Ht, or no hello came in time: it has closed it, by its own clock
 *   client  of a half-open connection: it has ended it when its silence or the wait for an answer is over.
 *           Where its frames are lost and the node's are not, it may wait for the node to close it.
 *
 * And as long as all is well it is kept by pings at the pace that was agreed: LIV-10. */
#ifndef HUBBUB_SIM_CHECK_SILENCE_H
#define HUBBUB_SIM_CHECK_SILENCE_H

#include "sim/check/edge.h"

void silence_truth_init(struct judge *judge);
void silence_truth_deinit(struct judge *judge);

/* A node's clock was told. */
void silence_clock(struct judge *judge, const struct obs *obs);
/* ARRIVED, after edge_observe. */
void silence_arrived(struct judge *judge, const struct obs *obs);
/* HANGUP and GONE, before edge_ended; NODE_DOWN before edge_node_down. */
void silence_ended(struct judge *judge, const struct edge_conn *conn, const struct obs *obs);
void silence_node_down(struct judge *judge, const struct obs *obs);
void silence_due(struct judge *judge, struct due due, int64_t now_us);

/* WANT: the device's present connection. */
void silence_want(struct judge *judge, const struct obs *obs);
/* A fault that makes that connection half-open; its end is the client's end of the connection. */
void silence_fault(struct judge *judge, const struct obs *obs);
void silence_unaware_due(struct judge *judge, struct due due, int64_t now_us);

#endif
