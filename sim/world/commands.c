/* See commands.h. */
#include "sim/world/commands.h"

#include "server/node/entry.h"

#include <string.h>

/* "*3\r\n" or "$7\r\n". */
static bool header(struct commands_walk *walk, char mark, uint64_t *ret)
{
    if (walk->at == walk->end || *walk->at != mark) {
        return false;
    }
    walk->at++;
    if (!parse_u64(&walk->at, walk->end, ret) || walk->end - walk->at < 2 ||
        memcmp(walk->at, "\r\n", 2) != 0) {
        return false;
    }
    walk->at += 2;
    return true;
}

static bool bulk(struct commands_walk *walk, struct text *ret)
{
    uint64_t len;

    if (!header(walk, '$', &len) || len > UINT32_MAX ||
        (uint64_t)(walk->end - walk->at) < len + 2) {
        return false;
    }
    *ret = (struct text){walk->at, (uint32_t)len};
    walk->at += len + 2;
    return true;
}

bool commands_next(struct commands_walk *walk, struct command *ret)
{
    if (!header(walk, '*', &ret->words_len)) {
        return false;
    }
    for (uint64_t i = 0; i < ret->words_len; i++) {
        struct text word;
        if (!bulk(walk, &word)) {
            return false;
        }
        if (i < COMMAND_WORDS_MAX) {
            ret->words[i] = word;
        }
    }
    return true;
}

bool command_publishes(const struct command *command)
{
    return command->words_len == 3 && text_equal(command->words[0], TEXT("PUBLISH"));
}
