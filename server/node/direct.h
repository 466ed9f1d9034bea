/* Direct chats: the room of two people, made by whichever of them writes or types first.
 *
 * Its name follows from theirs (direct_name.h) and is unique in the database, so both at once, at any
 * two nodes, come to one room. Both are members from its first entry on: nobody else joins (its `open`
 * is 2), and neither leaves. Making it is idempotent, and a transaction of its own before that of the
 * message: what is under way when a node dies is tried again by the client, and finds the room. */
#ifndef HUBBUB_SERVER_NODE_DIRECT_H
#define HUBBUB_SERVER_NODE_DIRECT_H

#include "server/node/job.h"
#include "server/node/room.h"
#include "server/node/state.h"

/* The room of this user and `other`, in node->rooms. Its key is 0 while this node does not know whether
 * it was made; else both are members. INDEX_NONE: `other` is the user. */
uint32_t direct_room(struct node *node, uint32_t user, struct text other);
/* Makes the room that direct_room gave for `other`, unless that is under way here: for what waits for no
 * answer, and happens again if it matters. Both are told as of any room that they come into. */
void direct_make(struct node *node, uint32_t user, uint32_t room, struct text other);
void direct_start(struct node *node, struct job *job);
/* HB_OK: it is there, or is tried again. HB_ELIMIT: as direct_made. HB_EAGAIN: it was tried often enough. */
enum hb_err direct_done(struct node *node, struct job *job, const struct db_answer *answer);
/* Tells both of a room that this job may have made. */
void direct_tell(struct node *node, const struct job *job, struct text other);

/* --- Within another job, of this user and this room --- */

/* `client_id` is of the message that it is for, or NULL: one that is used is for nothing. False: no stamp
 * is left. */
bool direct_build(struct node *node, struct job *job, struct text other, struct text client_id,
                  struct db_tx *tx);
/* HB_OK: the room has its key. HB_ELIMIT: one of the two is in too many rooms, for good. HB_ECONFLICT: the
 * client id is another entry's. */
enum hb_err direct_made(struct node *node, struct job *job, struct text other,
                        const struct db_answer *answer);

#endif
