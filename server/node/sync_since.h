/* Where a sync by time begins: a place in each room, behind which it goes on by positions.
 *
 * In a room a later entry has a greater stamp (hlc), and the milliseconds of an entry's stamp are
 * never below its timestamp, which is the same node's clock at the same instant. So all entries of
 * `since` or later stand behind the last one whose stamp is below `since`, wherever clocks stood:
 * that one is searched for by halves.
 *
 * What a caller knows of one room says nothing of another, where an entry of an earlier stamp may be
 * committed later: by a clock that is behind, in a transaction that took its time. So the search is
 * for an instant that is earlier by both. */
#ifndef HUBBUB_SERVER_NODE_SYNC_SINCE_H
#define HUBBUB_SERVER_NODE_SYNC_SINCE_H

#include "server/node/sync_page.h"

/* From the stamp of an entry to its commit: a request is answered within it. */
#define SYNC_LATE_MS 20000

/* Of all rooms of the session. */
struct sync *sync_since_new(const struct node *node, const struct session *session,
                            int64_t since_ms) HB_MUST_USE;
/* Asks for the places. */
void sync_since_ask(const struct node *node, const struct sync *sync, int64_t user,
                    struct db_tx *tx);
/* Takes them. A room of which nothing is said stays at its beginning. */
void sync_since_take(struct node *node, struct sync *sync, const struct db_rows *rows);

#endif
