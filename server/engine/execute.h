/* The table of commands, what is refused before a command is looked at, and transactions. */
#ifndef HUBBUB_SERVER_ENGINE_EXECUTE_H
#define HUBBUB_SERVER_ENGINE_EXECUTE_H

#include "server/engine/state.h"

/* Fills engine->command_names. */
void vcommands_init(struct engine *engine);
/* Executes, queues or refuses a command of command->client, and writes the reply. */
void vexecute(struct engine *engine, struct vcommand *command);
/* Ends the connection after what was written to it; nothing more of it is heard. */
void vclient_close(struct engine *engine, struct vclient *client);

#endif
