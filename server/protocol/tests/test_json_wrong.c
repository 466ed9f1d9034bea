/* Each rule of JSON that people break has its sentence, at the byte that breaks it. */
#include "server/base/tests/test.h"
#include "server/protocol/json_wrong.h"

#include <stdio.h>
#include <string.h>

static void told(const char *bytes, size_t bytes_len, const char *want)
{
    struct json json;
    struct buf why = {0};
    const enum hb_err err = json_read(&json, bytes, bytes_len);
    assert_int_not_equal(err, HB_OK);
    json_tell(&json, bytes_len, err, &why);
    assert_string_equal(why.bytes, want);
    json_deinit(&json);
    buf_deinit(&why);
}

static void each_rule_has_its_place_and_its_sentence(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "line 1, column 1: there is nothing: expected a JSON object"},
        {" \n\n", "line 1, column 1: there is nothing: expected a JSON object"},
        {"\xef\xbb\xbf{}", "line 1, column 1: a byte order mark (BOM): expected UTF-8 without one"},
        {"\xff\xfe{", "line 1, column 1: this is UTF-16: expected UTF-8"},
        {"{\n  // no\n}", "line 2, column 3: JSON has no comments: expected none"},
        {"{\"a\": /* no */ 1}", "line 1, column 7: JSON has no comments: expected none"},
        {"{\"a\": 1} # no", "line 1, column 10: JSON has no comments: expected none"},
        {"{\"a\": 1,\n \"b\": {\"a\": 2},\n \"a\": 3}",
         "line 3, column 3: the key \"a\" is there twice"},
        {"{\"a\": 1,\n}",
         "line 2, column 1: a comma before the end: expected another member, or none"},
        {"[1, ]", "line 1, column 5: a comma before the end: expected another member, or none"},
        {"{\"a\": \"\xc3\xa9\xed\xa0\x80\"}", "line 1, column 9: these bytes are not UTF-8"},
        {"{\"\xff\": 1}", "line 1, column 3: these bytes are not UTF-8"},
        {"{'a': 1}", "line 1, column 2: single quotes: expected double quotes"},
        {"{\"a\": 'b'}", "line 1, column 7: single quotes: expected double quotes"},
        {"{\xe2\x80\x9c"
         "a\xe2\x80\x9d: 1}",
         "line 1, column 2: typographic quotes: expected plain double quotes"},
        {"{a: 1}", "line 1, column 2: expected a key in double quotes, got a"},
        {"{\"a\": \"b}", "line 1, column 7: a text that begins here has no closing quote"},
        {"{\"a\": \"b\n}", "line 1, column 7: a text that begins here has no closing quote"},
        {"{\"a", "line 1, column 2: a text that begins here has no closing quote"},
        {"{\"a\": \"b\tc\"}",
         "line 1, column 9: a raw control character in a text: expected an escape such as \\n"},
        {"{\"a\": NaN}", "line 1, column 7: expected a JSON value: NaN is none"},
        {"{\"a\": -Infinity}", "line 1, column 8: expected a JSON value: Infinity is none"},
        {"{\"a\": Infinity}", "line 1, column 7: expected a JSON value: Infinity is none"},
        {"{\"a\": undefined}", "line 1, column 7: expected a JSON value: undefined is none"},
        {"{\"a\": True}", "line 1, column 7: expected null, true or false in small letters"},
        {"{\"a\": treu}", "line 1, column 7: expected a value, got t"},
        {"{\"a\": 01}",
         "line 1, column 7: a number with a leading zero: expected one such as 12 or 0.5"},
        {"{\"a\": -01}",
         "line 1, column 7: a number with a leading zero: expected one such as 12 or 0.5"},
        {"{\"a\": +1}", "line 1, column 7: a number with a plus: expected it without"},
        {"{\"a\": .5}",
         "line 1, column 7: a number without a digit before its point: expected one such as 0.5"},
        {"{\"a\": 1.}", "line 1, column 9: a number that JSON does not have: expected a digit "
                        "here, as in 12 or 12.5"},
        {"{\"a\": 1e}", "line 1, column 9: a number that JSON does not have: expected a digit "
                        "here, as in 12 or 12.5"},
        {"{\"a\": 1e400}",
         "line 1, column 7: a number that is too large or too long: expected one below 1e300"},
        {"{\"a\": 1_000}", "line 1, column 8: expected a comma or }, got _"},
        {"{\"a\": 0x10}", "line 1, column 8: expected a comma or }, got x"},
        {"{\"a\": 1 \"b\": 2}", "line 1, column 9: expected a comma or }, got \""},
        {"[1 2]", "line 1, column 4: expected a comma or ], got 2"},
        {"{\"a\": [1}", "line 1, column 9: expected a comma or ], got }"},
        {"{\"a\" 1}", "line 1, column 6: expected a colon behind the key, got 1"},
        {"{\"a\": }", "line 1, column 7: expected a value, got }"},
        {"{\"a\": \x01}", "line 1, column 7: expected a value, got the byte 0x01"},
        {"{\"a\": \"\\x\"}", "line 1, column 8: expected an escape of JSON that stands for a "
                             "character: not NUL, no half of a pair"},
        {"{\"a\": \"\\u0000\"}", "line 1, column 8: expected an escape of JSON that stands for a "
                                 "character: not NUL, no half of a pair"},
        {"{\"a\": \"\\ud800\"}", "line 1, column 8: expected an escape of JSON that stands for a "
                                 "character: not NUL, no half of a pair"},
        {"{\"a\\n\": 1}",
         "line 1, column 4: a backslash in a key: expected its letters as they are"},
        {"{} {}", "line 1, column 4: something stands behind the end: expected one JSON value and "
                  "nothing else"},
        {"{}\n}", "line 2, column 1: something stands behind the end: expected one JSON value and "
                  "nothing else"},
        {"{\"a\": 1", "line 1, column 8: it ends here: expected the rest of its JSON"},
        {"{\"a\": ", "line 1, column 7: it ends here: expected the rest of its JSON"},
        {"{\"a\": -", "line 1, column 8: it ends here: expected the rest of its JSON"},
        {"{\r\n\"\xc3\xa9\": 1,\r\n\"b\": x}", "line 3, column 6: expected a value, got x"},
        {"[[[[[[[[[]]]]]]]]]", "line 1, column 9: nested deeper than 8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        told(cases[i].text, strlen(cases[i].text), cases[i].want);
    }
    told("{\"a\": \0}", 8, "line 1, column 7: expected a value, got the byte 0x00");
}

