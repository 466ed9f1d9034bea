/* Transactions on their way and in the database: latency, refusals, unknown outcomes; and the truth
 * about commits. The answer that arrives: database_arrivals.h. */
#ifndef HUBBUB_SIM_WORLD_DATABASE_H
#define HUBBUB_SIM_WORLD_DATABASE_H

#include "sim/world/core.h"

#define WORLD_DB_EPOCH 1 /* of the log, for the whole run */

struct world_tx { /* a transaction on its way */
    struct db_tx *tx;
    uint32_t life; /* of the node that asked */
    uint16_t as;   /* whose name it had */
    enum hb_err err;
    int64_t answer_us;
    struct db_answer answer; /* copied; owned rows */
    void *rows;
};
void world_tx_free(struct world_tx **tx);

/* A room of the initial state: its members' joins are told as commits. */
void world_db_seed_room(struct world *world, struct text room, const struct text *members,
                        uint32_t members_len);
void world_db_submit(struct world *world, uint16_t node, struct db_tx *tx); /* takes tx */
/* Runs a transaction that has arrived and sends its answer back; takes it. */
void world_db_run(struct world *world, uint16_t node, struct world_tx *way);
void world_db_final(struct world *world);
/* The number of a committed room; OBS_NONE: there is none. The key of one that was rolled back is given
 * again. */
uint32_t world_db_room(struct world *world, int64_t key);
/* The same without a look at the database; OBS_NONE: nobody asked yet. */
static inline uint32_t world_db_room_known(const struct world *world, int64_t key)
{
    return key > 0 && (size_t)key < world->room_of_key.len ? world->room_of_key.items[key]
                                                           : OBS_NONE;
}

#endif
