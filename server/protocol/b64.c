/* See b64.h. */
#include "server/protocol/b64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void b64_encode(const void *bytes, size_t bytes_len, struct buf *out)
{
    const unsigned char *from = bytes;

    buf_reserve(out, (bytes_len * 4 + 2) / 3 + 1);
    for (size_t i = 0; i < bytes_len; i += 3) {
        const uint32_t second = i + 1 < bytes_len ? from[i + 1] : 0;
        const uint32_t third = i + 2 < bytes_len ? from[i + 2] : 0;
        const uint32_t group = (uint32_t)from[i] << 16 | second << 8 | third;
        buf_add_char(out, alphabet[group >> 18]);
        buf_add_char(out, alphabet[group >> 12 & 63]);
        if (i + 1 < bytes_len) {
            buf_add_char(out, alphabet[group >> 6 & 63]);
        }
        if (i + 2 < bytes_len) {
            buf_add_char(out, alphabet[group & 63]);
        }
    }
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '-') {
        return 62;
    }
    return c == '_' ? 63 : -1;
}

enum hb_err b64_decode(struct text text, void *ret, size_t ret_cap, size_t *ret_len)
{
    const size_t len = (size_t)text.len * 3 / 4;
    unsigned char *to = ret;
    uint32_t bits = 0;
    uint32_t bits_len = 0;
    size_t at = 0;

    if (text.len % 4 == 1 || len > ret_cap) {
        return HB_EFIELD;
    }
    for (uint32_t i = 0; i < text.len; i++) {
        const int value = value_of(text.bytes[i]);
        if (value < 0) {
            return HB_EFIELD;
        }
        bits = bits << 6 | (uint32_t)value;
        bits_len += 6;
        if (bits_len >= 8) {
            bits_len -= 8;
            to[at++] = (unsigned char)(bits >> bits_len);
        }
    }
    if ((bits & ((1U << bits_len) - 1)) != 0) {
        return HB_EFIELD;
    }
    HB_ASSERT(at == len);
    *ret_len = len;
    return HB_OK;
}
