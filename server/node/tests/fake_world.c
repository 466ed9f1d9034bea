/* The world of one node under test. */
#include "server/node/tests/fake_world.h"

#include "server/engine/engine.h"
#include "server/node/tests/fake_bus.h"
#include "server/node/tests/fake_frame.h"
#include "server/protocol/frame.h"

#include <cJSON.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_MAX  64
#define EVENTS_MAX 4096
#define PUBLISHER  UINT64_MAX /* a connection to Redis besides the node's */

struct fake_link {
    uint64_t id;
    bool open;
};

struct fake_event {
    enum node_event_kind kind;
    uint64_t link;
    char *bytes; /* owned */
    size_t bytes_len;
    struct db_tx *tx;        /* owned */
    struct db_answer answer; /* of a transaction that was run already: tx is NULL */
    struct arena arena;      /* owned; of the answer */
};

struct fake {
    struct node *node;
    struct effects out;
    struct sql_db *db;
    int64_t mono_us, wall_ms;
    struct fake_show show;
    struct buf trace, trace_given, last, text;
    struct token_key token_key;
    uint64_t draws;
    uint64_t said; /* by other nodes */
    int64_t other_stamp;

    struct fake_event events[EVENTS_MAX]; /* ring */
    uint32_t events_head, events_tail;
    struct fake_event held[EVENTS_MAX];
    uint32_t held_len;
    bool hold, late;
    uint32_t fail_count;
    enum hb_err fail_err;
    bool fail_commit;

    bool redis_up, redis_hangs, redis_mute;
    struct buf answer; /* of Redis, to somebody else */
    struct engine *engine;
    struct engine_out engine_out;
    struct fake_link links[LINKS_MAX];
    uint32_t links_len;
};

/* --- Events --- */

static void event_push(struct fake *fake, struct fake_event event)
{
    HB_ASSERT(fake->events_tail - fake->events_head < EVENTS_MAX);
    fake->events[fake->events_tail++ % EVENTS_MAX] = event;
}

/* --- Redis --- */

static struct fake_link *link_find(struct fake *fake, uint64_t id)
{
    for (uint32_t i = 0; i < fake->links_len; i++) {
        if (fake->links[i].id == id) {
            return &fake->links[i];
        }
    }
    return NULL;
}

static bool is_message(const char *resp)
{
    static const char front[] = "*3\r\n$7\r\nmessage";

    return strncmp(resp, front, sizeof front - 1) == 0;
}

/* Feeds bytes to Redis, and what it writes to the node's links becomes events. */
static void redis_feed(struct fake *fake, uint64_t id, const char *bytes, size_t bytes_len)
{
    struct engine_out *out = &fake->engine_out;

    engine_feed(fake->engine, id, bytes, bytes_len, fake->mono_us / 1000, out);
    for (size_t i = 0; i < out->items_len; i++) {
        const struct engine_write *item = &out->items[i];
        HB_ASSERT(!item->close); /* the node speaks RESP, and stays within the limits */
        if (item->client == PUBLISHER) {
            buf_add(&fake->answer, out->bytes.bytes + item->offset, item->len);
        } else if (!fake->redis_mute || !is_message(out->bytes.bytes + item->offset)) {
            event_push(fake, (struct fake_event){
                                 .kind = NODE_REDIS_BYTES,
                                 .link = item->client,
                                 .bytes = hb_strndup(out->bytes.bytes + item->offset, item->len),
                                 .bytes_len = item->len});
        }
    }
    engine_out_clear(out);
}

/* A command of somebody else, in RESP. */
static void redis_send(struct fake *fake, const struct buf *words, uint32_t len)
{
    struct buf bytes = {0};

    buf_printf(&bytes, "*%u\r\n", (unsigned)len);
    for (uint32_t i = 0; i < len; i++) {
        struct buf word = {0};
        fake_name((struct text){words[i].bytes, (uint32_t)words[i].len}, &word);
        buf_printf(&bytes, "$%zu\r\n", word.len);
        buf_add(&bytes, word.bytes, word.len);
        buf_add_text(&bytes, "\r\n");
        buf_deinit(&word);
    }
    redis_feed(fake, PUBLISHER, bytes.bytes, bytes.len);
    buf_deinit(&bytes);
}

void fake_publish_raw(struct fake *fake, const char *channel, const char *payload)
{
    struct buf words[3] = {{0}};

    buf_add_text(&words[0], "PUBLISH");
    buf_add_text(&words[1], channel);
    buf_add_text(&words[2], payload);
    redis_send(fake, words, 3);
    for (int i = 0; i < 3; i++) {
        buf_deinit(&words[i]);
    }
}

