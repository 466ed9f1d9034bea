/* Rooms that its person makes, joins and leaves: commands that are said until they are answered, one at a time.
 *
 * One that is not answered, or refused for now, is said again, the same bytes; an ack or a refusal for good ends it. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_MEMBERSHIP_H
#define HUBBUB_SIM_CLIENT_CLIENT_MEMBERSHIP_H

#include "server/protocol/frame.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

#define CLIENT_COMMANDS_MAX 16 /* that wait for an answer; one more is not taken */

/* `asked`: a room_create, room_join or room_leave without its client id; borrows. Not taken: nothing is emitted. */
void client_membership_ask(struct client *client, const struct frame *asked,
                           struct client_out *out);
/* What waits is said, unless it is under way or refused for now. */
void client_membership_flush(struct client *client, struct client_out *out);
/* An ack or a nack. False: it is of none that waits. */
bool client_membership_answered(struct client *client, struct wire *wire, const struct frame *frame,
                                struct client_out *out);
/* The alarm rang: true, no answer came for so long that the connection is given up. */
bool client_membership_look(struct client *client, struct client_out *out);
void client_membership_offline(struct client *client);
uint32_t client_membership_len(const struct client *client);
void client_membership_deinit(struct client *client);

#endif
