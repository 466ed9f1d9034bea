/* See words.h. */
#include "sim/recording/words.h"

#define WORD_MAX 24 /* longer than any that we know: nothing is near it */

static const char *const words[KEY_COUNT] = {
#define X(name, word) word,
    RECORD_KEY_MAP(X)
#undef X
#define X(name, word, value) word,
        RECORD_VERB_MAP(X)
#undef X
};

const char *record_key_word(enum record_key key)
{
    HB_ASSERT(key < KEY_COUNT);
    return words[key];
}

enum record_key record_key_of(struct text word)
{
    for (int i = 0; i < KEY_COUNT; i++) {
        if (word.len > 0 && word.bytes[0] == words[i][0] && text_equal(word, text_of(words[i]))) {
            return (enum record_key)i;
        }
    }
    return KEY_NONE;
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c | 0x20);
    }
    return c;
}

static bool same_word(struct text word, const char *other)
{
    uint32_t i = 0;
    while (i < word.len && other[i] != 0 && lower(word.bytes[i]) == other[i]) {
        i++;
    }
    return i == word.len && other[i] == 0;
}

/* How many letters are to be added, dropped or changed (Wagner and Fischer 1974). */
static uint32_t distance(struct text word, const char *other)
{
    const struct text to = text_of(other);
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

const char *word_nearest(struct text word, const char *const *among, size_t among_len)
{
    const char *nearest = NULL;
    uint32_t least = 3;

    for (size_t i = 0; i < among_len; i++) {
        const uint32_t away = distance(word, among[i]);
        /* Of a word of two letters, two changes leave nothing. */
        if (away < least && away < word.len) {
            least = away;
            nearest = among[i];
        }
    }
    return nearest;
}

const char *record_key_meant(struct text word)
{
    /* What other recorders and protocols call them. */
    static const struct {
        const char *said, *meant;
    } others[] = {
        {"time", "t"},
        {"ts", "t"},
        {"timestamp", "t"},
        {"at", "t"},
        {"ms", "t"},
        {"user", "who"},
        {"device", "who"},
        {"name", "who"},
        {"client_id", "client"},
        {"clientid", "client"},
        {"author", "from"},
        {"sender", "from"},
        {"senderid", "from"},
        {"channel", "room"},
        {"topic", "room"},
        {"roomid", "room"},
        {"messageid", "id"},
        {"message_id", "id"},
        {"msgid", "id"},
        {"send", "sent"},
        {"emit", "sent"},
        {"ack", "acked"},
        {"nack", "refused"},
        {"failed", "refused"},
        {"recv", "saw"},
        {"received", "saw"},
        {"got", "saw"},
        {"shown", "saw"},
        {"seen", "saw"},
        {"join", "joined"},
        {"leave", "left"},
        {"connect", "up"},
        {"connected", "up"},
        {"open", "up"},
        {"disconnect", "down"},
        {"close", "down"},
        {"disconnected", "down"},
        {"offset", "seq"},
        {"comment", "note"},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (same_word(word, others[i].said)) {
            return others[i].meant;
        }
    }
    return word_nearest(word, words, KEY_COUNT);
}
