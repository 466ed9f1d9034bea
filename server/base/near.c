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

static uint32_t least_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* How many letters are to be added, dropped, changed, or swapped with their neighbour (Damerau 1964). */
static uint32_t distance(struct text word, struct text to)
{
    uint32_t rows[3][WORD_MAX + 1]; /* of the last three letters of `word`, by turns */

    if (word.len > WORD_MAX || to.len > WORD_MAX) {
        return UINT32_MAX;
    }
    for (uint32_t j = 0; j <= to.len; j++) {
        rows[0][j] = j;
    }
    for (uint32_t i = 1; i <= word.len; i++) {
        uint32_t *row = rows[i % 3];
        const uint32_t *above = rows[(i - 1) % 3];
        const uint32_t *before = rows[(i + 1) % 3];
        const char letter = lower(word.bytes[i - 1]);
        row[0] = i;
        for (uint32_t j = 1; j <= to.len; j++) {
            const char other = lower(to.bytes[j - 1]);
            row[j] = least_of(above[j - 1] + (letter != other), least_of(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && letter == lower(to.bytes[j - 2]) &&
                lower(word.bytes[i - 2]) == other) {
                row[j] = least_of(row[j], before[j - 2] + 1);
            }
        }
    }
    return rows[word.len % 3][to.len];
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
        if (text_equal(word, other)) {
            return NULL; /* how it is spelt is not what is wrong with it */
        }
        const uint32_t away = begun(word, other) ? 1 : distance(word, other);
        if (away < least && away * 2 <= word.len) { /* at most half of it is another */
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
