/* See client_report.h. */
#include "sim/client/client_report.h"

#include "sim/client/client_membership.h"
#include "sim/client/client_outbox.h"
#include "sim/client/client_room.h"
#include "sim/client/client_sync.h"

bool client_online(const struct client *client)
{
    return client->state == CLIENT_ONLINE;
}

uint32_t client_outbox_len(const struct client *client)
{
    return client_outbox_unacked(client);
}

uint32_t client_held_len(const struct client *client)
{
    uint32_t len = 0;
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        len += client_room_at(client, i)->held_len;
    }
    return len;
}

uint32_t client_commands_len(const struct client *client)
{
    return client_membership_len(client);
}

bool client_knows(const struct client *client, struct text room_id)
{
    return client_room_find(client, id_key(room_id)) != NULL;
}

bool client_syncing(const struct client *client)
{
    bool syncing = client_sync_waits(client);
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        syncing = syncing || client_room_at(client, i)->wants_sync;
    }
    return syncing;
}
