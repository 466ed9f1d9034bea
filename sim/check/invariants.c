/* The rows of invariants.h as data. */
#include "sim/check/invariants.h"

_Static_assert(OBS_KIND_COUNT <= UINT8_MAX, "an observation's kind is a byte");

#define EVIDENCE(...)                                                                              \
    {                                                                                              \
        sizeof((uint8_t[]){__VA_ARGS__}),                                                          \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define NO_FORM                                                                                    \
    {                                                                                              \
        0,                                                                                         \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define BOUNDS(...) {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

static const struct invariant_info infos[INVARIANT_COUNT] = {
#define X(name, id, sentence, evidence, black_box, bounds)                                         \
    [name] = {id, sentence, evidence, black_box, bounds},
    INVARIANT_MAP(X)
#undef X
};

const struct invariant_info *invariant_info(enum invariant invariant)
{
    HB_ASSERT(invariant < INVARIANT_COUNT);
    return &infos[invariant];
}

/* Ids are letters, digits and a dash: people write them in either case. */
static bool same_id(const char *id, const char *text)
{
    while (*id != 0 && (*id == *text || (*id | 0x20) == *text)) {
        id++;
        text++;
    }
    return *id == *text;
}

bool invariant_find(const char *id, enum invariant *ret)
{
    for (enum invariant i = 0; i < INVARIANT_COUNT; i++) {
        if (same_id(infos[i].id, id)) {
            *ret = i;
            return true;
        }
    }
    return false;
}
