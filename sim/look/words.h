/* What goes between people, nodes, Redis and the database, in words: as short as a line of a trace allows.
 *
 * Everybody is called by one letter and a number, as in the rest of the harness: user u17, device d17, which
 * a plan calls client c17, room r3, node n2. Each function appends to `out`, without a newline. */
#ifndef HUBBUB_SIM_LOOK_WORDS_H
#define HUBBUB_SIM_LOOK_WORDS_H

#include "server/base/mem.h"
#include "server/base/text.h"
#include "sim/world/core.h"

#define LOOK_TEXT_MAX 40 /* characters of what somebody wrote, or of a payload */

void words_instant(struct buf *out, int64_t us); /* "12.345678s" */
/* "u17"; a name that nobody here has as it is, quoted. */
void words_user(struct buf *out, const struct world *world, struct text name);
void words_room(struct buf *out, const struct world *world, struct text name);
/* In quotes, its beginning if it is long; nothing of it disturbs a terminal. */
void words_quoted(struct buf *out, struct text text, size_t bytes_max);
/* "send r3 "hello" (d0-4)"; what is no frame, as its bytes. */
void words_frame(struct buf *out, const struct world *world, struct wire *wire);
/* "message r3 seq 5 of u2 "hello"" */
void words_entry(struct buf *out, const struct world *world, const struct entry *entry);

#endif
