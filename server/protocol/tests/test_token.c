/* Tokens: only what one of our keys signed, with that key's algorithm, is good; each known attack is
 * refused for its own reason. */
#include "server/base/tests/test.h"
#include "server/protocol/b64.h"
#include "server/protocol/id.h"
#include "server/protocol/token.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

/* Keys: `one` and `two` of HS256, `r` of RS256, `e` of ES256, `a` whose tokens need issuer and audience. */
enum { ONE, TWO, R, E, A, NOBODY, KEYS };

static struct token_trust trust;
static struct token_keys *keys;
static EVP_PKEY *pairs[KEYS]; /* of r, e, and of somebody who is not trusted */

static int setup(void **state)
{
    (void)state;
    static const char *const ids[] = {"one", "two", "r/s=256", "e", "a"};
    pairs[R] = EVP_RSA_gen(2048);
    pairs[E] = EVP_EC_gen("P-256");
    pairs[NOBODY] = EVP_RSA_gen(2048);
    trust.keys_len = 5;
    for (int i = 0; i < 5; i++) {
        struct token_key *key = &trust.keys[i];
        (void)strcpy(key->id, ids[i]);
        memset(key->bytes, '1' + i, 32);
        key->bytes_len = 32;
        if (pairs[i] != NULL) {
            unsigned char *at = key->bytes;
            key->alg = i == R ? SIGNATURE_RS256 : SIGNATURE_ES256;
            key->bytes_len = (uint32_t)i2d_PUBKEY(pairs[i], &at);
        }
        assert_true(token_key_good(key));
    }
    (void)strcpy(trust.keys[A].issuer, "https://id.example/");
    (void)strcpy(trust.keys[A].audience, "hubbub");
    keys = token_keys_new(&trust);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    token_keys_free(&keys);
    for (int i = 0; i < KEYS; i++) {
        EVP_PKEY_free(pairs[i]);
    }
    return 0;
}

static enum token_refusal verify(const struct buf *token, struct token_claims *ret)
{
    return token_verify(keys, (struct text){token->bytes, (uint32_t)token->len}, ret);
}

static void sign_public(EVP_PKEY *pair, const struct buf *token, struct buf *out)
{
    unsigned char mark[512];
    size_t mark_len = sizeof mark;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair), 1);
    assert_int_equal(
        EVP_DigestSign(context, mark, &mark_len, (const unsigned char *)token->bytes, token->len),
        1);
    EVP_MD_CTX_free(context);
    if (EVP_PKEY_is_a(pair, "EC")) {
        const unsigned char *at = mark;
        ECDSA_SIG *pair_of = d2i_ECDSA_SIG(NULL, &at, (long)mark_len);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair_of), mark, 32), 32);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair_of), mark + 32, 32), 32);
        mark_len = 64;
        ECDSA_SIG_free(pair_of);
    }
    b64_encode(mark, mark_len, out);
}

/* A token of any header and payload, signed with this key whatever the header says. */
static struct buf sign(int by, const char *header, const char *payload)
{
    struct buf token = {0};
    struct buf mark = {0};
    uint8_t mac[32];

    b64_encode(header, strlen(header), &token);
    buf_add_char(&token, '.');
    b64_encode(payload, strlen(payload), &token);
    if (pairs[by] != NULL) {
        sign_public(pairs[by], &token, &mark);
    } else {
        signature_make(trust.keys[by].bytes, 32, token.bytes, token.len, mac);
        b64_encode(mac, 32, &mark);
    }
    buf_add_char(&token, '.');
    buf_add(&token, mark.bytes, mark.len);
    buf_deinit(&mark);
    return token;
}

static void a_minted_token_is_good_with_either_key(void **state)
{
    (void)state;
    static const int by[] = {ONE, TWO, A};
    for (int i = 0; i < 3; i++) {
        const struct token_draft draft = {.subject = TEXT("auth0|12"),
                                          .id = TEXT("a\"b"),
                                          .issued_s = 5,
                                          .not_before_s = 6,
                                          .expires_s = 99};
        struct token_claims got = {0};
        struct buf token = {0};
        token_mint(&trust.keys[by[i]], &draft, &token);
        assert_int_equal(verify(&token, &got), TOKEN_GOOD);
        assert_string_equal(got.user, "_YXV0aDB8MTI");
        assert_int_equal(got.user_len, 12);
        assert_string_equal(got.id, "_YSJi");
        assert_true(got.has_issued);
        assert_int_equal(got.issued_s, 5);
        assert_int_equal(got.not_before_s, 6);
        assert_int_equal(got.expires_s, 99);
        buf_deinit(&token);
    }
    assert_ptr_equal(token_signer(&trust), &trust.keys[ONE]);
    const struct token_trust public = {.keys = {trust.keys[R], trust.keys[E]}, .keys_len = 2};
    assert_null(token_signer(&public));
}

