/* Whether a SQLite file is still the one that was opened, and whole. See store_sqlite.h.
 *
 * Nobody else may write to it, yet somebody may delete it, put a copy in its place, empty it or write over
 * it, and SQLite, which holds it open and has its pages in memory, would go on as if nothing had happened:
 * what is committed then is what nobody will find. In WAL the file itself changes with checkpoints only,
 * and those are made here: between two of them its size and the time of its last change stand still. */
#include "server/runtime/store_internal.h"
#include "server/runtime/store_sqlite.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_PAGES 1000 /* as SQLite does by itself */
#define WAL_HEAD_BYTES   32
#define WAL_FRAME_BYTES  24 /* before each page */

static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_watch *watch = context;

    (void)db;
    (void)name;
    watch->wal_pages = (unsigned)pages;
    return SQLITE_OK;
}

static bool head_read(struct sqlite_file *file, unsigned char ret[100])
{
    sqlite3_file *opened = NULL;

    return sqlite3_file_control(file->db, "main", SQLITE_FCNTL_FILE_POINTER, &opened) ==
               SQLITE_OK &&
           opened->pMethods->xRead(opened, ret, 100, 0) == SQLITE_OK;
}

static void remember(struct sqlite_file *file)
{
    struct sqlite_watch *watch = &file->watch;

    if (stat(watch->path, &watch->as_left) != 0 || !head_read(file, watch->head)) {
        watch->as_left.st_ino = 0; /* no file's: the next look says so */
    }
}

void sqlite_watch_begin(struct sqlite_file *file, const char *path)
{
    file->watch = (struct sqlite_watch){.path = hb_strndup(path, strlen(path))};
    (void)sqlite3_wal_hook(file->db, on_commit, &file->watch);
    remember(file);
}

void sqlite_watch_end(struct sqlite_file *file)
{
    free(file->watch.path);
    file->watch.path = NULL;
}

int sqlite_quick_check(sqlite3 *db)
{
    sqlite3_stmt *check = NULL;
    int got = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &check, NULL);

    got = got == SQLITE_OK ? sqlite3_step(check) : got;
    if (got == SQLITE_ROW) {
        const bool ok = strcmp((const char *)sqlite3_column_text(check, 0), "ok") == 0;
        got = ok ? SQLITE_OK : SQLITE_CORRUPT;
    }
    (void)sqlite3_finalize(check);
    return got;
}

/* By a connection that takes no lock and sees the file as the last checkpoint left it: a second one of
 * ours, as closing any other descriptor of the file would drop this process' locks on it. */
static bool whole(const char *path)
{
    sqlite3 *db = NULL;
    struct buf uri = {0};

    buf_add_text(&uri, "file:");
    for (const char *at = path; *at != '\0'; at++) {
        if (strchr("?#%", *at) != NULL) {
            buf_printf(&uri, "%%%02x", (unsigned)(unsigned char)*at);
        } else {
            buf_add_char(&uri, *at);
        }
    }
    buf_add_text(&uri, "?immutable=1");
    const bool ok = sqlite3_open_v2(uri.bytes, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) ==
                        SQLITE_OK &&
                    sqlite_quick_check(db) == SQLITE_OK;
    (void)sqlite3_close(db);
    buf_deinit(&uri);
    return ok;
}

/* NULL: nothing is wrong with it. */
static const char *file_wrong(struct sqlite_file *file)
{
    struct sqlite_watch *watch = &file->watch;
    const struct stat *left = &watch->as_left;
    unsigned char head[sizeof watch->head];
    struct stat now;

    if (stat(watch->path, &now) != 0) {
        return "was deleted";
    }
    if (now.st_ino != left->st_ino || now.st_dev != left->st_dev) {
        return "was replaced by another file";
    }
    if (now.st_size == left->st_size && now.st_mtim.tv_sec == left->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == left->st_mtim.tv_nsec) {
        return NULL;
    }
    if (!head_read(file, head) || memcmp(head, watch->head, sizeof head) != 0) {
        return "was written by another program";
    }
    if (!whole(watch->path)) {
        return "is damaged";
    }
    watch->as_left = now; /* touched, and no more */
    return NULL;
}

/* SQLite knows where it is: beside the file itself, also where the path is a link to it. */
/* As the file's head says: https://www.sqlite.org/fileformat.html, 1.3.2. */
static off_t page_bytes(const struct sqlite_watch *watch)
{
    const off_t said = (off_t)watch->head[16] << 8 | watch->head[17];

    return said == 1 ? 65536 : said;
}

static const char *log_wrong(struct sqlite_file *file)
{
    struct sqlite_watch *watch = &file->watch;
    struct stat now;

    if (stat(sqlite3_filename_wal(sqlite3_db_filename(file->db, "main")), &now) != 0) {
        return "lost its log, the -wal file beside it, which was deleted";
    }
    const off_t frame = WAL_FRAME_BYTES + page_bytes(watch);
    const off_t filled =
        watch->wal_pages > 0 ? WAL_HEAD_BYTES + (off_t)watch->wal_pages * frame : 0;
    if (now.st_size < watch->log_bytes || now.st_size < filled) {
        return "lost its log, the -wal file beside it, which was replaced or cut";
    }
    watch->log_bytes =
        now.st_size; /* SQLite begins it anew from the front, and leaves its length */
    return NULL;
}

bool sqlite_watch_look(struct sqlite_file *file, struct buf *words)
{
    struct sqlite_watch *watch = &file->watch;
    const char *wrong = watch->ruined ? NULL : file_wrong(file);

    if (wrong == NULL && !watch->ruined) {
        wrong = log_wrong(file);
    }
    if (wrong != NULL) {
        watch->ruined = true;
        buf_printf(words,
                   "\"%s\" %s while this server used it, so nothing is taken any more; stop it, "
                   "bring back a copy, without the -wal file that is there, and start it again",
                   watch->path, wrong);
        return false;
    }
    if (!watch->ruined && watch->wal_pages >= CHECKPOINT_PAGES) {
        /* If it cannot, the log grows and the next one tries again. */
        (void)sqlite3_wal_checkpoint_v2(file->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        remember(file);
    }
    return !watch->ruined;
}
