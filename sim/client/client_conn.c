/* See client_conn.h. */
#include "sim/client/client_conn.h"

#include <string.h>

#define SEEN_WIRE_BYTES_MAX                                                                        \
    2048 /* a page would be kept alive for one stamp: it is copied instead */

struct wire *client_wire(const struct frame *frame)
{
    struct buf buf = {0}; /* not kept: an idle client is small */
    frame_encode(frame, &buf);
    struct wire *wire = wire_new(buf.bytes, buf.len);
    buf_deinit(&buf);
    return wire;
}

void client_send_frame(struct client *client, const struct frame *frame, struct client_out *out)
{
    struct client_effect *effect = client_emit(out, CLIENT_OUT_SEND);
    effect->conn = client->conn;
    effect->wire = client_wire(frame);
}

void client_seen(struct client *client, struct wire *wire, struct hlc_stamp stamp,
                 const struct text *stamp_text)
{
    if (stamp.packed <= client->seen) {
        return;
    }
    struct wire *old = client->seen_wire;
    client->seen = stamp.packed;
    if (wire->bytes_len <= SEEN_WIRE_BYTES_MAX) {
        client->seen_text = stamp_text;
        client->seen_wire = wire_ref(wire);
    } else {
        HB_ASSERT(stamp_text->len <= sizeof client->seen_own_bytes);
        memcpy(client->seen_own_bytes, stamp_text->bytes, stamp_text->len);
        client->seen_own = (struct text){client->seen_own_bytes, stamp_text->len};
        client->seen_text = &client->seen_own;
        client->seen_wire = NULL;
    }
    wire_unref(&old);
}
