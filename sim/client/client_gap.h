/* Markers: a room that lacks much shows its newest page first, behind a marker for what lies between.
 *
 *   shown ... | gap low .. high | shown ... next
 *             ^ cursor: what the room has without a hole, which a marker holds where it is
 *
 * A marker shrinks from either edge, as entries come: from below by live frames and sync sessions, which go on
 * from the cursor, from above by pages backwards. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_GAP_H
#define HUBBUB_SIM_CLIENT_CLIENT_GAP_H

#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

#define GAPS_MAX 8 /* of a room: with more, what is missing is asked for from the oldest on */

/* The greatest seq up to which the room shows all: its position. `next` must be known. */
static inline uint64_t client_gap_cursor(const struct client_room *room)
{
    return (room->gaps_len > 0 ? room->gaps[0].low : room->next) - 1;
}

/* The room goes on at `seq`, above its `next`, behind a marker. */
void client_gap_open(struct client_room *room, uint64_t seq, struct client_out *out);
/* Whether an entry below `next` is at an edge of a marker; it shrinks by it, and the caller shows it. */
bool client_gap_take(struct client_room *room, uint64_t seq);
/* The last marker ends below `seq`: what it has from there on is not the person's to see. */
void client_gap_cut(struct client_room *room, uint64_t seq, struct client_out *out);
void client_gaps_clear(struct client_room *room);

#endif
