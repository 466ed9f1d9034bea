/* Who is typing in a room: told to the others who are there, carried between nodes, kept nowhere.
 *
 *   silent --start: told at once, or when a second has passed since the last--> typing
 *   typing --refresh: lives on; told as above-->        typing
 *   typing --stop, message, leave, the connection's end, 5 s without a refresh--> silent
 *
 * What the throttle holds back is told at its end, if they are still typing by then: no refresh is lost. A stop
 * is never held back. Somebody who is silent is forgotten when the throttle has passed, and what was
 * published here has expired, not before.
 *
 * Each node keeps it for the rooms that it follows. On Redis a start or stop travels in the room's channel under
 * the number 0, for it has no place in the log; the last that came counts, from wherever it came. Of the people
 * who type in a room the first `typingNames` are told by name, the others as a number: a name that is free goes
 * to whoever types on next.
 *
 * Own invariants:
 *   I1  a connection is told no more than one typing_start of one person and room in `typingThrottle`;
 *   I2  who is told of as typing was last heard of at most `typingExpiry` ago. */
#ifndef HUBBUB_SERVER_NODE_TYPING_H
#define HUBBUB_SERVER_NODE_TYPING_H

#include "server/node/room.h"
#include "server/node/session.h"

/* A client's typing_start or typing_stop with `roomId`. */
void typing_frame(struct node *node, struct session *session, const struct frame *frame);
/* The same of a session that is in this room; it was said at `said_us`, less than `typingExpiry` ago. */
void typing_say(struct node *node, const struct session *session, struct room *room,
                enum frame_type type, int64_t said_us);
/* Another node's, behind the 0: numbered (heard.h), then the frame. */
void typing_heard(struct node *node, struct room *room, struct text payload);
/* An entry was delivered: who wrote or left types no more, and all who see the entry know it by that. */
void typing_entry(struct node *node, struct room *room, const struct room_entry *entry);
/* The connection ends, and was detached from the room. */
void typing_leave(struct node *node, struct room *room, const struct session *session);
void typing_timer(struct node *node, uint32_t room, uint64_t life, int64_t at_us);
/* How many type there and are not told of by name. */
uint64_t typing_others(const struct room *room);

#endif
