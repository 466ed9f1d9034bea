/* See announced.h. */
#include "sim/world/announced.h"

#include "server/node/bus.h"
#include "server/node/entry.h"

#include <string.h>

#define PUBLISH_WORDS 3 /* PUBLISH, channel, payload */
#define FRONT_WORDS   3 /* of an announcement, before its heads: name, incarnation, number */

struct announced_walk announced_begin(const char *bytes, size_t bytes_len)
{
    return (struct announced_walk){.at = bytes, .end = bytes + bytes_len};
}

/* "*3\r\n" or "$7\r\n". */
static bool header(struct announced_walk *walk, char mark, uint64_t *ret)
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

static bool bulk(struct announced_walk *walk, struct text *ret)
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

/* Goes behind a command; an announcement's text is what is read next. */
static bool command(struct announced_walk *walk)
{
    struct text words[PUBLISH_WORDS] = {{0}};
    uint64_t count;

    if (!header(walk, '*', &count)) {
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        struct text word;
        if (!bulk(walk, &word)) {
            return false;
        }
        if (i < PUBLISH_WORDS) {
            words[i] = word;
        }
    }
    if (count == PUBLISH_WORDS && text_equal(words[0], TEXT("PUBLISH")) &&
        text_equal(words[1], TEXT(CHANNEL_CONTROL))) {
        walk->words = words[2].bytes;
        walk->words_end = words[2].bytes + words[2].len;
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
