/* Tokens: only what one of our keys signed with HS256 is good. */
#include "server/base/tests/test.h"
#include "server/protocol/b64.h"
#include "server/protocol/token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static const struct token_key keys[] = {
    {.id = "one", .secret = "0123456789abcdef0123456789abcdef", .secret_len = 32},
    {.id = "two", .secret = "fedcba9876543210fedcba9876543210", .secret_len = 32},
};

static enum hb_err verify(const struct buf *token, struct token_claims *ret)
{
    return token_verify(keys, 2, (struct text){token->bytes, (uint32_t)token->len}, ret);
}

/* A token of any header and payload, signed with key `one`. */
static struct buf sign(const char *header, const char *payload)
{
    struct buf token = {0};
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int mac_len = 0;
    b64_encode(header, strlen(header), &token);
    buf_add_char(&token, '.');
    b64_encode(payload, strlen(payload), &token);
    assert_non_null(HMAC(EVP_sha256(), keys[0].secret, 32, (const unsigned char *)token.bytes,
                         token.len, mac, &mac_len));
    buf_add_char(&token, '.');
    b64_encode(mac, 32, &token);
    return token;
}

static void a_minted_token_is_good_with_either_key(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct token_claims claims = {
            .subject = "u17", .subject_len = 3, .issued_s = 5, .expires_s = 99};
        struct token_claims got = {0};
        struct buf token = {0};
        token_mint(&keys[i], &claims, &token);
        assert_int_equal(verify(&token, &got), HB_OK);
        assert_string_equal(got.subject, "u17");
        assert_int_equal(got.issued_s, 5);
        assert_int_equal(got.expires_s, 99);
        buf_deinit(&token);
    }
}

static void headers_and_claims_that_are_not_ours_are_refused(void **state)
{
    (void)state;
    static const char good_head[] = "{\"alg\":\"HS256\",\"kid\":\"one\"}";
    static const char good_body[] = "{\"sub\":\"u1\",\"exp\":99}";
    static const struct {
        const char *name, *head, *body;
        enum hb_err want;
    } cases[] = {
        {"good", good_head, good_body, HB_OK},
        {"alg none", "{\"alg\":\"none\",\"kid\":\"one\"}", good_body, HB_EAUTH},
        {"alg in other case", "{\"alg\":\"hs256\",\"kid\":\"one\"}", good_body, HB_EAUTH},
        {"HS384", "{\"alg\":\"HS384\",\"kid\":\"one\"}", good_body, HB_EAUTH},
        {"RS256", "{\"alg\":\"RS256\",\"kid\":\"one\"}", good_body, HB_EAUTH},
        {"no alg", "{\"kid\":\"one\"}", good_body, HB_EAUTH},
        {"no kid", "{\"alg\":\"HS256\"}", good_body, HB_EAUTH},
        {"unknown kid", "{\"alg\":\"HS256\",\"kid\":\"three\"}", good_body, HB_EAUTH},
        {"the other key's kid", "{\"alg\":\"HS256\",\"kid\":\"two\"}", good_body, HB_EAUTH},
        {"crit", "{\"alg\":\"HS256\",\"kid\":\"one\",\"crit\":[\"x\"]}", good_body, HB_EAUTH},
        {"alg twice", "{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"one\"}", good_body, HB_EAUTH},
        {"header no object", "[]", good_body, HB_EAUTH},
        {"no exp", good_head, "{\"sub\":\"u1\"}", HB_EAUTH},
        {"exp as text", good_head, "{\"sub\":\"u1\",\"exp\":\"99\"}", HB_EAUTH},
        {"exp negative", good_head, "{\"sub\":\"u1\",\"exp\":-1}", HB_EAUTH},
        {"exp absurd", good_head, "{\"sub\":\"u1\",\"exp\":1e300}", HB_EAUTH},
        {"no sub", good_head, "{\"exp\":99}", HB_EAUTH},
        {"sub no id", good_head, "{\"sub\":\"a:b\",\"exp\":99}", HB_EAUTH},
        {"sub empty", good_head, "{\"sub\":\"\",\"exp\":99}", HB_EAUTH},
        {"payload no JSON", good_head, "u1", HB_EAUTH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct token_claims claims;
        struct buf token = sign(cases[i].head, cases[i].body);
        print_message("case: %s\n", cases[i].name);
        assert_int_equal(verify(&token, &claims), cases[i].want);
        buf_deinit(&token);
    }
}

static void a_changed_or_cut_token_is_refused(void **state)
{
    (void)state;
    const struct token_claims claims = {.subject = "u17", .subject_len = 3, .expires_s = 99};
    struct token_claims got;
    struct buf token = {0};
    token_mint(&keys[0], &claims, &token);
    for (size_t at = 0; at < token.len; at++) {
        const char was = token.bytes[at];
        token.bytes[at] = was == 'A' ? 'B' : 'A';
        assert_int_equal(verify(&token, &got), HB_EAUTH);
        token.bytes[at] = was;
        const struct buf cut = {token.bytes, at, token.cap};
        assert_int_equal(verify(&cut, &got), HB_EAUTH);
    }
    buf_add_text(&token, ".x");
    assert_int_equal(verify(&token, &got), HB_EAUTH);
    buf_deinit(&token);
    struct buf large = {0};
    for (int i = 0; i <= TOKEN_BYTES_MAX; i++) {
        buf_add_char(&large, i % 700 == 699 ? '.' : 'A');
    }
    assert_int_equal(verify(&large, &got), HB_EAUTH);
    buf_deinit(&large);
    assert_int_equal(token_verify(keys, 2, (struct text){NULL, 0}, &got), HB_EAUTH);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minted_token_is_good_with_either_key),
        cmocka_unit_test(headers_and_claims_that_are_not_ours_are_refused),
        cmocka_unit_test(a_changed_or_cut_token_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
