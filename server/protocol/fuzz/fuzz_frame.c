/* Hostile bytes to every decoder of the protocol. What decodes must encode to a fixed point. */
#include "server/base/mem.h"
#include "server/protocol/cursor.h"
#include "server/protocol/frame.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void frame_round(const char *bytes, size_t bytes_len)
{
    struct frame *frame = NULL;
    struct buf first = {0};
    struct buf second = {0};
    const char *field = NULL;

    if (frame_decode(bytes, bytes_len, &frame, &field) != HB_OK) {
        HB_ASSERT(frame == NULL);
        return;
    }
    frame_encode(frame, &first);
    frame_free(&frame);
    if (first.len <= FRAME_BYTES_MAX) { /* escapes may make it longer than a frame may be */
        const enum hb_err err = frame_decode(first.bytes, first.len, &frame, &field);
        HB_ASSERT(err == HB_OK);
        frame_encode(frame, &second);
        frame_free(&frame);
        HB_ASSERT(first.len == second.len && memcmp(first.bytes, second.bytes, first.len) == 0);
    }
    buf_deinit(&first);
    buf_deinit(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cursor_key cursor_key = {.id = 1};
    char *bytes = hb_malloc(size + 1); /* exact, so that a read too far is seen */
    struct cursor *cursor = hb_calloc(1, sizeof *cursor);
    struct hlc_stamp stamp;
    struct text node;

    if (size > 0) {
        memcpy(bytes, data, size);
    }
    bytes[size] = 0;
    frame_round(bytes, size);
    const struct text text = {bytes, (uint32_t)size};
    (void)cursor_decode(&cursor_key, 1, 1, text, cursor);
    if (hlc_parse(text, &stamp, &node) == HB_OK) {
        char again[HLC_TEXT_BYTES_MAX];
        HB_ASSERT(hlc_format(stamp, node, again) == size && memcmp(again, bytes, size) == 0);
    }
    free(cursor);
    free(bytes);
    return 0;
}
