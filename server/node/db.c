/* Building a transaction: calls and parameters in few allocations, for one is made per message. */
#include "server/node/db.h"

#include "server/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Both stay below 1032 bytes, what the C library serves from its per-thread cache: one larger block
 * a message costs a tenth of a simulated run (measured). */
#define INLINE_CALLS    5   /* a send has five */
#define CHUNK_BYTES_MIN 960 /* a usual message with its ids fits one chunk */

/* Texts of parameters; chunks never move. */
struct db_chunk {
    struct db_chunk *next;
    size_t len, cap;
    char bytes[];
};

struct tx_block {
    struct db_tx tx;
    struct db_call calls[INLINE_CALLS];
};
_Static_assert(sizeof(struct tx_block) <= 1032, "see above");

struct db_tx *db_tx_new(uint64_t token, bool read_only)
{
    struct tx_block *block = hb_malloc(sizeof *block);

    block->tx = (struct db_tx){
        .token = token, .read_only = read_only, .calls_cap = INLINE_CALLS, .calls = block->calls};
    return &block->tx;
}

static bool calls_inline(const struct db_tx *tx)
{
    return tx->calls == ((const struct tx_block *)(const void *)tx)->calls;
}

struct db_call *db_tx_call(struct db_tx *tx, enum db_stmt stmt)
{
    HB_ASSERT(tx->calls_len < DB_CALLS_MAX);
    HB_ASSERT(!tx->read_only || !db_stmt_info(stmt)->writes);
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
    struct db_chunk *chunk = tx->texts;

    if (chunk == NULL || chunk->cap - chunk->len < value.len) {
        const size_t cap = value.len > CHUNK_BYTES_MIN ? value.len : CHUNK_BYTES_MIN;
        chunk = hb_malloc(sizeof *chunk + cap);
        chunk->next = tx->texts;
        chunk->len = 0;
        chunk->cap = cap;
        tx->texts = chunk;
    }
    char *bytes = chunk->bytes + chunk->len;
    if (value.len > 0) {
        memcpy(bytes, value.bytes, value.len);
    }
    chunk->len += value.len;
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
    for (struct db_chunk *chunk = (*tx)->texts; chunk != NULL;) {
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
