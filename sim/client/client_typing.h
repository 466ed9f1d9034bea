/* Who is typing: what this client says of its person, and whom it shows.
 *
 *   silent --key: says so at once--> typing --key: again, 2 s after the last word at the soonest--> typing
 *     ^                                |
 *     +-- 3 s without a key, an empty field, a message, another room: says so at once --+
 *
 * A key within those 2 s is told at their end. A connection that is lost ends it without a word: the server sees
 * that itself; the next key on the next one begins anew.
 *
 * Of others it shows who was told of last as typing, until it is told otherwise, sees a message or leave of
 * theirs, or 5 s have passed, whatever the server says or forgets to say. Nothing outlives a connection.
 *
 * Own invariants:
 *   I7  a stop waits for nothing;
 *   I8  who is shown as typing was told so on this connection within the last 5 s. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_TYPING_H
#define HUBBUB_SIM_CLIENT_CLIENT_TYPING_H

#include "server/protocol/frame.h"
#include "sim/client/client_out.h"
#include "sim/client/client_state.h"

void client_typing_deinit(struct client *client);

/* For reports: the room where the server was told last that the person types; "": nowhere. */
const char *client_typing_room(const struct client *client);

/* The person presses a key in the field of this room; `emptied`: nothing stands there now. */
void client_typing_key(struct client *client, uint32_t room_ref, struct text room_id, bool emptied,
                       struct client_out *out);
/* The same in the field of the room of two that it has, or may come to have, with this person. */
void client_typing_key_to(struct client *client, struct text user, bool emptied,
                          struct client_out *out);
/* What stood in the field of this room was sent. */
void client_typing_sent(struct client *client, uint32_t room_ref, struct text room_id,
                        struct client_out *out);
void client_typing_sent_to(struct client *client, struct text user, struct client_out *out);
/* CLIENT_ALARM_TYPING: a word that waited, or the end of the keys; CLIENT_ALARM_TYPISTS: others' time is over. */
void client_typing_look(struct client *client, struct client_out *out);
void client_typing_expire(struct client *client, struct client_out *out);

/* A typing_start or typing_stop; the ref of its room. */
void client_typing_told(struct client *client, const struct frame *frame, uint32_t room_ref,
                        struct client_out *out);
/* An entry is shown: who wrote or left types no more. */
void client_typing_entry(struct client *client, uint64_t room_key, const struct entry *entry,
                         struct client_out *out);
void client_typing_offline(struct client *client, struct client_out *out);

#endif
