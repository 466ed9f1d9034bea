/* The lives of a node: registration before it does anything, another database, and the end by a newer
 * life of the same name.
 *
 *   I1  a life raises its incarnation in the database before it reads the floor of its clock;
 *   I2  what it writes carries its incarnation, and commits only while that is the latest: whatever an
 *       older life still has on its way commits nothing;
 *   I3  one that is told that a newer one has registered serves nobody any more. */
#ifndef HUBBUB_SERVER_NODE_LIFE_H
#define HUBBUB_SERVER_NODE_LIFE_H

#include "server/node/job.h"
#include "server/node/state.h"

void life_start(struct node *node);
void life_register_start(struct node *node, struct job *job);
void life_register_done(struct node *node, struct job *job, const struct db_answer *answer);

/* The database is another one than before: no key, position or membership means anything now. */
void life_epoch_changed(struct node *node);

/* Whether this is what the node writes under now. */
bool life_is_ours(const struct node *node, struct db_life life);
/* A newer life of this node has registered: everyone is sent away, and when the database has said who it
 * is the driver is told. */
void life_fenced(struct node *node);
void life_yield_start(struct node *node, struct job *job);
void life_yield_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