void fake_publish(struct fake *fake, const char *channel, const char *payload)
{
    struct buf sealed = {0};

    fake_payload(channel, payload, &fake->said, &sealed);
    fake_publish_raw(fake, channel, sealed.bytes);
    buf_deinit(&sealed);
}

/* An answer in RESP as its elements, a line each. */
static void answer_plain(struct buf *answer)
{
    struct buf plain = {0};
    char *at = answer->bytes;

    while (at < answer->bytes + answer->len) {
        const long number = at[0] == '$' ? strtol(at + 1, NULL, 10) : -1;
        char *line = at + 1;
        at = strstr(at, "\r\n") + 2;
        if (line[-1] == '$' && number >= 0) {
            buf_add(&plain, at, (size_t)number);
            at += number + 2;
        } else if (line[-1] != '$' && line[-1] != '*') {
            buf_add(&plain, line, (size_t)(at - 2 - line));
        }
        if (line[-1] != '*') {
            buf_add_char(&plain, '\n');
        }
    }
    buf_clear(answer);
    buf_add(answer, plain.bytes != NULL ? plain.bytes : "", plain.len);
    buf_deinit(&plain);
}

/* A line's front of the answer that is a seal goes. */
static void answer_open(struct buf *answer)
{
    struct buf plain = {0};

    for (const char *at = answer->bytes; at < answer->bytes + answer->len;) {
        const char *end = strchr(at, '\n') + 1;
        const struct text line = fake_plain((struct text){at, (uint32_t)(end - at)});
        buf_add(&plain, line.bytes, line.len);
        at = end;
    }
    buf_clear(answer);
    buf_add(answer, plain.bytes != NULL ? plain.bytes : "", plain.len);
    buf_deinit(&plain);
}

static const char *redis_say(struct fake *fake, char *text, bool seals)
{
    struct buf words[FAKE_WORDS_MAX] = {{0}};
    uint32_t len = 0;

    for (char *at = text; at != NULL; len++) {
        char *space = strchr(at, ' ');
        const size_t word_len = space != NULL ? (size_t)(space - at) : strlen(at);
        HB_ASSERT(len + 2 < FAKE_WORDS_MAX);
        for (size_t i = 0; i < word_len; i++) {
            at[i] = at[i] == '~' ? ' ' : at[i];
        }
        buf_add(&words[len], at, word_len);
        at = space != NULL ? space + 1 : NULL;
    }
    len = seals ? fake_words_seal(words, len) : len;
    buf_clear(&fake->answer);
    redis_send(fake, words, len);
    for (uint32_t i = 0; i < len; i++) {
        buf_deinit(&words[i]);
    }
    answer_plain(&fake->answer);
    if (seals) {
        answer_open(&fake->answer);
    }
    return fake->answer.bytes;
}

const char *fake_redis(struct fake *fake, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return redis_say(fake, text, true);
}

const char *fake_redis_raw(struct fake *fake, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return redis_say(fake, text, false);
}

/* What the node says to Redis, as the tests want it shown. */
static void show_command(struct fake *fake, struct text name, const struct text *args,
                         long args_len)
{
    if (text_equal(name, TEXT("PUBLISH"))) {
        if (text_equal(fake_plain(args[0]), TEXT("nodes")) ? fake->show.announces
                                                           : fake->show.pubs) {
            const struct text channel = fake_plain(args[0]);
            buf_printf(&fake->trace, "pub %.*s ", (int)channel.len, channel.bytes);
            fake_payload_plain(args[0], args[1], &fake->trace);
            buf_add_char(&fake->trace, '\n');
        }
    } else if (!text_equal(name, TEXT("SUBSCRIBE")) && !text_equal(name, TEXT("UNSUBSCRIBE"))) {
        if (fake->show.commands && !text_equal(name, TEXT("PING"))) {
            buf_printf(&fake->trace, "redis %.*s", (int)name.len, name.bytes);
            for (long i = 0; i < args_len; i++) {
                const struct text word = fake_plain(args[i]);
                buf_printf(&fake->trace, " %.*s", (int)word.len, word.bytes);
            }
            buf_add_char(&fake->trace, '\n');
        }
    } else if (fake->show.subs) {
        for (long i = 0; i < args_len; i++) {
            const struct text channel = fake_plain(args[i]);
            buf_printf(&fake->trace, "%s %.*s\n",
                       text_equal(name, TEXT("SUBSCRIBE")) ? "sub" : "unsub", (int)channel.len,
                       channel.bytes);
        }
    }
}

