/* See seal_memo.h. */
#include "server/protocol/seal_memo.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define PLACES                                                                                     \
    1024 /* as many publications as are on their way at once in a large world; a power of two */

struct place {
    uint8_t key[SIPHASH_KEY_BYTES];
    uint32_t name_len, field_len, sealed_len;
    uint32_t bytes_cap;
    char *bytes;       /* all three, one behind the other; NULL: nothing was put here */
    struct wire *wire; /* of what stands at the end; NULL: nobody asked */
};

struct seal_memo {
    struct place *last; /* put or found; never NULL */
    struct place places[PLACES];
};

struct seal_memo *seal_memo_new(void)
{
    struct seal_memo *memo = hb_calloc(1, sizeof *memo);

    memo->last = &memo->places[0];
    return memo;
}

void seal_memo_free(struct seal_memo **memo)
{
    if (*memo == NULL) {
        return;
    }
    for (uint32_t i = 0; i < PLACES; i++) {
        free((*memo)->places[i].bytes);
        wire_unref(&(*memo)->places[i].wire);
    }
    free(*memo);
    *memo = NULL;
}

/* A MAC is as good as random. */
static struct place *place_of(struct seal_memo *memo, uint64_t mac)
{
    return &memo->places[mac & (PLACES - 1)];
}

static bool same(const char *bytes, struct text text)
{
    return text.len == 0 || memcmp(bytes, text.bytes, text.len) == 0;
}

bool seal_memo_has(struct seal_memo *memo, const struct seal_known *known)
{
    struct place *place = place_of(memo, known->mac);

    if (place->bytes == NULL || place->sealed_len != known->sealed.len ||
        place->name_len != known->name.len || place->field_len != known->field.len ||
        memcmp(place->key, known->key, SIPHASH_KEY_BYTES) != 0 ||
        !same(place->bytes, known->name) || !same(place->bytes + place->name_len, known->field) ||
        !same(place->bytes + place->name_len + place->field_len, known->sealed)) {
        return false;
    }
    memo->last = place;
    return true;
}

static char *copy(char *at, struct text text)
{
    if (text.len > 0) {
        memcpy(at, text.bytes, text.len);
    }
    return at + text.len;
}

void seal_memo_put(struct seal_memo *memo, const struct seal_known *known, struct wire *wire)
{
    struct place *place = place_of(memo, known->mac);
    const uint32_t bytes_len = known->name.len + known->field.len + known->sealed.len;

    if (bytes_len > place->bytes_cap || place->bytes == NULL) {
        free(place->bytes);
        place->bytes_cap = bytes_len * 2;
        place->bytes = hb_malloc(place->bytes_cap);
    }
    (void)copy(copy(copy(place->bytes, known->name), known->field), known->sealed);
    memcpy(place->key, known->key, SIPHASH_KEY_BYTES);
    place->name_len = known->name.len;
    place->field_len = known->field.len;
    place->sealed_len = known->sealed.len;
    wire_unref(&place->wire);
    if (wire != NULL) {
        HB_ASSERT(wire->bytes_len <= known->sealed.len);
        HB_ASSERT(same(known->sealed.bytes + known->sealed.len - wire->bytes_len, wire_text(wire)));
        place->wire = wire_ref(wire);
    }
    memo->last = place;
}

struct wire *seal_memo_wire(struct seal_memo *memo, struct text frame)
{
    struct place *place = memo->last;
    const uint32_t bytes_len = place->name_len + place->field_len + place->sealed_len;

    if (place->sealed_len < frame.len ||
        !same(place->bytes + bytes_len - frame.len, frame)) { /* it was put aside since */
        return wire_new(frame.bytes, frame.len);
    }
    if (place->wire == NULL || place->wire->bytes_len != frame.len) {
        wire_unref(&place->wire);
        place->wire = wire_new(frame.bytes, frame.len);
    }
    return wire_ref(place->wire);
}
