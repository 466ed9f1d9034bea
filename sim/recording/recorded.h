/* What a recorder wrote down: one line, one event. ../history/FORMAT.md, part "Recordings", is the
 * specification.
 *
 * Texts are borrowed from the reader until its next line. */
#ifndef HUBBUB_SIM_RECORDING_RECORDED_H
#define HUBBUB_SIM_RECORDING_RECORDED_H

#include "server/base/base.h"
#include "server/base/text.h"

/* name, word, what its value may be besides true */
#define RECORD_VERB_MAP(X)                                                                         \
    X(RECORD_SENT, "sent", "the message's text")                                                   \
    X(RECORD_ACKED, "acked", "the message's text")                                                 \
    X(RECORD_REFUSED, "refused", "a reason")                                                       \
    X(RECORD_SAW, "saw", "the message's text")                                                     \
    X(RECORD_JOINED, "joined", "who joined, if it was somebody else")                              \
    X(RECORD_LEFT, "left", "who left, if it was somebody else")                                    \
    X(RECORD_UP, "up", "a reason")                                                                 \
    X(RECORD_DOWN, "down", "a reason")

enum record_verb {
#define X(name, word, value) name,
    RECORD_VERB_MAP(X)
#undef X
        RECORD_VERB_COUNT
};

const char *record_verb_word(enum record_verb verb);

#define RECORD_SEQ_NONE          (-1)
#define RECORDING_NAME_BYTES_MAX 256 /* of whoever, a room, an id */

struct recorded {
    enum record_verb verb;
    bool fresh;    /* of up: whoever it is shows an empty page again */
    int64_t at_us; /* by the recorder's clock */
    struct text who;
    struct text value; /* absent: true */
    struct text room;  /* absent: the one without a name */
    struct text id, client, from;
    int64_t seq;  /* RECORD_SEQ_NONE: not said */
    uint64_t hlc; /* packed; 0: not said */
};

#endif
