/* Passwords of others' services: from where they come, and where they are not to be seen.
 *
 *   in the address itself   what `ps` shows of it is blanked at the start
 *   in a file               that nobody else may read
 *   in the environment      HUBBUB_DB_PASSWORD, HUBBUB_REDIS_PASSWORD
 *
 * The first of these that there is counts. For PostgreSQL alone, libpq then looks by itself: PGPASSWORD,
 * PGPASSFILE, ~/.pgpass. */
#ifndef HUBBUB_SERVER_RUNTIME_SECRET_H
#define HUBBUB_SERVER_RUNTIME_SECRET_H

#include "server/base/base.h"
#include "server/base/mem.h"

/* Overwrites every password within an address (of the user's part, `password=`, `sslpassword=`) by ***; the rest
 * moves up, and the end is filled with NUL bytes. In place: `text` is argv's. */
void secret_blank(char *text);

/* The first line of a file. HB_EDENIED: `message` says in one line what was wrong with it. */
HB_MUST_USE enum hb_err secret_file(const char *path, struct buf *ret, struct buf *message);

/* Whether an address has a password. */
bool secret_in(const char *text);

/* The address of PostgreSQL with this password. */
void secret_into(const char *uri, const char *password, struct buf *ret);

#endif
