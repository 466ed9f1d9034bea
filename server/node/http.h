/* Requests: a session of one action, answered by what the action says. */
#ifndef HUBBUB_SERVER_NODE_HTTP_H
#define HUBBUB_SERVER_NODE_HTTP_H

#include "server/node/request.h"
#include "server/node/session.h"
#include "server/node/state.h"

void http_request(struct node *node, const struct http_request *request);
void http_gone(struct node *node, uint64_t request);       /* its peer waits no more */
void http_act(struct node *node, struct session *session); /* its user's rooms are known */
/* Ends the requests that were answered in this step. */
void http_flush(struct node *node);

#endif
