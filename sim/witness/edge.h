/* What passes a node's edge, told as observations: what reaches it and what leaves it, as it does.
 *
 * Frames on their way to a client may be lost, late or never arrive; what is told here is what the
 * node heard and said, whatever became of it. Positions come before the line of the frame that names
 * them. Appended to a list, as in witness.h.
 *
 * Pure. */
#ifndef HUBBUB_SIM_WITNESS_EDGE_H
#define HUBBUB_SIM_WITNESS_EDGE_H

#include "sim/witness/witness.h"

struct edge_place {
    int64_t at_us;
    int64_t clock_us; /* the node's own, in this life of it */
    uint64_t epoch;   /* of the log, as the database has it now */
    uint32_t device, conn;
    uint16_t node;
};

/* `kind` of arrived, gone and hangup; `code`: of a hangup, else 0. */
void witness_edge_moment(const struct witness *witness, enum obs_kind kind,
                         const struct edge_place *place, uint32_t code, struct obs_list *out);
/* A frame reached the node; NULL: it is none. `token_good`: of a hello. */
void witness_edge_heard(struct witness *witness, const struct edge_place *place,
                        const struct frame *frame, bool token_good, struct obs_list *out);
/* A frame leaves the node: of entries, and of a pong, nothing is told. */
void witness_edge_said(struct witness *witness, const struct edge_place *place,
                       const struct frame *frame, struct obs_list *out);
/* An entry's frame leaves the node. `more`: and all after the one told before. */
void witness_edge_sent(const struct witness *witness, const struct edge_place *place, uint32_t room,
                       uint64_t seq, bool more, struct obs_list *out);

#endif
