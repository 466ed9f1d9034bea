/* See channels.h. */
#include "server/engine/channels.h"

#include "server/engine/args.h"
#include "server/engine/reply.h"
#include "server/engine/shrink.h"

#include <string.h>

/* NULL: nobody listens to it. */
static struct vchannel *channel_find(const struct engine *engine, struct text name)
{
    return (struct vchannel *)vdict_find(&engine->channels, name);
}

/* What a subscription takes in both lists, about. */
#define SUBSCRIPTION_BYTES (2 * (sizeof(struct vsubscriber) + sizeof(struct vchannel *)))

/* NULL: it is none of the channel's. */
static struct vsubscriber *subscriber_of(const struct vchannel *channel,
                                         const struct vclient *client)
{
    for (uint32_t i = 0; i < channel->subscribers_len; i++) {
        if (channel->subscribers[i].client == client) {
            return &channel->subscribers[i];
        }
    }
    return NULL;
}

static void reply(struct engine *engine, struct text kind, const struct text *channel,
                  uint32_t count)
{
    vreply_array(engine, 3);
    vreply_bulk(engine, kind);
    if (channel != NULL) {
        vreply_bulk(engine, *channel);
    } else {
        vreply_nil(engine);
    }
    vreply_int(engine, count);
}

static void join(struct engine *engine, struct vclient *client, struct text name)
{
    struct vchannel *channel = channel_find(engine, name);

    if (channel == NULL) {
        channel = (struct vchannel *)vdict_add(&engine->channels, name, sizeof *channel);
        engine->stored_bytes += vdict_bytes(&channel->entry);
    }
    if (subscriber_of(channel, client) != NULL) {
        return;
    }
    HB_GROW(channel->subscribers, channel->subscribers_len, channel->subscribers_cap);
    channel->subscribers[channel->subscribers_len++] =
        (struct vsubscriber){client, client->channels_len};
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    HB_GROW(client->channels, client->channels_len, client->channels_cap);
    client->channels[client->channels_len++] = channel;
    engine->stored_bytes += SUBSCRIPTION_BYTES;
}

void vsubscribe(struct engine *engine, const struct vcommand *command)
{
    for (uint32_t i = 1; i < command->args_len; i++) {
        join(engine, command->client, command->args[i]);
        reply(engine, TEXT("subscribe"), &command->args[i], command->client->channels_len);
    }
}

static void leave(struct engine *engine, struct vclient *client, struct vchannel *channel,
                  struct vsubscriber *subscriber)
{
    const uint32_t place = subscriber->place;
    struct vchannel *last = client->channels[client->channels_len - 1];

    HB_ASSERT(client->channels[place] == channel);
    client->channels[place] = last; /* the last one takes its place */
    struct vsubscriber *moved = subscriber_of(last, client);
    HB_ASSERT(moved != NULL);
    moved->place = place;
    client->channels_len--;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    VSHRINK(client->channels, client->channels_len, client->channels_cap);

    const size_t behind =
        (size_t)(channel->subscribers + channel->subscribers_len - (subscriber + 1));
    memmove(subscriber, subscriber + 1, behind * sizeof *subscriber);
    channel->subscribers_len--;
    VSHRINK(channel->subscribers, channel->subscribers_len, channel->subscribers_cap);
    HB_ASSERT(engine->stored_bytes >= SUBSCRIPTION_BYTES);
    engine->stored_bytes -= SUBSCRIPTION_BYTES;
    if (channel->subscribers_len == 0) {
        engine->stored_bytes -= vdict_bytes(&channel->entry);
        vdict_remove(&engine->channels, &channel->entry);
    }
}

/* `name` may be the channel's own, which goes with it: it is written before. */
static void unsubscribe(struct engine *engine, struct vclient *client, struct text name)
{
    struct vchannel *channel = channel_find(engine, name);
    struct vsubscriber *subscriber = channel != NULL ? subscriber_of(channel, client) : NULL;

    reply(engine, TEXT("unsubscribe"), &name, client->channels_len - (subscriber != NULL));
    if (subscriber != NULL) {
        leave(engine, client, channel, subscriber);
    }
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
        reply(engine, TEXT("unsubscribe"), NULL, 0);
    }
    while (command->args_len == 1 && client->channels_len > 0) {
        unsubscribe(engine, client, client->channels[client->channels_len - 1]->entry.name);
    }
}

void vchannels_leave(struct engine *engine, struct vclient *client)
{
    while (client->channels_len > 0) {
        struct vchannel *channel = client->channels[client->channels_len - 1];
        struct vsubscriber *subscriber = subscriber_of(channel, client);
        HB_ASSERT(subscriber != NULL);
        leave(engine, client, channel, subscriber);
    }
}

/* The message is written once; each subscriber's item names the same bytes. */
static void deliver(struct engine *engine, const struct vchannel *channel, struct text message)
{
    vreply_shared_begin(engine);
    vreply_array(engine, 3);
    vreply_bulk(engine, TEXT("message"));
    vreply_bulk(engine, channel->entry.name);
    vreply_bulk(engine, message);
    for (uint32_t i = 0; i < channel->subscribers_len; i++) {
        vreply_share(engine, channel->subscribers[i].client);
    }
}

void vpublish(struct engine *engine, const struct vcommand *command)
{
    const struct vchannel *channel = channel_find(engine, command->args[1]);

    if (channel != NULL) {
        vreply_end(engine); /* what a transaction has written so far */
        deliver(engine, channel, command->args[2]);
        vreply_begin(engine, command->client);
    }
    vreply_int(engine, channel != NULL ? channel->subscribers_len : 0);
}

void vpubsub(struct engine *engine, const struct vcommand *command)
{
    HB_ASSERT(vtext_is(command->args[1], "numsub")); /* others were refused */
    vreply_array(engine, (command->args_len - 2) * 2);
    for (uint32_t i = 2; i < command->args_len; i++) {
        const struct vchannel *channel = channel_find(engine, command->args[i]);
        vreply_bulk(engine, command->args[i]);
        vreply_int(engine, channel != NULL ? channel->subscribers_len : 0);
    }
}
