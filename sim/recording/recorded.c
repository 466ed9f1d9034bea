/* See recorded.h. */
#include "sim/recording/recorded.h"

const char *record_verb_word(enum record_verb verb)
{
    static const char *const words[] = {
#define X(name, word, value) [name] = (word),
        RECORD_VERB_MAP(X)
#undef X
    };
    HB_ASSERT(verb < RECORD_VERB_COUNT);
    return words[verb];
}
