/* See show_person.h. */
#include "sim/look/show_person.h"

#include "sim/client/client_presence.h"
#include "sim/client/client_state.h"
#include "sim/client/client_typing.h"
#include "sim/look/show_room.h"
#include "sim/look/words.h"
#include "sim/world/posters.h"

#include <inttypes.h>

static void add_outbox(const struct world *world, const struct client_room *room, struct buf *out)
{
    for (uint32_t i = 0; i < room->outbox_len; i++) {
        const struct client_message *message = &room->outbox[i];
        buf_add_text(out, "      not acked: ");
        words_frame(out, world, message->wire);
        buf_printf(out, ", sent %u times", (unsigned)message->attempts);
        if (i == 0 && room->sent_us != INT64_MAX) {
            buf_add_text(out, ", on its way since ");
            words_instant(out, room->sent_us);
        }
        buf_add_char(out, '\n');
    }
}

static void add_device(const struct world *world, uint32_t device, struct buf *out)
{
    static const char *const states[] = {
        [CLIENT_OFF] = "off",
        [CLIENT_WAITING] = "waits before it connects again",
        [CLIENT_CONNECTING] = "connects",
        [CLIENT_HELLO_SENT] = "said hello",
        [CLIENT_ONLINE] = "online",
        [CLIENT_REFUSED] = "refused for good",
    };
    const struct world_client *at = &world->clients[device];
    const struct client *client = at->client;

    if (world_is_poster(world, device)) {
        buf_printf(out, "  d%u writes by HTTP alone\n", (unsigned)device);
        return;
    }
    buf_printf(out, "  d%u %s", (unsigned)device, states[client->state]);
    if (at->conn != CONN_NONE) {
        const struct world_conn *conn = &world->conns[at->conn];
        buf_printf(out, ", connection %u to n%u%s", (unsigned)conn->client_conn,
                   (unsigned)conn->node,
                   conn->drop_up && conn->drop_down ? ", nothing passes"
                   : conn->drop_up                  ? ", nothing passes to the node"
                   : conn->drop_down                ? ", nothing passes from the node"
                                                    : "");
        buf_add_text(out, ", last frame ");
        words_instant(out, client->last_frame_us);
    }
    buf_add_text(out, at->away ? ", its person is gone" : "");
    buf_add_text(out, client_presence_away(client) ? ", taken for away" : "");
    if (client_presence_room(client)[0] != 0) {
        buf_add_text(out, ", is in ");
        words_room(out, world, text_of(client_presence_room(client)));
    }
    if (client_typing_room(client)[0] != 0) {
        buf_add_text(out, ", types in ");
        words_room(out, world, text_of(client_typing_room(client)));
    }
    buf_printf(out, "; wrote %" PRIu64 "\n", client->composed);
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        const struct client_room *room = client_room_at(client, i);
        buf_add_text(out, "    ");
        words_room(out, world, room->room_id);
        buf_add_char(out, ' ');
        words_place(out, room);
        buf_add_char(out, '\n');
        add_outbox(world, room, out);
    }
}

void show_person(const struct world *world, uint32_t user, struct buf *out)
{
    const struct plan *plan = world->plan;
    const struct text name = names_text(&world->names, NAME_USER, user);

    buf_printf(out, "person u%u at ", (unsigned)user);
    words_instant(out, world_now(world));
    buf_add_text(out, ", who is called ");
    words_quoted(out, name, LOOK_TEXT_MAX);
    buf_add_char(out, '\n');
    for (uint32_t d = 0; d < plan->devices_per_user; d++) {
        add_device(world, user * plan->devices_per_user + d, out);
    }
}
