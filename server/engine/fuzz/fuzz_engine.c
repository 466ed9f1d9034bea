/* Hostile bytes to the engine, whole and cut in two: where they are cut does not show, nothing is left
 * after a restart, and no assertion fails. The first byte says where the cut is. */
#include "server/base/mem.h"
#include "server/engine/engine.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds up to `cut`, then the rest; what client 1 hears is appended to `ret`. */
static void play(const char *bytes, size_t size, size_t cut, struct buf *ret)
{
    struct engine *engine = engine_new();
    struct engine_out out = {0};

    engine_connect(engine, 1);
    engine_connect(engine, 2);
    engine_feed(engine, 2, "SUBSCRIBE a\r\n", 13, 1, &out);
    engine_feed(engine, 1, bytes, cut, 1000, &out);
    engine_feed(engine, 1, bytes + cut, size - cut, 1000, &out);
    for (size_t i = 0; i < out.items_len; i++) {
        HB_ASSERT(out.items[i].offset + out.items[i].len <= out.bytes.len);
        buf_add_u64(ret, out.items[i].client);
        buf_add(ret, out.bytes.bytes + out.items[i].offset, out.items[i].len);
        buf_add_text(ret, out.items[i].close ? "closed" : "");
    }
    engine_restart(engine);
    HB_ASSERT(engine_stored_bytes(engine) == 0);
    engine_out_deinit(&out);
    engine_free(&engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0};
    struct buf cut = {0};

    if (size == 0) {
        return 0;
    }
    char *bytes = hb_malloc(size); /* exact, so that a read too far is seen */
    memcpy(bytes, data + 1, size - 1);
    play(bytes, size - 1, size - 1, &whole);
    play(bytes, size - 1, (size - 1) * data[0] / 256, &cut);
    if (whole.len < ENGINE_OUTPUT_BYTES_MAX) { /* which is a limit of one call */
        HB_ASSERT(whole.len == cut.len);
        HB_ASSERT(whole.len == 0 || memcmp(whole.bytes, cut.bytes, cut.len) == 0);
    }
    buf_deinit(&whole);
    buf_deinit(&cut);
    free(bytes);
    return 0;
}
