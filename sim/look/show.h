/* The state of a world at an instant, for people: a room, a node, a person, a key of Redis.
 *
 * Nothing is asked that could change it: what is shown is read where it stands. */
#ifndef HUBBUB_SIM_LOOK_SHOW_H
#define HUBBUB_SIM_LOOK_SHOW_H

#include "server/base/mem.h"
#include "sim/world/core.h"

struct show_wish {
    enum show_what { SHOW_ROOM, SHOW_NODE, SHOW_PERSON, SHOW_KEY } what;
    uint32_t number; /* not of a key */
    const char *key; /* borrowed */
};

/* Reads "room 3", "node 2", "person 17" or "key K"; r3, n2, u17 and d17 do as well. False: `why` has a sentence.
 * *ret borrows the text. */
bool show_read(const char *text, const struct plan *plan, struct show_wish *ret, struct buf *why);
/* Appends a page. */
void show(const struct world *world, const struct show_wish *wish, struct buf *out);

#endif
