/* See trace.h. */
#include "sim/look/trace.h"

#include "sim/look/bytes.h"
#include "sim/look/events.h"
#include "sim/look/words.h"
#include "sim/world/conns.h"
#include "sim/world/posters.h"

#include <inttypes.h>
#include <stdio.h>

/* --- Lines ---------------------------------------------------------------------------------- */

static void begin(struct trace *trace, const struct world *world, bool effect)
{
    struct buf *line = &trace->line;
    const int64_t now_us = world_now(world);

    buf_clear(line);
    if (trace->numbered && effect) {
        buf_add_text(line, "          ");
    } else if (trace->numbered) {
        buf_printf(line, "%9" PRIu64 " ", world->stats.events);
    }
    buf_printf(line, "%4" PRId64 ".%06" PRId64 "s  %s", now_us / SECOND, now_us % SECOND,
               effect ? "  " : "");
}

/* Takes the line, if somebody of it is seen. */
static void finish(struct trace *trace, bool seen)
{
    if (seen || lens_line(trace->lens, trace->line.bytes)) {
        buf_add(&trace->lines, trace->line.bytes, trace->line.len);
        buf_add_char(&trace->lines, '\n');
    }
}

/* Most lines of a large run are nobody's: they are not even written. */
static bool wanted(const struct trace *trace, bool seen)
{
    return seen || trace->lens->rooms_len > 0;
}

/* --- Events --------------------------------------------------------------------------------- */

static void on_event(void *user, const struct world *world, const struct sched_event *event)
{
    struct trace *trace = user;

    if (!trace->on) {
        return;
    }
    begin(trace, world, false);
    const struct concerned of = words_event(&trace->line, world, event);
    const bool everybody = of.node == OBS_NONE && of.device == OBS_NONE;
    finish(trace, (everybody && (trace->lens->all || event->kind == EV_FAULT_BEGIN ||
                                 event->kind == EV_FAULT_END || event->kind == EV_CALM)) ||
                      (of.node != OBS_NONE && lens_node(trace->lens, of.node)) ||
                      (of.device != OBS_NONE && lens_device(trace->lens, of.device)));
}

/* --- What a node wants ---------------------------------------------------------------------- */

static void node_sends(struct trace *trace, const struct world *world, uint16_t node,
                       const struct effect *effect)
{
    uint32_t slot;
    const bool there = world_conn_find(world, effect->send.conn.v, &slot);
    const uint32_t device = there ? world->conns[slot].client : OBS_NONE;
    const bool seen = lens_node(trace->lens, node) || (there && lens_device(trace->lens, device));

    if (!wanted(trace, seen)) {
        return;
    }
    begin(trace, world, true);
    if (there) {
        words_way(&trace->line, "n%u -> d%u", (unsigned)node, (unsigned)device);
    } else {
        words_way(&trace->line, "n%u -> nobody", (unsigned)node);
    }
    if (effect->kind == EFFECT_SEND) {
        words_frame(&trace->line, world, effect->send.wire);
    } else {
        buf_printf(&trace->line, "closes the connection, code %u", (unsigned)effect->close.code);
    }
    finish(trace, seen);
}

static void node_answers(struct trace *trace, const struct world *world, uint16_t node,
                         const struct effect *effect)
{
    uint32_t client = OBS_NONE;
    const bool there = world_post_find(world, effect->http.request, &client);
    const bool seen = lens_node(trace->lens, node) || (there && lens_device(trace->lens, client));

    if (!wanted(trace, seen)) {
        return;
    }
    begin(trace, world, true);
    if (there) {
        words_way(&trace->line, "n%u -> d%u", (unsigned)node, (unsigned)client);
    } else {
        words_way(&trace->line, "n%u ->", (unsigned)node);
    }
    buf_printf(&trace->line, "HTTP %u ", (unsigned)effect->http.status);
    if (effect->http.body != NULL) {
        words_frame(&trace->line, world, effect->http.body);
    }
    finish(trace, seen);
}

