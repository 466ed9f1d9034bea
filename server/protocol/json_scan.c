/* The strict scan in front of cJSON, which accepts trailing bytes, duplicate keys, raw control
 * characters, bad UTF-8, NUL escapes (it cuts the text there), numbers such as 01 or 1e999, and
 * nesting up to 1000. One pass, no recursion.
 *
 * Source: RFC 8259; RFC 3629 for UTF-8. Stricter than both: no escape in an object's key, so that
 * equal keys are equal bytes. */
#include "server/base/hash.h"
#include "server/protocol/frame.h"

#define KEYS_MAX 512 /* of one object and those around it: positions have ROOMS_PER_USER_MAX */

struct scan {
    const unsigned char *at, *end;
    uint64_t keys[KEYS_MAX]; /* hashes of the keys of the open objects, innermost last */
    uint32_t keys_len;
    uint32_t depth;
    struct {
        bool object;
        uint32_t keys_from;
    } open[JSON_DEPTH_MAX];
};

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t')) {
        scan->at++;
    }
}

/* The length of the UTF-8 sequence at `at`, or 0: overlong, surrogate, too large, cut. */
static uint32_t utf8_len(const unsigned char *at, const unsigned char *end)
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

static bool hex4(const struct scan *scan, uint32_t *ret)
{
    uint32_t value = 0;
    if (scan->end - scan->at < 4) {
        return false;
    }
    for (uint32_t i = 0; i < 4; i++) {
        const unsigned char c = scan->at[i];
        const unsigned char lower = c | 0x20;
        if (c >= '0' && c <= '9') {
            value = value << 4 | (uint32_t)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret = value;
    return true;
}

/* Behind a backslash. A high surrogate must be followed by its low one; NUL is refused. */
static bool scan_escape(struct scan *scan)
{
    uint32_t unit;

    if (scan->at == scan->end) {
        return false;
    }
    const unsigned char c = *scan->at++;
    if (c != 'u') {
        return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' ||
               c == 't';
    }
    if (!hex4(scan, &unit) || unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
        return false;
    }
    scan->at += 4;
    if (unit < 0xd800 || unit > 0xdbff) {
        return true;
    }
    if (scan->end - scan->at < 6 || scan->at[0] != '\\' || scan->at[1] != 'u') {
        return false;
    }
    scan->at += 2;
    if (!hex4(scan, &unit) || unit < 0xdc00 || unit > 0xdfff) {
        return false;
    }
    scan->at += 4;
    return true;
}

static bool scan_string(struct scan *scan, bool key)
{
    if (scan->at == scan->end || *scan->at != '"') {
        return false;
    }
    scan->at++;
    while (scan->at < scan->end) {
        const unsigned char c = *scan->at;
        if (c == '"') {
            scan->at++;
            return true;
        }
        if (c == '\\') {
            scan->at++;
            if (key || !scan_escape(scan)) {
                return false;
            }
        } else if (c < 0x20) {
            return false;
        } else if (c < 0x80) {
            scan->at++;
        } else {
            const uint32_t len = utf8_len(scan->at, scan->end);
            if (len == 0) {
                return false;
            }
            scan->at += len;
        }
    }
    return false;
}

static uint32_t scan_digits(struct scan *scan)
{
    uint32_t count = 0;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
        scan->at++;
        count++;
    }
    return count;
}

/* -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?, of a size that a double holds. */
static bool scan_number(struct scan *scan)
{
    if (*scan->at == '-') {
        scan->at++;
    }
    const bool zero = scan->at < scan->end && *scan->at == '0';
    const uint32_t whole = scan_digits(scan);
    if (whole == 0 || (zero && whole > 1) || whole > 300) {
        return false;
    }
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        if (scan_digits(scan) == 0) {
            return false;
        }
    }
    if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
        scan->at++;
        if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-')) {
            scan->at++;
        }
        const unsigned char *digits = scan->at;
        const uint32_t count = scan_digits(scan);
        if (count == 0 || count > 3 || (count == 3 && (digits[0] > '2'))) {
            return false; /* 1e999 would become infinity */
        }
    }
    return true;
}

