/* See show_node.h. */
#include "sim/look/show_node.h"

#include "server/node/job.h"
#include "server/node/params.h"
#include "server/node/room.h"
#include "server/node/session.h"
#include "server/node/user.h"
#include "sim/look/show_room.h"
#include "sim/look/words.h"
#include "sim/world/clocks.h"
#include "sim/world/conns.h"

#include <inttypes.h>

#define LINES_MAX 40 /* of connections, rooms or jobs; how many more there are is told */

static void add_more(struct buf *out, uint32_t there, const char *what)
{
    if (there > LINES_MAX) {
        buf_printf(out, "    and %u more %s\n", (unsigned)(there - LINES_MAX), what);
    }
}

static void add_clock(const struct world *world, const struct world_node *at, uint32_t number,
                      struct buf *out)
{
    const int64_t true_ms = WORLD_EPOCH_MS + world_now(world) / 1000;

    buf_printf(out,
               "  clock       wall %+" PRId64 " ms off, runs %+" PRId64 " ppm, offset %+" PRId64
               " ms",
               world_node_wall_ms(world, (uint16_t)number) - true_ms, at->ppm, at->offset_ms);
    if (at->node != NULL) {
        buf_add_text(out, "; monotonic ");
        words_instant(out, world_node_mono(world, at).us);
        buf_printf(out, "; last stamp %+" PRId64 " ms of true time, counter %u",
                   (int64_t)(at->node->hlc.last.packed >> 16) - true_ms,
                   (unsigned)hlc_counter(at->node->hlc.last));
    }
    buf_add_char(out, '\n');
}

static void add_redis(const struct world_node *at, struct buf *out)
{
    uint32_t open = 0;

    for (uint32_t i = 0; i < WORLD_LINKS_MAX; i++) {
        open += at->links[i].redis != 0 && at->links[i].node_open && at->links[i].redis_open;
    }
    buf_printf(out, "  Redis       %u streams open", (unsigned)open);
    if (at->node->redis_lost.us != MONO_NEVER.us) {
        buf_add_text(out, ", away since ");
        words_instant(out, at->node->redis_lost.us);
        buf_add_text(out, " of its clock");
    }
    buf_add_char(out, '\n');
}

static void add_connection(const struct world *world, const struct node *node,
                           const struct session *session, struct buf *out)
{
    static const char *const states[] = {"free", "awaits its hello", "reads its rooms",
                                         "joins its rooms", "live"};
    uint32_t slot;

    buf_add_text(out, "    ");
    if (session->request != 0) {
        buf_add_text(out, "a request");
    } else if (world_conn_find(world, session->conn.v, &slot)) {
        buf_printf(out, "d%u", (unsigned)world->conns[slot].client);
    } else {
        buf_add_text(out, "somebody who is gone");
    }
    buf_printf(out, " %s", states[session->state]);
    if (session->user != INDEX_NONE && node->users[session->user] != NULL) {
        buf_add_text(out, " as ");
        words_user(out, world, node->users[session->user]->name);
    }
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        const struct room *room = node->rooms[session->rooms[i].room];
        buf_add_text(out, i == 0 ? ": " : ", ");
        if (room != NULL) {
            words_room(out, world, room->name);
        }
        buf_add_text(out, session->rooms[i].waiting ? " (waited for)" : "");
    }
    if (session->commands_len > 0) {
        buf_printf(out, "; %u commands under way", (unsigned)session->commands_len);
    }
    buf_add_text(out, session->syncing ? "; syncs\n" : "\n");
}

static void add_connections(const struct world *world, const struct node *node, struct buf *out)
{
    uint32_t there = 0;
    const size_t title = out->len;
    struct buf lines = {0};

    for (uint32_t i = 0; i < node->sessions_len; i++) {
        const struct session *session = node->sessions[i];
        if (session != NULL && session->state != SESSION_FREE && there++ < LINES_MAX) {
            add_connection(world, node, session, &lines);
        }
    }
    HB_ASSERT(out->len == title);
    buf_printf(out, "  connections %u\n", (unsigned)there);
    buf_add(out, lines.len > 0 ? lines.bytes : "", lines.len);
    add_more(out, there, "connections");
    buf_deinit(&lines);
}

static void add_rooms(const struct world *world, const struct node *node, struct buf *out)
{
    uint32_t there = 0;

    buf_printf(out, "  rooms       %u followed\n", (unsigned)node->active.len);
    for (uint32_t i = 0; i < node->rooms_len; i++) {
        const struct room *room = node->rooms[i];
        if (room == NULL || room->state == ROOM_IDLE || there++ >= LINES_MAX) {
            continue;
        }
        buf_add_text(out, "    ");
        words_room(out, world, room->name);
        buf_add_char(out, ' ');
        words_room_at_node(out, room);
        buf_add_char(out, '\n');
    }
    add_more(out, there, "rooms");
}

