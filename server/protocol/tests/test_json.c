/* Tokens of strict JSON: places, members, integers, texts without their escapes. What is refused is
 * test_frame's table. */
#include "server/base/tests/test.h"
#include "server/protocol/json.h"
#include "server/protocol/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_all(struct json *json, const char *text)
{
    assert_int_equal(json_read(json, text, strlen(text)), HB_OK);
}

static void tokens_stand_in_order_and_know_what_follows_them(void **state)
{
    (void)state;
    struct json json;
    read_all(&json, " {\"a\": [1, 2], \"b\": \"x\", \"c\":{ }} ");

    static const struct {
        enum json_kind kind;
        uint32_t next, children;
        const char *key;
    } want[] = {
        {JSON_OBJECT, 6, 3, ""}, {JSON_ARRAY, 4, 2, "a"},  {JSON_NUMBER, 3, 0, ""},
        {JSON_NUMBER, 4, 0, ""}, {JSON_STRING, 5, 0, "b"}, {JSON_OBJECT, 6, 0, "c"},
    };
    assert_int_equal(json.tokens_len, sizeof want / sizeof want[0]);
    for (uint32_t i = 0; i < json.tokens_len; i++) {
        assert_int_equal(json.tokens[i].kind, want[i].kind);
        assert_int_equal(json.tokens[i].next, want[i].next);
        assert_int_equal(json.tokens[i].children, want[i].children);
        assert_true(text_equal(json_key(&json, &json.tokens[i]), text_of(want[i].key)));
    }
    assert_int_equal(json.tokens[0].len, strlen("{\"a\": [1, 2], \"b\": \"x\", \"c\":{ }}"));
    json_deinit(&json);
}

static void a_member_is_found_in_any_order(void **state)
{
    (void)state;
    struct json json;
    uint32_t hint = 0;
    read_all(&json, "{\"a\":{\"c\":1},\"b\":2,\"c\":3}");

    static const char *const names[] = {"c", "a", "b", "b", "c", "a"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct json_token *token = json_member(&json, json.tokens, names[i], &hint);
        assert_non_null(token);
        assert_true(text_equal(json_key(&json, token), text_of(names[i])));
        assert_ptr_equal(token, json_member(&json, json.tokens, names[i], NULL));
    }
    assert_null(json_member(&json, json.tokens, "d", &hint));
    assert_null(json_member(&json, json.tokens, "", NULL));
    const struct json_token *inner = json_member(&json, json.tokens, "a", NULL);
    assert_int_equal(json_member(&json, inner, "c", NULL)->from, 10);
    assert_null(json_member(&json, inner, "b", NULL));
    json_deinit(&json);
}

static void an_integer_is_whole_and_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"-17", true, -17},
        {"9007199254740991", true, JSON_INT_MAX},
        {"-9007199254740991", true, -JSON_INT_MAX},
        {"9007199254740992", false, 0},
        {"90071992547409910", false, 0},
        {"99999999999999999999999999", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {"\"1\"", false, 0},
        {"true", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json json;
        int64_t value = 0;
        read_all(&json, cases[i].text);
        assert_int_equal(json_integer(&json, json.tokens, &value), cases[i].good);
        if (cases[i].good) {
            assert_int_equal(value, cases[i].value);
        }
        json_deinit(&json);
    }
}

static void a_string_loses_its_escapes_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"\"\"", ""},
        {"\"plain\"", "plain"},
        {"\"a\\\"b\\\\c\\/d\"", "a\"b\\c/d"},
        {"\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac"},
        {"\"x\\ud83d\\ude00y\"", "x\xf0\x9f\x98\x80y"},
        {"\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf"},
        {"\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
        {"\"\xd7\xa9\xe2\x80\xae\"", "\xd7\xa9\xe2\x80\xae"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json json;
        char text[64];
        read_all(&json, cases[i].text);
        assert_true(json.tokens[0].len <= sizeof text);
        const uint32_t len = json_string(&json, json.tokens, text);
        assert_true(len <= json.tokens[0].len);
        assert_true(text_equal((struct text){text, len}, text_of(cases[i].want)));
        const bool escaped = strchr(cases[i].text, '\\') != NULL;
        assert_int_equal(json.tokens[0].escaped, escaped);
        assert_int_equal(json_plain(&json, json.tokens).bytes == NULL, escaped);
        json_deinit(&json);
    }
}

/* More tokens than fit beside it, in one read and freed after it. */
static void a_long_array_is_read_whole(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    char *text = malloc(2 * COUNT + 2);
    struct json json;
    assert_non_null(text);
    text[0] = '[';
    for (int i = 0; i < COUNT; i++) {
        text[1 + 2 * i] = (char)('0' + i % 10);
        text[2 + 2 * i] = ',';
    }
    text[2 * COUNT] = ']';
    text[2 * COUNT + 1] = 0;
    read_all(&json, text);
    assert_int_equal(json.tokens_len, COUNT + 1);
    assert_int_equal(json.tokens[0].children, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        int64_t value = -1;
        assert_true(json_integer(&json, &json.tokens[1 + i], &value));
        assert_int_equal(value, i % 10);
    }
    json_deinit(&json);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_stand_in_order_and_know_what_follows_them),
        cmocka_unit_test(a_member_is_found_in_any_order),
        cmocka_unit_test(an_integer_is_whole_and_exact),
        cmocka_unit_test(a_string_loses_its_escapes_and_nothing_else),
        cmocka_unit_test(a_long_array_is_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
