/* See json_lex.h. */
#include "server/protocol/json_lex.h"

#include <string.h>

#define DIGITS_MAX 300 /* before the point, exponent included: infinity is 1e309 */

static bool hex4(const struct json_lex *lex, uint32_t *ret)
{
    uint32_t value = 0;
    if (lex->end - lex->at < 4) {
        return false;
    }
    for (uint32_t i = 0; i < 4; i++) {
        const unsigned char c = lex->at[i];
        const unsigned char lower = c | 0x20;
        if (c >= '0' && c <= '9') {
            value = value << 4 | (uint32_t)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret = value;
    return true;
}

/* What stands for a character; the place behind it, or NULL. */
static const unsigned char *escape_end(struct json_lex *lex)
{
    uint32_t unit;

    if (lex->at == lex->end) {
        return NULL;
    }
    const unsigned char c = *lex->at++;
    if (c != 'u') {
        return c != 0 && strchr("\"\\/bfnrt", c) != NULL ? lex->at : NULL;
    }
    if (!hex4(lex, &unit) || unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
        return NULL;
    }
    lex->at += 4;
    if (unit < 0xd800 || unit > 0xdbff) {
        return lex->at;
    }
    if (lex->end - lex->at < 6 || lex->at[0] != '\\' || lex->at[1] != 'u') {
        return NULL;
    }
    lex->at += 2;
    if (!hex4(lex, &unit) || unit < 0xdc00 || unit > 0xdfff) {
        return NULL;
    }
    lex->at += 4;
    return lex->at;
}

bool json_lex_escape(struct json_lex *lex)
{
    const unsigned char *backslash = lex->at - 1;
    return escape_end(lex) != NULL || json_lex_wrong(lex, backslash, JSON_ESCAPE);
}

static uint32_t digits(struct json_lex *lex)
{
    uint32_t count = 0;
    while (lex->at < lex->end && *lex->at >= '0' && *lex->at <= '9') {
        lex->at++;
        count++;
    }
    return count;
}

/* Behind the e of a number with so many digits before its point. */
static bool exponent_take(struct json_lex *lex, uint32_t whole, const unsigned char *from)
{
    const bool sign = lex->at < lex->end && (*lex->at == '+' || *lex->at == '-');
    const bool negative = sign && *lex->at == '-';
    uint32_t exponent = 0;

    lex->at += sign;
    const uint32_t count = digits(lex);
    for (uint32_t i = count; i > 0 && exponent <= DIGITS_MAX; i--) {
        exponent = exponent * 10 + (uint32_t)(*(lex->at - i) - '0');
    }
    if (count == 0) {
        return json_lex_wrong(lex, lex->at, JSON_DIGIT);
    }
    return (negative ? exponent : whole + exponent) <= DIGITS_MAX ||
           json_lex_wrong(lex, from, JSON_NUMBER_LONG);
}

bool json_lex_number(struct json_lex *lex)
{
    const unsigned char *from = lex->at;
    if (*lex->at == '-') {
        lex->at++;
    }
    const bool zero = lex->at < lex->end && *lex->at == '0';
    const uint32_t whole = digits(lex);
    if (whole == 0) {
        return json_lex_wrong(lex, lex->at, JSON_DIGIT);
    }
    if ((zero && whole > 1) || whole > DIGITS_MAX) {
        return json_lex_wrong(lex, from, zero ? JSON_LEADING_ZERO : JSON_NUMBER_LONG);
    }
    if (lex->at < lex->end && *lex->at == '.') {
        lex->at++;
        if (digits(lex) == 0) {
            return json_lex_wrong(lex, lex->at, JSON_DIGIT);
        }
    }
    if (lex->at < lex->end && (*lex->at == 'e' || *lex->at == 'E')) {
        lex->at++;
        return exponent_take(lex, whole, from);
    }
    return true;
}
