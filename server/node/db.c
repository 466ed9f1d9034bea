/* Building a transaction: calls and parameters in few allocations, for one is made per message. */
#include "server/node/db.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The block stays below 1032 bytes, what the C library serves from its per-thread cache: one larger
 * block a message costs a tenth of a simulated run (measured). */
#define INLINE_CALLS    5 /* a send has five */
#define INLINE_BYTES    856 /* their parameters take 312; a usual message with its ids fits the rest */
#define CHUNK_BYTES_MIN 960

/* Parameters and their texts; chunks never move. */
struct db_chunk {
    struct db_chunk *next;
    size_t len, cap;
    char bytes[];
};

struct tx_block {
    struct db_tx tx;
    struct db_call calls[INLINE_CALLS];
    struct {
        struct db_chunk *next;
        size_t len, cap;
        char bytes[INLINE_BYTES];
    } first; /* a db_chunk with its bytes */
};
_Static_assert(sizeof(struct tx_block) <= 1032, "see above");
_Static_assert(offsetof(struct tx_block, first.bytes) - offsetof(struct tx_block, first) ==
                   offsetof(struct db_chunk, bytes),
               "the first chunk is laid out as the others");

struct db_tx *db_tx_new(uint64_t token, bool read_only)
{
    struct tx_block *block = hb_malloc(sizeof *block);

    block->first.next = NULL;
    block->first.len = 0;
    block->first.cap = INLINE_BYTES;
    block->tx = (struct db_tx){.token = token,
                               .read_only = read_only,
                               .calls_cap = INLINE_CALLS,
                               .calls = block->calls,
                               .chunks = (struct db_chunk *)(void *)&block->first};
    return &block->tx;
}

static bool calls_inline(const struct db_tx *tx)
{
    return tx->calls == ((const struct tx_block *)(const void *)tx)->calls;
}

static char *bytes_take(struct db_tx *tx, size_t bytes_len, size_t alignment)
{
    struct db_chunk *chunk = tx->chunks;
    size_t from = (chunk->len + alignment - 1) / alignment * alignment;

    if (from > chunk->cap || chunk->cap - from < bytes_len) {
        const size_t cap = bytes_len > CHUNK_BYTES_MIN ? bytes_len : CHUNK_BYTES_MIN;
        chunk = hb_malloc(sizeof *chunk + cap);
        chunk->next = tx->chunks;
        chunk->cap = cap;
        tx->chunks = chunk;
        from = 0;
    }
    chunk->len = from + bytes_len;
    return chunk->bytes + from;
}

struct db_call *db_tx_call(struct db_tx *tx, enum db_stmt stmt)
{
    const struct db_stmt_info *info = db_stmt_info(stmt);

    HB_ASSERT(tx->calls_len < DB_CALLS_MAX);
    HB_ASSERT(!tx->read_only || !info->writes);
    if (tx->calls_len == tx->calls_cap) {
        const uint16_t cap = (uint16_t)(tx->calls_cap * 4);
        struct db_call *calls = hb_malloc(cap * sizeof *calls);
        memcpy(calls, tx->calls, tx->calls_len * sizeof *calls);
        if (!calls_inline(tx)) {
            free(tx->calls);
        }
        tx->calls = calls;
        tx->calls_cap = cap;
    }
    struct db_call *call = &tx->calls[tx->calls_len++];
    call->stmt = stmt;
    call->params_len = 0;
    call->params = (struct db_value *)(void *)bytes_take(tx, info->params * sizeof *call->params,
                                                         _Alignof(struct db_value));
    return call;
}

static struct db_value *param_push(struct db_call *call)
{
    HB_ASSERT(call->params_len < db_stmt_info(call->stmt)->params);
    return &call->params[call->params_len++];
}

void db_tx_int(struct db_tx *tx, struct db_call *call, int64_t value)
{
    (void)tx;
    *param_push(call) = (struct db_value){.kind = DB_INT, .integer = value};
}

void db_tx_text(struct db_tx *tx, struct db_call *call, struct text value)
{
    char *bytes = bytes_take(tx, value.len, 1);

    if (value.len > 0) {
        memcpy(bytes, value.bytes, value.len);
    }
    *param_push(call) = (struct db_value){.kind = DB_TEXT, .text = {bytes, value.len}};
}

void db_tx_null(struct db_tx *tx, struct db_call *call)
{
    (void)tx;
    *param_push(call) = (struct db_value){.kind = DB_NULL};
}

void db_tx_free(struct db_tx **tx)
{
    if (*tx == NULL) {
        return;
    }
    const void *first = &((struct tx_block *)(void *)*tx)->first;
    for (struct db_chunk *chunk = (*tx)->chunks; chunk != first;) {
        struct db_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    if (!calls_inline(*tx)) {
        free((*tx)->calls);
    }
    free(*tx); /* the first member of its block */
    *tx = NULL;
}