#define BODY "{\"sub\":\"u1\",\"exp\":99}"

static void the_key_s_algorithm_counts_and_not_the_token_s(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int by;
        const char *head;
        enum token_refusal want;
    } cases[] = {
        {"HS256", ONE, "{\"alg\":\"HS256\",\"kid\":\"one\"}", TOKEN_GOOD},
        {"RS256", R, "{\"alg\":\"RS256\",\"kid\":\"r/s=256\"}", TOKEN_GOOD},
        {"ES256", E, "{\"alg\":\"ES256\",\"kid\":\"e\"}", TOKEN_GOOD},
        {"kid and alg with escapes", R, "{\"alg\":\"RS\\u003256\",\"kid\":\"r\\/s=256\"}",
         TOKEN_GOOD},
        {"alg none", ONE, "{\"alg\":\"none\",\"kid\":\"one\"}", TOKEN_ALG},
        {"alg None", ONE, "{\"alg\":\"NoNe\",\"kid\":\"one\"}", TOKEN_ALG},
        {"alg none of a public key", R, "{\"alg\":\"none\",\"kid\":\"r/s=256\"}", TOKEN_ALG},
        {"alg in other case", ONE, "{\"alg\":\"hs256\",\"kid\":\"one\"}", TOKEN_ALG},
        {"HS384", ONE, "{\"alg\":\"HS384\",\"kid\":\"one\"}", TOKEN_ALG},
        {"PS256", R, "{\"alg\":\"PS256\",\"kid\":\"r/s=256\"}", TOKEN_ALG},
        {"RS256 of a secret", R, "{\"alg\":\"RS256\",\"kid\":\"one\"}", TOKEN_ALG},
        {"HS256 of an RSA key", ONE, "{\"alg\":\"HS256\",\"kid\":\"r/s=256\"}", TOKEN_ALG},
        {"HS256 of a P-256 key", ONE, "{\"alg\":\"HS256\",\"kid\":\"e\"}", TOKEN_ALG},
        {"ES256 of an RSA key", E, "{\"alg\":\"ES256\",\"kid\":\"r/s=256\"}", TOKEN_ALG},
        {"no alg", ONE, "{\"kid\":\"one\"}", TOKEN_ALG},
        {"alg no string", ONE, "{\"kid\":\"one\",\"alg\":[\"HS256\"]}", TOKEN_ALG},
        {"no kid", ONE, "{\"alg\":\"HS256\"}", TOKEN_KEY_UNKNOWN},
        {"kid empty", ONE, "{\"alg\":\"HS256\",\"kid\":\"\"}", TOKEN_KEY_UNKNOWN},
        {"kid no string", ONE, "{\"alg\":\"HS256\",\"kid\":1}", TOKEN_KEY_UNKNOWN},
        {"kid a path", ONE, "{\"alg\":\"HS256\",\"kid\":\"../../dev/null\"}", TOKEN_KEY_UNKNOWN},
        {"unknown kid", ONE, "{\"alg\":\"HS256\",\"kid\":\"three\"}", TOKEN_KEY_UNKNOWN},
        {"the other key's kid", ONE, "{\"alg\":\"HS256\",\"kid\":\"two\"}", TOKEN_SIGNATURE},
        {"somebody else's key", NOBODY, "{\"alg\":\"RS256\",\"kid\":\"r/s=256\"}", TOKEN_SIGNATURE},
        {"a key of its own", NOBODY,
         "{\"alg\":\"RS256\",\"kid\":\"r/"
         "s=256\",\"jwk\":{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"},"
         "\"jku\":\"https://evil.test/\",\"x5u\":\"https://evil.test/\"}",
         TOKEN_SIGNATURE},
        {"crit", ONE, "{\"alg\":\"HS256\",\"kid\":\"one\",\"crit\":[\"x\"],\"x\":1}",
         TOKEN_CRITICAL},
        {"crit empty", ONE, "{\"alg\":\"HS256\",\"kid\":\"one\",\"crit\":[]}", TOKEN_CRITICAL},
        {"crit null", ONE, "{\"alg\":\"HS256\",\"kid\":\"one\",\"crit\":null}", TOKEN_CRITICAL},
        {"b64", ONE, "{\"alg\":\"HS256\",\"kid\":\"one\",\"b64\":false,\"crit\":[\"b64\"]}",
         TOKEN_CRITICAL},
        {"alg twice", ONE, "{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"one\"}", TOKEN_MALFORMED},
        {"alg twice, by an escape", ONE,
         "{\"alg\":\"HS256\",\"al\\u0067\":\"none\",\"kid\":\"one\"}", TOKEN_MALFORMED},
        {"kid twice", ONE, "{\"alg\":\"HS256\",\"kid\":\"one\",\"kid\":\"two\"}", TOKEN_MALFORMED},
        {"header no object", ONE, "[]", TOKEN_MALFORMED},
        {"header and more", ONE, "{\"alg\":\"HS256\",\"kid\":\"one\"}{}", TOKEN_MALFORMED},
        {"header empty", ONE, "", TOKEN_MALFORMED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct token_claims claims;
        struct buf token = sign(cases[i].by, cases[i].head, BODY);
        print_message("case: %s\n", cases[i].name);
        assert_int_equal(verify(&token, &claims), cases[i].want);
        buf_deinit(&token);
    }
}

