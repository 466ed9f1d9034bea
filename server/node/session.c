/* Connections: their frames, errors, silence and end.
 *
 *   session_open --> AWAIT_HELLO --hello_frame--> READING --hello_done--> JOINING --welcome--> LIVE
 *   any --session_close (by us), session_gone (by the peer)--> FREE
 *
 * In READING and JOINING the user is known and listed; `rooms` may be trusted from JOINING on, and
 * is attached to the rooms' streams in LIVE only. */
#include <stdlib.h>
#include <string.h>

#include "server/node/node_internal.h"

struct session_ref session_ref(const struct session *session)
{
    return (struct session_ref){session->index, session->serial};
}

struct session *session_get(struct node *node, struct session_ref ref)
{
    if (ref.serial == 0 || node->sessions[ref.index]->serial != ref.serial) {
        return NULL;
    }
    return node->sessions[ref.index];
}

struct session_room *session_room_find(struct session *session, uint32_t room)
{
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        if (session->rooms[i].room == room) {
            return &session->rooms[i];
        }
    }
    return NULL;
}

static struct session *session_find(struct node *node, struct conn_id conn)
{
    uint64_t index;

    return u64map_get(&node->session_by_conn, conn.v, &index) ? node->sessions[index] : NULL;
}

/* --- Timers: one a session; it is armed again when it fires too early --- */

static int64_t deadline_us(const struct node *node, const struct session *session)
{
    const struct node_config *config = &node->config;

    if (session->request != 0) {
        return session->opened.us + INT64_C(1000) * HTTP_TIMEOUT_MS;
    }
    if (session->state == SESSION_AWAIT_HELLO) {
        return session->opened.us + INT64_C(1000) * HELLO_TIMEOUT_MS;
    }
    if (session->state == SESSION_LIVE) {
        return session->heard.us + config->params.ping_interval_us + config->params.ping_timeout_us;
    }
    return session->asked.us + config->params.lease_us;
}

void session_arm(struct node *node, struct session *session)
{
    const int64_t at_us = deadline_us(node, session);

    if (at_us < session->timer_us) {
        session->timer_us = at_us;
        timer_add(node, at_us, TIMER_SESSION, session->index, session->serial);
    }
}

void session_timer(struct node *node, uint32_t index, uint64_t serial, int64_t at_us)
{
    struct session *session = node->sessions[index];

    if (session->serial != serial || session->timer_us != at_us) {
        return;
    }
    session->timer_us = INT64_MAX;
    if (deadline_us(node, session) > node->mono.us) {
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

/* --- Life --- */

struct session *session_add(struct node *node)
{
    uint32_t index;

    if (node->sessions_free.len > 0) {
        index = node->sessions_free.items[--node->sessions_free.len];
    } else {
        HB_GROW(node->sessions, node->sessions_len, node->sessions_cap);
        index = node->sessions_len++;
        node->sessions[index] = hb_calloc(1, sizeof *node->sessions[index]);
    }
    struct session *session = node->sessions[index];
    HB_ASSERT(session->state == SESSION_FREE);
    *session = (struct session){.index = index,
                                .serial = ++node->serial,
                                .state = SESSION_AWAIT_HELLO,
                                .user = INDEX_NONE,
                                .opened = node->mono,
                                .heard = node->mono,
                                .timer_us = INT64_MAX,
                                .rooms = session->rooms,
                                .rooms_cap = session->rooms_cap,
                                .commands = session->commands,
                                .commands_cap = session->commands_cap};
    return session;
}

void session_open(struct node *node, struct conn_id conn, struct text token)
{
    HB_ASSERT(conn.v != 0);
    struct session *session = session_add(node);
    session->conn = conn;
    if (token.bytes != NULL) {
        session->token = hb_strndup(token.bytes, token.len);
    }
    u64map_put(&node->session_by_conn, conn.v, session->index);
    session_arm(node, session);
}

void session_end(struct node *node, struct session *session)
{
    HB_ASSERT(session->state != SESSION_FREE);
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        struct session_room *place = &session->rooms[i];
        struct room *room = node->rooms[place->room];
        if (place->slot != INDEX_NONE) {
            room_detach(node, room, place);
        } else if (place->waiting) {
            room_unwait(node, room, session);
        }
    }
    session->rooms_len = 0;
    for (uint32_t i = 0; i < session->commands_len; i++) {
        wire_unref(&session->commands[i].frame); /* what is in flight has a reference of its own */
    }
    session->commands_len = 0;
    wire_unref(&session->hello);
    free(session->token);
    session->token = NULL;
    if (session->request != 0) {
        u64map_remove(&node->session_by_request, session->request, NULL);
    } else {
        if (session->user != INDEX_NONE) {
            user_leave(node, session);
        }
        u64map_remove(&node->session_by_conn, session->conn.v, NULL);
    }
    session->state = SESSION_FREE;
    session->serial = 0;
    u32_list_push(&node->sessions_free, session->index);
}

void session_close(struct node *node, struct session *session, enum close_code code)
{
    if (session->request != 0) {
        http_closed(node, session);
    } else {
        struct effect *effect = effect_push(node);
        effect->kind = EFFECT_CLOSE;
        effect->close.conn = session->conn;
        effect->close.code = code;
    }
    session_end(node, session);
}

void session_gone(struct node *node, struct conn_id conn)
{
    struct session *session = session_find(node, conn);

    if (session != NULL) {
        session_end(node, session);
    }
}

void session_deinit(struct session *session)
{
    for (uint32_t i = 0; i < session->commands_len; i++) {
        wire_unref(&session->commands[i].frame);
    }
    wire_unref(&session->hello);
    free(session->token);
    free(session->rooms);
    free(session->commands);
    free(session);
}

/* --- Frames --- */

void session_send(struct node *node, struct session *session, const struct frame *frame,
                  struct wire *wire)
{
    if (session->request != 0) {
        http_answer(node, session, frame, wire);
    } else {
        send_wire(node, session->conn, wire);
    }
}

void session_say(struct node *node, struct session *session, const struct frame *frame)
{
    buf_clear(&node->scratch);
    frame_encode(frame, &node->scratch);
    struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);
    session_send(node, session, frame, wire);
    wire_unref(&wire);
}

