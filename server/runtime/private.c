/* See private.h. */
#include "server/runtime/private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define OTHERS 077

bool private_is_wide(const struct stat *info)
{
    return S_ISREG(info->st_mode) && (info->st_mode & OTHERS) != 0;
}

int private_make(const char *path, const char *bytes, size_t bytes_len)
{
    struct buf other = {0};
    int err = 0;

    buf_printf(&other, "%s.%ld", path, (long)getpid());
    const int file = open(other.bytes, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        err = errno;
    } else {
        errno = EIO; /* of a write that is short */
        if (write(file, bytes, bytes_len) != (ssize_t)bytes_len || fsync(file) != 0) {
            err = errno;
        }
        (void)close(file);
        if (err == 0 && link(other.bytes, path) != 0 && errno != EEXIST) {
            err = errno;
        }
        (void)unlink(other.bytes);
    }
    buf_deinit(&other);
    return err;
}

/* Its own words would come after those about the node's name, which is to stand beside it. */
static enum hb_err folder_look(const char *path, struct buf *message)
{
    const char *slash = strrchr(path, '/');
    struct buf folder = {0};
    struct stat info;

    if (slash == NULL || slash == path) {
        return HB_OK;
    }
    buf_add(&folder, path, (size_t)(slash - path));
    buf_add_char(&folder, '\0');
    const bool there = stat(folder.bytes, &info) == 0;
    buf_deinit(&folder);
    if (!there) {
        buf_printf(message,
                   "cannot open \"%s\": %s; give a file in a folder that exists and that this user "
                   "may write",
                   path, strerror(errno));
    }
    return there ? HB_OK : HB_EDENIED;
}

/* The mode of one of its files if others can use it; else 0. */
static mode_t wide(struct buf *name, const char *path, const char *end, uid_t *ret_owner)
{
    struct stat info;

    buf_clear(name);
    buf_add_text(name, path);
    buf_add_text(name, end);
    if (stat(name->bytes, &info) != 0 || !private_is_wide(&info)) {
        return 0; /* what cannot be looked at, its opening will tell */
    }
    *ret_owner = info.st_uid;
    return info.st_mode & 07777;
}

static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
#define ENDS_LEN (sizeof ends / sizeof ends[0])

enum hb_err private_database_check(const char *path, struct buf *message)
{
    struct buf name = {0};
    enum hb_err err = folder_look(path, message);
    uid_t owner = 0;

    for (size_t i = 0; i < ENDS_LEN && err == HB_OK; i++) {
        const mode_t mode = wide(&name, path, ends[i], &owner);
        if (mode != 0 && owner != geteuid() && geteuid() != 0) {
            buf_printf(message,
                       "others can use \"%s\" (%03o), and it is another user's; chmod 600 it, or "
                       "give another file",
                       name.bytes, (unsigned)(mode & 0777));
            err = HB_EDENIED;
        }
    }
    buf_deinit(&name);
    return err;
}

void private_database_narrow(const char *path, struct buf *told)
{
    struct buf name = {0};
    uid_t owner = 0;

    for (size_t i = 0; i < ENDS_LEN; i++) {
        const mode_t mode = wide(&name, path, ends[i], &owner);
        if (mode != 0 && chmod(name.bytes, mode & ~(mode_t)OTHERS) == 0) {
            buf_printf(told, "%s\"%s\" (it was %03o)", told->len > 0 ? ", " : "others could use ",
                       name.bytes, (unsigned)(mode & 0777));
        }
    }
    if (told->len > 0) {
        buf_add_text(told, "; for this user alone now");
    }
    buf_deinit(&name);
}

void private_logs(struct buf *told)
{
    bool narrowed = false;
    bool foreign = false;

    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat info;
        if (fstat(fd, &info) != 0 || !private_is_wide(&info)) {
            continue;
        }
        if (fchmod(fd, info.st_mode & 07777 & ~(mode_t)OTHERS) == 0) {
            narrowed = true;
        } else {
            foreign = true;
        }
    }
    if (foreign) {
        buf_add_text(told, "others can read the file of this log, and it is not ours to narrow; "
                           "chmod 600 it");
    } else if (narrowed) {
        buf_add_text(told, "others could read the file of this log; for this user alone now");
    }
}
