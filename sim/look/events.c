/* See events.h. */
#include "sim/look/events.h"

#include "sim/explore/plan_drop.h"
#include "sim/look/bytes.h"
#include "sim/look/words.h"
#include "sim/world/database.h"
#include "sim/world/links.h"
#include "sim/world/posters.h"

#include <stdarg.h>
#include <stdio.h>

#define WAY_COLUMNS 16 /* of "n2 <- database" and some more */

void words_way(struct buf *out, const char *format, ...)
{
    char way[32];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(way, sizeof way, format, list);
    va_end(list);
    buf_printf(out, "%-*s", WAY_COLUMNS, way);
}

/* The connection that an event is about; NULL: it is over. */
static const struct world_conn *conn_of(const struct world *world, const struct sched_event *event)
{
    const struct world_conn *conn = &world->conns[event->slot];
    return conn->used && conn->generation == event->generation ? conn : NULL;
}

static struct concerned of_conn(struct buf *out, const struct world *world,
                                const struct sched_event *event)
{
    const struct world_conn *conn = conn_of(world, event);
    const unsigned node = conn != NULL ? conn->node : 0;
    const unsigned device = conn != NULL ? conn->client : 0;
    const bool decided = event->kind != EV_CONNECT && event->kind != EV_REFUSED;

    if (conn == NULL) {
        words_way(out, "-");
        buf_add_text(out, "something for a connection that is over");
        return (struct concerned){OBS_NONE, OBS_NONE};
    }
    switch ((int)event->kind) {
    case EV_CONNECT:
        words_way(out, "d%u ->", device);
        buf_printf(out, "asks for connection %u", (unsigned)conn->client_conn);
        break;
    case EV_CONNECTED:
        words_way(out, "d%u <- n%u", device, node);
        buf_printf(out, "connection %u is open", (unsigned)conn->client_conn);
        break;
    case EV_REFUSED:
        words_way(out, "d%u <-", device);
        buf_add_text(out, "refused: no node is ready");
        break;
    case EV_FRAME_UP:
        words_way(out, "n%u <- d%u", node, device);
        buf_add_text(out, conn->drop_up || !conn->node_open ? "lost: " : "");
        words_frame(out, world, event->wire);
        break;
    case EV_FRAME_DOWN:
        words_way(out, "d%u <- n%u", device, node);
        buf_add_text(out, conn->drop_down || !conn->client_open ? "lost: " : "");
        words_frame(out, world, event->wire);
        break;
    case EV_CLOSE_UP:
        words_way(out, "n%u <- d%u", node, device);
        buf_add_text(out, "closed");
        break;
    case EV_CLOSE_DOWN:
        words_way(out, "d%u <- n%u", device, node);
        buf_printf(out, "closed, code %u", (unsigned)event->close_code);
        break;
    default:
        HB_UNREACHABLE("an event of no connection");
    }
    return (struct concerned){decided ? conn->node : OBS_NONE, conn->client};
}

static struct concerned of_redis(struct buf *out, const struct world *world,
                                 const struct sched_event *event)
{
    const bool up = event->kind == EV_REDIS_OPEN || event->kind == EV_REDIS_UP ||
                    event->kind == EV_REDIS_CLOSED;

    words_way(out, up ? "redis <- n%u" : "n%u <- redis", (unsigned)event->node);
    switch ((int)event->kind) {
    case EV_REDIS_OPEN:
        buf_add_text(out, "asks for a stream");
        break;
    case EV_REDIS_OPENED:
        buf_add_text(out, "the stream is open");
        break;
    case EV_REDIS_CLOSED:
        buf_add_text(out, "closed by the node");
        break;
    case EV_REDIS_LOST:
        buf_add_text(out, "the stream is lost");
        break;
    default:
        words_resp(out, world, event->chunk->bytes, event->chunk->len);
    }
    return (struct concerned){event->node, OBS_NONE};
}

static struct concerned of_database(struct buf *out, const struct sched_event *event)
{
    const bool runs = event->kind == EV_DB_RUN;

    words_way(out, runs ? "database <- n%u" : "n%u <- database", (unsigned)event->node);
    if (runs) {
        words_tx(out, event->tx->tx);
        buf_add_text(out, event->tx->err == HB_EAGAIN     ? " (will be refused)"
                          : event->tx->err == HB_EUNKNOWN ? " (the answer will be lost)"
                                                          : "");
    } else {
        words_answer(out, &event->tx->answer);
    }
    return (struct concerned){event->node, OBS_NONE};
}

static void add_post(struct buf *out, const struct world *world, const struct sched_event *event)
{
    struct world_post post;
    struct buf body = {0};

    if (world_poster_request(world, event, &post, &body)) {
        buf_add_text(out, "POST to ");
        words_room(out, world, post.room);
        buf_add_char(out, ' ');
        words_quoted(out, (struct text){body.bytes, (uint32_t)body.len}, 2 * LOOK_TEXT_MAX);
    } else {
        buf_add_text(out, "POST that was given up");
    }
    buf_deinit(&body);
}