void session_error(struct node *node, struct session *session, enum hb_err err, struct text ref,
                   const char *field)
{
    const bool temporary = hb_err_temporary(err);

    HB_ASSERT(err != HB_OK && err != HB_EUNKNOWN);
    session_say(
        node, session,
        &(struct frame){.type = FRAME_ERROR,
                        .error = {.code = err,
                                  .code_word = text_of(hb_err_wire(err)),
                                  .ref = ref,
                                  .field = field != NULL ? text_of(field) : (struct text){NULL, 0},
                                  .temporary = temporary,
                                  .retry_after_ms = temporary ? node_retry_ms(node) : 0}});
}

static void bad_frame(struct node *node, struct session *session, enum hb_err err,
                      const char *field)
{
    note(node, NOTE_BAD_FRAME, err, 0);
    session_error(node, session, err, (struct text){NULL, 0}, field);
    if (session->state == SESSION_AWAIT_HELLO) {
        note(node, NOTE_HELLO_REFUSED, CLOSE_POLICY, 0);
        session_close(node, session, CLOSE_POLICY);
        return;
    }
    if (session->bad_frames == 0 ||
        node->mono.us - session->bad_since.us > INT64_C(1000) * BAD_FRAMES_WINDOW_MS) {
        session->bad_frames = 0;
        session->bad_since = node->mono;
    }
    if (++session->bad_frames > BAD_FRAMES_MAX) {
        note(node, NOTE_RATE, 0, 0);
        session_close(node, session, CLOSE_POLICY);
    }
}

static void live_frame(struct node *node, struct session *session, struct wire *wire,
                       const struct frame *frame)
{
    switch (frame->type) {
    case FRAME_HELLO:
        session_error(node, session, HB_EALREADY, (struct text){NULL, 0}, NULL);
        return;
    case FRAME_SEND:
    case FRAME_ROOM_CREATE:
    case FRAME_ROOM_JOIN:
    case FRAME_ROOM_LEAVE:
        command_frame(node, session, wire, frame);
        return;
    case FRAME_SYNC_REQUEST:
        sync_frame(node, session, wire, frame);
        return;
    case FRAME_PING:
        session_say(node, session, &(struct frame){.type = FRAME_PONG});
        return;
    case FRAME_WELCOME:
    case FRAME_MESSAGE:
    case FRAME_ROOM_EVENT:
    case FRAME_ACK:
    case FRAME_NACK:
    case FRAME_SYNC_RESPONSE:
    case FRAME_ERROR:
    case FRAME_DRAINING:
    case FRAME_PONG:
        bad_frame(node, session, HB_ETYPE, "type"); /* only a server says this */
        return;
    }
    HB_UNREACHABLE("no such frame");
}

void session_frame(struct node *node, struct conn_id conn, struct wire *wire)
{
    struct session *session = session_find(node, conn);
    const struct frame *frame = NULL;
    const char *field = NULL;

    if (session == NULL) {
        return;
    }
    session->heard = node->mono;
    node->counts.frames_received++;
    const enum hb_err err = wire_decode(wire, &frame, &field);
    if (err != HB_OK) {
        bad_frame(node, session, err, field);
        return;
    }
    if (session->state != SESSION_AWAIT_HELLO) {
        live_frame(node, session, wire, frame);
        return;
    }
    if (frame->type == FRAME_HELLO) {
        hello_frame(node, session, wire);
        return;
    }
    session_error(node, session, HB_EAUTH, (struct text){NULL, 0}, NULL);
    note(node, NOTE_HELLO_REFUSED, CLOSE_POLICY, 0);
    session_close(node, session, CLOSE_POLICY);
}
