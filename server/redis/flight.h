/* What is in flight on a link: requests that have no answer yet, oldest first. RESP names no request:
 * order is the only correlation. */
#ifndef HUBBUB_SERVER_REDIS_FLIGHT_H
#define HUBBUB_SERVER_REDIS_FLIGHT_H

#include "server/base/base.h"

struct request {
    enum request_kind {
        REQUEST_COMMAND,     /* of the user of this object: `tag` */
        REQUEST_PING,        /* of ours */
        REQUEST_SUBSCRIBE,   /* one channel of a SUBSCRIBE */
        REQUEST_UNSUBSCRIBE, /* of one channel */
        REQUEST_GREETING,    /* AUTH or SELECT */
    } kind;
    bool batch_end;   /* SUBSCRIBE: the last channel of its command */
    uint32_t channel; /* of the two last kinds */
    uint64_t tag;
    int64_t at_us; /* when it was written */
};

struct flight { /* a ring */
    struct request *items;
    uint32_t first, len, cap; /* cap: a power of two, or 0 */
};

void flight_push(struct flight *flight, struct request request);
struct request flight_pop(struct flight *flight);
const struct request *flight_first(const struct flight *flight); /* NULL: none */
void flight_deinit(struct flight *flight);

#endif
