/* Who came into a room: whoever has connections of theirs is told, until Redis has confirmed it once.
 *
 * Nothing else would tell: a node that does not follow the room yet passes over its announcements. What is
 * lost behind Redis is found by whoever lost it: a channel that is confirmed again is read again. */
#ifndef HUBBUB_SERVER_NODE_INVITED_H
#define HUBBUB_SERVER_NODE_INVITED_H

#include "server/node/state.h"

#define INVITED_TAG_KIND 127 /* the uppermost 8 bits of the tag of a reply that is ours */

/* "Your rooms may have changed." */
void invited_tell(struct node *node, struct text user);
/* Says again what is not confirmed. */
void invited_tick(struct node *node);
void invited_reply(struct node *node, const struct redis_item *item);
void invited_deinit(struct node *node);

#endif
