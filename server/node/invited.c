/* Who came into a room is told until it is confirmed. See invited.h. */
#include "server/node/invited.h"

#include "server/base/mem.h"
#include "server/node/bus.h"

#include <stdlib.h>
#include <string.h>

/* Unconfirmed at once: as many as come into rooms in a long outage of Redis; beyond these the slow pass finds
 * them (full_pass_us). */
#define INVITED_MAX 4096

struct invited {
    char name[ID_BYTES_MAX + 1];
    uint64_t number; /* of the last time that it was said */
    bool said;       /* and it is not known yet whether it was heard */
};

static void say(struct node *node, struct invited *invited)
{
    char channel[CHANNEL_BYTES_MAX + 1];

    invited->number = ++node->invited_number;
    bus_channel(node, channel, BUS_USER, text_of(invited->name));
    buf_clear(&node->scratch);
    bus_number(node, &node->scratch);
    buf_add_text(&node->scratch, "rooms");
    invited->said = bus_publish_asking(node, channel, node->scratch.bytes, node->scratch.len,
                                       (uint64_t)INVITED_TAG_KIND << 56 | invited->number) == HB_OK;
}

void invited_tell(struct node *node, struct text user)
{
    struct invited *found = NULL;

    HB_ASSERT(user.len <= ID_BYTES_MAX);
    for (uint32_t i = 0; i < node->invited_len && found == NULL; i++) {
        found = text_equal(text_of(node->invited[i].name), user) ? &node->invited[i] : NULL;
    }
    if (found == NULL && node->invited_len == INVITED_MAX) {
        note(node, NOTE_PUBLISH_FAILED, 0, 0);
        return;
    }
    if (found == NULL) {
        HB_GROW(node->invited, node->invited_len, node->invited_cap);
        found = &node->invited[node->invited_len++];
        memcpy(found->name, user.bytes, user.len);
        found->name[user.len] = '\0';
    }
    say(node, found); /* also if an earlier time is on its way: it may have been read before this */
}

void invited_tick(struct node *node)
{
    for (uint32_t i = 0; i < node->invited_len; i++) {
        if (!node->invited[i].said) {
            say(node, &node->invited[i]);
        }
    }
}

void invited_reply(struct node *node, const struct redis_item *item)
{
    const uint64_t number = item->tag & ((UINT64_C(1) << 56) - 1);

    for (uint32_t i = 0; i < node->invited_len; i++) {
        struct invited *invited = &node->invited[i];
        if (invited->number == number) {
            invited->said = false;
            if (item->err == HB_OK) {
                *invited = node->invited[--node->invited_len];
            }
            return;
        }
    }
}

void invited_deinit(struct node *node)
{
    free(node->invited);
}
