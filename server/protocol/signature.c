/* See signature.h. */
#include "server/protocol/signature.h"

#include "server/protocol/b64.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define HALF_BYTES    32 /* of r and s, and of x and y: a number of P-256 */
#define RSA_BYTES_MAX (SIGNATURE_RSA_BITS_MAX / 8)
#define PEM_BYTES_MAX 16384 /* of a certificate with many names */

static const char *const words[] = {
    [SIGNATURE_HS256] = "HS256", [SIGNATURE_RS256] = "RS256", [SIGNATURE_ES256] = "ES256"};

_Static_assert(sizeof words / sizeof words[0] == SIGNATURE_ALG_COUNT, "each algorithm has a word");

const char *signature_alg_word(enum signature_alg alg)
{
    HB_ASSERT(alg < SIGNATURE_ALG_COUNT);
    return words[alg];
}

struct signature_key {
    enum signature_alg alg;
    EVP_MAC_CTX
    *hmac; /* of HS256: with its secret; to find the algorithm takes longer than to use it */
    EVP_PKEY *public; /* of the others */
};

void signature_sha256(const void *bytes, size_t bytes_len, uint8_t ret[SIGNATURE_HASH_BYTES])
{
    unsigned int len = 0;

    if (EVP_Digest(bytes, bytes_len, ret, &len, EVP_sha256(), NULL) != 1) {
        hb_no_memory(0); /* it fails in no other way */
    }
    HB_ASSERT(len == SIGNATURE_HASH_BYTES);
}

void signature_make(const uint8_t *secret, size_t secret_len, const void *bytes, size_t bytes_len,
                    uint8_t ret[SIGNATURE_HASH_BYTES])
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    HB_ASSERT(secret_len >= SIGNATURE_SECRET_BYTES_MIN && secret_len <= SIGNATURE_SECRET_BYTES_MAX);
    if (HMAC(EVP_sha256(), secret, (int)secret_len, bytes, bytes_len, mac, &len) == NULL) {
        hb_no_memory(0); /* with a key and a digest it fails in no other way */
    }
    HB_ASSERT(len == SIGNATURE_HASH_BYTES);
    memcpy(ret, mac, SIGNATURE_HASH_BYTES);
}

/* --- Keys ----------------------------------------------------------------------------------- */

/* What is wrong with a public key, or NULL: it is for *ret_alg. */
static const char *public_wrong(EVP_PKEY *key, enum signature_alg *ret_alg)
{
    char group[32] = "";
    BIGNUM *e = NULL;

    if (EVP_PKEY_is_a(key, "EC")) {
        const bool p256 = EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
                          strcmp(group, "prime256v1") == 0;
        *ret_alg = SIGNATURE_ES256;
        return p256 ? NULL : "a key on the curve P-256, for no other one is known here";
    }
    if (!EVP_PKEY_is_a(key, "RSA")) { /* RSA-PSS has a name of its own */
        return "an RSA key or one on the curve P-256";
    }
    *ret_alg = SIGNATURE_RS256;
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < SIGNATURE_RSA_BITS_MIN || bits > SIGNATURE_RSA_BITS_MAX) {
        return "an RSA key of 2048 to 8192 bits";
    }
    /* With an exponent of 1 whatever is signed is its own signature. */
    const bool good = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(e) &&
                      !BN_is_one(e) && BN_num_bits(e) <= 64;
    BN_free(e);
    return good ? NULL : "an RSA key whose exponent is odd, above 1 and of 64 bits at most";
}

/* The caller has a mark in OpenSSL's list of errors: what is left in there would be taken for an error
 * of somebody else's connection. */
static EVP_PKEY *public_open(const uint8_t *bytes, size_t bytes_len, enum signature_alg *ret_alg,
                             const char **ret_why)
{
    const unsigned char *at = bytes;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)bytes_len);

    *ret_why = key == NULL || at != bytes + bytes_len ? "a public key" : public_wrong(key, ret_alg);
    if (*ret_why == NULL) {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
        if (context == NULL || EVP_PKEY_public_check(context) != 1) {
            *ret_why = "a key whose numbers fit together"; /* a point that is not on the curve */
        }
        EVP_PKEY_CTX_free(context);
    }
    if (*ret_why != NULL) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static EVP_MAC_CTX *hmac_open(const uint8_t *secret, size_t secret_len)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *hmac = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

    EVP_MAC_free(mac);
    if (hmac == NULL || EVP_MAC_init(hmac, secret, secret_len, params) != 1) {
        hb_no_memory(0); /* with a key and a digest it fails in no other way */
    }
    return hmac;
}

