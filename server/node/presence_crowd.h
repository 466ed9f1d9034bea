/* Rooms that are too large to tell each member of each other: they are told how many are there.
 *
 *   presence:crowd:{room}   a field for each life with members of the room: how many people these are
 *
 * Each node says its own number at every announcement, and reads the others' in the same transaction; who is
 * connected to two nodes counts twice. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_CROWD_H
#define HUBBUB_SERVER_NODE_PRESENCE_CROWD_H

#include "server/node/presence_people.h"

/* At each announcement. */
void crowd_tick(struct node *node);
void crowd_answered(struct node *node, uint32_t room_index, const struct redis_item *item,
                    const char *text);
/* A connection came into such a room. */
void crowd_tell(struct node *node, const struct room *room, struct session *session);
/* Nobody of the room is here any more. */
void crowd_leave(struct node *node, struct room *room);

#endif
