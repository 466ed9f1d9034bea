/* See line.h. */
#include "sim/recording/line.h"

#include "server/protocol/hlc.h"
#include "sim/recording/amount.h"

bool line_wrong(struct line *line, const struct json_token *token, const char *expected)
{
    const bool text = token->kind == JSON_STRING;
    const struct text key = json_key(&line->json, token);
    struct buf got = {0};
    struct buf name = {0};

    complain_quote(&name, key.len > 0 ? key : TEXT("a member"));
    complain_quote(&got, (struct text){line->json.bytes + token->from, token->len});
    if (token->kind == JSON_TRUE || token->kind == JSON_FALSE || token->kind == JSON_NULL) {
        static const char *const words[] = {"null", "false", "true"};
        buf_add_text(&got, words[token->kind]);
    }
    complain(&line->complaint, token->from - text, "%s: expected %s, got %s%s%s",
             name.bytes != NULL ? name.bytes : "", expected, text ? "\"" : "",
             got.bytes != NULL ? got.bytes : "", text ? "\"" : "");
    buf_deinit(&got);
    buf_deinit(&name);
    return false;
}

/* A string's text; escapes are undone into the recording's buffer, which has room. */
static struct text text_in(struct line *line, const struct json_token *token)
{
    struct buf *plain = line->plain;
    if (!token->escaped) {
        return json_plain(&line->json, token);
    }
    HB_ASSERT(plain->cap - plain->len > token->len);
    char *to = plain->bytes + plain->len;
    const uint32_t len = json_string(&line->json, token, to);
    plain->len += len;
    return (struct text){to, len};
}

bool line_name(struct line *line, const struct json_token *token, struct text *ret)
{
    if (token->kind != JSON_STRING || token->len == 0 || token->len > RECORDING_NAME_BYTES_MAX) {
        return line_wrong(line, token, "a text of 1 to 256 bytes");
    }
    *ret = text_in(line, token);
    return true;
}

/* An id may also be a number, but one that every writer of JSON writes exactly. */
bool line_id(struct line *line, const struct json_token *token, struct text *ret)
{
    int64_t number;
    if (token->kind != JSON_NUMBER) {
        return line_name(line, token, ret);
    }
    if (!json_integer(&line->json, token, &number)) {
        return line_wrong(line, token,
                          "a text, or an integer below 2^53 (a larger one is not exact in "
                          "JSON: write it as a text)");
    }
    *ret = (struct text){line->json.bytes + token->from, token->len};
    return true;
}

bool line_seq(struct line *line, const struct json_token *token, int64_t *ret)
{
    static const char expected[] = "an integer from 0 to 2^53 - 1, or its digits as a text";
    if (token->kind != JSON_STRING) {
        return (json_integer(&line->json, token, ret) && *ret >= 0) ||
               line_wrong(line, token, expected);
    }
    const struct text text = json_plain(&line->json, token);
    int64_t value = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        const int64_t digit = text.bytes[i] - '0';
        if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10) {
            return line_wrong(line, token, "the digits of a number below 2^63");
        }
        value = value * 10 + digit;
    }
    *ret = value;
    return text.len > 0 || line_wrong(line, token, expected);
}

bool line_hlc(struct line *line, const struct json_token *token, uint64_t *ret)
{
    struct hlc_stamp stamp;
    const struct text text = json_plain(&line->json, token);
    if (text.bytes == NULL || hlc_parse(text, &stamp, NULL) != HB_OK || stamp.packed == 0) {
        return line_wrong(line, token, "a stamp such as \"019aefc1d2e3-0007-n1\"");
    }
    *ret = stamp.packed;
    return true;
}

bool line_t(struct line *line, const struct json_token *token, int64_t *ret)
{
    if (token->kind != JSON_NUMBER ||
        !amount_ms((struct text){line->json.bytes + token->from, token->len}, ret)) {
        return line_wrong(line, token,
                          "milliseconds from 0, with at most three digits after the point");
    }
    return true;
}

bool line_value(struct line *line, const struct json_token *token, enum record_verb verb,
                struct recorded *ret)
{
    static const char *const values[] = {
#define X(name, word, value) [name] = "true or " value,
        RECORD_VERB_MAP(X)
#undef X
    };
    ret->verb = verb;
    if (token->kind == JSON_TRUE) {
        ret->value = (struct text){NULL, 0};
        return true;
    }
    if (token->kind != JSON_STRING) {
        return line_wrong(line, token, values[verb]);
    }
    if (verb == RECORD_JOINED || verb == RECORD_LEFT) {
        return line_name(line, token, &ret->value);
    }
    ret->value = text_in(line, token);
    return true;
}
