/* room_create and room_join: joins as entries of the room's log, by the room's name. */
#ifndef HUBBUB_SERVER_NODE_ROOMCMD_H
#define HUBBUB_SERVER_NODE_ROOMCMD_H

#include "server/node/job.h"
#include "server/node/state.h"

bool roomcmd_build(struct node *node, struct job *job, const struct frame *frame, struct db_tx *tx);
void roomcmd_committed(struct node *node, struct job *job, const struct frame *frame,
                       const struct db_answer *answer);
enum hb_err roomcmd_refusal(const struct frame *frame, const struct db_answer *answer);

#endif
