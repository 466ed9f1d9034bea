/* Messages by their names, from the first line that tells of one until it is forgotten.
 *
 * Names: an `id` names one message of its room for everybody; a `client` names one of its writer. A
 * line with both says that they are one message. */
#ifndef HUBBUB_SIM_OUTSIDE_MESSAGES_H
#define HUBBUB_SIM_OUTSIDE_MESSAGES_H

#include "sim/outside/ledger.h"

uint64_t key_of_id(uint32_t room, struct text id);
uint64_t key_of_client(uint32_t room, uint32_t user, struct text client);
uint64_t key_of_text(uint32_t room, struct text text); /* where nothing else names a message */
uint64_t key_of_seq(uint32_t room, int64_t seq);

struct message *message_new(struct ledger *ledger, uint32_t room);
/* NULL: none has this name, or it was forgotten: then *ret_old is its number in the room, else 0. */
struct message *message_find(struct ledger *ledger, uint64_t key, uint64_t *ret_old);
/* It is found by this key too. False: it has as many keys as there may be. */
bool message_name(struct ledger *ledger, struct message *message, uint64_t key);
/* `from` was the same message under another name: `into` is both. `from` is gone afterwards. */
void message_join(struct ledger *ledger, struct message *into, struct message *from);

/* As much of it as a label holds, without cutting a character. */
void text_cut(struct text text, char ret[LABEL_MAX + 1]);
void message_label(struct message *message, struct text label);
/* Its text as this line says it; false: another line said another one. */
bool message_text(struct message *message, struct text text);

/* Accepted, and as many as `expected_len` are to show it. */
void message_open(struct ledger *ledger, struct message *message);
/* `slot` is not expected to show it any more. False: it was not. */
bool message_expected_take(struct ledger *ledger, struct message *message, uint32_t slot);
bool message_expects(const struct message *message, uint32_t slot);
/* Nobody is expected to show it any more. */
void message_settle(struct ledger *ledger, struct message *message);

/* Joins the writer's list of unsettled messages. */
void message_write(struct ledger *ledger, struct message *message);
void message_unwrite(struct ledger *ledger, struct message *message); /* if it is in there */

/* The oldest that may be forgotten now, or NULL. The caller takes it out of the room's order first. */
struct message *message_surplus(struct ledger *ledger);
void message_forget(struct ledger *ledger, struct message *message);

#endif
