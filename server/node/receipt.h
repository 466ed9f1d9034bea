/* What clients say of what arrived and what was read, and what they missed of others'. */
#ifndef HUBBUB_SERVER_NODE_RECEIPT_H
#define HUBBUB_SERVER_NODE_RECEIPT_H

#include "server/node/job.h"
#include "server/node/session.h"

/* Of received, read_receipt, receipts_request. */
void receipt_frame(struct node *node, struct session *session, struct wire *wire,
                   const struct frame *frame);
void receipt_start(struct node *node, struct job *job);
void receipt_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
