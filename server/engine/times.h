/* Commands for keys of any type: DEL, EXISTS, TYPE, EXPIRE, PEXPIRE, TTL, PTTL, PERSIST. */
#ifndef HUBBUB_SERVER_ENGINE_TIMES_H
#define HUBBUB_SERVER_ENGINE_TIMES_H

#include "server/engine/state.h"

void vdel(struct engine *engine, const struct vcommand *command);
void vexists(struct engine *engine, const struct vcommand *command);
void vtype(struct engine *engine, const struct vcommand *command);
void vexpire(struct engine *engine, const struct vcommand *command); /* and PEXPIRE */
void vttl(struct engine *engine, const struct vcommand *command);    /* and PTTL */
void vpersist(struct engine *engine, const struct vcommand *command);

#endif
