/* See args.h. */
#include "server/engine/args.h"

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
