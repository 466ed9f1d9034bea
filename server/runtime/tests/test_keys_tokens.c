/* Whose tokens are taken, as a keys file says it: secrets, PEM and JWKs as identity providers give them,
 * and what each wrong one is told. */
/* labels: runtime */
#include "server/base/tests/test.h"
#include "server/runtime/keys.h"

#include <string.h>

#define SECRET "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* 32 bytes */
#define CURSOR "\"cursorKey\":{\"id\":1,\"secret\":\"" SECRET "\"}"
#define PEM_P256                                                                                   \
    "-----BEGIN PUBLIC KEY-----\\n"                                                                \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsVD7rvAdkpoxnh7BsxZpynNoJQ5B\\n"                          \
    "6PGVU5TXGtHVzMh1SE9iTfO1IuxhizbCOF+TuvsW8tev1NakLrQZqvXFVQ==\\n"                              \
    "-----END PUBLIC KEY-----\\n"
#define PEM_P384                                                                                   \
    "-----BEGIN PUBLIC KEY-----\\n"                                                                \
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAECNmW1D2ALBcrlb8lCm7ZPkCL0OWMkA5f\\n"                          \
    "md74nXkM3GbXQC/julqU9FtXd/SVv3l1oXrywlVOwkId2J+JHOlS5HgvrA4R/YR2\\n"                          \
    "Vyu7P0iTYMCH47hNTlTYUCLEAo6XsAru\\n"                                                          \
    "-----END PUBLIC KEY-----\\n"
#define PEM_RSA_1024                                                                               \
    "-----BEGIN PUBLIC KEY-----\\n"                                                                \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDbWSZae0pMLfSQJwMhw5T3F0lz\\n"                          \
    "SucImbWuWqVO7jEaS9gwliQRZE84kR3f+vTGU/Hiyz64K+1C3gogHOXJEFJN5DIU\\n"                          \
    "UReWGxMqDDvLKTJTcJ7ZA26S/mkfNkXJT0BfQHoRZ+es8Vf77qSSpSZp8c8M3nCH\\n"                          \
    "8PDZaWA5iVkDH7G19wIDAQAB\\n"                                                                  \
    "-----END PUBLIC KEY-----\\n"
#define CERTIFICATE_P256                                                                           \
    "-----BEGIN CERTIFICATE-----\\n"                                                               \
    "MIIBbzCCARWgAwIBAgIUI6ZAIOc0WnS6ZYfzrwNppPzSWcYwCgYIKoZIzj0EAwIw\\n"                          \
    "DTELMAkGA1UEAwwCaWQwHhcNMjYxMTI5MDMwNjEyWhcNMjYxMTMwMDMwNjEyWjAN\\n"                          \
    "MQswCQYDVQQDDAJpZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLFQ+67wHZKa\\n"                          \
    "MZ4ewbMWacpzaCUOQejxlVOU1xrR1czIdUhPYk3ztSLsYYs2wjhfk7r7FvLXr9TW\\n"                          \
    "pC60Gar1xVWjUzBRMB0GA1UdDgQWBBQOodC1uEkYZm0btNz8+g5fMFI/rDAfBgNV\\n"                          \
    "HSMEGDAWgBQOodC1uEkYZm0btNz8+g5fMFI/rDAPBgNVHRMBAf8EBTADAQH/MAoG\\n"                          \
    "CCqGSM49BAMCA0gAMEUCIEotCQZlkz+ESKwLIsTeVCBn0gvnqIKSiRmV9tLW9R5h\\n"                          \
    "AiEAj30XvfLcTXXfgSMgbyQa2MHWmCj3ZsNybyQF8MPE6EM=\\n"                                          \
    "-----END CERTIFICATE-----\\n"

/* Of RFC 7515 A.2 and A.3. */
#define N                                                                                          \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0B"   \
    "m4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5"   \
    "z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7"   \
    "aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"

/* The keys file whose tokenKeys are these, and with `more` in front of them. */
static enum hb_err parse(const char *more, const char *entries, struct keys *ret,
                         struct buf *message)
{
    struct buf text = {0};

    buf_printf(&text, "{%s\"tokenKeys\":[%s]," CURSOR "}", more, entries);
    buf_clear(message);
    const enum hb_err err = keys_parse(text.bytes, text.len, ret, message);
    buf_deinit(&text);
    return err;
}

