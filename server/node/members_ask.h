/* Who is in a room, to requests: GET /api/rooms/{room}/members. */
#ifndef HUBBUB_SERVER_NODE_MEMBERS_ASK_H
#define HUBBUB_SERVER_NODE_MEMBERS_ASK_H

#include "server/node/job.h"
#include "server/node/session.h"

/* A page of the members of the query's room, to one of them; to others there is no such room. The query was
 * read once; the session's rooms are known. */
void members_ask(struct node *node, struct session *session, struct text query);
/* JOB_MEMBERS_PAGE: the page. */
void members_page_start(struct node *node, struct job *job);
void members_page_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
