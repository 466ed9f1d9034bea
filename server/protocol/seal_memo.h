/* What several nodes of one process sealed and opened lately, so that each publication is verified and
 * decoded once, not by each of them: of a simulated world, whose Redis gives all of them the same bytes.
 *
 * What is found is equal in every byte: the key, the place, what was sealed. So its verdict is the one that
 * would be computed again, and nothing forged is found. A table without chains: what comes later takes the
 * place, and whoever finds nothing verifies by himself.
 *
 * Not thread-safe: for nodes on one thread. */
#ifndef HUBBUB_SERVER_PROTOCOL_SEAL_MEMO_H
#define HUBBUB_SERVER_PROTOCOL_SEAL_MEMO_H

#include "server/protocol/siphash.h"
#include "server/protocol/wire.h"

struct seal_memo;

struct seal_known {
    const uint8_t *key; /* SIPHASH_KEY_BYTES */
    uint64_t mac;       /* as it stands there */
    struct text name, field, sealed;
};

struct seal_memo *seal_memo_new(void) HB_MUST_USE;
void seal_memo_free(
    struct seal_memo **memo); /* after those who use it; its wires go, unless shared */

/* Whether this was put there; what is asked for last is what seal_memo_wire speaks of. */
bool seal_memo_has(struct seal_memo *memo, const struct seal_known *known);
/* Copies what was verified, or made. `wire`, of the bytes at its end, is shared; NULL: none yet. */
void seal_memo_put(struct seal_memo *memo, const struct seal_known *known, struct wire *wire);

/* A reference to the wire of `frame`, which stands at the end of what was last put or found: the same one
 * for all who open it. */
struct wire *seal_memo_wire(struct seal_memo *memo, struct text frame) HB_MUST_USE;

#endif
