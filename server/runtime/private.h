/* What hubbubd writes is its user's alone: 0600. New files are made so (the program's umask); older ones that
 * others can read or write are narrowed, which is told, or refused where they are another user's.
 *
 * Thread: the start of a program. */
#ifndef HUBBUB_SERVER_RUNTIME_PRIVATE_H
#define HUBBUB_SERVER_RUNTIME_PRIVATE_H

#include "server/base/base.h"
#include "server/base/mem.h"

#include <sys/stat.h>

/* Whether others than its owner can use it: a regular file, for of a pipe or a terminal they cannot. */
bool private_is_wide(const struct stat *info);

/* Makes a file, whole or not at all, also beside another process that does the same: written under another name,
 * then linked to its own. Who was first is left as they are. 0, or an errno. */
int private_make(const char *path, const char *bytes, size_t bytes_len);

/* A SQLite file with its -wal, -shm and -journal, none of which need be there. Before it is opened. HB_EDENIED: others
 * can use one of them and this user cannot narrow it, or its folder is not there; `message` says in one
 * line what to do. */
HB_MUST_USE enum hb_err private_database_check(const char *path, struct buf *message);
/* Once it is opened, and so known to be a database. `told`: gets a line about what was narrowed, or nothing. */
void private_database_narrow(const char *path, struct buf *told);

/* The standard output and error, where they are files: never refused, for what a supervisor has opened may be
 * its own; then `told` says that others can read it. */
void private_logs(struct buf *told);

#endif
