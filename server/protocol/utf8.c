/* See utf8.h. */
#include "server/protocol/utf8.h"

uint32_t utf8_len(const unsigned char *at, const unsigned char *end)
{
    static const struct {
        unsigned char low, high, second_low, second_high, len;
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (*at < forms[i].low || *at > forms[i].high) {
            continue;
        }
        if (end - at < forms[i].len || at[1] < forms[i].second_low ||
            at[1] > forms[i].second_high) {
            return 0;
        }
        for (uint32_t k = 2; k < forms[i].len; k++) {
            if (at[k] < 0x80 || at[k] > 0xbf) {
                return 0;
            }
        }
        return forms[i].len;
    }
    return 0;
}

bool utf8_valid(const char *bytes, size_t bytes_len)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + bytes_len;

    while (at < end) {
        const uint32_t len = *at < 0x80 ? 1 : utf8_len(at, end);
        if (len == 0) {
            return false;
        }
        at += len;
    }
    return true;
}
