/* Whose tokens are good, and the note of why one is not. */
#ifndef HUBBUB_SERVER_NODE_TRUST_H
#define HUBBUB_SERVER_NODE_TRUST_H

#include "server/node/state.h"
#include "server/protocol/token.h"

/* The token is good at this moment; else HB_EAUTH, whatever it was. */
HB_MUST_USE enum hb_err token_judge(struct node *node, struct text token, struct token_claims *ret);

#endif
