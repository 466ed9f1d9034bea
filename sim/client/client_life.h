/* How a client begins, ends, and loses what it had stored. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_LIFE_H
#define HUBBUB_SIM_CLIENT_CLIENT_LIFE_H

#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

/* As its config says; all else is zero before. */
void client_begin(struct client *client);
/* Frees what it holds. */
void client_end(struct client *client);
/* One that is off is as new: another installation, of the same config. */
void client_forget(struct client *client, struct client_out *out);

#endif
