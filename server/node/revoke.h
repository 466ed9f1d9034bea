/* Revocation: who wrote it into the database, who finds it there, and what follows from it.
 *
 *   an operator --POST /api/revocations--> a node --> the database --look--> each node --> 4001
 *                                            +--announcement: its version--> the others look at once
 *
 * A node looks every revocation_us, whatever Redis says, and at once when an announcement names a version that
 * it does not know, or was missed; before it is ready it has read all. What it cannot read, for the database
 * is away, it does not know: those who are connected stay, and no hello and no request is answered without the
 * database. */
#ifndef HUBBUB_SERVER_NODE_REVOKE_H
#define HUBBUB_SERVER_NODE_REVOKE_H

#include "server/node/job.h"
#include "server/node/request.h"
#include "server/node/state.h"

/* Writes that a user's tokens of until then, or one token, are good no longer. */
struct revocation {
    bool of_token; /* else of a user */
    struct text name;
    int64_t issued_until_s, kept_until_s;
    int64_t now_s; /* by the wall: what was kept until a day before is forgotten */
};
void revoke_calls(struct db_tx *tx, const struct revocation *revocation);

/* The call that reads what is known of behind `version`; its rows, of a life that has just begun. */
void revoke_look_call(struct db_tx *tx, uint64_t version);
void revoke_registered(struct node *node, const struct db_rows *rows, bool same_database);

void revoke_timer(struct node *node);
void revoke_flush(struct node *node);
void revoke_look_start(struct node *node, struct job *job);
void revoke_look_done(struct node *node, struct job *job, const struct db_answer *answer);

/* POST /api/revocations. */
void revoke_ask(struct node *node, const struct http_request *request);
void revoke_start(struct node *node, struct job *job);
void revoke_done(struct node *node, struct job *job, const struct db_answer *answer);

#endif
