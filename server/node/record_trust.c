/* See record_trust.h. */
#include "server/node/record_trust.h"

#include <string.h>

static void io_name(struct io *io, char bytes[TOKEN_WORD_BYTES_MAX + 1])
{
    struct text text = text_of(bytes);

    io_text(io, &text);
    io->bad = io->bad || text.bytes == NULL || text.len > TOKEN_WORD_BYTES_MAX;
    if (io->out == NULL && !io->bad) {
        memcpy(bytes, text.bytes, text.len);
        bytes[text.len] = '\0';
    }
}

static void io_key(struct io *io, struct token_key *key)
{
    uint32_t alg = key->alg;

    io_name(io, key->id);
    io_u32(io, &alg);
    io_u32(io, &key->bytes_len);
    io->bad = io->bad || alg >= SIGNATURE_ALG_COUNT || key->bytes_len > sizeof key->bytes;
    if (!io->bad) {
        key->alg = (enum signature_alg)alg;
        io_raw(io, key->bytes, key->bytes_len);
    }
    io_name(io, key->issuer);
    io_name(io, key->audience);
}

void io_trust(struct io *io, struct token_trust *trust)
{
    io_u32(io, &trust->keys_len);
    io->bad = io->bad || trust->keys_len > TOKEN_KEYS_MAX;
    for (uint32_t i = 0; !io->bad && i < trust->keys_len; i++) {
        io_key(io, &trust->keys[i]);
    }
}
