/* See numeric_date.h. */
#include "server/protocol/numeric_date.h"

#include <string.h>

/* The digits of a number, its point moved by its exponent. json_read has seen to the grammar, and that
 * the whole part has at most some hundred digits. */
struct number {
    const char *at, *end; /* digits, and perhaps a point among them */
    int64_t whole;        /* digits in front of the point once it was moved */
    bool negative;
};

#define WHOLE_MIN (-100000) /* an exponent below: nothing but zeros in front of the first digit */

static struct number number_of(const char *at, const char *end)
{
    struct number number = {.negative = *at == '-'};
    int64_t exponent = 0;

    at += number.negative;
    const char *mark = at;
    while (mark < end && *mark != 'e' && *mark != 'E') {
        mark++;
    }
    if (mark < end) {
        const char *digit = mark + 1;
        const bool minus = *digit == '-';
        digit += minus || *digit == '+';
        for (; digit < end && exponent <= -WHOLE_MIN; digit++) {
            exponent = exponent * 10 + (*digit - '0');
        }
        exponent = minus ? -exponent : exponent;
    }
    const char *point = memchr(at, '.', (size_t)(mark - at));
    number.at = at;
    number.end = mark;
    number.whole = (point != NULL ? point : mark) - at + exponent;
    return number;
}

static int64_t grow(int64_t value, int digit)
{
    const int64_t more = value * 10 + digit;
    return more < NUMERIC_DATE_MAX ? more : NUMERIC_DATE_MAX;
}

bool numeric_date_read(const struct json *json, const struct json_token *token,
                       enum numeric_date_round round, int64_t *ret)
{
    int64_t value = 0;
    int64_t place = 0;
    bool between = false;

    if (token->kind != JSON_NUMBER) {
        return false;
    }
    const struct number number =
        number_of(json->bytes + token->from, json->bytes + token->from + token->len);
    for (const char *at = number.at; at < number.end; at++) {
        if (*at == '.') {
            continue;
        }
        if (place++ < number.whole) {
            value = grow(value, *at - '0');
        } else {
            between = between || *at != '0';
        }
    }
    for (; value != 0 && value < NUMERIC_DATE_MAX && place < number.whole; place++) {
        value = grow(value, 0);
    }
    const bool away = between && number.negative == (round == NUMERIC_DATE_DOWN);
    value += away && value < NUMERIC_DATE_MAX;
    *ret = number.negative ? -value : value;
    return true;
}
