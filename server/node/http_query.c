/* See http_query.h. */
#include "server/node/http_query.h"

#include "server/node/entry.h"
#include "server/protocol/id.h"
#include "server/protocol/limits.h"

#include <string.h>

/* The next part of a query, between two '&'; false: there is none. */
static bool query_next(struct text *query, struct text *ret)
{
    if (query->len == 0) {
        return false;
    }
    const char *amp = memchr(query->bytes, '&', query->len);
    const uint32_t len = amp != NULL ? (uint32_t)(amp - query->bytes) : query->len;
    *ret = (struct text){query->bytes, len};
    const uint32_t used = amp != NULL ? len + 1 : len;
    *query = (struct text){query->bytes + used, query->len - used};
    return true;
}

struct text query_find(struct text query, const char *name, uint32_t *ret_times)
{
    const uint32_t name_len = (uint32_t)strlen(name);
    struct text found = {NULL, 0};
    struct text part;

    *ret_times = 0;
    while (query_next(&query, &part)) {
        if (part.len < name_len || memcmp(part.bytes, name, name_len) != 0 ||
            (part.len > name_len && part.bytes[name_len] != '=')) {
            continue;
        }
        if ((*ret_times)++ == 0) {
            const uint32_t skip = part.len > name_len ? name_len + 1 : name_len;
            found = (struct text){part.bytes + skip, part.len - skip};
        }
    }
    return found;
}

bool query_get(struct text query, const char *name, struct text *ret)
{
    uint32_t times;

    *ret = query_find(query, name, &times);
    return times <= 1;
}

bool query_plain(struct text text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        const char c = text.bytes[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_' || c == '.')) {
            return false;
        }
    }
    return text.len > 0;
}

bool query_number(struct text query, const char *name, int64_t least, int64_t *ret)
{
    struct text text;
    uint64_t value = 0;

    if (!query_get(query, name, &text)) {
        return false;
    }
    if (text.bytes == NULL) {
        return true;
    }
    const char *at = text.bytes;
    if (text.len == 0 || !parse_u64(&at, text.bytes + text.len, &value) ||
        at != text.bytes + text.len || value > (uint64_t)JSON_INT_MAX || (int64_t)value < least) {
        return false;
    }
    *ret = (int64_t)value;
    return true;
}

bool query_id(struct text query, const char *name, struct text *ret)
{
    return query_get(query, name, ret) && (ret->bytes == NULL || id_valid(*ret));
}

struct text query_id_next(struct text *at)
{
    uint32_t len = 0;
    uint32_t comma = 0;

    while (len < at->len && comma == 0) {
        if (at->bytes[len] == ',') {
            comma = 1;
        } else if (at->len - len >= 3 && (memcmp(at->bytes + len, "%2C", 3) == 0 ||
                                          memcmp(at->bytes + len, "%2c", 3) == 0)) {
            comma = 3;
        } else {
            len++;
        }
    }
    const struct text id = {at->bytes, len};
    *at = comma > 0 ? (struct text){at->bytes + len + comma, at->len - len - comma}
                    : (struct text){NULL, 0};
    return id;
}
