/* See wire.h. */
#include "server/protocol/wire.h"

#include "server/base/mem.h"
#include "server/protocol/frame.h"

#include <stdlib.h>
#include <string.h>

struct wire *wire_new(const char *bytes, size_t bytes_len)
{
    HB_ASSERT(bytes_len <= FRAME_BYTES_MAX);
    struct wire *wire = hb_malloc(sizeof *wire + bytes_len + 1);
    wire->refs = 1;
    wire->bytes_len = (uint32_t)bytes_len;
    wire->decoded = NULL;
    wire->decoded_err = HB_OK;
    wire->decoded_field = NULL;
    wire->digest = 0;
    wire->decode_tried = false;
    if (bytes_len > 0) {
        memcpy(wire->bytes, bytes, bytes_len);
    }
    wire->bytes[bytes_len] = 0;
    return wire;
}

void wire_unref(struct wire **wire_pointer)
{
    struct wire *wire = *wire_pointer;
    *wire_pointer = NULL;
    if (wire == NULL) {
        return;
    }
    HB_ASSERT(wire->refs > 0);
    if (--wire->refs == 0) {
        frame_free(&wire->decoded);
        free(wire);
    }
}

enum hb_err wire_decode(struct wire *wire, const struct frame **ret, const char **ret_field)
{
    if (!wire->decode_tried) {
        wire->decode_tried = true;
        wire->decoded_err =
            frame_decode(wire->bytes, wire->bytes_len, &wire->decoded, &wire->decoded_field);
    }
    if (wire->decoded_err != HB_OK) {
        if (ret_field != NULL) {
            *ret_field = wire->decoded_field;
        }
        return wire->decoded_err;
    }
    *ret = wire->decoded;
    return HB_OK;
}
