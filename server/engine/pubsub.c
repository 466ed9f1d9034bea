/* Channels of the virtual Redis: SUBSCRIBE, UNSUBSCRIBE, PUBLISH, PUBSUB NUMSUB.
 *
 * A channel lists its subscribers, and each knows the place of the channel in the client's own
 * list, so that joining and leaving cost a walk over the few who are there, however many channels
 * a client has. */
#include "server/engine/internal.h"

#include <string.h>

static uint32_t channel_add(struct engine *engine, struct text name)
{
    const uint32_t index = interner_add(&engine->channel_names, name.bytes, name.len);

    if (index == engine->channels_len) {
        HB_GROW(engine->channels, engine->channels_len, engine->channels_cap);
        engine->channels[engine->channels_len++] = (struct vchannel){0};
    }
    return index;
}

/* NULL: it is none of the channel's. */
static struct vsubscriber *subscriber_of(const struct vchannel *channel, uint64_t client)
{
    for (uint32_t i = 0; i < channel->subscribers_len; i++) {
        if (channel->subscribers[i].client == client) {
            return &channel->subscribers[i];
        }
    }
    return NULL;
}

static void reply(struct engine *engine, const struct vclient *client, struct text kind,
                  const struct text *channel)
{
    vreply_array(engine, 3);
    vreply_bulk(engine, kind);
    if (channel != NULL) {
        vreply_bulk(engine, *channel);
    } else {
        vreply_nil(engine);
    }
    vreply_int(engine, client->channels_len);
}

void vsubscribe(struct engine *engine, const struct vcommand *command)
{
    struct vclient *client = command->client;

    for (uint32_t i = 1; i < command->args_len; i++) {
        const uint32_t index = channel_add(engine, command->args[i]);
        struct vchannel *channel = &engine->channels[index];
        if (subscriber_of(channel, client->id) == NULL) {
            HB_GROW(channel->subscribers, channel->subscribers_len, channel->subscribers_cap);
            channel->subscribers[channel->subscribers_len++] =
                (struct vsubscriber){client->id, client->channels_len};
            HB_GROW(client->channels, client->channels_len, client->channels_cap);
            client->channels[client->channels_len++] = index;
        }
        reply(engine, client, TEXT("subscribe"), &command->args[i]);
    }
}

static void leave(struct engine *engine, struct vclient *client, struct vchannel *channel,
                  struct vsubscriber *subscriber)
{
    const uint32_t place = subscriber->place;
    const uint32_t last = client->channels[client->channels_len - 1];

    HB_ASSERT(&engine->channels[client->channels[place]] == channel);
    client->channels[place] = last; /* the last one takes its place */
    struct vsubscriber *moved = subscriber_of(&engine->channels[last], client->id);
    HB_ASSERT(moved != NULL);
    moved->place = place;
    client->channels_len--;

    const size_t behind =
        (size_t)(channel->subscribers + channel->subscribers_len - (subscriber + 1));
    memmove(subscriber, subscriber + 1, behind * sizeof *subscriber);
    channel->subscribers_len--;
}

static void unsubscribe(struct engine *engine, struct vclient *client, struct text name)
{
    const uint32_t index = interner_find(&engine->channel_names, name.bytes, name.len);

    if (index != INTERNER_NONE) {
        struct vchannel *channel = &engine->channels[index];
        struct vsubscriber *subscriber = subscriber_of(channel, client->id);
        if (subscriber != NULL) {
            leave(engine, client, channel, subscriber);
        }
    }
    reply(engine, client, TEXT("unsubscribe"), &name);
}

/* Without names: of all. Redis does that in the order of its hash table; the last comes first
 * here. */
void vunsubscribe(struct engine *engine, const struct vcommand *command)
{
    struct vclient *client = command->client;

    for (uint32_t i = 1; i < command->args_len; i++) {
        unsubscribe(engine, client, command->args[i]);
    }
    if (command->args_len == 1 && client->channels_len == 0) {
        reply(engine, client, TEXT("unsubscribe"), NULL);
    }
    while (command->args_len == 1 && client->channels_len > 0) {
        size_t len;
        const char *name =
            interner_text(&engine->channel_names, client->channels[client->channels_len - 1], &len);
        unsubscribe(engine, client, (struct text){name, (uint32_t)len});
    }
}

void engine_leave_all(struct engine *engine, struct vclient *client)
{
    while (client->channels_len > 0) {
        struct vchannel *channel = &engine->channels[client->channels[client->channels_len - 1]];
        struct vsubscriber *subscriber = subscriber_of(channel, client->id);
        HB_ASSERT(subscriber != NULL);
        leave(engine, client, channel, subscriber);
    }
}

/* The message is written once; each subscriber's item names the same bytes. */
static void deliver(struct engine *engine, const struct vchannel *channel, struct text name,
                    struct text message)
{
    struct engine_out *out = engine->out;
    const size_t from = out->bytes.len;

    vreply_array(engine, 3);
    vreply_bulk(engine, TEXT("message"));
    vreply_bulk(engine, name);
    vreply_bulk(engine, message);
    for (uint32_t i = 0; i < channel->subscribers_len; i++) {
        HB_GROW(out->items, out->items_len, out->items_cap);
        out->items[out->items_len++] = (struct engine_write){channel->subscribers[i].client, from,
                                                             out->bytes.len - from, false};
    }
}

void vpublish(struct engine *engine, const struct vcommand *command)
{
    const struct text name = command->args[1];
    const uint32_t index = interner_find(&engine->channel_names, name.bytes, name.len);
    const uint32_t count = index != INTERNER_NONE ? engine->channels[index].subscribers_len : 0;

    if (count > 0) {
        vreply_end(engine, command->client->id); /* what a transaction has written so far */
        deliver(engine, &engine->channels[index], name, command->args[2]);
        vreply_begin(engine);
    }
    vreply_int(engine, count);
}

void vpubsub(struct engine *engine, const struct vcommand *command)
{
    HB_ASSERT(vtext_is(command->args[1], "numsub"));
    vreply_array(engine, (command->args_len - 2) * 2);
    for (uint32_t i = 2; i < command->args_len; i++) {
        const struct text name = command->args[i];
        const uint32_t index = interner_find(&engine->channel_names, name.bytes, name.len);
        vreply_bulk(engine, name);
        vreply_int(engine, index != INTERNER_NONE ? engine->channels[index].subscribers_len : 0);
    }
}
