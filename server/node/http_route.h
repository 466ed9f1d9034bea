/* What a request asks for, and the frame that it is. Pure: texts in, texts out. */
#ifndef HUBBUB_SERVER_NODE_HTTP_ROUTE_H
#define HUBBUB_SERVER_NODE_HTTP_ROUTE_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/request.h"

/* Whether the path is `front`; or, with an `end`, is a name between the two, which may be no valid id. */
bool http_path_matches(struct text path, const char *front, const char *end, struct text *ret_name);

/* `methods` as in an Allow header: "GET, HEAD". */
bool http_method_among(struct text method, const char *methods);

/* The token of an Authorization header (RFC 6750 2.1; the scheme in any case, RFC 9110 11.1).
 * Absent: it is none. */
struct text http_bearer(struct text authorization);

/* "application/json", with or without parameters behind it (RFC 9110 8.3.1). */
bool http_is_json(struct text type);

/* --- From requests to frames. `name`: the one in the path; *ret_field: what is wrong, on HB_EFIELD --- */

/* The body is the frame without what the path says: {"clientId", "content", "seen"?}. The two are
 * joined as text, so the strict decoder sees all of it, a second `roomId` in the body included.
 * Of a GET: a sync_request of the room backwards, of ?before= and ?limit=. */
HB_MUST_USE enum hb_err http_log_build(const struct http_request *request, struct text room,
                                       struct buf *out, const char **ret_field);

/* The same where the body says who it goes to: `recipientId`, or `roomId`. */
HB_MUST_USE enum hb_err http_message_build(const struct http_request *request, struct text name,
                                           struct buf *out, const char **ret_field);

/* Rooms: the frames of the same names. */
HB_MUST_USE enum hb_err http_create_build(const struct http_request *request, struct text name,
                                          struct buf *out, const char **ret_field);
HB_MUST_USE enum hb_err http_join_build(const struct http_request *request, struct text room,
                                        struct buf *out, const char **ret_field);
HB_MUST_USE enum hb_err http_leave_build(const struct http_request *request, struct text room,
                                         struct buf *out, const char **ret_field);

/* What ?after= and ?limit= ask for. */
struct http_page {
    struct text after; /* NULL: from the first on */
    uint32_t limit;
};
HB_MUST_USE enum hb_err http_page_read(struct text query, struct http_page *ret,
                                       const char **ret_field);

/* The same, and ?room=. */
HB_MUST_USE enum hb_err http_members_read(struct text query, struct text *ret_room,
                                          struct http_page *ret, const char **ret_field);

/* What ?since=, ?room=, ?after= and ?limit= ask for. */
struct http_people {
    int64_t since_ms;  /* -1: it is not said */
    struct text room;  /* NULL: of any that the asker is in */
    struct text after; /* NULL: from the first on */
    uint32_t limit;
};
HB_MUST_USE enum hb_err http_people_read(struct text query, struct http_people *ret,
                                         const char **ret_field);

/* The user of ?user=. */
HB_MUST_USE enum hb_err http_user_read(struct text query, struct text *ret, const char **ret_field);

/* The room of ?room=; NULL: any. */
HB_MUST_USE enum hb_err http_typing_read(struct text query, struct text *ret,
                                         const char **ret_field);

/* The epoch of a sync_request that starts at the beginning of each room: no database's. */
#define SYNC_FROM_START "-"

/* A sync_request of ?cursor= or ?since=, and ?limit=; with neither from SYNC_FROM_START. */
HB_MUST_USE enum hb_err http_sync_build(const struct http_request *request, struct text name,
                                        struct buf *out, const char **ret_field);

#endif
