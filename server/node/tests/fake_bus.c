/* See fake_bus.h. */
#include "server/node/tests/fake_bus.h"

#include "server/node/bus.h"
#include "server/node/presence_record.h"
#include "server/protocol/seal.h"

#include <string.h>

struct cursor_key fake_cursor_key(void)
{
    struct cursor_key key = {.id = 1};

    memset(key.bytes, 9, sizeof key.bytes);
    return key;
}

static bool begins(struct text word, const char *front)
{
    const size_t len = strlen(front);

    return word.len >= len && memcmp(word.bytes, front, len) == 0;
}

void fake_name(struct text word, struct buf *out)
{
    char front[BUS_FRONT_BYTES + 1];

    bus_front(FAKE_IDENTITY, front);
    if (begins(word, "room:") || begins(word, "user:") || begins(word, "presence:") ||
        text_equal(word, TEXT(BUS_CONTROL_WORD))) {
        buf_add_text(out, front);
    }
    buf_add(out, word.bytes, word.len);
    buf_add_char(out, '\0');
    out->len--;
}

static bool sealed(struct text word)
{
    return word.len >= SEAL_BYTES && word.bytes[2] == '.' && word.bytes[SEAL_BYTES - 1] == ' ' &&
           strspn(word.bytes, "0123456789abcdef") == 2 &&
           strspn(word.bytes + 3, "0123456789abcdef") == 16;
}

struct text fake_plain(struct text word)
{
    char front[BUS_FRONT_BYTES + 1];

    bus_front(FAKE_IDENTITY, front);
    const uint32_t from = begins(word, front) ? BUS_FRONT_BYTES : sealed(word) ? SEAL_BYTES : 0;
    return (struct text){word.bytes + from, word.len - from};
}

void fake_seal(struct text name, struct text field, struct text value, struct buf *out)
{
    const struct cursor_key key = fake_cursor_key();
    struct seals *seals = seals_new(&key, 1, NULL);
    struct buf whole = {0};
    char seal[SEAL_BYTES];

    fake_name(name, &whole);
    seal_make(seals, (struct seal_place){{whole.bytes, (uint32_t)whole.len}, field}, value, seal);
    buf_add(out, seal, sizeof seal);
    buf_add(out, value.bytes != NULL ? value.bytes : "", value.len);
    buf_add_char(out, '\0');
    out->len--;
    buf_deinit(&whole);
    seals_free(&seals);
}

/* The n-th space, from 1; NULL: there are fewer. */
static const char *space_of(const char *text, int n)
{
    const char *at = strchr(text, ' ');

    while (at != NULL && --n > 0) {
        at = strchr(at + 1, ' ');
    }
    return at;
}

void fake_payload(const char *channel, const char *payload, uint64_t *said, struct buf *out)
{
    struct buf text = {0};
    const char *second = space_of(payload, 2);

    if (strcmp(channel, "nodes") == 0 && second != NULL) {
        buf_printf(&text, "%.*s %u%s", (int)(second - payload), payload, (unsigned)++*said, second);
    } else if (begins(text_of(payload), "0 ") && second != NULL) {
        buf_printf(&text, "%.*s 1 %u%s", (int)(second - payload), payload, (unsigned)++*said,
                   second);
    } else if (begins(text_of(channel), "user:") || begins(text_of(channel), "presence:")) {
        buf_printf(&text, "n9 1 %u %s", (unsigned)++*said, payload);
    } else {
        buf_add_text(&text, payload);
    }
    fake_seal(text_of(channel), (struct text){NULL, 0},
              (struct text){text.bytes, (uint32_t)text.len}, out);
    buf_deinit(&text);
}

/* Without the words from..to-1, counted from 0. */
static void without(const char *text, int from, int to, struct buf *out)
{
    const char *first = from > 0 ? space_of(text, from) : text;
    const char *behind = space_of(text, to);

    HB_ASSERT(first != NULL && behind != NULL);
    buf_add(out, text, (size_t)(first - text));
    buf_add_text(out, from > 0 ? behind : behind + 1);
}

void fake_payload_plain(struct text channel, struct text sealed_text, struct buf *out)
{
    const struct text name = fake_plain(channel);
    const struct text payload = fake_plain(sealed_text);
    struct buf text = {0};

    buf_add(&text, payload.bytes, payload.len);
    if (text_equal(name, TEXT("nodes"))) {
        without(text.bytes, 2, 3, out);
    } else if (begins(payload, "0 ")) {
        without(text.bytes, 2, 4, out);
    } else if (begins(name, "user:") || begins(name, "presence:")) {
        without(text.bytes, 0, 3, out);
    } else {
        buf_add_text(out, text.bytes);
    }
    buf_deinit(&text);
}

static struct text word_of(const struct buf *word)
{
    return (struct text){word->bytes, (uint32_t)word->len};
}

static void seal_word(const struct buf *key, struct text field, struct buf *value)
{
    struct buf whole = {0};

    fake_seal(word_of(key), field, word_of(value), &whole);
    buf_clear(value);
    buf_add(value, whole.bytes, whole.len);
    buf_deinit(&whole);
}

static uint32_t shown_seal(struct buf words[FAKE_WORDS_MAX], uint32_t len)
{
    struct text shown[RECORD_SHOWN_COUNT] = {{NULL, 0}};
    struct buf text = {0};
    bool any = false;

    for (uint32_t i = 2; i + 1 < len; i += 2) {
        for (int s = 0; s < RECORD_SHOWN_COUNT; s++) {
            if (text_equal(word_of(&words[i]), text_of(record_shown_field((enum record_shown)s)))) {
                shown[s] = word_of(&words[i + 1]);
                any = true;
            }
        }
    }
    if (!any) {
        return len;
    }
    record_shown_text(&text, shown);
    buf_add_text(&words[len], RECORD_SEAL);
    fake_seal(word_of(&words[1]), TEXT(RECORD_SEAL), word_of(&text), &words[len + 1]);
    words[len + 1].len = SEAL_BYTES - 1;
    buf_deinit(&text);
    return len + 2;
}

uint32_t fake_words_seal(struct buf words[FAKE_WORDS_MAX], uint32_t len)
{
    const bool hash = len > 3 && text_equal(word_of(&words[0]), TEXT("HSET")) &&
                      begins(word_of(&words[1]), "presence:");

    if (len > 2 && text_equal(word_of(&words[0]), TEXT("SET")) &&
        begins(word_of(&words[1]), "presence:lease:")) {
        seal_word(&words[1], (struct text){NULL, 0}, &words[2]);
    }
    for (uint32_t i = 2; hash && i + 1 < len; i += 2) {
        const struct text field = word_of(&words[i]);
        if (!begins(word_of(&words[1]), "presence:detail:") || begins(field, "c:") ||
            begins(field, "m:")) {
            seal_word(&words[1], field, &words[i + 1]);
        }
    }
    return hash && begins(word_of(&words[1]), "presence:detail:") ? shown_seal(words, len) : len;
}
