/* See direct_name.h. */
#include "server/protocol/direct_name.h"

#include "server/base/base.h"
#include "server/base/buf.h"
#include "server/protocol/b64.h"
#include "server/protocol/id.h"
#include "server/protocol/limits.h"
#include "server/protocol/signature.h"

#include <string.h>

#define FRONT      "dm-"
#define FRONT_LEN  3
#define HASH_BYTES 30 /* of the 32: their text has no letter that says less than six bits */

_Static_assert(FRONT_LEN + HASH_BYTES / 3 * 4 == DIRECT_NAME_LEN, "30 bytes are 40 letters");
_Static_assert(DIRECT_NAME_LEN <= ID_BYTES_MAX, "it is an id");

static bool before(struct text a, struct text b)
{
    const int order = memcmp(a.bytes, b.bytes, a.len < b.len ? a.len : b.len);

    return order != 0 ? order < 0 : a.len < b.len;
}

void direct_name(struct text a, struct text b, char ret[DIRECT_NAME_LEN + 1])
{
    const struct text lesser = before(a, b) ? a : b;
    const struct text greater = before(a, b) ? b : a;
    uint8_t hash[SIGNATURE_HASH_BYTES];
    char pair[2 * ID_BYTES_MAX + 1];
    struct buf text = {0};

    HB_ASSERT(id_valid(a) && id_valid(b) && !text_equal(a, b));
    memcpy(pair, lesser.bytes, lesser.len);
    pair[lesser.len] = ':';
    memcpy(pair + lesser.len + 1, greater.bytes, greater.len);
    signature_sha256(pair, lesser.len + 1 + greater.len, hash);
    b64_encode(hash, HASH_BYTES, &text);
    HB_ASSERT(text.len == DIRECT_NAME_LEN - FRONT_LEN);
    memcpy(ret, FRONT, FRONT_LEN);
    memcpy(ret + FRONT_LEN, text.bytes, text.len);
    ret[DIRECT_NAME_LEN] = '\0';
    buf_deinit(&text);
}

bool direct_name_is(struct text room_id)
{
    return room_id.len == DIRECT_NAME_LEN && memcmp(room_id.bytes, FRONT, FRONT_LEN) == 0;
}
