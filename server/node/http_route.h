/* What a request asks for, and the frame that it is. Pure: texts in, texts out. */
#ifndef HUBBUB_SERVER_NODE_HTTP_ROUTE_H
#define HUBBUB_SERVER_NODE_HTTP_ROUTE_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/node/request.h"

enum route { ROUTE_NONE, ROUTE_HEALTH, ROUTE_READY, ROUTE_METRICS, ROUTE_SYNC, ROUTE_SEND };

enum route http_route(struct text path);

/* The token of an Authorization header (RFC 6750 2.1; the scheme in any case, RFC 9110 11.1).
 * Absent: it is none. */
struct text http_bearer(struct text authorization);

/* "application/json", with or without parameters behind it (RFC 9110 8.3.1). */
bool http_is_json(struct text type);

/* The body is the frame without what the path says: {"clientId", "content", "seen"?}. The two are
 * joined as text, so the strict decoder sees all of it, a second `roomId` in the body included. */
HB_MUST_USE enum hb_err http_send_build(const struct http_request *request, struct buf *out);

#define SYNC_FRONT "{\"type\":\"sync_request\""

/* A sync_request of ?cursor= or ?since=, and ?limit=. With neither it is left open at its end:
 * http_act adds where it starts, the beginning of each of the user's rooms. */
HB_MUST_USE enum hb_err http_sync_build(struct text query, struct buf *out, const char **ret_field);

#endif