static void a_key_is_taken_as_its_provider_gives_it(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *id;
        enum signature_alg alg;
    } cases[] = {
        {"{\"id\":\"a\",\"secret\":\"" SECRET "\"}", "a", SIGNATURE_HS256},
        {"{\"id\":\"a b=/+\",\"alg\":\"HS256\",\"secret\":\"" SECRET "\"}", "a b=/+",
         SIGNATURE_HS256},
        {"{\"kid\":\"\\u0061\",\"kty\":\"oct\",\"k\":\"" SECRET "\"}", "a", SIGNATURE_HS256},
        {"{\"id\":\"p\",\"alg\":\"ES256\",\"publicKey\":\"" PEM_P256 "\"}", "p", SIGNATURE_ES256},
        {"{\"id\":\"p\",\"publicKey\":\"" PEM_P256 "\"}", "p", SIGNATURE_ES256},
        {"{\"id\":\"p\",\"publicKey\":\"" CERTIFICATE_P256 "\"}", "p", SIGNATURE_ES256},
        {"{\"kid\":\"q\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y
         "\",\"alg\":\"ES256\",\"use\":\"sig\"}",
         "q", SIGNATURE_ES256},
        {"{\"kid\":\"r\",\"kty\":\"RSA\",\"n\":\"" N
         "\",\"e\":\"AQAB\",\"x5t\":\"r\",\"x5c\":[\"MII\"]}",
         "r", SIGNATURE_RS256},
    };
    struct keys keys;
    struct buf message = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].entry);
        const enum hb_err err = parse("", cases[i].entry, &keys, &message);
        print_message("%s\n", message.len > 0 ? message.bytes : "");
        assert_int_equal(err, HB_OK);
        assert_int_equal(keys.tokens.trust.keys_len, 1);
        assert_string_equal(keys.tokens.trust.keys[0].id, cases[i].id);
        assert_int_equal(keys.tokens.trust.keys[0].alg, cases[i].alg);
        assert_true(token_key_good(&keys.tokens.trust.keys[0]));
        assert_string_equal(keys.tokens.trust.keys[0].issuer, "");
        assert_int_equal(keys.tokens.leeway_s, -1);
        assert_int_equal(keys.tokens.lifetime_s, -1);
    }
    buf_deinit(&message);
}

static void a_key_that_is_not_to_be_trusted_is_told_by_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *want;
    } cases[] = {
        {"1", "an object"},
        {"{\"secret\":\"" SECRET "\"}", "id (or kid)"},
        {"{\"id\":\"\",\"secret\":\"" SECRET "\"}", "id (or kid)"},
        {"{\"id\":7,\"secret\":\"" SECRET "\"}", "id (or kid)"},
        {"{\"id\":\"a\"}", "one of: secret"},
        {"{\"id\":\"a\",\"secret\":\"" SECRET "\",\"publicKey\":\"" PEM_P256 "\"}",
         "one of: secret"},
        {"{\"id\":\"a\",\"secret\":\"AAAA\"}", "secret: base64url of 32 to 64 bytes"},
        {"{\"id\":\"a\",\"secret\":null}", "secret: base64url of 32 to 64 bytes"},
        {"{\"id\":\"a\",\"secret\":\"" SECRET SECRET SECRET "\"}",
         "secret: base64url of 32 to 64 bytes"},
        {"{\"id\":\"a\",\"alg\":\"RS256\",\"secret\":\"" SECRET "\"}",
         "alg: \"HS256\" with a secret"},
        {"{\"id\":\"a\",\"alg\":\"none\",\"secret\":\"" SECRET "\"}",
         "alg: \"HS256\" with a secret"},
        {"{\"id\":\"a\",\"alg\":null,\"secret\":\"" SECRET "\"}", "alg: \"HS256\" with a secret"},
        {"{\"id\":\"a\",\"alg\":\"HS256\",\"publicKey\":\"" PEM_P256 "\"}",
         "alg: \"HS256\" with a secret"},
        {"{\"id\":\"a\",\"alg\":\"RS256\",\"publicKey\":\"" PEM_P256 "\"}",
         "alg: \"HS256\" with a secret"},
        {"{\"id\":\"a\",\"alg\":\"PS256\",\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AQAB\"}",
         "alg: \"HS256\" with a secret"},
        {"{\"id\":\"a\",\"publicKey\":7}", "publicKey: PEM"},
        {"{\"id\":\"a\",\"publicKey\":\"keys/p.pem\"}", "BEGIN PUBLIC KEY"},
        {"{\"id\":\"a\",\"publicKey\":\"" PEM_P384 "\"}", "P-256"},
        {"{\"id\":\"a\",\"publicKey\":\"" PEM_RSA_1024 "\"}", "2048 to 8192 bits"},
        {"{\"id\":\"a\",\"publicKey\":\"-----BEGIN RSA PRIVATE KEY-----\"}",
         "the public key alone"},
        {"{\"id\":\"a\",\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AQAB\",\"d\":\"AQAB\"}",
         "the public key alone"},
        {"{\"id\":\"a\",\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AQAB\",\"use\":\"enc\"}",
         "use: \"sig\""},
        {"{\"id\":\"a\",\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AQ\"}", "exponent"},
        {"{\"id\":\"a\",\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "2048 to 8192 bits"},
        {"{\"id\":\"a\",\"kty\":\"RSA\"}", "n and e"},
        {"{\"id\":\"a\",\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
         "kty: \"RSA\""},
        {"{\"id\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" X "\"}",
         "public key"},
        {"{\"id\":\"a\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\"}", "kty: \"RSA\""},
        {"{\"id\":\"a\",\"kty\":\"oct\",\"k\":\"AAAA\"}", "k: base64url of 32 to 64 bytes"},
        {"{\"id\":\"a\",\"issuer\":\"\",\"secret\":\"" SECRET "\"}", "issuer and audience"},
        {"{\"id\":\"a\",\"audience\":[\"x\"],\"secret\":\"" SECRET "\"}", "issuer and audience"},
    };
    struct keys keys;
    struct buf message = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].entry);
        assert_int_equal(parse("", cases[i].entry, &keys, &message), HB_EFIELD);
        print_message("%s\n", message.bytes);
        assert_ptr_equal(strstr(message.bytes, "tokenKeys[0]: expected "), message.bytes);
        assert_non_null(strstr(message.bytes, cases[i].want));
    }
    assert_int_equal(parse("",
                           "{\"id\":\"a\",\"secret\":\"" SECRET
                           "\"},{\"kid\":\"a\",\"publicKey\":\"" PEM_P256 "\"}",
                           &keys, &message),
                     HB_EFIELD);
    assert_non_null(strstr(message.bytes, "tokenKeys[1]: expected another id"));
    buf_deinit(&message);
}

