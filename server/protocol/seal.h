/* What nodes tell each other by way of Redis, sealed, so that whoever else can write there puts no word
 * into a member's mouth.
 *
 *   "<key id, 2 hex digits>.<MAC, 16 hex digits> <payload>"
 *
 * The MAC is SipHash-2-4 of (name, field, payload), each with its length, under a key derived from the
 * cursor key of that id. The name is the channel or the key and begins with the installation's identity, so
 * what is sealed holds nowhere else; the field is that of a hash, else empty.
 *
 * 64 bits suffice: SipHash is a MAC of this length by design, its key has 128 bits, and each guess at one
 * that is not known has to be sent to a node, which drops and counts it: at a million a second one in half a
 * million years is right. Not HMAC-SHA256: each node checks every publication, and this costs 0.2 us.
 * What was sealed once stays so: an old one that is said again is told by its number (heard.h), by its place
 * in a log or by its version.
 *
 * Where nodes share what they sealed and opened (seal_memo.h), it is computed once for all of them.
 *
 * Pure but for OpenSSL's state. */
#ifndef HUBBUB_SERVER_PROTOCOL_SEAL_H
#define HUBBUB_SERVER_PROTOCOL_SEAL_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/protocol/cursor.h"
#include "server/protocol/seal_memo.h"

#define SEAL_BYTES 20 /* what stands before the payload */

struct seal_place {
    struct text name;  /* the channel or the key */
    struct text field; /* NULL: none */
};

struct seals;

/* The first key seals, all are good. 1 to CURSOR_KEYS_MAX. `memo` is kept until seals_free; NULL: not shared. */
struct seals *seals_new(const struct cursor_key *keys, uint32_t keys_len,
                        struct seal_memo *memo) HB_MUST_USE;
void seals_free(struct seals **seals);

/* What stands before the payload there; not NUL-terminated. */
void seal_make(struct seals *seals, struct seal_place place, struct text payload,
               char ret[SEAL_BYTES]);

enum seal_verdict {
    SEAL_GOOD,
    SEAL_FOREIGN, /* of a key that is not held: a node with others may have made it */
    SEAL_FORGED, /* no node did: it has no seal, or one that is not of the key that it names, for this */
};
/* *ret_payload, within `sealed`, is written when it is good. */
enum seal_verdict seal_check(struct seals *seals, struct seal_place place, struct text sealed,
                             struct text *ret_payload);

/* What this one sealed last, and the wire of the frame at its end: whoever opens it shares that wire. */
void seal_share(struct seals *seals, struct seal_place place, struct text sealed,
                struct wire *wire);
/* A reference to the wire of `frame`, which stands at the end of what was opened last. */
struct wire *seal_wire(struct seals *seals, struct text frame) HB_MUST_USE;

/* Tells keys apart, and nothing of them: 63 bits, never 0. */
int64_t seal_fingerprint(const struct cursor_key *key);

#endif
