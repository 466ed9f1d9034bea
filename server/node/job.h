/* Jobs: transactions in flight or waiting for another try. Whoever makes one starts it. */
#ifndef HUBBUB_SERVER_NODE_JOB_H
#define HUBBUB_SERVER_NODE_JOB_H

#include "server/node/state.h"

#define JOBS_MAX (1u << 20)

enum job_kind {
    JOB_REGISTER,
    JOB_HELLO,
    JOB_COMMAND,
    JOB_HEADS,
    JOB_REPAIR,
    JOB_USERS,
    JOB_SYNC,
    JOB_BEFORE,
    JOB_CHOICE,
    JOB_MEMBERS,
    JOB_WATCH,
    JOB_LIST,
    JOB_MEMBERS_PAGE,
    JOB_DIRECT,
    JOB_LATE,
    JOB_RECEIPT,
    JOB_RECEIPTS,
    JOB_PROBE,
    JOB_YIELD,
    JOB_REVOKED,
    JOB_REVOKE,
    JOB_KIND_COUNT,
};

struct job_ref {
    uint32_t index;
    bool left; /* WATCH: it was given up since */
    uint64_t life;
};

struct job {
    uint32_t index;
    uint64_t serial; /* 0: free */
    enum job_kind kind;
    uint32_t tries;
    uint32_t stamp_tries;   /* COMMAND, DIRECT: whose stamp was another entry's */
    bool unknown;           /* an earlier try may have been committed */
    bool makes;             /* COMMAND: first the direct chat that it is for */
    bool finds;             /* COMMAND: only whether it was committed before; it may not be now */
    bool announce;          /* HEADS: tell the others what was found */
    bool registers;         /* HELLO: asks for the user's key too; REGISTER: its second half */
    int64_t at_incarnation; /* REGISTER: the latest that was seen */
    struct db_life fence;   /* of its last transaction that writes */
    bool writes;            /* its transaction under way */
    struct session_ref session;
    uint32_t user, room;
    uint64_t life;            /* of the room; RECEIPT: the version that was told when it began */
    uint64_t up_to;           /* RECEIPT: what arrived; 0: nothing was said of it */
    bool changes;             /* RECEIPT: else it asks */
    struct wire *frame;       /* COMMAND, SYNC, BEFORE: owned */
    struct hlc_stamp *stamps; /* COMMAND: own stamps, one an entry; owned */
    uint32_t stamps_len, stamps_cap;
    int64_t at_ms;
    int64_t digest;       /* COMMAND: of what it asks for */
    struct job_ref *refs; /* HEADS: rooms; USERS: users; CHOICE, WATCH: people; owned */
    uint32_t refs_len, refs_cap;
    void *own; /* one flat block of whoever made it; owned */
};

struct job *job_new(struct node *node, enum job_kind kind);
struct job *job_of_token(struct node *node, uint64_t token); /* NULL: of the past */
/* With the job's token; one that writes is fenced by the node's life. */
struct db_tx *job_tx(const struct node *node, struct job *job, bool read_only);
void job_submit(struct node *node, struct db_tx *tx); /* takes */
void job_retry(struct node *node, struct job *job);   /* after the pause */
void job_free(struct node *node, struct job *job);
void jobs_deinit(struct node *node);

/* What a peer is told to wait before it tries again. */
uint32_t node_retry_ms(const struct node *node);

#endif
