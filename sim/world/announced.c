/* See announced.h. */
#include "sim/world/announced.h"

#include "server/node/bus.h"
#include "server/node/entry.h"

#include <string.h>

#define FRONT_WORDS                                                                                \
    5 /* of an announcement, before its heads: seal, node, incarnation, two numbers */

struct announced_walk announced_begin(const char *bytes, size_t bytes_len)
{
    return (struct announced_walk){.commands = {bytes, bytes + bytes_len}};
}

/* Of any installation. */
static bool control_channel(struct text name)
{
    const struct text word = TEXT(BUS_CONTROL_WORD);

    return name.len == BUS_FRONT_BYTES + word.len &&
           memcmp(name.bytes + BUS_FRONT_BYTES, word.bytes, word.len) == 0;
}

/* Goes behind a command; an announcement's text is what is read next. */
static bool command(struct announced_walk *walk)
{
    struct command next;

    if (!commands_next(&walk->commands, &next)) {
        return false;
    }
    if (command_publishes(&next) && control_channel(next.words[1])) {
        walk->words = next.words[2].bytes;
        walk->words_end = next.words[2].bytes + next.words[2].len;
        for (uint32_t i = 0; i < FRONT_WORDS && walk->words != NULL; i++) {
            const char *space = memchr(walk->words, ' ', (size_t)(walk->words_end - walk->words));
            walk->words = space != NULL ? space + 1 : NULL;
        }
    }
    return true;
}

/* The next word of the announcement, if it is a head. */
static bool head(struct announced_walk *walk, int64_t *ret_key, uint64_t *ret_head)
{
    const char *space = memchr(walk->words, ' ', (size_t)(walk->words_end - walk->words));
    const char *end = space != NULL ? space : walk->words_end;
    const char *at = walk->words;
    uint64_t key;
    uint64_t seq;

    walk->words = space != NULL ? space + 1 : NULL;
    if (!parse_u64(&at, end, &key) || key > INT64_MAX || at == end || *at++ != ':' ||
        !parse_u64(&at, end, &seq) || at != end) {
        return false;
    }
    *ret_key = (int64_t)key;
    *ret_head = seq;
    return true;
}

bool announced_next(struct announced_walk *walk, int64_t *ret_key, uint64_t *ret_head)
{
    for (;;) {
        while (walk->words != NULL) {
            if (head(walk, ret_key, ret_head)) {
                return true;
            }
        }
        if (!command(walk)) {
            return false;
        }
    }
}
