/* Requests to routes and frames: what a path, a query and a body say. */
#include "server/node/http_route.h"

#include "server/protocol/id.h"
#include "server/protocol/limits.h"

#include <string.h>

/* The room's name of /api/rooms/{room}/messages; absent: another path. */
static struct text room_of_path(struct text path)
{
    static const char front[] = "/api/rooms/";
    static const char back[] = "/messages";
    const uint32_t around = sizeof front - 1 + sizeof back - 1;

    if (path.len <= around || memcmp(path.bytes, front, sizeof front - 1) != 0 ||
        memcmp(path.bytes + path.len - (sizeof back - 1), back, sizeof back - 1) != 0) {
        return (struct text){NULL, 0};
    }
    return (struct text){path.bytes + sizeof front - 1, path.len - around};
}

enum route http_route(struct text path)
{
    static const struct {
        const char *path;
        enum route route;
    } fixed[] = {{"/healthz", ROUTE_HEALTH},
                 {"/readyz", ROUTE_READY},
                 {"/metrics", ROUTE_METRICS},
                 {"/api/messages/sync", ROUTE_SYNC}};

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (text_equal(path, text_of(fixed[i].path))) {
            return fixed[i].route;
        }
    }
    return room_of_path(path).bytes != NULL ? ROUTE_SEND : ROUTE_NONE;
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

enum hb_err http_send_build(const struct http_request *request, struct buf *out)
{
    const struct text room = room_of_path(request->path);
    const char *at = request->body.bytes;
    const char *end = at + request->body.len;

    if (!id_valid(room)) {
        return HB_EDENIED; /* no room has such a name */
    }
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
    buf_add_text(out, "{\"type\":\"send\",\"roomId\":");
    buf_add_json(out, room.bytes, room.len);
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    if (at < end && *at != '}') {
        buf_add_char(out, ',');
    }
    buf_add(out, at, (size_t)(end - at));
    return out->len > FRAME_BYTES_MAX ? HB_ELARGE : HB_OK;
}

/* The value of `name` in a query; absent: it is not there. */
static struct text query_get(struct text query, const char *name)
{
    const size_t name_len = strlen(name);
    const char *at = query.bytes;
    const char *end = query.bytes + query.len;

    while (at < end) {
        const char *amp = memchr(at, '&', (size_t)(end - at));
        const char *stop = amp != NULL ? amp : end;
        if ((size_t)(stop - at) > name_len && memcmp(at, name, name_len) == 0 &&
            at[name_len] == '=') {
            return (struct text){at + name_len + 1, (uint32_t)((size_t)(stop - at) - name_len - 1)};
        }
        at = stop + 1;
    }
    return (struct text){NULL, 0};
}

static bool is_plain(struct text text) /* what base64url and numbers are made of */
{
    for (uint32_t i = 0; i < text.len; i++) {
        const char c = text.bytes[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_' || c == '.')) {
            return false;
        }
    }
    return text.len > 0;
}

enum hb_err http_sync_build(struct text query, struct buf *out, const char **ret_field)
{
    const struct text limit = query_get(query, "limit");
    const struct text since = query_get(query, "since");
    const struct text cursor = query_get(query, "cursor");

    buf_add_text(out, SYNC_FRONT);
    if (limit.bytes != NULL) {
        *ret_field = "limit";
        if (!is_plain(limit)) {
            return HB_EFIELD;
        }
        buf_add_text(out, ",\"limit\":");
        buf_add(out, limit.bytes, limit.len);
    }
    if (since.bytes != NULL) {
        *ret_field = "since";
        if (!is_plain(since)) {
            return HB_EFIELD;
        }
        buf_add_text(out, ",\"lastSyncTimestamp\":");
        buf_add(out, since.bytes, since.len);
    }
    if (cursor.bytes != NULL) {
        *ret_field = "cursor";
        if (!is_plain(cursor)) {
            return HB_ECURSOR;
        }
        buf_add_text(out, ",\"cursor\":");
        buf_add_json(out, cursor.bytes, cursor.len);
    }
    *ret_field = NULL;
    if (since.bytes != NULL || cursor.bytes != NULL) {
        buf_add_char(out, '}');
    }
    return HB_OK;
}
