/* What the oracle reads in the virtual database: the log, and names by their keys. See vdb.h. */
#include "sim/vdb/statements.h"

static struct text column_text(sqlite3_stmt *stmt, int column)
{
    if (sqlite3_column_type(stmt, column) == SQLITE_NULL) {
        return (struct text){NULL, 0};
    }
    const uint32_t len = (uint32_t)sqlite3_column_bytes(stmt, column);
    return (struct text){(const char *)sqlite3_column_text(stmt, column), len};
}

void vdb_log(struct vdb *vdb, void (*row)(void *user, const struct vdb_commit *entry), void *user)
{
    int got;
    while ((got = sqlite3_step(vdb->log)) == SQLITE_ROW) {
        const struct vdb_commit entry = {
            .room = sqlite3_column_int64(vdb->log, 0),
            .seq = (uint64_t)sqlite3_column_int64(vdb->log, 1),
            .sender = sqlite3_column_int64(vdb->log, 2),
            .client_id = column_text(vdb->log, 3),
            .kind = (enum entry_kind)sqlite3_column_int(vdb->log, 4),
            .content = column_text(vdb->log, 5),
            .node = sqlite3_column_int64(vdb->log, 6),
            .stamp = (uint64_t)sqlite3_column_int64(vdb->log, 7),
            .hlc = (uint64_t)sqlite3_column_int64(vdb->log, 8),
            .at_ms = sqlite3_column_int64(vdb->log, 9),
        };
        row(user, &entry);
    }
    vdb_check(vdb, got, SQLITE_DONE);
    (void)sqlite3_reset(vdb->log);
}

static bool name_of(struct vdb *vdb, sqlite3_stmt *stmt, int64_t key, struct text *ret)
{
    bool found = false;
    vdb_bind_int(vdb, stmt, 1, key);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        const struct text name = column_text(stmt, 0);
        buf_clear(&vdb->name);
        buf_add(&vdb->name, name.bytes, name.len);
        *ret = (struct text){vdb->name.bytes, name.len};
        found = true;
    }
    (void)sqlite3_reset(stmt);
    return found;
}

bool vdb_user_name(struct vdb *vdb, int64_t key, struct text *ret)
{
    return name_of(vdb, vdb->user_name, key, ret);
}

bool vdb_room_name(struct vdb *vdb, int64_t key, struct text *ret)
{
    return name_of(vdb, vdb->room_name, key, ret);
}

bool vdb_node_name(struct vdb *vdb, int64_t key, struct text *ret)
{
    if (key > 0 && key < NODE_KEYS_MAX && vdb->node_names[key] != NULL) {
        *ret = text_of(vdb->node_names[key]);
        return true;
    }
    if (!name_of(vdb, vdb->node_name, key, ret)) {
        return false;
    }
    if (key > 0 && key < NODE_KEYS_MAX) {
        vdb->node_names[key] = hb_strndup(ret->bytes, ret->len);
    }
    return true;
}
