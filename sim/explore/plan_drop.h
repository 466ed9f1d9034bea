/* What a plan leaves out, by name:
 *
 *   fault4           one of its faults
 *   c17              a client: it never connects, does nothing and is in no room
 *   room3, n2        a room that is not there, a node that never starts
 *   send             all of what clients do of one kind
 *   c17.send         the same of one client
 *   c17.send#3       one of these
 *   c4..c9           all from one to another; of clients and rooms */
#ifndef HUBBUB_SIM_EXPLORE_PLAN_DROP_H
#define HUBBUB_SIM_EXPLORE_PLAN_DROP_H

#include "sim/explore/config.h"
#include "sim/plan/facts.h"

#define PLAN_DROP_WHY     96
#define ACTION_NAME_BYTES 48

/* "c17.send#3", or "c17.send" of each. */
void action_name_text(const struct plan_action_name *name, char ret[ACTION_NAME_BYTES]);

/* Drops what has this name; dropped once more it stays so. False: nothing is changed, and `ret_expected` says
 * what the name should have been. `place` is all zero at first; names in order are found quickly with it. */
bool plan_drop(struct plan *plan, const char *name, struct plan_action_place *place,
               char ret_expected[PLAN_DROP_WHY]);
/* The same of what is known to be there. */
void plan_drop_fault(struct plan *plan, uint32_t id);
void plan_drop_action(struct plan *plan, const struct plan_action_name *name);
void plan_drop_client(struct plan *plan, uint32_t client);
void plan_drop_room(struct plan *plan, uint32_t room);

/* Reads `drop` of a file: what is not there cannot be dropped. The plan is whole already. */
void plan_read_drop(const struct config *root, struct plan *plan);
/* The member with its comma; names in a fixed order, ranges where there are neighbours. */
void plan_write_drop(const struct plan *plan, struct buf *out);

#endif
