/* The wire of a client: what it sends, and the greatest stamp that it has seen on it. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_CONN_H
#define HUBBUB_SIM_CLIENT_CLIENT_CONN_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/protocol/frame.h"
#include "server/protocol/hlc.h"
#include "server/protocol/wire.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

struct wire *client_wire(const struct frame *frame) HB_MUST_USE; /* gives */
void client_send_frame(struct client *client, const struct frame *frame, struct client_out *out);
/* `stamp_text` lies within the frame of `wire`. */
void client_seen(struct client *client, struct wire *wire, struct hlc_stamp stamp,
                 const struct text *stamp_text);

#endif
