/* See recording.h. */
#include "sim/recording/recording.h"

#include "server/protocol/hlc.h"
#include "server/protocol/json.h"
#include "sim/recording/amount.h"
#include "sim/recording/complaint.h"
#include "sim/recording/words.h"

#include <inttypes.h>
#include <stdlib.h>

#define NOTED UINT64_C(1)
_Static_assert(KEY_COUNT <= 64, "the keys of a line are a set in 64 bits");

struct recording {
    struct record_header header;
    struct arena texts; /* of the header */
    struct buf plain;   /* texts of the line that have escapes, without them */
    uint64_t lines, events;
    int64_t last_us;
    bool headed;
};

/* One line that is being read. */
struct line {
    struct recording *recording;
    struct json json;
    struct complaint complaint;
};

struct recording *recording_new(void)
{
    return hb_calloc(1, sizeof(struct recording));
}

void recording_free(struct recording **recording)
{
    if (*recording != NULL) {
        arena_deinit(&(*recording)->texts);
        buf_deinit(&(*recording)->plain);
        free((*recording)->header.members);
        free(*recording);
        *recording = NULL;
    }
}

const struct record_header *recording_header(const struct recording *recording)
{
    return &recording->header;
}

uint64_t recording_lines(const struct recording *recording)
{
    return recording->lines;
}

/* --- Values --------------------------------------------------------------------------------- */

static bool wrong(struct line *line, const struct json_token *token, const char *expected)
{
    const bool text = token->kind == JSON_STRING;
    const struct text key = json_key(&line->json, token);
    struct buf got = {0};
    struct buf name = {0};

    complain_quote(&name, key.len > 0 ? key : TEXT("a member"));
    complain_quote(&got, (struct text){line->json.bytes + token->from, token->len});
    if (token->kind == JSON_TRUE || token->kind == JSON_FALSE || token->kind == JSON_NULL) {
        static const char *const words[] = {"null", "false", "true"};
        buf_add_text(&got, words[token->kind]);
    }
    complain(&line->complaint, token->from - text, "%s: expected %s, got %s%s%s",
             name.bytes != NULL ? name.bytes : "", expected, text ? "\"" : "",
             got.bytes != NULL ? got.bytes : "", text ? "\"" : "");
    buf_deinit(&got);
    buf_deinit(&name);
    return false;
}

/* A string's text; escapes are undone into the recording's buffer, which has room. */
static struct text text_in(struct line *line, const struct json_token *token)
{
    struct buf *plain = &line->recording->plain;
    if (!token->escaped) {
        return json_plain(&line->json, token);
    }
    HB_ASSERT(plain->cap - plain->len > token->len);
    char *to = plain->bytes + plain->len;
    const uint32_t len = json_string(&line->json, token, to);
    plain->len += len;
    return (struct text){to, len};
}

static bool take_name(struct line *line, const struct json_token *token, struct text *ret)
{
    if (token->kind != JSON_STRING || token->len == 0 || token->len > RECORDING_NAME_BYTES_MAX) {
        return wrong(line, token, "a text of 1 to 256 bytes");
    }
    *ret = text_in(line, token);
    return true;
}

/* An id may also be a number, but one that every writer of JSON writes exactly. */
static bool take_id(struct line *line, const struct json_token *token, struct text *ret)
{
    int64_t number;
    if (token->kind != JSON_NUMBER) {
        return take_name(line, token, ret);
    }
    if (!json_integer(&line->json, token, &number)) {
        return wrong(line, token,
                     "a text, or an integer below 2^53 (a larger one is not exact in "
                     "JSON: write it as a text)");
    }
    *ret = (struct text){line->json.bytes + token->from, token->len};
    return true;
}

static bool take_seq(struct line *line, const struct json_token *token, int64_t *ret)
{
    static const char expected[] = "an integer from 0 to 2^53 - 1, or its digits as a text";
    if (token->kind != JSON_STRING) {
        return (json_integer(&line->json, token, ret) && *ret >= 0) || wrong(line, token, expected);
    }
    const struct text text = json_plain(&line->json, token);
    int64_t value = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        const int64_t digit = text.bytes[i] - '0';
        if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10) {
            return wrong(line, token, "the digits of a number below 2^63");
        }
        value = value * 10 + digit;
    }
    *ret = value;
    return text.len > 0 || wrong(line, token, expected);
}

