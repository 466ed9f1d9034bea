/* See record.h. Each thing is described once, for writing and for reading. */
#include "server/node/record.h"

#include "server/node/record_io.h"
#include "server/node/record_trust.h"

#include <string.h>

#define FIRST_LINE   "hubbub-node-record 2\n"
#define EFFECT_FRONT "> "

static void io_config(struct io *io, struct node_config *config)
{
    io_raw(io, config->name, sizeof config->name);
    io_raw(io, config->public_url, sizeof config->public_url);
    io_raw(io, config->place, sizeof config->place);
    io_trust(io, &config->trust);
    io_u32(io, &config->cursor_keys_len);
    io->bad |= config->cursor_keys_len < 1 || config->cursor_keys_len > CURSOR_KEYS_MAX;
    io_raw(io, config->cursor_keys, sizeof config->cursor_keys);
    io_u64(io, &config->identity);
    uint32_t said = config->operator_key.said;
    io_u32(io, &said);
    config->operator_key.said = said != 0;
    io_raw(io, config->operator_key.bytes, sizeof config->operator_key.bytes);
    for (size_t i = 0; i < NODE_PARAMS_LEN; i++) {
        int64_t value = param_get(&node_params[i], &config->params);
        io_i64(io, &value);
        param_set(&node_params[i], &config->params, value);
    }
    io->bad |= params_wrong(node_params, NODE_PARAMS_LEN, &config->params) != NULL;
}

/* --- Events --------------------------------------------------------------------------------- */

static const char *const kinds[] = {
    [NODE_START] = "start",         [NODE_CONN_OPEN] = "open",    [NODE_CONN_FRAME] = "frame",
    [NODE_CONN_CLOSED] = "closed",  [NODE_HTTP] = "http",         [NODE_HTTP_GONE] = "http_gone",
    [NODE_REDIS_OPENED] = "opened", [NODE_REDIS_BYTES] = "bytes", [NODE_REDIS_LOST] = "lost",
    [NODE_DB_DONE] = "db",          [NODE_WAKE] = "wake",         [NODE_DRAIN] = "drain",
};

static void io_rows(struct io *io, struct db_rows *rows)
{
    io_u32(io, &rows->rows_len);
    io_u32(io, &rows->columns);
    const uint64_t count = (uint64_t)rows->rows_len * rows->columns;
    if (io->bad || count > 1000000) {
        io->bad = true;
        return;
    }
    struct db_value *values = NULL;
    if (io->out == NULL) {
        values = arena_alloc(io->arena, (count + 1) * sizeof *values);
    }
    for (uint64_t i = 0; i < count; i++) {
        HB_ASSERT(values != NULL || rows->values != NULL);
        struct db_value value = values == NULL ? rows->values[i] : (struct db_value){0};
        uint32_t kind = value.kind;
        io_u32(io, &kind);
        value.kind = (enum db_value_kind)kind;
        if (value.kind == DB_INT) {
            io_i64(io, &value.integer);
        } else if (value.kind == DB_TEXT) {
            io_text(io, &value.text);
        } else if (value.kind != DB_NULL) {
            io->bad = true;
        }
        if (values != NULL) {
            values[i] = value;
        }
    }
    if (values != NULL) {
        rows->values = values;
    }
}

static void io_answer(struct io *io, const struct db_answer **answer_at)
{
    struct db_answer answer = io->out != NULL ? **answer_at : (struct db_answer){0};
    uint32_t err = answer.err;

    io_u64(io, &answer.token);
    io_u32(io, &err);
    answer.err = (enum hb_err)err;
    io_u64(io, &answer.epoch);
    io_u32(io, &answer.calls_len);
    if (io->bad || answer.calls_len > DB_CALLS_MAX) {
        io->bad = true;
        return;
    }
    struct db_rows *calls =
        io->out != NULL ? NULL : arena_alloc(io->arena, (answer.calls_len + 1) * sizeof *calls);
    for (uint32_t i = 0; i < answer.calls_len; i++) {
        HB_ASSERT(calls != NULL || answer.calls != NULL);
        struct db_rows rows = calls == NULL ? answer.calls[i] : (struct db_rows){0};
        io_rows(io, &rows);
        if (calls != NULL) {
            calls[i] = rows;
        }
    }
    if (io->out == NULL) {
        answer.calls = calls;
        struct db_answer *made = arena_alloc(io->arena, sizeof *made);
        *made = answer;
        *answer_at = made;
    }
}

