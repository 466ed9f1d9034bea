/* See story.h. */
#include "sim/outside/tests/story.h"

#include "server/base/tests/test.h"
#include "sim/recording/amount.h"

#include <stdlib.h>
#include <string.h>

static bool value_of(const char *word, const char *name, struct text *ret)
{
    const size_t len = strlen(name);
    if (strncmp(word, name, len) != 0 || word[len] != '=') {
        return false;
    }
    *ret = text_of(word + len + 1);
    return true;
}

static void take(struct recorded *recorded, const char *word)
{
    struct text text;
    if (value_of(word, "id", &recorded->id) || value_of(word, "room", &recorded->room) ||
        value_of(word, "client", &recorded->client) || value_of(word, "from", &recorded->from) ||
        value_of(word, "text", &recorded->value) || value_of(word, "whom", &recorded->value)) {
        return;
    }
    if (value_of(word, "seq", &text)) {
        recorded->seq = strtoll(text.bytes, NULL, 10);
    } else if (value_of(word, "hlc", &text)) {
        recorded->hlc = strtoull(text.bytes, NULL, 10);
    } else {
        assert_string_equal(word, "fresh");
        recorded->fresh = true;
    }
}

static enum record_verb verb_of(const char *word)
{
    int verb = 0;
    while (strcmp(record_verb_word((enum record_verb)verb), word) != 0) {
        verb++;
        assert_true(verb < RECORD_VERB_COUNT);
    }
    return (enum record_verb)verb;
}

static void tell(struct outside *outside, const char *line, uint64_t number)
{
    char bytes[400];
    struct recorded recorded = {.seq = RECORD_SEQ_NONE, .room = TEXT("r")};
    uint32_t source = 0;
    int at = 0;
    char *rest = NULL;

    assert_true(strlen(line) < sizeof bytes);
    memcpy(bytes, line, strlen(line) + 1);
    for (char *word = strtok_r(bytes, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        if (word[0] == '@') {
            source = (uint32_t)atoi(word + 1);
        } else if (at == 0) {
            assert_true(amount_ms(text_of(word), &recorded.at_us));
            at++;
        } else if (at == 1) {
            recorded.who = text_of(word);
            at++;
        } else if (at == 2) {
            recorded.verb = verb_of(word);
            at++;
        } else {
            take(&recorded, word);
        }
    }
    outside_observe(outside, source, number, &recorded);
}

struct outside *story_judged(const char *profile_text, const char *const *lines)
{
    struct profile profile = PROFILE_DEFAULT;
    struct buf why = {0};

    if (profile_text != NULL &&
        profile_read(profile_text, strlen(profile_text), &profile, &why) != HB_OK) {
        fail_msg("%s", why.bytes);
    }
    struct outside *outside = outside_new(&profile);
    bool sources = false;
    for (uint64_t i = 0; lines[i] != NULL; i++) {
        if (strncmp(lines[i], "source ", 7) == 0) {
            const int64_t ms = strtoll(strchr(lines[i], '=') + 1, NULL, 10);
            (void)outside_source(outside, &(struct record_header){.uncertain_us = ms * 1000});
            sources = true;
            continue;
        }
        if (!sources) {
            (void)outside_source(outside, &(struct record_header){0});
            sources = true;
        }
        tell(outside, lines[i], i + 1);
    }
    outside_end(outside);
    buf_deinit(&why);
    return outside;
}

char *story_violated(const struct outside *outside)
{
    struct buf text = {0};
    buf_add_text(&text, "");
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        if (outside_result(outside, (enum invariant)i).state == JUDGED_VIOLATED) {
            buf_add_text(&text, text.len > 0 ? " " : "");
            buf_add_text(&text, invariant_info((enum invariant)i)->id);
        }
    }
    return text.bytes;
}
