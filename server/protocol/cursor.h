/* Opaque, authenticated sync cursors.
 *
 *   base64url (no padding) of
 *     version 1 byte | key id 1 byte | epoch 8 bytes LE | user key 8 bytes LE |
 *     n varint | n * (room text length 1 byte, room text, seq varint, LEFT), rooms ascending by bytes |
 *     TURN | HMAC-SHA256 of all before, first 16 bytes
 *
 * Version 2 is of a session under way: LEFT, a varint, is how far from its position the session ends
 * in this room; TURN, a varint below n, is the room whose turn is next. Version 1 has neither: it is
 * of a session at its end, from which another one may begin.
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
#define CURSOR_KEYS_MAX  8 /* that a node holds, the one that it uses and others */

struct cursor_key {
    uint8_t id;
    uint8_t bytes[CURSOR_KEY_BYTES];
};

struct cursor {
    uint64_t epoch;
    uint64_t user_key;
    struct position positions[ROOMS_PER_USER_MAX]; /* room texts borrow from `store` */
    uint64_t ends[ROOMS_PER_USER_MAX];             /* of the session; none below its position */
    uint32_t positions_len;
    uint32_t turn;                /* which of them is next; 0 where there is none */
    char store[CURSOR_BYTES_MAX]; /* decoded bytes */
};

/* Appends the text of a session's cursor: positions ascending, ends, turn. Its other fields are
 * not read but for the epoch and the user. */
void cursor_encode_session(const struct cursor_key *key, const struct cursor *cursor,
                           struct buf *out);

/* The same at rest. `positions` may be in any order; no room twice (asserted). */
void cursor_encode(const struct cursor_key *key, uint64_t epoch, uint64_t user_key,
                   const struct position *positions, uint32_t positions_len, struct buf *out);

/* HB_ECURSOR: not one of ours, or of another user. HB_ERESET: ours, but of another epoch or of a
 * retired key. *ret is written on success only, but its `store` may be. */
HB_MUST_USE enum hb_err cursor_decode(const struct cursor_key *key, uint64_t epoch,
                                      uint64_t user_key, struct text text, struct cursor *ret);

/* A key for another use: the first bytes of HMAC-SHA256 over the use's name, at most 32. No cursor begins with
 * such a name, so no MAC of one is that key, and no two names make one. */
void cursor_key_derive(const struct cursor_key *from, const char *of, uint8_t *ret, size_t ret_len);

#endif
