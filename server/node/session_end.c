/* The end of a session: by us, by the peer, by silence. Everyone who has something of a session gives it
 * up in session_end, each where its reason says. */
#include "server/node/session_end.h"

#include "server/node/presence.h"
#include "server/node/reply.h"
#include "server/node/room.h"
#include "server/node/typing.h"
#include "server/node/user.h"

#include <stdlib.h>

static void leave_rooms(struct node *node, struct session *session)
{
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        struct session_room *place = &session->rooms[i];
        struct room *room = node->rooms[place->room];
        if (place->slot != INDEX_NONE) {
            room_detach(node, room, place);
            typing_leave(node, room, session); /* it is told nothing any more */
        } else if (place->waiting) {
            room_unwait(node, room, session);
        }
    }
    session->rooms_len = 0;
}

static void drop_commands(struct session *session)
{
    for (uint32_t i = 0; i < session->commands_len; i++) {
        wire_unref(&session->commands[i].frame); /* what is in flight has a reference of its own */
    }
    session->commands_len = 0;
}

static void drop_hello(struct session *session)
{
    wire_unref(&session->hello);
    wire_unref(&session->action);
    free(session->query);
    session->query = NULL;
    free(session->token);
    session->token = NULL;
}

static void leave_user(struct node *node, struct session *session)
{
    if (session->request != 0) {
        u64map_remove(&node->session_by_request, session->request, NULL);
        return;
    }
    if (session->user != INDEX_NONE) {
        user_leave(node, session);
    }
    u64map_remove(&node->session_by_conn, session->conn.v, NULL);
}

void session_end(struct node *node, struct session *session)
{
    HB_ASSERT(session->state != SESSION_FREE);
    presence_leave(node, session);
    leave_rooms(node, session); /* first: a room finds who moves by the places of the others */
    drop_commands(session);
    drop_hello(session);
    leave_user(node, session); /* after its rooms: the last one of a user ends that channel */
    session->state = SESSION_FREE;
    session->serial = 0; /* a timer, a job or a list that names it finds nothing now */
    u32_list_push(&node->sessions_free, session->index);
}

static void request_closed(struct node *node, const struct session *session)
{
    if (!session->answered) { /* a command under way may still be committed */
        const struct wire *action = session->action;
        const struct text body = action != NULL
                                     ? (struct text){action->bytes, (uint32_t)action->bytes_len}
                                     : (struct text){NULL, 0};
        reply_refuse_posted(node, session->request,
                            session->commands_len > 0 ? HB_EUNKNOWN : HB_EAGAIN, NULL, body);
    }
}

void session_close(struct node *node, struct session *session, enum close_code code)
{
    if (session->request != 0) {
        request_closed(node, session);
    } else {
        struct effect *effect = effect_push(node);
        effect->kind = EFFECT_CLOSE;
        effect->close.conn = session->conn;
        effect->close.code = code;
    }
    session_end(node, session);
}

void session_excess_flush(struct node *node)
{
    for (uint32_t i = 0; i < node->excess_len; i++) {
        struct session *session = session_get(node, node->excess[i]);
        if (session != NULL) {
            note(node, NOTE_TOO_MANY, node->config.params.connections_per_user, 0);
            session_close(node, session, CLOSE_TOO_MANY);
        }
    }
    node->excess_len = 0;
}

void session_gone(struct node *node, struct conn_id conn)
{
    struct session *session = session_find(node, conn);

    if (session != NULL) {
        session_end(node, session);
    }
}

void session_timer(struct node *node, uint32_t index, uint64_t serial, int64_t at_us)
{
    struct session *session = node->sessions[index];

    if (session->serial != serial || session->timer_us != at_us) {
        return;
    }
    session->timer_us = INT64_MAX;
    if (session_deadline_us(node, session) > node->mono.us) {
        session_arm(node, session);
        return;
    }
    if (session->request != 0) {
        session_close(node, session, CLOSE_NODE_LOST);
    } else if (session->state == SESSION_AWAIT_HELLO) {
        note(node, NOTE_HELLO_REFUSED, CLOSE_NO_HELLO, 0);
        session_close(node, session, CLOSE_NO_HELLO);
    } else if (session->state == SESSION_LIVE) {
        note(node, NOTE_CONN_SILENT, (node->mono.us - session->heard.us) / 1000, 0);
        session_close(node, session, CLOSE_NO_PONG);
    } else {
        note(node, NOTE_HELLO_REFUSED, CLOSE_TRY_LATER, 0);
        session_close(node, session, CLOSE_TRY_LATER);
    }
}
