/* Hello, the snapshot of a user's rooms, welcome and resume. */
#ifndef HUBBUB_SERVER_NODE_HELLO_H
#define HUBBUB_SERVER_NODE_HELLO_H

#include "server/node/job.h"
#include "server/node/session.h"
#include "server/node/state.h"

void hello_frame(struct node *node, struct session *session, struct wire *wire);
void hello_start(struct node *node, struct job *job);
/* Gives a request's session whose rooms are known now: it can act. Else NULL. */
struct session *hello_done(struct node *node, struct job *job, const struct db_answer *answer);
/* Welcomes those whose rooms are all there; attaches live ones to rooms that came. */
void hello_settle(struct node *node);

#endif
