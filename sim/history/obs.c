/* The words of observations. */
#include "sim/history/obs.h"

const char *obs_kind_word(enum obs_kind kind)
{
    static const char *const words[] = {
#define X(name, word, evidence) word,
        OBS_MAP(X)
#undef X
    };
    HB_ASSERT(kind < OBS_KIND_COUNT);
    return words[kind];
}
