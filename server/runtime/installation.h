/* Whose database it is: what tells one installation from another that shares a Redis with it.
 *
 *   identity    drawn when the database is made; in every name on Redis (server/node/bus.h)
 *   sealed_by   the fingerprint of the cursor key that its nodes write with, of whoever started last
 *
 * A copy of a database has its original's identity until it is adopted, which also draws a new epoch: what
 * clients know of the original's logs is not the copy's.
 *
 * All here blocks: for the start of a program, before its store is opened. */
#ifndef HUBBUB_SERVER_RUNTIME_INSTALLATION_H
#define HUBBUB_SERVER_RUNTIME_INSTALLATION_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/config.h"

/* Opens the database `where` (store.h), making or bringing its tables as store_open does, and closes it.
 * Draws an identity where there is none. Writes config->identity. HB_EDENIED: its nodes write with a key that
 * is none of config's. Else the errors of store_open; `message` as there. */
HB_MUST_USE enum hb_err installation_take(const char *where, struct node_config *config,
                                          struct buf *message);
/* Makes the database, which nobody may use now, another installation of these keys. With HB_OK `message`
 * says so; errors as before. Nodes that go on all the same are over: their lives are. */
HB_MUST_USE enum hb_err installation_adopt(const char *where, const struct node_config *config,
                                           struct buf *message);

#endif
