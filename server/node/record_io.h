/* The values of a record's lines: each function writes its value, or reads it, so that a thing is
 * described once for both. */
#ifndef HUBBUB_SERVER_NODE_RECORD_IO_H
#define HUBBUB_SERVER_NODE_RECORD_IO_H

#include "server/base/mem.h"
#include "server/base/text.h"

struct io {
    struct buf *out;      /* writing; NULL: reading */
    const char *at, *end; /* reading: the rest of the line */
    struct arena *arena;
    bool bad; /* reading: not what was expected */
};

/* Reading: what stands up to the next blank. */
void io_word(struct io *io, const char **ret_from, size_t *ret_len);
void io_i64(struct io *io, int64_t *value);
void io_u64(struct io *io, uint64_t *value);
void io_u32(struct io *io, uint32_t *value);
void io_text(struct io *io, struct text *text); /* read: in the arena */
/* An array of bytes of one length. */
void io_raw(struct io *io, void *bytes, size_t bytes_len);
/* Of a hex digit; -1: it is none. */
int io_digit(char c);

#endif
