/* See user_id.h. */
#include "server/protocol/user_id.h"

#include "server/base/mem.h"
#include "server/protocol/b64.h"
#include "server/protocol/id.h"
#include "server/protocol/signature.h"

#define READABLE_BYTES_MAX ((ID_BYTES_MAX - 1) / 4 * 3 + (ID_BYTES_MAX - 1) % 4 * 3 / 4)

_Static_assert(READABLE_BYTES_MAX == 47, "one byte more is 64 characters, and the `_`");

uint32_t user_id_of_subject(struct text subject, char ret[ID_BYTES_MAX + 1])
{
    uint8_t hash[SIGNATURE_HASH_BYTES];
    struct buf out = {0};

    HB_ASSERT(subject.bytes != NULL && subject.len > 0);
    if (id_valid(subject) && subject.bytes[0] != '_') {
        buf_add(&out, subject.bytes, subject.len);
    } else {
        buf_add_char(&out, '_');
        if (subject.len <= READABLE_BYTES_MAX) {
            b64_encode(subject.bytes, subject.len, &out);
        } else {
            signature_sha256(subject.bytes, subject.len, hash);
            b64_encode(hash, sizeof hash, &out);
        }
    }
    HB_ASSERT(out.len <= ID_BYTES_MAX);
    memcpy(ret, out.bytes, out.len);
    ret[out.len] = '\0';
    const uint32_t len = (uint32_t)out.len;
    buf_deinit(&out);
    HB_ASSERT(id_valid((struct text){ret, len}));
    return len;
}
