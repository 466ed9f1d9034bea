/* The order in which a device shows a room. ORD-01 (without seq), ORD-03, ORD-05, ORD-06, ORD-11,
 * HLC-03; which of them, the profile says. */
#ifndef HUBBUB_SIM_OUTSIDE_ORDER_H
#define HUBBUB_SIM_OUTSIDE_ORDER_H

#include "sim/outside/ledger.h"

/* Gives the message the next number of its writer's device, and what it may be a reply to. */
void order_sent(struct ledger *ledger, struct seat *seat, struct message *message);
/* Its writer's line came after it had been shown: now its place among the writer's is known. */
void order_known(struct ledger *ledger, struct message *message);
/* `seat` shows it for the first time. */
void order_saw(struct ledger *ledger, struct seat *seat, struct message *message);
/* `seat` shows an empty page again. */
void order_fresh(struct seat *seat);

#endif
