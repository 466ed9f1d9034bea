/* What a peer can meet: every limit of the protocol, with its unit and its reason.
 *
 * A limit of one module's inside stands at the top of that module's file instead. */
#ifndef HUBBUB_SERVER_PROTOCOL_LIMITS_H
#define HUBBUB_SERVER_PROTOCOL_LIMITS_H

#define PROTOCOL_VERSION 1 /* in `hello` and `welcome`; another one is refused with close 4505 */

#define FRAME_BYTES_MAX    65536 /* a frame either way: one read of a socket, bounded memory */
#define CONTENT_BYTES_MAX  8192  /* of a message; eight of the largest fill a page */
#define ID_BYTES_MAX       64    /* room, user, device and client ids: [A-Za-z0-9_-]{1,64} */
#define NODE_ID_BYTES_MAX  32    /* [A-Za-z0-9_-]{1,32}: it travels in every stamp */
#define URL_BYTES_MAX      128   /* of a node's public address */
#define JSON_DEPTH_MAX     8     /* our deepest frame has 4 */
#define JSON_INT_MAX       9007199254740991 /* 2^53 - 1: larger integers are not exact in JSON */
#define PAGE_ROWS_MAX      100 /* rows of a sync page; a page also ends at FRAME_BYTES_MAX */
#define ROOMS_PER_USER_MAX 256 /* positions of a cursor or of `hello` */
#define ROOMS_BY_OTHERS_MAX                                                                        \
    192 /* others put nobody into more, so that they do not fill somebody's places */
#define FOCUS_ROOMS_MAX      16    /* of `focus`: more than are on one screen */
#define MEMBERS_INVITE_MAX   64    /* in room_create */
#define CUSTOM_BYTES_MAX     128   /* of the line that somebody shows beside their name */
#define PRESENCE_USERS_MAX   256   /* in presence_subscribe, and told in one presence_state */
#define RECEIPT_IDS_MAX      100   /* in read_receipt: ids of 50 bytes, a tenth of a frame */
#define RECEIPTS_PENDING_MAX 512   /* of one connection: two for each of its rooms */
#define TOKEN_BYTES_MAX      4096  /* a bearer token: a company's groups in it come to 2500 */
#define CURSOR_BYTES_MAX     26624 /* base64url text of a cursor with ROOMS_PER_USER_MAX rooms */
#define PENDING_SENDS_MAX    64 /* log-writing commands of one connection that wait for an answer */
#define HTTP_REQUESTS_MAX    4096  /* of one node at a time; one more is answered 429 */
#define HTTP_TIMEOUT_MS      20000 /* a request without its answer by then is answered 504 */
#define DRAIN_SPREAD_MS      5000  /* a draining node's clients come back spread over this */
#define BAD_FRAMES_MAX       5     /* errors in BAD_FRAMES_WINDOW_MS before the close 1008 */
#define BAD_FRAMES_WINDOW_MS 60000

/* Close codes: RFC 6455 7.4 and IANA; of the private ones, 40xx-44xx mean "reconnect with
 * back-off", 45xx "stop". */
enum close_code {
    CLOSE_NORMAL = 1000,
    CLOSE_GOING_AWAY = 1001,
    CLOSE_PROTOCOL = 1002,
    CLOSE_UNSUPPORTED = 1003,
    CLOSE_ABNORMAL = 1006, /* never on the wire: the transport ended without a close */
    CLOSE_BAD_UTF8 = 1007,
    CLOSE_POLICY = 1008,
    CLOSE_TOO_BIG = 1009,
    CLOSE_INTERNAL = 1011,
    CLOSE_RESTART = 1012,
    CLOSE_TRY_LATER = 1013,
    CLOSE_TOKEN_EXPIRED = 4001,
    CLOSE_SLOW_CONSUMER = 4002,
    CLOSE_NO_PONG = 4003,
    CLOSE_RESYNC = 4004, /* the node cannot say what this connection has: reconnect and resume */
    CLOSE_REPLACED = 4005,
    CLOSE_TOO_MANY = 4006,  /* of one user, at all nodes together */
    CLOSE_NODE_LOST = 4007, /* the node lost its database for too long, or its name */
    CLOSE_BAD_TOKEN = 4500,
    CLOSE_NO_HELLO = 4502,
    CLOSE_VERSION = 4505,
};

#endif
