/* An encoded frame, shared by everyone it is sent to.
 *
 * Encoded once, counted, never changed after: a room of 5000 costs one encoding, not 5000. It has
 * one slot for its decoded form, filled by the first who decodes it, so a shared frame is decoded
 * once too; most texts of it are those of the wire. The count is plain, not atomic: a wire lives and dies on the thread of its node (in
 * the simulator: of its world). */
#ifndef HUBBUB_SERVER_PROTOCOL_WIRE_H
#define HUBBUB_SERVER_PROTOCOL_WIRE_H

#include "server/base/base.h"
#include "server/base/hash.h"
#include "server/base/text.h"

struct frame;

struct wire {
    uint32_t refs;
    uint32_t bytes_len;
    struct frame *decoded;     /* NULL until wire_decode; owned */
    enum hb_err decoded_err;   /* set when decoding failed once: it will not be tried again */
    const char *decoded_field; /* the field at fault then; static storage */
    uint64_t digest;           /* of the bytes; 0: not asked for yet */
    bool decode_tried;
    char bytes[]; /* UTF-8 JSON, NUL-terminated behind bytes_len */
};

/* Copies `bytes`. The caller gets the first reference. bytes_len <= FRAME_BYTES_MAX. */
struct wire *wire_new(const char *bytes, size_t bytes_len) HB_MUST_USE;

/* Takes one more reference and returns the same wire, so that a send reads as one expression. */
static inline struct wire *wire_ref(struct wire *wire)
{
    wire->refs++;
    return wire;
}

/* Gives one reference back and clears the caller's pointer. *wire may be NULL. */
void wire_unref(struct wire **wire);

/* Decodes into the slot, or gives what is there. The frame is owned by the wire and lives as long.
 * Errors as frame_decode, with the same field text each time. `ret_field` may be NULL. */
HB_MUST_USE enum hb_err wire_decode(struct wire *wire, const struct frame **ret,
                                    const char **ret_field);

/* A hash of its bytes, never 0: taken once, by the first who asks. */
static inline uint64_t wire_digest(struct wire *wire)
{
    if (wire->digest == 0) {
        wire->digest = hash64_bytes(wire->bytes, wire->bytes_len) | 1;
    }
    return wire->digest;
}

static inline struct text wire_text(const struct wire *wire)
{
    return (struct text){wire->bytes, wire->bytes_len};
}

#endif
