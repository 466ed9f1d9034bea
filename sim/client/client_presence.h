/* Who is there: what this client says of its person, and what it is told of others.
 *
 *   there --idle - warning--> warned --idle--> away      found at a look, every so often
 *     ^                         |                |
 *     +------ touched ----------+----------------+
 *
 * Of the connection it says whether the person is away, and in which room they are: once a change, and again
 * on the next connection what is not as a new one has it. What the person chooses holds for all their devices
 * and is remembered until they are shown so, or the connection on which it was said has lived long enough
 * for that: then it is not said again, for another device may have changed it since.
 *
 * Own invariants:
 *   I5  within a connection, the versions of what is taken of one person grow;
 *   I6  what is known from a connection before is replaced by the first word about that person. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_PRESENCE_H
#define HUBBUB_SIM_CLIENT_CLIENT_PRESENCE_H

#include "server/protocol/frame.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

void client_presence_deinit(struct client *client);

/* For reports: whether the person is taken for away, and in which room they say that they are; "": none. */
bool client_presence_away(const struct client *client);
const char *client_presence_room(const struct client *client);

/* The person does something on this device. */
void client_presence_touch(struct client *client, struct client_out *out);
/* A room is of this connection; the rest is chosen. */
void client_presence_choose(struct client *client, const struct frame_presence *choice,
                            struct client_out *out);
/* From now on they want to be told of this user, or no more. */
void client_presence_watch(struct client *client, const struct text *user, bool wanted,
                           struct client_out *out);
/* A look whether the person is there. */
void client_presence_look(struct client *client, struct client_out *out);
/* A presence_update or presence_state. */
void client_presence_told(struct client *client, const struct frame *frame, struct client_out *out);

void client_presence_welcome(struct client *client, struct client_out *out);
void client_presence_offline(struct client *client);

#endif
