/* Commands for the connection and the whole: PING, ECHO, SELECT, FLUSHALL. */
#ifndef HUBBUB_SERVER_ENGINE_SERVER_H
#define HUBBUB_SERVER_ENGINE_SERVER_H

#include "server/engine/state.h"

void vping(struct engine *engine, const struct vcommand *command);
void vecho(struct engine *engine, const struct vcommand *command);
void vselect(struct engine *engine, const struct vcommand *command);
void vflushall(struct engine *engine, const struct vcommand *command);

#endif
