/* See presence_words.h. */
#include "server/node/presence_words.h"

#include "server/node/bus.h"

#include <string.h>

void words_end(struct words *words)
{
    HB_ASSERT(words->len < WORDS_MAX);
    words->ends[words->len++] = words->bytes.len;
}

void words_add(struct words *words, const char *bytes, size_t bytes_len)
{
    buf_add(&words->bytes, bytes, bytes_len);
    words_end(words);
}

void words_add_text(struct words *words, const char *text)
{
    words_add(words, text, strlen(text));
}

void words_add_i64(struct words *words, int64_t value)
{
    buf_add_i64(&words->bytes, value);
    words_end(words);
}

struct text words_key(const struct node *node, const char *front, struct text name,
                      char store[KEY_BYTES_MAX + 1])
{
    const size_t front_len = strlen(front);
    char *at = store;

    HB_ASSERT(BUS_FRONT_BYTES + front_len + name.len <= KEY_BYTES_MAX);
    memcpy(at, node->front, BUS_FRONT_BYTES);
    at += BUS_FRONT_BYTES;
    memcpy(at, front, front_len);
    at += front_len;
    if (name.len > 0) {
        memcpy(at, name.bytes, name.len);
    }
    at[name.len] = '\0';
    return (struct text){store, (uint32_t)(BUS_FRONT_BYTES + front_len + name.len)};
}

void words_add_key(const struct node *node, struct words *words, const char *front,
                   struct text name)
{
    char store[KEY_BYTES_MAX + 1];
    const struct text key = words_key(node, front, name, store);

    words_add(words, key.bytes, key.len);
}

void words_add_sealed(struct node *node, struct words *words, struct seal_place place,
                      struct text value)
{
    char seal[SEAL_BYTES];

    seal_make(node->seals, place, value, seal);
    buf_add(&words->bytes, seal, sizeof seal);
    buf_add(&words->bytes, value.bytes, value.len);
    words_end(words);
}

enum seal_verdict words_open(struct node *node, struct seal_place place, struct text sealed,
                             struct text *ret)
{
    return bus_open(node, BUS_PLACE_KEY, place, sealed, ret);
}

void words_clear(struct words *words)
{
    buf_clear(&words->bytes);
    words->len = 0;
}

void words_send(struct node *node, struct words *words, uint64_t tag)
{
    const char *argv[WORDS_MAX];
    size_t argv_len[WORDS_MAX];
    size_t from = 0;

    for (int i = 0; i < words->len; i++) {
        argv[i] = words->bytes.bytes + from;
        argv_len[i] = words->ends[i] - from;
        from = words->ends[i];
    }
    if (redis_command(node->redis, words->len, argv, argv_len, tag, node->mono, &node->bus) !=
        HB_OK) {
        HB_UNREACHABLE("a link that was asked before whether it takes them");
    }
    words_clear(words);
}

void words_deinit(struct words *words)
{
    buf_deinit(&words->bytes);
}
