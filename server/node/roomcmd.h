/* room_create and room_join: joins as entries of the room's log, by the room's name. */
#ifndef HUBBUB_SERVER_NODE_ROOMCMD_H
#define HUBBUB_SERVER_NODE_ROOMCMD_H

#include "server/node/commit.h"
#include "server/node/job.h"
#include "server/node/room.h"
#include "server/node/state.h"

bool roomcmd_build(struct node *node, struct job *job, const struct frame *frame, struct db_tx *tx);
void roomcmd_committed(struct node *node, struct job *job, const struct frame *frame,
                       const struct db_answer *answer, const struct entry_found *found);
/* One join of the transaction, if it was appended: whoever joined is told. `stamp` is its place among
 * the job's; `entry` says who, and is filled in. */
void roomcmd_joined(struct node *node, const struct job *job, struct room *room, uint32_t stamp,
                    struct entry *entry, const struct db_rows *appended);
/* Why it appended nothing. */
void roomcmd_refusal(const struct node *node, const struct job *job, const struct frame *frame,
                     const struct db_answer *answer, struct refusal *ret);

#endif
