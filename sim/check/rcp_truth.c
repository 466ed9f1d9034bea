/* See rcp_truth.h. */
#include "sim/check/rcp_truth.h"

#include "server/base/hash.h"

#include <stdlib.h>

void rcp_truth_init(struct judge *judge)
{
    judge->rcp = hb_calloc(1, sizeof *judge->rcp);
}

void rcp_truth_deinit(struct judge *judge)
{
    struct rcp_truth *rcp = judge->rcp;

    u64map_deinit(&rcp->ids);
    u64map_deinit(&rcp->reads);
    u64map_deinit(&rcp->arrived);
    u64map_deinit(&rcp->said);
    u64map_deinit(&rcp->said_in);
    u64map_deinit(&rcp->frames);
    u64map_deinit(&rcp->told);
    u64map_deinit(&rcp->told_up);
    u64map_deinit(&rcp->forgotten);
    u64map_deinit(&rcp->late);
    free(rcp->places);
    free(rcp->rows);
    free(rcp->said_frames);
    free(rcp->wishes);
    free(rcp);
    judge->rcp = NULL;
}

uint64_t rcp_key(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    const uint64_t words[] = {a, b, c, d};

    return hash64_bytes(words, sizeof words);
}

const struct rcp_place *rcp_place_of(const struct judge *judge, uint64_t id)
{
    uint64_t place;

    return u64map_get(&judge->rcp->ids, id, &place) ? &judge->rcp->places[place] : NULL;
}

const struct rcp_row *rcp_read_of(const struct judge *judge, uint32_t room, uint64_t seq,
                                  uint32_t user)
{
    uint64_t row;

    return u64map_get(&judge->rcp->reads, rcp_key(room, seq, user, 0), &row)
               ? &judge->rcp->rows[row]
               : NULL;
}

void rcp_forgot(struct judge *judge, const struct device *device)
{
    const struct view *view;
    uint32_t room;

    for (uint32_t i = 0; (view = truth_view_at(judge, device, i, &room)) != NULL; i++) {
        const uint64_t key = rcp_key(device->user, room, 0, 4);
        uint64_t most = 0;
        (void)u64map_get(&judge->rcp->forgotten, key, &most);
        u64map_put(&judge->rcp->forgotten, key, view->frontier > most ? view->frontier : most);
    }
    struct rcp_truth *rcp = judge->rcp;
    uint32_t kept = 0;
    for (uint32_t w = 0; w < rcp->wishes_len; w++) {
        if (rcp->wishes[w].device != (uint32_t)(device - judge->devices)) {
            rcp->wishes[kept++] = rcp->wishes[w];
        }
    }
    rcp->wishes_len = kept;
}

bool rcp_was_shown(const struct judge *judge, uint32_t user, uint32_t room, uint64_t hlc)
{
    const struct room *shown = &judge->rooms[room];
    uint64_t forgotten = 0;

    if (u64map_get(&judge->rcp->forgotten, rcp_key(user, room, 0, 4), &forgotten) &&
        forgotten >= hlc) {
        return true;
    }
    for (uint32_t i = 0; i < shown->views_len; i++) {
        const struct view *view = &shown->views[i];
        if (judge->devices[view->device].user == user && view->frontier >= hlc) {
            return true;
        }
    }
    return false;
}

uint32_t rcp_writer(const struct judge *judge, const struct row *row)
{
    return row->sender != 0 ? truth_user_of_sender(judge, row->sender) : NONE;
}
