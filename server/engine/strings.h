/* Commands for strings: SET, GET, INCR, INCRBY. */
#ifndef HUBBUB_SERVER_ENGINE_STRINGS_H
#define HUBBUB_SERVER_ENGINE_STRINGS_H

#include "server/engine/state.h"

void vset(struct engine *engine, const struct vcommand *command);
void vget(struct engine *engine, const struct vcommand *command);
void vincr(struct engine *engine, const struct vcommand *command); /* and INCRBY */

#endif
