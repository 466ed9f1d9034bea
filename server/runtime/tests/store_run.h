/* A store on a loop of its own, for tests: transactions go in, answers are kept as text. */
#ifndef HUBBUB_SERVER_RUNTIME_TESTS_STORE_RUN_H
#define HUBBUB_SERVER_RUNTIME_TESTS_STORE_RUN_H

#include "server/runtime/store.h"

struct store_run_outcome {
    unsigned answers_count;
    enum hb_err err;
};

struct store_run {
    uv_loop_t loop;
    struct store *store;
    struct store_run_outcome *outcomes; /* by token */
    size_t outcomes_len, outcomes_cap;
    size_t answered_count;
    uint64_t wanted;    /* the token whose answer is kept as text: */
    struct buf text;    /* "ok", then " {[1 'ana'][2 null]}" a statement */
    struct buf trouble; /* the last words of the database, NUL-terminated; or empty */
    uint64_t epoch;     /* of the last HB_OK */
    bool used[DB_STMT_COUNT];
    bool submitting; /* an answer now came from within store_submit */
    bool answered_within;
    void (*on_answer)(struct store_run *run, const struct db_answer *answer); /* may be NULL */
};

/* The error of store_open; `message` may be NULL. Closed with store_run_close in any case. */
enum hb_err store_run_open(struct store_run *run, const char *where, struct buf *message);
enum hb_err store_run_open_with(struct store_run *run, const char *where,
                                enum store_durability durability, struct buf *message);
/* Closes the store and runs the loop to its end: nothing may be left of it. */
void store_run_close(struct store_run *run);

struct db_tx *store_run_tx(struct store_run *run, bool read_only);
/* Appends a statement. `types`: i an int64_t, t a const char * (NULL: null) each. */
void store_run_call(struct store_run *run, struct db_tx *tx, enum db_stmt stmt, const char *types,
                    ...);
void store_run_submit(struct store_run *run, struct db_tx *tx);
/* Until everything submitted is answered. */
void store_run_wait(struct store_run *run);
/* Submits, waits, gives the answer as text; valid until the next such call. */
const char *store_run_do(struct store_run *run, struct db_tx *tx);
/* Runs the loop for that long. */
void store_run_pause(struct store_run *run, uint64_t ms);
enum hb_err store_run_err(const struct store_run *run, uint64_t token);

/* --- What a node sends --- */

#define I(value) ((int64_t)(value)) /* an argument of store_run_call */

/* A message, by node 1. */
struct db_tx *store_run_send(struct store_run *run, int64_t room, int64_t user,
                             const char *client_id, const char *content, int64_t stamp);
/* Creates an open room; `member` is invited unless NULL. The entries' stamps are `stamp` and the
 * one after it. */
struct db_tx *store_run_create(struct store_run *run, const char *room, int64_t user,
                               const char *client_id, const char *member, int64_t stamp);
/* The room of two, made by `user`, who is named `name`, for `other`. Stamps as above. */
struct db_tx *store_run_direct(struct store_run *run, const char *room, int64_t user,
                               const char *name, const char *other, int64_t stamp);
/* In an empty database: node n1 (key 1), users ana, bob, eve (1, 2, 3), room r1 (1) with ana and
 * bob, room r2 (2) with ana. Stamps 1 to 9 are spent, 2 and 1 entries are in the logs. */
void store_run_found(struct store_run *run);
/* The whole log of a room: " client_id" an entry that has one; *ret_head is the last position.
 * False: a position is missing. */
bool store_run_log(struct store_run *run, int64_t room, struct buf *ret, int64_t *ret_head);

#endif
