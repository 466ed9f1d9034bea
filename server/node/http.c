/* Requests: a session of one action, answered by what the action says.
 *
 *   http_request --token good, frame whole--> READING --hello_done--> http_act --> the handlers of
 *                                                                     frames --reply_frame--> over
 *
 * The user's rooms are read as for a hello, but nothing is joined: a command and a page need the
 * log alone. Whatever else happens to the session (a deadline, an epoch that changed, an outcome
 * that stays unknown) is an answer too (session_close), so each request has exactly one (I6). */
#include "server/node/http.h"

#include "server/base/map.h"
#include "server/node/hello.h"
#include "server/node/http_route.h"
#include "server/node/metrics.h"
#include "server/node/reply.h"
#include "server/node/send.h"
#include "server/node/session_end.h"
#include "server/node/sync.h"
#include "server/node/user.h"

#include <string.h>

void http_gone(struct node *node, uint64_t request)
{
    uint64_t index;

    if (u64map_get(&node->session_by_request, request, &index)) {
        session_end(node, node->sessions[index]);
    }
}

/* Not at once: who answered goes on with the session until the step ends. */
void http_flush(struct node *node)
{
    for (uint32_t i = 0; i < node->answered_len; i++) {
        struct session *session = session_get(node, node->answered[i]);
        if (session != NULL) {
            session_end(node, session);
        }
    }
    node->answered_len = 0;
}

/* --- Requests --- */

static bool is_open(const struct wire *wire)
{
    return strncmp(wire->bytes, SYNC_FRONT, sizeof SYNC_FRONT - 1) == 0 &&
           wire->bytes[wire->bytes_len - 1] != '}';
}

/* A whole sync_request from the beginning of each room. */
static void sync_from_start(struct node *node, const struct session *session, struct buf *out)
{
    buf_clear(out);
    buf_add(out, session->hello->bytes, session->hello->bytes_len);
    buf_add_text(out, ",\"epoch\":");
    buf_add_json(out, node->epoch_text, strlen(node->epoch_text));
    buf_add_text(out, ",\"positions\":{");
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        const struct text name = node->rooms[session->rooms[i].room]->name;
        buf_add_text(out, i > 0 ? "," : "");
        buf_add_json(out, name.bytes, name.len);
        buf_add_text(out, ":0");
    }
    buf_add_text(out, "}}");
}

void http_act(struct node *node, struct session *session)
{
    const struct frame *frame = NULL;
    const char *field = NULL;

    HB_ASSERT(session->request != 0 && session->hello != NULL);
    session->state = SESSION_LIVE;
    if (is_open(session->hello)) {
        sync_from_start(node, session, &node->scratch);
        wire_unref(&session->hello);
        session->hello = wire_new(node->scratch.bytes, node->scratch.len);
    }
    const enum hb_err err = wire_decode(session->hello, &frame, &field);
    if (err != HB_OK) {
        session_error(node, session, err, (struct text){NULL, 0}, field);
    } else if (frame->type == FRAME_SEND) {
        command_frame(node, session, session->hello, frame);
    } else {
        sync_frame(node, session, session->hello, frame);
    }
}

/* Everything that needs no database was judged before: what is left is who asks, and then to read
 * that user's rooms. */
static void act_later(struct node *node, const struct http_request *request, struct wire *action)
{
    struct token_claims claims;

    if (token_judge(node, http_bearer(request->authorization), &claims) != HB_OK) {
        reply_refuse(node, request->id, HB_EAUTH, NULL);
        return;
    }
    if (!node->ready) {
        reply_refuse(node, request->id, HB_EAGAIN, NULL);
        return;
    }
    if (u64map_count(&node->session_by_request) >= HTTP_REQUESTS_MAX) {
        reply_refuse(node, request->id, HB_ELIMIT, NULL);
        return;
    }
    struct session *session = session_add(node);
    session->request = request->id;
    session->state = SESSION_READING;
    session->hello = wire_ref(action);
    session->user = user_add(node, (struct text){claims.subject, claims.subject_len});
    u64map_put(&node->session_by_request, request->id, session->index);
    session_arm(node, session);
    struct job *job = job_new(node, JOB_HELLO);
    job->session = session_ref(session);
    hello_start(node, job);
}

static void api(struct node *node, const struct http_request *request, enum route route)
{
    struct buf *out = &node->scratch;
    const struct frame *frame = NULL;
    const char *field = NULL;

    buf_clear(out);
    enum hb_err err = route == ROUTE_SEND ? http_send_build(request, out)
                                          : http_sync_build(request->query, out, &field);
    if (err != HB_OK) {
        reply_refuse(node, request->id, err, field);
        return;
    }
    struct wire *wire = wire_new(out->bytes, out->len);
    if (!is_open(wire)) {
        err = wire_decode(wire, &frame, &field);
    }
    if (err != HB_OK) {
        reply_refuse(node, request->id, err, field);
    } else {
        act_later(node, request, wire);
    }
    wire_unref(&wire);
}

static void say(struct node *node, uint64_t request, uint16_t status, const char *text)
{
    buf_clear(&node->scratch);
    buf_add_text(&node->scratch, text);
    reply_scratch(node, request, (struct reply){.status = status, .type = HTTP_TEXT});
}

void http_request(struct node *node, const struct http_request *request)
{
    const enum route route = http_route(request->path);
    const bool gets =
        text_equal(request->method, TEXT("GET")) || text_equal(request->method, TEXT("HEAD"));
    const bool posts = text_equal(request->method, TEXT("POST"));

    HB_ASSERT(request->id != 0);
    node->counts.http_requests++;
    if (route == ROUTE_NONE) {
        reply_refuse(node, request->id, HB_EDENIED, NULL);
        return;
    }
    if (route == ROUTE_SEND ? !posts : !gets) {
        reply_error(
            node, request->id,
            (struct reply){.status = 405, .allow = route == ROUTE_SEND ? "POST" : "GET, HEAD"},
            HB_EFRAME, "method");
        return;
    }
    switch (route) {
    case ROUTE_HEALTH:
        say(node, request->id, 200, "ok\n");
        return;
    case ROUTE_READY:
        say(node, request->id, node->ready ? 200 : 503, node->ready ? "ready\n" : "not ready\n");
        return;
    case ROUTE_METRICS:
        buf_clear(&node->scratch);
        metrics_write(node, &node->scratch);
        reply_scratch(node, request->id, (struct reply){.status = 200, .type = HTTP_TEXT});
        return;
    case ROUTE_SEND:
        if (!http_is_json(request->content_type)) {
            reply_error(node, request->id, (struct reply){.status = 415}, HB_EFRAME,
                        "content-type");
            return;
        }
        api(node, request, route);
        return;
    case ROUTE_SYNC:
        api(node, request, route);
        return;
    case ROUTE_NONE:
        break;
    }
    HB_UNREACHABLE("no such route");
}
