/* JSON to typed structs: the tokens of a strict scan, then each field's type and range. */
#include "server/base/mem.h"
#include "server/protocol/frame.h"
#include "server/protocol/id.h"
#include "server/protocol/json.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_BYTES_MAX 128 /* of the word, every character of it written as an escape */

/* One decoding: arrays, and texts that had escapes, go into the one allocation behind the frame. */
struct decode {
    const struct json *json;
    const struct json_token *object; /* whose fields are read */
    uint32_t next;                   /* where the next field is looked for first */
    char *texts;
    char *arrays;
    enum hb_err err;
    const char *field;
};

static void fail(struct decode *d, enum hb_err err, const char *field)
{
    if (d->err == HB_OK) {
        d->err = err;
        d->field = field;
    }
}

static const struct json_token *find(struct decode *d, const char *name)
{
    return json_member(d->json, d->object, name, &d->next);
}

static struct text text_of_token(struct decode *d, const struct json_token *token)
{
    if (!token->escaped) {
        return json_plain(d->json, token);
    }
    const struct text text = {d->texts, json_string(d->json, token, d->texts)};
    d->texts += text.len;
    return text;
}

static const struct json_token *after(const struct decode *d, const struct json_token *token)
{
    return d->json->tokens + token->next;
}

/* --- Fields --------------------------------------------------------------------------------- */

enum need { REQUIRED, OPTIONAL };

static struct text take_string(struct decode *d, const char *name, enum need need)
{
    const struct json_token *item = find(d, name);
    if (item == NULL && need == OPTIONAL) {
        return (struct text){NULL, 0};
    }
    if (item == NULL || item->kind != JSON_STRING) {
        fail(d, HB_EFIELD, name);
        return (struct text){NULL, 0};
    }
    return text_of_token(d, item);
}

static struct text take_text(struct decode *d, const char *name, enum need need, uint32_t bytes_max)
{
    const struct text text = take_string(d, name, need);
    if (text.bytes != NULL && text.len == 0) {
        fail(d, HB_EFIELD, name);
    } else if (text.len > bytes_max) {
        fail(d, HB_ELARGE, name);
    }
    return text;
}

static struct text take_id(struct decode *d, const char *name, enum need need)
{
    const struct text text = take_string(d, name, need);
    if (text.bytes != NULL && !id_valid(text)) {
        fail(d, HB_EFIELD, name);
    }
    return text;
}

static struct text take_stamp(struct decode *d, const char *name, enum need need,
                              struct hlc_stamp *ret)
{
    const struct text text = take_string(d, name, need);
    ret->packed = 0;
    if (text.bytes != NULL && hlc_parse(text, ret, NULL) != HB_OK) {
        fail(d, HB_EFIELD, name);
    }
    return text;
}

static bool integer_of(const struct decode *d, const struct json_token *token, int64_t low,
                       int64_t high, int64_t *ret)
{
    return json_integer(d->json, token, ret) && *ret >= low && *ret <= high;
}

static int64_t take_integer(struct decode *d, const char *name, enum need need, int64_t low,
                            int64_t high)
{
    const struct json_token *item = find(d, name);
    int64_t value = low;
    if (item == NULL && need == OPTIONAL) {
        return -1;
    }
    if (item == NULL || !integer_of(d, item, low, high, &value)) {
        fail(d, HB_EFIELD, name);
    }
    return value;
}

static bool take_bool(struct decode *d, const char *name, enum need need)
{
    const struct json_token *item = find(d, name);
    if (item == NULL && need == OPTIONAL) {
        return false;
    }
    if (item == NULL || (item->kind != JSON_TRUE && item->kind != JSON_FALSE)) {
        fail(d, HB_EFIELD, name);
        return false;
    }
    return item->kind == JSON_TRUE;
}

/* The first of at most `max` children of an array or object. *ret_len is 0 when it is absent or
 * wrong. */
static const struct json_token *take_children(struct decode *d, const char *name, enum need need,
                                              enum json_kind kind, uint32_t max, uint32_t *ret_len)
{
    const struct json_token *item = find(d, name);
    *ret_len = 0;
    if (item == NULL && need == OPTIONAL) {
        return NULL;
    }
    if (item == NULL || item->kind != kind) {
        fail(d, HB_EFIELD, name);
        return NULL;
    }
    if (item->children > max) {
        fail(d, HB_ELARGE, name);
        return NULL;
    }
    *ret_len = item->children;
    return item + 1;
}

