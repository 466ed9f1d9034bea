/* Values of a record's lines. See record_io.h. */
#include "server/node/record_io.h"

#include <string.h>

void io_word(struct io *io, const char **ret_from, size_t *ret_len)
{
    if (io->at == io->end || *io->at != ' ') {
        io->bad = true;
        *ret_len = 0;
        return;
    }
    const char *from = ++io->at;
    while (io->at < io->end && *io->at != ' ') {
        io->at++;
    }
    *ret_from = from;
    *ret_len = (size_t)(io->at - from);
}

void io_i64(struct io *io, int64_t *value)
{
    const char *from = NULL;
    size_t len = 0;

    if (io->out != NULL) {
        buf_add_char(io->out, ' ');
        buf_add_i64(io->out, *value);
        return;
    }
    io_word(io, &from, &len);
    const bool minus = len > 0 && *from == '-';
    uint64_t read = 0;
    for (size_t i = minus; i < len; i++) {
        io->bad = io->bad || from[i] < '0' || from[i] > '9';
        read = read * 10 + (uint64_t)(from[i] - '0');
    }
    io->bad = io->bad || len == 0;
    *value = (int64_t)(minus ? 0 - read : read);
}

void io_u64(struct io *io, uint64_t *value)
{
    int64_t same = (int64_t)*value;

    io_i64(io, &same);
    *value = (uint64_t)same;
}

void io_u32(struct io *io, uint32_t *value)
{
    int64_t same = *value;

    io_i64(io, &same);
    io->bad = io->bad || same < 0 || same > UINT32_MAX;
    *value = (uint32_t)same;
}

int io_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void bytes_write(struct buf *out, struct text text)
{
    buf_add_char(out, ' ');
    if (text.bytes == NULL) {
        buf_add_char(out, '.');
    } else if (text.len == 0) {
        buf_add_char(out, '-');
    }
    for (uint32_t i = 0; text.bytes != NULL && i < text.len; i++) {
        buf_add_hex(out, (uint8_t)text.bytes[i], 2);
    }
}

void io_text(struct io *io, struct text *text)
{
    const char *from = NULL;
    size_t len = 0;

    if (io->out != NULL) {
        bytes_write(io->out, *text);
        return;
    }
    io_word(io, &from, &len);
    *text = (struct text){NULL, 0};
    if (io->bad || (len == 1 && *from == '.')) {
        return;
    }
    if (len == 1 && *from == '-') {
        *text = TEXT("");
        return;
    }
    char *bytes = arena_alloc(io->arena, len / 2 + 1);
    for (size_t i = 0; i + 1 < len; i += 2) {
        const int high = io_digit(from[i]);
        const int low = io_digit(from[i + 1]);
        io->bad = io->bad || high < 0 || low < 0;
        bytes[i / 2] = (char)(high * 16 + low);
    }
    io->bad = io->bad || len % 2 != 0 || len == 0;
    *text = (struct text){bytes, (uint32_t)(len / 2)};
}

void io_raw(struct io *io, void *bytes, size_t bytes_len)
{
    struct text text = {bytes, (uint32_t)bytes_len};

    io_text(io, &text);
    io->bad = io->bad || text.len != bytes_len;
    if (io->out == NULL && !io->bad && text.bytes != NULL) {
        memcpy(bytes, text.bytes, bytes_len);
    }
}
