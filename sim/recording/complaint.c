/* See complaint.h. */
#include "sim/recording/complaint.h"

#include "server/protocol/json_wrong.h"

#include <stdarg.h>
#include <stdio.h>

#define QUOTE_MAX 40

void complain(const struct complaint *complaint, size_t at, const char *format, ...)
{
    char text[400];
    va_list args;

    HB_ASSERT(at <= complaint->bytes_len);
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_clear(complaint->why);
    json_tell_place(complaint->bytes, at, complaint->line, complaint->why);
    buf_add_text(complaint->why, text);
}

void complain_quote(struct buf *to, struct text bytes)
{
    const uint32_t len = bytes.len > QUOTE_MAX ? QUOTE_MAX : bytes.len;
    for (uint32_t i = 0; i < len; i++) {
        const char c = bytes.bytes[i];
        if (c >= ' ' && c <= '~') {
            buf_add_char(to, c);
        } else {
            buf_add_char(to, '?');
        }
    }
    buf_add_text(to, len < bytes.len ? "..." : "");
}

void complain_json(const struct complaint *complaint, const struct json *json, enum hb_err err)
{
    char sentence[JSON_SENTENCE_BYTES];
    size_t at;

    if (complaint->bytes_len > 0 && complaint->bytes[0] == '[') {
        complain(complaint, 0, COMPLAINT_ARRAY);
        return;
    }
    json_sentence(json, complaint->bytes_len, err, &at, sentence);
    complain(complaint, at, "%s", sentence);
}