static void *array_of(struct decode *d, uint32_t len, size_t bytes)
{
    void *array = d->arrays;
    d->arrays += (len * bytes + 15) / 16 * 16;
    return array;
}

static struct position *take_positions(struct decode *d, const char *name, enum need need,
                                       uint32_t *ret_len)
{
    const struct json_token *child =
        take_children(d, name, need, JSON_OBJECT, ROOMS_PER_USER_MAX, ret_len);
    struct position *positions = array_of(d, *ret_len, sizeof *positions);
    for (uint32_t i = 0; i < *ret_len; i++, child = after(d, child)) {
        int64_t seq = 0;
        positions[i].room_id = json_key(d->json, child);
        positions[i].room_key = id_key(positions[i].room_id);
        if (!id_valid(positions[i].room_id) || !integer_of(d, child, 0, JSON_INT_MAX, &seq)) {
            fail(d, HB_EFIELD, name);
        }
        positions[i].seq = (uint64_t)seq;
    }
    return positions;
}

/* --- Frames --------------------------------------------------------------------------------- */

static void decode_hello(struct decode *d, struct frame_hello *hello)
{
    hello->version = (uint32_t)take_integer(d, "version", REQUIRED, 0, UINT32_MAX);
    hello->token = take_text(d, "token", OPTIONAL, TOKEN_BYTES_MAX);
    hello->device = take_id(d, "device", REQUIRED);
    hello->epoch = take_id(d, "epoch", OPTIONAL);
    hello->positions = take_positions(
        d, "positions", hello->epoch.bytes != NULL ? REQUIRED : OPTIONAL, &hello->positions_len);
    if (hello->positions_len > 0 && hello->epoch.bytes == NULL) {
        fail(d, HB_EFIELD, "epoch");
    }
    hello->seen = take_stamp(d, "seen", OPTIONAL, &hello->seen_hlc);
}

static void decode_send(struct decode *d, struct frame_send *send)
{
    send->room_id = take_id(d, "roomId", REQUIRED);
    send->client_id = take_id(d, "clientId", REQUIRED);
    send->content = take_text(d, "content", REQUIRED, CONTENT_BYTES_MAX);
    send->seen = take_stamp(d, "seen", OPTIONAL, &send->seen_hlc);
}

static void decode_sync_request(struct decode *d, struct frame_sync_request *request)
{
    request->ref = take_id(d, "ref", OPTIONAL);
    request->cursor = take_text(d, "cursor", OPTIONAL, CURSOR_BYTES_MAX);
    request->epoch = take_id(d, "epoch", OPTIONAL);
    request->positions =
        take_positions(d, "positions", request->epoch.bytes != NULL ? REQUIRED : OPTIONAL,
                       &request->positions_len);
    request->last_sync_timestamp_ms =
        take_integer(d, "lastSyncTimestamp", OPTIONAL, 0, JSON_INT_MAX);
    if (request->positions_len > 0 && request->epoch.bytes == NULL) {
        fail(d, HB_EFIELD, "epoch");
    }
    const int forms = (request->cursor.bytes != NULL) + (request->epoch.bytes != NULL) +
                      (request->last_sync_timestamp_ms >= 0);
    if (forms != 1) {
        fail(d, HB_EFIELD, "cursor");
    }
    const int64_t limit = take_integer(d, "limit", OPTIONAL, 1, JSON_INT_MAX);
    request->limit = limit < 0 || limit > PAGE_ROWS_MAX ? PAGE_ROWS_MAX : (uint32_t)limit;
}

static void decode_room(struct decode *d, enum frame_type type, struct frame_room *room)
{
    room->room_id = take_id(d, "roomId", REQUIRED);
    room->client_id = take_id(d, "clientId", REQUIRED);
    if (type != FRAME_ROOM_CREATE) {
        return;
    }
    room->open = take_bool(d, "open", OPTIONAL);
    const struct json_token *child =
        take_children(d, "members", OPTIONAL, JSON_ARRAY, MEMBERS_INVITE_MAX, &room->members_len);
    room->members = array_of(d, room->members_len, sizeof *room->members);
    for (uint32_t i = 0; i < room->members_len; i++, child = after(d, child)) {
        if (child->kind != JSON_STRING) {
            fail(d, HB_EFIELD, "members");
            return;
        }
        room->members[i] = text_of_token(d, child);
        if (!id_valid(room->members[i])) {
            fail(d, HB_EFIELD, "members");
        }
    }
}

