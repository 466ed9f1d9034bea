/* See id.h. */
#include "server/protocol/id.h"

#include "server/base/hash.h"
#include "server/protocol/limits.h"

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

uint64_t id_key(struct text id)
{
    if (id.bytes == NULL) {
        return 0;
    }
    const uint64_t key = hash64_bytes(id.bytes, id.len);
    return key != 0 ? key : 1; /* 0 stands for absent */
}
