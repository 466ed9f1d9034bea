/* What every command that writes the log does: stamps before, telling everyone after. */
#ifndef HUBBUB_SERVER_NODE_COMMIT_H
#define HUBBUB_SERVER_NODE_COMMIT_H

#include "server/node/job.h"
#include "server/node/room.h"
#include "server/node/state.h"

struct text command_client_id(const struct frame *frame);
struct hlc_stamp *command_stamp(struct node *node, struct job *job); /* NULL: none is left */
/* Publishes, applies and announces an entry that this job committed. */
void command_committed(struct node *node, struct room *room, const struct entry *entry);
/* Takes the stamp that a sender had seen, unless it is too far ahead. */
void command_seen(struct node *node, struct hlc_stamp seen);

#endif
