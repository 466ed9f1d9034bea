/* See sync_since.h. */
#include "server/node/sync_since.h"

#include "server/base/mem.h"
#include "server/node/room.h"

struct sync *sync_since_new(const struct node *node, const struct session *session,
                            int64_t since_ms)
{
    struct sync *sync = hb_calloc(1, sizeof *sync + session->rooms_len * sizeof sync->rooms[0]);

    for (uint32_t i = 0; i < session->rooms_len; i++) {
        const uint32_t room = session->rooms[i].room;
        sync->rooms[i] = (struct sync_room){.room = room, .name = node->rooms[room]->name};
    }
    sync->rooms_len = session->rooms_len;
    sync->by_time = true;
    sync->since_ms = since_ms;
    return sync;
}

void sync_since_ask(const struct node *node, const struct sync *sync, int64_t user,
                    struct db_tx *tx)
{
    const int64_t margin_ms = node->config.params.skew_max_ms + SYNC_LATE_MS;
    const int64_t earlier_ms = sync->since_ms > margin_ms ? sync->since_ms - margin_ms : 0;
    const int64_t ms = earlier_ms < HLC_WALL_MS_MAX ? earlier_ms : HLC_WALL_MS_MAX;
    struct db_call *call = db_tx_call(tx, DB_USER_SINCE);

    db_tx_int(tx, call, user);
    db_tx_int(tx, call, ms << HLC_COUNTER_BITS);
}

void sync_since_take(struct node *node, struct sync *sync, const struct db_rows *rows)
{
    for (uint32_t r = 0; r < rows->rows_len; r++) {
        const struct db_value *row = rows->values + (size_t)r * rows->columns;
        int64_t key;
        uint64_t position;
        if (!value_key(&row[0], &key) || !value_seq(&row[1], &position)) {
            note(node, NOTE_ROW_BAD, DB_USER_SINCE, 0);
            continue;
        }
        for (uint32_t i = 0; i < sync->rooms_len; i++) {
            if (node->rooms[sync->rooms[i].room]->key == key) {
                sync->rooms[i].position = position;
            }
        }
    }
    sync->by_time = false;
}
