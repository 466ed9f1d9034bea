/* See typing_ask.h. */
#include "server/node/typing_ask.h"

#include "server/node/http_route.h"
#include "server/node/typing.h"

static void room_answer(const struct room *room, struct buf *out)
{
    uint32_t said = 0;

    buf_add_text(out, "{\"roomId\":");
    buf_add_json(out, room->name.bytes, room->name.len);
    buf_add_text(out, ",\"users\":[");
    for (uint32_t i = 0; i < room->typing.len; i++) {
        const struct typist *typist = &room->typing.items[i];
        if (typist->named) {
            buf_add_text(out, said++ > 0 ? "," : "");
            buf_add_json(out, typist->name, typist->name_len);
        }
    }
    buf_add_text(out, "],\"others\":");
    buf_add_u64(out, typing_others(room));
    buf_add_char(out, '}');
}

void typing_ask(struct node *node, struct session *session, struct text query)
{
    struct buf *out = &node->scratch;
    struct text wanted = {NULL, 0};
    const char *field = NULL;
    bool found = false;
    uint32_t said = 0;

    if (http_typing_read(query, &wanted, &field) != HB_OK) {
        HB_UNREACHABLE("a query that was read before");
    }
    buf_clear(out);
    buf_add_text(out, "{\"rooms\":[");
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        const struct room *room = node->rooms[session->rooms[i].room];
        const bool asked = wanted.bytes == NULL || text_equal(room->name, wanted);
        found = found || asked;
        if (asked && room->typing.named > 0) {
            buf_add_text(out, said++ > 0 ? "," : "");
            room_answer(room, out);
        }
    }
    if (!found && wanted.bytes != NULL) {
        session_error(node, session, HB_EDENIED, (struct text){NULL, 0}, "room");
        return;
    }
    buf_add_text(out, "]}");
    session_answer(node, session, (struct reply){.status = 200});
}
