/* See manifest.h. */
#include "sim/results/manifest.h"

#include "server/base/hash.h"
#include "sim/results/name.h"

#include <stdlib.h>
#include <string.h>

#define HASH_DIGITS 16

static const char first_line[] = "hubbub results 1";

void manifest_add(struct manifest *manifest, const char *path, bool grows, uint64_t hash)
{
    HB_ASSERT(name_is_safe_path(path));
    HB_GROW(manifest->lines, manifest->lines_len, manifest->lines_cap);
    manifest->lines[manifest->lines_len++] = (struct manifest_line){
        .path = hb_strndup(path, strlen(path)), .grows = grows, .hash = hash};
}

static void read_line(const char *line, struct manifest *manifest)
{
    const char *path = strrchr(line, ' ');

    if (strncmp(line, "by ", 3) == 0 && manifest->by == NULL) {
        manifest->by = hb_strndup(line + 3, strlen(line + 3));
    } else if (path != NULL && name_is_safe_path(path + 1)) {
        char *end = NULL;
        const uint64_t hash = strtoull(line, &end, 16);
        const bool grows = line[0] == '-' && line[1] == ' ';
        if (grows || (end == line + HASH_DIGITS && end == path)) {
            manifest_add(manifest, path + 1, grows, hash);
        }
    }
}

void manifest_read(const char *text, size_t text_len, struct manifest *ret)
{
    *ret = (struct manifest){.by = NULL};
    for (size_t at = 0; at < text_len;) {
        const char *newline = memchr(text + at, '\n', text_len - at);
        if (newline == NULL) {
            return; /* half a line: its file was not begun */
        }
        const size_t len = (size_t)(newline - text) - at;
        char *line = hb_strndup(text + at, len);
        if (at == 0 && strcmp(line, first_line) != 0) {
            free(line);
            return;
        }
        read_line(line, ret);
        free(line);
        at += len + 1;
    }
}

void manifest_deinit(struct manifest *manifest)
{
    for (uint32_t i = 0; i < manifest->lines_len; i++) {
        free(manifest->lines[i].path);
    }
    free(manifest->lines);
    free(manifest->by);
    *manifest = (struct manifest){.by = NULL};
}

void manifest_head(const char *by, struct buf *out)
{
    buf_printf(out, "%s\nby %s\n", first_line, by);
}

void manifest_line(const struct manifest_line *line, struct buf *out)
{
    if (line->grows) {
        buf_add_char(out, '-');
    } else {
        buf_add_hex(out, line->hash, HASH_DIGITS);
    }
    buf_printf(out, " %s\n", line->path);
}

bool manifest_names(const struct manifest *manifest, const char *path)
{
    for (uint32_t i = 0; i < manifest->lines_len; i++) {
        if (strcmp(manifest->lines[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

bool manifest_owns(const struct manifest *manifest, const char *path, const struct buf *bytes)
{
    const uint64_t hash = hash64_bytes(bytes->bytes, bytes->len);
    for (uint32_t i = 0; i < manifest->lines_len; i++) {
        const struct manifest_line *line = &manifest->lines[i];
        if (strcmp(line->path, path) == 0 && (line->grows || line->hash == hash)) {
            return true;
        }
    }
    return false;
}
