/* See take.h. */
#include "server/protocol/take.h"

#include "server/protocol/id.h"

#define TYPE_BYTES_MAX 128 /* of the word, every character of it written as an escape */

void take_fail(struct take *d, enum hb_err err, const char *field)
{
    if (d->err == HB_OK) {
        d->err = err;
        d->field = field;
    }
}

const struct json_token *take_find(struct take *d, const char *name)
{
    return json_member(d->json, d->object, name, &d->next);
}

struct text take_text_of(struct take *d, const struct json_token *token)
{
    if (!token->escaped) {
        return json_plain(d->json, token);
    }
    const struct text text = {d->texts, json_string(d->json, token, d->texts)};
    d->texts += text.len;
    return text;
}

const struct json_token *take_after(const struct take *d, const struct json_token *token)
{
    return d->json->tokens + token->next;
}

/* Reads the fields of another object with the same decoder. */
void take_enter(struct take *d, const struct json_token *object)
{
    d->object = object;
    d->next = 0;
}

void *take_array(struct take *d, uint32_t len, size_t bytes)
{
    void *array = d->arrays;
    d->arrays += (len * bytes + 15) / 16 * 16;
    return array;
}

struct text take_string(struct take *d, const char *name, enum take_need need)
{
    const struct json_token *item = take_find(d, name);
    if (item == NULL && need == TAKE_OPTIONAL) {
        return (struct text){NULL, 0};
    }
    if (item == NULL || item->kind != JSON_STRING) {
        take_fail(d, HB_EFIELD, name);
        return (struct text){NULL, 0};
    }
    return take_text_of(d, item);
}

struct text take_text(struct take *d, const char *name, enum take_need need, uint32_t bytes_max)
{
    const struct text text = take_string(d, name, need);
    if (text.bytes != NULL && text.len == 0) {
        take_fail(d, HB_EFIELD, name);
    } else if (text.len > bytes_max) {
        take_fail(d, HB_ELARGE, name);
    }
    return text;
}

struct text take_id(struct take *d, const char *name, enum take_need need)
{
    const struct text text = take_string(d, name, need);
    if (text.bytes != NULL && !id_valid(text)) {
        take_fail(d, HB_EFIELD, name);
    }
    return text;
}

struct text take_stamp(struct take *d, const char *name, enum take_need need, struct hlc_stamp *ret)
{
    const struct text text = take_string(d, name, need);
    ret->packed = 0;
    if (text.bytes != NULL && hlc_parse(text, ret, NULL) != HB_OK) {
        take_fail(d, HB_EFIELD, name);
    }
    return text;
}

static bool integer_of(const struct take *d, const struct json_token *token, int64_t low,
                       int64_t high, int64_t *ret)
{
    return json_integer(d->json, token, ret) && *ret >= low && *ret <= high;
}

int64_t take_integer(struct take *d, const char *name, enum take_need need, int64_t low,
                     int64_t high)
{
    const struct json_token *item = take_find(d, name);
    int64_t value = low;
    if (item == NULL && need == TAKE_OPTIONAL) {
        return -1;
    }
    if (item == NULL || !integer_of(d, item, low, high, &value)) {
        take_fail(d, HB_EFIELD, name);
    }
    return value;
}

bool take_bool(struct take *d, const char *name, enum take_need need)
{
    const struct json_token *item = take_find(d, name);
    if (item == NULL && need == TAKE_OPTIONAL) {
        return false;
    }
    if (item == NULL || (item->kind != JSON_TRUE && item->kind != JSON_FALSE)) {
        take_fail(d, HB_EFIELD, name);
        return false;
    }
    return item->kind == JSON_TRUE;
}

/* The first of at most `max` children of an array or object. *ret_len is 0 when it is absent or
 * wrong. */
const struct json_token *take_children(struct take *d, const char *name, enum take_need need,
                                       enum json_kind kind, uint32_t max, uint32_t *ret_len)
{
    const struct json_token *item = take_find(d, name);
    *ret_len = 0;
    if (item == NULL && need == TAKE_OPTIONAL) {
        return NULL;
    }
    if (item == NULL || item->kind != kind) {
        take_fail(d, HB_EFIELD, name);
        return NULL;
    }
    if (item->children > max) {
        take_fail(d, HB_ELARGE, name);
        return NULL;
    }
    *ret_len = item->children;
    return item + 1;
}

struct text *take_ids(struct take *d, const char *name, enum take_need need, uint32_t max,
                      uint32_t *ret_len)
{
    const struct json_token *child = take_children(d, name, need, JSON_ARRAY, max, ret_len);
    struct text *ids = take_array(d, *ret_len, sizeof *ids);

    for (uint32_t i = 0; i < *ret_len; i++, child = take_after(d, child)) {
        if (child->kind != JSON_STRING) {
            take_fail(d, HB_EFIELD, name);
            return ids;
        }
        ids[i] = take_text_of(d, child);
        if (!id_valid(ids[i])) {
            take_fail(d, HB_EFIELD, name);
        }
    }
    return ids;
}

struct position *take_positions(struct take *d, const char *name, enum take_need need,
                                uint32_t *ret_len)
{
    const struct json_token *child =
        take_children(d, name, need, JSON_OBJECT, ROOMS_PER_USER_MAX, ret_len);
    struct position *positions = take_array(d, *ret_len, sizeof *positions);
    for (uint32_t i = 0; i < *ret_len; i++, child = take_after(d, child)) {
        int64_t seq = 0;
        positions[i].room_id = json_key(d->json, child);
        positions[i].room_key = id_key(positions[i].room_id);
        if (!id_valid(positions[i].room_id) || !integer_of(d, child, 0, JSON_INT_MAX, &seq)) {
            take_fail(d, HB_EFIELD, name);
        }
        positions[i].seq = (uint64_t)seq;
    }
    return positions;
}

enum hb_err take_err(struct take *d, struct text *ret_word)
{
    static const enum hb_err errs[] = {
#define X(code, wire, temporary, text) code,
        HB_ERR_MAP(X)
#undef X
    };
    *ret_word = take_text(d, "code", TAKE_REQUIRED, ID_BYTES_MAX);
    for (size_t i = 0; i < sizeof errs / sizeof errs[0]; i++) {
        if (text_equal(*ret_word, text_of(hb_err_wire(errs[i])))) {
            return errs[i];
        }
    }
    return HB_EFRAME; /* a newer peer's word: its `temporary` still counts */
}

/* The `type` of an object, without reading anything else. */
bool take_type(const struct json *json, const struct json_token *object, enum frame_type *ret)
{
    const struct json_token *item = json_member(json, object, "type", NULL);
    char bytes[TYPE_BYTES_MAX];

    if (item == NULL || item->kind != JSON_STRING || item->len > sizeof bytes) {
        return false;
    }
    return frame_type_of((struct text){bytes, json_string(json, item, bytes)}, ret);
}