/* RS256 becomes HS256 with what everybody knows of the key: as DER, and as PEM (CVE-2016-10555). */
static void a_public_key_is_no_secret(void **state)
{
    (void)state;
    struct token_claims claims;
    struct buf token = {0};
    uint8_t mac[32];
    static const char *const heads[] = {"{\"alg\":\"HS256\",\"kid\":\"r/s=256\"}",
                                        "{\"alg\":\"RS256\",\"kid\":\"r/s=256\"}"};
    for (int i = 0; i < 2; i++) {
        buf_clear(&token);
        b64_encode(heads[i], strlen(heads[i]), &token);
        buf_add_char(&token, '.');
        b64_encode(BODY, sizeof BODY - 1, &token);
        signature_make(trust.keys[R].bytes, 64, token.bytes, token.len, mac);
        buf_add_char(&token, '.');
        b64_encode(mac, 32, &token);
        assert_int_equal(verify(&token, &claims), i == 0 ? TOKEN_ALG : TOKEN_SIGNATURE);
    }
    buf_deinit(&token);
}

static void claims_of_another_type_or_absent_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum token_refusal want;
    } cases[] = {
        {"{\"sub\":\"u1\",\"exp\":99}", TOKEN_GOOD},
        {"{\"sub\":\"u\\u0031\",\"exp\":99}", TOKEN_GOOD},
        {"{\"sub\":\"a:b\",\"exp\":99}", TOKEN_GOOD},
        {"{\"sub\":\"u1\",\"exp\":99.5,\"iat\":-1e299,\"nbf\":0.5}", TOKEN_GOOD},
        {"{\"sub\":\"u1\",\"exp\":-1}", TOKEN_GOOD}, /* over, but a time */
        {"{\"sub\":\"u1\",\"exp\":1e299}", TOKEN_GOOD},
        {"{\"sub\":\"u1\",\"exp\":99,\"aud\":7,\"iss\":[],\"jti\":\"\"}", TOKEN_GOOD},
        {"{\"sub\":\"u1\"}", TOKEN_NO_EXPIRY},
        {"{\"sub\":\"u1\",\"exp\":\"99\"}", TOKEN_CLAIM},
        {"{\"sub\":\"u1\",\"exp\":null}", TOKEN_CLAIM},
        {"{\"sub\":\"u1\",\"exp\":[99]}", TOKEN_CLAIM},
        {"{\"sub\":\"u1\",\"exp\":99,\"nbf\":\"1\"}", TOKEN_CLAIM},
        {"{\"sub\":\"u1\",\"exp\":99,\"nbf\":null}", TOKEN_CLAIM},
        {"{\"sub\":\"u1\",\"exp\":99,\"iat\":true}", TOKEN_CLAIM},
        {"{\"sub\":\"u1\",\"exp\":99,\"jti\":5}", TOKEN_CLAIM},
        {"{\"exp\":99}", TOKEN_NO_SUBJECT},
        {"{\"sub\":\"\",\"exp\":99}", TOKEN_NO_SUBJECT},
        {"{\"sub\":12,\"exp\":99}", TOKEN_NO_SUBJECT},
        {"{\"sub\":null,\"exp\":99}", TOKEN_NO_SUBJECT},
        {"{\"sub\":\"u1\",\"exp\":99,\"exp\":999}", TOKEN_MALFORMED},
        {"{\"sub\":\"u1\",\"sub\":\"u2\",\"exp\":99}", TOKEN_MALFORMED},
        {"{\"sub\":\"u\\u0000\",\"exp\":99}", TOKEN_MALFORMED},
        {"{\"sub\":\"u1\",\"exp\":099}", TOKEN_MALFORMED},
        {"{\"sub\":\"u1\",\"exp\":NaN}", TOKEN_MALFORMED},
        {"{\"sub\":\"u1\",\"exp\":1e999}", TOKEN_MALFORMED}, /* what json.h says of numbers */
        {"{\"sub\":\"u1\",\"exp\":99} x", TOKEN_MALFORMED},
        {"\"u1\"", TOKEN_MALFORMED},
        {"u1", TOKEN_MALFORMED},
        {"", TOKEN_MALFORMED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct token_claims claims = {0};
        struct buf token = sign(ONE, "{\"alg\":\"HS256\",\"kid\":\"one\"}", cases[i].body);
        print_message("case: %s\n", cases[i].body);
        assert_int_equal(verify(&token, &claims), cases[i].want);
        if (cases[i].want == TOKEN_GOOD) {
            assert_true(id_valid((struct text){claims.user, claims.user_len}));
        } else {
            assert_int_equal(claims.user_len, 0); /* nothing is written of a bad one */
        }
        buf_deinit(&token);
    }
}

