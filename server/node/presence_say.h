/* What is said to Redis of a person, and what it answers.
 *
 *   IDLE --> READING   HGETALL                                           nobody is connected here as them
 *   IDLE --> SAYING    MULTI HSET HDEL EXPIRE HGETALL EXEC               what this node knows
 *        --> FOLDING   MULTI HSET HINCRBY EXPIRE HGETALL EXEC, PUBLISH   when that changed what is shown
 *
 * Each answer holds the whole record as it stood then. What another node wrote meanwhile is seen in the
 * answer of FOLDING, which is done again then: the last one to write saw what all wrote. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_SAY_H
#define HUBBUB_SERVER_NODE_PRESENCE_SAY_H

#include "server/node/presence_people.h"

#define PERSON_COMMANDS 10 /* of one transaction, and what goes with it, at most */

/* Those in the queue, as far as Redis takes them. */
void presence_ask(struct node *node);
/* Writes what the record comes to, under a version above all that is known; removes what counts no more. */
void person_fold(struct node *node, struct person *person, const struct record *record,
                 const struct presence *fold);

#endif
