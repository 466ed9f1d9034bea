/* See heard.h. */
#include "server/node/heard.h"

#include "server/base/mem.h"
#include "server/node/entry.h"
#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

#define NODES_MAX                                                                                  \
    4096 /* names that are remembered; beyond them all are forgotten, and counted anew */

struct heard {
    struct interner names;
    struct last {
        uint64_t incarnation, number;
    } * items; /* by name */
    uint32_t items_len, items_cap;
};

struct heard *heard_new(void)
{
    return hb_calloc(1, sizeof(struct heard));
}

static void clear(struct heard *heard)
{
    interner_deinit(&heard->names);
    heard->names = (struct interner){0};
    heard->items_len = 0;
}

void heard_free(struct heard **heard)
{
    if (*heard != NULL) {
        clear(*heard);
        free((*heard)->items);
        free(*heard);
        *heard = NULL;
    }
}

void heard_clear(struct node *node)
{
    clear(node->heard);
}

static struct last *last_of(struct heard *heard, struct text name)
{
    if (heard->items_len == NODES_MAX &&
        interner_find(&heard->names, name.bytes, name.len) == INTERNER_NONE) {
        clear(heard);
    }
    const uint32_t index = interner_add(&heard->names, name.bytes, name.len);
    if (index == heard->items_len) {
        HB_GROW(heard->items, heard->items_len, heard->items_cap);
        heard->items[heard->items_len++] = (struct last){0};
    }
    return &heard->items[index];
}

/* A number and the space behind it. */
static bool number_take(const char **at, const char *end, uint64_t *ret)
{
    return parse_u64(at, end, ret) && *at < end && *(*at)++ == ' ';
}

bool heard_take(struct node *node, struct text *payload, struct heard_front *ret)
{
    const char *end = payload->bytes + payload->len;
    const char *space = payload->len > 0 ? memchr(payload->bytes, ' ', payload->len) : NULL;
    const char *at = space != NULL ? space + 1 : end;
    const struct text name = {payload->bytes,
                              space != NULL ? (uint32_t)(space - payload->bytes) : 0};
    uint64_t incarnation;
    uint64_t number;

    if (!id_valid_node(name) || !number_take(&at, end, &incarnation) ||
        !number_take(&at, end, &number)) {
        note(node, NOTE_PUBLICATION_BAD, 0, 0);
        return false;
    }
    struct last *last = last_of(node->heard, name);
    if (incarnation < last->incarnation ||
        (incarnation == last->incarnation && number <= last->number)) {
        note(node, NOTE_REPLAYED, (int64_t)last->number, (int64_t)number);
        return false;
    }
    *last = (struct last){incarnation, number};
    *payload = (struct text){at, (uint32_t)(end - at)};
    *ret = (struct heard_front){name, incarnation};
    return true;
}