/* The client writes whole commands, as arrays of bulk strings. */
static void show_commands(struct fake *fake, const char *at, const char *end)
{
    struct text words[128];
    char *next = NULL;

    while (at < end) {
        HB_ASSERT(*at == '*');
        const long count = strtol(at + 1, &next, 10);
        HB_ASSERT(count > 0 && count < 128);
        for (long i = 0; i < count; i++) {
            HB_ASSERT(next[2] == '$'); /* behind CRLF */
            const long len = strtol(next + 3, &next, 10);
            words[i] = (struct text){next + 2, (uint32_t)len};
            next += 2 + len;
        }
        at = next + 2;
        show_command(fake, words[0], words + 1, count - 1);
    }
    HB_ASSERT(at == end);
}

static void redis_open(struct fake *fake, uint64_t id)
{
    if (!fake->redis_up) {
        event_push(fake, (struct fake_event){.kind = NODE_REDIS_LOST, .link = id});
        return;
    }
    HB_ASSERT(fake->links_len < LINKS_MAX);
    fake->links[fake->links_len++] = (struct fake_link){.id = id, .open = true};
    engine_connect(fake->engine, id);
    event_push(fake, (struct fake_event){.kind = NODE_REDIS_OPENED, .link = id});
}

static void redis_write(struct fake *fake, uint64_t id, const char *bytes, size_t bytes_len)
{
    const struct fake_link *link = link_find(fake, id);

    if (link == NULL || !link->open) {
        return;
    }
    show_commands(fake, bytes, bytes + bytes_len);
    if (!fake->redis_hangs) {
        redis_feed(fake, id, bytes, bytes_len);
    }
}

static void redis_close(struct fake *fake, uint64_t id)
{
    struct fake_link *link = link_find(fake, id);

    if (link != NULL) {
        link->open = false;
        engine_disconnect(fake->engine, id);
    }
}

void fake_redis_hang(struct fake *fake, bool hangs)
{
    fake->redis_hangs = hangs;
}

void fake_redis_mute(struct fake *fake, bool mute)
{
    fake->redis_mute = mute;
}

void fake_redis_up(struct fake *fake)
{
    fake->redis_up = true;
}

/* --- The trace --- */

/* All that leaves is JSON to another's reader too. */
static void demand_json(const struct buf *text)
{
    cJSON *tree = cJSON_ParseWithLengthOpts(text->bytes, text->len + 1, NULL, true);
    HB_ASSERT(cJSON_IsObject(tree));
    cJSON_Delete(tree);
}

static void on_send(struct fake *fake, const struct effect *effect)
{
    const struct frame *frame = NULL;

    buf_clear(&fake->last);
    buf_add(&fake->last, effect->send.wire->bytes, effect->send.wire->bytes_len);
    demand_json(&fake->last);
    buf_printf(&fake->trace, "c%" PRIu64 " < ", effect->send.conn.v);
    if (wire_decode(effect->send.wire, &frame, NULL) != HB_OK) {
        buf_printf(&fake->trace, "UNDECODABLE %s", fake->last.bytes);
    } else {
        fake_frame_show(&fake->trace, frame);
    }
    buf_add_char(&fake->trace, '\n');
}

static const char *stmt_word(enum db_stmt stmt)
{
    static const char *const words[] = {
#define X(name, writes, params, columns, sql) #name,
        DB_STMT_MAP(X)
#undef X
    };
    return words[stmt] + 3;
}

static struct db_value value_copy(struct arena *arena, struct db_value value)
{
    if (value.kind == DB_TEXT) {
        value.text.bytes = arena_strndup(arena, value.text.bytes, value.text.len);
    }
    return value;
}

/* Runs the transaction now and keeps its answer. */
static struct fake_event run_early(struct fake *fake, struct fake_event event)
{
    struct db_answer answer;

    sql_db_run(fake->db, event.tx, true, &answer);
    db_tx_free(&event.tx);
    event.answer = answer;
    struct db_rows *calls = arena_alloc(&event.arena, answer.calls_len * sizeof *calls);
    for (uint32_t i = 0; i < answer.calls_len; i++) {
        const size_t count = (size_t)answer.calls[i].rows_len * answer.calls[i].columns;
        struct db_value *values = arena_alloc(&event.arena, count * sizeof *values);
        for (size_t v = 0; v < count; v++) {
            values[v] = value_copy(&event.arena, answer.calls[i].values[v]);
        }
        calls[i] = answer.calls[i];
        calls[i].values = values;
    }
    event.answer.calls = calls;
    return event;
}

