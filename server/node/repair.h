/* Repairs from the database: heads are compared in batches, missing rows are read and applied. */
#ifndef HUBBUB_SERVER_NODE_REPAIR_H
#define HUBBUB_SERVER_NODE_REPAIR_H

#include "server/node/job.h"
#include "server/node/room.h"
#include "server/node/state.h"

/* Reads what is missing up to the head that is known; once at a time. */
void room_repair(struct node *node, struct room *room);
void room_gap_timer(struct node *node, uint32_t index, uint64_t life);
void repair_start(struct node *node, struct job *job);
void repair_done(struct node *node, struct job *job, const struct db_answer *answer);

/* Whether heads are being read: what the database does not answer is not asked for once more. */
bool heads_under_way(const struct node *node);
/* Reads the heads that were wanted since the last step. */
void heads_flush(struct node *node);
void heads_tell(struct node *node, uint32_t room); /* read the head and announce it */
bool heads_telling(const struct node *node);       /* one is wanted that is not announced yet */
void heads_start(struct node *node, struct job *job);
void heads_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
