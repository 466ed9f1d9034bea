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
    assert_int_equal(first.tokens.trust.keys_len, 1);
    assert_int_equal(first.tokens.trust.keys[0].bytes_len, 32);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(keys_load(path, &second, &made, &message), HB_OK);
    assert_memory_not_equal(first.tokens.trust.keys[0].bytes, second.tokens.trust.keys[0].bytes,
                            32);
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

#define SECRET       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* 32 bytes */
#define KEY          "{\"id\":\"a\",\"secret\":\"" SECRET "\"}"
#define CURSOR       "\"cursorKey\":{\"id\":1,\"secret\":\"" SECRET "\"}"
#define OTHER(id)    "{\"id\":" id ",\"secret\":\"" SECRET "\"}"
#define OTHERS(list) "{\"tokenKeys\":[" KEY "]," CURSOR ",\"otherCursorKeys\":" list "}"
#define FIFTY        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HUNDRED      FIFTY FIFTY
#define GOOD         "{\"tokenKeys\":[" KEY "]," CURSOR "}"

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
        {"{\"tokenKeys\":[{\"id\":\"a\",\"secret\":\"AAAA\"}]," CURSOR "}",
         "tokenKeys[0]: expected"},
        {"{\"tokenKeys\":[" KEY "]}", "cursorKey: expected"},
        {"{\"tokenKeys\":[" KEY "],\"cursorKey\":{\"id\":256,\"secret\":\"" SECRET "\"}}",
         "cursorKey: expected"},
        {"{\"tokenKeys\":[" KEY "],\"cursorKey\":{\"id\":1,\"secret\":\"" SECRET "AAAA\"}}",
         "cursorKey: expected"},
        {OTHERS("1"), "otherCursorKeys: expected an array of at most 7 keys"},
        {OTHERS("[" OTHER("2") ",{}]"), "otherCursorKeys[1]: expected"},
        {OTHERS("[" OTHER("1") "]"), "otherCursorKeys[0]: expected"},
        {OTHERS("[" OTHER("2") "," OTHER("2") "]"), "otherCursorKeys[1]: expected"},
        {OTHERS("[1,1,1,1,1,1,1,1]"), "otherCursorKeys: expected an array of at most 7 keys"},
        {"{\"tokenKeys\":[" KEY "]," CURSOR ",\"operatorKey\":7}", "operatorKey: expected"},
        {"{\"tokenKeys\":[" KEY "]," CURSOR ",\"operatorKey\":\"\"}", "operatorKey: expected"},
        {"{\"tokenKeys\":[" KEY "]," CURSOR ",\"operatorKey\":\"" SECRET "AA\"}",
         "operatorKey: expected"},
    };
    struct keys keys;
    struct buf message = {0};

    assert_int_equal(keys_parse(GOOD, sizeof GOOD - 1, &keys, &message), HB_OK);
    assert_int_equal(keys.cursor_keys_len, 1);
    static const char more[] = OTHERS("[" OTHER("2") "," OTHER("0") "]");
    assert_int_equal(keys_parse(more, sizeof more - 1, &keys, &message), HB_OK);
    assert_int_equal(keys.cursor_keys_len, 3);
    assert_int_equal(keys.cursor_keys[0].id, 1);
    assert_int_equal(keys.cursor_keys[2].id, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&message);
        print_message("case: %s\n", cases[i].text);
        assert_int_not_equal(keys_parse(cases[i].text, strlen(cases[i].text), &keys, &message),
                             HB_OK);
        assert_non_null(strstr(message.bytes, cases[i].want));
    }
    buf_deinit(&message);
}

/* Each way for others to have them, of the very file: not of what it was when it was made. */
static void a_file_that_others_may_read_or_change_is_refused(void **state)
{
    (void)state;
    char path[64];
    char want[96];
    struct keys keys;
    struct buf message = {0};
    bool made = false;

    (void)snprintf(path, sizeof path, "%s/k", dir);
    (void)snprintf(want, sizeof want, "chmod 600 %s", path);
    assert_int_equal(keys_load(path, &keys, &made, &message), HB_OK);
    for (mode_t mode = 0400; mode <= 0777; mode++) {
        assert_int_equal(chmod(path, mode), 0);
        const enum hb_err err = keys_load(path, &keys, &made, &message);
        if ((mode & 0077) == 0) {
            assert_int_equal(err, HB_OK);
        } else {
            assert_int_equal(err, HB_EDENIED);
            assert_non_null(strstr(message.bytes, want));
        }
        assert_false(made);
    }
    assert_int_equal(unlink(path), 0);
    buf_deinit(&message);
}

