/* What hubbub wrote into a folder: the text of DIR/.hubbub, which is never a result itself.
 *
 *   hubbub results 1
 *   by 4711: hubbub swarm            the process that has, or had, the folder
 *   6c62272e07bb0142 summary.json    a file: the hash of its bytes, and its path
 *   -                seeds.txt       one that grows: whatever is in it
 *
 * A file is named before it is written, so one that a killed run left half done is known too. It is
 * hubbub's own as long as its bytes are those of one of its lines. Pure. */
#ifndef HUBBUB_SIM_RESULTS_MANIFEST_H
#define HUBBUB_SIM_RESULTS_MANIFEST_H

#include "server/base/mem.h"

struct manifest_line {
    char *path;
    bool grows;
    uint64_t hash; /* read if it does not grow */
};

struct manifest {
    char *by; /* "4711: hubbub swarm"; NULL: nobody yet */
    struct manifest_line *lines;
    uint32_t lines_len, lines_cap;
};

/* Reads what is well formed; other lines, and paths that hubbub never writes, are passed over. */
void manifest_read(const char *text, size_t text_len, struct manifest *ret);
void manifest_deinit(struct manifest *manifest);

/* The two lines before the files. */
void manifest_head(const char *by, struct buf *out);
void manifest_line(const struct manifest_line *line, struct buf *out);
/* Keeps a copy of the path. */
void manifest_add(struct manifest *manifest, const char *path, bool grows, uint64_t hash);

bool manifest_names(const struct manifest *manifest, const char *path);
/* Whether these bytes are of one of the file's lines. */
bool manifest_owns(const struct manifest *manifest, const char *path, const struct buf *bytes);

#endif
