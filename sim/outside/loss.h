/* What was accepted and is not shown: SYN-01, SYN-02, SYN-11, LIV-11.
 *
 * A message is accepted when an ack or another device's screen says so. From then on it is expected of
 * every device that was connected and in the room since before it was written, for as long as that
 * device stays connected (where the profile says `resumes`: also after it comes back). */
#ifndef HUBBUB_SIM_OUTSIDE_LOSS_H
#define HUBBUB_SIM_OUTSIDE_LOSS_H

#include "sim/outside/ledger.h"

void loss_accept(struct ledger *ledger, struct message *message);
/* `seat` shows it for the first time. */
void loss_saw(struct ledger *ledger, struct seat *seat, struct message *message);

/* The connection ended, or began anew without an end that was recorded. */
void loss_interrupted(struct ledger *ledger, uint32_t device);
/* Nothing that was written before is expected of it any more: it left the room, or starts afresh. */
void loss_released(struct ledger *ledger, struct seat *seat);

/* Before each line: what is overdue by now. */
void loss_overdue(struct ledger *ledger);
/* After the last line. */
void loss_end(struct ledger *ledger);

#endif
