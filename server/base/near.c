/* See near.h. */
#include "server/base/near.h"

#include "server/base/base.h"

#define WORD_MAX    40 /* longer than any that we know: nothing is near it */
#define BEGUN_LEAST 3  /* letters that say which word was begun */

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c | 0x20);
    }
    return c;
}

/* How many letters are to be added, dropped or changed (Wagner and Fischer 1974). */
static uint32_t distance(struct text word, struct text to)
{
    uint32_t row[WORD_MAX + 1];

    if (word.len > WORD_MAX || to.len > WORD_MAX) {
        return UINT32_MAX;
    }
    for (uint32_t j = 0; j <= to.len; j++) {
        row[j] = j;
    }
    for (uint32_t i = 1; i <= word.len; i++) {
        uint32_t above_left = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= to.len; j++) {
            const uint32_t changed =
                above_left + (lower(word.bytes[i - 1]) != lower(to.bytes[j - 1]));
            const uint32_t fewer = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            above_left = row[j];
            row[j] = changed < fewer ? changed : fewer;
        }
    }
    return row[to.len];
}

static bool begun(struct text word, struct text whole)
{
    uint32_t i = 0;
    while (i < word.len && i < whole.len && lower(word.bytes[i]) == lower(whole.bytes[i])) {
        i++;
    }
    return i == word.len && i >= BEGUN_LEAST;
}

const char *near_word(struct text word, const char *const *among, size_t among_len)
{
    const char *nearest = NULL;
    uint32_t least = 3;

    for (size_t i = 0; i < among_len; i++) {
        const struct text other = text_of(among[i]);
        const uint32_t away = begun(word, other) ? 1 : distance(word, other);
        /* Of a word of two letters, two changes leave nothing. */
        if (away < least && away < word.len) {
            least = away;
            nearest = among[i];
        }
    }
    return nearest;
}

void near_tell(struct buf *to, struct text word, const char *const *among, size_t among_len)
{
    const char *meant = near_word(word, among, among_len);
    if (meant != NULL) {
        buf_printf(to, ": did you mean \"%s\"?", meant);
    }
}
