/* Until when a connection may go on: the end of the token that it stands on.
 *
 * What is left of a token is taken from the wall once, when the token comes, and then counted by the monotonic
 * clock: a wall that is set back prolongs nothing. Where the wall shows the end sooner (it was set forward, or the
 * machine slept, which the monotonic clock does not count), that is the end. Of two tokens of one connection the
 * one that ends later counts.
 *
 *   I1  in no step anything is said to, or taken from, a connection whose token is over: each step looks before it
 *       does anything. */
#ifndef HUBBUB_SERVER_NODE_BEARER_H
#define HUBBUB_SERVER_NODE_BEARER_H

#include "server/node/session.h"
#include "server/node/state.h"

/* The session stands on this token, which is good now: the first one, or one more. */
void bearer_take(struct node *node, struct session *session, const struct token_claims *claims);
/* Until the session ends; JSON_INT_MAX: or longer. */
int64_t bearer_left_ms(const struct node *node, const struct session *session);
/* Ends who is over (4001). */
void bearer_look(struct node *node);

#endif
