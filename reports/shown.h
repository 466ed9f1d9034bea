/* A text that may hold any bytes, for a terminal, a line to copy into a shell, or JSON. */
#ifndef HUBBUB_REPORTS_SHOWN_H
#define HUBBUB_REPORTS_SHOWN_H

#include "server/base/mem.h"

/* Appends the text as a terminal may be given it: control characters (C1 too), what turns the direction
 * of writing, and bytes that are no UTF-8 are written as \n, \x1b and the like. A backslash of its own
 * stays as it is. */
void shown_text(struct buf *out, const char *text);
/* Appends the text as one word of a POSIX shell: as it is, or in single quotes. What shown_text
 * would escape is written in $'...', which bash, zsh and busybox read. */
void shell_word(struct buf *out, const char *text);
/* Appends the text as a JSON string; bytes that are no UTF-8 become U+FFFD. */
void shown_json(struct buf *out, const char *text);

#endif
