/* Files: read whole, and the folder of --out. See cli.h. */
#include "sim/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool file_read_at_most(const char *path, size_t bytes_max, struct buf *ret)
{
    char chunk[65536];
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        say_error("hubbub: %s: cannot read it: %s\n", path, strerror(errno));
        return false;
    }
    buf_clear(ret);
    buf_reserve(ret, 1);
    for (;;) {
        const size_t len = fread(chunk, 1, sizeof chunk, file);
        buf_add(ret, chunk, len);
        if (len < sizeof chunk || ret->len > bytes_max) {
            break;
        }
    }
    const bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed || ret->len > bytes_max) {
        say_error("hubbub: %s: %s\n", path,
                  failed ? "cannot read it: is it a folder?" : "expected at most 64 MiB");
        return false;
    }
    return true;
}

bool file_read(const char *path, struct buf *ret)
{
    return file_read_at_most(path, FILE_BYTES_MAX, ret);
}

bool out_open(struct args *args, const char *command, const char *const *names, bool keep)
{
    struct buf why = {0};
    const struct results_wish wish = {.dir = args->out,
                                      .command = command,
                                      .names = names,
                                      .inputs = args->files,
                                      .inputs_len = args->files_len,
                                      .keep = keep};
    const bool good = args->out == NULL || results_open(&wish, &args->results, &why);
    if (!good) {
        say_error("hubbub: --out: %s\n", why.bytes);
    }
    buf_deinit(&why);
    return good;
}

bool out_write(const struct args *args, const char *path, const struct buf *content)
{
    struct buf why = {0};
    const bool good = results_write(args->results, path, content, &why);
    if (!good) {
        say_error("hubbub: %s\n", why.bytes);
    }
    buf_deinit(&why);
    return good;
}

void out_path(const struct args *args, const char *path, struct buf *out)
{
    const size_t len = strlen(args->out);
    const char *slash = len > 0 && args->out[len - 1] == '/' ? "" : "/";
    buf_printf(out, "%s%s%s", args->out, slash, path);
}