static void on_tx(struct fake *fake, struct effect *effect)
{
    const struct db_tx *tx = effect->tx;

    const bool look = tx->calls_len == 1 && tx->calls[0].stmt == DB_REVOKED_AFTER;

    if (fake->show.dbs && tx->calls[0].stmt != DB_NODE_BEAT && /* of no event; test_beat.c */
        (!look || fake->show.looks)) {
        buf_add_text(&fake->trace, "db");
        for (uint32_t i = 0; i < tx->calls_len; i++) {
            buf_printf(&fake->trace, " %s", stmt_word(tx->calls[i].stmt));
        }
        buf_add_char(&fake->trace, '\n');
    }
    const struct fake_event event = {.kind = NODE_DB_DONE, .tx = effect->tx};
    effect->tx = NULL;
    if (fake->late) {
        fake->held[fake->held_len++] = run_early(fake, event);
    } else if (fake->hold) {
        fake->held[fake->held_len++] = event;
    } else {
        event_push(fake, event);
    }
}

/* "http 1 200 sync_response ..." as a frame is shown, or the text. */
static void on_http(struct fake *fake, const struct effect *effect)
{
    const struct frame *frame = NULL;
    struct wire *body = effect->http.body;

    buf_clear(&fake->last);
    buf_add(&fake->last, body->bytes, body->bytes_len);
    buf_printf(&fake->trace, "http %" PRIu64 " %d ", effect->http.request, effect->http.status);
    if (effect->http.type == HTTP_TEXT) {
        buf_printf(&fake->trace, "%.*s...\n", (int)strcspn(body->bytes, "\n"), body->bytes);
        return;
    }
    demand_json(&fake->last);
    if (wire_decode(body, &frame, NULL) != HB_OK) {
        buf_add_text(&fake->trace, fake->last.bytes); /* an answer that is no frame */
    } else {
        fake_frame_show(&fake->trace, frame);
    }
    if (effect->http.allow != NULL) {
        buf_printf(&fake->trace, " allow %s", effect->http.allow);
    }
    if (effect->http.retry_after_ms > 0) {
        buf_printf(&fake->trace, " retry %u", (unsigned)effect->http.retry_after_ms);
    }
    buf_add_char(&fake->trace, '\n');
}

static void on_effect(struct fake *fake, struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_SEND:
        on_send(fake, effect);
        return;
    case EFFECT_CLOSE:
        buf_printf(&fake->trace, "c%" PRIu64 " x %d\n", effect->close.conn.v,
                   (int)effect->close.code);
        return;
    case EFFECT_REDIS_OPEN:
        redis_open(fake, effect->redis.link);
        return;
    case EFFECT_REDIS_WRITE:
        redis_write(fake, effect->redis.link, fake->out.bytes.bytes + effect->redis.offset,
                    effect->redis.len);
        return;
    case EFFECT_REDIS_CLOSE:
        redis_close(fake, effect->redis.link);
        return;
    case EFFECT_DB:
        on_tx(fake, effect);
        return;
    case EFFECT_HTTP:
        on_http(fake, effect);
        return;
    case EFFECT_DRAINED:
        buf_add_text(&fake->trace, "drained\n");
        return;
    case EFFECT_FENCED:
        buf_add_text(&fake->trace, "fenced");
        if (effect->fenced.len > 0) {
            buf_printf(&fake->trace, " by %.*s since %" PRId64 " again %" PRId64,
                       (int)effect->fenced.len, fake->out.bytes.bytes + effect->fenced.offset,
                       effect->fenced.since_ms, effect->fenced.again_ms);
        }
        buf_add_char(&fake->trace, '\n');
        return;
    case EFFECT_READY:
        buf_printf(&fake->trace, "ready %d\n", effect->ready);
        return;
    case EFFECT_NOTE:
        if (fake->show.notes) {
            buf_printf(&fake->trace, "note %s %" PRId64 " %" PRId64, note_text(effect->note.code),
                       effect->note.a, effect->note.b);
            if (effect->note.len > 0) {
                buf_printf(&fake->trace, " %.*s", (int)effect->note.len,
                           fake->out.bytes.bytes + effect->note.offset);
            }
            buf_add_char(&fake->trace, '\n');
        }
        return;
    }
    HB_UNREACHABLE("no such effect");
}

const char *fake_trace(struct fake *fake)
{
    buf_clear(&fake->trace_given);
    buf_add(&fake->trace_given, fake->trace.bytes, fake->trace.len);
    buf_add_char(&fake->trace_given, '\0');
    buf_clear(&fake->trace);
    return fake->trace_given.bytes;
}

/* --- Steps --- */

