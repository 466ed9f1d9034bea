/* See terms.h. */
#include "reports/terms.h"

#include "server/protocol/hlc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS       INT64_C(86400000)
#define WALL_MS      INT64_C(1000000000000) /* from here on ms are a wall clock's, before a span */
#define STAMP_DIGITS 17                     /* "019b76daf129-0001" */

void terms_instant(struct buf *out, int64_t us)
{
    buf_printf(out, "%" PRId64 ".%03" PRId64 "s", us / SECOND, us % SECOND / MS);
}

void terms_span(struct buf *out, int64_t us)
{
    if (us < 0) {
        buf_add_char(out, '-');
        us = -us;
    }
    if (us >= 10 * SECOND) {
        buf_printf(out, "%" PRId64 ".%" PRId64 " s", us / SECOND, us % SECOND / (100 * MS));
    } else if (us >= SECOND) {
        buf_printf(out, "%" PRId64 ".%03" PRId64 " s", us / SECOND, us % SECOND / MS);
    } else if (us >= 10 * MS || us == 0 || us % MS == 0) {
        buf_printf(out, "%" PRId64 " ms", us / MS);
    } else {
        buf_printf(out, "%" PRId64 " us", us);
    }
}

void terms_wall(struct buf *out, int64_t ms)
{
    const int64_t of_day = (ms % DAY_MS + DAY_MS) % DAY_MS;

    buf_printf(out, "%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64, of_day / 3600000,
               of_day / 60000 % 60, of_day / 1000 % 60, of_day % 1000);
}

void terms_stamp(struct buf *out, uint64_t packed)
{
    terms_wall(out, hlc_ms((struct hlc_stamp){packed}));
    buf_printf(out, "+%" PRIu64, packed & HLC_COUNTER_MAX);
}

/* --- The judge's sentence -------------------------------------------------------------------------- */

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether this word stands at `at`; what comes behind it is none of a word. */
static bool word_at(const char *at, const char *word)
{
    const size_t len = strlen(word);
    return strncmp(at, word, len) == 0 && !is_word(at[len]);
}

/* Whether what was written so far ends with this word: what follows is an instant. */
static bool after_one_of(const struct buf *out, size_t from, const char *const *words)
{
    for (; *words != NULL; words++) {
        const size_t len = strlen(*words);
        if (out->len >= from + len + 1 && out->bytes[out->len - 1] == ' ' &&
            memcmp(out->bytes + out->len - 1 - len, *words, len) == 0) {
            return true;
        }
    }
    return false;
}

/* The bytes that were read; 0: it is no number with a unit. */
static size_t amount_at(const char *at, size_t from, struct buf *out)
{
    static const char *const instants[] = {"since", "at", "until", "key of", "known at", NULL};
    char *end;
    const int64_t number = strtoll(at, &end, 10);

    if (word_at(end, " us")) {
        if (after_one_of(out, from, instants)) {
            terms_instant(out, number);
        } else {
            terms_span(out, number);
        }
        return (size_t)(end - at) + 3;
    }
    if (word_at(end, " ms") && number >= WALL_MS) {
        terms_wall(out, number);
        return (size_t)(end - at) + 3;
    }
    return 0;
}

static size_t stamp_at(const char *at, struct buf *out)
{
    char *end;

    if (strspn(at, "0123456789abcdef") != 12 || at[12] != '-' ||
        strspn(at + 13, "0123456789abcdef") != 4) {
        return 0;
    }
    const uint64_t ms = strtoull(at, &end, 16);
    const uint64_t counter = strtoull(end + 1, NULL, 16);
    terms_wall(out, (int64_t)ms);
    buf_printf(out, "+%" PRIu64, counter);
    return STAMP_DIGITS;
}

static size_t name_at(const char *at, struct buf *out)
{
    static const struct {
        const char *judged, *shown;
    } names[] = {{"seq", "place"}, {"user", "person"}, {"users", "people"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (word_at(at, names[i].judged)) {
            buf_add_text(out, names[i].shown);
            return strlen(names[i].judged);
        }
    }
    return 0;
}

void terms_sentence(struct buf *out, const char *summary)
{
    const size_t from = out->len;

    for (const char *at = summary; *at != 0;) {
        const bool begins = at == summary || !is_word(at[-1]);
        size_t len = begins ? name_at(at, out) : 0;
        len = len == 0 && begins ? stamp_at(at, out) : len;
        len = len == 0 && begins && *at >= '0' && *at <= '9' ? amount_at(at, from, out) : len;
        if (len == 0) {
            buf_add_char(out, *at);
            len = 1;
        }
        at += len;
    }
}
