/* A message or a leave, as a transaction: what is appended by the room's key. */
#ifndef HUBBUB_SERVER_NODE_APPEND_H
#define HUBBUB_SERVER_NODE_APPEND_H

#include "server/node/entry.h"
#include "server/node/job.h"
#include "server/node/session.h"
#include "server/node/state.h"

/* False: no stamp is left. */
bool append_build(struct node *node, struct job *job, const struct frame *frame, struct db_tx *tx);
/* Why it appended nothing. */
enum hb_err append_refusal(const struct db_answer *answer);
/* Of one who is not in the room, as far as this node has heard: whether it was done before. */
void append_find_build(const struct node *node, const struct job *job, const struct frame *frame,
                       struct db_tx *tx);
/* HB_EAGAIN: they are in it, by a join that was not heard here yet. */
enum hb_err append_find_refusal(struct node *node, const struct job *job,
                                const struct db_answer *answer);
/* It appended `found`: no other entry has its stamp. */
bool append_is(const struct node *node, const struct job *job, const struct entry_found *found);
void append_ack(struct node *node, struct session *session, const struct frame *frame,
                const struct entry_found *found);
/* Tells everyone of `found`, which this job appended. */
void append_committed(struct node *node, struct job *job, const struct frame *frame,
                      const struct entry_found *found);
/* The first try of this command was committed, here or elsewhere; whether it was published, nobody can
 * say: so its room's head is announced again. */
void append_again(struct node *node, const struct entry_found *found);

#endif
