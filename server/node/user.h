/* Users with a connection here: their channel, their rooms, and what changes them. */
#ifndef HUBBUB_SERVER_NODE_USER_H
#define HUBBUB_SERVER_NODE_USER_H

#include "server/node/bus.h"
#include "server/node/job.h"
#include "server/node/room.h"
#include "server/node/session.h"
#include "server/node/state.h"

struct user {
    char channel[CHANNEL_BYTES_MAX + 1];
    struct text name; /* within `channel` */
    int64_t key;      /* 0: not known yet */
    uint64_t id_key;
    bool dirty;
    struct mono used;   /* when it was last named or left */
    uint64_t counted;   /* by whoever counts people, not connections: that count's number */
    uint32_t *sessions; /* from hello on */
    uint32_t sessions_len, sessions_cap;
};

uint32_t user_add(struct node *node, struct text name);
void user_enter(struct node *node, uint32_t index, struct session *session);
void user_leave(struct node *node, struct session *session);
/* Which rooms they are in is read again; of all who are connected here. */
void user_dirty(struct node *node, uint32_t index);
void users_dirty(struct node *node);
/* Frees a user that nothing names any more. False: the channel is not left yet. */
bool user_forget(struct node *node, uint32_t index);
void users_deinit(struct node *node);
void users_flush(struct node *node);
void users_start(struct node *node, struct job *job);
void users_done(struct node *node, struct job *job, const struct db_answer *answer);
/* A room that all live sessions of this user are to be attached to. */
void user_room_add(struct node *node, uint32_t index, uint32_t room_index, uint64_t head,
                   uint64_t joined);
void user_room_attach(struct node *node, struct session *session, struct room *room);
/* Whether the session, which waits for nothing in this room, may be attached to it. False: the room is taken from
 * it, or is read again. */
bool user_room_stays(struct node *node, struct session *session, struct room *room);
void user_joined(struct node *node, struct room *room, const struct room_entry *entry);
void user_left(struct node *node, struct room *room, const struct room_entry *entry);
/* Whether the user is still in the room, judged by the entries after `seq`. */
enum membership { MEMBERSHIP_KEPT, MEMBERSHIP_LEFT, MEMBERSHIP_UNCLEAR };
enum membership user_membership_since(const struct room *room, uint32_t tail_cap, uint64_t seq,
                                      uint64_t user_key);

#endif
