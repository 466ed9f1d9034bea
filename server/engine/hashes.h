/* Commands for hashes: HSET, HGET, HGETALL, HINCRBY; and HDEL, which for sorted sets is ZREM. */
#ifndef HUBBUB_SERVER_ENGINE_HASHES_H
#define HUBBUB_SERVER_ENGINE_HASHES_H

#include "server/engine/state.h"

void vhset(struct engine *engine, const struct vcommand *command);
void vhget(struct engine *engine, const struct vcommand *command);
void vhgetall(struct engine *engine, const struct vcommand *command);
void vhincrby(struct engine *engine, const struct vcommand *command);
void vremove_members(struct engine *engine, const struct vcommand *command); /* HDEL, ZREM */

#endif
