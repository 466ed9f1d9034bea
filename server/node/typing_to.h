/* Typing to somebody by name: in the room of the two, which the first start makes as a message would.
 *
 *   said --the connection is in the room--> typing there (typing.h)
 *   said --it is not--> waits, and the room is made unless it is there
 *   waits --the connection comes into the room--> typing there, as of when it was said
 *   waits --a stop or a message of theirs, the connection's end, `typingExpiry` since it was said--> nothing
 *   waits --the room cannot be had--> refused, by the name of `recipientId`
 *
 * Own invariants:
 *   I1  a connection has one start waiting for a room at most: the last;
 *   I2  none waits `typingExpiry` or longer, as far as any step was taken since. */
#ifndef HUBBUB_SERVER_NODE_TYPING_TO_H
#define HUBBUB_SERVER_NODE_TYPING_TO_H

#include "server/node/job.h"
#include "server/node/session.h"
#include "server/node/state.h"

struct typing_waits;
struct typing_waits *typing_waits_new(void);
void typing_waits_free(struct typing_waits **waits);
uint32_t typing_waits_len(const struct node *node);
/* The rooms that starts wait for. */
void typing_to_needs(const struct node *node, bool *rooms);

/* A client's typing_start or typing_stop with `recipientId`. */
void typing_to_frame(struct node *node, struct session *session, const struct frame *frame);
/* A message was written: what waited for its room is over. */
void typing_to_sent(struct node *node, const struct session *session,
                    const struct frame_send *send);
/* JOB_DIRECT. */
void typing_to_made(struct node *node, struct job *job, const struct db_answer *answer);
/* Whoever came into their room in this step types there. */
void typing_to_flush(struct node *node);

#endif
