/* A virtual database: the nodes' real SQL on SQLite `:memory:`, prepared once.
 *
 * It runs transactions at the virtual instant that the world chose; latency, refusals and unknown
 * outcomes are the world's business. Truth about commits comes from here: the rows that the log
 * statements returned in a transaction that was committed. */
#ifndef HUBBUB_SIM_VDB_VDB_H
#define HUBBUB_SIM_VDB_VDB_H

#include "server/base/base.h"
#include "server/node/db.h"
#include "server/protocol/frame.h"

struct vdb;

/* Tells SQLite that this process has one thread, to keep no statistics, and to find its pages by
 * number: a fifth of a transaction. For a program's main, before the first vdb_new; results do not depend on it. */
void vdb_single_thread(void);

/* Makes the tables and the epoch's row; the epoch is the identity of its installation too. */
struct vdb *vdb_new(uint64_t epoch) HB_MUST_USE;
void vdb_free(struct vdb **vdb);
/* The same from the one in *kept, emptied, if there is one: its statements stay prepared, which is most of what
 * making one costs, a seventh of a small run. `kept` may be NULL; *kept is NULL then. */
struct vdb *vdb_take(struct vdb **kept, uint64_t epoch) HB_MUST_USE;
/* Puts it into *kept for the next one; NULL: frees it. */
void vdb_give(struct vdb **vdb, struct vdb **kept);

/* The initial state: room names, and its members' users as entries 1..n of kind join. One call a
 * room, before any transaction. Users are made on first sight. Room i gets surrogate key i + 1 in
 * order of calls. `at_ms`: the stamp of the first entry; each next has one more counter. */
void vdb_seed_room(struct vdb *vdb, struct text room, const struct text *members,
                   uint32_t members_len, int64_t at_ms);

/* Runs one transaction, if its fence holds. With `commit` false everything is rolled back at its end (it never
 * happened), and the answer is not to be given. *ret is valid until the next call. */
void vdb_run(struct vdb *vdb, const struct db_tx *tx, bool commit, struct db_answer *ret);

/* What the last committed vdb_run appended to the log, at most one entry per ENTRY-appending
 * statement: in order. Texts live until the next call. */
struct vdb_commit {
    enum entry_kind kind;
    int64_t room; /* surrogate key */
    uint64_t seq;
    int64_t sender;        /* surrogate key */
    struct text client_id; /* NULL: none */
    struct text content;   /* NULL: none */
    int64_t node;          /* surrogate key */
    uint64_t stamp, hlc;
    int64_t at_ms;
};
uint32_t vdb_commits(const struct vdb *vdb, const struct vdb_commit **ret);

/* What the last committed vdb_run changed or removed in the log, whichever statement did it. */
struct vdb_rewrite {
    int64_t room; /* surrogate key; with `seq` as it was before */
    uint64_t seq;
    bool removed;
};
uint32_t vdb_rewrites(const struct vdb *vdb, const struct vdb_rewrite **ret);

/* What the last committed vdb_run wrote of what arrived and was read. */
struct vdb_receipt {
    int64_t room, user; /* surrogate keys */
    uint64_t seq;
    int64_t at_ms;      /* of what was read */
    bool read, changed; /* changed: there was such a row of what was read before */
};
uint32_t vdb_receipts(const struct vdb *vdb, const struct vdb_receipt **ret);

/* Reads the whole log, by room and seq: for the end of a run. */
void vdb_log(struct vdb *vdb, void (*row)(void *user, const struct vdb_commit *entry), void *user);

/* Surrogate key -> name of a user, room or node; false if there is none. */
bool vdb_user_name(struct vdb *vdb, int64_t key, struct text *ret);
bool vdb_room_name(struct vdb *vdb, int64_t key, struct text *ret);
bool vdb_node_name(struct vdb *vdb, int64_t key, struct text *ret);

#endif
