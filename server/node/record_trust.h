/* Whose tokens a node takes, as the words of its record. */
#ifndef HUBBUB_SERVER_NODE_RECORD_TRUST_H
#define HUBBUB_SERVER_NODE_RECORD_TRUST_H

#include "server/node/record_io.h"
#include "server/protocol/token.h"

void io_trust(struct io *io, struct token_trust *trust);

#endif
