/* TLS over a byte stream that somebody else holds: bytes of one side in, bytes for the other out. OpenSSL, 1.2 and
 * later; the certificate and the name of the host are verified unless the place says `insecure`.
 *
 *   link_tcp: what was read --> tls_feed --> `plain` for the node, `wire` to be written
 *             what the node writes --> tls_write --> `wire` to be written
 *
 * Thread: one at a time. */
#ifndef HUBBUB_SERVER_RUNTIME_LINK_TLS_H
#define HUBBUB_SERVER_RUNTIME_LINK_TLS_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/runtime/redis_url.h"

struct tls_context; /* what all links to one place share */
struct tls;         /* of one link */

/* NULL for a place without TLS: *ret is NULL. HB_EDENIED: a file of the place cannot be used; `message` says
 * in one line which and why. */
HB_MUST_USE enum hb_err tls_context_new(const struct redis_place *place, struct tls_context **ret,
                                        struct buf *message);
void tls_context_free(struct tls_context **context);

/* `wire` gets the first bytes. */
struct tls *tls_new(const struct tls_context *context, struct buf *wire) HB_MUST_USE;
void tls_free(struct tls **tls);
/* Appends to both. HB_EDENIED: it is over; `why`, of at least TLS_WHY_BYTES, says why in a few words. */
#define TLS_WHY_BYTES 160
HB_MUST_USE enum hb_err tls_feed(struct tls *tls, const char *bytes, size_t bytes_len,
                                 struct buf *plain, struct buf *wire, char *why);
/* Both sides know each other: what is written now arrives. */
bool tls_ready(const struct tls *tls);
void tls_write(struct tls *tls, const char *bytes, size_t bytes_len, struct buf *wire);

#endif
