/* Pages of the log, by cursor, by positions or from a time on. */
#ifndef HUBBUB_SERVER_NODE_SYNC_H
#define HUBBUB_SERVER_NODE_SYNC_H

#include "server/node/job.h"
#include "server/node/session.h"
#include "server/node/state.h"

struct sync_work *sync_work_new(void) HB_MUST_USE;
void sync_work_free(struct sync_work **work);

void sync_frame(struct node *node, struct session *session, struct wire *wire,
                const struct frame *frame);
/* Marks the rooms that a page under way is about. */
void sync_needs(const struct job *job, bool *rooms);
void sync_start(struct node *node, struct job *job);
void sync_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
