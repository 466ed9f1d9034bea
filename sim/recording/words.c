/* See words.h. */
#include "sim/recording/words.h"

#include "server/base/near.h"

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
    return near_word(word, words, KEY_COUNT);
}