static bool take_hlc(struct line *line, const struct json_token *token, uint64_t *ret)
{
    struct hlc_stamp stamp;
    const struct text text = json_plain(&line->json, token);
    if (text.bytes == NULL || hlc_parse(text, &stamp, NULL) != HB_OK || stamp.packed == 0) {
        return wrong(line, token, "a stamp such as \"019aefc1d2e3-0007-n1\"");
    }
    *ret = stamp.packed;
    return true;
}

static bool take_t(struct line *line, const struct json_token *token, int64_t *ret)
{
    if (token->kind != JSON_NUMBER ||
        !amount_ms((struct text){line->json.bytes + token->from, token->len}, ret)) {
        return wrong(line, token, "milliseconds from 0, with at most three digits after the point");
    }
    return true;
}

static bool take_value(struct line *line, const struct json_token *token, enum record_verb verb,
                       struct recorded *ret)
{
    static const char *const values[] = {
#define X(name, word, value) [name] = "true or " value,
        RECORD_VERB_MAP(X)
#undef X
    };
    ret->verb = verb;
    if (token->kind == JSON_TRUE) {
        ret->value = (struct text){NULL, 0};
        return true;
    }
    if (token->kind != JSON_STRING) {
        return wrong(line, token, values[verb]);
    }
    if (verb == RECORD_JOINED || verb == RECORD_LEFT) {
        return take_name(line, token, &ret->value);
    }
    ret->value = text_in(line, token);
    return true;
}

static bool unknown(struct line *line, const struct json_token *token)
{
    const struct text key = json_key(&line->json, token);
    const char *meant = record_key_meant(key);
    struct buf name = {0};

    complain_quote(&name, key);
    if (meant != NULL) {
        complain(&line->complaint, token->key_from - 1, "unknown key \"%s\": did you mean \"%s\"?",
                 name.bytes != NULL ? name.bytes : "", meant);
    } else {
        complain(&line->complaint, token->key_from - 1,
                 "unknown key \"%s\": expected t, who, room, id, client, from, seq, hlc, fresh, "
                 "note or a verb",
                 name.bytes != NULL ? name.bytes : "");
    }
    buf_deinit(&name);
    return false;
}

/* --- An event ------------------------------------------------------------------------------- */

static bool take_member(struct line *line, const struct json_token *token, enum record_key key,
                        struct recorded *ret)
{
    switch (key) {
    case KEY_T:
        return take_t(line, token, &ret->at_us);
    case KEY_WHO:
        return take_name(line, token, &ret->who);
    case KEY_ROOM:
        return take_name(line, token, &ret->room);
    case KEY_ID:
        return take_id(line, token, &ret->id);
    case KEY_CLIENT:
        return take_id(line, token, &ret->client);
    case KEY_FROM:
        return take_name(line, token, &ret->from);
    case KEY_SEQ:
        return take_seq(line, token, &ret->seq);
    case KEY_HLC:
        return take_hlc(line, token, &ret->hlc);
    case KEY_FRESH:
        ret->fresh = token->kind == JSON_TRUE;
        return token->kind == JSON_TRUE || token->kind == JSON_FALSE ||
               wrong(line, token, "true or false");
    case KEY_NOTE:
        return true;
    case KEY_NONE:
        return unknown(line, token);
    case KEY_VERBS:
    default:
        return take_value(line, token, (enum record_verb)(key - KEY_VERBS), ret);
    }
}

/* What one key asks of the others. */
static bool agrees(struct line *line, uint64_t keys, const struct recorded *ret)
{
    const bool message = ret->verb <= RECORD_SAW;
    const uint64_t of_messages = NOTED << KEY_ID | NOTED << KEY_CLIENT | NOTED << KEY_FROM |
                                 NOTED << KEY_SEQ | NOTED << KEY_HLC;
    const uint64_t verbs = keys >> KEY_VERBS;

    if ((keys & NOTED << KEY_T) == 0 || (keys & NOTED << KEY_WHO) == 0 || verbs == 0) {
        complain(&line->complaint, 0, "expected %s, which is not here",
                 (keys & NOTED << KEY_T) == 0 ? "\"t\", the time in milliseconds"
                 : (keys & NOTED << KEY_WHO) == 0
                     ? "\"who\", such as \"bob/phone\""
                     : "one of sent, acked, refused, saw, joined, left, up, down");
        return false;
    }
    if ((verbs & (verbs - 1)) != 0) {
        complain(&line->complaint, 0,
                 "two verbs: expected one of sent, acked, refused, saw, "
                 "joined, left, up, down");
        return false;
    }
    if (!message && (keys & of_messages) != 0) {
        complain(&line->complaint, 0,
                 "%s: expected no id, client, from, seq and hlc: these are a "
                 "message's",
                 record_verb_word(ret->verb));
        return false;
    }
    if (message && ret->id.bytes == NULL && ret->client.bytes == NULL &&
        (ret->value.bytes == NULL || ret->verb == RECORD_REFUSED)) {
        complain(&line->complaint, 0, "%s: expected the message's \"id\", or its text",
                 record_verb_word(ret->verb));
        return false;
    }
    if (ret->verb == RECORD_SAW && ret->client.bytes != NULL && ret->from.bytes == NULL) {
        complain(&line->complaint, 0,
                 "saw: expected \"from\" beside \"client\": that id is its "
                 "writer's own");
        return false;
    }
    if ((keys & NOTED << KEY_FRESH) != 0 && ret->verb != RECORD_UP) {
        complain(&line->complaint, 0, "fresh: expected it with up only");
        return false;
    }
    return true;
}

