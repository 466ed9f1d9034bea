/* What Redis answers about a person, and what is published of them. Nothing in either is trusted. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_ANSWER_H
#define HUBBUB_SERVER_NODE_PRESENCE_ANSWER_H

#include "server/node/presence_people.h"

void presence_answered(struct node *node, struct person *person, const struct redis_item *item,
                       const char *text);
void presence_heard(struct node *node, struct person *person, struct text payload);
/* The database says what they chose. */
void presence_choice_take(struct person *person, const struct record_choice *choice);

#endif
