/* What a client lacks, asked for in sessions: one for all rooms that are behind, page by page.
 *
 *   behind --client_sync_begin--> wants_sync --request--> in_sync --last page--> had
 *                                     ^                      |
 *                                     +--- pause <-- error --+
 *
 * The first request of a session names positions, or, with `byTime` and after an absence, the one time of
 * the client, whose answer is of all rooms, from earlier on; the others carry the cursor of the page before.
 * Before sessions come the newest pages of rooms that lack too much (`newestFirst`), and when nothing else is
 * wanted, markers are filled, page by page backwards: each is a request of its own. The answers are
 * client_page.c's. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_SYNC_H
#define HUBBUB_SIM_CLIENT_CLIENT_SYNC_H

#include "server/base/text.h"
#include "server/protocol/frame.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

void client_sync_request(struct client *client, const struct frame_sync_request *ask,
                         struct client_out *out);
/* The connection is lost: what is missed from now on is asked for by time, if the client does that. */
void client_sync_offline(struct client *client);
/* Starts a session for the rooms that want one, unless one is under way or a pause lasts. */
void client_sync_begin(struct client *client, struct client_out *out);
/* Notices entries held for too long, which the next session asks for. */
void client_sync_notice(struct client *client);
/* Both. */
void client_sync_tick(struct client *client, struct client_out *out);
/* A session is under way: its last request is not answered. */
bool client_sync_waits(const struct client *client);
/* Whether `ref` answers the last request; any other is of a session that is over. */
bool client_sync_ref_is_ours(const struct client *client, struct text ref);
/* When the next session is to start; its alarm is that instant after each step (checked). */
int64_t client_sync_due_us(const struct client *client);
/* Sets the alarm, after a change of what is held, wanted or under way. */
void client_sync_arm(struct client *client);

#endif
