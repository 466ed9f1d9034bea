/* What a person wrote: kept until it is acked, one on the wire per room, oldest first. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_OUTBOX_H
#define HUBBUB_SIM_CLIENT_CLIENT_OUTBOX_H

#include "server/base/text.h"
#include "server/protocol/frame.h"
#include "server/protocol/wire.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

/* A person writes to a room of the config, by its ref, or to one that was learnt, by its name. */
void client_outbox_say(struct client *client, uint32_t room_ref, struct text room_id,
                       struct text content, struct client_out *out);
/* To a person: the room of the two, which may not be there yet. */
void client_outbox_write_to(struct client *client, struct text user, struct text content,
                            struct client_out *out);
/* Sends what may go: the first of each room that has none on the wire and no pause. */
void client_outbox_flush(struct client *client, struct client_out *out);
void client_outbox_ack(struct client *client, struct wire *wire, const struct frame *frame,
                       struct client_out *out);
void client_outbox_nack(struct client *client, const struct frame *frame, struct client_out *out);
void client_outbox_offline(struct client_room *room);
uint32_t client_outbox_unacked(const struct client *client); /* in all rooms */
/* When the answer to a send is overdue, and when a pause is over; INT64_MAX: never. The two alarms
 * are these instants after each step (checked). */
int64_t client_outbox_answer_us(const struct client *client);
int64_t client_outbox_resend_us(const struct client *client);

#endif
