/* See power_vfs.h. Nothing is really synced: the disk under it is not what is tested. */
#include "server/runtime/tests/power_vfs.h"

#include "server/base/mem.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define FILES_MAX    8
#define SECTOR_BYTES 512

struct kept { /* of one file */
    char path[512];
    struct buf synced, now; /* its content */
    bool exists;            /* also to the folder on the disk */
    bool deleted;           /* which the folder on the disk need not know yet */
};

struct power_file {
    sqlite3_file base;
    struct kept *kept;
    sqlite3_file real[]; /* of the VFS below, as large as that wants */
};

static sqlite3_vfs vfs, *below;
static const char *watched;
static struct kept files[FILES_MAX];
static struct kept others; /* of all other files; nobody looks */
static uint64_t syncs;
static uv_mutex_t mutex;

static struct kept *kept_of(const char *path)
{
    const size_t len = strlen(watched);

    if (path == NULL || strncmp(path, watched, len) != 0 || path[len] != '/' ||
        strchr(path + len + 1, '/') != NULL) {
        return &others;
    }
    for (int i = 0; i < FILES_MAX; i++) {
        if (strcmp(files[i].path, path) == 0) {
            return &files[i];
        }
    }
    for (int i = 0; i < FILES_MAX; i++) {
        if (files[i].path[0] == '\0') {
            (void)snprintf(files[i].path, sizeof files[i].path, "%s", path);
            return &files[i];
        }
    }
    HB_UNREACHABLE("too many files");
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct power_file *)file)->real;
}

static int on_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int on_read(sqlite3_file *file, void *ret, int len, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), ret, len, at);
}

static void resize(struct buf *content, size_t len)
{
    if (len > content->len) {
        buf_reserve(content, len - content->len);
        memset(content->bytes + content->len, 0, len - content->len);
    }
    content->len = len;
}

static int on_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    struct kept *kept = ((struct power_file *)file)->kept;

    uv_mutex_lock(&mutex);
    if (kept != &others) {
        if ((size_t)(at + len) > kept->now.len) {
            resize(&kept->now, (size_t)(at + len));
        }
        memcpy(kept->now.bytes + at, bytes, (size_t)len);
    }
    uv_mutex_unlock(&mutex);
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, len, at);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    struct kept *kept = ((struct power_file *)file)->kept;

    uv_mutex_lock(&mutex);
    if (kept != &others) {
        resize(&kept->now, (size_t)len);
    }
    uv_mutex_unlock(&mutex);
    return real_of(file)->pMethods->xTruncate(real_of(file), len);
}

/* What was deleted stays so: the folder itself is on the disk. */
static void folder_sync(void)
{
    for (int i = 0; i < FILES_MAX; i++) {
        if (files[i].deleted) {
            files[i].exists = files[i].deleted = false;
            buf_clear(&files[i].synced);
        }
    }
}

/* A new log or journal takes its folder along: unixSync of SQLite's os_unix.c, UNIXFILE_DIRSYNC. */
static int on_sync(sqlite3_file *file, int flags)
{
    struct kept *kept = ((struct power_file *)file)->kept;

    (void)flags;
    uv_mutex_lock(&mutex);
    if (!kept->exists && strrchr(kept->path, '-') > strrchr(kept->path, '/')) {
        folder_sync();
    }
    buf_clear(&kept->synced);
    buf_add(&kept->synced, kept->now.bytes, kept->now.len);
    kept->exists = true;
    syncs += kept != &others;
    uv_mutex_unlock(&mutex);
    return SQLITE_OK;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), ret);
}

static int on_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int on_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int on_reserved(sqlite3_file *file, int *ret)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret);
}

static int on_control(sqlite3_file *file, int what, void *arg)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, arg);
}

static int on_sector(sqlite3_file *file)
{
    (void)file;
    return SECTOR_BYTES;
}

static int on_device(sqlite3_file *file)
{
    (void)file;
    return 0; /* of a disk that promises nothing */
}

static const sqlite3_io_methods methods = {
    .iVersion = 1, /* no shared memory: the file belongs to one process */
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_reserved,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_device,
};

static int on_open(sqlite3_vfs *of, const char *path, sqlite3_file *ret, int flags, int *ret_flags)
{
    struct power_file *file = (struct power_file *)ret;

    (void)of;
    file->base.pMethods = NULL;
    const int got = below->xOpen(below, path, file->real, flags, ret_flags);
    if (got == SQLITE_OK) {
        uv_mutex_lock(&mutex);
        file->kept = kept_of(path);
        file->kept->deleted = false;
        uv_mutex_unlock(&mutex);
        file->base.pMethods = &methods;
    }
    return got;
}

static int on_delete(sqlite3_vfs *of, const char *path, int sync)
{
    (void)of;
    uv_mutex_lock(&mutex);
    buf_clear(&kept_of(path)->now);
    kept_of(path)->deleted = true;
    if (sync) {
        folder_sync();
    }
    uv_mutex_unlock(&mutex);
    return below->xDelete(below, path, 0);
}

void power_vfs_begin(const char *folder)
{
    watched = folder;
    below = sqlite3_vfs_find(NULL);
    vfs = *below;
    vfs.zName = "power";
    vfs.szOsFile = (int)sizeof(struct power_file) + below->szOsFile;
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    HB_ASSERT(uv_mutex_init(&mutex) == 0);
    HB_ASSERT(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

void power_vfs_end(void)
{
    HB_ASSERT(sqlite3_vfs_unregister(&vfs) == SQLITE_OK);
    HB_ASSERT(sqlite3_vfs_register(below, 1) == SQLITE_OK);
    uv_mutex_destroy(&mutex);
    for (int i = 0; i < FILES_MAX; i++) {
        buf_deinit(&files[i].synced);
        buf_deinit(&files[i].now);
        files[i] = (struct kept){0};
    }
    syncs = 0;
}

/* The sectors that differ from what was synced are each there or not. */
static void write_cut(const struct kept *kept, const char *folder, struct rng *rng)
{
    char path[1100];
    struct buf content = {0};

    buf_add(&content, kept->synced.bytes, kept->synced.len);
    for (size_t at = 0; at < kept->now.len; at += SECTOR_BYTES) {
        const size_t rest = kept->now.len - at;
        const size_t len = rest < SECTOR_BYTES ? rest : SECTOR_BYTES;
        if (rng_chance(rng, 500)) {
            if (content.len < at + len) {
                resize(&content, at + len);
            }
            memcpy(content.bytes + at, kept->now.bytes + at, len);
        }
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, strrchr(kept->path, '/') + 1);
    FILE *file = fopen(path, "we");
    HB_ASSERT(file != NULL);
    HB_ASSERT(fwrite(content.bytes, 1, content.len, file) == content.len);
    HB_ASSERT(fclose(file) == 0);
    buf_deinit(&content);
}

void power_vfs_cut(const char *folder, struct rng *rng)
{
    uv_mutex_lock(&mutex);
    for (int i = 0; i < FILES_MAX; i++) {
        if (files[i].exists) {
            write_cut(&files[i], folder, rng);
        }
    }
    uv_mutex_unlock(&mutex);
}

uint64_t power_vfs_syncs(void)
{
    uv_mutex_lock(&mutex);
    const uint64_t count = syncs;
    uv_mutex_unlock(&mutex);
    return count;
}