static void add_note(struct buf *line, const struct effects *effects, const struct effect *effect)
{
    buf_add_text(line, note_text(effect->note.code));
    if (effect->note.a != 0 || effect->note.b != 0) {
        buf_printf(line, " (%" PRId64, effect->note.a);
        if (effect->note.b != 0) {
            buf_printf(line, ", %" PRId64, effect->note.b);
        }
        buf_add_char(line, ')');
    }
    if (effect->note.len > 0) {
        buf_add_char(line, ' ');
        words_quoted(line,
                     (struct text){effects->bytes.bytes + effect->note.offset, effect->note.len},
                     LOOK_TEXT_MAX);
    }
}

static void node_other(struct trace *trace, const struct world *world, uint16_t node,
                       const struct effects *effects, const struct effect *effect)
{
    const bool seen = lens_node(trace->lens, node);
    struct buf *line = &trace->line;
    const unsigned n = node;

    if (!wanted(trace, seen)) {
        return;
    }
    begin(trace, world, true);
    switch (effect->kind) {
    case EFFECT_REDIS_OPEN:
        words_way(line, "n%u -> redis", n);
        buf_add_text(line, "asks for a stream");
        break;
    case EFFECT_REDIS_WRITE:
        words_way(line, "n%u -> redis", n);
        words_resp(line, world, effects->bytes.bytes + effect->redis.offset, effect->redis.len);
        break;
    case EFFECT_REDIS_CLOSE:
        words_way(line, "n%u -> redis", n);
        buf_add_text(line, "closes a stream");
        break;
    case EFFECT_DB:
        words_way(line, "n%u -> database", n);
        words_tx(line, effect->tx);
        break;
    case EFFECT_READY:
        words_way(line, "n%u", n);
        buf_add_text(line, effect->ready ? "is ready" : "is not ready any more");
        break;
    case EFFECT_DRAINED:
        words_way(line, "n%u", n);
        buf_add_text(line, "has nothing under way any more, and ends");
        break;
    case EFFECT_FENCED:
        words_way(line, "n%u", n);
        buf_add_text(line, "ends: a newer life of it has registered");
        break;
    case EFFECT_NOTE:
        words_way(line, "n%u notes", n);
        add_note(line, effects, effect);
        break;
    case EFFECT_SEND:
    case EFFECT_CLOSE:
    case EFFECT_HTTP:
        HB_UNREACHABLE("told elsewhere");
    }
    finish(trace, seen);
}

static void on_node(void *user, const struct world *world, uint16_t node,
                    const struct node_event *event, const struct effects *effects)
{
    struct trace *trace = user;

    (void)event; /* what it was given is the event before this, or what people did */
    for (size_t i = 0; trace->on && trace->effects && i < effects->len; i++) {
        const struct effect *effect = &effects->items[i];
        if (effect->kind == EFFECT_SEND || effect->kind == EFFECT_CLOSE) {
            node_sends(trace, world, node, effect);
        } else if (effect->kind == EFFECT_HTTP) {
            node_answers(trace, world, node, effect);
        } else {
            node_other(trace, world, node, effects, effect);
        }
    }
}

/* --- What a client wants -------------------------------------------------------------------- */

/* What is told in one word; NULL: it is told in full, or the frame before it says it. */
static const char *const client_words[] = {
    [CLIENT_OUT_RESENT] = "sends again",
    [CLIENT_OUT_WELCOME] = "is online",
    [CLIENT_OUT_REPLACED] = "its temporary row becomes the entry's",
    [CLIENT_OUT_FAILED] = "shows its message as failed",
    [CLIENT_OUT_SYNC_BEGIN] = "asks what it missed",
    [CLIENT_OUT_FORGOT] = "is as new: what it had stored is lost",
    [CLIENT_OUT_BACK] = "asks for a page backwards",
    [CLIENT_OUT_FOCUS] = "asks for this room first",
    [CLIENT_OUT_GAP] = "shows a marker for what is missing",
    [CLIENT_OUT_NO_GAP] = "shows no marker there any more",
    [CLIENT_OUT_RESET] = "shows the room anew",
    [CLIENT_OUT_TOKEN] = "asks for another token",
    [CLIENT_OUT_STALE] = "says whether what it shows of people may be old",
    [CLIENT_OUT_WATCH] = "asks for somebody, or no more",
    [CLIENT_OUT_WARNING] = "warns that its person is taken for away soon, or no more",
    [CLIENT_OUT_KEY] = "a key in the field",
    [CLIENT_OUT_READ] = "its person reads",
    [CLIENT_OUT_READ_TOLD] = "shows that somebody read",
    [CLIENT_OUT_RECEIVED_TOLD] = "shows how far somebody has all",
};