static void step(struct fake *fake, struct node_event event)
{
    event.mono = (struct mono){fake->mono_us};
    event.wall = (struct wall){fake->wall_ms};
    node_step(fake->node, &event, &fake->out);
    for (size_t i = 0; i < fake->out.len; i++) {
        on_effect(fake, &fake->out.items[i]);
    }
    effects_clear(&fake->out);
}

static void db_event(struct fake *fake, struct fake_event *event)
{
    struct db_answer answer;

    if (event->tx == NULL) {
        step(fake, (struct node_event){.kind = NODE_DB_DONE, .db = &event->answer});
        arena_deinit(&event->arena);
        return;
    }
    bool failed = fake->fail_count > 0 && !event->tx->read_only;

    sql_db_run(fake->db, event->tx, !failed || fake->fail_commit, &answer);
    if (failed) {
        fake->fail_count--;
        answer.err = fake->fail_err;
    }
    db_tx_free(&event->tx);
    step(fake, (struct node_event){.kind = NODE_DB_DONE, .db = &answer});
}

static void drain(struct fake *fake)
{
    while (fake->events_head != fake->events_tail) {
        struct fake_event event = fake->events[fake->events_head++ % EVENTS_MAX];
        if (event.kind == NODE_DB_DONE) {
            db_event(fake, &event);
            continue;
        }
        struct node_event given = {.kind = event.kind};
        given.redis.link = event.link;
        given.redis.bytes = event.bytes;
        given.redis.bytes_len = event.bytes_len;
        step(fake, given);
        free(event.bytes);
    }
}

void fake_pass_us(struct fake *fake, int64_t us)
{
    const int64_t end_us = fake->mono_us + us;

    drain(fake);
    while (fake->out.wake_at.us <= end_us) {
        const int64_t at_us =
            fake->out.wake_at.us > fake->mono_us ? fake->out.wake_at.us : fake->mono_us;
        fake->wall_ms += at_us / 1000 - fake->mono_us / 1000;
        fake->mono_us = at_us;
        step(fake, (struct node_event){.kind = NODE_WAKE});
        drain(fake);
    }
    fake->wall_ms += end_us / 1000 - fake->mono_us / 1000;
    fake->mono_us = end_us;
}

void fake_sleep_us(struct fake *fake, int64_t us)
{
    drain(fake);
    fake->wall_ms += (fake->mono_us + us) / 1000 - fake->mono_us / 1000;
    fake->mono_us += us;
}

void fake_wall_set(struct fake *fake, int64_t ms)
{
    fake->wall_ms = ms;
}

void fake_redis_down(struct fake *fake)
{
    fake->redis_up = false;
    engine_restart(fake->engine);
    engine_connect(fake->engine, PUBLISHER);
    for (uint32_t i = 0; i < fake->links_len; i++) {
        if (fake->links[i].open) {
            fake->links[i].open = false;
            event_push(fake,
                       (struct fake_event){.kind = NODE_REDIS_LOST, .link = fake->links[i].id});
        }
    }
    drain(fake);
}

/* --- Connections --- */

void fake_open(struct fake *fake, uint64_t conn)
{
    fake_open_with_token(fake, conn, NULL);
}

static struct text text_or_none(const char *text)
{
    return text != NULL ? text_of(text) : (struct text){NULL, 0};
}

void fake_http(struct fake *fake, uint64_t id, struct fake_request request)
{
    struct buf bearer = {0};

    if (request.token != NULL) {
        buf_printf(&bearer, "Bearer %s", request.token);
    }
    const struct http_request http = {.id = id,
                                      .method = text_of(request.method),
                                      .path = text_of(request.path),
                                      .query = text_or_none(request.query),
                                      .authorization = text_or_none(bearer.bytes),
                                      .content_type = text_or_none(request.type),
                                      .body = text_or_none(request.body),
                                      .transport = request.transport};
    struct node_event event = {.kind = NODE_HTTP};
    event.http = &http;
    step(fake, event);
    buf_deinit(&bearer);
    drain(fake);
}

void fake_http_gone(struct fake *fake, uint64_t id)
{
    struct node_event event = {.kind = NODE_HTTP_GONE};

    event.request = id;
    step(fake, event);
    drain(fake);
}

void fake_drain(struct fake *fake)
{
    step(fake, (struct node_event){.kind = NODE_DRAIN});
    drain(fake);
}

void fake_open_with_token(struct fake *fake, uint64_t conn, const char *token)
{
    struct node_event event = {.kind = NODE_CONN_OPEN};

    event.conn.conn = (struct conn_id){conn};
    event.conn.token = text_or_none(token);
    step(fake, event);
    drain(fake);
}

