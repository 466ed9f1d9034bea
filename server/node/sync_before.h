/* A page of a room's log backwards: the newest entries below a place.
 *
 * One request, one page, and no session: what stands below a place does not change, so the next page
 * is asked for by the first entry of this one. It is of one stay of the asker in the room; entries of an
 * earlier stay come with a page of their own. */
#ifndef HUBBUB_SERVER_NODE_SYNC_BEFORE_H
#define HUBBUB_SERVER_NODE_SYNC_BEFORE_H

#include "server/node/job.h"
#include "server/node/session.h"
#include "server/protocol/frame_sync.h"

/* `wire` is of `request`, which names a room; no other sync of the session is under way. */
void sync_before(struct node *node, struct session *session, struct wire *wire,
                 const struct frame_sync_request *request);
/* JOB_BEFORE: the page. */
void sync_before_start(struct node *node, struct job *job);
void sync_before_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
