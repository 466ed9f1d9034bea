/* What a client is at, for reports and quiescence. */
#ifndef HUBBUB_SIM_CLIENT_CLIENT_REPORT_H
#define HUBBUB_SIM_CLIENT_CLIENT_REPORT_H

#include "server/base/base.h"
#include "server/base/text.h"

struct client;

bool client_online(const struct client *client);         /* welcome had, connection not lost */
uint32_t client_outbox_len(const struct client *client); /* written, not acked, not failed */
uint32_t client_held_len(const struct client *client);   /* entries that wait for an earlier one */
bool client_syncing(const struct client *client);
/* Rooms to make, join or leave that are not answered. */
uint32_t client_commands_len(const struct client *client);
/* Whether it has come to know this room, so that its person may write there. */
bool client_knows(const struct client *client, struct text room_id);

#endif
