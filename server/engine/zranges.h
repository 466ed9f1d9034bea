/* Ranges of sorted sets: ZRANGE, ZRANGEBYSCORE, ZREMRANGEBYSCORE. They sort what is there when they
 * are asked. ZRANGE's BYSCORE, BYLEX, REV and LIMIT are syntax errors. */
#ifndef HUBBUB_SERVER_ENGINE_ZRANGES_H
#define HUBBUB_SERVER_ENGINE_ZRANGES_H

#include "server/engine/state.h"

void vzrange(struct engine *engine, const struct vcommand *command);
void vzrangebyscore(struct engine *engine, const struct vcommand *command); /* and ZREMRANGE... */

#endif
