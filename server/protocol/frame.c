/* See frame.h. */
#include "server/protocol/frame.h"

#include "server/protocol/id.h"
#include "server/protocol/json.h"
#include "server/protocol/limits.h"
#include "server/protocol/put.h"
#include "server/protocol/take.h"

#include <stdlib.h>
#include <string.h>

/* --- Decoding ------------------------------------------------------------------------------- */

static size_t child_bytes(enum frame_type type)
{
    static const size_t bytes[] = {
#define X(name, word, side, codec, member, child) child,
        FRAME_MAP(X)
#undef X
    };
    return bytes[type];
}

/* Room for the arrays of a frame: the children of its arrays and objects. */
static size_t arrays_bytes(const struct json *json, size_t child)
{
    size_t bytes = 0;
    if (child == 0) {
        return 0; /* the common frames have none */
    }
    for (uint32_t i = 1; i < json->tokens_len; i = json->tokens[i].next) {
        const struct json_token *token = &json->tokens[i];
        if (token->kind == JSON_ARRAY) {
            bytes += token->children * child + 16;
        } else if (token->kind == JSON_OBJECT) {
            bytes += token->children * sizeof(struct position) + 16;
        }
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

static void take_body(struct take *d, struct frame *frame)
{
    switch (frame->type) {
#define X(name, word, side, codec, member, child)                                                  \
    case name:                                                                                     \
        frame_take_##codec(d, &frame->member);                                                     \
        return;
        FRAME_MAP(X)
#undef X
    }
    HB_UNREACHABLE("a frame of no type");
}

static void take_frame(struct take *d, struct frame *frame, bool any_entry)
{
    if (any_entry) {
        frame_take_unknown(d, &frame->entry);
    } else {
        take_body(d, frame);
    }
}

static enum hb_err decode_as(const struct json *json, enum frame_type type, bool any_entry,
                             struct frame **ret, const char **ret_field)
{
    struct take d = {.json = json, .object = &json->tokens[0]};
    const size_t head = (sizeof(struct frame) + 15) / 16 * 16;
    const size_t arrays = arrays_bytes(json, child_bytes(type));
    const size_t texts = texts_bytes(json);
    struct frame *frame = hb_malloc(head + arrays + texts);
    memset(frame, 0, sizeof *frame);
    frame->type = type;
    d.arrays = (char *)frame + head;
    d.texts = d.arrays + arrays;
    take_frame(&d, frame, any_entry);
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

static enum hb_err decode_root(const struct json *json, bool any_entry, struct frame **ret,
                               const char **ret_field)
{
    enum frame_type type = FRAME_ROOM_EVENT;
    const struct json_token *root = &json->tokens[0];

    if (root->kind != JSON_OBJECT) {
        return HB_EFRAME;
    }
    if (!any_entry && !take_type(json, root, &type)) {
        const struct json_token *word = json_member(json, root, "type", NULL);
        *ret_field = "type";
        return word != NULL && word->kind == JSON_STRING ? HB_ETYPE : HB_EFRAME;
    }
    return decode_as(json, type, any_entry, ret, ret_field);
}

static enum hb_err decode(const char *bytes, size_t bytes_len, bool any_entry, struct frame **ret,
                          const char **ret_field)
{
    enum hb_err err = HB_ELARGE;

    if (bytes_len <= FRAME_BYTES_MAX) {
        struct json json;
        err = json_read(&json, bytes, bytes_len);
        if (err == HB_OK) {
            err = decode_root(&json, any_entry, ret, ret_field);
        }
        json_deinit(&json);
    }
    return err;
}

enum hb_err frame_decode(const char *bytes, size_t bytes_len, struct frame **ret,
                         const char **ret_field)
{
    const char *field = NULL;
    const enum hb_err err = decode(bytes, bytes_len, false, ret, &field);

    if (err != HB_OK && ret_field != NULL) {
        *ret_field = field;
    }
    return err;
}

enum hb_err frame_decode_any_entry(const char *bytes, size_t bytes_len, struct frame **ret)
{
    const char *field = NULL;

    return decode(bytes, bytes_len, true, ret, &field);
}

static bool has_no_client_id(const struct json *json)
{
    static const bool by_type[] = {
#define X(name, word, side, codec, member, child) [name] = SIDE_##side,
#define SIDE_CLIENT                               true
#define SIDE_BOTH                                 true
#define SIDE_SERVER                               false
        FRAME_MAP(X)
#undef X
#undef SIDE_CLIENT
#undef SIDE_BOTH
#undef SIDE_SERVER
    };
    enum frame_type type;

    if (!take_type(json, &json->tokens[0], &type)) {
        return false;
    }
    return by_type[type] && type != FRAME_SEND && type != FRAME_ROOM_CREATE &&
           type != FRAME_ROOM_JOIN && type != FRAME_ROOM_LEAVE;
}

static uint32_t name_read(const struct json *json, const char *name, char ret[ID_BYTES_MAX])
{
    const struct json_token *item = json_member(json, &json->tokens[0], name, NULL);
    char bytes[6 * ID_BYTES_MAX]; /* each character of it written as an escape */

    if (item == NULL || item->kind != JSON_STRING || item->len > sizeof bytes) {
        return 0;
    }
    const struct text text = {bytes, json_string(json, item, bytes)};
    if (!id_valid(text)) {
        return 0;
    }
    memcpy(ret, text.bytes, text.len);
    return text.len;
}

void frame_names_read(const char *bytes, size_t bytes_len, struct frame_names *ret)
{
    struct json json;

    *ret = (struct frame_names){.ref_len = 0};
    if (bytes_len > FRAME_BYTES_MAX) {
        return;
    }
    if (json_read(&json, bytes, bytes_len) == HB_OK && json.tokens[0].kind == JSON_OBJECT) {
        ret->ref_len = name_read(&json, "ref", ret->ref);
        ret->client_id_len =
            has_no_client_id(&json) ? 0 : name_read(&json, "clientId", ret->client_id);
    }
    json_deinit(&json);
}

void frame_free(struct frame **frame)
{
    free(*frame);
    *frame = NULL;
}

/* --- Encoding ------------------------------------------------------------------------------- */

static void put_body(struct buf *out, const struct frame *frame)
{
    switch (frame->type) {
#define X(name, word, side, codec, member, child)                                                  \
    case name:                                                                                     \
        frame_put_##codec(out, &frame->member);                                                    \
        return;
        FRAME_MAP(X)
#undef X
    }
    HB_UNREACHABLE("a frame of no type");
}

void frame_encode(const struct frame *frame, struct buf *out)
{
    put_type(out, frame->type);
    put_body(out, frame);
    buf_add_char(out, '}');
}
