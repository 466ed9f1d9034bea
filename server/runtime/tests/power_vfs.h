/* A SQLite VFS under which the power can fail: it knows of each file what was synced, and what was written
 * since. Of the latter a cut keeps any sectors, in no order, as a disk with a cache does.
 *
 * Files of other folders than the one that it is made for are as ever. */
#ifndef HUBBUB_SERVER_RUNTIME_TESTS_POWER_VFS_H
#define HUBBUB_SERVER_RUNTIME_TESTS_POWER_VFS_H

#include "server/base/base.h"
#include "server/base/rng.h"

/* Makes it the default one; of that folder, which is borrowed, it keeps what was synced. */
void power_vfs_begin(const char *folder);
/* SQLite's own is the default again; what is known of files is forgotten. No file may be open. */
void power_vfs_end(void);
/* What a disk would hold if the power failed now: each file is written to `folder` under its own name. Any
 * thread; the database goes on. */
void power_vfs_cut(const char *folder, struct rng *rng);
/* How many syncs there were. */
uint64_t power_vfs_syncs(void);

#endif
