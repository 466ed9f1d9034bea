/* Bearer tokens: JWT, signed (RFC 7515, 7518, 7519; what is known to go wrong: RFC 8725).
 *
 *   what a node trusts (plain data)      made ready once            each token
 *   struct token_trust  --token_keys_new-->  struct token_keys  --token_verify-->  claims | a refusal
 *                                                                --token_in_time--^
 *   I1  the algorithm is that of the key which `kid` names; the token's `alg` has to say the same.
 *   I2  nothing of the payload is read before its signature is good.
 *   I3  claims->user is a valid id: the encoded form of `sub` (user_id.h).
 *
 * Why a token was refused is for the log: whoever shows one gets one answer for every way to be wrong. */
#ifndef HUBBUB_SERVER_PROTOCOL_TOKEN_H
#define HUBBUB_SERVER_PROTOCOL_TOKEN_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"
#include "server/protocol/limits.h"
#include "server/protocol/numeric_date.h"
#include "server/protocol/signature.h"

#define TOKEN_KEYS_MAX       16  /* an identity provider has two or three of its own at a time */
#define TOKEN_WORD_BYTES_MAX 255 /* of `kid`, `iss` and `aud`, as text */

/* --- What is trusted --- */

struct token_key {
    char id[TOKEN_WORD_BYTES_MAX + 1]; /* `kid`: any text, not empty */
    enum signature_alg alg;
    uint8_t bytes[SIGNATURE_PUBLIC_BYTES_MAX]; /* the secret of HS256, or a public key as DER */
    uint32_t bytes_len;
    char issuer[TOKEN_WORD_BYTES_MAX + 1];   /* what `iss` has to be; "": anything, or absent */
    char audience[TOKEN_WORD_BYTES_MAX + 1]; /* what `aud` has to be or to name; "": the same */
};

struct token_trust {
    struct token_key keys[TOKEN_KEYS_MAX]; /* ids differ */
    uint32_t keys_len;
};

/* The first key that signs, or NULL: where all are public ones nobody is signed in here. */
const struct token_key *token_signer(const struct token_trust *trust);

/* Keys ready to verify with. One that is no key (token_key_good) verifies nothing. */
struct token_keys;
HB_MUST_USE struct token_keys *token_keys_new(const struct token_trust *trust);
void token_keys_free(struct token_keys **keys);
bool token_key_good(const struct token_key *key);

/* --- What a token says --- */

/* Of a NumericDate that stands between two seconds the stricter one counts; see numeric_date.h for those
 * that are far away. */
struct token_claims {
    char user[ID_BYTES_MAX + 1]; /* the encoded form of `sub` */
    uint32_t user_len;
    char id[ID_BYTES_MAX + 1]; /* the encoded form of `jti`, as of a subject; "": it has none */
    uint32_t id_len;
    bool has_issued;
    int64_t issued_s;     /* 0 if absent */
    int64_t not_before_s; /* -NUMERIC_DATE_MAX if absent */
    int64_t expires_s;
};

/* Why a token is refused; the text goes on after "token refused: ". */
#define TOKEN_REFUSAL_MAP(X)                                                                       \
    X(TOKEN_GOOD, "it is good")                                                                    \
    X(TOKEN_ABSENT, "there is none")                                                               \
    X(TOKEN_LARGE, "it is longer than a token may be")                                             \
    X(TOKEN_MALFORMED, "it is no signed JWT")                                                      \
    X(TOKEN_CRITICAL, "its header has crit, and no extension is known here")                       \
    X(TOKEN_KEY_UNKNOWN, "it names no key (kid) that is known here")                               \
    X(TOKEN_ALG, "its alg is not that of the key that it names")                                   \
    X(TOKEN_SIGNATURE, "its signature is not of the key that it names")                            \
    X(TOKEN_CLAIM, "a claim is not of its type (exp, nbf, iat: numbers; jti: a string)")           \
    X(TOKEN_NO_SUBJECT, "it has no sub, or one that is no string, or empty")                       \
    X(TOKEN_NO_EXPIRY, "it has no exp")                                                            \
    X(TOKEN_ISSUER, "its iss is not the one that its key is for")                                  \
    X(TOKEN_AUDIENCE, "its aud does not name this server")                                         \
    X(TOKEN_EXPIRED, "its exp is past")                                                            \
    X(TOKEN_EARLY, "its nbf is yet to come")                                                       \
    X(TOKEN_LIFETIME, "it is good for longer than a token may be")                                 \
    X(TOKEN_REVOKED, "it was revoked, or its user's tokens of that time were")

enum token_refusal {
#define X(code, text) code,
    TOKEN_REFUSAL_MAP(X)
#undef X
        TOKEN_REFUSAL_COUNT
};
const char *token_refusal_text(enum token_refusal refusal);

/* All but the times. *ret is written for a good one only. */
HB_MUST_USE enum token_refusal token_verify(const struct token_keys *keys, struct text token,
                                            struct token_claims *ret);

struct token_times {
    int64_t leeway_s;   /* clocks differ: so long before `nbf` and behind `exp` a token is good */
    int64_t lifetime_s; /* of `exp` beyond `iat`, and beyond now */
};

/* Whether it is good at this moment of the wall. */
HB_MUST_USE enum token_refusal token_in_time(const struct token_claims *claims,
                                             const struct token_times *times, struct wall now);

/* --- Making one --- */

struct token_draft {
    struct text subject; /* `sub` as it is: not encoded */
    struct text id;      /* `jti`; absent: none */
    int64_t issued_s, expires_s;
    int64_t not_before_s; /* 0: no `nbf` */
};

/* Appends header.payload.signature, with the key's issuer and audience. `key` is one of HS256. */
void token_mint(const struct token_key *key, const struct token_draft *draft, struct buf *out);
/* The same for whoever makes many: `open` is the key, ready for use. */
void token_mint_open(const struct token_key *key, const struct signature_key *open,
                     const struct token_draft *draft, struct buf *out);

#endif
