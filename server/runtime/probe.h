/* Whether a Redis answers, asked once before a start: so that a wrong address is told at once
 * instead of being tried for ever. Later losses are the node's to repair. */
#ifndef HUBBUB_SERVER_RUNTIME_PROBE_H
#define HUBBUB_SERVER_RUNTIME_PROBE_H

#include "server/base/base.h"
#include "server/base/mem.h"
#include "server/runtime/link_tls.h"
#include "server/runtime/redis_url.h"

#define PROBE_MS 3000

/* Blocks, at most PROBE_MS for each of the few answers that an address of the host has to give. `tls`: NULL without. HB_EAGAIN: `message` says in one line what was
 * wrong and what to do. */
HB_MUST_USE enum hb_err probe_redis(const struct redis_place *place, const struct tls_context *tls,
                                    struct buf *message);

#endif
