/* What waits at a device to be put on the wire, a queue a room: LIV-05, LIV-12. */
#ifndef HUBBUB_SIM_CHECK_OUTBOX_H
#define HUBBUB_SIM_CHECK_OUTBOX_H

#include "sim/check/truth.h"

void outbox_init(struct judge *judge);
void outbox_deinit(struct judge *judge);

/* Written, put on the wire, refused, failed: of a send that is known. */
void outbox_send(struct judge *judge, const struct obs *obs, const struct send *send);
void outbox_ack(struct judge *judge, const struct send *send);
/* Its connection came or went. */
void outbox_opened(struct judge *judge, const struct obs *obs);
/* What waits there is lost. */
void outbox_forgot(struct judge *judge, uint32_t device);
void outbox_closed(struct judge *judge, uint32_t device);
void outbox_due(struct judge *judge, struct due due);

#endif