static void a_token_is_for_its_key_s_issuer_and_audience(void **state)
{
    (void)state;
    static const struct {
        const char *more;
        enum token_refusal want;
    } cases[] = {
        {"\"iss\":\"https://id.example/\",\"aud\":\"hubbub\"", TOKEN_GOOD},
        {"\"iss\":\"https:\\/\\/id.example\\/\",\"aud\":\"hub\\u0062ub\"", TOKEN_GOOD},
        {"\"iss\":\"https://id.example/\",\"aud\":[\"x\",\"hubbub\"]", TOKEN_GOOD},
        {"\"iss\":\"https://id.example/\",\"aud\":[[\"hubbub\"],{\"a\":\"hubbub\"},1,\"hubbub\"]",
         TOKEN_GOOD},
        {"\"aud\":\"hubbub\"", TOKEN_ISSUER},
        {"\"iss\":\"https://id.example\",\"aud\":\"hubbub\"", TOKEN_ISSUER},
        {"\"iss\":[\"https://id.example/\"],\"aud\":\"hubbub\"", TOKEN_ISSUER},
        {"\"iss\":\"\",\"aud\":\"hubbub\"", TOKEN_ISSUER},
        {"\"iss\":\"https://id.example/\"", TOKEN_AUDIENCE},
        {"\"iss\":\"https://id.example/\",\"aud\":\"hubbu\"", TOKEN_AUDIENCE},
        {"\"iss\":\"https://id.example/\",\"aud\":\"HUBBUB\"", TOKEN_AUDIENCE},
        {"\"iss\":\"https://id.example/\",\"aud\":\"hubbub \"", TOKEN_AUDIENCE},
        {"\"iss\":\"https://id.example/\",\"aud\":[]", TOKEN_AUDIENCE},
        {"\"iss\":\"https://id.example/\",\"aud\":[\"x\",[\"hubbub\"]]", TOKEN_AUDIENCE},
        {"\"iss\":\"https://id.example/\",\"aud\":{\"hubbub\":1}", TOKEN_AUDIENCE},
        {"\"iss\":\"https://id.example/\",\"aud\":null", TOKEN_AUDIENCE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct token_claims claims;
        struct buf body = {0};
        print_message("case: %s\n", cases[i].more);
        buf_printf(&body, "{\"sub\":\"u1\",\"exp\":99,%s}", cases[i].more);
        struct buf token = sign(A, "{\"alg\":\"HS256\",\"kid\":\"a\"}", body.bytes);
        assert_int_equal(verify(&token, &claims), cases[i].want);
        buf_deinit(&token);
        buf_deinit(&body);
    }
}

static void a_changed_or_cut_token_is_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {
        [ONE] = "{\"alg\":\"HS256\",\"kid\":\"one\"}",
        [R] = "{\"alg\":\"RS256\",\"kid\":\"r/s=256\"}",
        [E] = "{\"alg\":\"ES256\",\"kid\":\"e\"}",
    };
    struct token_claims got;

    for (int by = ONE; by <= E; by++) {
        if (heads[by] == NULL) {
            continue;
        }
        struct buf token = sign(by, heads[by], BODY);
        for (size_t at = 0; at < token.len; at++) {
            const char was = token.bytes[at];
            token.bytes[at] = was == 'A' ? 'B' : 'A';
            assert_int_not_equal(verify(&token, &got), TOKEN_GOOD);
            token.bytes[at] = was;
            const struct buf cut = {token.bytes, at, token.cap};
            assert_int_not_equal(verify(&cut, &got), TOKEN_GOOD);
        }
        assert_int_equal(verify(&token, &got), TOKEN_GOOD);
        buf_add_text(&token, ".x");
        assert_int_equal(verify(&token, &got), TOKEN_MALFORMED);
        token.len -= 2;
        buf_add_text(&token, "=");
        assert_int_equal(verify(&token, &got), TOKEN_MALFORMED);
        buf_deinit(&token);
    }
    struct buf large = {0};
    for (int i = 0; i <= TOKEN_BYTES_MAX; i++) {
        buf_add_char(&large, i % 700 == 699 ? '.' : 'A');
    }
    assert_int_equal(verify(&large, &got), TOKEN_LARGE);
    large.len--;
    assert_int_equal(verify(&large, &got), TOKEN_MALFORMED);
    buf_deinit(&large);
    assert_int_equal(token_verify(keys, (struct text){NULL, 0}, &got), TOKEN_ABSENT);
    assert_int_equal(token_verify(keys, TEXT(""), &got), TOKEN_MALFORMED);
}

