/* The answers to a sync: a page of entries, or an error. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_PAGE_H
#define HUBBUB_SIM_CLIENT_CLIENT_PAGE_H

#include "server/protocol/frame.h"
#include "server/protocol/wire.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

void client_page(struct client *client, struct wire *wire, const struct frame *frame,
                 struct client_out *out);
void client_page_error(struct client *client, const struct frame_error *error,
                       struct client_out *out);

#endif
