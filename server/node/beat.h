/* That a node lives is said in the database, and looked at there: whether another process has taken its
 * name (the fence of what it says tells), and which other nodes live there.
 *
 *   I1  no clock of another is compared: who lives is whose count goes on between two looks;
 *   I2  one that lives and is not heard is told of only when both are well with Redis, for several looks:
 *       neither a Redis that is away, nor a start or an end, is mistaken for two Redises. */
#ifndef HUBBUB_SERVER_NODE_BEAT_H
#define HUBBUB_SERVER_NODE_BEAT_H

#include "server/node/job.h"
#include "server/node/state.h"

struct beat *beat_new(void) HB_MUST_USE;
void beat_free(struct beat **beat);

/* After each probe_us, and at the end of a step that wants it at once. One that only wants to see whether the
 * database takes a write looks at nobody: how often the others are looked at stays the same. */
void beat_tick(struct node *node);
void beat_flush(struct node *node);
void beat_start(struct node *node, struct job *job);
void beat_done(struct node *node, struct job *job, const struct db_answer *answer);

/* How many live on the database and are not heard. */
uint32_t beat_unheard(const struct node *node);

#endif
