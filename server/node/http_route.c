/* Requests to routes and frames: what a path, a query and a body say. */
#include "server/node/http_route.h"

#include "server/node/http_query.h"
#include "server/protocol/id.h"
#include "server/protocol/limits.h"

#include <string.h>

#define PAGE     100 /* people or rooms that are looked at for one answer, where nothing is said */
#define PAGE_MAX 256

_Static_assert(PAGE_MAX <= PRESENCE_USERS_MAX, "a page of people is one answer");

bool http_path_matches(struct text path, const char *front, const char *end, struct text *ret_name)
{
    const uint32_t front_len = (uint32_t)strlen(front);
    const uint32_t end_len = end != NULL ? (uint32_t)strlen(end) : 0;

    if (end == NULL) {
        return text_equal(path, text_of(front));
    }
    if (path.len <= front_len + end_len || memcmp(path.bytes, front, front_len) != 0 ||
        memcmp(path.bytes + path.len - end_len, end, end_len) != 0) {
        return false;
    }
    *ret_name = (struct text){path.bytes + front_len, path.len - front_len - end_len};
    return true;
}

bool http_method_among(struct text method, const char *methods)
{
    for (const char *at = methods; *at != '\0';) {
        const size_t len = strcspn(at, ", ");
        if (text_equal(method, (struct text){at, (uint32_t)len})) {
            return true;
        }
        at += len + strspn(at + len, ", ");
    }
    return false;
}

/* Whether `text` begins with `low`, which is in lower case; letters of ASCII in any case. */
static bool starts_with(struct text text, struct text low)
{
    if (text.len < low.len) {
        return false;
    }
    for (uint32_t i = 0; i < low.len; i++) {
        const char c = text.bytes[i];
        if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != low.bytes[i]) {
            return false;
        }
    }
    return true;
}

struct text http_bearer(struct text authorization)
{
    const struct text scheme = TEXT("bearer ");

    if (!starts_with(authorization, scheme)) {
        return (struct text){NULL, 0};
    }
    return (struct text){authorization.bytes + scheme.len, authorization.len - scheme.len};
}

bool http_is_json(struct text type)
{
    const struct text json = TEXT("application/json");

    return starts_with(type, json) &&
           (type.len == json.len || type.bytes[json.len] == ';' || type.bytes[json.len] == ' ');
}

/* --- From requests to frames --- */

/* A frame of this type: the body's fields behind what the path says of it. */
static enum hb_err body_build(const struct http_request *request, const char *type,
                              struct text room, struct buf *out)
{
    const char *at = request->body.bytes;
    const char *end = at + request->body.len;

    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    if (at == end) {
        return HB_EJSON;
    }
    if (*at != '{') {
        return HB_EFRAME;
    }
    at++;
    buf_add_text(out, "{\"type\":");
    buf_add_json(out, type, strlen(type));
    if (room.bytes != NULL) {
        buf_add_text(out, ",\"roomId\":");
        buf_add_json(out, room.bytes, room.len);
    }
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    if (at < end && *at != '}') {
        buf_add_char(out, ',');
    }
    buf_add(out, at, (size_t)(end - at));
    return out->len > FRAME_BYTES_MAX ? HB_ELARGE : HB_OK;
}

enum hb_err http_message_build(const struct http_request *request, struct text name,
                               struct buf *out, const char **ret_field)
{
    (void)name;
    (void)ret_field;
    return body_build(request, "send", (struct text){NULL, 0}, out);
}

enum hb_err http_create_build(const struct http_request *request, struct text name, struct buf *out,
                              const char **ret_field)
{
    (void)name;
    (void)ret_field;
    return body_build(request, "room_create", (struct text){NULL, 0}, out);
}

enum hb_err http_join_build(const struct http_request *request, struct text room, struct buf *out,
                            const char **ret_field)
{
    (void)ret_field;
    return id_valid(room) ? body_build(request, "room_join", room, out) : HB_EDENIED;
}

enum hb_err http_leave_build(const struct http_request *request, struct text room, struct buf *out,
                             const char **ret_field)
{
    (void)ret_field;
    return id_valid(room) ? body_build(request, "room_leave", room, out) : HB_EDENIED;
}

enum hb_err http_page_read(struct text query, struct http_page *ret, const char **ret_field)
{
    int64_t limit = PAGE;

    *ret = (struct http_page){.limit = 0};
    *ret_field = "limit";
    if (!query_number(query, "limit", 1, &limit)) {
        return HB_EFIELD;
    }
    *ret_field = "after";
    if (!query_id(query, "after", &ret->after)) {
        return HB_EFIELD;
    }
    *ret_field = NULL;
    ret->limit = (uint32_t)(limit < PAGE_MAX ? limit : PAGE_MAX);
    return HB_OK;
}