void signature_mark(const struct signature_key *key, struct text bytes,
                    uint8_t ret[SIGNATURE_HASH_BYTES])
{
    size_t len = 0;

    HB_ASSERT(key->alg == SIGNATURE_HS256);
    const bool made =
        EVP_MAC_init(key->hmac, NULL, 0, NULL) == 1 && /* the secret stays */
        EVP_MAC_update(key->hmac, (const unsigned char *)bytes.bytes, bytes.len) == 1 &&
        EVP_MAC_final(key->hmac, ret, &len, SIGNATURE_HASH_BYTES) == 1;
    HB_ASSERT(made);
    HB_ASSERT(len == SIGNATURE_HASH_BYTES);
}

struct signature_key *signature_key_new(enum signature_alg alg, const uint8_t *bytes,
                                        size_t bytes_len)
{
    struct signature_key *key = hb_calloc(1, sizeof *key);
    enum signature_alg found = alg;
    const char *why = NULL;
    bool good = false;

    key->alg = alg;
    if (alg == SIGNATURE_HS256) {
        good = bytes_len >= SIGNATURE_SECRET_BYTES_MIN && bytes_len <= SIGNATURE_SECRET_BYTES_MAX;
        key->hmac = good ? hmac_open(bytes, bytes_len) : NULL;
    } else if (bytes_len <= SIGNATURE_PUBLIC_BYTES_MAX) {
        (void)ERR_set_mark();
        key->public = public_open(bytes, bytes_len, &found, &why);
        (void)ERR_pop_to_mark();
        good = key->public != NULL && found == alg;
    }
    if (!good) {
        signature_key_free(&key);
    }
    return key;
}

void signature_key_free(struct signature_key **key)
{
    if (*key != NULL) {
        EVP_MAC_CTX_free((*key)->hmac);
        EVP_PKEY_free((*key)->public);
        free(*key);
        *key = NULL;
    }
}

/* --- Verifying ------------------------------------------------------------------------------ */

/* r and s as two numbers of 32 bytes to the DER that OpenSSL wants. Its length, or 0. */
static size_t der_of(struct text signature, uint8_t **ret)
{
    const unsigned char *half = (const unsigned char *)signature.bytes;
    int len = 0;

    *ret = NULL;
    if (signature.len != 2 * HALF_BYTES) {
        return 0;
    }
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(half, HALF_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(half + HALF_BYTES, HALF_BYTES, NULL);
    if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        hb_no_memory(0);
    }
    len = i2d_ECDSA_SIG(pair, ret);
    ECDSA_SIG_free(pair);
    return len > 0 ? (size_t)len : 0;
}

static bool public_good(const struct signature_key *key, struct text bytes, struct text signature)
{
    const unsigned char *mark = (const unsigned char *)signature.bytes;
    size_t mark_len = signature.len;
    uint8_t *der = NULL;

    if (key->alg == SIGNATURE_ES256) {
        mark_len = der_of(signature, &der);
        mark = der;
    }
    (void)ERR_set_mark();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) {
        hb_no_memory(0);
    }
    const bool good =
        mark_len > 0 && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->public) == 1 &&
        EVP_DigestVerify(context, mark, mark_len, (const unsigned char *)bytes.bytes, bytes.len) ==
            1;
    EVP_MD_CTX_free(context);
    (void)ERR_pop_to_mark();
    OPENSSL_free(der);
    return good;
}

bool signature_good(const struct signature_key *key, struct text bytes, struct text signature)
{
    uint8_t mac[SIGNATURE_HASH_BYTES];

    if (key->alg != SIGNATURE_HS256) {
        return public_good(key, bytes, signature);
    }
    signature_mark(key, bytes, mac);
    return signature.len == sizeof mac && CRYPTO_memcmp(mac, signature.bytes, sizeof mac) == 0;
}

/* --- Keys as identity providers give them ----------------------------------------------------- */

