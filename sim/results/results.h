/* A folder of results, which belongs to one run.
 *
 *   results_open --> locked, its own old files gone --> results_write, results_grow --> results_close
 *
 * Own invariants:
 *   I1  one process at a time has a folder (a lock on DIR/.hubbub, which ends with the process);
 *   I2  what it removes or replaces is, byte for byte, what hubbub wrote there (manifest.h);
 *   I3  nothing is written outside the folder: paths are safe names (name.h), links are not followed;
 *   I4  a file is whole or not there.
 * Messages are one line without its end, for a person. */
#ifndef HUBBUB_SIM_RESULTS_RESULTS_H
#define HUBBUB_SIM_RESULTS_RESULTS_H

#include "server/base/mem.h"

struct results;

struct results_wish {
    const char *dir;           /* made, with those above it, if it is not there */
    const char *command;       /* "hubbub swarm" */
    const char *const *names;  /* that it may write, to its NULL: a stranger's are refused now */
    const char *const *inputs; /* files and folders that it reads: they are not removed */
    uint32_t inputs_len;
    bool keep; /* goes on with what the folder has: nothing is removed */
};

/* Gives *ret. False: `why` says what is in the way, and nothing was changed but that the folder may have
 * been made. */
bool results_open(const struct results_wish *wish, struct results **ret, struct buf *why);
/* Gives the folder free; what was written stays. NULL is nothing. */
void results_close(struct results **results);
/* In a forked child: without giving the folder free for its parent. */
void results_leave(struct results *results);

/* Whether a run wrote this file, this one or, of a folder that is kept, an earlier one. */
bool results_has(const struct results *results, const char *path);
bool results_is_new(const struct results *results); /* no run has written into it */
/* Writes NAME, or NAME/NAME. */
bool results_write(struct results *results, const char *path, const struct buf *content,
                   struct buf *why);
/* Opens a file that grows, to its end; gives a descriptor, or -1. */
int results_grow(struct results *results, const char *path, struct buf *why);

#endif
