/* The database port: one transaction is a list of (statement, parameters), without client logic
 * between them; the answer is each statement's rows, or one error.
 *
 * Later statements are conditional in SQL; the first of a writing transaction takes the room's
 * lock. Every answer carries the database's epoch.
 *
 * A transaction that writes carries the life of the node that sent it. Whoever runs it sees to it
 * (DB_NODE_FENCE) that it commits only while this is the node's latest life, and that a new life's
 * registration and its commit come one after the other: so what an older life still has on its way
 * commits nothing once the new one read the floor of its clock. All is plain data: the runtime runs it on
 * SQLite or PostgreSQL, the simulator on SQLite `:memory:` with virtual latency and faults. */
#ifndef HUBBUB_SERVER_NODE_DB_H
#define HUBBUB_SERVER_NODE_DB_H

#include "server/base/base.h"
#include "server/base/text.h"
#include "server/node/statements.h"

#define DB_PARAMS_MAX 9   /* of one statement */
#define DB_CALLS_MAX  160 /* of one transaction: a room_create with all its members */

struct db_value {
    enum db_value_kind { DB_NULL, DB_INT, DB_TEXT } kind;
    union {
        int64_t integer;
        struct text text;
    };
};

struct db_call {
    enum db_stmt stmt;
    uint32_t params_len;
    struct db_value *params;
};

struct db_life { /* of a node */
    int64_t node;
    uint64_t incarnation; /* 0: none */
};

/* One transaction, heap-allocated by the node and given to the driver with EFFECT_DB. */
struct db_tx {
    uint64_t token;       /* names the answer */
    struct db_life fence; /* incarnation 0: not fenced, as what registers a life or ends one */
    uint16_t calls_len, calls_cap;
    bool read_only;
    struct db_call *calls;
    struct db_chunk *chunks; /* own the parameters and their texts; the first stands in the tx */
};

struct db_tx *db_tx_new(uint64_t token, bool read_only) HB_MUST_USE; /* not fenced */
/* Appends a call and returns it, until the next one; fill it with db_tx_int and db_tx_text. */
struct db_call *db_tx_call(struct db_tx *tx, enum db_stmt stmt);
void db_tx_int(struct db_tx *tx, struct db_call *call, int64_t value);
void db_tx_text(struct db_tx *tx, struct db_call *call, struct text value); /* copies */
void db_tx_null(struct db_tx *tx, struct db_call *call);
void db_tx_free(struct db_tx **tx);

/* The rows of one call, row after row. */
struct db_rows {
    uint32_t rows_len;
    uint32_t columns;
    const struct db_value *values; /* rows_len * columns */
};

/* The answer of one transaction; borrowed by the node for the step. */
struct db_answer {
    uint64_t token;
    /* HB_OK: committed. HB_EAGAIN: certainly not committed (busy, serialization failure, refused);
     * it may be submitted again. HB_EUNKNOWN: committed or not, nobody knows. HB_EDENIED: refused
     * for good (a constraint). HB_ESTAMP: refused by one of them, that no two entries of a node have one
     * stamp: another stamp may do. HB_EFENCED: certainly not committed, nor ever: the transaction's
     * life is not its node's latest. */
    enum hb_err err;
    uint64_t epoch;
    uint32_t calls_len;
    const struct db_rows *calls; /* with HB_OK: one a call */
};

#endif