void fake_drop(struct fake *fake, uint64_t conn)
{
    struct node_event event = {.kind = NODE_CONN_CLOSED};

    event.conn.conn = (struct conn_id){conn};
    step(fake, event);
    drain(fake);
}

void fake_bytes(struct fake *fake, uint64_t conn, const char *bytes, size_t bytes_len)
{
    struct node_event event = {.kind = NODE_CONN_FRAME};
    struct wire *wire = wire_new(bytes, bytes_len);

    event.conn.conn = (struct conn_id){conn};
    event.conn.frame = wire;
    step(fake, event);
    wire_unref(&wire);
    drain(fake);
}

void fake_say(struct fake *fake, uint64_t conn, const char *format, ...)
{
    char text[8192];
    va_list args;

    va_start(args, format);
    const int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    HB_ASSERT(len > 0 && (size_t)len < sizeof text);
    fake_bytes(fake, conn, text, (size_t)len);
}

const char *fake_token_of(struct fake *fake, const struct token_draft *draft)
{
    buf_clear(&fake->text);
    token_mint(&fake->token_key, draft, &fake->text);
    return fake->text.bytes;
}

const char *fake_token(struct fake *fake, const char *user, int64_t expires_s)
{
    return fake_token_of(
        fake,
        &(struct token_draft){.subject = text_of(user), .expires_s = expires_s, .issued_s = 1});
}

void fake_hello(struct fake *fake, uint64_t conn, const char *user, const char *more)
{
    fake_open(fake, conn);
    fake_say(fake, conn, "{\"type\":\"hello\",\"version\":1,\"device\":\"d%s\",\"token\":\"%s\"%s}",
             user, fake_token(fake, user, 1000000), more);
}

struct fake *fake_of_three(void)
{
    struct fake *fake = fake_new((struct fake_options){0});

    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    fake_hello(fake, 3, "eve", "");
    (void)fake_trace(fake);
    return fake;
}

const char *fake_last_json(const struct fake *fake)
{
    return fake->last.bytes;
}

const char *fake_cursor(struct fake *fake)
{
    const char *from = strstr(fake->last.bytes, "\"cursor\":\"");

    HB_ASSERT(from != NULL);
    from += 10;
    buf_clear(&fake->text);
    buf_add(&fake->text, from, strcspn(from, "\""));
    return fake->text.bytes;
}

/* --- The database and the other nodes --- */

struct sql_db *fake_db(struct fake *fake)
{
    return fake->db;
}

void fake_db_hold(struct fake *fake, bool hold)
{
    fake->hold = hold;
}

void fake_db_late(struct fake *fake, bool late)
{
    fake->late = late;
}

void fake_db_release(struct fake *fake)
{
    const uint32_t count = fake->held_len;

    fake->held_len = 0;
    for (uint32_t i = 0; i < count; i++) {
        event_push(fake, fake->held[i]);
    }
    drain(fake);
}

void fake_db_fail(struct fake *fake, uint32_t count, enum hb_err err, bool commit)
{
    fake->fail_count = count;
    fake->fail_err = err;
    fake->fail_commit = commit;
}

static int64_t key_of(struct fake *fake, const char *table, const char *name)
{
    char sql[200];

    (void)snprintf(sql, sizeof sql, "SELECT id FROM %s WHERE name = '%s'", table, name);
    return sql_db_int(fake->db, sql);
}

static uint64_t other_appends(struct fake *fake, const char *room, const char *sender,
                              const char *client_id, enum entry_kind kind)
{
    char sql[900];
    const int64_t r = key_of(fake, "rooms", room);
    const int64_t u = key_of(fake, "users", sender);
    const int64_t stamp = (fake->wall_ms << 16) + ++fake->other_stamp;

    (void)snprintf(
        sql, sizeof sql,
        "INSERT INTO entries(room, seq, kind, sender, client_id, content, node, stamp, hlc, at_ms)"
        " SELECT id, head + 1, %d, %" PRId64 ", %s%s%s, %s, 1, %" PRId64 ", MAX(hlc + 1, %" PRId64
        "), %" PRId64 " FROM rooms WHERE id = %" PRId64 ";"
        "UPDATE rooms SET head = head + 1, hlc = (SELECT MAX(hlc) FROM entries WHERE room = id)"
        " WHERE id = %" PRId64,
        (int)kind, u, client_id ? "'" : "", client_id ? client_id : "NULL", client_id ? "'" : "",
        kind == ENTRY_MESSAGE ? "'from n2'" : "NULL", stamp, stamp, fake->wall_ms, r, r);
    sql_db_exec(fake->db, sql);
    (void)snprintf(sql, sizeof sql, "SELECT head FROM rooms WHERE id = %" PRId64, r);
    const uint64_t seq = (uint64_t)sql_db_int(fake->db, sql);
    if (kind == ENTRY_JOIN) {
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO members VALUES(%" PRId64 ", %" PRId64 ", %" PRIu64 ", NULL)", r,
                       u, seq);
        sql_db_exec(fake->db, sql);
    } else if (kind == ENTRY_LEAVE) {
        (void)snprintf(sql, sizeof sql,
                       "UPDATE members SET left_seq = %" PRIu64 " WHERE room = %" PRId64
                       " AND usr = %" PRId64 " AND left_seq IS NULL",
                       seq, r, u);
        sql_db_exec(fake->db, sql);
    }
    return seq;
}

