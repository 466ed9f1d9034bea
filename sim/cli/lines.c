/* See lines.h. */
#include "sim/cli/lines.h"

#include "sim/cli/cli.h"

#include <errno.h>
#include <sys/stat.h>

#define CHUNK_BYTES (256 * 1024)

bool lines_open(struct lines *lines, const char *path, size_t line_max)
{
    const bool standard = strcmp(path, "-") == 0;
    struct stat found;

    *lines = (struct lines){.path = standard ? "standard input" : path, .line_max = line_max};
    lines->file = standard ? stdin : fopen(path, "rb");
    if (lines->file == NULL) {
        say_error("hubbub: %s: cannot read it: %s\n", path, strerror(errno));
        return false;
    }
    if (fstat(fileno(lines->file), &found) == 0 && S_ISDIR(found.st_mode)) {
        say_error("hubbub: %s: this is a folder: expected a file\n", path);
        (void)fclose(lines->file);
        return false;
    }
    return true;
}

static void fill(struct lines *lines)
{
    buf_drop_front(&lines->bytes, lines->at);
    lines->at = 0;
    buf_reserve(&lines->bytes, CHUNK_BYTES);
    const size_t len = fread(lines->bytes.bytes + lines->bytes.len, 1, CHUNK_BYTES, lines->file);
    lines->bytes.len += len;
    lines->ended = len < CHUNK_BYTES;
}

bool lines_next(struct lines *lines, const char **ret, size_t *ret_len)
{
    size_t looked = 0;
    for (;;) {
        const size_t left = lines->bytes.len - lines->at;
        const char *from = left > 0 ? lines->bytes.bytes + lines->at : NULL;
        const char *end =
            from != NULL && left > looked ? memchr(from + looked, '\n', left - looked) : NULL;
        size_t len = end != NULL ? (size_t)(end - from) : left;
        const bool piece = len > lines->line_max;
        if (end == NULL && !piece && !lines->ended) {
            looked = left;
            fill(lines);
            continue;
        }
        if (left == 0) {
            return false;
        }
        len = piece ? lines->line_max + 1 : len;
        *ret = from;
        *ret_len = len;
        lines->at += len + (end != NULL && !piece);
        return true;
    }
}

bool lines_start_with(struct lines *lines, const char *text)
{
    const size_t len = strlen(text);
    HB_ASSERT(lines->at == 0);
    if (lines->bytes.len == 0 && !lines->ended) {
        fill(lines);
    }
    return lines->bytes.len >= len && memcmp(lines->bytes.bytes, text, len) == 0;
}

bool lines_close(struct lines *lines)
{
    const bool failed = ferror(lines->file) != 0;
    if (failed) {
        say_error("hubbub: %s: cannot read it to its end\n", lines->path);
    }
    if (lines->file != stdin) {
        (void)fclose(lines->file);
    }
    buf_deinit(&lines->bytes);
    return !failed;
}
