/* HTTP as the node sees it: one request in, one answer out, both plain data.
 *
 * A request is a session of one action with a token of its own; the same handlers serve frames and
 * routes. Parsing of HTTP/1.1, sizes and time-outs of the transport belong to the driver. */
#ifndef HUBBUB_SERVER_NODE_REQUEST_H
#define HUBBUB_SERVER_NODE_REQUEST_H

#include "server/base/text.h"

#include <stdint.h>

struct http_request {
    uint64_t id;               /* named by the driver, never used again by it; not 0 */
    struct text method;        /* "GET" */
    struct text path;          /* from '/', without the query; percent-encoded where it has to be */
    struct text query;         /* behind '?', encoded the same way; may be absent */
    struct text host;          /* value of the header, with its port; may be absent */
    struct text authorization; /* value of the header; may be absent */
    struct text content_type;  /* the same */
    struct text body;          /* at most FRAME_BYTES_MAX; may be absent */
};

enum http_type { HTTP_JSON, HTTP_TEXT };

#endif
