/* See commits.h. */
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include "sim/vdb/commits.h"

#include "sim/vdb/statements.h"

#include <string.h>

/* The columns of `entries`, as its schema has them. */
enum { ROOM, SEQ, KIND, SENDER, CLIENT_ID, CONTENT, NODE, STAMP, HLC, AT_MS };

static sqlite3_value *new_value(sqlite3 *db, int column)
{
    sqlite3_value *value = NULL;
    const int got = sqlite3_preupdate_new(db, column, &value);
    HB_ASSERT(got == SQLITE_OK && value != NULL);
    return value;
}

static int64_t new_int(sqlite3 *db, int column)
{
    sqlite3_value *value = new_value(db, column);
    HB_ASSERT(sqlite3_value_type(value) == SQLITE_INTEGER);
    return sqlite3_value_int64(value);
}

/* Texts are kept as offset + 1 in the pointer until the run ends: the buffer may move. */
static struct text keep(struct vdb *vdb, sqlite3_value *value)
{
    if (sqlite3_value_type(value) == SQLITE_NULL) {
        return (struct text){NULL, 0};
    }
    const unsigned char *bytes = sqlite3_value_text(value);
    const uint32_t len = (uint32_t)sqlite3_value_bytes(value);
    const size_t offset = vdb->commit_texts.len;
    buf_add(&vdb->commit_texts, bytes, len);
    return (struct text){(const char *)(uintptr_t)(offset + 1), len};
}

static int64_t old_int(sqlite3 *db, int column)
{
    sqlite3_value *value = NULL;
    const int got = sqlite3_preupdate_old(db, column, &value);
    HB_ASSERT(got == SQLITE_OK && value != NULL);
    return sqlite3_value_int64(value);
}

static void keep_rewrite(struct vdb *vdb, sqlite3 *db, bool removed)
{
    HB_GROW(vdb->rewrites, vdb->rewrites_len, vdb->rewrites_cap);
    vdb->rewrites[vdb->rewrites_len++] =
        (struct vdb_rewrite){old_int(db, ROOM), (uint64_t)old_int(db, SEQ), removed};
}

/* The columns of `received`, and of `reads`. */
enum { RECEIPT_ROOM, RECEIPT_USER, RECEIPT_SEQ, READ_AT_MS };

static void keep_receipt(struct vdb *vdb, sqlite3 *db, int op, bool read)
{
    if (op == SQLITE_DELETE) {
        return; /* no statement does */
    }
    HB_GROW(vdb->receipts, vdb->receipts_len, vdb->receipts_cap);
    vdb->receipts[vdb->receipts_len++] =
        (struct vdb_receipt){.room = new_int(db, RECEIPT_ROOM),
                             .user = new_int(db, RECEIPT_USER),
                             .seq = (uint64_t)new_int(db, RECEIPT_SEQ),
                             .at_ms = read ? new_int(db, READ_AT_MS) : 0,
                             .read = read,
                             .changed = read && op == SQLITE_UPDATE};
}

/* NOLINTNEXTLINE(readability-function-size): SQLite says which parameters its hook has */
static void on_change(void *user, sqlite3 *db, int op, const char *schema, const char *table,
                      sqlite3_int64 old_key, sqlite3_int64 new_key)
{
    struct vdb *vdb = user;

    (void)schema;
    (void)old_key;
    (void)new_key;
    if (strcmp(table, "entries") != 0) {
        const bool read = strcmp(table, "reads") == 0;
        if (read || strcmp(table, "received") == 0) {
            keep_receipt(vdb, db, op, read);
        }
        return;
    }
    if (op != SQLITE_INSERT) {
        keep_rewrite(vdb, db, op == SQLITE_DELETE);
        return;
    }
    HB_GROW(vdb->commits, vdb->commits_len, vdb->commits_cap);
    vdb->commits[vdb->commits_len++] = (struct vdb_commit){
        .room = new_int(db, ROOM),
        .seq = (uint64_t)new_int(db, SEQ),
        .sender = new_int(db, SENDER),
        .client_id = keep(vdb, new_value(db, CLIENT_ID)),
        .kind = (enum entry_kind)new_int(db, KIND),
        .content = keep(vdb, new_value(db, CONTENT)),
        .node = new_int(db, NODE),
        .stamp = (uint64_t)new_int(db, STAMP),
        .hlc = (uint64_t)new_int(db, HLC),
        .at_ms = new_int(db, AT_MS),
    };
}

void vdb_commits_hook(struct vdb *vdb)
{
    (void)sqlite3_preupdate_hook(vdb->db, on_change, vdb);
}

void vdb_commits_deaf(struct vdb *vdb)
{
    (void)sqlite3_preupdate_hook(vdb->db, NULL, NULL);
}

static void fix_text(const struct buf *texts, struct text *text)
{
    if (text->bytes != NULL) {
        text->bytes = texts->bytes + ((uintptr_t)text->bytes - 1);
    }
}

void vdb_commits_begin(struct vdb *vdb)
{
    vdb->commits_len = 0;
    vdb->rewrites_len = 0;
    vdb->receipts_len = 0;
    buf_clear(&vdb->commit_texts);
    buf_reserve(&vdb->commit_texts, 1);
}

void vdb_commits_end(struct vdb *vdb)
{
    for (size_t i = 0; i < vdb->commits_len; i++) {
        fix_text(&vdb->commit_texts, &vdb->commits[i].client_id);
        fix_text(&vdb->commit_texts, &vdb->commits[i].content);
    }
}

uint32_t vdb_commits(const struct vdb *vdb, const struct vdb_commit **ret)
{
    *ret = vdb->commits;
    return (uint32_t)vdb->commits_len;
}

uint32_t vdb_receipts(const struct vdb *vdb, const struct vdb_receipt **ret)
{
    *ret = vdb->receipts;
    return (uint32_t)vdb->receipts_len;
}

uint32_t vdb_rewrites(const struct vdb *vdb, const struct vdb_rewrite **ret)
{
    *ret = vdb->rewrites;
    return (uint32_t)vdb->rewrites_len;
}
