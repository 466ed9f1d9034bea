/* Who is there, to requests: GET /api/presence.
 *
 *   presence_list_ask --JOB_LIST--> people --known here, or read from Redis--> answer
 *
 * Asked of are those with whom the asker shares a room of at most presenceRoomMax members, or the members of one
 * room of the asker's. Whoever is not known here is followed, and the answer waits for it; while Redis is away it
 * says what is known, and that this may be old. A page is of so many people that are looked at, of whom those are
 * told who are there, or were seen since the instant that is asked for. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_LIST_H
#define HUBBUB_SERVER_NODE_PRESENCE_LIST_H

#include "server/node/job.h"
#include "server/node/presence_people.h"

/* `query` was read once (http_people_read); the session's rooms are known. */
void presence_list_ask(struct node *node, struct session *session, struct text query);
/* Answers whoever waits for nobody any more. */
void presence_list_flush(struct node *node);

/* JOB_LIST: of whom it is. */
void list_start(struct node *node, struct job *job);
void list_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