#define TWO                                                                                        \
    "{\"id\":\"a\",\"secret\":\"" SECRET                                                           \
    "\"},{\"id\":\"b\",\"issuer\":\"https:\\/\\/b\",\"audience\":\"chat\","                        \
    "\"publicKey\":\"" PEM_P256 "\"}"

static void issuer_audience_leeway_and_lifetime_are_of_the_file_or_of_a_key(void **state)
{
    (void)state;
    static const struct {
        const char *more, *want;
    } wrong[] = {
        {"\"issuer\":7,", "issuer and audience"},
        {"\"audience\":[\"hubbub\"],", "issuer and audience"},
        {"\"tokenLeewayS\":-1,", "tokenLeewayS: expected whole seconds from 0 to 86400"},
        {"\"tokenLeewayS\":1.5,", "tokenLeewayS: expected whole seconds"},
        {"\"tokenLeewayS\":86401,", "tokenLeewayS: expected whole seconds"},
        {"\"tokenLifetimeS\":59,", "tokenLifetimeS: expected whole seconds from 60 to"},
        {"\"tokenLifetimeS\":\"1d\",", "tokenLifetimeS: expected whole seconds"},
    };
    struct keys keys;
    struct buf message = {0};

    assert_int_equal(parse("\"issuer\":\"https://a\",\"audience\":\"hubbub\",\"tokenLeewayS\":0,"
                           "\"tokenLifetimeS\":3600,",
                           TWO, &keys, &message),
                     HB_OK);
    assert_string_equal(keys.tokens.trust.keys[0].issuer, "https://a");
    assert_string_equal(keys.tokens.trust.keys[0].audience, "hubbub");
    assert_string_equal(keys.tokens.trust.keys[1].issuer, "https://b");
    assert_string_equal(keys.tokens.trust.keys[1].audience, "chat");
    assert_int_equal(keys.tokens.leeway_s, 0);
    assert_int_equal(keys.tokens.lifetime_s, 3600);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        print_message("case: %s\n", wrong[i].more);
        assert_int_equal(parse(wrong[i].more, TWO, &keys, &message), HB_EFIELD);
        assert_non_null(strstr(message.bytes, wrong[i].want));
    }
    buf_deinit(&message);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_taken_as_its_provider_gives_it),
        cmocka_unit_test(a_key_that_is_not_to_be_trusted_is_told_by_its_place),
        cmocka_unit_test(issuer_audience_leeway_and_lifetime_are_of_the_file_or_of_a_key),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
