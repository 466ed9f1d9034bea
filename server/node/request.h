/* HTTP as the node sees it: one request in, one answer out, both plain data.
 *
 * A request is a session of one action with a token of its own; the same handlers serve frames and
 * routes. Parsing of HTTP/1.1, sizes and time-outs of the transport belong to the driver. */
#ifndef HUBBUB_SERVER_NODE_REQUEST_H
#define HUBBUB_SERVER_NODE_REQUEST_H

#include "server/base/text.h"

#include <stdint.h>

struct transport_figures {               /* of the driver, for /metrics */
    uint64_t sockets;                    /* WebSocket connections, now */
    uint64_t queued_bytes;               /* that wait for slow readers, now */
    uint64_t received_bytes, sent_bytes; /* of frames */
    uint64_t writes;                     /* system calls that sent frames */
    uint64_t slow_consumers;             /* connections cut for not reading */
    uint64_t refused_handshakes;
};

struct http_request {
    uint64_t id;               /* named by the driver, never used again by it; not 0 */
    struct text method;        /* "GET" */
    struct text path;          /* from '/', without the query; percent-encoded where it has to be */
    struct text query;         /* behind '?', encoded the same way; may be absent */
    struct text host;          /* value of the header, with its port; may be absent */
    struct text authorization; /* value of the header; may be absent */
    struct text content_type;  /* the same */
    struct text body;          /* at most FRAME_BYTES_MAX; may be absent */
    const struct transport_figures *transport; /* at this moment; borrows; NULL: there is none */
};

enum http_type { HTTP_JSON, HTTP_TEXT };

#endif
