/* See amount.h. */
#include "sim/recording/amount.h"

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

bool amount_ms(struct text text, int64_t *ret_us)
{
    int64_t us = 0;
    uint32_t i = 0;

    for (; i < text.len && digit(text.bytes[i]); i++) {
        us = us * 10 + (text.bytes[i] - '0');
        if (us > AMOUNT_MS_MAX) {
            return false;
        }
    }
    if (i == 0 || (i > 1 && text.bytes[0] == '0')) {
        return false;
    }
    us *= 1000;
    if (i < text.len) {
        const uint32_t point = i++;
        for (int64_t unit = 100; i < text.len && i <= point + 3 && digit(text.bytes[i]); i++) {
            us += unit * (text.bytes[i] - '0');
            unit /= 10;
        }
        if (text.bytes[point] != '.' || i == point + 1) {
            return false;
        }
    }
    *ret_us = us;
    return i == text.len && us <= AMOUNT_MS_MAX * 1000;
}

bool amount_duration(const struct json *json, const struct json_token *token, int64_t *ret_us)
{
    static const struct {
        const char *word;
        int64_t us; /* in a thousandth of the unit there are so many nanoseconds */
    } units[] = {
        {"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", INT64_C(3600000000)}};

    if (token->kind == JSON_NUMBER) {
        return amount_ms((struct text){json->bytes + token->from, token->len}, ret_us);
    }
    const struct text text = json_plain(json, token);
    uint32_t len = 0;
    int64_t thousandths;
    while (len < text.len && (digit(text.bytes[len]) || text.bytes[len] == '.')) {
        len++;
    }
    /* "12.5" as milliseconds is 12500 us: of any unit, its thousandths. */
    if (!amount_ms((struct text){text.bytes, len}, &thousandths)) {
        return false;
    }
    const struct text unit = {text.bytes + len, text.len - len};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (text_equal(unit, text_of(units[i].word))) {
            if (thousandths > AMOUNT_MS_MAX * 1000 / units[i].us) {
                return false;
            }
            *ret_us = thousandths * units[i].us / 1000;
            return true;
        }
    }
    return false;
}
