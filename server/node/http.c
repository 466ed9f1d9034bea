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
#include "server/base/mem.h"
#include "server/node/announce.h"
#include "server/node/hello.h"
#include "server/node/http_route.h"
#include "server/node/members_ask.h"
#include "server/node/metrics.h"
#include "server/node/presence_list.h"
#include "server/node/presence_route.h"
#include "server/node/ready.h"
#include "server/node/reply.h"
#include "server/node/revoke.h"
#include "server/node/revoked.h"
#include "server/node/room.h"
#include "server/node/rooms_ask.h"
#include "server/node/send.h"
#include "server/node/session_end.h"
#include "server/node/sync.h"
#include "server/node/trust.h"
#include "server/node/typing_ask.h"
#include "server/node/user.h"
#include "server/protocol/id.h"

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

/* --- Routes --- */

/* A route answers at once, or it is a frame: `build` makes its text, and when the user's rooms are known
 * `act` takes it as if a connection had sent it. Or it is a question that no frame asks: its query is read
 * once (`read`), and when the rooms are known `ask` takes it. One that is both is a frame to POST. */
struct route {
    const char *path;
    const char *path_end; /* behind the one name that stands between; NULL: the path is whole */
    const char *allow;    /* its methods */
    bool takes_json;
    void (*answer)(struct node *node, const struct http_request *request);
    enum hb_err (*build)(const struct http_request *request, struct text name, struct buf *out,
                         const char **ret_field);
    void (*act)(struct node *node, struct session *session, struct wire *action,
                const struct frame *frame);
    enum hb_err (*read)(struct text query, const char **ret_field);
    void (*ask)(struct node *node, struct session *session, struct text query);
};

static void say(struct node *node, uint64_t request, uint16_t status, const char *text)
{
    buf_clear(&node->scratch);
    buf_add_text(&node->scratch, text);
    reply_scratch(node, request, (struct reply){.status = status, .type = HTTP_TEXT});
}

static void health(struct node *node, const struct http_request *request)
{
    say(node, request->id, 200, "ok\n");
}

static const char *well(const struct node *node)
{
    if (redis_away(node)) {
        return "ready, degraded: redis (it is away)\n";
    }
    return announce_mute(node)
               ? "ready, degraded: redis (mute: what is published does not come back)\n"
               : "ready\n";
}

static const char *wrong(const struct node *node)
{
    if (node->fenced) {
        return "not ready: this process is ending, its life is over\n";
    }
    if (node->draining) {
        return "not ready: draining\n";
    }
    return node->key == 0 || !node->revoked->complete
               ? "not ready: the database has not answered since the start\n"
               : "not ready: the database takes no writes\n";
}

static void ready(struct node *node, const struct http_request *request)
{
    say(node, request->id, node->ready ? 200 : 503, node->ready ? well(node) : wrong(node));
}

static void metrics(struct node *node, const struct http_request *request)
{
    buf_clear(&node->scratch);
    metrics_write(node, request->transport, &node->scratch);
    reply_scratch(node, request->id, (struct reply){.status = 200, .type = HTTP_TEXT});
}

static void route_to(struct node *node, const struct http_request *request)
{
    struct token_claims claims;
    struct text user;
    const char *field = NULL;

    if (token_judge(node, http_bearer(request->authorization), &claims) != HB_OK) {
        reply_refuse(node, request->id, HB_EAUTH, NULL);
    } else if (http_user_read(request->query, &user, &field) != HB_OK) {
        reply_refuse(node, request->id, HB_EFIELD, field);
    } else if (node->config.public_url[0] == '\0' || node->config.params.presence == 0) {
        reply_explain(node, request->id, HB_EDENIED,
                      "this node tells no public addresses (hubbubd --public-url)");
    } else if (presence_route_write(node, user)) {
        reply_scratch(node, request->id, (struct reply){.status = 200});
    } else {
        reply_explain(node, request->id, HB_EAGAIN, "no node to go to is known at this moment");
    }
}

