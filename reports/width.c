/* Columns of UTF-8 text on a terminal. Independent of the locale.
 *
 * Source: Unicode 15, East Asian Width W and F and the combining marks of the scripts that our
 * corpora use; a terminal may know better about rare ones. */
#include "reports/width.h"

#include <string.h>

struct span {
    uint32_t low, high;
};

static const struct span zero[] = {
    {0x0300, 0x036f},   {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05bf}, {0x05c1, 0x05c2},
    {0x05c4, 0x05c5},   {0x0610, 0x061a}, {0x064b, 0x065f}, {0x0670, 0x0670}, {0x06d6, 0x06dc},
    {0x06df, 0x06e4},   {0x0900, 0x0902}, {0x093a, 0x093a}, {0x093c, 0x093c}, {0x0941, 0x0948},
    {0x094d, 0x094d},   {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},   {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f},   {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0x1f3fb, 0x1f3ff},
    {0xe0000, 0xe0fff},
};
static const struct span wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},   {0x2693, 0x2693},
    {0x26a1, 0x26a1},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},
    {0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},
    {0x26f5, 0x26f5},   {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},
    {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27b0, 0x27b0},   {0x2b1b, 0x2b1c},
    {0x2b50, 0x2b50},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
    {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe4f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd},
};

static bool within(const struct span *spans, size_t spans_len, uint32_t code)
{
    for (size_t i = 0; i < spans_len; i++) {
        if (code >= spans[i].low && code <= spans[i].high) {
            return true;
        }
    }
    return false;
}

/* One character at *at; the text is valid UTF-8, and a cut end gives what is there. */
static uint32_t next(const unsigned char **at, const unsigned char *end)
{
    const unsigned char lead = *(*at)++;
    uint32_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    uint32_t code = more == 0 ? lead : lead & (0x3fU >> more);
    while (more-- > 0 && *at < end) {
        code = code << 6 | (*(*at)++ & 0x3f);
    }
    return code;
}

static uint32_t columns_of(uint32_t code)
{
    if (within(zero, sizeof zero / sizeof zero[0], code)) {
        return 0;
    }
    return within(wide, sizeof wide / sizeof wide[0], code) ? 2 : 1;
}

uint32_t text_columns(const char *text, size_t text_len)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + text_len;
    uint32_t columns = 0;
    while (at < end) {
        columns += columns_of(next(&at, end));
    }
    return columns;
}

void text_fit(const char *text, size_t text_len, uint32_t columns, struct buf *out)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + text_len;
    const bool fits = text_columns(text, text_len) <= columns;
    const uint32_t room = fits || columns == 0 ? columns : columns - 1;
    uint32_t used = 0;

    buf_add_text(out, "\xe2\x81\xa8");
    while (at < end) {
        const unsigned char *from = at;
        const uint32_t code = next(&at, end);
        const uint32_t width = columns_of(code);
        if (used + width > room) {
            break;
        }
        const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0) ||
                             (code >= 0x2028 && code <= 0x202e) ||
                             (code >= 0x2066 && code <= 0x2069);
        if (!control) {
            buf_add(out, from, (size_t)(at - from));
            used += width;
        } else if (code < 0xa0) {
            buf_add_char(out, ' ');
            used++;
        }
    }
    buf_add_text(out, "\xe2\x81\xa9");
    if (!fits && columns > 0) {
        buf_add_text(out, ellipsis);
        used++;
    }
    for (; used < columns; used++) {
        buf_add_char(out, ' ');
    }
}
