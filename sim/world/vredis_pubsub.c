/* Channels of the virtual Redis: SUBSCRIBE, UNSUBSCRIBE, PUBLISH. */
#include "sim/world/vredis_internal.h"

#include <string.h>

static uint32_t channel_add(struct vredis *vredis, struct text name)
{
    const uint32_t index = interner_add(&vredis->channel_names, name.bytes, name.len);
    if (index == vredis->channels_len) {
        HB_GROW(vredis->channels, vredis->channels_len, vredis->channels_cap);
        vredis->channels[vredis->channels_len++] = (struct vchannel){0};
    }
    return index;
}

static bool is_in(const struct vclient *client, uint32_t channel)
{
    for (uint32_t i = 0; i < client->channels_len; i++) {
        if (client->channels[i] == channel) {
            return true;
        }
    }
    return false;
}

static void reply(struct vredis *vredis, const struct vclient *client, struct text kind,
                  const struct text *channel)
{
    vreply_begin(vredis);
    vreply_array(vredis, 3);
    vreply_bulk(vredis, kind);
    if (channel != NULL) {
        vreply_bulk(vredis, *channel);
    } else {
        vreply_nil(vredis);
    }
    vreply_int(vredis, client->channels_len);
    vreply_end(vredis, client->id);
}

static void subscribe(struct vredis *vredis, struct vclient *client, struct text name)
{
    const uint32_t index = channel_add(vredis, name);
    struct vchannel *channel = &vredis->channels[index];
    if (!is_in(client, index)) {
        HB_GROW(client->channels, client->channels_len, client->channels_cap);
        client->channels[client->channels_len++] = index;
        HB_GROW(channel->clients, channel->clients_len, channel->clients_cap);
        channel->clients[channel->clients_len++] = client->id;
    }
    reply(vredis, client, TEXT("subscribe"), &name);
}

static void remove_client(struct vchannel *channel, uint64_t id)
{
    for (uint32_t i = 0; i < channel->clients_len; i++) {
        if (channel->clients[i] == id) {
            channel->clients_len--;
            memmove(&channel->clients[i], &channel->clients[i + 1],
                    (channel->clients_len - i) * sizeof channel->clients[0]);
            return;
        }
    }
}

static void unsubscribe(struct vredis *vredis, struct vclient *client, struct text name)
{
    const uint32_t index = channel_add(vredis, name);
    for (uint32_t i = 0; i < client->channels_len; i++) {
        if (client->channels[i] == index) {
            client->channels_len--;
            memmove(&client->channels[i], &client->channels[i + 1],
                    (client->channels_len - i) * sizeof client->channels[0]);
            remove_client(&vredis->channels[index], client->id);
            break;
        }
    }
    reply(vredis, client, TEXT("unsubscribe"), &name);
}

static void unsubscribe_all(struct vredis *vredis, struct vclient *client)
{
    if (client->channels_len == 0) {
        reply(vredis, client, TEXT("unsubscribe"), NULL);
        return;
    }
    while (client->channels_len > 0) {
        size_t len;
        const char *name = interner_text(&vredis->channel_names, client->channels[0], &len);
        unsubscribe(vredis, client, (struct text){name, (uint32_t)len});
    }
}

void vredis_leave_all(struct vredis *vredis, struct vclient *client)
{
    for (uint32_t i = 0; i < client->channels_len; i++) {
        remove_client(&vredis->channels[client->channels[i]], client->id);
    }
    client->channels_len = 0;
}

static void publish(struct vredis *vredis, const struct vcommand *command)
{
    const struct text name = command->args[1];
    const uint32_t index = interner_find(&vredis->channel_names, name.bytes, name.len);
    uint32_t count = 0;

    if (index != INTERNER_NONE) {
        const struct vchannel *channel = &vredis->channels[index];
        count = channel->clients_len;
        const size_t from = vredis->out->bytes.len;
        for (uint32_t i = 0; i < count; i++) {
            vreply_begin(vredis);
            if (i == 0) {
                vreply_array(vredis, 3);
                vreply_bulk(vredis, TEXT("message"));
                vreply_bulk(vredis, name);
                vreply_bulk(vredis, command->args[2]);
            } else {
                vredis->write_from = from; /* the same bytes for everyone */
            }
            struct vredis_out *out = vredis->out;
            if (i == 0) {
                vreply_end(vredis, channel->clients[i]);
            } else {
                const struct vredis_write first = out->items[out->items_len - i];
                HB_GROW(out->items, out->items_len, out->items_cap);
                out->items[out->items_len] = first;
                out->items[out->items_len++].client = channel->clients[i];
            }
        }
    }
    vreply_begin(vredis);
    vreply_int(vredis, count);
    vreply_end(vredis, command->client->id);
}

bool vredis_command_pubsub(struct vredis *vredis, const struct vcommand *command)
{
    const struct text name = command->args[0];
    const bool leave = vtext_is(name, "unsubscribe");

    if (vtext_is(name, "publish") && command->args_len == 3 &&
        command->client->channels_len == 0) {
        publish(vredis, command);
        return true;
    }
    if (leave && command->args_len == 1) {
        unsubscribe_all(vredis, command->client);
        return true;
    }
    if ((!leave && !vtext_is(name, "subscribe")) || command->args_len < 2) {
        return false;
    }
    for (uint32_t i = 1; i < command->args_len; i++) {
        if (leave) {
            unsubscribe(vredis, command->client, command->args[i]);
        } else {
            subscribe(vredis, command->client, command->args[i]);
        }
    }
    return true;
}