/* Reads the fields of another object with the same decoder. */
static void enter(struct decode *d, const struct json_token *object)
{
    d->object = object;
    d->next = 0;
}

static void decode_welcome(struct decode *d, struct frame_welcome *welcome)
{
    const struct json_token *object = d->object;
    welcome->version = (uint32_t)take_integer(d, "version", REQUIRED, 0, UINT32_MAX);
    welcome->user_id = take_id(d, "userId", REQUIRED);
    welcome->connection_id = take_id(d, "connectionId", REQUIRED);
    welcome->epoch = take_id(d, "epoch", REQUIRED);
    const struct json_token *child =
        take_children(d, "rooms", REQUIRED, JSON_ARRAY, ROOMS_PER_USER_MAX, &welcome->rooms_len);
    welcome->rooms = array_of(d, welcome->rooms_len, sizeof *welcome->rooms);
    for (uint32_t i = 0; i < welcome->rooms_len; i++, child = after(d, child)) {
        struct welcome_room *room = &welcome->rooms[i];
        if (child->kind != JSON_OBJECT) {
            fail(d, HB_EFIELD, "rooms");
            return;
        }
        enter(d, child);
        room->room_id = take_id(d, "roomId", REQUIRED);
        room->room_key = id_key(room->room_id);
        room->head = (uint64_t)take_integer(d, "head", REQUIRED, 0, JSON_INT_MAX);
        room->recovered = take_bool(d, "recovered", REQUIRED);
    }
    enter(d, object);
    const struct json_token *limits = find(d, "limits");
    if (limits == NULL || limits->kind != JSON_OBJECT) {
        fail(d, HB_EFIELD, "limits");
        return;
    }
    enter(d, limits);
    welcome->ping_interval_ms = (uint32_t)take_integer(d, "pingIntervalMs", REQUIRED, 1, INT32_MAX);
    welcome->ping_timeout_ms = (uint32_t)take_integer(d, "pingTimeoutMs", REQUIRED, 1, INT32_MAX);
}

static void decode_entry(struct decode *d, enum frame_type type, struct entry *entry)
{
    entry->id = take_text(d, "id", REQUIRED, HLC_TEXT_BYTES_MAX);
    entry->room_id = take_id(d, "roomId", REQUIRED);
    entry->seq = (uint64_t)take_integer(d, "seq", REQUIRED, 1, JSON_INT_MAX);
    if (type == FRAME_MESSAGE) {
        entry->kind = ENTRY_MESSAGE;
        entry->sender_id = take_id(d, "senderId", REQUIRED);
        entry->client_id = take_id(d, "clientId", OPTIONAL);
        entry->content = take_text(d, "content", REQUIRED, CONTENT_BYTES_MAX);
    } else {
        const struct text event = take_string(d, "event", REQUIRED);
        entry->kind = text_equal(event, TEXT("join")) ? ENTRY_JOIN : ENTRY_LEAVE;
        if (entry->kind == ENTRY_LEAVE && !text_equal(event, TEXT("leave"))) {
            fail(d, HB_EFIELD, "event");
        }
        entry->sender_id = take_id(d, "userId", REQUIRED);
        entry->client_id = take_id(d, "clientId", OPTIONAL);
        entry->content = (struct text){NULL, 0};
    }
    entry->timestamp_ms = take_integer(d, "timestamp", REQUIRED, -JSON_INT_MAX, JSON_INT_MAX);
    entry->hlc_text = take_stamp(d, "hlc", REQUIRED, &entry->hlc);
    entry->id_key = id_key(entry->id);
    entry->room_key = id_key(entry->room_id);
    entry->sender_key = id_key(entry->sender_id);
    entry->client_key = id_key(entry->client_id);
    entry->content_key = id_key(entry->content);
}

