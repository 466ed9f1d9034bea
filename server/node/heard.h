/* What a node says that is in no log and has no version of its own is numbered, so that it holds once.
 *
 *   "<node> <incarnation> <number> ..."     the number grows with each that this life of the node says, on
 *                                           whichever channel
 *
 * Who is heard again with a number that is not above the last, or as an earlier life, was recorded and said again by
 * somebody else, or came late behind what is newer: it is dropped in either case. What is said on one link comes
 * in order; what a lost link still brings is old. */
#ifndef HUBBUB_SERVER_NODE_HEARD_H
#define HUBBUB_SERVER_NODE_HEARD_H

#include "server/node/state.h"

struct heard *heard_new(void) HB_MUST_USE;
void heard_free(struct heard **heard);
/* Another database: lives are counted anew. */
void heard_clear(struct node *node);

struct heard_front {
    struct text node;
    uint64_t incarnation;
};
/* What opened a seal: takes the front off. False, and a note: it is none, or is dropped. */
bool heard_take(struct node *node, struct text *payload, struct heard_front *ret);

#endif