static struct text cell_text(const struct db_value *value)
{
    return value->kind == DB_TEXT ? value->text : (struct text){NULL, 0};
}

void fake_publish_entry(struct fake *fake, const char *room, uint64_t seq)
{
    struct db_tx *tx = db_tx_new(1, true);
    struct db_call *call = db_tx_call(tx, DB_ENTRIES_AFTER);
    struct db_answer answer;
    struct buf payload = {0};
    char channel[80];
    char id[HLC_TEXT_BYTES_MAX];
    char hlc[HLC_TEXT_BYTES_MAX];

    db_tx_int(tx, call, key_of(fake, "rooms", room));
    db_tx_int(tx, call, (int64_t)seq - 1);
    db_tx_int(tx, call, (int64_t)seq);
    db_tx_int(tx, call, 1);
    sql_db_run(fake->db, tx, true, &answer);
    const struct db_value *row = answer.calls[0].values;
    HB_ASSERT(answer.calls[0].rows_len == 1);
    const bool known = row[1].integer <= ENTRY_LEAVE;
    struct frame frame = {.type = row[1].integer == 0 ? FRAME_MESSAGE : FRAME_ROOM_EVENT};
    struct entry *entry = &frame.entry;
    entry->kind = (enum entry_kind)row[1].integer;
    entry->room_id = text_of(room);
    entry->seq = seq;
    entry->sender_id = cell_text(&row[2]);
    entry->client_id = cell_text(&row[3]);
    entry->content = cell_text(&row[4]);
    entry->timestamp_ms = row[8].integer;
    const struct text node = cell_text(&row[5]);
    const struct hlc_stamp stamps[] = {{(uint64_t)row[6].integer}, {(uint64_t)row[7].integer}};
    entry->id = (struct text){id, (uint32_t)hlc_format(stamps[0], node, id)};
    entry->hlc_text = (struct text){hlc, (uint32_t)hlc_format(stamps[1], node, hlc)};
    buf_printf(&payload, "%" PRIu64 " ", seq);
    if (known) {
        frame_encode(&frame, &payload);
    } else {
        buf_printf(
            &payload,
            "{\"type\":\"reaction\",\"id\":\"%.*s\",\"roomId\":\"%s\",\"seq\":%" PRIu64
            ",\"senderId\":\"%.*s\",\"to\":{\"seq\":1,\"with\":[\"x\"]},\"timestamp\":%" PRId64
            ",\"hlc\":\"%.*s\"}",
            (int)entry->id.len, entry->id.bytes, room, seq, (int)entry->sender_id.len,
            entry->sender_id.bytes, entry->timestamp_ms, (int)entry->hlc_text.len,
            entry->hlc_text.bytes);
    }
    (void)snprintf(channel, sizeof channel, "room:%s", room);
    fake_publish(fake, channel, payload.bytes);
    buf_deinit(&payload);
    db_tx_free(&tx);
    drain(fake);
}

uint64_t fake_other_sends(struct fake *fake, const char *room, const char *sender,
                          const char *client_id, bool publish)
{
    const uint64_t seq = other_appends(fake, room, sender, client_id, ENTRY_MESSAGE);

    if (publish) {
        fake_publish_entry(fake, room, seq);
    }
    return seq;
}

uint64_t fake_other_moves(struct fake *fake, const char *room, const char *user,
                          enum entry_kind kind, bool publish)
{
    const uint64_t seq = other_appends(fake, room, user, NULL, kind);

    if (publish) {
        fake_publish_entry(fake, room, seq);
    }
    return seq;
}

uint64_t fake_other_newer(struct fake *fake, const char *room, const char *sender,
                          const char *client_id, bool publish)
{
    const uint64_t seq = other_appends(fake, room, sender, client_id, (enum entry_kind)17);

    if (publish) {
        fake_publish_entry(fake, room, seq);
    }
    return seq;
}

