/* See frame_type.h. */
#include "server/protocol/frame_type.h"

const char *frame_type_word(enum frame_type type)
{
    static const char *const words[] = {
#define X(name, word, side, codec, member, child) word,
        FRAME_MAP(X)
#undef X
    };
    HB_ASSERT(type < sizeof words / sizeof words[0]);
    return words[type];
}

bool frame_type_of(struct text word_read, enum frame_type *ret)
{
    static const struct text words[] = {
#define X(name, word, side, codec, member, child) {(word), sizeof(word) - 1},
        FRAME_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (text_equal(word_read, words[i])) {
            *ret = (enum frame_type)i;
            return true;
        }
    }
    return false;
}