/* From the beginning of each room, where the request names no place. */
static void sync_act(struct node *node, struct session *session, struct wire *action,
                     const struct frame *frame)
{
    struct position starts[ROOMS_PER_USER_MAX];
    struct frame whole = *frame;

    if (!text_equal(frame->sync_request.epoch, TEXT(SYNC_FROM_START))) {
        sync_frame(node, session, action, frame);
        return;
    }
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        starts[i] = (struct position){.room_id = node->rooms[session->rooms[i].room]->name};
    }
    whole.sync_request.epoch = text_of(node->epoch_text);
    whole.sync_request.positions = starts;
    whole.sync_request.positions_len = session->rooms_len;
    buf_clear(&node->scratch);
    frame_encode(&whole, &node->scratch);
    wire_unref(&session->action);
    session->action = wire_new(node->scratch.bytes, node->scratch.len);
    if (wire_decode(session->action, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("a frame that was encoded here");
    }
    sync_frame(node, session, session->action, frame);
}

static void log_act(struct node *node, struct session *session, struct wire *action,
                    const struct frame *frame)
{
    (frame->type == FRAME_SEND ? command_frame : sync_frame)(node, session, action, frame);
}

static enum hb_err people_read(struct text query, const char **ret_field)
{
    struct http_people people;

    return http_people_read(query, &people, ret_field);
}

static enum hb_err typing_read(struct text query, const char **ret_field)
{
    struct text room;

    return http_typing_read(query, &room, ret_field);
}

static enum hb_err page_read(struct text query, const char **ret_field)
{
    struct http_page page;

    return http_page_read(query, &page, ret_field);
}

static const struct route routes[] = {
    {.path = "/healthz", .allow = "GET, HEAD", .answer = health},
    {.path = "/readyz", .allow = "GET, HEAD", .answer = ready},
    {.path = "/metrics", .allow = "GET, HEAD", .answer = metrics},
    {.path = "/api/route", .allow = "GET, HEAD", .answer = route_to},
    {.path = "/api/revocations", .allow = "POST", .takes_json = true, .answer = revoke_ask},
    {.path = "/api/messages/sync", .allow = "GET, HEAD", .build = http_sync_build, .act = sync_act},
    {.path = "/api/messages",
     .allow = "POST",
     .takes_json = true,
     .build = http_message_build,
     .act = command_frame},
    {.path = "/api/rooms",
     .allow = "GET, HEAD, POST",
     .takes_json = true,
     .build = http_create_build,
     .act = command_frame,
     .read = page_read,
     .ask = rooms_ask},
    {.path = "/api/rooms/",
     .path_end = "/members",
     .allow = "GET, HEAD",
     .read = page_read,
     .ask = members_ask},
    {.path = "/api/rooms/",
     .path_end = "/join",
     .allow = "POST",
     .takes_json = true,
     .build = http_join_build,
     .act = command_frame},
    {.path = "/api/rooms/",
     .path_end = "/leave",
     .allow = "POST",
     .takes_json = true,
     .build = http_leave_build,
     .act = command_frame},
    {.path = "/api/presence", .allow = "GET, HEAD", .read = people_read, .ask = presence_list_ask},
    {.path = "/api/typing", .allow = "GET, HEAD", .read = typing_read, .ask = typing_ask},
    {.path = "/api/rooms/",
     .path_end = "/messages",
     .allow = "GET, HEAD, POST",
     .takes_json = true,
     .build = http_log_build,
     .act = log_act},
};

static const struct route *route_find(struct text path, struct text *ret_name)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (http_path_matches(path, routes[i].path, routes[i].path_end, ret_name)) {
            return &routes[i];
        }
    }
    return NULL;
}

/* --- Requests --- */

void http_act(struct node *node, struct session *session)
{
    const struct frame *frame = NULL;

    HB_ASSERT(session->request != 0);
    session->state = SESSION_LIVE;
    if (session->action == NULL) {
        session->route->ask(node, session, text_of(session->query));
        return;
    }
    if (wire_decode(session->action, &frame, NULL) != HB_OK) {
        HB_UNREACHABLE("an action that was decoded before");
    }
    session->route->act(node, session, session->action, frame);
}