/* --- Life --- */

static uint64_t draw(void *user)
{
    struct fake *fake = user;

    return ++fake->draws * UINT64_C(0x9e3779b97f4a7c15);
}

struct fake *fake_new(struct fake_options options)
{
    struct fake *fake = hb_calloc(1, sizeof *fake);
    struct node_config config;

    fake->redis_up = true;
    fake->engine = engine_new();
    engine_connect(fake->engine, PUBLISHER);
    fake->wall_ms = 1000000;
    fake->out.wake_at = MONO_NEVER;
    fake->db = sql_db_new(7);
    sql_db_exec(fake->db,
                "INSERT INTO meta(epoch, identity) VALUES(7, 7);"
                "INSERT INTO users(name) VALUES('ana'), ('bob'), ('eve');"
                "INSERT INTO nodes(name, incarnation) VALUES('n2', 1);"
                "INSERT INTO rooms(name, open, head, hlc) VALUES('r1', 1, 2, 2), ('r2', 0, 1, 3),"
                " ('r3', 0, 1, 4);"
                "INSERT INTO members VALUES(1, 1, 1, NULL), (1, 2, 2, NULL), (2, 3, 1, NULL),"
                " (3, 1, 1, NULL);"
                "INSERT INTO entries VALUES(1, 1, 1, 1, NULL, NULL, 1, 1, 1, 5, NULL),"
                " (1, 2, 1, 2, NULL, NULL, 1, 2, 2, 5, NULL),"
                " (2, 1, 1, 3, NULL, NULL, 1, 3, 3, 5, NULL),"
                " (3, 1, 1, 1, NULL, NULL, 1, 4, 4, 5, NULL);");
    node_config_default(&config);
    (void)snprintf(config.name, sizeof config.name, "n1");
    (void)snprintf(fake->token_key.id, sizeof fake->token_key.id, "k1");
    memset(fake->token_key.bytes, 7, 32);
    fake->token_key.bytes_len = 32;
    config.params.ready_write_us = options.writes ? 5 * SECOND : 10 * MINUTE;
    config.trust.keys[0] = fake->token_key;
    config.trust.keys_len = 1;
    config.cursor_keys_len = 1;
    config.cursor_keys[0] = fake_cursor_key();
    config.identity = FAKE_IDENTITY;
    config.operator_key.said = true; /* its text is 42 times A, and A */
    config.params.tail_entries = options.tail_entries > 0 ? options.tail_entries : 8;
    config.params.page_rows = options.page_rows > 0 ? options.page_rows : 10;
    if (options.url != NULL) {
        (void)snprintf(config.public_url, sizeof config.public_url, "%s", options.url);
    }
    if (options.per_user > 0) {
        config.params.connections_per_user = options.per_user;
    }
    config.params.presence = options.presence;
    config.params.presence_room_max = 2;
    if (options.heartbeat_us != 0) {
        config.params.presence_heartbeat_us = options.heartbeat_us;
    }
    if (options.held_entries > 0) {
        config.params.held_entries = options.held_entries;
    }
    if (options.peers > 0) {
        config.params.peers = options.peers;
    }
    config.entropy = (struct entropy){draw, fake};
    fake->node = node_new(&config);
    return fake;
}

void fake_free(struct fake **fake_at)
{
    struct fake *fake = *fake_at;

    if (fake == NULL) {
        return;
    }
    while (fake->events_head != fake->events_tail) {
        struct fake_event *event = &fake->events[fake->events_head++ % EVENTS_MAX];
        free(event->bytes);
        db_tx_free(&event->tx);
    }
    for (uint32_t i = 0; i < fake->held_len; i++) {
        db_tx_free(&fake->held[i].tx);
        arena_deinit(&fake->held[i].arena);
    }
    engine_free(&fake->engine);
    engine_out_deinit(&fake->engine_out);
    node_free(&fake->node);
    effects_deinit(&fake->out);
    sql_db_free(&fake->db);
    buf_deinit(&fake->trace);
    buf_deinit(&fake->answer);
    buf_deinit(&fake->trace_given);
    buf_deinit(&fake->last);
    buf_deinit(&fake->text);
    free(fake);
    *fake_at = NULL;
}

void fake_start(struct fake *fake)
{
    step(fake, (struct node_event){.kind = NODE_START});
    fake_pass_us(fake, 1000);
}

void fake_show(struct fake *fake, struct fake_show show)
{
    fake->show = show;
}
