/* Signatures of tokens, and keys as people have them: OpenSSL for all that concerns tokens.
 *
 * A key has one algorithm, and nothing that is signed has a say in it (RFC 8725 3.1).
 * Sources: RFC 7518 3 (HS256, RS256, ES256: r and s as 32 bytes each, no DER); RFC 5280 for
 * SubjectPublicKeyInfo; RFC 7518 6 for the parts of a JWK. */
#ifndef HUBBUB_SERVER_PROTOCOL_SIGNATURE_H
#define HUBBUB_SERVER_PROTOCOL_SIGNATURE_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/base/text.h"

#define SIGNATURE_HASH_BYTES       32 /* SHA-256, and so HS256 */
#define SIGNATURE_SECRET_BYTES_MIN 32 /* RFC 7518 3.2: as long as the hash */
#define SIGNATURE_SECRET_BYTES_MAX 64
#define SIGNATURE_RSA_BITS_MIN     2048 /* RFC 7518 3.3 */
#define SIGNATURE_RSA_BITS_MAX     8192 /* a larger one is slow to verify with, and nobody has one */
#define SIGNATURE_PUBLIC_BYTES_MAX 1100 /* of DER: the largest RSA key has 1062 */

enum signature_alg { SIGNATURE_HS256, SIGNATURE_RS256, SIGNATURE_ES256 };
#define SIGNATURE_ALG_COUNT 3

/* As in a token's header. */
const char *signature_alg_word(enum signature_alg alg);

void signature_sha256(const void *bytes, size_t bytes_len, uint8_t ret[SIGNATURE_HASH_BYTES]);

/* HS256. */
void signature_make(const uint8_t *secret, size_t secret_len, const void *bytes, size_t bytes_len,
                    uint8_t ret[SIGNATURE_HASH_BYTES]);

/* A key ready to verify with: to read a public key takes longer than to verify with it. */
struct signature_key;

/* Gives one, or NULL: not a key for this algorithm, or too weak a one. `bytes` is the secret, or the
 * public key as DER of a SubjectPublicKeyInfo. */
HB_MUST_USE struct signature_key *signature_key_new(enum signature_alg alg, const uint8_t *bytes,
                                                    size_t bytes_len);
void signature_key_free(struct signature_key **key);

/* What `bytes` are signed with by a key of HS256. */
void signature_mark(const struct signature_key *key, struct text bytes,
                    uint8_t ret[SIGNATURE_HASH_BYTES]);

/* In constant time where the key is a secret. */
bool signature_good(const struct signature_key *key, struct text bytes, struct text signature);

/* --- Keys as identity providers give them ------------------------------------------------------
 * Each appends DER and says for which algorithm it is; HB_EFIELD: `ret_why` is what was expected. */

/* PEM: a public key (SubjectPublicKeyInfo or PKCS #1) or a certificate, of which only the key counts. */
HB_MUST_USE enum hb_err signature_public_pem(struct text pem, enum signature_alg *ret_alg,
                                             struct buf *out, const char **ret_why);
/* A JWK's `n` and `e`; a JWK's `x` and `y` on P-256: base64url. */
HB_MUST_USE enum hb_err signature_public_rsa(struct text n, struct text e, struct buf *out,
                                             const char **ret_why);
HB_MUST_USE enum hb_err signature_public_p256(struct text x, struct text y, struct buf *out,
                                              const char **ret_why);

#endif
