/* Commands that write the log: one in flight per (connection, room), each an idempotent transaction. */
#ifndef HUBBUB_SERVER_NODE_SEND_H
#define HUBBUB_SERVER_NODE_SEND_H

#include "server/node/job.h"
#include "server/node/session.h"
#include "server/node/state.h"

void command_frame(struct node *node, struct session *session, struct wire *wire,
                   const struct frame *frame);
/* Submits the first command of each queue that may go. */
void commands_flush(struct node *node);
void command_start(struct node *node, struct job *job);
void command_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
