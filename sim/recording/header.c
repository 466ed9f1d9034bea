/* See header.h. */
#include "sim/recording/header.h"

#include "server/base/near.h"
#include "sim/recording/amount.h"
#include "sim/recording/recorded.h"

#include <stdlib.h>

static bool take_bounds(struct line *line, const struct json_token *bounds,
                        struct record_header *header)
{
    const struct json_token *tokens = line->json.tokens;

    if (bounds->kind != JSON_OBJECT) {
        return line_wrong(line, bounds, "an object such as {\"deliver_within\": \"5s\"}");
    }
    for (uint32_t i = (uint32_t)(bounds - tokens) + 1; i < bounds->next; i = tokens[i].next) {
        if (!text_equal(json_key(&line->json, &tokens[i]), TEXT("deliver_within"))) {
            complain(&line->complaint, tokens[i].key_from - 1,
                     "bounds: expected \"deliver_within\" and nothing else");
            return false;
        }
        int64_t *within = &header->deliver_within_us;
        if (!amount_duration(&line->json, &tokens[i], within) || *within == 0) {
            return line_wrong(line, &tokens[i], "a duration such as \"5s\" or milliseconds");
        }
    }
    return true;
}

static struct text kept(struct record_header *header, struct text text)
{
    return (struct text){arena_strndup(&header->texts, text.bytes, text.len), text.len};
}

/* {"lobby": ["alice", "bob/phone"]} */
static bool take_rooms(struct line *line, const struct json_token *rooms,
                       struct record_header *header)
{
    static const char expected[] = "an object such as {\"lobby\": [\"alice\", \"bob\"]}";
    const struct json_token *tokens = line->json.tokens;

    if (rooms->kind != JSON_OBJECT) {
        return line_wrong(line, rooms, expected);
    }
    for (uint32_t i = (uint32_t)(rooms - tokens) + 1; i < rooms->next; i = tokens[i].next) {
        if (tokens[i].kind != JSON_ARRAY || tokens[i].key_len == 0 ||
            tokens[i].key_len > RECORDING_NAME_BYTES_MAX) {
            return line_wrong(line, rooms, expected);
        }
        const struct text room = kept(header, json_key(&line->json, &tokens[i]));
        for (uint32_t m = i + 1; m < tokens[i].next; m = tokens[m].next) {
            struct text who = {NULL, 0};
            if (!line_name(line, &tokens[m], &who)) {
                return false;
            }
            HB_GROW(header->members, header->members_len, header->members_cap);
            header->members[header->members_len++] =
                (struct record_member){room, kept(header, who)};
        }
    }
    return true;
}

static bool take_member(struct line *line, const struct json_token *token,
                        struct record_header *header)
{
    static const char *const names[] = {"hubbub", "recorder", "uncertain",
                                        "bounds", "rooms",    "note"};
    const struct text key = json_key(&line->json, token);
    int64_t format;

    if (text_equal(key, TEXT("hubbub"))) {
        return (json_integer(&line->json, token, &format) && format == RECORDING_FORMAT) ||
               line_wrong(line, token, "1, the format's number");
    }
    if (text_equal(key, TEXT("recorder"))) {
        struct text name = {NULL, 0};
        if (!line_name(line, token, &name)) {
            return false;
        }
        header->recorder = kept(header, name);
        return true;
    }
    if (text_equal(key, TEXT("uncertain"))) {
        return amount_duration(&line->json, token, &header->uncertain_us) ||
               line_wrong(line, token, "milliseconds, or a duration such as \"20ms\"");
    }
    if (text_equal(key, TEXT("bounds"))) {
        return take_bounds(line, token, header);
    }
    if (text_equal(key, TEXT("rooms"))) {
        return take_rooms(line, token, header);
    }
    if (text_equal(key, TEXT("note"))) {
        return true;
    }
    const char *meant = near_word(key, names, sizeof names / sizeof names[0]);
    complain(&line->complaint, token->key_from - 1, "the header has an unknown key%s%s%s",
             meant != NULL ? ": did you mean \"" : ": expected recorder, uncertain, bounds, rooms",
             meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
    return false;
}

bool header_read(struct line *line, struct record_header *ret)
{
    const struct json_token *tokens = line->json.tokens;
    for (uint32_t i = 1; i < tokens[0].next; i = tokens[i].next) {
        if (!take_member(line, &tokens[i], ret)) {
            return false;
        }
    }
    return true;
}

void header_deinit(struct record_header *header)
{
    free(header->members);
    arena_deinit(&header->texts);
    *header = (struct record_header){0};
}
