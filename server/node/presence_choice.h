/* What people choose to be shown as: written to the database, and read from it.
 *
 *   said --no other of theirs is under way here--> a transaction --the answer--> taken, the next one begins
 *   said --one is--> waits for it
 *
 * One at a time, in the order in which they were said: a choice that is submitted again would else overtake one that
 * was made after it, and be the last. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_CHOICE_H
#define HUBBUB_SERVER_NODE_PRESENCE_CHOICE_H

#include "server/node/job.h"
#include "server/node/presence_people.h"

/* Reads it. `written`: writes what this frame says before; NULL: nothing. */
void choice_read(struct node *node, struct person *person, struct session *session,
                 struct wire *written);
/* JOB_CHOICE. */
void choice_start(struct node *node, struct job *job);
void choice_done(struct node *node, struct job *job, const struct db_answer *answer);
/* Reads what answers of Redis made doubtful in this step. */
void choice_flush(struct node *node);

#endif
