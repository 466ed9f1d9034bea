/* See client_life.h. */
#include "sim/client/client_life.h"

#include "server/base/mem.h"
#include "server/protocol/id.h"
#include "sim/client/client_membership.h"
#include "sim/client/client_presence.h"
#include "sim/client/client_receipts.h"
#include "sim/client/client_room.h"
#include "sim/client/client_typing.h"

#include <stdlib.h>

void client_begin(struct client *client)
{
    const struct client_config *config = &client->config;

    client->user_key = id_key(config->user);
    client->back = CLIENT_ROOM_NONE;
    client_alarms_unset(client);
    if (config->rooms_len > 1) { /* few clients ever learn of another */
        client->more_cap = config->rooms_len - 1;
        client->more = hb_malloc(client->more_cap * sizeof *client->more);
    }
    for (uint32_t i = 0; i < config->rooms_len; i++) {
        (void)client_room_add(client, config->rooms[i].room_id, config->rooms[i].ref);
    }
}

void client_end(struct client *client)
{
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        client_room_deinit(client_room_at(client, i));
    }
    free(client->more);
    client_presence_deinit(client);
    client_typing_deinit(client);
    client_membership_deinit(client);
    client_receipts_deinit(client);
    wire_unref(&client->seen_wire);
    client_parked_clear(client);
}

void client_forget(struct client *client, struct client_out *out)
{
    HB_ASSERT(client->state == CLIENT_OFF);
    (void)client_emit(out, CLIENT_OUT_FORGOT);
    client_end(client);
    *client = (struct client){.config = client->config,
                              .now_us = client->now_us,
                              .conn = client->conn, /* its driver counts on */
                              .sync_ref = client->sync_ref,
                              .token = client->token, /* its person signs in again */
                              .installation = client->installation + 1};
    client_begin(client);
}
