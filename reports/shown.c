/* Texts that cannot disturb a terminal or a shell. See shown.h. */
#include "reports/shown.h"

#include "server/protocol/utf8.h"

#include <string.h>

/* How many bytes at `text` are one character that a terminal shows or at least does not obey; 0: none. */
static uint32_t harmless(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const uint32_t len = utf8_len(at, at + strnlen(text, 4));

    if (at[0] < 0x80) {
        return at[0] >= 0x20 && at[0] != 0x7f ? 1 : 0;
    }
    if (len == 2 && at[0] == 0xc2 && at[1] < 0xa0) {
        return 0; /* C1: U+009B begins a sequence as ESC [ does */
    }
    if (len == 2 && at[0] == 0xd8 && at[1] == 0x9c) {
        return 0; /* U+061C */
    }
    if (len == 3 && at[0] == 0xe2) { /* U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069 */
        const bool turns =
            at[1] == 0x80 && (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae));
        return turns || (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9) ? 0 : 3;
    }
    return len;
}

static void add_escape(struct buf *out, unsigned char c)
{
    const char *letters = "\n\t\r";
    const char *found = c != 0 ? strchr(letters, c) : NULL;

    buf_add_char(out, '\\');
    if (found != NULL) {
        buf_add_char(out, "ntr"[found - letters]);
    } else {
        buf_add_char(out, 'x');
        buf_add_hex(out, c, 2);
    }
}

void shown_text(struct buf *out, const char *text)
{
    buf_reserve(out, 1);
    while (*text != 0) {
        const uint32_t len = harmless(text);
        if (len > 0) {
            buf_add(out, text, len);
        } else {
            add_escape(out, (unsigned char)*text);
        }
        text += len > 0 ? len : 1;
    }
}

/* Letters, digits and what no shell gives a meaning to. */
static bool is_plain_word(const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_./:,@%+=-";
    return text[0] != 0 && text[strspn(text, safe)] == 0;
}

static bool is_harmless(const char *text)
{
    while (*text != 0) {
        const uint32_t len = harmless(text);
        if (len == 0) {
            return false;
        }
        text += len;
    }
    return true;
}

void shell_word(struct buf *out, const char *text)
{
    if (is_plain_word(text)) {
        buf_add_text(out, text);
        return;
    }
    const bool quotes = is_harmless(text);
    buf_add_text(out, quotes ? "'" : "$'");
    while (*text != 0) {
        const uint32_t len = harmless(text);
        if (quotes && *text == '\'') {
            buf_add_text(out, "'\\''");
        } else if (!quotes && (*text == '\'' || *text == '\\')) {
            buf_add_char(out, '\\');
            buf_add_char(out, *text);
        } else if (len > 0) {
            buf_add(out, text, len);
        } else {
            add_escape(out, (unsigned char)*text);
        }
        text += len > 0 ? len : 1;
    }
    buf_add_char(out, '\'');
}

void shown_json(struct buf *out, const char *text)
{
    struct buf valid = {0};

    buf_reserve(&valid, 1);
    while (*text != 0) {
        const unsigned char *at = (const unsigned char *)text;
        const uint32_t len = at[0] < 0x80 ? 1 : utf8_len(at, at + strnlen(text, 4));
        buf_add(&valid, len > 0 ? text : "\xef\xbf\xbd", len > 0 ? len : 3);
        text += len > 0 ? len : 1;
    }
    buf_add_json(out, valid.bytes, valid.len);
    buf_deinit(&valid);
}