static const char *job_word(enum job_kind kind)
{
    static const char *const words[] = {[JOB_REGISTER] = "registers its life",
                                        [JOB_HELLO] = "reads who said hello",
                                        [JOB_COMMAND] = "a command",
                                        [JOB_HEADS] = "reads heads",
                                        [JOB_REPAIR] = "repairs a room",
                                        [JOB_USERS] = "reads whose rooms changed",
                                        [JOB_SYNC] = "a sync",
                                        [JOB_BEFORE] = "a page backwards",
                                        [JOB_CHOICE] = "what somebody chose",
                                        [JOB_MEMBERS] = "reads members",
                                        [JOB_WATCH] = "who may be watched",
                                        [JOB_LIST] = "lists rooms",
                                        [JOB_MEMBERS_PAGE] = "lists members",
                                        [JOB_DIRECT] = "makes a direct chat",
                                        [JOB_LATE] = "what stands before",
                                        [JOB_RECEIPT] = "a receipt",
                                        [JOB_RECEIPTS] = "reads receipts",
                                        [JOB_PROBE] = "looks who lives",
                                        [JOB_YIELD] = "gives up its name",
                                        [JOB_REVOKED] = "reads what is revoked",
                                        [JOB_REVOKE] = "revokes"};
    _Static_assert(sizeof words / sizeof words[0] == JOB_KIND_COUNT, "a word each");
    HB_ASSERT(kind < JOB_KIND_COUNT);
    return words[kind];
}

static void add_jobs(const struct world *world, const struct node *node, struct buf *out)
{
    uint32_t there = 0;
    struct buf lines = {0};

    for (uint32_t i = 0; i < node->jobs_len; i++) {
        const struct job *job = node->jobs[i];
        if (job == NULL || job->serial == 0 || there++ >= LINES_MAX) {
            continue;
        }
        buf_printf(&lines, "    %s", job_word(job->kind));
        if (job->room != INDEX_NONE && job->room < node->rooms_len &&
            node->rooms[job->room] != NULL) {
            buf_add_text(&lines, " in ");
            words_room(&lines, world, node->rooms[job->room]->name);
        }
        if (job->frame != NULL) {
            buf_add_text(&lines, ": ");
            words_frame(&lines, world, job->frame);
        }
        if (job->tries > 0) {
            buf_printf(&lines, ", tried %u times%s", (unsigned)job->tries,
                       job->unknown ? ", may be committed" : "");
        }
        buf_add_char(&lines, '\n');
    }
    buf_printf(out, "  jobs        %u under way\n", (unsigned)there);
    buf_add(out, lines.len > 0 ? lines.bytes : "", lines.len);
    add_more(out, there, "jobs");
    buf_deinit(&lines);
}

static void add_params(const struct node *node, struct buf *out)
{
    buf_add_text(out, "  parameters ");
    for (size_t i = 0; i < NODE_PARAMS_LEN; i++) {
        char value[PARAM_TEXT_BYTES];
        param_text(&node_params[i], param_get(&node_params[i], &node->config.params), value);
        buf_printf(out, " %s %s%s", node_params[i].word, value, i + 1 < NODE_PARAMS_LEN ? "," : "");
    }
    buf_add_char(out, '\n');
}

void show_node(const struct world *world, uint32_t number, struct buf *out)
{
    const struct world_node *at = &world->nodes[number];

    buf_printf(out, "node n%u at ", (unsigned)number);
    words_instant(out, world_now(world));
    if (at->node == NULL) {
        buf_add_text(out, ": down");
    } else {
        buf_printf(out, ": life %u, since ", (unsigned)at->life);
        words_instant(out, at->started_us);
        buf_add_text(out, at->ready ? ", ready" : ", not ready");
        buf_add_text(out, at->node->draining ? ", draining" : "");
    }
    if (at->paused) {
        buf_printf(out, "; does nothing, %u events wait", (unsigned)at->held_len);
    }
    if (at->as != number) {
        buf_printf(out, "; under the name of n%u", (unsigned)at->as);
    }
    buf_add_char(out, '\n');
    add_clock(world, at, number, out);
    if (at->node != NULL) {
        add_redis(at, out);
        add_connections(world, at->node, out);
        add_rooms(world, at->node, out);
        add_jobs(world, at->node, out);
        add_params(at->node, out);
    }
}
