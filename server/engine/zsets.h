/* Commands for sorted sets: ZADD, ZSCORE, ZCARD.
 *
 * A score is an integer here (Redis has doubles, of which these are the exact ones): it is a time
 * in all that the node stores, and floating point is kept out of every state. A score with a
 * fraction, infinite or past 2^53 is refused as "not a valid float". ZADD's INCR is a syntax error. */
#ifndef HUBBUB_SERVER_ENGINE_ZSETS_H
#define HUBBUB_SERVER_ENGINE_ZSETS_H

#include "server/engine/state.h"

#define VSCORE_MAX (INT64_C(1) << 53)

bool vscore_of(struct text text, int64_t *ret); /* false: not a score */
void vzadd(struct engine *engine, const struct vcommand *command);
void vzscore(struct engine *engine, const struct vcommand *command);
void vzcard(struct engine *engine, const struct vcommand *command);

#endif