#define NONE -NUMERIC_DATE_MAX
#define MOST NUMERIC_DATE_MAX

static void a_token_is_good_from_its_beginning_to_its_end_and_not_for_too_long(void **state)
{
    (void)state;
    static const struct token_times times = {.leeway_s = 60, .lifetime_s = 1000};
    static const struct {
        bool has_issued;
        int64_t issued_s, not_before_s, expires_s, now_ms;
        enum token_refusal want;
    } cases[] = {
        {false, 0, NONE, 5000, 4999999, TOKEN_GOOD},
        {false, 0, NONE, 5000, 5059999, TOKEN_GOOD},
        {false, 0, NONE, 5000, 5060000, TOKEN_EXPIRED},
        {false, 0, NONE, -1, 5000000, TOKEN_EXPIRED},
        {false, 0, NONE, NONE, 0, TOKEN_EXPIRED},
        {false, 0, NONE, 0, -60001, TOKEN_GOOD}, /* a clock before 1970 */
        {false, 0, 5000, 5900, 4940000, TOKEN_GOOD},
        {false, 0, 5000, 5900, 4939999, TOKEN_EARLY},
        {false, 0, MOST, 5900, 5000000, TOKEN_EARLY},
        {false, 0, 6000, 5900, 5899000, TOKEN_EARLY},
        {false, 0, NONE, 6060, 5000000, TOKEN_GOOD},
        {false, 0, NONE, 6061, 5000000, TOKEN_LIFETIME},
        {false, 0, NONE, MOST, 5000000, TOKEN_LIFETIME},
        {true, 5000, NONE, 6000, 5000000, TOKEN_GOOD},
        {true, 5000, NONE, 6001, 5500000, TOKEN_LIFETIME},
        {true, 0, NONE, 6000, 5500000, TOKEN_LIFETIME}, /* issued in 1970 is not never */
        {true, NONE, NONE, 5500, 5000000, TOKEN_LIFETIME},
        {true, MOST, NONE, 5500, 5000000, TOKEN_GOOD},
        {true, MOST, NONE, 6061, 5000000, TOKEN_LIFETIME}, /* issued in time to come: from now */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct token_claims claims = {.has_issued = cases[i].has_issued,
                                            .issued_s = cases[i].issued_s,
                                            .not_before_s = cases[i].not_before_s,
                                            .expires_s = cases[i].expires_s};
        print_message("case: %zu\n", i);
        assert_int_equal(token_in_time(&claims, &times, (struct wall){cases[i].now_ms}),
                         cases[i].want);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minted_token_is_good_with_either_key),
        cmocka_unit_test(the_key_s_algorithm_counts_and_not_the_token_s),
        cmocka_unit_test(a_public_key_is_no_secret),
        cmocka_unit_test(claims_of_another_type_or_absent_are_refused),
        cmocka_unit_test(a_token_is_for_its_key_s_issuer_and_audience),
        cmocka_unit_test(a_changed_or_cut_token_is_refused),
        cmocka_unit_test(a_token_is_good_from_its_beginning_to_its_end_and_not_for_too_long),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