static void io_http(struct io *io, const struct http_request **request_at)
{
    struct http_request request = io->out != NULL ? **request_at : (struct http_request){0};

    io_u64(io, &request.id);
    io_text(io, &request.method);
    io_text(io, &request.path);
    io_text(io, &request.query);
    io_text(io, &request.host);
    io_text(io, &request.authorization);
    io_text(io, &request.content_type);
    io_text(io, &request.body);
    if (io->out == NULL) {
        struct http_request *made = arena_alloc(io->arena, sizeof *made);
        *made = request;
        *request_at = made;
    }
}

static void io_conn(struct io *io, struct node_event *event, struct wire **frame)
{
    struct text bytes = {NULL, 0};

    io_u64(io, &event->conn.conn.v);
    if (event->kind == NODE_CONN_OPEN) {
        io_text(io, &event->conn.token);
    } else if (event->kind == NODE_CONN_FRAME) {
        if (io->out != NULL) {
            bytes = wire_text(event->conn.frame);
        }
        io_text(io, &bytes);
        HB_ASSERT(io->out != NULL || frame != NULL);
        if (frame != NULL && !io->bad && bytes.len <= FRAME_BYTES_MAX) {
            event->conn.frame = wire_new(bytes.bytes, bytes.len);
            *frame = event->conn.frame;
        }
    }
}

static void io_event(struct io *io, struct node_event *event, struct wire **frame)
{
    struct text bytes = {NULL, 0};

    io_i64(io, &event->mono.us);
    io_i64(io, &event->wall.ms);
    switch (event->kind) {
    case NODE_START:
    case NODE_WAKE:
    case NODE_DRAIN:
        return;
    case NODE_CONN_OPEN:
    case NODE_CONN_FRAME:
    case NODE_CONN_CLOSED:
        io_conn(io, event, frame);
        return;
    case NODE_HTTP:
        io_http(io, &event->http);
        return;
    case NODE_HTTP_GONE:
        io_u64(io, &event->request);
        return;
    case NODE_REDIS_BYTES:
        bytes = (struct text){event->redis.bytes, (uint32_t)event->redis.bytes_len};
        io_u64(io, &event->redis.link);
        io_text(io, &bytes);
        event->redis.bytes = bytes.bytes;
        event->redis.bytes_len = bytes.len;
        return;
    case NODE_REDIS_OPENED:
    case NODE_REDIS_LOST:
        io_u64(io, &event->redis.link);
        return;
    case NODE_DB_DONE:
        io_answer(io, &event->db);
        return;
    }
    HB_UNREACHABLE("no such event");
}

/* --- Effects -------------------------------------------------------------------------------- */

static void tx_write(struct io *io, struct db_tx *tx)
{
    uint32_t read_only = tx->read_only;

    io_u64(io, &tx->token);
    io_u32(io, &read_only);
    io_i64(io, &tx->fence.node);
    io_u64(io, &tx->fence.incarnation);
    for (uint32_t i = 0; i < tx->calls_len; i++) {
        uint32_t stmt = tx->calls[i].stmt;
        struct db_rows params = {
            .rows_len = 1, .columns = tx->calls[i].params_len, .values = tx->calls[i].params};
        io_u32(io, &stmt);
        io_rows(io, &params);
    }
}

static void effect_write(struct io *io, const struct effects *effects, const struct effect *effect)
{
    struct effect e = *effect;
    struct text bytes = {NULL, 0};
    uint32_t number = 0;

    buf_add_text(io->out, EFFECT_FRONT);
    switch (e.kind) {
    case EFFECT_SEND:
        buf_add_text(io->out, "send");
        bytes = wire_text(e.send.wire);
        io_u64(io, &e.send.conn.v);
        io_text(io, &bytes);
        break;
    case EFFECT_CLOSE:
        buf_add_text(io->out, "close");
        number = e.close.code;
        io_u64(io, &e.close.conn.v);
        io_u32(io, &number);
        break;
    case EFFECT_REDIS_OPEN:
        buf_add_text(io->out, "redis_open");
        io_u64(io, &e.redis.link);
        break;
    case EFFECT_REDIS_WRITE:
        buf_add_text(io->out, "redis_write");
        bytes = (struct text){effects->bytes.bytes + e.redis.offset, (uint32_t)e.redis.len};
        io_u64(io, &e.redis.link);
        io_text(io, &bytes);
        break;
    case EFFECT_REDIS_CLOSE:
        buf_add_text(io->out, "redis_close");
        io_u64(io, &e.redis.link);
        break;
    case EFFECT_DB:
        buf_add_text(io->out, "db");
        tx_write(io, e.tx);
        break;
    case EFFECT_HTTP:
        buf_add_text(io->out, "http");
        number = e.http.status;
        bytes = wire_text(e.http.body);
        io_u64(io, &e.http.request);
        io_u32(io, &number);
        io_text(io, &bytes);
        break;
    case EFFECT_READY:
        buf_add_text(io->out, e.ready ? "ready" : "not_ready");
        break;
    case EFFECT_DRAINED:
        buf_add_text(io->out, "drained");
        break;
    case EFFECT_FENCED:
        buf_add_text(io->out, "fenced");
        break;
    case EFFECT_NOTE:
        buf_add_text(io->out, "note");
        number = e.note.code;
        io_u32(io, &number);
        io_i64(io, &e.note.a);
        io_i64(io, &e.note.b);
        break;
    }
    buf_add_char(io->out, '\n');
}