static bool take_event(struct line *line, struct recorded *ret)
{
    struct recording *recording = line->recording;
    const struct json_token *tokens = line->json.tokens;
    const struct json_token *t = NULL;
    uint64_t keys = 0;

    *ret = (struct recorded){.seq = RECORD_SEQ_NONE};
    for (uint32_t i = 1; i < tokens[0].next; i = tokens[i].next) {
        const enum record_key key = record_key_of(json_key(&line->json, &tokens[i]));
        if (!take_member(line, &tokens[i], key, ret)) {
            return false;
        }
        keys |= NOTED << key;
        t = key == KEY_T ? &tokens[i] : t;
    }
    if (!agrees(line, keys, ret)) {
        return false;
    }
    if (ret->at_us < recording->last_us) {
        complain(&line->complaint, t->from,
                 "t goes back: expected at least %" PRId64 ".%03" PRId64
                 ", the time of the line before",
                 recording->last_us / 1000, recording->last_us % 1000);
        return false;
    }
    recording->last_us = ret->at_us;
    recording->events++;
    return true;
}

/* --- The header ----------------------------------------------------------------------------- */

static bool take_bounds(struct line *line, const struct json_token *bounds)
{
    const struct json_token *tokens = line->json.tokens;

    if (bounds->kind != JSON_OBJECT) {
        return wrong(line, bounds, "an object such as {\"deliver_within\": \"5s\"}");
    }
    for (uint32_t i = (uint32_t)(bounds - tokens) + 1; i < bounds->next; i = tokens[i].next) {
        if (!text_equal(json_key(&line->json, &tokens[i]), TEXT("deliver_within"))) {
            complain(&line->complaint, tokens[i].key_from - 1,
                     "bounds: expected \"deliver_within\" and nothing else");
            return false;
        }
        int64_t *within = &line->recording->header.deliver_within_us;
        if (!amount_duration(&line->json, &tokens[i], within) || *within == 0) {
            return wrong(line, &tokens[i], "a duration such as \"5s\" or milliseconds");
        }
    }
    return true;
}

static struct text kept(struct recording *recording, struct text text)
{
    return (struct text){arena_strndup(&recording->texts, text.bytes, text.len), text.len};
}

/* {"lobby": ["alice", "bob/phone"]} */
static bool take_rooms(struct line *line, const struct json_token *rooms)
{
    static const char expected[] = "an object such as {\"lobby\": [\"alice\", \"bob\"]}";
    struct record_header *header = &line->recording->header;
    const struct json_token *tokens = line->json.tokens;

    if (rooms->kind != JSON_OBJECT) {
        return wrong(line, rooms, expected);
    }
    for (uint32_t i = (uint32_t)(rooms - tokens) + 1; i < rooms->next; i = tokens[i].next) {
        if (tokens[i].kind != JSON_ARRAY || tokens[i].key_len == 0 ||
            tokens[i].key_len > RECORDING_NAME_BYTES_MAX) {
            return wrong(line, rooms, expected);
        }
        const struct text room = kept(line->recording, json_key(&line->json, &tokens[i]));
        for (uint32_t m = i + 1; m < tokens[i].next; m = tokens[m].next) {
            struct text who = {NULL, 0};
            if (!take_name(line, &tokens[m], &who)) {
                return false;
            }
            HB_GROW(header->members, header->members_len, header->members_cap);
            header->members[header->members_len++] =
                (struct record_member){room, kept(line->recording, who)};
        }
    }
    return true;
}

