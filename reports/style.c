/* See style.h. */
#include "reports/style.h"

#include "reports/width.h"

#include <string.h>

#define HANG 2 /* how much further in a broken line goes on */

uint32_t style_columns(const struct style *style)
{
    return style->columns > 0 ? style->columns : STYLE_COLUMNS;
}

void style_begin(const struct style *style, enum style_colour colour, struct buf *out)
{
    static const char *const codes[] = {[STYLE_GREEN] = "\x1b[32m",
                                        [STYLE_RED] = "\x1b[31m",
                                        [STYLE_AMBER] = "\x1b[33m",
                                        [STYLE_BOLD] = "\x1b[1m",
                                        [STYLE_DIM] = "\x1b[2m"};
    if (style->colours) {
        buf_add_text(out, codes[colour]);
    }
}

void style_end(const struct style *style, struct buf *out)
{
    if (style->colours) {
        buf_add_text(out, "\x1b[0m");
    }
}

void style_heading(const struct style *style, const char *text, struct buf *out)
{
    buf_add_char(out, '\n');
    style_begin(style, STYLE_BOLD, out);
    buf_add_text(out, text);
    style_end(style, out);
    buf_add_char(out, '\n');
}

void style_cell(const char *text, uint32_t columns, struct buf *out)
{
    size_t len = strlen(text);
    bool plain = true;
    for (size_t i = 0; i < len; i++) {
        plain = plain && text[i] >= ' ' && text[i] <= '~';
    }
    if (!plain) {
        text_fit(text, len, columns > 0 ? columns : text_columns(text, len), out);
        return;
    }
    if (columns == 0) {
        buf_add(out, text, len);
    } else {
        buf_printf(out, "%-*.*s", (int)columns, (int)columns, text);
    }
}

static void trim(struct buf *out)
{
    while (out->len > 0 && out->bytes[out->len - 1] == ' ') {
        out->len--;
    }
}

void style_end_line(struct buf *out)
{
    trim(out);
    buf_add_char(out, '\n');
}

/* --- Folding -------------------------------------------------------------------------------- */

/* One character, or one colour, which has no columns. */
struct piece {
    size_t len;
    uint32_t columns;
};

static struct piece piece_at(const char *at, const char *end)
{
    size_t len = 1;

    if (*at == '\x1b') {
        while (at + len < end && at[len - 1] != 'm') {
            len++;
        }
        return (struct piece){len, 0};
    }
    while (at + len < end && ((unsigned char)at[len] & 0xc0) == 0x80) {
        len++;
    }
    return (struct piece){len, text_columns(at, len)};
}

static void add_piece(const struct style *style, const char *at, struct piece piece,
                      struct buf *out)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    if (!style->ascii || ((unsigned char)*at & 0x80) == 0) {
        buf_add(out, at, piece.len);
        return;
    }
    const bool cut = piece.len == sizeof ellipsis - 1 && memcmp(at, ellipsis, piece.len) == 0;
    for (uint32_t i = 0; i < piece.columns; i++) {
        buf_add_char(out, cut ? '~' : '?');
    }
}

/* The columns from here to the next blank. */
static uint32_t word_columns(const char *at, const char *end)
{
    uint32_t columns = 0;
    while (at < end && *at != ' ') {
        const struct piece piece = piece_at(at, end);
        columns += piece.columns;
        at += piece.len;
    }
    return columns;
}

/* "Again:   hubbub run ...": goes on behind a backslash, as a shell takes it, and words stay whole. */
static bool copied(const char *at, const char *end)
{
    static const char words[] = ":  hubbub ";
    const char *colon = memchr(at, ':', (size_t)(end - at));
    while (colon != NULL && colon + 3 < end && colon[3] == ' ') {
        colon++;
    }
    return colon != NULL && colon > at && (size_t)(end - colon) > sizeof words &&
           memcmp(colon + 1, words + 1, sizeof words - 2) == 0;
}

static void fold_line(const struct style *style, const char *at, const char *end, struct buf *out)
{
    const bool copy = copied(at, end);
    const uint32_t columns = style->columns - (copy && style->columns > 0 ? 2 : 0);
    uint32_t indent = 0;
    uint32_t used = 0;
    bool any = false; /* but blanks stands on the line */

    while (at + indent < end && at[indent] == ' ') {
        indent++;
    }
    indent = indent + HANG <= style->columns / 3 ? indent + HANG : HANG;
    while (at < end) {
        const struct piece piece = piece_at(at, end);
        const uint32_t word = *at == ' ' ? 1 + word_columns(at + 1, end) : piece.columns;
        const bool breaks = style->columns > 0 && used > indent && used + word > columns &&
                            (*at == ' ' || (!copy && used + piece.columns > columns));
        if (!breaks) {
            any = any || *at != ' ';
            add_piece(style, at, piece, out);
            used += piece.columns;
            at += piece.len;
            continue;
        }
        while (at < end && *at == ' ') {
            at++;
        }
        trim(out);
        if (at < end) {
            buf_printf(out, "%s%s%*s", copy ? " \\" : "", any ? "\n" : "", (int)indent, "");
            any = false;
            used = indent;
        }
    }
}

void style_fold(const struct style *style, const char *page, struct buf *out)
{
    while (*page != 0) {
        const char *end = page + strcspn(page, "\n");
        fold_line(style, page, end, out);
        page = end;
        if (*page == '\n') {
            buf_add_char(out, '\n');
            page++;
        }
    }
}
