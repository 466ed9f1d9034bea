/* The truth about commits, as SQLite tells it. See vdb.h.
 *
 * It does not come from the nodes' statements: SQLite's pre-update hook tells every row that is
 * inserted into `entries`, changed or removed there, whichever statement did it; the rows count once
 * their transaction is committed. (A trigger would make each insert go through a temporary table.) */
#ifndef HUBBUB_SIM_VDB_COMMITS_H
#define HUBBUB_SIM_VDB_COMMITS_H

#include "sim/vdb/vdb.h"

/* Asks SQLite to tell them. */
void vdb_commits_hook(struct vdb *vdb);
/* Asks it to tell no more. */
void vdb_commits_deaf(struct vdb *vdb);
/* Around what is to be told as commits. */
void vdb_commits_begin(struct vdb *vdb);
void vdb_commits_end(struct vdb *vdb);

#endif
