/* The way to Redis. See bus.h; what comes back is dispatched in inbox.c. */
#include "server/node/bus.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void bus_front(uint64_t identity, char ret[BUS_FRONT_BYTES + 1])
{
    (void)snprintf(ret, BUS_FRONT_BYTES + 1, "%016" PRIx64 ":", identity);
}

static struct text kind_word(enum bus_tag tag)
{
    switch (tag) {
    case BUS_CONTROL:
        return TEXT(BUS_CONTROL_WORD);
    case BUS_ROOM:
        return TEXT("room:");
    case BUS_USER:
        return TEXT("user:");
    case BUS_PERSON:
        return TEXT("presence:");
    case BUS_NONE:
        break;
    }
    HB_UNREACHABLE("no channel of this kind");
}

void bus_channel(const struct node *node, char ret[CHANNEL_BYTES_MAX + 1], enum bus_tag tag,
                 struct text name)
{
    const struct text kind = kind_word(tag);
    char *at = ret;

    HB_ASSERT(name.len <= ID_BYTES_MAX);
    memcpy(at, node->front, BUS_FRONT_BYTES);
    at += BUS_FRONT_BYTES;
    memcpy(at, kind.bytes, kind.len);
    at += kind.len;
    if (name.len > 0) {
        memcpy(at, name.bytes, name.len);
    }
    at[name.len] = '\0';
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
    const struct text name = text_of(channel);
    struct buf *sealed = &node->sealed;
    char seal[SEAL_BYTES];

    HB_ASSERT(bytes_len <= UINT32_MAX);
    seal_make(node->seals, (struct seal_place){name, {NULL, 0}},
              (struct text){bytes, (uint32_t)bytes_len}, seal);
    buf_clear(sealed);
    buf_add(sealed, seal, sizeof seal);
    buf_add(sealed, bytes, bytes_len);
    const char *argv[] = {"PUBLISH", channel, sealed->bytes};
    const size_t argv_len[] = {7, name.len, sealed->len};
    return redis_command(node->redis, 3, argv, argv_len, tag, node->mono, &node->bus);
}

void bus_share(struct node *node, const char *channel, struct wire *wire)
{
    seal_share(node->seals, (struct seal_place){text_of(channel), {NULL, 0}},
               (struct text){node->sealed.bytes, (uint32_t)node->sealed.len}, wire);
}

void bus_number(struct node *node, struct buf *out)
{
    buf_add(out, node->name.bytes, node->name.len);
    buf_add_char(out, ' ');
    buf_add_u64(out, node->incarnation);
    buf_add_char(out, ' ');
    buf_add_u64(out, ++node->said);
    buf_add_char(out, ' ');
}

enum seal_verdict bus_open(struct node *node, enum bus_place kind, struct seal_place place,
                           struct text sealed, struct text *ret)
{
    const enum seal_verdict verdict = seal_check(node->seals, place, sealed, ret);

    if (verdict != SEAL_GOOD) {
        note(node, verdict == SEAL_FOREIGN ? NOTE_FOREIGN : NOTE_FORGED, kind, 0);
    }
    return verdict;
}
