/* The node's word is never evidence for itself: what it names and answers is held against the log and
 * against what was asked.
 *
 *   ORD-12  heads do not go back on a connection, nor a cursor behind what was asked
 *   ORD-15  a head that is named, to a connection or to other nodes, is one that the log has
 *   SYN-13  a reset, or another log's name, needs a cause; a position of another log gets nothing else
 *   SYN-15  an answer knows all that was acked to its user before
 *   SYN-18  each request has one answer, of its own, which is complete or a refusal */
#ifndef HUBBUB_SIM_CHECK_WORD_H
#define HUBBUB_SIM_CHECK_WORD_H

#include "sim/check/edge.h"

void word_truth_init(struct judge *judge);
void word_truth_deinit(struct judge *judge);

void word_head(struct judge *judge, const struct obs *obs);      /* OBS_SAID_HEAD */
void word_announced(struct judge *judge, const struct obs *obs); /* to the other nodes */
/* Before edge_heard and edge_said. */
void word_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
void word_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
void word_reset(struct judge *judge, const struct obs *obs); /* a client began a room again */

#endif
