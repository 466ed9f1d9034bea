/* Presence: who is there, of each connection, folded for each person, told to those who may know.
 *
 *   session_presence_*   this file: what sessions, rooms and frames do to it; its timers and reads
 *   presence_lease       whose connections count
 *   presence_answer      what Redis says      presence_say   what it is told      presence_words
 *   presence_tell        what clients are told   presence_choice  what people choose
 *   presence_people      who is known         presence_record   what Redis holds, and what it comes to
 *
 * Told are: all who share a room of at most presenceRoomMax members, those who asked for somebody with whom
 * they share a room, and the devices of the same person. Switched off, nothing of it runs. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_H
#define HUBBUB_SERVER_NODE_PRESENCE_H

#include "server/node/job.h"
#include "server/node/presence_people.h"
#include "server/node/presence_rooms.h"

/* A connection was welcomed. `number` is that of its id. */
void presence_enter(struct node *node, struct session *session, enum presence_kind kind,
                    uint64_t number);
/* It ends. Before its rooms and its user are given up. */
void presence_leave(struct node *node, struct session *session);
void presence_frame(struct node *node, struct session *session, struct wire *wire,
                    const struct frame *frame);
void presence_watch(struct node *node, struct session *session, const struct frame *frame);

/* What Redis says of it. */
void presence_reply(struct node *node, const struct redis_item *item, const char *text);
void presence_message(struct node *node, uint32_t index, struct text sealed);
void presence_subscribed(struct node *node, uint32_t index);

void presence_tick(struct node *node);  /* at each announcement */
void presence_sweep(struct node *node); /* at each sweep */
/* The grace of connections that ended is over. */
void presence_timer(struct node *node, uint32_t index);
void presence_flush(struct node *node); /* what a step left */
void presence_drained(struct node *node);
/* Rooms that are not to be forgotten. */
void presence_needs(const struct node *node, bool *rooms);

#endif
