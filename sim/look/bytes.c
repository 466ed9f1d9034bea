/* See bytes.h. */
#include "sim/look/bytes.h"

#include "server/node/bus.h"
#include "server/node/entry.h"
#include "server/protocol/seal.h"
#include "sim/look/words.h"

#include <inttypes.h>

#define ITEMS_MAX  8 /* of a list, or of a transaction; how many more there are is told */
#define PARAMS_MAX 3 /* of a statement: what it is about */
#define DEPTH_MAX  8 /* lists within lists */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

struct text words_bare_name(struct text name)
{
    uint32_t digits = 0;

    while (digits < name.len && is_hex(name.bytes[digits])) {
        digits++;
    }
    if (digits == BUS_FRONT_BYTES - 1 && name.len > digits && name.bytes[digits] == ':') {
        return (struct text){name.bytes + BUS_FRONT_BYTES, name.len - BUS_FRONT_BYTES};
    }
    return name;
}

/* Without its seal, "<2 digits>.<16 digits> ". */
static struct text bare_payload(struct text payload)
{
    if (payload.len < SEAL_BYTES || payload.bytes[2] != '.' ||
        payload.bytes[SEAL_BYTES - 1] != ' ') {
        return payload;
    }
    for (uint32_t i = 0; i < SEAL_BYTES - 1; i++) {
        if (i != 2 && !is_hex(payload.bytes[i])) {
            return payload;
        }
    }
    return (struct text){payload.bytes + SEAL_BYTES, payload.len - SEAL_BYTES};
}

/* An entry as it is published, behind its place and a blank. False: it is none. */
static bool add_published(struct buf *out, const struct world *world, struct text payload)
{
    uint32_t at = 0;

    while (at < payload.len && payload.bytes[at] >= '0' && payload.bytes[at] <= '9') {
        at++;
    }
    if (at == 0 || at + 1 >= payload.len || payload.bytes[at] != ' ' ||
        payload.bytes[at + 1] != '{' || payload.len - at - 1 > FRAME_BYTES_MAX) {
        return false;
    }
    struct wire *wire = wire_new(payload.bytes + at + 1, payload.len - at - 1);
    buf_add_char(out, '(');
    words_frame(out, world, wire);
    buf_add_char(out, ')');
    wire_unref(&wire);
    return true;
}

/* Words and names as they are, a published entry as the frame that it is, all else in quotes. */
static void add_word(struct buf *out, const struct world *world, struct text text)
{
    const struct text bare = words_bare_name(text);
    bool plain = bare.len > 0 && bare.len <= 64;

    for (uint32_t i = 0; i < bare.len && plain; i++) {
        plain = bare.bytes[i] > ' ' && bare.bytes[i] < 0x7F && bare.bytes[i] != '"';
    }
    if (plain) {
        buf_add(out, bare.bytes, bare.len);
    } else if (!add_published(out, world, bare_payload(text))) {
        words_quoted(out, bare_payload(text), LOOK_TEXT_MAX);
    }
}

/* A line up to its end, which is taken too. False: it is not whole. */
static bool line(const char **at, const char *end, struct text *ret)
{
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));

    if (newline == NULL || newline == *at || newline[-1] != '\r') {
        return false;
    }
    *ret = (struct text){*at, (uint32_t)(newline - 1 - *at)};
    *at = newline + 1;
    return true;
}

/* The text behind a "$7". False: it is not whole. */
static bool bulk(const char **at, const char *end, struct text head, const struct world *world,
                 struct buf *out)
{
    const char *digits = head.bytes + 1;
    uint64_t len;

    if (head.len > 1 && head.bytes[1] == '-') {
        buf_add_text(out, "nothing");
        return true;
    }
    if (!parse_u64(&digits, head.bytes + head.len, &len) || len > UINT32_MAX ||
        (uint64_t)(end - *at) < len + 2) {
        return false;
    }
    add_word(out, world, (struct text){*at, (uint32_t)len});
    *at += len + 2;
    return true;
}

