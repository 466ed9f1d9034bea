/* The life of a connection: opened, greeted, kept alive, lost, waited for.
 *
 * The file that names everything that begins or ends with a connection. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_SESSION_H
#define HUBBUB_SIM_CLIENT_CLIENT_SESSION_H

#include "server/protocol/frame.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

static inline bool client_connected(const struct client *client)
{
    return client->state == CLIENT_HELLO_SENT || client->state == CLIENT_ONLINE;
}

void client_connect(struct client *client, struct client_out *out);
void client_say_hello(struct client *client, struct client_out *out);
void client_welcome(struct client *client, const struct frame *frame, struct client_out *out);
/* Another token: it may have waited for that to connect. */
void client_token_came(struct client *client, struct text token, struct client_out *out);
void client_ping(struct client *client, struct client_out *out);
/* When a connection on which nothing comes is given up. */
int64_t client_silence_us(const struct client *client);
/* Gives up on the connection and waits to open another. */
void client_give_up(struct client *client, struct client_out *out);
/* The other side closed it, or it was lost. */
void client_closed(struct client *client, uint32_t code, struct client_out *out);
/* The person closes the app. */
/* Its process ends; what it had stored is there when it starts again, or lost. */
void client_kill(struct client *client, bool loses, struct client_out *out);
void client_stop(struct client *client, struct client_out *out);

#endif