/* False: there is nothing to tell of it. */
static bool add_client(struct buf *line, const struct world *world,
                       const struct client_effect *effect)
{
    switch ((int)effect->kind) {
    case CLIENT_OUT_CONNECT:
        buf_printf(line, "opens connection %u", (unsigned)effect->conn);
        return true;
    case CLIENT_OUT_DISCONNECT:
        buf_printf(line, "closes connection %u, code %" PRId64, (unsigned)effect->conn,
                   effect->value);
        return true;
    case CLIENT_OUT_ISSUED:
        buf_printf(line, "writes its message %" PRId64 " to ", effect->value);
        words_room(line, world, effect->room_id);
        return true;
    case CLIENT_OUT_SHOWN:
    case CLIENT_OUT_RECV:
        buf_add_text(line, effect->kind == CLIENT_OUT_SHOWN ? "shows "
                           : effect->value == 1             ? "holds "
                                                            : "had before ");
        words_entry(line, world, effect->entry);
        return true;
    case CLIENT_OUT_TYPIST:
        buf_add_text(line, effect->value == 1 ? "shows as typing " : "shows as typing no more ");
        words_user(line, world, *effect->user);
        buf_add_text(line, " in ");
        words_room(line, world, effect->room_id);
        return true;
    }
    if ((size_t)effect->kind >= sizeof client_words / sizeof client_words[0] ||
        client_words[effect->kind] == NULL) {
        return false;
    }
    buf_add_text(line, client_words[effect->kind]);
    if (effect->room_id.bytes != NULL) {
        buf_add_text(line, ", ");
        words_room(line, world, effect->room_id);
    }
    if (effect->kind == CLIENT_OUT_SYNC_BEGIN || effect->kind == CLIENT_OUT_READ ||
        effect->kind == CLIENT_OUT_BACK || effect->kind == CLIENT_OUT_GAP ||
        effect->kind == CLIENT_OUT_NO_GAP) {
        buf_printf(line, " seq %" PRId64, effect->value);
    }
    return true;
}

static void on_client(void *user, const struct world *world, uint32_t client,
                      const struct client_event *event, const struct client_out *out)
{
    struct trace *trace = user;
    const bool seen = lens_device(trace->lens, client);
    const uint32_t slot = world->clients[client].conn;

    (void)event; /* the event before this */
    if (!trace->on || !trace->effects || !wanted(trace, seen)) {
        return;
    }
    for (size_t i = 0; i < out->len; i++) {
        const struct client_effect *effect = &out->items[i];
        bool told = true;
        begin(trace, world, true);
        if (effect->kind == CLIENT_OUT_SEND && slot != CONN_NONE) {
            words_way(&trace->line, "d%u -> n%u", (unsigned)client,
                      (unsigned)world->conns[slot].node);
            words_frame(&trace->line, world, effect->wire);
        } else {
            words_way(&trace->line, "d%u", (unsigned)client);
            told = add_client(&trace->line, world, effect);
        }
        if (told) {
            finish(trace, seen);
        }
    }
}

void trace_init(struct trace *trace, const struct lens *lens)
{
    *trace = (struct trace){.lens = lens, .watch = {trace, on_event, on_node, on_client}};
}

void trace_deinit(struct trace *trace)
{
    buf_deinit(&trace->lines);
    buf_deinit(&trace->line);
}
