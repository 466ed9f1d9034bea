/* See recording.h. */
#include "sim/recording/recording.h"

#include "sim/recording/line.h"
#include "sim/recording/words.h"

#include <inttypes.h>
#include <stdlib.h>

#define NOTED UINT64_C(1)
_Static_assert(KEY_COUNT <= 64, "the keys of a line are a set in 64 bits");

struct recording {
    struct record_header header;
    struct buf plain;
    uint64_t lines, events;
    int64_t last_us;
    bool headed;
};

struct recording *recording_new(void)
{
    return hb_calloc(1, sizeof(struct recording));
}

void recording_free(struct recording **recording)
{
    if (*recording != NULL) {
        header_deinit(&(*recording)->header);
        buf_deinit(&(*recording)->plain);
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

/* --- An event ------------------------------------------------------------------------------- */

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

static bool take_member(struct line *line, const struct json_token *token, enum record_key key,
                        struct recorded *ret)
{
    switch (key) {
    case KEY_T:
        return line_t(line, token, &ret->at_us);
    case KEY_WHO:
        return line_name(line, token, &ret->who);
    case KEY_ROOM:
        return line_name(line, token, &ret->room);
    case KEY_ID:
        return line_id(line, token, &ret->id);
    case KEY_CLIENT:
        return line_id(line, token, &ret->client);
    case KEY_FROM:
        return line_name(line, token, &ret->from);
    case KEY_SEQ:
        return line_seq(line, token, &ret->seq);
    case KEY_HLC:
        return line_hlc(line, token, &ret->hlc);
    case KEY_FRESH:
        ret->fresh = token->kind == JSON_TRUE;
        return token->kind == JSON_TRUE || token->kind == JSON_FALSE ||
               line_wrong(line, token, "true or false");
    case KEY_NOTE:
        return true;
    case KEY_NONE:
        return unknown(line, token);
    case KEY_VERBS:
    default:
        return line_value(line, token, (enum record_verb)(key - KEY_VERBS), ret);
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

static bool take_event(struct recording *recording, struct line *line, struct recorded *ret)
{
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
    HB_ASSERT(t != NULL); /* agrees() has asked for it */
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

/* --- A line --------------------------------------------------------------------------------- */

static bool take_header(struct recording *recording, struct line *line)
{
    if (recording->events > 0 || recording->headed) {
        complain(&line->complaint, 0,
                 "a header: expected it on the first line only (files of "
                 "several recorders are put together by --merge)");
        return false;
    }
    recording->headed = true;
    return header_read(line, &recording->header);
}

static enum record_line read_object(struct recording *recording, struct line *line,
                                    struct recorded *ret)
{
    const struct json_token *tokens = line->json.tokens;

    if (tokens[0].kind == JSON_ARRAY) {
        complain(&line->complaint, 0, COMPLAINT_ARRAY);
        return RECORD_WRONG;
    }
    if (tokens[0].kind != JSON_OBJECT) {
        complain(&line->complaint, 0,
                 "expected one JSON object a line, such as "
                 "{\"t\": 12.5, \"who\": \"bob\", \"saw\": \"hi\"}");
        return RECORD_WRONG;
    }
    if (json_member(&line->json, &tokens[0], "hubbub", NULL) != NULL) {
        return take_header(recording, line) ? RECORD_HEADER : RECORD_WRONG;
    }
    return take_event(recording, line, ret) ? RECORD_EVENT : RECORD_WRONG;
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
    line.plain = &recording->plain;
    line.complaint = (struct complaint){why, recording->lines, bytes, bytes_len};
    if (recording->lines == 1 &&
        (starts(bytes, bytes_len, "\xff\xfe", 2) || starts(bytes, bytes_len, "\xfe\xff", 2))) {
        complain(&line.complaint, 0, "this is UTF-16: expected UTF-8");
        return RECORD_WRONG;
    }
    if (bytes_len > RECORDING_LINE_BYTES_MAX) {
        complain(&line.complaint, RECORDING_LINE_BYTES_MAX, "a line of more than %d bytes",
                 RECORDING_LINE_BYTES_MAX);
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
        kind = read_object(recording, &line, ret);
    }
    json_deinit(&line.json);
    return kind;
}
