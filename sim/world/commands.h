/* What a node writes to Redis, command by command.
 *
 * Reads no further than the bytes have this form: an array of bulk strings in RESP. Pure. */
#ifndef HUBBUB_SIM_WORLD_COMMANDS_H
#define HUBBUB_SIM_WORLD_COMMANDS_H

#include "server/base/base.h"
#include "server/base/text.h"

#define COMMAND_WORDS_MAX 3 /* of which there is read what they say; PUBLISH, channel, payload */

struct commands_walk { /* borrows the bytes */
    const char *at, *end;
};

struct command {
    struct text words[COMMAND_WORDS_MAX];
    uint64_t words_len; /* may be more */
};

/* The next command; false: there is none any more, and *ret may be anything. */
bool commands_next(struct commands_walk *walk, struct command *ret);
/* Whether it publishes something: words 1 and 2 are the channel and the payload. */
bool command_publishes(const struct command *command);

#endif