/* --- Lines ---------------------------------------------------------------------------------- */

void record_config(struct buf *out, const struct node_config *config)
{
    struct node_config same = *config;
    struct io io = {.out = out};

    buf_add_text(out, FIRST_LINE "config");
    io_config(&io, &same);
    buf_add_char(out, '\n');
}

void record_event(struct buf *out, const struct node_event *event)
{
    struct node_event same = *event;
    struct io io = {.out = out};

    buf_add_text(out, "event ");
    buf_add_text(out, kinds[event->kind]);
    io_event(&io, &same, NULL);
    buf_add_char(out, '\n');
}

void record_draw(struct buf *out, uint64_t bits)
{
    buf_add_text(out, "draw ");
    buf_add_hex(out, bits, 16);
    buf_add_char(out, '\n');
}

void record_effects(struct buf *out, const struct effects *effects)
{
    struct io io = {.out = out};
    int64_t wake = effects->wake_at.us;

    for (size_t i = 0; i < effects->len; i++) {
        effect_write(&io, effects, &effects->items[i]);
    }
    buf_add_text(out, EFFECT_FRONT "wake");
    io_i64(&io, &wake);
    buf_add_char(out, '\n');
}

/* The next line if it begins with `front`; its rest goes to `io`. */
static bool line_take(struct record *record, const char *front, struct io *io)
{
    const size_t front_len = strlen(front), left = (size_t)(record->end - record->at);
    const char *stop = memchr(record->at, '\n', left);

    if (stop == NULL || left < front_len || memcmp(record->at, front, front_len) != 0) {
        return false;
    }
    *io = (struct io){.at = record->at + front_len, .end = stop, .arena = &record->arena};
    record->at = stop + 1;
    return true;
}

enum hb_err record_open(struct record *record, const char *text, size_t text_len,
                        struct node_config *ret)
{
    struct io io;

    *record = (struct record){.at = text, .end = text + text_len};
    *ret = (struct node_config){0};
    if (!line_take(record, "hubbub-node-record 2", &io) || io.at != io.end ||
        !line_take(record, "config", &io)) {
        return HB_EFRAME;
    }
    io_config(&io, ret);
    return io.bad || io.at != io.end ? HB_EFRAME : HB_OK;
}

bool record_at_end(const struct record *record)
{
    return record->at == record->end;
}

static void event_drop(struct record *record)
{
    wire_unref(&record->frame);
    arena_deinit(&record->arena);
}

enum hb_err record_next(struct record *record, struct node_event *ret)
{
    const char *from = NULL;
    size_t len = 0;
    struct io io;

    event_drop(record);
    if (!line_take(record, "event", &io)) {
        return HB_EFRAME;
    }
    io_word(&io, &from, &len);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strlen(kinds[i]) == len && len > 0 && memcmp(kinds[i], from, len) == 0) {
            *ret = (struct node_event){.kind = (enum node_event_kind)i};
            io_event(&io, ret, &record->frame);
            return io.bad || io.at != io.end ? HB_EFRAME : HB_OK;
        }
    }
    return HB_EFRAME;
}

enum hb_err record_next_draw(struct record *record, uint64_t *ret)
{
    struct io io;

    if (!line_take(record, "draw ", &io) || io.end - io.at != 16) {
        return HB_EFRAME;
    }
    *ret = 0;
    for (const char *at = io.at; at < io.end; at++) {
        const int value = io_digit(*at);
        if (value < 0) {
            return HB_EFRAME;
        }
        *ret = *ret << 4 | (uint64_t)value;
    }
    return HB_OK;
}

struct text record_next_effects(struct record *record)
{
    const char *from = record->at;
    struct io io;

    while (line_take(record, EFFECT_FRONT, &io)) {
    }
    return (struct text){from, (uint32_t)(record->at - from)};
}

void record_close(struct record *record)
{
    event_drop(record);
    *record = (struct record){0};
}
