/* The token of a client, and how it gets others: asked for before a connection ends with it, where the client does
 * so, and when it was found to be good no longer. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_TOKEN_H
#define HUBBUB_SIM_CLIENT_CLIENT_TOKEN_H

#include "server/base/text.h"
#include "server/protocol/frame.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

void client_token_deinit(struct client *client);
struct text client_token(const struct client *client); /* that it says hello with */

/* A connection ended with `code`. True: for its token, and another one may help. */
bool client_token_over(struct client *client, uint32_t code);
/* True: it has to have another one first, which it asks for. */
bool client_token_wanted(struct client *client, struct client_out *out);
/* True: this is what it waited for. */
bool client_token_given(struct client *client, struct text token, struct client_out *out);

/* Its connection lasts so long; -1: that was not said. */
void client_token_welcome(struct client *client, int64_t expires_in_ms);
void client_token_look(struct client *client, struct client_out *out);
void client_token_refreshed(struct client *client, const struct frame_refreshed *refreshed);
void client_token_refused(struct client *client, const struct frame_error *error);

#endif