static void decode_ack(struct decode *d, struct frame_ack *ack)
{
    ack->client_id = take_id(d, "clientId", REQUIRED);
    ack->client_key = id_key(ack->client_id);
    ack->room_id = take_id(d, "roomId", REQUIRED);
    ack->id = take_text(d, "id", REQUIRED, HLC_TEXT_BYTES_MAX);
    ack->id_key = id_key(ack->id);
    ack->seq = (uint64_t)take_integer(d, "seq", REQUIRED, 1, JSON_INT_MAX);
    ack->timestamp_ms = take_integer(d, "timestamp", REQUIRED, -JSON_INT_MAX, JSON_INT_MAX);
    ack->hlc_text = take_stamp(d, "hlc", REQUIRED, &ack->hlc);
}

static enum hb_err err_of_word(struct text word)
{
    static const enum hb_err errs[] = {
#define X(code, wire, temporary, text) code,
        HB_ERR_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof errs / sizeof errs[0]; i++) {
        if (text_equal(word, text_of(hb_err_wire(errs[i])))) {
            return errs[i];
        }
    }
    return HB_EFRAME; /* a newer peer's word: its `temporary` still counts */
}

static void decode_nack(struct decode *d, struct frame_nack *nack)
{
    nack->client_id = take_id(d, "clientId", REQUIRED);
    nack->client_key = id_key(nack->client_id);
    nack->code_word = take_text(d, "code", REQUIRED, ID_BYTES_MAX);
    nack->code = err_of_word(nack->code_word);
    nack->temporary = take_bool(d, "temporary", REQUIRED);
    nack->retry_after_ms = (uint32_t)take_integer(d, "retryAfterMs", REQUIRED, 0, INT32_MAX);
}

/* The `type` of an object, without reading anything else. */
static bool type_of(const struct json *json, const struct json_token *object, enum frame_type *ret)
{
    static const struct text words[] = {
#define X(name, word, side) {(word), sizeof(word) - 1},
        FRAME_MAP(X)
#undef X
    };
    const struct json_token *item = json_member(json, object, "type", NULL);
    char bytes[TYPE_BYTES_MAX];

    if (item == NULL || item->kind != JSON_STRING || item->len > sizeof bytes) {
        return false;
    }
    const struct text type = {bytes, json_string(json, item, bytes)};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (text_equal(type, words[i])) {
            *ret = (enum frame_type)i;
            return true;
        }
    }
    return false;
}

static void decode_sync_response(struct decode *d, struct frame_sync_response *page)
{
    const struct json_token *object = d->object;
    page->ref = take_id(d, "ref", OPTIONAL);
    page->epoch = take_id(d, "epoch", REQUIRED);
    const struct json_token *child =
        take_children(d, "entries", REQUIRED, JSON_ARRAY, PAGE_ROWS_MAX, &page->entries_len);
    page->entries = array_of(d, page->entries_len, sizeof *page->entries);
    for (uint32_t i = 0; i < page->entries_len; i++, child = after(d, child)) {
        enum frame_type type;
        if (child->kind != JSON_OBJECT || !type_of(d->json, child, &type) ||
            (type != FRAME_MESSAGE && type != FRAME_ROOM_EVENT)) {
            fail(d, HB_EFIELD, "entries");
            return;
        }
        enter(d, child);
        decode_entry(d, type, &page->entries[i]);
    }
    enter(d, object);
    page->heads = take_positions(d, "heads", REQUIRED, &page->heads_len);
    page->cursor = take_text(d, "cursor", REQUIRED, CURSOR_BYTES_MAX);
    page->has_more = take_bool(d, "hasMore", REQUIRED);
}

static void decode_error(struct decode *d, struct frame_error *error)
{
    error->code_word = take_text(d, "code", REQUIRED, ID_BYTES_MAX);
    error->code = err_of_word(error->code_word);
    error->temporary = take_bool(d, "temporary", REQUIRED);
    const int64_t retry = take_integer(d, "retryAfterMs", OPTIONAL, 0, INT32_MAX);
    error->retry_after_ms = retry < 0 ? 0 : (uint32_t)retry;
    error->ref = take_id(d, "ref", OPTIONAL);
    error->field = take_text(d, "field", OPTIONAL, ID_BYTES_MAX);
}

