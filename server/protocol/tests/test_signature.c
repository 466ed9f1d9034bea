/* Signatures: the vectors of RFC 7515, and keys that are not to be trusted. */
#include "server/base/tests/test.h"
#include "server/protocol/b64.h"
#include "server/protocol/signature.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#define JOE                                                                                        \
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"  \
    "VlfQ"

/* RFC 7515 A.1, A.2, A.3. */
#define A1_KEY                                                                                     \
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define A1_BYTES     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" JOE
#define A1_SIGNATURE "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define A2_N                                                                                       \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4" \
    "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re" \
    "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX" \
    "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define A2_BYTES "eyJhbGciOiJSUzI1NiJ9" JOE
#define A2_SIGNATURE                                                                               \
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5" \
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb" \
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO" \
    "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
#define A3_X     "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define A3_Y     "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define A3_BYTES "eyJhbGciOiJFUzI1NiJ9" JOE
#define A3_SIGNATURE                                                                               \
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

struct raw {
    uint8_t bytes[2048];
    size_t len;
};

static struct raw raw(const char *text)
{
    struct raw ret;
    assert_int_equal(b64_decode(text_of(text), ret.bytes, sizeof ret.bytes, &ret.len), HB_OK);
    return ret;
}

static bool good(const struct signature_key *key, const char *bytes, const struct raw *signature)
{
    return signature_good(key, text_of(bytes),
                          (struct text){(const char *)signature->bytes, (uint32_t)signature->len});
}

static struct signature_key *rsa_of_the_rfc(void)
{
    const char *why = NULL;
    struct buf der = {0};
    assert_int_equal(signature_public_rsa(TEXT(A2_N), TEXT("AQAB"), &der, &why), HB_OK);
    struct signature_key *key =
        signature_key_new(SIGNATURE_RS256, (const uint8_t *)der.bytes, der.len);
    assert_null(signature_key_new(SIGNATURE_ES256, (const uint8_t *)der.bytes, der.len));
    buf_deinit(&der);
    assert_non_null(key);
    return key;
}

static struct signature_key *ec_of_the_rfc(void)
{
    const char *why = NULL;
    struct buf der = {0};
    assert_int_equal(signature_public_p256(TEXT(A3_X), TEXT(A3_Y), &der, &why), HB_OK);
    struct signature_key *key =
        signature_key_new(SIGNATURE_ES256, (const uint8_t *)der.bytes, der.len);
    assert_null(signature_key_new(SIGNATURE_RS256, (const uint8_t *)der.bytes, der.len));
    buf_deinit(&der);
    assert_non_null(key);
    return key;
}

static void the_rfc_s_examples_are_good_and_every_changed_bit_is_not(void **state)
{
    (void)state;
    const struct raw secret = raw(A1_KEY);
    struct signature_key *keys[] = {signature_key_new(SIGNATURE_HS256, secret.bytes, secret.len),
                                    rsa_of_the_rfc(), ec_of_the_rfc()};
    static const char *const bytes[] = {A1_BYTES, A2_BYTES, A3_BYTES};
    struct raw signatures[] = {raw(A1_SIGNATURE), raw(A2_SIGNATURE), raw(A3_SIGNATURE)};

    for (int i = 0; i < 3; i++) {
        assert_true(good(keys[i], bytes[i], &signatures[i]));
        assert_false(good(keys[i], "x", &signatures[i]));
        assert_false(good(keys[i], bytes[(i + 1) % 3], &signatures[i]));
        for (size_t at = 0; at < signatures[i].len; at++) {
            signatures[i].bytes[at] ^= 1;
            assert_false(good(keys[i], bytes[i], &signatures[i]));
            signatures[i].bytes[at] ^= 1;
        }
        const size_t len = signatures[i].len;
        for (size_t at = 0; at <= len + 1; at++) {
            signatures[i].len = at;
            assert_int_equal(good(keys[i], bytes[i], &signatures[i]), at == len);
        }
        signature_key_free(&keys[i]);
    }
    assert_int_equal(ERR_peek_error(), 0); /* somebody else's connection would end by it */
}

/* CVE-2022-21449: of zeros, and of the group's order, everything would be signed. And DER, which other
 * libraries write, is not what RFC 7518 3.4 says. */
static void a_signature_of_zeros_or_in_der_is_none(void **state)
{
    (void)state;
    static const char order[] = "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE";
    struct signature_key *key = ec_of_the_rfc();
    struct raw zeros = {.len = 64};
    struct raw whole = raw(A3_SIGNATURE);
    struct raw n = raw(order);

    memset(zeros.bytes, 0, sizeof zeros.bytes);
    assert_false(good(key, A3_BYTES, &zeros));
    memcpy(zeros.bytes, n.bytes, 32);
    memcpy(zeros.bytes + 32, n.bytes, 32);
    assert_false(good(key, A3_BYTES, &zeros));
    memcpy(zeros.bytes, whole.bytes, 32);
    memset(zeros.bytes + 32, 0, 32);
    assert_false(good(key, A3_BYTES, &zeros));

    EVP_PKEY *pair = EVP_EC_gen("P-256");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct raw der = {.len = sizeof der.bytes};
    unsigned char *public = NULL;
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair), 1);
    assert_int_equal(EVP_DigestSign(context, der.bytes, &der.len, (const unsigned char *)"x", 1),
                     1);
    const int public_len = i2d_PUBKEY(pair, &public);
    struct signature_key *other = signature_key_new(SIGNATURE_ES256, public, (size_t)public_len);
    assert_non_null(other);
    assert_false(good(other, "x", &der));
    signature_key_free(&other);
    OPENSSL_free(public);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pair);
    signature_key_free(&key);
    assert_int_equal(ERR_peek_error(), 0);
}

