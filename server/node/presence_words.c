/* See presence_words.h. */
#include "server/node/presence_words.h"

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

void words_add_key(struct words *words, const char *front, struct text name)
{
    buf_add_text(&words->bytes, front);
    buf_add(&words->bytes, name.bytes, name.len);
    words_end(words);
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
