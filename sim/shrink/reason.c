/* See reason.h. */
#include "sim/shrink/reason.h"

#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The word that begins at `at`: how long it is, and whether a digit is in it ("17", "n2", "0a3f"). */
static size_t word_at(const char *at, bool *ret_number)
{
    size_t len = 0;

    *ret_number = false;
    for (; is_word(at[len]); len++) {
        *ret_number = *ret_number || is_digit(at[len]);
    }
    return len;
}

/* What stands in quotes, with them; 0: nothing does. */
static size_t quoted_at(const char *at)
{
    const char *end = at[0] == '"' ? strchr(at + 1, '"') : NULL;
    return end != NULL ? (size_t)(end - at) + 1 : 0;
}

static void shape_of(const char *text, char ret[REASON_TEXT])
{
    size_t len = 0;

    for (const char *at = text; *at != 0 && len + 1 < REASON_TEXT;) {
        bool number;
        const size_t quoted = quoted_at(at);
        const size_t word = word_at(at, &number);
        if (quoted > 0 || number) {
            ret[len++] = '#';
            at += quoted > 0 ? quoted : word;
            continue;
        }
        const size_t step = word > 0 ? word : 1;
        for (size_t i = 0; i < step && len + 1 < REASON_TEXT; i++) {
            ret[len++] = at[i];
        }
        at += step;
    }
    ret[len] = 0;
}

void reason_of(int32_t invariant, const char *text, struct reason *ret)
{
    *ret = (struct reason){.invariant = invariant};
    (void)snprintf(ret->text, sizeof ret->text, "%s", text);
    shape_of(ret->text, ret->shape);
}

bool reason_same(const struct reason *a, const struct reason *b)
{
    return a->invariant == b->invariant && strcmp(a->shape, b->shape) == 0;
}
