/* Bearer tokens: JWT with HS256, the algorithm pinned to the key (RFC 7515, 7518, 7519).
 *
 * The signature is checked here; whether the claims are good is judged by the caller, who has the
 * clock. One error for every way to be wrong: no oracle. */
#ifndef HUBBUB_SERVER_PROTOCOL_TOKEN_H
#define HUBBUB_SERVER_PROTOCOL_TOKEN_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/limits.h"

#define TOKEN_KEY_BYTES_MAX 64
#define TOKEN_KEYS_MAX      8

struct token_key {
    char id[ID_BYTES_MAX + 1]; /* `kid` */
    uint8_t secret[TOKEN_KEY_BYTES_MAX];
    uint32_t secret_len; /* >= 32: RFC 7518 3.2 */
};

struct token_claims {
    char subject[ID_BYTES_MAX + 1]; /* a valid id */
    uint32_t subject_len;
    int64_t issued_s;  /* 0 if absent */
    int64_t expires_s; /* required */
};

/* Appends header.payload.signature. */
void token_mint(const struct token_key *key, const struct token_claims *claims, struct buf *out);

/* HB_EAUTH for anything but a token signed by one of `keys` with HS256, with a valid `sub` and
 * `exp`. Constant-time comparison. Expiry is not judged. */
HB_MUST_USE enum hb_err token_verify(const struct token_key *keys, uint32_t keys_len,
                                     struct text token, struct token_claims *ret);

#endif
