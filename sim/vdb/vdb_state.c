/* The state of the virtual database beside its transactions: what is there before the first, and what
 * the oracle reads. See vdb.h. */
#include "sim/vdb/vdb_internal.h"

#include <stdlib.h>

/* --- The initial state ---------------------------------------------------------------------- */

/* The key of a user, made if need be. */
static int64_t seed_user(struct vdb *vdb, struct text name)
{
    vdb_bind_text(vdb, vdb->seed_user, 1, name);
    vdb_run_once(vdb, vdb->seed_user);
    if (sqlite3_changes(vdb->db) > 0) {
        return sqlite3_last_insert_rowid(vdb->db);
    }
    vdb_bind_text(vdb, vdb->user_key, 1, name);
    vdb_check(vdb, sqlite3_step(vdb->user_key), SQLITE_ROW);
    const int64_t key = sqlite3_column_int64(vdb->user_key, 0);
    (void)sqlite3_reset(vdb->user_key);
    return key;
}

void vdb_seed_room(struct vdb *vdb, struct text room, const struct text *members,
                   uint32_t members_len, int64_t at_ms)
{
    const int64_t key = ++vdb->rooms;
    uint64_t stamp = 0;

    vdb_commits_begin(vdb);
    vdb_run_once(vdb, vdb->begin);
    const uint64_t first = (uint64_t)at_ms << 16;
    vdb_bind_int(vdb, vdb->seed_room, 1, key);
    vdb_bind_text(vdb, vdb->seed_room, 2, room);
    vdb_bind_int(vdb, vdb->seed_room, 3, members_len);
    vdb_bind_int(vdb, vdb->seed_room, 4, (int64_t)(first + vdb->seed_stamps + members_len));
    vdb_run_once(vdb, vdb->seed_room);
    for (uint32_t i = 0; i < members_len; i++) {
        const int64_t user = seed_user(vdb, members[i]);
        vdb_bind_int(vdb, vdb->seed_member, 1, key);
        vdb_bind_int(vdb, vdb->seed_member, 2, user);
        vdb_bind_int(vdb, vdb->seed_member, 3, i + 1);
        vdb_run_once(vdb, vdb->seed_member);
        stamp = first + ++vdb->seed_stamps;
        vdb_bind_int(vdb, vdb->seed_entry, 1, key);
        vdb_bind_int(vdb, vdb->seed_entry, 2, i + 1);
        vdb_bind_int(vdb, vdb->seed_entry, 3, user);
        vdb_bind_int(vdb, vdb->seed_entry, 4, ENTRY_JOIN);
        vdb_bind_int(vdb, vdb->seed_entry, 5, vdb->seed_node);
        vdb_bind_int(vdb, vdb->seed_entry, 6, (int64_t)stamp);
        vdb_bind_int(vdb, vdb->seed_entry, 7, at_ms);
        vdb_run_once(vdb, vdb->seed_entry);
    }
    vdb_run_once(vdb, vdb->commit);
    vdb_commits_end(vdb);
}

/* --- Reading for the oracle ----------------------------------------------------------------- */

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
