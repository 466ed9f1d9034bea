/* See reply.h. */
#include "server/engine/reply.h"

#include <stdlib.h>
#include <string.h>

#define OUT_KEPT_BYTES_MAX 1048576 /* a buffer past this is not kept for the next call */

const char vreply_not_an_integer[] = "-ERR value is not an integer or out of range";
const char vreply_syntax[] = "-ERR syntax error";
const char vreply_wrong_type[] =
    "-WRONGTYPE Operation against a key holding the wrong kind of value";
const char vreply_overflow[] = "-ERR increment or decrement would overflow";

void engine_out_clear(struct engine_out *out)
{
    out->items_len = 0;
    buf_clear(&out->bytes);
    if (out->bytes.cap > OUT_KEPT_BYTES_MAX) {
        buf_deinit(&out->bytes);
    }
}

void engine_out_deinit(struct engine_out *out)
{
    free(out->items);
    buf_deinit(&out->bytes);
    *out = (struct engine_out){0};
}

/* --- Who gets what -------------------------------------------------------------------------- */

/* Bytes that one more write for the client may have. */
static size_t room_of(const struct engine *engine, struct vclient *client)
{
    if (client->call != engine->call) {
        client->call = engine->call;
        client->written = 0;
    }
    HB_ASSERT(client->written <= ENGINE_OUTPUT_BYTES_MAX);
    return ENGINE_OUTPUT_BYTES_MAX - client->written;
}

static void item_add(struct engine_out *out, uint64_t client, size_t offset, size_t len)
{
    HB_GROW(out->items, out->items_len, out->items_cap);
    out->items[out->items_len++] = (struct engine_write){client, offset, len, false};
}

void vreply_begin(struct engine *engine, struct vclient *client)
{
    engine->reply_to = client;
    engine->reply_from = engine->out->bytes.len;
    engine->reply_room = room_of(engine, client);
    engine->reply_over = false;
}

void vreply_end(struct engine *engine)
{
    struct engine_out *out = engine->out;
    struct vclient *client = engine->reply_to;
    const size_t from = engine->reply_from;

    HB_ASSERT(from <= out->bytes.len);
    engine->reply_to = NULL;
    if (engine->reply_over || client->over) {
        out->bytes.len = from;
        vreply_over(engine, client);
        return;
    }
    const size_t len = out->bytes.len - from;
    client->written += len;
    if (len == 0) {
        return;
    }
    if (out->items_len > 0) {
        struct engine_write *last = &out->items[out->items_len - 1];
        if (last->client == client->id && last->offset + last->len == from) {
            last->len += len;
            return;
        }
    }
    item_add(out, client->id, from, len);
}

void vreply_shared_begin(struct engine *engine)
{
    HB_ASSERT(engine->reply_to == NULL);
    engine->reply_from = engine->out->bytes.len;
    engine->reply_room = ENGINE_OUTPUT_BYTES_MAX;
}

void vreply_share(struct engine *engine, struct vclient *client)
{
    const size_t len = engine->out->bytes.len - engine->reply_from;

    if (client->over || len > room_of(engine, client)) {
        vreply_over(engine, client);
        return;
    }
    client->written += len;
    item_add(engine->out, client->id, engine->reply_from, len);
}

void vreply_over(struct engine *engine, struct vclient *client)
{
    client->over = true;
    engine->over_any = true;
}

void vreply_close(struct engine *engine, const struct vclient *client)
{
    struct engine_out *out = engine->out;

    if (out->items_len == 0 || out->items[out->items_len - 1].client != client->id) {
        item_add(out, client->id, out->bytes.len, 0);
    }
    out->items[out->items_len - 1].close = true;
}

/* --- RESP ----------------------------------------------------------------------------------- */

static void put(struct engine *engine, const char *bytes, size_t bytes_len)
{
    if (bytes_len > engine->reply_room) {
        engine->reply_room = 0;
        engine->reply_over = true;
        return;
    }
    engine->reply_room -= bytes_len;
    buf_add(&engine->out->bytes, bytes, bytes_len);
}

/* "<kind><value>\r\n" */
static void header(struct engine *engine, char kind, uint64_t value, bool minus)
{
    char text[24];
    size_t at = sizeof text;

    text[--at] = '\n';
    text[--at] = '\r';
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    if (minus) {
        text[--at] = '-';
    }
    text[--at] = kind;
    put(engine, text + at, sizeof text - at);
}

void vreply_int(struct engine *engine, int64_t value)
{
    header(engine, ':', value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

void vreply_bulk(struct engine *engine, struct text text)
{
    header(engine, '$', text.len, false);
    if (text.len > 0) {
        put(engine, text.bytes, text.len);
    }
    put(engine, "\r\n", 2);
}

void vreply_bulk_int(struct engine *engine, int64_t value)
{
    struct buf text = {0};

    buf_add_i64(&text, value);
    vreply_bulk(engine, (struct text){text.bytes, (uint32_t)text.len});
    buf_deinit(&text);
}

void vreply_nil(struct engine *engine)
{
    put(engine, "$-1\r\n", 5);
}

void vreply_part(struct engine *engine, const char *text)
{
    put(engine, text, strlen(text));
}

void vreply_text(struct engine *engine, const char *line)
{
    vreply_part(engine, line);
    put(engine, "\r\n", 2);
}

void vreply_array(struct engine *engine, uint32_t len)
{
    header(engine, '*', len, false);
}

uint32_t vreply_shown(struct engine *engine, struct text text, uint32_t len_max)
{
    uint32_t len = 0;

    while (len < text.len && len < len_max && text.bytes[len] != '\0') {
        const char c = text.bytes[len++];
        put(engine, c == '\r' || c == '\n' ? " " : &c, 1);
    }
    return len;
}

void vreply_refusal(struct engine *engine, const char *before, struct text text, uint32_t len_max,
                    const char *after)
{
    vreply_part(engine, "-ERR ");
    vreply_part(engine, before);
    (void)vreply_shown(engine, text, len_max);
    vreply_text(engine, after);
}
