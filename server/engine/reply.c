/* Replies of the virtual Redis: RESP2. */
#include "server/engine/internal.h"

#include <stdlib.h>
#include <string.h>

const char vreply_not_an_integer[] = "-ERR value is not an integer or out of range";
const char vreply_syntax[] = "-ERR syntax error";
const char vreply_wrong_type[] =
    "-WRONGTYPE Operation against a key holding the wrong kind of value";
const char vreply_overflow[] = "-ERR increment or decrement would overflow";

void engine_out_clear(struct engine_out *out)
{
    out->items_len = 0;
    buf_clear(&out->bytes);
}

void engine_out_deinit(struct engine_out *out)
{
    free(out->items);
    buf_deinit(&out->bytes);
    *out = (struct engine_out){0};
}

void vreply_begin(struct engine *engine)
{
    engine->write_from = engine->out->bytes.len;
}

void vreply_end(struct engine *engine, uint64_t client)
{
    struct engine_out *out = engine->out;
    const size_t from = engine->write_from;
    const size_t len = out->bytes.len - from;

    HB_ASSERT(from <= out->bytes.len);
    engine->write_from = out->bytes.len;
    if (len == 0) {
        return;
    }
    if (out->items_len > 0) {
        struct engine_write *last = &out->items[out->items_len - 1];
        if (last->client == client && last->offset + last->len == from) {
            last->len += len;
            return;
        }
    }
    HB_GROW(out->items, out->items_len, out->items_cap);
    out->items[out->items_len++] = (struct engine_write){client, from, len, false};
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
    buf_add(&engine->out->bytes, text + at, sizeof text - at);
}

void vreply_int(struct engine *engine, int64_t value)
{
    header(engine, ':', value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

void vreply_bulk(struct engine *engine, struct text text)
{
    struct buf *bytes = &engine->out->bytes;

    header(engine, '$', text.len, false);
    if (text.len > 0) {
        buf_add(bytes, text.bytes, text.len);
    }
    buf_add(bytes, "\r\n", 2);
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
    buf_add(&engine->out->bytes, "$-1\r\n", 5);
}

void vreply_text(struct engine *engine, const char *line)
{
    buf_add_text(&engine->out->bytes, line);
    buf_add(&engine->out->bytes, "\r\n", 2);
}

void vreply_array(struct engine *engine, uint32_t len)
{
    header(engine, '*', len, false);
}

void vshow(struct buf *buf, struct text text, uint32_t len_max)
{
    for (uint32_t i = 0; i < text.len && i < len_max && text.bytes[i] != '\0'; i++) {
        const char c = text.bytes[i];
        buf_add_char(buf, (char)(c == '\r' || c == '\n' ? ' ' : c));
    }
}

void vreply_refusal(struct engine *engine, const char *before, struct text text, uint32_t len_max,
                    const char *after)
{
    struct buf *bytes = &engine->out->bytes;

    buf_add_text(bytes, "-ERR ");
    buf_add_text(bytes, before);
    vshow(bytes, text, len_max);
    vreply_text(engine, after);
}

/* --- Reading arguments ---------------------------------------------------------------------- */

bool vtext_is(struct text text, const char *word)
{
    if (strlen(word) != text.len) {
        return false;
    }
    for (uint32_t i = 0; i < text.len; i++) {
        const char c = text.bytes[i];
        if ((c >= 'A' && c <= 'Z' ? (char)(c + 32) : c) != word[i]) {
            return false;
        }
    }
    return true;
}

bool vtext_int(struct text text, int64_t *ret)
{
    const bool minus = text.len > 0 && text.bytes[0] == '-';
    uint64_t value = 0;

    if (text.len == minus || text.len > 20) {
        return false;
    }
    if (text.bytes[minus] == '0') { /* canonical only: "0", neither "00" nor "-0" */
        if (text.len != 1) {
            return false;
        }
        *ret = 0;
        return true;
    }
    for (uint32_t i = minus; i < text.len; i++) {
        const char c = text.bytes[i];
        if (c < '0' || c > '9' || value > (uint64_t)INT64_MAX / 10) {
            return false;
        }
        value = value * 10 + (uint64_t)(c - '0');
    }
    if (value > (uint64_t)INT64_MAX + minus) {
        return false;
    }
    *ret = minus ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}
