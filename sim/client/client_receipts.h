/* What arrived on this device and what its person read: said in batches, and told of others. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_RECEIPTS_H
#define HUBBUB_SIM_CLIENT_CLIENT_RECEIPTS_H

#include "sim/client/client_state.h"

/* What was shown in this step: the effects from `from` on. */
void client_receipts_shown(struct client *client, const struct client_out *out, size_t from);
/* The person reads all that this room shows. */
void client_receipts_read(struct client *client, uint32_t room_ref, struct text room_id,
                          struct client_out *out);
void client_receipts_told(struct client *client, const struct frame *frame, struct client_out *out);
/* The server takes nothing of it now: all is said again. */
void client_receipts_refused(struct client *client, const struct frame_error *error);
void client_receipts_welcome(struct client *client);
void client_receipts_flush(struct client *client, struct client_out *out);
/* Nothing is known any more; of another log, nothing that was means anything in it. */
void client_receipts_deinit(struct client *client);

#endif