static struct concerned of_poster(struct buf *out, const struct world *world,
                                  const struct sched_event *event)
{
    switch ((int)event->kind) {
    case EV_POST_UP:
        words_way(out, "n%u <- d%u", (unsigned)event->node, (unsigned)event->client);
        add_post(out, world, event);
        return (struct concerned){event->node, event->client};
    case EV_POST_DOWN:
        words_way(out, "d%u <-", (unsigned)event->client);
        buf_printf(out, "HTTP %u ", (unsigned)event->http_status);
        if (event->wire != NULL) {
            words_frame(out, world, event->wire);
        } else {
            buf_add_text(out, "(the connection is lost)");
        }
        return (struct concerned){OBS_NONE, event->client};
    case EV_POST_GONE:
        words_way(out, "n%u", (unsigned)event->node);
        buf_add_text(out, "somebody who posted went away");
        return (struct concerned){event->node, OBS_NONE};
    default:
        words_way(out, "d%u", (unsigned)event->client);
        buf_add_text(out, "its timer, between two requests");
        return (struct concerned){OBS_NONE, event->client};
    }
}

static struct concerned of_fault(struct buf *out, const struct world *world,
                                 const struct sched_event *event)
{
    const struct plan_fault *fault = &world->plan->faults[event->fault];
    const struct fault_row *row = fault_row(fault->kind);

    words_way(out, "fault%u", (unsigned)fault->id);
    buf_printf(out, "%s %s", row->word,
               event->kind == EV_FAULT_BEGIN ? "begins"
               : event->kind == EV_FAULT_END ? "ends"
                                             : "goes on");
    if (fault->target != OBS_NONE) {
        buf_printf(out, ", at n%u", (unsigned)fault->target);
    }
    return (struct concerned){row->target == HITS_NODE ? fault->target : OBS_NONE, OBS_NONE};
}

/* What comes next of what a client does of a kind, by the name that `drop` takes. */
static void add_action(struct buf *out, const struct world *world, const struct sched_event *event)
{
    const struct plan *plan = world->plan;
    const uint32_t next = world->clients[event->client].actions_n[event->generator];
    const struct plan_action_name drawn = {event->client, plan->generators[event->generator].kind,
                                           next};
    char name[ACTION_NAME_BYTES];

    action_name_text(plan->written_out ? &plan->actions[next].name : &drawn, name);
    buf_printf(out, "%s: %s", name, fault_row(drawn.kind)->what);
}

/* What people do, and what is done for them. */
static struct concerned of_device(struct buf *out, const struct world *world,
                                  const struct sched_event *event)
{
    char name[ACTION_NAME_BYTES];

    words_way(out, "d%u", (unsigned)event->client);
    switch ((int)event->kind) {
    case EV_ACTION:
        add_action(out, world, event);
        break;
    case EV_AWAY_END:
        action_name_text(
            &(struct plan_action_name){event->client, WORKLOAD_SEND + event->action, event->nth},
            name);
        buf_printf(out, "the app is opened again, after %s", name);
        break;
    case EV_CLIENT_START:
        buf_add_text(out, "the app is opened");
        break;
    case EV_CLIENT_WAKE:
        buf_add_text(out, "its timer");
        break;
    case EV_KEY:
        buf_add_text(out, "the person presses a key");
        break;
    default:
        HB_ASSERT(event->kind == EV_TOKEN);
        buf_add_text(out, "is given another token");
    }
    return (struct concerned){OBS_NONE, event->client};
}

struct concerned words_event(struct buf *out, const struct world *world,
                             const struct sched_event *event)
{
    static const char *const of_node[] = {[EV_NODE_START] = "starts",
                                          [EV_NODE_WAKE] = "its timer",
                                          [EV_NODE_RESUME] = "goes on after its pause",
                                          [EV_REVOKE] = "is told of a revocation"};
    switch ((enum ev_kind)event->kind) {
    case EV_CONNECT:
    case EV_CONNECTED:
    case EV_REFUSED:
    case EV_FRAME_UP:
    case EV_FRAME_DOWN:
    case EV_CLOSE_UP:
    case EV_CLOSE_DOWN:
        return of_conn(out, world, event);
    case EV_REDIS_OPEN:
    case EV_REDIS_OPENED:
    case EV_REDIS_UP:
    case EV_REDIS_DOWN:
    case EV_REDIS_CLOSED:
    case EV_REDIS_LOST:
        return of_redis(out, world, event);
    case EV_DB_RUN:
    case EV_DB_ANSWER:
        return of_database(out, event);
    case EV_POST_UP:
    case EV_POST_DOWN:
    case EV_POST_GONE:
    case EV_POST_WAKE:
        return of_poster(out, world, event);
    case EV_FAULT_BEGIN:
    case EV_FAULT_END:
    case EV_STRANGER:
        return of_fault(out, world, event);
    case EV_ACTION:
    case EV_AWAY_END:
    case EV_CLIENT_START:
    case EV_CLIENT_WAKE:
    case EV_KEY:
    case EV_TOKEN:
        return of_device(out, world, event);
    case EV_NODE_START:
    case EV_NODE_WAKE:
    case EV_NODE_RESUME:
    case EV_REVOKE:
        words_way(out, "n%u", (unsigned)event->node);
        buf_add_text(out, of_node[event->kind]);
        return (struct concerned){event->node, OBS_NONE};
    case EV_CALM:
        words_way(out, "all");
        buf_add_text(out, "no more faults, and nobody writes any more");
        return (struct concerned){OBS_NONE, OBS_NONE};
    case EV_END:
        words_way(out, "all");
        buf_add_text(out, "looked whether it is at rest");
        return (struct concerned){OBS_NONE, OBS_NONE};
    case EV_NONE:
    case EV_KIND_COUNT:
        break;
    }
    HB_UNREACHABLE("an event of no kind");
}