static void pem_of(EVP_PKEY *pair, struct buf *ret)
{
    char *bytes = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, pair), 1);
    buf_add(ret, bytes, 0);
    const long len = BIO_get_mem_data(bio, &bytes);
    buf_add(ret, bytes, (size_t)len);
    BIO_free(bio);
}

static EVP_PKEY *rsa_of(unsigned bits, unsigned long exponent)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *pair = NULL;
    BIGNUM *e = BN_new();
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits), 1);
    assert_int_equal(BN_set_word(e, exponent), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e), 1);
    assert_int_equal(EVP_PKEY_generate(context, &pair), 1);
    BN_free(e);
    EVP_PKEY_CTX_free(context);
    return pair;
}

static void a_key_in_pem_is_taken_if_it_is_strong_and_of_a_known_kind(void **state)
{
    (void)state;
    const struct {
        const char *name;
        EVP_PKEY *pair;
        const char *why; /* NULL: good */
        enum signature_alg alg;
    } cases[] = {
        {"RSA 2048", rsa_of(2048, 65537), NULL, SIGNATURE_RS256},
        {"RSA 3072, e 3", rsa_of(3072, 3), NULL, SIGNATURE_RS256},
        {"RSA 2040", rsa_of(2040, 65537), "2048 to 8192 bits", SIGNATURE_RS256},
        {"RSA 1024", rsa_of(1024, 65537), "2048 to 8192 bits", SIGNATURE_RS256},
        {"P-256", EVP_EC_gen("P-256"), NULL, SIGNATURE_ES256},
        {"P-384", EVP_EC_gen("P-384"), "P-256", SIGNATURE_ES256},
        {"secp256k1", EVP_EC_gen("secp256k1"), "P-256", SIGNATURE_ES256},
        {"Ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "an RSA key", SIGNATURE_ES256},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf pem = {0};
        struct buf der = {0};
        const char *why = NULL;
        enum signature_alg alg = SIGNATURE_HS256;
        print_message("case: %s\n", cases[i].name);
        pem_of(cases[i].pair, &pem);
        const enum hb_err err =
            signature_public_pem((struct text){pem.bytes, (uint32_t)pem.len}, &alg, &der, &why);
        struct signature_key *key =
            signature_key_new(cases[i].alg, (const uint8_t *)der.bytes, der.len);
        if (cases[i].why == NULL) {
            assert_int_equal(err, HB_OK);
            assert_int_equal(alg, cases[i].alg);
            assert_non_null(key);
        } else {
            assert_int_equal(err, HB_EFIELD);
            assert_non_null(strstr(why, cases[i].why));
            assert_int_equal(der.len, 0);
            assert_null(key);
        }
        signature_key_free(&key);
        EVP_PKEY_free(cases[i].pair);
        buf_deinit(&pem);
        buf_deinit(&der);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void what_is_no_public_key_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *pem, *why;
    } pems[] = {
        {"", "-----BEGIN PUBLIC KEY-----"},
        {"x", "-----BEGIN PUBLIC KEY-----"},
        {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "PEM"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "the public key alone"},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "PEM"},
    };
    static const struct {
        const char *n, *e;
    } rsas[] = {{A2_N, "AQ"},           {A2_N, "Ag"},     {A2_N, ""},
                {"", "AQAB"},           {"AQAB", "AQAB"}, {"=", "AQAB"},
                {A2_N, "AQAAAAAAAAAB"}, {NULL, "AQAB"}};
    static const struct {
        const char *x, *y;
    } points[] = {{A3_X, A3_X}, {A3_Y, A3_X},     {A3_X, ""},
                  {"AA", A3_Y}, {A3_X, A3_Y "A"}, {NULL, A3_Y}};
    struct buf der = {0};
    const char *why = NULL;
    enum signature_alg alg;

    for (size_t i = 0; i < sizeof pems / sizeof pems[0]; i++) {
        print_message("case: %s\n", pems[i].pem);
        assert_int_equal(signature_public_pem(text_of(pems[i].pem), &alg, &der, &why), HB_EFIELD);
        assert_non_null(strstr(why, pems[i].why));
    }
    for (size_t i = 0; i < sizeof rsas / sizeof rsas[0]; i++) {
        const struct text n = rsas[i].n != NULL ? text_of(rsas[i].n) : (struct text){NULL, 0};
        print_message("case: n %zu\n", i);
        assert_int_equal(signature_public_rsa(n, text_of(rsas[i].e), &der, &why), HB_EFIELD);
        assert_non_null(why);
    }
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        const struct text x = points[i].x != NULL ? text_of(points[i].x) : (struct text){NULL, 0};
        print_message("case: x %zu\n", i);
        assert_int_equal(signature_public_p256(x, text_of(points[i].y), &der, &why), HB_EFIELD);
        assert_non_null(why);
    }
    assert_int_equal(der.len, 0);
    assert_int_equal(ERR_peek_error(), 0);
    uint8_t secret[65] = {0};
    for (size_t len = 0; len <= 65; len++) {
        struct signature_key *key = signature_key_new(SIGNATURE_HS256, secret, len);
        assert_int_equal(key != NULL, len >= 32 && len <= 64);
        signature_key_free(&key);
    }
    buf_deinit(&der);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfc_s_examples_are_good_and_every_changed_bit_is_not),
        cmocka_unit_test(a_signature_of_zeros_or_in_der_is_none),
        cmocka_unit_test(a_key_in_pem_is_taken_if_it_is_strong_and_of_a_known_kind),
        cmocka_unit_test(what_is_no_public_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
