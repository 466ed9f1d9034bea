/* The verbs and keys of a recording's lines, and what somebody may have meant by another word. */
#ifndef HUBBUB_SIM_RECORDING_WORDS_H
#define HUBBUB_SIM_RECORDING_WORDS_H

#include "sim/recording/recorded.h"

/* Of a line. The verbs are keys too: KEY_VERBS + enum record_verb. */
#define RECORD_KEY_MAP(X)                                                                          \
    X(KEY_T, "t")                                                                                  \
    X(KEY_WHO, "who")                                                                              \
    X(KEY_ROOM, "room")                                                                            \
    X(KEY_ID, "id")                                                                                \
    X(KEY_CLIENT, "client")                                                                        \
    X(KEY_FROM, "from")                                                                            \
    X(KEY_SEQ, "seq")                                                                              \
    X(KEY_HLC, "hlc")                                                                              \
    X(KEY_FRESH, "fresh")                                                                          \
    X(KEY_NOTE, "note")

enum record_key {
#define X(name, word) name,
    RECORD_KEY_MAP(X)
#undef X
        KEY_VERBS,
    KEY_COUNT = KEY_VERBS + RECORD_VERB_COUNT,
    KEY_NONE = KEY_COUNT
};

enum record_key record_key_of(struct text word);
const char *record_key_word(enum record_key key);

/* The word that was probably meant: one that people use for it, or one that is spelt nearly so. NULL:
 * none comes to mind. */
const char *record_key_meant(struct text word);

#endif
