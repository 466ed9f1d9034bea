/* The tables, as numbered migrations, each for SQLite and for PostgreSQL.
 *
 *   nothing --1--> the first tables --2--> ... --version--> what the statements work on
 *
 * A new database and an old one are brought to the present version by the same steps, so they end
 * alike. Whoever opens a database runs those that it lacks in one transaction, behind the database's
 * lock, and writes into `meta` which version it holds and the oldest version of a program that can
 * work on it.
 *
 * A step only adds (tables, columns with a default, indexes), so that the version before it goes on
 * working beside it while nodes are replaced one after the other; what it supersedes is dropped by
 * a later one. A step once released is never changed. */
#ifndef HUBBUB_SERVER_NODE_SCHEMA_H
#define HUBBUB_SERVER_NODE_SCHEMA_H

#include "server/base/base.h"

struct db_migration {
    const char *sqlite, *postgresql; /* several statements; NULL: nothing to do there */
    uint32_t oldest;                 /* programs of this version and later work on its tables */
    const char *const *tables;       /* that it makes, ended by NULL; NULL: none */
};

struct db_schema {
    const struct db_migration *steps; /* steps[k - 1] makes version k */
    uint32_t version;                 /* how many there are */
};

/* This program's. */
const struct db_schema *db_schema(void);

/* How PostgreSQL names the constraint that no two entries of a node have one stamp, and how SQLite tells
 * that it was violated. */
#define DB_STAMP_CONSTRAINT "entries_node_stamp_key"
#define DB_STAMP_COLUMNS    "entries.node, entries.stamp"

/* The version from which on `meta` tells version and oldest; without these columns it is 1. */
#define DB_SCHEMA_TOLD 2

#endif
