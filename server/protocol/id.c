/* See id.h. */
#include "server/protocol/id.h"

#include "server/base/hash.h"
#include "server/protocol/limits.h"

#include <string.h>

static bool valid(struct text id, uint32_t bytes_max)
{
    if (id.bytes == NULL || id.len == 0 || id.len > bytes_max) {
        return false;
    }
    for (uint32_t i = 0; i < id.len; i++) {
        const char c = id.bytes[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

bool id_valid(struct text id)
{
    return valid(id, ID_BYTES_MAX);
}

bool id_valid_node(struct text id)
{
    return valid(id, NODE_ID_BYTES_MAX);
}

static bool begins(struct text text, const char *front)
{
    const uint32_t len = (uint32_t)strlen(front);

    return text.len > len && memcmp(text.bytes, front, len) == 0;
}

bool id_valid_url(struct text url)
{
    if (url.bytes == NULL || url.len > URL_BYTES_MAX ||
        (!begins(url, "http://") && !begins(url, "https://"))) {
        return false;
    }
    for (uint32_t i = url.bytes[4] == 's' ? 8 : 7; i < url.len; i++) {
        const char c = url.bytes[i];
        if (!valid((struct text){&c, 1}, 1) && c != '.' && c != ':' && c != '[' && c != ']') {
            return false;
        }
    }
    return true;
}

uint64_t id_key(struct text id)
{
    if (id.bytes == NULL) {
        return 0;
    }
    const uint64_t key = hash64_bytes(id.bytes, id.len);
    return key != 0 ? key : 1; /* 0 stands for absent */
}
