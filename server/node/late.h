/* Sessions that come into a room whose tail here does not reach back to their join: what they lack is read from
 * the log and sent before they are attached. */
#ifndef HUBBUB_SERVER_NODE_LATE_H
#define HUBBUB_SERVER_NODE_LATE_H

#include "server/node/job.h"
#include "server/node/state.h"

/* Reads for those whom user_room_attach left in node->late. */
void late_flush(struct node *node);
void late_start(struct node *node, struct job *job);
void late_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