/* One command or reply. False: it is not whole, or is none. */
static bool reply(const char **at, const char *end, const struct world *world, struct buf *out)
{
    uint64_t left[DEPTH_MAX] = {1};
    uint64_t told[DEPTH_MAX] = {0};
    struct buf rest = {0}; /* of what is not told */
    uint32_t depth = 0;
    bool whole = true;
    struct text head;

    while (whole && (depth > 0 || left[0] > 0)) {
        if (left[depth] == 0) { /* the end of a list */
            if (told[depth] > ITEMS_MAX) {
                buf_printf(out, " and %" PRIu64 " more", told[depth] - ITEMS_MAX);
            }
            buf_add_text(out, depth > 1 ? "]" : "");
            depth--;
            continue;
        }
        whole = line(at, end, &head) && head.len > 0;
        if (!whole) {
            break;
        }
        left[depth]--;
        struct buf *to = told[depth]++ < ITEMS_MAX ? out : &rest;
        buf_add_text(to, depth > 0 && told[depth] > 1 ? " " : "");
        if (head.bytes[0] == '*') {
            const char *digits = head.bytes + 1;
            uint64_t len = 0;
            whole = depth + 1 < DEPTH_MAX && parse_u64(&digits, head.bytes + head.len, &len);
            buf_add_text(to, depth > 0 ? "[" : len == 0 ? "an empty list" : "");
            depth++;
            left[depth < DEPTH_MAX ? depth : 0] = len;
            told[depth < DEPTH_MAX ? depth : 0] = 0;
        } else if (head.bytes[0] == '$') {
            whole = bulk(at, end, head, world, to);
        } else {
            buf_add(to, head.bytes + 1, head.len - 1);
        }
    }
    buf_deinit(&rest);
    return whole;
}

void words_resp(struct buf *out, const struct world *world, const char *bytes, size_t bytes_len)
{
    const char *at = bytes;
    const char *const end = bytes + bytes_len;

    for (uint32_t n = 0; at < end; n++) {
        const char *const begin = at;
        buf_add_text(out, n > 0 ? "; " : "");
        if (n == ITEMS_MAX || !reply(&at, end, world, out)) {
            buf_printf(out, "%s%zu bytes", n == ITEMS_MAX ? "" : " and ", (size_t)(end - begin));
            return;
        }
    }
}

/* --- The database --------------------------------------------------------------------------- */

static const char *stmt_word(enum db_stmt stmt)
{
    static const char *const words[] = {
#define X(name, writes, params, columns, sql) &#name[sizeof "DB_" - 1],
        DB_STMT_MAP(X)
#undef X
    };
    HB_ASSERT(stmt < DB_STMT_COUNT);
    return words[stmt];
}

static void add_value(struct buf *out, const struct db_value *value)
{
    if (value->kind == DB_TEXT) {
        words_quoted(out, value->text, LOOK_TEXT_MAX);
    } else if (value->kind == DB_INT) {
        buf_add_i64(out, value->integer);
    } else {
        buf_add_text(out, "nothing");
    }
}

void words_tx(struct buf *out, const struct db_tx *tx)
{
    for (uint32_t i = 0; i < tx->calls_len && i < ITEMS_MAX; i++) {
        const struct db_call *call = &tx->calls[i];
        buf_printf(out, "%s%s", i > 0 ? ", " : "", stmt_word(call->stmt));
        for (uint32_t p = 0; p < call->params_len && p < PARAMS_MAX; p++) {
            buf_add_char(out, ' ');
            add_value(out, &call->params[p]);
        }
    }
    if (tx->calls_len > ITEMS_MAX) {
        buf_printf(out, " and %u more", (unsigned)(tx->calls_len - ITEMS_MAX));
    }
}

static const char *outcome(enum hb_err err)
{
    return err == HB_OK         ? "committed"
           : err == HB_EUNKNOWN ? "the answer is lost, committed or not"
           : err == HB_EAGAIN   ? "refused, not committed"
                                : hb_err_text(err);
}

void words_answer(struct buf *out, const struct db_answer *answer)
{
    buf_add_text(out, outcome(answer->err));
    for (uint32_t i = 0; i < answer->calls_len && i < ITEMS_MAX && answer->err == HB_OK; i++) {
        const struct db_rows *rows = &answer->calls[i];
        buf_add_text(out, i == 0 ? ": " : ", ");
        if (rows->rows_len == 0) {
            buf_add_text(out, "no row");
            continue;
        }
        buf_add_char(out, '(');
        for (uint32_t c = 0; c < rows->columns && c < ITEMS_MAX; c++) {
            buf_add_text(out, c > 0 ? " " : "");
            add_value(out, &rows->values[c]);
        }
        buf_add_char(out, ')');
        if (rows->rows_len > 1) {
            buf_printf(out, " and %u rows", (unsigned)(rows->rows_len - 1));
        }
    }
    if (answer->err == HB_OK && answer->calls_len > ITEMS_MAX) {
        buf_printf(out, " and %u more", (unsigned)(answer->calls_len - ITEMS_MAX));
    }
}