/* Appends a key as DER if it is one to trust. Takes `key`, which may be NULL. */
static enum hb_err public_add(EVP_PKEY *key, enum signature_alg *ret_alg, struct buf *out,
                              const char **ret_why)
{
    unsigned char *der = NULL;
    EVP_PKEY *again = NULL;
    const int len = key != NULL ? i2d_PUBKEY(key, &der) : 0;

    *ret_why = "a public key";
    if (len > 0 && len <= SIGNATURE_PUBLIC_BYTES_MAX) {
        again = public_open(der, (size_t)len, ret_alg, ret_why);
    } else if (len > 0) {
        *ret_why = "an RSA key of 2048 to 8192 bits";
    }
    if (again != NULL) {
        buf_add(out, der, (size_t)len);
    }
    EVP_PKEY_free(again);
    EVP_PKEY_free(key);
    OPENSSL_free(der);
    return *ret_why == NULL ? HB_OK : HB_EFIELD;
}

static EVP_PKEY *pem_read(BIO *bio)
{
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

    if (key == NULL && BIO_reset(bio) == 1) {
        X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        key = certificate != NULL ? X509_get_pubkey(certificate) : NULL;
        X509_free(certificate);
    }
    return key;
}

enum hb_err signature_public_pem(struct text pem, enum signature_alg *ret_alg, struct buf *out,
                                 const char **ret_why)
{
    if (pem.len > PEM_BYTES_MAX) {
        *ret_why = "PEM of 16384 bytes at most";
        return HB_EFIELD;
    }
    if (memmem(pem.bytes, pem.len, "PRIVATE KEY", 11) != NULL) {
        *ret_why = "the public key alone: a private one belongs to who signs";
        return HB_EFIELD;
    }
    (void)ERR_set_mark();
    BIO *bio = BIO_new_mem_buf(pem.bytes, (int)pem.len);
    if (bio == NULL) {
        hb_no_memory(0);
    }
    EVP_PKEY *key = pem_read(bio);
    enum hb_err err = public_add(key, ret_alg, out, ret_why);
    if (key == NULL) {
        *ret_why = "PEM: -----BEGIN PUBLIC KEY----- or -----BEGIN CERTIFICATE-----";
    }
    BIO_free(bio);
    (void)ERR_pop_to_mark();
    return err;
}

/* A key of these parameters. Takes what the builder has. */
static EVP_PKEY *key_of(const char *type, OSSL_PARAM_BLD *builder)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (params == NULL || context == NULL) {
        hb_no_memory(0);
    }
    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

enum hb_err signature_public_rsa(struct text n, struct text e, struct buf *out,
                                 const char **ret_why)
{
    unsigned char bytes[RSA_BYTES_MAX];
    enum signature_alg alg = SIGNATURE_RS256;
    size_t n_len = 0;
    size_t e_len = 0;

    *ret_why = "n and e as base64url, of an RSA key of 2048 to 8192 bits";
    if (n.bytes == NULL || b64_decode(n, bytes, sizeof bytes, &n_len) != HB_OK) {
        return HB_EFIELD;
    }
    BIGNUM *modulus = BN_bin2bn(bytes, (int)n_len, NULL);
    if (e.bytes == NULL || b64_decode(e, bytes, sizeof bytes, &e_len) != HB_OK) {
        BN_free(modulus);
        return HB_EFIELD;
    }
    BIGNUM *exponent = BN_bin2bn(bytes, (int)e_len, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (modulus == NULL || exponent == NULL || builder == NULL ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) != 1) {
        hb_no_memory(0);
    }
    (void)ERR_set_mark();
    const enum hb_err err = public_add(key_of("RSA", builder), &alg, out, ret_why);
    (void)ERR_pop_to_mark();
    BN_free(modulus);
    BN_free(exponent);
    return err;
}

enum hb_err signature_public_p256(struct text x, struct text y, struct buf *out,
                                  const char **ret_why)
{
    unsigned char point[1 + 2 * HALF_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
    enum signature_alg alg = SIGNATURE_ES256;
    size_t x_len = 0;
    size_t y_len = 0;

    *ret_why = "x and y as base64url of 32 bytes each (RFC 7518 6.2.1.2)";
    if (x.bytes == NULL || b64_decode(x, point + 1, HALF_BYTES, &x_len) != HB_OK ||
        y.bytes == NULL || b64_decode(y, point + 1 + HALF_BYTES, HALF_BYTES, &y_len) != HB_OK ||
        x_len != HALF_BYTES || y_len != HALF_BYTES) {
        return HB_EFIELD;
    }
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder == NULL ||
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
            1 ||
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) !=
            1) {
        hb_no_memory(0);
    }
    (void)ERR_set_mark();
    const enum hb_err err = public_add(key_of("EC", builder), &alg, out, ret_why);
    (void)ERR_pop_to_mark();
    return err;
}
