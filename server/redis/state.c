/* See state.h. */
#include "server/redis/state.h"

#include <stdlib.h>
#include <string.h>

void redis_out_clear(struct redis_out *out)
{
    out->items_len = 0;
    buf_clear(&out->bytes);
}

void redis_out_deinit(struct redis_out *out)
{
    free(out->items);
    buf_deinit(&out->bytes);
    *out = (struct redis_out){0};
}

struct redis_item *redis_emit(struct redis_out *out, enum redis_item_kind kind)
{
    HB_GROW(out->items, out->items_len, out->items_cap);
    struct redis_item *item = &out->items[out->items_len++];
    *item = (struct redis_item){.kind = kind};
    return item;
}

void redis_emit_text(struct redis_out *out, struct redis_item *item, const char *text,
                     size_t text_len)
{
    item->text_offset = out->bytes.len;
    item->text_len = text_len;
    buf_add(&out->bytes, text, text_len);
}

void redis_write(const struct link *link, int argc, const char *const *argv, const size_t *argv_len,
                 struct redis_out *out)
{
    char *bytes = NULL;

    HB_ASSERT(link->state == LINK_OPEN || link->state == LINK_GREETING);
    const char **words; /* hiredis 0.14 wants it without the second const, and changes nothing */
    memcpy(&words, &argv, sizeof words);
    const int len = redisFormatCommandArgv(&bytes, argc, words, argv_len);
    if (len <= 0) { /* of arguments that are well formed */
        hb_no_memory(0);
    }
    struct redis_item *item = redis_emit(out, REDIS_OUT_WRITE);
    item->link = link->id;
    redis_emit_text(out, item, bytes, (size_t)len);
    redisFreeCommand(bytes);
}

int64_t redis_pause_us(const struct redis *redis, uint32_t step)
{
    const int64_t least = redis->config.backoff_us_min;
    int64_t most = redis->config.backoff_us_max;

    HB_ASSERT(step <= REDIS_STEP_MAX);
    if (least < most >> step) {
        most = least << step;
    }
    return 1 + (int64_t)(entropy_u64(redis->config.entropy) % (uint64_t)most);
}
