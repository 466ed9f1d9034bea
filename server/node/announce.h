/* Numbered announcements: what this node committed since its last one, and what the others did. */
#ifndef HUBBUB_SERVER_NODE_ANNOUNCE_H
#define HUBBUB_SERVER_NODE_ANNOUNCE_H

#include "server/node/room.h"
#include "server/node/state.h"

struct announce *announce_new(void) HB_MUST_USE;
void announce_free(struct announce **announce);

/* A new life: its numbers begin again. */
void announce_restart(struct node *node);
/* The rooms that would be named mean nothing any more, or were named. */
void announce_forget(struct node *node);
/* The next announcement names this room's head. */
void announce_touch(struct node *node, struct room *room, uint64_t head);
void announce_tick(struct node *node);
/* Before the node goes: what the next tick would name, if anything. */
void announce_last(struct node *node);
/* What opened its seal, of a node; nothing in it is trusted. True: it has begun another life; whom its last one made a member of
 * something just before the end nobody may have been told. */
bool announce_heard(struct node *node, struct text payload);
/* Looks at the others' leases, and lets rooms go in which nobody was for as long. */
void announce_sweep(struct node *node);
/* When this node was heard last; absent: MONO_NEVER, as when there was no place to keep track of it. */
struct mono announce_heard_at(const struct node *node, struct text name);
/* How many of those that were heard once are silent, and may commit what is not heard here. */
uint32_t announce_silent(const struct node *node);
/* More speak than are kept track of: that one was not heard says nothing. */
bool announce_deaf_to_more(const struct node *node);
/* Redis takes what this node publishes, and nothing of it comes back: its subscription is attached to what is
 * no part of it any more. Known two announcements after the first that was lost. */
bool announce_mute(const struct node *node);
/* Whether somebody may commit what is not heard here: one is silent, or there are more than are kept
 * track of. */
bool announce_deaf(const struct node *node);

#endif
