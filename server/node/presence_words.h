/* One command to Redis, word by word. */
#ifndef HUBBUB_SERVER_NODE_PRESENCE_WORDS_H
#define HUBBUB_SERVER_NODE_PRESENCE_WORDS_H

#include "server/node/state.h"

/* Whose answer it is, and of which of these. */
enum presence_tag {
    PRESENCE_TAG_PERSON = 1,
    PRESENCE_TAG_LIVES,
    PRESENCE_TAG_LEASE,
    PRESENCE_TAG_OWN_LEASE, /* for index, when it was said: mono us */
    PRESENCE_TAG_LIFE,
    PRESENCE_TAG_CROWD,
};
#define PRESENCE_TAG(kind, index) ((uint64_t)(kind) << 56 | (uint64_t)(index))

#define WORDS_MAX 96

struct words {
    struct buf bytes;
    size_t ends[WORDS_MAX];
    int len;
};

void words_add(struct words *words, const char *bytes, size_t bytes_len);
void words_add_text(struct words *words, const char *text);
void words_add_i64(struct words *words, int64_t value);
#define KEY_BYTES_MAX (BUS_FRONT_BYTES + 16 + NODE_ID_BYTES_MAX + 64)

/* The key <identity>:<front><name>, within `store`. */
struct text words_key(const struct node *node, const char *front, struct text name,
                      char store[KEY_BYTES_MAX + 1]);
/* The same as one word. */
void words_add_key(const struct node *node, struct words *words, const char *front,
                   struct text name);
/* A value, sealed for where it stands: the field of a hash, or NULL. */
void words_add_sealed(struct node *node, struct words *words, struct seal_place place,
                      struct text value);
/* What stands there, as it was sealed; as bus_open. */
enum seal_verdict words_open(struct node *node, struct seal_place place, struct text sealed,
                             struct text *ret);
/* Ends what was added to `bytes` by hand, as one word. */
void words_end(struct words *words);
void words_clear(struct words *words);
/* Sends it and begins anew. The link takes as many (redis_takes). */
void words_send(struct node *node, struct words *words, uint64_t tag);
void words_deinit(struct words *words);

#endif
