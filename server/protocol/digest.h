/* What a request asks for, in 64 bits: kept beside what it did, so that the same id with something else
 * in it is known as another request.
 *
 * Keyed, because it outlives what it is of: whoever reads the database cannot try texts against it. Two
 * requests have the same one by chance in one of 2^48 cases. The other 16 bits say which key it was made
 * with: digests of two keys cannot be compared, and then nothing is known of the two. */
#ifndef HUBBUB_SERVER_PROTOCOL_DIGEST_H
#define HUBBUB_SERVER_PROTOCOL_DIGEST_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/cursor.h"
#include "server/protocol/siphash.h"

struct digest_key {
    uint8_t bytes[SIPHASH_KEY_BYTES];
    uint16_t tag;
};

/* Derived from the key of the cursors: whoever has the one has the other, and neither tells of the other. */
void digest_key_derive(const struct cursor_key *from, struct digest_key *ret);

/* Of these parts in this order; an absent one is as an empty one. */
int64_t digest_of(struct siphash *siphash, const struct digest_key *key, const struct text *parts,
                  uint32_t parts_len, struct buf *scratch);

enum digest_order { DIGEST_SAME, DIGEST_OTHER, DIGEST_OF_ANOTHER_KEY };
enum digest_order digest_compare(int64_t kept, int64_t asked);

#endif
