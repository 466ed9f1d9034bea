/* A client's rooms: entries in order, each once; what comes too early is held. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_ROOM_H
#define HUBBUB_SIM_CLIENT_CLIENT_ROOM_H

#include "server/base/text.h"
#include "server/protocol/frame.h"
#include "server/protocol/wire.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

struct client_room *client_room_add(struct client *client, struct text room_id, uint32_t ref);
/* The room of this name, learnt if it is new. NULL: it is new and there are too many. */
struct client_room *client_room_learn(struct client *client, struct text room_id, uint64_t key);
struct client_room *client_room_find(const struct client *client, uint64_t key);
/* As an event names it: by `ref`, or if that is CLIENT_ROOM_NONE by its id. NULL: it has none of that name. */
struct client_room *client_room_said(const struct client *client, uint32_t ref,
                                     struct text room_id);
void client_room_deinit(struct client_room *room);
/* One entry, live or from a page, of a room whose `next` is known. */
void client_room_entry(struct client *client, struct client_room *room, struct wire *wire,
                       const struct entry *entry, struct client_out *out);
/* The newest page of the room, which goes on from its first entry, behind a marker if that is not next. */
void client_room_newest(struct client *client, struct client_room *room, struct wire *wire,
                        const struct entry *entries, uint32_t len, struct client_out *out);
/* The temporary row of what was written becomes that of this entry, once. */
void client_room_replace(const struct client_room *room, struct client_message *message,
                         uint64_t seq, uint64_t entry_key, struct client_out *out);
/* The display epoch ends; the room goes on at `next` (0: not known yet). The caller sets the sync's
 * alarm. */
void client_room_reset(struct client_room *room, uint64_t next, struct client_out *out);
/* Nothing is held or asked for any more. */
void client_room_offline(struct client_room *room);
/* Drops what the effects of the step before borrowed. */
void client_parked_clear(struct client *client);

#endif
