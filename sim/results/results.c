/* See results.h. */
#include "sim/results/results.h"

#include "server/base/hash.h"
#include "sim/results/manifest.h"
#include "sim/results/name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST ".hubbub"

struct results {
    char *dir;
    int dir_fd, lock_fd; /* -1: not open */
    struct manifest manifest;
};

/* --- Plain files, relative to the folder ---------------------------------------------------- */

static bool make_folders(const char *dir, struct buf *why)
{
    char *path = hb_strndup(dir, strlen(dir));
    bool good = true;

    for (size_t i = 1; good && i <= strlen(dir); i++) {
        if (path[i] == '/' || path[i] == 0) {
            path[i] = 0;
            good = mkdir(path, 0777) == 0 || errno == EEXIST;
            if (!good) {
                buf_printf(why, "%s: cannot make this folder: %s", path, strerror(errno));
            }
            path[i] = dir[i];
        }
    }
    struct stat found;
    if (good &&
        (stat(path, &found) != 0 || !S_ISDIR(found.st_mode) || access(path, W_OK | X_OK) != 0)) {
        buf_printf(why, "%s: expected a folder that can be written to", path);
        good = false;
    }
    free(path);
    return good;
}

static bool read_all(int fd, struct buf *ret)
{
    char chunk[65536];
    ssize_t len;

    buf_clear(ret);
    buf_reserve(ret, 1);
    do {
        len = read(fd, chunk, sizeof chunk);
        buf_add(ret, chunk, len > 0 ? (size_t)len : 0);
    } while (len > 0 || (len < 0 && errno == EINTR));
    return len == 0;
}

static bool write_all(int fd, const char *bytes, size_t bytes_len)
{
    while (bytes_len > 0) {
        const ssize_t len = write(fd, bytes, bytes_len);
        if (len < 0 && errno != EINTR) {
            return false;
        }
        bytes += len > 0 ? len : 0;
        bytes_len -= len > 0 ? (size_t)len : 0;
    }
    return true;
}

static char *partial_of(const char *path)
{
    struct buf name = {0};
    buf_printf(&name, "%s.partial", path);
    return name.bytes;
}