static bool scan_word(struct scan *scan, const char *word, size_t word_len)
{
    if ((size_t)(scan->end - scan->at) < word_len || memcmp(scan->at, word, word_len) != 0) {
        return false;
    }
    scan->at += word_len;
    return true;
}

/* A key and its colon; a key twice in one object is refused. */
static bool scan_key(struct scan *scan)
{
    skip_blanks(scan);
    const unsigned char *from = scan->at;
    if (!scan_string(scan, true) || scan->keys_len == KEYS_MAX) {
        return false;
    }
    const uint64_t hash = hash64_bytes(from, (size_t)(scan->at - from));
    for (uint32_t i = scan->open[scan->depth - 1].keys_from; i < scan->keys_len; i++) {
        if (scan->keys[i] == hash) {
            return false;
        }
    }
    scan->keys[scan->keys_len++] = hash;
    skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != ':') {
        return false;
    }
    scan->at++;
    return true;
}

static enum hb_err scan_open(struct scan *scan, bool object)
{
    if (scan->depth == JSON_DEPTH_MAX) {
        return HB_EDEPTH;
    }
    scan->at++;
    scan->open[scan->depth].object = object;
    scan->open[scan->depth].keys_from = scan->keys_len;
    scan->depth++;
    return HB_OK;
}

static bool scan_scalar(struct scan *scan)
{
    switch (*scan->at) {
    case '"':
        return scan_string(scan, false);
    case 't':
        return scan_word(scan, "true", 4);
    case 'f':
        return scan_word(scan, "false", 5);
    case 'n':
        return scan_word(scan, "null", 4);
    default:
        return (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9')) && scan_number(scan);
    }
}

/* After a value: closes what ends here, or goes over a comma. *ret_more: a value follows. */
static enum hb_err scan_after(struct scan *scan, bool *ret_more)
{
    for (;;) {
        skip_blanks(scan);
        if (scan->depth == 0) {
            *ret_more = false;
            return scan->at == scan->end ? HB_OK : HB_EJSON;
        }
        if (scan->at == scan->end) {
            return HB_EJSON;
        }
        const bool object = scan->open[scan->depth - 1].object;
        if (*scan->at == ',') {
            scan->at++;
            *ret_more = true;
            return !object || scan_key(scan) ? HB_OK : HB_EJSON;
        }
        if (*scan->at != (object ? '}' : ']')) {
            return HB_EJSON;
        }
        scan->at++;
        scan->depth--;
        scan->keys_len = scan->open[scan->depth].keys_from;
    }
}

/* A value that opens something: goes in, or over it if it is empty. */
static enum hb_err scan_container(struct scan *scan, bool *ret_inside)
{
    const bool object = *scan->at == '{';
    const enum hb_err err = scan_open(scan, object);
    if (err != HB_OK) {
        return err;
    }
    skip_blanks(scan);
    *ret_inside = scan->at == scan->end || *scan->at != (object ? '}' : ']');
    if (*ret_inside) {
        return !object || scan_key(scan) ? HB_OK : HB_EJSON;
    }
    scan->at++;
    scan->depth--;
    return HB_OK;
}

enum hb_err json_scan(const char *bytes, size_t bytes_len)
{
    struct scan scan;
    bool more = true;

    scan.at = (const unsigned char *)bytes;
    scan.end = scan.at + bytes_len;
    scan.keys_len = 0;
    scan.depth = 0;
    while (more) {
        enum hb_err err = HB_OK;
        skip_blanks(&scan);
        if (scan.at == scan.end) {
            return HB_EJSON;
        }
        if (*scan.at == '{' || *scan.at == '[') {
            bool inside = false;
            err = scan_container(&scan, &inside);
            if (err != HB_OK) {
                return err;
            }
            if (inside) {
                continue;
            }
        } else if (!scan_scalar(&scan)) {
            return HB_EJSON;
        }
        err = scan_after(&scan, &more);
        if (err != HB_OK) {
            return err;
        }
    }
    return HB_OK;
}
