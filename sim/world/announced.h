/* The heads that a node announces to the others, read from what it writes to Redis.
 *
 *   PUBLISH nodes "seal node incarnation said number [all] [key:head ...]"     in RESP, among other commands
 *
 * Reads no further than the bytes have this form: a command that Redis would refuse names nothing to
 * anybody. Pure. */
#ifndef HUBBUB_SIM_WORLD_ANNOUNCED_H
#define HUBBUB_SIM_WORLD_ANNOUNCED_H

#include "sim/world/commands.h"

struct announced_walk {
    struct commands_walk commands;
    const char *words, *words_end; /* of the announcement that is read now */
};

/* Whole commands; the bytes are borrowed until the walk is over. */
struct announced_walk announced_begin(const char *bytes, size_t bytes_len);
/* The next head; false: there is none any more, and *ret_key and *ret_head are as they were. */
bool announced_next(struct announced_walk *walk, int64_t *ret_key, uint64_t *ret_head);

#endif
