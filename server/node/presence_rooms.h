/* Whom a connection is told of: the people of its rooms, and those whom it asked for. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_ROOMS_H
#define HUBBUB_SERVER_NODE_PRESENCE_ROOMS_H

#include "server/node/job.h"
#include "server/node/presence_people.h"

#define PRESENCE_WATCHES_MAX 1024 /* of one connection */

/* From now on this node hears of them. */
void presence_follow(struct node *node, struct person *person);
/* Rooms to which connections were attached, and those whose members changed, in this step. */
void presence_rooms_flush(struct node *node);
/* Rooms without local members are let go; what is asked for is looked at again: who left may not know any more. */
void presence_rooms_sweep(struct node *node);
void presence_watch_frame(struct node *node, struct session *session, const struct frame *frame);
/* The session ends: it watches nobody. */
void presence_unwatch_all(struct node *node, struct session *session);
/* All that this connection watches is checked again. */
void presence_recheck(struct node *node, struct session *session);

/* JOB_MEMBERS: who is in a room. */
void members_start(struct node *node, struct job *job);
void members_done(struct node *node, struct job *job, const struct db_answer *answer);
/* JOB_WATCH: whom somebody may watch. */
void watch_start(struct node *node, struct job *job);
void watch_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
