/* What every command that writes the log does: stamps before, telling everyone after. */
#ifndef HUBBUB_SERVER_NODE_COMMIT_H
#define HUBBUB_SERVER_NODE_COMMIT_H

#include "server/node/entry.h"
#include "server/node/job.h"
#include "server/node/room.h"
#include "server/node/session.h"
#include "server/node/state.h"

struct refusal { /* of a command */
    enum hb_err err;
    bool for_good;                           /* also of a code that elsewhere is temporary */
    const char *field;                       /* at fault; NULL: none */
    struct text members[MEMBERS_INVITE_MAX]; /* who stand in the way; borrowed */
    uint32_t members_len;
};
bool refusal_temporary(const struct refusal *refusal);
void command_nack(struct node *node, struct session *session, struct text client_id,
                  const struct refusal *refusal);

struct text command_client_id(const struct frame *frame);
/* What this command of user `who` asks for, in its room: the same for each try of it, on any connection
 * and node. */
int64_t command_digest(struct node *node, const struct frame *frame, struct text who,
                       struct text room);
/* Whether what was found under a command's client id is what it asks for. Where it was written without a
 * digest, or with one of another key, its room and its kind, if it is known, say what they can. */
bool command_is(const struct frame *frame, struct text room, int64_t digest,
                const struct entry_found *found);
/* Who is to come into a room that `creator` makes: each once, in the order of their names, but for
 * themselves. */
uint32_t command_members(const struct frame_room *create, struct text creator,
                         struct text ret[MEMBERS_INVITE_MAX]);
struct hlc_stamp *command_stamp(struct node *node, struct job *job); /* NULL: none is left */
/* A stamp of the job's was another entry's: of this node's name, so of another process that has it too. Moves
 * the clock on by a drawn step, which grows with the tries: two that count in one rhythm part. False: it
 * was tried often enough. */
HB_MUST_USE bool command_stamps_skip(struct node *node, struct job *job);
/* Publishes, applies and announces an entry that this job committed. */
void command_committed(struct node *node, struct room *room, const struct entry *entry);
/* Takes the stamp that a sender had seen, unless it is too far ahead. */
void command_seen(struct node *node, struct hlc_stamp seen);

#endif
