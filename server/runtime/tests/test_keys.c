/* The file of secrets: made once, read by all, refused by the place that is wrong; and signing in
 * with its first key. */
/* labels: runtime */
#include "server/base/tests/test.h"
#include "server/runtime/keys.h"
#include "server/runtime/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[32];

static int setup(void **state)
{
    (void)state;
    (void)strcpy(dir, "/tmp/hubbub-keys-");
    memset(dir + strlen(dir), 'X', 6);
    return mkdtemp(dir) == NULL;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(dir); /* a file that a test left would keep it */
}

static void keys_are_made_at_the_first_start_and_kept(void **state)
{
    (void)state;
    char path[64];
    struct keys first;
    struct keys second;
    struct stat info;
    struct buf message = {0};
    bool made = false;

    (void)snprintf(path, sizeof path, "%s/k", dir);
    assert_int_equal(keys_load(path, &first, &made, &message), HB_OK);
    assert_true(made);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(keys_load(path, &second, &made, &message), HB_OK);
    assert_false(made);
    assert_memory_equal(&first, &second, sizeof first);
    assert_int_equal(first.trust.keys_len, 1);
    assert_int_equal(first.trust.keys[0].bytes_len, 32);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(keys_load(path, &second, &made, &message), HB_OK);
    assert_memory_not_equal(first.trust.keys[0].bytes, second.trust.keys[0].bytes, 32);
    assert_int_equal(unlink(path), 0);
    buf_deinit(&message);
}

static void keys_that_cannot_be_made_or_read_are_told(void **state)
{
    (void)state;
    char path[64];
    struct keys keys;
    struct buf message = {0};
    bool made = false;

    (void)snprintf(path, sizeof path, "%s/no/k", dir);
    assert_int_equal(keys_load(path, &keys, &made, &message), HB_EDENIED);
    assert_non_null(strstr(message.bytes, "cannot make the keys in"));
    assert_non_null(strstr(message.bytes, "--keys FILE"));
    assert_int_equal(keys_load(dir, &keys, &made, &message), HB_EDENIED);
    assert_non_null(strstr(message.bytes, "cannot read the keys in"));
    buf_deinit(&message);
}

#define SECRET "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* 32 bytes */
#define KEY    "{\"id\":\"a\",\"secret\":\"" SECRET "\"}"
#define CURSOR "\"cursorKey\":{\"id\":1,\"secret\":\"" SECRET "\"}"
#define GOOD   "{\"tokenKeys\":[" KEY "]," CURSOR "}"

static void what_is_wrong_with_a_file_of_keys_is_told_by_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "line 1, column 1: there is nothing: expected a JSON object"},
        {"[]", "expected one JSON object"},
        {GOOD "x", "something stands behind the end: expected one JSON value and nothing else"},
        {"{" CURSOR "}", "tokenKeys: expected an array of 1 to 16 keys"},
        {"{\"tokenKeys\":[]," CURSOR "}", "tokenKeys: expected an array of 1 to 16 keys"},
        {"{\"tokenKeys\":[" KEY ",1]," CURSOR "}", "tokenKeys[1]: expected"},
        {"{\"tokenKeys\":[{\"id\":\"a b\",\"secret\":\"" SECRET "\"}]," CURSOR "}",
         "tokenKeys[0]: expected"},
        {"{\"tokenKeys\":[{\"id\":\"a\",\"secret\":\"AAAA\"}]," CURSOR "}",
         "tokenKeys[0]: expected"},
        {"{\"tokenKeys\":[" KEY "]}", "cursorKey: expected"},
        {"{\"tokenKeys\":[" KEY "],\"cursorKey\":{\"id\":256,\"secret\":\"" SECRET "\"}}",
         "cursorKey: expected"},
        {"{\"tokenKeys\":[" KEY "],\"cursorKey\":{\"id\":1,\"secret\":\"" SECRET "AAAA\"}}",
         "cursorKey: expected"},
    };
    struct keys keys;
    struct buf message = {0};

    assert_int_equal(keys_parse(GOOD, sizeof GOOD - 1, &keys, &message), HB_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&message);
        print_message("case: %s\n", cases[i].text);
        assert_int_not_equal(keys_parse(cases[i].text, strlen(cases[i].text), &keys, &message),
                             HB_OK);
        assert_non_null(strstr(message.bytes, cases[i].want));
    }
    buf_deinit(&message);
}

static void a_name_is_enough_to_sign_in_and_a_bad_one_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *method, *type, *body;
        int want;
    } cases[] = {
        {"POST", "application/json", "{\"user\":\"ada\"}", 200},
        {"GET", "application/json", "{\"user\":\"ada\"}", 405},
        {"POST", "text/plain", "{\"user\":\"ada\"}", 415}, /* what a foreign page can send */
        {"POST", "application/json", "", 400},
        {"POST", "application/json", "[]", 400},
        {"POST", "application/json", "{\"user\":1}", 400},
        {"POST", "application/json", "{\"user\":\"a b\"}", 400},
        {"POST", "application/json", "{\"user\":\"\"}", 400},
    };
    const struct token_trust trust = {.keys = {{.id = "k", .bytes_len = 32}}, .keys_len = 1};
    struct token_keys *keys = token_keys_new(&trust);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct http_request request = {.id = 1,
                                             .method = text_of(cases[i].method),
                                             .content_type = text_of(cases[i].type),
                                             .body = text_of(cases[i].body)};
        struct buf out = {0};
        assert_int_equal(login_answer(&request, &trust.keys[0], 1000, &out), cases[i].want);
        if (cases[i].want == 200) {
            const char *token = strstr(out.bytes, "\"token\":\"") + 9;
            struct token_claims claims;
            assert_int_equal(
                token_verify(keys, (struct text){token, (uint32_t)strcspn(token, "\"")}, &claims),
                TOKEN_GOOD);
            assert_string_equal(claims.user, "ada");
            assert_int_equal(claims.expires_s, 1000 + LOGIN_VALID_S);
        } else {
            assert_non_null(strstr(out.bytes, "\"type\":\"error\""));
        }
        buf_deinit(&out);
    }
    token_keys_free(&keys);
}

static void a_name_alone_is_for_this_machine_s_own_names(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool want;
    } cases[] = {
        {"localhost", true},
        {"localhost:8080", true},
        {"LOCALHOST", true},
        {"127.0.0.1:8080", true},
        {"[::1]:8080", true},
        {"[::1]", true},
        {"chat.example", false},
        {"127.0.0.1.evil.test:8080", false},
        {"localhost.evil.test", false},
        {"10.0.0.1", false},
        {"[::2]:80", false},
        {"", false},
        {":80", false},
        {"[]", false},
        {"[127.0.0.1", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].host);
        assert_int_equal(login_host_local(text_of(cases[i].host)), cases[i].want);
    }
    assert_false(login_host_local((struct text){NULL, 0}));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_made_at_the_first_start_and_kept),
        cmocka_unit_test(keys_that_cannot_be_made_or_read_are_told),
        cmocka_unit_test(what_is_wrong_with_a_file_of_keys_is_told_by_its_place),
        cmocka_unit_test(a_name_alone_is_for_this_machine_s_own_names),
        cmocka_unit_test(a_name_is_enough_to_sign_in_and_a_bad_one_is_not),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
