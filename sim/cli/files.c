/* Files: read whole, written whole or not at all. See cli.h. */
#include "sim/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_read(const char *path, struct buf *ret)
{
    char chunk[65536];
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        (void)fprintf(stderr, "hubbub: %s: cannot read it: %s\n", path, strerror(errno));
        return false;
    }
    buf_clear(ret);
    buf_reserve(ret, 1);
    for (;;) {
        const size_t len = fread(chunk, 1, sizeof chunk, file);
        buf_add(ret, chunk, len);
        if (len < sizeof chunk || ret->len > FILE_BYTES_MAX) {
            break;
        }
    }
    const bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed || ret->len > FILE_BYTES_MAX) {
        (void)fprintf(stderr, "hubbub: %s: %s\n", path,
                      failed ? "cannot read it: is it a folder?" : "expected at most 64 MiB");
        return false;
    }
    return true;
}

bool dir_make(const char *dir)
{
    char path[4096];
    const size_t len = strlen(dir);

    if (len >= sizeof path) {
        (void)fprintf(stderr, "hubbub: the path of --out is too long\n");
        return false;
    }
    memcpy(path, dir, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != 0) {
            continue;
        }
        const char was = path[i];
        path[i] = 0;
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            (void)fprintf(stderr, "hubbub: %s: cannot make this folder: %s\n", path,
                          strerror(errno));
            return false;
        }
        path[i] = was;
    }
    struct stat found;
    if (stat(path, &found) != 0 || !S_ISDIR(found.st_mode) || access(path, W_OK | X_OK) != 0) {
        (void)fprintf(stderr, "hubbub: %s: expected a folder that can be written to\n", path);
        return false;
    }
    return true;
}

bool file_write(const char *dir, const char *name, const struct buf *content)
{
    char path[4200];
    char temporary[4220];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    (void)snprintf(temporary, sizeof temporary, "%s.partial", path);
    FILE *file = fopen(temporary, "wb");
    bool good = file != NULL;
    if (good) {
        good = fwrite(content->bytes, 1, content->len, file) == content->len;
        good = fclose(file) == 0 && good;
        good = good && rename(temporary, path) == 0;
    }
    if (!good) {
        (void)fprintf(stderr, "hubbub: %s: cannot write it: %s\n", path, strerror(errno));
        (void)unlink(temporary);
    }
    return good;
}