static bool take_header_member(struct line *line, const struct json_token *token)
{
    static const char *const names[] = {"hubbub", "recorder", "uncertain",
                                        "bounds", "rooms",    "note"};
    struct record_header *header = &line->recording->header;
    const struct text key = json_key(&line->json, token);
    int64_t format;

    if (text_equal(key, TEXT("hubbub"))) {
        return (json_integer(&line->json, token, &format) && format == RECORDING_FORMAT) ||
               wrong(line, token, "1, the format's number");
    }
    if (text_equal(key, TEXT("recorder"))) {
        struct text name = {NULL, 0};
        if (!take_name(line, token, &name)) {
            return false;
        }
        header->recorder = kept(line->recording, name);
        return true;
    }
    if (text_equal(key, TEXT("uncertain"))) {
        return amount_duration(&line->json, token, &header->uncertain_us) ||
               wrong(line, token, "milliseconds, or a duration such as \"20ms\"");
    }
    if (text_equal(key, TEXT("bounds"))) {
        return take_bounds(line, token);
    }
    if (text_equal(key, TEXT("rooms"))) {
        return take_rooms(line, token);
    }
    if (text_equal(key, TEXT("note"))) {
        return true;
    }
    const char *meant = word_nearest(key, names, sizeof names / sizeof names[0]);
    complain(&line->complaint, token->key_from - 1, "the header has an unknown key%s%s%s",
             meant != NULL ? ": did you mean \"" : ": expected recorder, uncertain, bounds, rooms",
             meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
    return false;
}

static bool take_header(struct line *line)
{
    const struct json_token *tokens = line->json.tokens;

    if (line->recording->events > 0 || line->recording->headed) {
        complain(&line->complaint, 0,
                 "a header: expected it on the first line only (files of "
                 "several recorders are put together by --merge)");
        return false;
    }
    line->recording->headed = true;
    for (uint32_t i = 1; i < tokens[0].next; i = tokens[i].next) {
        if (!take_header_member(line, &tokens[i])) {
            return false;
        }
    }
    return true;
}

/* --- A line --------------------------------------------------------------------------------- */

static enum record_line read_object(struct line *line, struct recorded *ret)
{
    const struct json_token *tokens = line->json.tokens;

    if (tokens[0].kind != JSON_OBJECT) {
        complain(&line->complaint, 0,
                 "expected one JSON object a line, such as "
                 "{\"t\": 12.5, \"who\": \"bob\", \"saw\": \"hi\"}");
        return RECORD_WRONG;
    }
    if (json_member(&line->json, &tokens[0], "hubbub", NULL) != NULL) {
        return take_header(line) ? RECORD_HEADER : RECORD_WRONG;
    }
    return take_event(line, ret) ? RECORD_EVENT : RECORD_WRONG;
}

static bool starts(const char *line, size_t line_len, const char *with, size_t with_len)
{
    return line_len >= with_len && memcmp(line, with, with_len) == 0;
}

enum record_line recording_read(struct recording *recording, const char *bytes, size_t bytes_len,
                                struct recorded *ret, struct buf *why)
{
    struct line line;
    size_t at = 0;

    recording->lines++;
    if (recording->lines == 1 && starts(bytes, bytes_len, "\xef\xbb\xbf", 3)) {
        bytes += 3; /* a mark that some editors put before UTF-8 */
        bytes_len -= 3;
    }
    line.recording = recording;
    line.complaint = (struct complaint){why, recording->lines, bytes, bytes_len};
    if (recording->lines == 1 &&
        (starts(bytes, bytes_len, "\xff\xfe", 2) || starts(bytes, bytes_len, "\xfe\xff", 2))) {
        complain(&line.complaint, 0, "this is UTF-16: expected UTF-8");
        return RECORD_WRONG;
    }
    if (bytes_len > RECORDING_LINE_BYTES_MAX) {
        complain(&line.complaint, RECORDING_LINE_BYTES_MAX,
                 "a line of %zu bytes: expected %d at most", bytes_len, RECORDING_LINE_BYTES_MAX);
        return RECORD_WRONG;
    }
    while (at < bytes_len && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r')) {
        at++;
    }
    if (at == bytes_len) {
        return RECORD_NOTHING;
    }
    const enum hb_err err = json_read(&line.json, bytes, bytes_len);
    enum record_line kind = RECORD_WRONG;
    if (err != HB_OK) {
        complain_json(&line.complaint, &line.json, err);
    } else {
        buf_clear(&recording->plain);
        if (memchr(bytes, '\\', bytes_len) != NULL) {
            buf_reserve(&recording->plain, bytes_len + 1);
        }
        kind = read_object(&line, ret);
    }
    json_deinit(&line.json);
    return kind;
}
