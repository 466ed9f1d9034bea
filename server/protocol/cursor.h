/* Opaque, authenticated sync cursors.
 *
 *   base64url (no padding) of
 *     version 1 byte | key id 1 byte | epoch 8 bytes LE | user key 8 bytes LE |
 *     n varint | n * (room text length 1 byte, room text, seq varint), rooms ascending by bytes |
 *     HMAC-SHA256 of all before, first 16 bytes
 *
 * Bound to the user and to the database's epoch: a forged, cut, foreign or re-ordered one is
 * refused whole, and memory stays O(length). */
#ifndef HUBBUB_SERVER_PROTOCOL_CURSOR_H
#define HUBBUB_SERVER_PROTOCOL_CURSOR_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/limits.h"
#include "server/protocol/position.h"

#define CURSOR_KEY_BYTES 32

struct cursor_key {
    uint8_t id;
    uint8_t bytes[CURSOR_KEY_BYTES];
};

struct cursor {
    uint64_t epoch;
    uint64_t user_key;
    struct position positions[ROOMS_PER_USER_MAX]; /* room texts borrow from `store` */
    uint32_t positions_len;
    char store[CURSOR_BYTES_MAX]; /* decoded bytes */
};

/* Appends the cursor's text. `positions` may be in any order; no room twice (asserted). */
void cursor_encode(const struct cursor_key *key, uint64_t epoch, uint64_t user_key,
                   const struct position *positions, uint32_t positions_len, struct buf *out);

/* HB_ECURSOR: not one of ours, or of another user. HB_ERESET: ours, but of another epoch or of a
 * retired key. *ret is written on success only, but its `store` may be. */
HB_MUST_USE enum hb_err cursor_decode(const struct cursor_key *key, uint64_t epoch,
                                      uint64_t user_key, struct text text, struct cursor *ret);

#endif
