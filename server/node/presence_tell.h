/* What clients are told of people. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_TELL_H
#define HUBBUB_SERVER_NODE_PRESENCE_TELL_H

#include "server/node/presence_people.h"

/* What is known of them now; what is not newer is passed over. Who watches is told when it shows. */
void presence_take(struct node *node, struct person *person, const struct presence *now,
                   uint64_t version);
/* The loaded ones of these people, in as many frames as that takes. `ref` may be absent. */
void presence_tell_people(struct node *node, struct session *session, struct text ref,
                          const uint32_t *people, uint32_t people_len);
/* What this session may know of them. */
struct presence presence_told(struct node *node, struct session *session,
                              const struct person *person);
/* To everybody: whether what they were told may be old. */
void presence_tell_stale(struct node *node, bool stale);
/* A member of a room became one whom all who are there are told of. */
void presence_tell_room(struct node *node, const struct room *room, const struct person *person);

#endif
