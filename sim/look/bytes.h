/* What goes between a node and Redis, or the database, in words. Each appends to `out`, without a newline. */
#ifndef HUBBUB_SIM_LOOK_BYTES_H
#define HUBBUB_SIM_LOOK_BYTES_H

#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/node/db.h"

struct world;

/* RESP, either way: `PUBLISH room:r3 (message r3 seq 5 ...)`, `message nodes "n1 1 5 ..."`, `OK`, `1`, `["a" ...]`.
 * What every name begins with, the installation, and seals are left out; a frame is told in words. */
void words_resp(struct buf *out, const struct world *world, const char *bytes, size_t bytes_len);
/* A name on Redis without the installation. */
struct text words_bare_name(struct text name);
/* "ROOM_LOCK 3, ENTRY_APPEND ..., ROOM_HEAD 3" */
void words_tx(struct buf *out, const struct db_tx *tx);
/* "committed, 1 row, 1 row, none" */
void words_answer(struct buf *out, const struct db_answer *answer);

#endif
