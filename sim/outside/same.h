/* A message is one thing: what its lines say of it agrees, and nobody is shown it twice.
 * ORD-01 (by seq), ORD-08, ORD-10, SYN-03, SYN-04, SEC-02. */
#ifndef HUBBUB_SIM_OUTSIDE_SAME_H
#define HUBBUB_SIM_OUTSIDE_SAME_H

#include "sim/outside/ledger.h"

/* What a line of `seat` says of it. False: it contradicts what is known so much that nothing more is
 * judged of it. */
void same_sent(struct ledger *ledger, struct seat *seat, struct message *message,
               const struct recorded *recorded);
void same_acked(struct ledger *ledger, struct seat *seat, struct message *message,
                const struct recorded *recorded);
void same_saw(struct ledger *ledger, struct seat *seat, struct message *message,
              const struct recorded *recorded);

/* Two names turn out to be of one message: what was said of both agrees. */
void same_joined(struct ledger *ledger, struct seat *seat, const struct message *one,
                 const struct message *other);

/* The server's name for it, as an ack or a sight says it. */
void same_named(struct ledger *ledger, struct seat *seat, struct message *message, uint64_t name,
                struct text words);

/* Shown again where it had been shown: `label` is what to call it. */
void same_twice(struct ledger *ledger, struct seat *seat, const char *label);

#endif