enum hb_err http_members_read(struct text query, struct text *ret_room, struct http_page *ret,
                              const char **ret_field)
{
    uint32_t times; /* of the path's and what the query says: the path's is the first */

    *ret_room = query_find(query, "room", &times);
    return http_page_read(query, ret, ret_field);
}

enum hb_err http_people_read(struct text query, struct http_people *ret, const char **ret_field)
{
    struct http_page page;

    *ret = (struct http_people){.since_ms = -1};
    *ret_field = "room";
    if (!query_id(query, "room", &ret->room)) {
        return HB_EFIELD;
    }
    *ret_field = "since";
    if (!query_number(query, "since", 0, &ret->since_ms)) {
        return HB_EFIELD;
    }
    const enum hb_err err = http_page_read(query, &page, ret_field);
    ret->after = page.after;
    ret->limit = page.limit;
    return err;
}

enum hb_err http_user_read(struct text query, struct text *ret, const char **ret_field)
{
    *ret_field = "user";
    return query_id(query, "user", ret) && ret->bytes != NULL ? HB_OK : HB_EFIELD;
}

enum hb_err http_typing_read(struct text query, struct text *ret, const char **ret_field)
{
    *ret_field = "room";
    return query_id(query, "room", ret) ? HB_OK : HB_EFIELD;
}

/* A page backwards. */
static enum hb_err before_build(struct text query, struct text room, struct buf *out,
                                const char **ret_field)
{
    int64_t before = 0;
    int64_t limit = PAGE_ROWS_MAX;

    *ret_field = "before";
    if (!query_number(query, "before", 1, &before)) {
        return HB_EFIELD;
    }
    *ret_field = "limit";
    if (!query_number(query, "limit", 1, &limit)) {
        return HB_EFIELD;
    }
    *ret_field = NULL;
    buf_add_text(out, "{\"type\":\"sync_request\",\"roomId\":");
    buf_add_json(out, room.bytes, room.len);
    if (before > 0) {
        buf_add_text(out, ",\"before\":");
        buf_add_u64(out, (uint64_t)before);
    }
    buf_add_text(out, ",\"limit\":");
    buf_add_u64(out, (uint64_t)limit);
    buf_add_char(out, '}');
    return HB_OK;
}

enum hb_err http_log_build(const struct http_request *request, struct text room, struct buf *out,
                           const char **ret_field)
{
    if (!id_valid(room)) {
        return HB_EDENIED; /* no room has such a name */
    }
    return text_equal(request->method, TEXT("POST"))
               ? body_build(request, "send", room, out)
               : before_build(request->query, room, out, ret_field);
}

/* `focus`: ids with commas between. How many there may be is the frame's matter. */
static bool add_focus(struct text query, struct buf *out)
{
    struct text left;
    const char *before = ",\"focus\":[";

    if (!query_get(query, "focus", &left)) {
        return false;
    }
    if (left.bytes == NULL) {
        return true;
    }
    while (left.bytes != NULL) {
        const struct text id = query_id_next(&left);
        if (!id_valid(id)) {
            return false;
        }
        buf_add_text(out, before);
        buf_add_json(out, id.bytes, id.len);
        before = ",";
    }
    buf_add_char(out, ']');
    return true;
}

enum hb_err http_sync_build(const struct http_request *request, struct text name, struct buf *out,
                            const char **ret_field)
{
    int64_t limit = -1;
    int64_t since_ms = -1;
    struct text cursor;

    (void)name;
    buf_add_text(out, "{\"type\":\"sync_request\"");
    *ret_field = "limit";
    if (!query_number(request->query, "limit", 1, &limit)) {
        return HB_EFIELD;
    }
    if (limit > 0) {
        buf_add_text(out, ",\"limit\":");
        buf_add_u64(out, (uint64_t)limit);
    }
    *ret_field = "since";
    if (!query_number(request->query, "since", 0, &since_ms)) {
        return HB_EFIELD;
    }
    if (since_ms >= 0) {
        buf_add_text(out, ",\"lastSyncTimestamp\":");
        buf_add_u64(out, (uint64_t)since_ms);
    }
    *ret_field = "focus";
    if (!add_focus(request->query, out)) {
        return HB_EFIELD;
    }
    *ret_field = "cursor";
    if (!query_get(request->query, "cursor", &cursor) ||
        (cursor.bytes != NULL && cursor.len == 0)) {
        return HB_EFIELD;
    }
    if (cursor.bytes != NULL) {
        if (!query_plain(cursor)) {
            return HB_ECURSOR;
        }
        buf_add_text(out, ",\"cursor\":");
        buf_add_json(out, cursor.bytes, cursor.len);
    }
    *ret_field = NULL;
    if (since_ms < 0 && cursor.bytes == NULL) {
        buf_add_text(out, ",\"epoch\":\"" SYNC_FROM_START "\",\"positions\":{}");
    }
    buf_add_char(out, '}');
    return HB_OK;
}
