/* Which message a line tells of: by its names, made at first sight, and one where it went by two. */
#ifndef HUBBUB_SIM_OUTSIDE_NAMING_H
#define HUBBUB_SIM_OUTSIDE_NAMING_H

#include "sim/outside/ledger.h"

/* Each may give NULL: nothing is judged by this line. */
struct message *naming_sent(struct ledger *ledger, struct seat *seat,
                            const struct recorded *recorded);
struct message *naming_acked(struct ledger *ledger, struct seat *seat,
                             const struct recorded *recorded);
/* *ret_old: it has been forgotten; its number in the room. */
struct message *naming_saw(struct ledger *ledger, struct seat *seat,
                           const struct recorded *recorded, uint64_t *ret_old);
/* NULL if it is not known. */
struct message *naming_refused(struct ledger *ledger, struct seat *seat,
                               const struct recorded *recorded);

/* Its name stands for something else as well. */
void naming_doubt(struct ledger *ledger, struct message *message);

#endif
