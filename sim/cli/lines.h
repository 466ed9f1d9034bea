/* A file line by line, however long it is; "-" is the standard input. */
#ifndef HUBBUB_SIM_CLI_LINES_H
#define HUBBUB_SIM_CLI_LINES_H

#include "server/base/mem.h"

#include <stdio.h>

struct lines {
    const char *path;
    FILE *file;
    struct buf bytes; /* read and not yet given out, from `at` on */
    size_t at;
    size_t line_max;
    bool begun, ended;
};

/* `line_max`: a longer one is given in pieces of this and one byte more. On an error prints one line
 * and returns false. */
bool lines_open(struct lines *lines, const char *path, size_t line_max);
/* The next line without its newline, borrowed until the next call. False: there is none. */
bool lines_next(struct lines *lines, const char **ret, size_t *ret_len);
/* Whether the file starts so; before the first line is taken. */
bool lines_start_with(struct lines *lines, const char *text);
/* Prints one line and returns false if reading failed. */
bool lines_close(struct lines *lines);

#endif
