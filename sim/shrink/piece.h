/* What a plan is made of, piece by piece, and the plan without some of them. */
#ifndef HUBBUB_SIM_SHRINK_PIECE_H
#define HUBBUB_SIM_SHRINK_PIECE_H

#include "server/base/buf.h"
#include "sim/plan/plan.h"

/* In the order in which they are tried. */
enum piece_kind {
    PIECE_GENERATOR, /* a kind of what clients do; with all of it */
    PIECE_FAULT,     /* one at its time */
    PIECE_PERSON,    /* with all devices */
    PIECE_DEVICE,    /* of a person who has others */
    PIECE_ROOM,
    PIECE_NODE,
    PIECE_ACTION, /* of a plan that writes them out */
    PIECE_KINDS
};

struct piece {
    enum piece_kind kind;
    uint32_t number;                /* of the kind, fault, user, client, room, node */
    struct plan_action_name action; /* of PIECE_ACTION */
};

/* Those of a kind that are left, in a fixed order. The caller frees the list. */
struct piece *pieces_of(const struct plan *plan, enum piece_kind kind, uint32_t *ret_len);
uint32_t pieces_count(const struct plan *plan, enum piece_kind kind);

/* Takes pieces out of a plan for good, and what means nothing without them: the actions of a client, the faults
 * that hit a node. NULL: it was done; else a clause that says what then would be missing, and the plan is good for
 * nothing but plan_deinit. */
const char *pieces_remove(struct plan *plan, const struct piece *pieces, uint32_t pieces_len);

/* Its name in `drop`; and in a few words what it is. */
void piece_name(const struct piece *piece, const struct plan *plan, struct buf *out);
void piece_tell(const struct piece *piece, const struct plan *plan, struct buf *out);

/* How large a plan is, as people count. */
struct plan_size {
    uint32_t faults; /* at their times, and what clients do of that kind where it is written out */
    uint32_t people, devices, rooms, nodes;
    uint32_t actions; /* written out; UINT32_MAX: they are not */
};
struct plan_size plan_size(const struct plan *plan);

#endif
