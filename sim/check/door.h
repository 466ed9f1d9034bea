/* A node's door: who may come in, and who is shown out.
 *
 *   LIV-06  a node takes connections in time after its start, and not before the database has its life
 *   LIV-16  a hello is answered in time, by a welcome or by the end of its connection
 *   LIV-13  a node closes a connection only for a cause that the world knows:
 *             1012 it is asked to go            4003 nothing was heard for H + Ht by its own clock
 *             1013 it takes no connections yet, or the hello found no answer within K in a fault
 *             1008 too many frames that are none, or one before the hello
 *             4502 no hello in time             4500 a token that is not good by its own clock, or was revoked
 *             4001 the token is over by its own clocks, or was revoked
 *             4007 the database was disturbed while the connection was there */
#ifndef HUBBUB_SIM_CHECK_DOOR_H
#define HUBBUB_SIM_CHECK_DOOR_H

#include "sim/check/edge.h"

void door_truth_init(struct judge *judge);
void door_truth_deinit(struct judge *judge);

/* NODE_UP, REGISTERED, READY, DRAIN. */
void door_observe(struct judge *judge, const struct obs *obs);
void door_ready_due(struct judge *judge, struct due due, int64_t now_us);
/* Before edge_heard. */
void door_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs);
/* SAID, before edge_said. */
void door_said(struct judge *judge, const struct edge_conn *conn, const struct obs *obs);
void door_hello_due(struct judge *judge, struct due due, int64_t now_us);
/* HANGUP, before edge_ended. */
void door_hangup(struct judge *judge, const struct edge_conn *conn, const struct obs *obs);

#endif
