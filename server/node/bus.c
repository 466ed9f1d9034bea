/* The way to Redis. See bus.h; what comes back is dispatched in inbox.c. */
#include "server/node/bus.h"

#include <string.h>

void bus_channel(char ret[CHANNEL_BYTES_MAX + 1], enum bus_tag tag, struct text name)
{
    const struct text front = tag == BUS_ROOM   ? TEXT("room:")
                              : tag == BUS_USER ? TEXT("user:")
                                                : TEXT("presence:");

    HB_ASSERT(tag == BUS_ROOM || tag == BUS_USER || tag == BUS_PERSON);
    HB_ASSERT(name.len <= ID_BYTES_MAX);
    memcpy(ret, front.bytes, front.len);
    memcpy(ret + front.len, name.bytes, name.len);
    ret[front.len + name.len] = '\0';
}

void bus_subscribe(struct node *node, enum bus_tag tag, uint32_t index, const char *channel)
{
    redis_subscribe(node->redis, channel, strlen(channel), (uint64_t)tag << 32 | index);
}

void bus_unsubscribe(struct node *node, const char *channel)
{
    redis_unsubscribe(node->redis, channel, strlen(channel), node->mono, &node->bus);
}

bool bus_forget(struct node *node, const char *channel)
{
    return redis_forget(node->redis, channel, strlen(channel));
}

enum hb_err bus_publish(struct node *node, const char *channel, const char *bytes, size_t bytes_len)
{
    return bus_publish_asking(node, channel, bytes, bytes_len, 0);
}

enum hb_err bus_publish_asking(struct node *node, const char *channel, const char *bytes,
                               size_t bytes_len, uint64_t tag)
{
    const char *argv[] = {"PUBLISH", channel, bytes};
    const size_t argv_len[] = {7, strlen(channel), bytes_len};

    return redis_command(node->redis, 3, argv, argv_len, tag, node->mono, &node->bus);
}