static void what_is_long_is_cut(void **state)
{
    char text[1200];
    char key[101];
    (void)state;
    memset(key, 'k', 100);
    key[100] = 0;
    (void)snprintf(text, sizeof text, "{\"%s\": 1, \"%s\": 2}", key, key);
    told(text, strlen(text),
         "line 1, column 110: the key \"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...\" is there "
         "twice");
    memset(text, '9', 1000);
    text[1000] = 0;
    told(text, 1000,
         "line 1, column 1: a number that is too large or too long: expected one below 1e300");
}

/* Whatever the bytes, there is a sentence, and its place is within them. */
static void every_prefix_and_every_changed_byte_has_a_sentence(void **state)
{
    static const char good[] =
        "{\"a\": [1, -2.5e3, \"x\\u00e9\\n\"], \"\xc3\xa9\": {\"b\": null, \"c\": true}}";
    static const char others[] = "\"'{}[]:,\\/#\n\x01\xff"
                                 "0aN-+.";
    (void)state;
    for (size_t at = 0; at < sizeof good - 1; at++) {
        for (size_t o = 0; o < sizeof others; o++) {
            char text[sizeof good];
            struct json json;
            memcpy(text, good, sizeof good);
            text[at] = others[o];
            const size_t len = o + 1 == sizeof others ? at : sizeof good - 1;
            const enum hb_err err = json_read(&json, text, len);
            if (err != HB_OK) {
                char sentence[JSON_SENTENCE_BYTES] = "";
                size_t place = SIZE_MAX;
                json_sentence(&json, len, err, &place, sentence);
                assert_true(place <= len);
                assert_true(strlen(sentence) > 10);
            }
            json_deinit(&json);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_has_its_place_and_its_sentence),
        cmocka_unit_test(what_is_long_is_cut),
        cmocka_unit_test(every_prefix_and_every_changed_byte_has_a_sentence),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