static void decode_body(struct decode *d, struct frame *frame)
{
    switch (frame->type) {
    case FRAME_HELLO:
        decode_hello(d, &frame->hello);
        return;
    case FRAME_SEND:
        decode_send(d, &frame->send);
        return;
    case FRAME_SYNC_REQUEST:
        decode_sync_request(d, &frame->sync_request);
        return;
    case FRAME_ROOM_CREATE:
    case FRAME_ROOM_JOIN:
    case FRAME_ROOM_LEAVE:
        decode_room(d, frame->type, &frame->room);
        return;
    case FRAME_WELCOME:
        decode_welcome(d, &frame->welcome);
        return;
    case FRAME_MESSAGE:
    case FRAME_ROOM_EVENT:
        decode_entry(d, frame->type, &frame->entry);
        return;
    case FRAME_ACK:
        decode_ack(d, &frame->ack);
        return;
    case FRAME_NACK:
        decode_nack(d, &frame->nack);
        return;
    case FRAME_SYNC_RESPONSE:
        decode_sync_response(d, &frame->sync_response);
        return;
    case FRAME_ERROR:
        decode_error(d, &frame->error);
        return;
    case FRAME_DRAINING:
        frame->draining.reconnect_in_ms =
            (uint32_t)take_integer(d, "reconnectInMs", REQUIRED, 0, INT32_MAX);
        return;
    case FRAME_PING:
    case FRAME_PONG:
        return;
    }
    HB_UNREACHABLE("a frame of no type");
}

/* Room for the arrays of a frame: the children of its arrays and objects, as the largest element. */
static size_t arrays_bytes(const struct json *json, enum frame_type type)
{
    if (type == FRAME_MESSAGE || type == FRAME_SEND || type == FRAME_ACK) {
        return 0; /* the common frames have none */
    }
    size_t bytes = 0;
    for (uint32_t i = 1; i < json->tokens_len; i = json->tokens[i].next) {
        const struct json_token *token = &json->tokens[i];
        if (token->kind != JSON_ARRAY && token->kind != JSON_OBJECT) {
            continue;
        }
        const size_t element = token->kind == JSON_ARRAY && type == FRAME_SYNC_RESPONSE
                                   ? sizeof(struct entry)
                                   : sizeof(struct position);
        _Static_assert(sizeof(struct position) >= sizeof(struct text), "the largest of the others");
        _Static_assert(sizeof(struct position) + 8 >= sizeof(struct welcome_room), "nearly so");
        bytes += token->children * (element + 8) + 16;
    }
    return bytes;
}

/* Room for the texts that had escapes. */
static size_t texts_bytes(const struct json *json)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < json->tokens_len; i++) {
        bytes += json->tokens[i].escaped ? json->tokens[i].len : 0;
    }
    return bytes;
}

static enum hb_err decode_root(const struct json *json, struct frame **ret, const char **ret_field)
{
    enum frame_type type;
    const struct json_token *root = &json->tokens[0];
    struct decode d = {.json = json, .object = root};

    if (root->kind != JSON_OBJECT) {
        return HB_EFRAME;
    }
    if (!type_of(json, root, &type)) {
        const struct json_token *word = json_member(json, root, "type", NULL);
        *ret_field = "type";
        return word != NULL && word->kind == JSON_STRING ? HB_ETYPE : HB_EFRAME;
    }
    const size_t head = (sizeof(struct frame) + 15) / 16 * 16;
    const size_t arrays = arrays_bytes(json, type);
    const size_t texts = texts_bytes(json);
    struct frame *frame = hb_malloc(head + arrays + texts);
    memset(frame, 0, sizeof *frame);
    frame->type = type;
    d.arrays = (char *)frame + head;
    d.texts = d.arrays + arrays;
    decode_body(&d, frame);
    HB_ASSERT(d.arrays <= (char *)frame + head + arrays);
    HB_ASSERT(d.texts <= (char *)frame + head + arrays + texts);
    if (d.err != HB_OK) {
        *ret_field = d.field;
        free(frame);
        return d.err;
    }
    *ret = frame;
    return HB_OK;
}

enum hb_err frame_decode(const char *bytes, size_t bytes_len, struct frame **ret,
                         const char **ret_field)
{
    const char *field = NULL;
    enum hb_err err = HB_ELARGE;

    if (bytes_len <= FRAME_BYTES_MAX) {
        struct json json;
        err = json_read(&json, bytes, bytes_len);
        if (err == HB_OK) {
            err = decode_root(&json, ret, &field);
        }
        json_deinit(&json);
    }
    if (err != HB_OK && ret_field != NULL) {
        *ret_field = field;
    }
    return err;
}

void frame_free(struct frame **frame)
{
    free(*frame);
    *frame = NULL;
}
