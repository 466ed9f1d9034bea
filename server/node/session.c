/* Sessions: a connection, or a request, which is a session of one action.
 *
 *   session_open --> AWAIT_HELLO --hello_frame--> READING --hello_done--> JOINING --welcome--> LIVE
 *   any --session_close (by us), session_gone (by the peer)--> FREE
 *
 * In READING and JOINING the user is known and listed; `rooms` may be trusted from JOINING on, and
 * is attached to the rooms' streams in LIVE only. */
#include "server/node/session.h"

#include "server/base/mem.h"
#include "server/node/job.h"
#include "server/node/timer.h"

#include <stdlib.h>

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

struct session *session_find(struct node *node, struct conn_id conn)
{
    uint64_t index;

    return u64map_get(&node->session_by_conn, conn.v, &index) ? node->sessions[index] : NULL;
}

/* --- One timer a session; it is armed again when it fires too early --- */

int64_t session_deadline_us(const struct node *node, const struct session *session)
{
    const struct node_config *config = &node->config;

    if (session->request != 0) {
        return session->opened.us + INT64_C(1000) * HTTP_TIMEOUT_MS;
    }
    if (session->state == SESSION_AWAIT_HELLO) {
        return session->opened.us + config->params.hello_us;
    }
    return session->state == SESSION_LIVE ? session->heard.us + config->params.ping_interval_us +
                                                config->params.ping_timeout_us
                                          : session->asked.us + config->params.lease_us;
}

void session_arm(struct node *node, struct session *session)
{
    const int64_t at_us = session_deadline_us(node, session);

    if (at_us < session->timer_us) {
        session->timer_us = at_us;
        timer_add(node, at_us, TIMER_SESSION, session->index, session->serial);
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
                                .person = INDEX_NONE,
                                .expires_us = INT64_MAX,
                                .until_ms = INT64_MAX,
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

static void session_deinit(struct session *session)
{
    for (uint32_t i = 0; i < session->commands_len; i++) {
        wire_unref(&session->commands[i].frame);
    }
    wire_unref(&session->hello);
    wire_unref(&session->action);
    free(session->watches.items);
    free(session->query);
    free(session->token);
    free(session->rooms);
    free(session->commands);
    free(session);
}

void sessions_deinit(struct node *node)
{
    for (uint32_t i = 0; i < node->sessions_len; i++) {
        session_deinit(node->sessions[i]);
    }
    free(node->sessions);
    free(node->sessions_free.items);
    u64map_deinit(&node->session_by_conn);
    u64map_deinit(&node->session_by_request);
    free(node->answered);
    free(node->settled);
    free(node->begins);
}

/* --- What is said to it --- */

static void answered(struct node *node, struct session *session)
{
    session->answered = true;
    HB_GROW(node->answered, node->answered_len, node->answered_cap);
    node->answered[node->answered_len++] = session_ref(session);
}

void session_send(struct node *node, struct session *session, const struct frame *frame,
                  struct wire *wire)
{
    if (session->request != 0) {
        HB_ASSERT(!session->answered); /* I6 */
        reply_frame(node, session->request, frame, wire);
        answered(node, session);
    } else {
        send_wire(node, session->conn, wire);
    }
}

void session_answer(struct node *node, struct session *session, struct reply made)
{
    HB_ASSERT(session->request != 0 && !session->answered); /* I6 */
    reply_scratch(node, session->request, made);
    answered(node, session);
}

void session_explain(struct node *node, struct session *session, enum hb_err err,
                     const char *sentence)
{
    HB_ASSERT(session->request != 0 && !session->answered); /* I6 */
    reply_explain(node, session->request, err, sentence);
    answered(node, session);
}

void session_say(struct node *node, struct session *session, const struct frame *frame)
{
    buf_clear(&node->scratch);
    frame_encode(frame, &node->scratch);
    struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);
    session_send(node, session, frame, wire);
    wire_unref(&wire);
}

/* What is refused while it is heard is named by its `ref`, also where that is not asked for elsewhere. */
static void say_error(struct node *node, struct session *session, enum hb_err err, bool temporary,
                      struct text ref, const char *field)
{
    struct frame_names names;

    if (ref.bytes == NULL && node->hearing != NULL && session->conn.v == node->hearing_from.v) {
        frame_names_read(node->hearing->bytes, node->hearing->bytes_len, &names);
        ref = (struct text){names.ref_len > 0 ? names.ref : NULL, names.ref_len};
    }
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

void session_error(struct node *node, struct session *session, enum hb_err err, struct text ref,
                   const char *field)
{
    say_error(node, session, err, hb_err_temporary(err), ref, field);
}

void session_error_for_good(struct node *node, struct session *session, enum hb_err err,
                            struct text ref, const char *field)
{
    say_error(node, session, err, false, ref, field);
}
