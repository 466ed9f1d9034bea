/* The one order of a room, from what everyone showed directly after what: a graph of messages whose
 * edges are "shown by somebody, the second right after the first". As long as there is one order that
 * explains what all have shown, the graph has no cycle, and `place` is such an order.
 *
 * An edge is added where the order agrees with it, or the order is mended around it; what it would
 * close into a cycle is a pair of messages that two people have shown in different order.
 * Source: Pearce and Kelly, "A dynamic topological sort algorithm for directed acyclic graphs" (2006). */
#ifndef HUBBUB_SIM_OUTSIDE_PLACES_H
#define HUBBUB_SIM_OUTSIDE_PLACES_H

#include "sim/outside/ledger.h"

/* What contradicts a sight: `other` has shown `message` before `pair`, which stood above it here. */
struct contradiction {
    const struct message *pair; /* NULL: there is none */
    uint32_t other;             /* seat */
};

/* `seat` shows `message` for the first time, after all that it has shown. */
struct contradiction places_show(struct ledger *ledger, struct seat *seat, struct message *message);
/* Whether somebody has shown `first` before `second`, by the order of all; who: *ret_by. */
bool places_before(struct ledger *ledger, struct message *first, struct message *second,
                   uint32_t *ret_by);
/* Before it is forgotten or joined. */
void places_remove(struct ledger *ledger, struct message *message);

#endif
