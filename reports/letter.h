/* One character of a text that may hold any bytes. */
#ifndef HUBBUB_REPORTS_LETTER_H
#define HUBBUB_REPORTS_LETTER_H

#include "server/base/base.h"

struct letter {
    char bytes[4];
    uint32_t len;
};

/* The character at *at, which is not the end of the text; moves *at behind it. Always UTF-8 that XML
 * 1.0 allows: what is none, and every control character but tab, line feed and carriage return, is
 * given as U+FFFD. */
struct letter letter_next(const char **at);

#endif
