/* The initial state of the virtual database: what is there before the first transaction. See vdb.h. */
#include "sim/vdb/commits.h"
#include "sim/vdb/statements.h"

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
