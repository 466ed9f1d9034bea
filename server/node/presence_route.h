/* To which node a user's connections belong: the ring over the nodes that say a public address with their lease.
 *
 * It follows the leases: whose is missing is no place to go to, nor is a node that drains. While Redis is away no
 * lease is looked at, so what was known last serves. Nothing is known before each lease was looked at once: a
 * node that has just begun would name itself for everybody. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_ROUTE_H
#define HUBBUB_SERVER_NODE_PRESENCE_ROUTE_H

#include "server/node/presence_people.h"

/* The public address for this user; NULL: none is known now. Borrowed until the step ends. */
struct text presence_route(struct node *node, struct text user);
/* GET /api/route: {"userId", "url", "ring"} with the ring that was asked, into node->scratch. False: none is
 * known now. */
bool presence_route_write(struct node *node, struct text user);

#endif