static void refuse(struct node *node, const struct http_request *request, enum hb_err err,
                   const char *field)
{
    reply_refuse_posted(node, request->id, err, field, request->body);
}

/* Everything that needs no database was judged before: what is left is who asks, and then to read
 * that user's rooms. `action` is NULL for a question, which is the query. */
static void act_later(struct node *node, const struct http_request *request,
                      const struct route *route, struct wire *action, struct text query)
{
    struct token_claims claims;

    if (token_judge(node, http_bearer(request->authorization), &claims) != HB_OK) {
        refuse(node, request, HB_EAUTH, NULL);
        return;
    }
    if (!node->ready) {
        refuse(node, request, HB_EAGAIN, NULL);
        return;
    }
    if (u64map_count(&node->session_by_request) >= HTTP_REQUESTS_MAX) {
        refuse(node, request, HB_ELIMIT, NULL);
        return;
    }
    struct session *session = session_add(node);
    session->request = request->id;
    session->state = SESSION_READING;
    session->route = route;
    if (action != NULL) {
        session->action = wire_ref(action);
    } else {
        session->query = hb_strndup(query.bytes != NULL ? query.bytes : "", query.len);
    }
    session->user = user_add(node, (struct text){claims.user, claims.user_len});
    u64map_put(&node->session_by_request, request->id, session->index);
    session_arm(node, session);
    struct job *job = job_new(node, JOB_HELLO);
    job->session = session_ref(session);
    hello_start(node, job);
}

/* What the path names comes before what the query says, as its `room`: the first one counts. */
static void question(struct node *node, const struct http_request *request,
                     const struct route *route, struct text name)
{
    struct buf *out = &node->scratch;
    const char *field = NULL;
    enum hb_err err = route->read(request->query, &field);

    if (name.bytes != NULL && !id_valid(name)) {
        err = HB_EDENIED; /* no room has such a name */
        field = NULL;
    }
    if (err != HB_OK) {
        reply_refuse(node, request->id, err, field);
    } else {
        buf_clear(out);
        if (name.bytes != NULL) {
            buf_printf(out, "room=%.*s&", (int)name.len, name.bytes);
        }
        buf_add(out, request->query.bytes != NULL ? request->query.bytes : "", request->query.len);
        act_later(node, request, route, NULL, (struct text){out->bytes, (uint32_t)out->len});
    }
}

static void api(struct node *node, const struct http_request *request, const struct route *route,
                struct text name)
{
    struct buf *out = &node->scratch;
    const struct frame *frame = NULL;
    const char *field = NULL;

    buf_clear(out);
    enum hb_err err = route->build(request, name, out, &field);
    if (err != HB_OK) {
        refuse(node, request, err, field);
        return;
    }
    struct wire *wire = wire_new(out->bytes, out->len);
    err = wire_decode(wire, &frame, &field);
    if (err != HB_OK) {
        refuse(node, request, err, field);
    } else {
        act_later(node, request, route, wire, (struct text){NULL, 0});
    }
    wire_unref(&wire);
}

void http_request(struct node *node, const struct http_request *request)
{
    struct text name = {NULL, 0};
    const struct route *route = route_find(request->path, &name);

    HB_ASSERT(request->id != 0);
    node->counts.http_requests++;
    if (route == NULL) {
        reply_refuse(node, request->id, HB_EDENIED, NULL);
        return;
    }
    if (!http_method_among(request->method, route->allow)) {
        reply_error(node, request->id, (struct reply){.status = 405, .allow = route->allow},
                    HB_EFRAME, "method");
        return;
    }
    const bool posted = text_equal(request->method, TEXT("POST"));
    if (posted && route->takes_json && !http_is_json(request->content_type)) {
        reply_error(node, request->id, (struct reply){.status = 415}, HB_EFRAME, "content-type");
        return;
    }
    if (route->answer != NULL) {
        route->answer(node, request);
    } else if (route->read != NULL && !posted) {
        question(node, request, route, name);
    } else {
        api(node, request, route, name);
    }
}