static void keys_made_with_any_umask_are_their_owner_s_alone(void **state)
{
    (void)state;
    static const mode_t masks[] = {0, 0002, 0022, 0077};
    char path[64];
    struct keys keys;
    struct stat info;
    struct buf message = {0};
    bool made = false;

    (void)snprintf(path, sizeof path, "%s/k", dir);
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        const mode_t before = umask(masks[i]);
        assert_int_equal(keys_load(path, &keys, &made, &message), HB_OK);
        (void)umask(before);
        assert_true(made);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        assert_int_equal(unlink(path), 0);
    }
    buf_deinit(&message);
}

static void file_make(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void keys_in_a_checkout_are_noticed_also_deep_in_it_and_in_a_worktree(void **state)
{
    (void)state;
    char git[64];
    char deep[64];
    char path[80];
    struct buf top = {0};

    (void)snprintf(git, sizeof git, "%s/.git", dir);
    (void)snprintf(deep, sizeof deep, "%s/a", dir);
    (void)snprintf(path, sizeof path, "%s/a/k.keys", dir);
    assert_int_equal(mkdir(deep, 0700), 0);
    file_make(path);
    assert_false(keys_in_checkout(path, &top));
    assert_int_equal(top.len, 0);
    assert_false(keys_in_checkout("/no/such/file", &top));
    for (int i = 0; i < 2; i++) {
        if (i == 0) {
            assert_int_equal(mkdir(git, 0700), 0);
        } else {
            file_make(git);
        }
        buf_clear(&top);
        assert_true(keys_in_checkout(path, &top));
        assert_string_equal(top.bytes, dir);
        assert_int_equal(remove(git), 0);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(deep), 0);
    buf_deinit(&top);
}

static void a_name_is_enough_to_sign_in_and_a_bad_one_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *method, *type, *body;
        int want;
        const char *user; /* which its token is, and the answer names */
    } cases[] = {
        {"POST", "application/json", "{\"user\":\"ada\"}", 200, "ada"},
        {"POST", "application/json", "{\"user\":\"auth0|12\"}", 200, "_YXV0aDB8MTI"},
        {"POST", "application/json", "{\"user\":\"a\\u0020b\"}", 200, "_YSBi"},
        {"POST", "application/json", "{\"user\":\"_YSBi\"}", 200, "_X1lTQmk"},
        {"POST", "application/json", "{\"user\":\"" HUNDRED HUNDRED FIFTY "|bcde\"}", 200,
         "_4hp70RPsQEb14HSYMGg6InFVwDW9LE20KZwaIqXJBJ4"},
        {"POST", "application/json", "{\"user\":\"" HUNDRED HUNDRED FIFTY "|bcdef\"}", 400, NULL},
        {"GET", "application/json", "{\"user\":\"ada\"}", 405, NULL},
        {"POST", "text/plain", "{\"user\":\"ada\"}", 415, NULL}, /* what a foreign page can send */
        {"POST", "application/json", "", 400, NULL},
        {"POST", "application/json", "[]", 400, NULL},
        {"POST", "application/json", "{\"user\":1}", 400, NULL},
        {"POST", "application/json", "{\"user\":\"a\\nb\"}", 400, NULL},
        {"POST", "application/json", "{\"user\":\"a\\u007f\"}", 400, NULL},
        {"POST", "application/json", "{\"user\":\"\"}", 400, NULL},
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
            char named[96];
            (void)snprintf(named, sizeof named, "{\"user\":\"%s\",", cases[i].user);
            assert_ptr_equal(strstr(out.bytes, named), out.bytes);
            assert_string_equal(claims.user, cases[i].user);
            assert_int_equal(claims.expires_s, 1000 + LOGIN_VALID_S);
        } else {
            assert_non_null(strstr(out.bytes, "\"type\":\"error\""));
        }
        buf_deinit(&out);
    }
    token_keys_free(&keys);
}

static void where_no_key_signs_signing_in_says_so(void **state)
{
    (void)state;
    const struct http_request request = {.id = 1,
                                         .method = TEXT("POST"),
                                         .content_type = TEXT("application/json"),
                                         .body = TEXT("{\"user\":\"ada\"}")};
    struct buf out = {0};

    assert_int_equal(login_answer(&request, NULL, 1000, &out), 404);
    assert_non_null(strstr(out.bytes, "no key here signs"));
    buf_deinit(&out);
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
        cmocka_unit_test(a_file_that_others_may_read_or_change_is_refused),
        cmocka_unit_test(keys_made_with_any_umask_are_their_owner_s_alone),
        cmocka_unit_test(keys_in_a_checkout_are_noticed_also_deep_in_it_and_in_a_worktree),
        cmocka_unit_test(where_no_key_signs_signing_in_says_so),
        cmocka_unit_test(a_name_alone_is_for_this_machine_s_own_names),
        cmocka_unit_test(a_name_is_enough_to_sign_in_and_a_bad_one_is_not),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
