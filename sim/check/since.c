/* See since.h. Times of a room may fall, so each row is looked at: nothing is searched by halves, as a
 * server does. */
#include "sim/check/since.h"

#include "sim/check/finding.h"

#include <inttypes.h>

uint64_t since_due(struct judge *judge, const struct obs *begin)
{
    const struct view *view = truth_view(judge, begin->device, begin->room);
    const struct room *room = &judge->rooms[begin->room];

    if (view == NULL || view->from == SEQ_UNKNOWN) {
        return 0;
    }
    const uint64_t from = view->from > room->base ? view->from : room->base;
    for (uint64_t seq = from > 0 ? from : 1; seq <= room->head; seq++) {
        const struct row *row = truth_row(room, seq);
        if (seq > begin->seq || (row != NULL && row->timestamp >= begin->timestamp)) {
            return seq;
        }
    }
    return 0;
}

void since_placed(struct judge *judge, const struct obs *obs, uint64_t due, uint64_t place)
{
    judge->judged[SYN_09]++;
    if (due != 0 && place >= due) {
        judge_violated(judge, finding_of(SYN_09, obs->room, obs->device, due, place),
                       "a sync by time of device %u gave room %u from behind seq %" PRIu64
                       " on; seq %" PRIu64 " is of that time, or the device has it not",
                       obs->device, obs->room, place, due);
    }
}
