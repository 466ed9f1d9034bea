/* What can be tuned of a node: one integer a field, its unit at the end of its name. */
#ifndef HUBBUB_SERVER_NODE_PARAMS_H
#define HUBBUB_SERVER_NODE_PARAMS_H

#include <stdint.h>

struct node_params {
    int64_t token_leeway_s;       /* a token is accepted for so long after `exp`: clocks differ */
    int64_t skew_max_ms;          /* W: HLC stamps further ahead are not taken */
    int64_t announce_us;          /* A: one numbered announcement a tick, also when empty */
    int64_t lease_us;             /* K: a peer silent for longer is taken for dead */
    int64_t sweep_us;             /* S: how often leases are looked at */
    int64_t full_pass_us;         /* how often all rooms with local members are compared, slowly */
    int64_t gap_us;               /* a gap older than this is repaired from the log */
    int64_t db_retry_us;          /* pause before a refused or unknown transaction is tried again */
    int64_t ping_interval_us;     /* H: told to clients in `welcome` */
    int64_t ping_timeout_us;      /* Ht: a connection silent for H + Ht is closed */
    int64_t redis_backoff_us_min; /* first pause before a lost link is opened again */
    int64_t redis_backoff_us_max; /* pauses double up to this */
    int64_t redis_timeout_us;     /* a link on which an answer is due for so long is given up */
    int64_t tail_entries;         /* entries of each room kept in memory for resumes */
    int64_t page_rows;            /* P: rows of a sync page, 1..PAGE_ROWS_MAX */
};

#endif
