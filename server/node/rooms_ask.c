/* See rooms_ask.h. */
#include "server/node/rooms_ask.h"

#include "server/node/http_route.h"
#include "server/protocol/limits.h"

#include <string.h>

struct listed {
    struct text name;
    uint64_t head, joined;
};

/* By bytes; of two that begin alike the shorter one first. */
static int text_order(struct text a, struct text b)
{
    const int order = memcmp(a.bytes, b.bytes, a.len < b.len ? a.len : b.len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* In its place among those that are there. */
static void listed_add(struct listed *rooms, uint32_t len, struct listed room)
{
    uint32_t at = len;

    while (at > 0 && text_order(rooms[at - 1].name, room.name) > 0) {
        rooms[at] = rooms[at - 1];
        at--;
    }
    rooms[at] = room;
}

static void listed_write(const struct listed *room, struct buf *out)
{
    buf_add_text(out, "{\"roomId\":");
    buf_add_json(out, room->name.bytes, room->name.len);
    buf_add_text(out, ",\"head\":");
    buf_add_u64(out, room->head);
    buf_add_text(out, ",\"joined\":");
    buf_add_u64(out, room->joined);
    buf_add_char(out, '}');
}

void rooms_ask(struct node *node, struct session *session, struct text query)
{
    struct listed rooms[ROOMS_PER_USER_MAX];
    struct buf *out = &node->scratch;
    struct http_page page;
    const char *field = NULL;
    uint32_t len = 0;

    if (http_page_read(query, &page, &field) != HB_OK) {
        HB_UNREACHABLE("a query that was read before");
    }
    HB_ASSERT(session->rooms_len <= ROOMS_PER_USER_MAX);
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        const struct session_room *place = &session->rooms[i];
        const struct text name = node->rooms[place->room]->name;
        if (page.after.bytes == NULL || text_order(name, page.after) > 0) {
            const struct listed room = {.name = name, .head = place->need, .joined = place->joined};
            listed_add(rooms, len++, room);
        }
    }
    const uint32_t said = len < page.limit ? len : page.limit;
    buf_clear(out);
    buf_add_text(out, "{\"rooms\":[");
    for (uint32_t i = 0; i < said; i++) {
        buf_add_text(out, i > 0 ? "," : "");
        listed_write(&rooms[i], out);
    }
    buf_add_char(out, ']');
    if (said < len) {
        buf_add_text(out, ",\"next\":");
        buf_add_json(out, rooms[said - 1].name.bytes, rooms[said - 1].name.len);
    }
    buf_add_char(out, '}');
    session_answer(node, session, (struct reply){.status = 200});
}