/* Not a link, and nothing at all is no folder either. */
static bool is_real_folder(const struct results *results, const char *path)
{
    struct stat found;
    return fstatat(results->dir_fd, path, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(found.st_mode);
}

/* The folder of NAME/NAME; NULL: the path has none. The caller frees it. */
static char *folder_of(const char *path)
{
    const char *slash = strchr(path, '/');
    return slash != NULL ? hb_strndup(path, (size_t)(slash - path)) : NULL;
}

enum found { FOUND_NOTHING, FOUND_OWN, FOUND_STRANGER };

static enum found look(const struct results *results, const char *path, struct stat *ret)
{
    struct buf bytes = {0};
    char *folder = folder_of(path);
    enum found found = FOUND_STRANGER;

    if ((folder != NULL && !is_real_folder(results, folder)) ||
        fstatat(results->dir_fd, path, ret, AT_SYMLINK_NOFOLLOW) != 0) {
        found = FOUND_NOTHING;
    } else if (S_ISREG(ret->st_mode)) {
        const int fd = openat(results->dir_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0 && read_all(fd, &bytes) && manifest_owns(&results->manifest, path, &bytes)) {
            found = FOUND_OWN;
        }
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    free(folder);
    buf_deinit(&bytes);
    return found;
}

/* --- What is in the way --------------------------------------------------------------------- */

static bool lock(struct results *results, struct buf *why)
{
    struct buf text = {0};
    struct stat found;

    results->lock_fd =
        openat(results->dir_fd, MANIFEST, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (results->lock_fd < 0 || fstat(results->lock_fd, &found) != 0 || !S_ISREG(found.st_mode)) {
        buf_printf(why, "%s/" MANIFEST ": cannot open it: %s", results->dir,
                   results->lock_fd < 0 ? strerror(errno) : "it is no plain file");
        return false;
    }
    const bool locked = flock(results->lock_fd, LOCK_EX | LOCK_NB) == 0;
    const int error = errno;
    const bool read = read_all(results->lock_fd, &text);
    manifest_read(text.bytes, text.len, &results->manifest);
    const char *by = results->manifest.by;
    const bool stranger = text.len > 0 && by == NULL;
    buf_deinit(&text);
    if (!locked && error == EWOULDBLOCK) {
        buf_printf(why, "%s: in use by %s%s: wait until it ends, or choose another folder",
                   results->dir, by != NULL ? "process " : "another process", by != NULL ? by : "");
    } else if (!locked) {
        buf_printf(why, "%s/" MANIFEST ": cannot lock it: %s", results->dir, strerror(error));
    } else if (!read || stranger) {
        buf_printf(why, "%s/" MANIFEST ": not written by hubbub: choose another folder",
                   results->dir);
    }
    return locked && read && !stranger;
}

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether an input is this old file, or the folder that it stands in. */
static bool is_read(const struct results *results, const struct results_wish *wish,
                    const char *path, const struct stat *file, struct buf *why)
{
    char *folder = folder_of(path);
    struct stat above = {.st_ino = 0};
    struct stat input;
    bool ret = false;

    if (fstatat(results->dir_fd, folder != NULL ? folder : ".", &above, 0) != 0) {
        above = (struct stat){.st_ino = 0};
    }
    for (uint32_t i = 0; i < wish->inputs_len && !ret; i++) {
        if (stat(wish->inputs[i], &input) == 0 && (same(&input, file) || same(&input, &above))) {
            buf_printf(why,
                       "%s/%s is an input and an old result that would be removed: choose "
                       "another folder",
                       results->dir, path);
            ret = true;
        }
    }
    free(folder);
    return ret;
}

static bool clear_way(const struct results *results, const struct results_wish *wish,
                      struct buf *why)
{
    struct stat file;

    for (uint32_t i = 0; i < results->manifest.lines_len && !wish->keep; i++) {
        const char *path = results->manifest.lines[i].path;
        const enum found found = look(results, path, &file);
        if (found == FOUND_STRANGER) {
            buf_printf(why,
                       "%s/%s was changed since hubbub wrote it: move it away, or choose "
                       "another folder",
                       results->dir, path);
            return false;
        }
        if (found == FOUND_OWN && is_read(results, wish, path, &file, why)) {
            return false;
        }
    }
    for (const char *const *name = wish->names; *name != NULL; name++) {
        if (look(results, *name, &file) == FOUND_STRANGER) {
            buf_printf(why,
                       "%s/%s was not written by hubbub: move it away, or choose another "
                       "folder",
                       results->dir, *name);
            return false;
        }
    }
    return true;
}

static void remove_own(struct results *results)
{
    for (uint32_t i = 0; i < results->manifest.lines_len; i++) {
        const char *path = results->manifest.lines[i].path;
        char *partial = partial_of(path);
        char *folder = folder_of(path);
        if (folder == NULL || is_real_folder(results, folder)) {
            (void)unlinkat(results->dir_fd, path, 0);
            (void)unlinkat(results->dir_fd, partial, 0);
        }
        if (folder != NULL) {
            (void)unlinkat(results->dir_fd, folder, AT_REMOVEDIR); /* if nothing is left in it */
        }
        free(partial);
        free(folder);
    }
    manifest_deinit(&results->manifest);
}

/* --- The folder ----------------------------------------------------------------------------- */

static bool begin(struct results *results, const char *command, struct buf *why)
{
    struct buf text = {0};
    struct buf by = {0};

    buf_printf(&by, "%ld: %s", (long)getpid(), command);
    manifest_head(by.bytes, &text);
    for (uint32_t i = 0; i < results->manifest.lines_len; i++) {
        manifest_line(&results->manifest.lines[i], &text);
    }
    const bool good = ftruncate(results->lock_fd, 0) == 0 &&
                      lseek(results->lock_fd, 0, SEEK_SET) == 0 &&
                      write_all(results->lock_fd, text.bytes, text.len);
    if (!good) {
        buf_printf(why, "%s/" MANIFEST ": cannot write it: %s", results->dir, strerror(errno));
    }
    buf_deinit(&text);
    buf_deinit(&by);
    return good;
}

bool results_open(const struct results_wish *wish, struct results **ret, struct buf *why)
{
    buf_clear(why);
    if (!make_folders(wish->dir, why)) {
        return false;
    }
    struct results *results = hb_calloc(1, sizeof *results);
    results->dir = hb_strndup(wish->dir, strlen(wish->dir));
    results->lock_fd = -1;
    results->dir_fd = open(wish->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = results->dir_fd >= 0;
    if (!good) {
        buf_printf(why, "%s: cannot open this folder: %s", wish->dir, strerror(errno));
    }
    good = good && lock(results, why) && clear_way(results, wish, why);
    if (good && !wish->keep) {
        remove_own(results);
    }
    if (!good || !begin(results, wish->command, why)) {
        results_close(&results);
        return false;
    }
    *ret = results;
    return true;
}

void results_leave(struct results *results)
{
    if (results != NULL && results->lock_fd >= 0) {
        (void)close(results->lock_fd); /* the lock is the parent's, which has it open too */
        results->lock_fd = -1;
    }
}

void results_close(struct results **results)
{
    if (*results == NULL) {
        return;
    }
    results_leave(*results);
    if ((*results)->dir_fd >= 0) {
        (void)close((*results)->dir_fd);
    }
    manifest_deinit(&(*results)->manifest);
    free((*results)->dir);
    free(*results);
    *results = NULL;
}

bool results_has(const struct results *results, const char *path)
{
    return manifest_names(&results->manifest, path);
}

bool results_is_new(const struct results *results)
{
    return results->manifest.lines_len == 0;
}

/* Before a file is written: its folder is there, no stranger's file is in its place, and the manifest
 * knows it. */
static bool prepare(struct results *results, const struct manifest_line *line, struct buf *why)
{
    struct buf text = {0};
    struct stat found;
    char *folder = folder_of(line->path);
    bool good = true;

    HB_ASSERT(name_is_safe_path(line->path)); /* I3 */
    if (folder != NULL) {
        good = (mkdirat(results->dir_fd, folder, 0777) == 0 || errno == EEXIST) &&
               is_real_folder(results, folder);
    }
    if (!good) {
        buf_printf(why, "%s/%s: cannot make this folder: %s", results->dir, folder,
                   errno == EEXIST ? "another thing of this name is there" : strerror(errno));
    } else if (!manifest_names(&results->manifest, line->path) &&
               look(results, line->path, &found) != FOUND_NOTHING) {
        buf_printf(why, "%s/%s: cannot write it: a file that hubbub did not write is there",
                   results->dir, line->path);
        good = false;
    }
    if (good) {
        manifest_add(&results->manifest, line->path, line->grows, line->hash);
        manifest_line(line, &text);
        good = write_all(results->lock_fd, text.bytes, text.len);
        if (!good) {
            buf_printf(why, "%s/" MANIFEST ": cannot write it: %s", results->dir, strerror(errno));
        }
    }
    buf_deinit(&text);
    free(folder);
    return good;
}

bool results_write(struct results *results, const char *path, const struct buf *content,
                   struct buf *why)
{
    char *copy = hb_strndup(path, strlen(path));
    char *partial = partial_of(path);
    const struct manifest_line line = {.path = copy,
                                       .hash = hash64_bytes(content->bytes, content->len)};

    buf_clear(why);
    bool good = prepare(results, &line, why);
    if (good) {
        const int fd = openat(results->dir_fd, partial,
                              O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
        good = fd >= 0 && write_all(fd, content->bytes, content->len);
        int error = errno;
        if (fd >= 0 && close(fd) != 0) {
            error = errno;
            good = false;
        }
        if (good && renameat(results->dir_fd, partial, results->dir_fd, path) != 0) { /* I4 */
            error = errno;
            good = false;
        }
        if (!good) {
            buf_printf(why, "%s/%s: cannot write it: %s", results->dir, path, strerror(error));
            (void)unlinkat(results->dir_fd, partial, 0);
        }
    }
    free(copy);
    free(partial);
    return good;
}

int results_grow(struct results *results, const char *path, struct buf *why)
{
    char *copy = hb_strndup(path, strlen(path));
    const struct manifest_line line = {.path = copy, .grows = true};
    int fd = -1;

    buf_clear(why);
    if (prepare(results, &line, why)) {
        fd = openat(results->dir_fd, path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                    0666);
        if (fd < 0) {
            buf_printf(why, "%s/%s: cannot write it: %s", results->dir, path, strerror(errno));
        }
    }
    free(copy);
    return fd;
}
