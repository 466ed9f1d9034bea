/* Log lines of hubbubd, to the standard error: one line a thing, without contents and without
 * tokens: codes and numbers only leave a node.
 *
 *   2026-11-25T19:40:32.123Z info node ready: incarnation 3
 *
 * A thing that happens often is told once a second, with how many it stands for. */
#ifndef HUBBUB_SERVER_RUNTIME_LOG_H
#define HUBBUB_SERVER_RUNTIME_LOG_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/node/effects.h"
#include "server/protocol/token.h"

#define LOG_CAUSES      16 /* of trouble, kept apart; of more the one told longest ago goes */
#define LOG_CAUSE_BYTES 256
#define LOG_KINDS       (NOTE_COUNT + TOKEN_REFUSAL_COUNT)

struct log_tally {
    int64_t told_us; /* 0: never */
    uint64_t untold;
};

struct log {
    bool verbose; /* every note; else those that an operator acts on */
    /* By note, and behind those: of refused tokens by why, or a flood of one kind would hide another. */
    struct log_tally notes[LOG_KINDS];
    struct log_cause {
        char words[LOG_CAUSE_BYTES];
        struct log_tally tally;
    } causes[LOG_CAUSES];
};

/* `about`: a text of it, or absent; what a terminal might obey is not printed as it is. */
void log_note(struct log *log, int64_t mono_us, enum note_code code, int64_t a, int64_t b,
              struct text about);
/* Trouble in somebody else's words, such as a database's: one line a minute for the same words, with how often
 * it came. A terminal is not disturbed by them. */
void log_trouble(struct log *log, int64_t mono_us, const char *words);
/* Copies at most cap - 1 bytes of a text from elsewhere: printable ASCII, a ? for all else. */
void log_plain(struct text text, char *ret, size_t cap);
void log_line(const char *level, const char *format, ...) HB_PRINTF(2, 3);

#endif
