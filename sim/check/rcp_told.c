/* Who is to be told: RCP-04, RCP-06, RCP-07, RCP-12. See rcp_told.h.
 *
 * A row of the database has a deadline, at which all whom it concerns are looked at, and another as long as
 * somebody still has time, or may come back. */
#include "sim/check/rcp_told.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"

#include <inttypes.h>

static struct amounts pages(const struct judge *judge)
{
    return (struct amounts){.pages = judge->rcp->rows_len / RECEIPT_IDS_MAX + 2U};
}

static int64_t bound_of(const struct judge *judge, enum bound bound)
{
    return bound_value(bound, &judge->bounds, pages(judge));
}

static bool crowd(const struct judge *judge, const struct room *room)
{
    return room->members_len > judge->bounds.receipt_room_max;
}

/* From when on, and for how long at most, a row may take to a device that is online. */
static int64_t told_from(const struct judge *judge, const struct device *device,
                         const struct rcp_row *row, int64_t *ret_bound_us)
{
    const struct row committed = {.commit_us = row->at_us, .node = row->node, .send = NONE};
    const int64_t from_us = path_delivery(judge, device, &committed, 1, ret_bound_us);

    *ret_bound_us += bound_of(judge, BOUND_RECEIPT_REPAIR);
    return from_us == NEVER_US ? from_us : later(from_us, device->live_us);
}

/* Whether this device of a member is to be told of it: what was read, who wrote it; what arrived, everyone. */
static bool owed(const struct judge *judge, const struct view *view, const struct rcp_row *row,
                 uint32_t writer)
{
    const struct device *device = &judge->devices[view->device];

    return view->from != SEQ_UNKNOWN && (!row->read || device->user == writer);
}

static bool was_told(const struct judge *judge, const struct view *view, const struct rcp_row *row)
{
    uint64_t up_to = 0;

    if (row->read) {
        return u64map_get(&judge->rcp->told, rcp_key(view->device, row->room, row->seq, row->user),
                          NULL);
    }
    (void)u64map_get(&judge->rcp->told_up, rcp_key(view->device, row->room, row->user, 0), &up_to);
    return up_to >= row->seq;
}

static void late(struct judge *judge, enum invariant invariant, const struct view *view,
                 const struct rcp_row *row, int64_t bound_us)
{
    struct finding finding = finding_of(invariant, row->room, view->device, row->seq, row->seq);

    finding.user = row->user;
    if (row->read) {
        judge_violated(judge, finding,
                       "device %u was not told within %lld us that user %u read seq %" PRIu64
                       " of room %u, which is in the database since %lld us",
                       view->device, (long long)bound_us, row->user, row->seq, row->room,
                       (long long)row->at_us);
        return;
    }
    judge_violated(
        judge, finding,
        "device %u was not told within %lld us that room %u is on a device of user %u up "
        "to seq %" PRIu64 ", which is in the database since %lld us",
        view->device, (long long)bound_us, row->room, row->user, row->seq, (long long)row->at_us);
}

static uint32_t writer_of(const struct judge *judge, const struct rcp_row *row)
{
    const struct row *message = row->read ? truth_row(&judge->rooms[row->room], row->seq) : NULL;

    return message != NULL ? rcp_writer(judge, message) : NONE;
}

/* When to look again; NEVER_US: nobody who is online waits for it. */
static int64_t look(struct judge *judge, uint32_t index, int64_t now_us)
{
    const struct rcp_row row = judge->rcp->rows[index];
    const struct room *room = &judge->rooms[row.room];
    const uint32_t writer = writer_of(judge, &row);
    int64_t again_us = NEVER_US;

    for (uint32_t i = 0; !crowd(judge, room) && i < room->views_len; i++) {
        const struct view *view = &room->views[i];
        const uint64_t key = rcp_key(index, view->device, 0, 0);
        if (!owed(judge, view, &row, writer) || was_told(judge, view, &row) ||
            u64map_get(&judge->rcp->late, key, NULL)) {
            continue;
        }
        const struct device *device = &judge->devices[view->device];
        int64_t bound_us;
        if (device->live_us == NEVER_US) {
            again_us = device->closed_us == INT64_MIN
                           ? again_us
                           : earlier(again_us, now_us + bound_of(judge, BOUND_RECEIPT_REPAIR));
            continue;
        }
        const int64_t from_us = told_from(judge, device, &row, &bound_us);
        const int64_t at_us = from_us == NEVER_US ? now_us + bound_us : from_us + bound_us;
        if (at_us >= now_us) {
            again_us = earlier(again_us, at_us);
            continue;
        }
        u64map_put(&judge->rcp->late, key, 1);
        late(judge, row.read ? RCP_04 : RCP_12, view, &row, bound_us);
    }
    return again_us;
}

static void look_at(struct judge *judge, uint32_t index, int64_t at_us)
{
    due_push(&judge->dues, (struct due){at_us, DUE_RECEIPT, index, 0});
}

void rcp_told_begin(struct judge *judge, uint32_t row)
{
    look_at(judge, row,
            judge->rcp->rows[row].at_us + bound_of(judge, BOUND_RECEIPT) +
                bound_of(judge, BOUND_RECEIPT_REPAIR));
}

void rcp_told_due(struct judge *judge, struct due due, int64_t now_us)
{
    const struct rcp_row *row = &judge->rcp->rows[due.a];
    const int64_t again_us = look(judge, due.a, due.at_us + 1);

    (void)now_us;
    judge->judged[row->read ? RCP_04 : RCP_12]++;
    if (again_us != NEVER_US) {
        look_at(judge, due.a, again_us);
    }
}

/* --- At rest -------------------------------------------------------------------------------- */

/* A device that was there for long, undisturbed. */
static bool rested(const struct judge *judge, const struct device *device, int64_t since_us,
                   int64_t bound_us, int64_t now_us)
{
    const int64_t own_us = later(device->own.until_us, device->live_us);

    return device->live_us != NEVER_US && own_us != NEVER_US &&
           now_us - later(later(since_us, own_us), judge->calm_us) > bound_us;
}

static void wishes_end(struct judge *judge, int64_t now_us)
{
    const int64_t bound_us = bound_of(judge, BOUND_RECEIPT_SAID);

    for (uint32_t i = 0; i < judge->rcp->wishes_len; i++) {
        const struct rcp_wish *wish = &judge->rcp->wishes[i];
        const struct device *device = &judge->devices[wish->device];
        if (!rested(judge, device, wish->at_us, bound_us, now_us)) {
            continue;
        }
        judge->judged[RCP_06]++;
        if (rcp_read_of(judge, wish->room, wish->seq, device->user) == NULL) {
            judge_violated(judge,
                           finding_of(RCP_06, wish->room, wish->device, wish->seq, wish->seq),
                           "seq %" PRIu64 " of room %u was read on device %u at %lld us, and the "
                           "database does not have it",
                           wish->seq, wish->room, wish->device, (long long)wish->at_us);
        }
    }
}

static void seen_end(struct judge *judge, uint32_t index, int64_t now_us)
{
    const struct rcp_row *row = &judge->rcp->rows[index];
    const struct room *room = &judge->rooms[row->room];
    const uint32_t writer = writer_of(judge, row);

    for (uint32_t i = 0; row->read && !crowd(judge, room) && i < room->views_len; i++) {
        const struct view *view = &room->views[i];
        const struct device *device = &judge->devices[view->device];
        int64_t bound_us;
        if (!owed(judge, view, row, writer) || device->live_us == NEVER_US) {
            continue;
        }
        const int64_t from_us = told_from(judge, device, row, &bound_us);
        if (from_us == NEVER_US || !rested(judge, device, from_us, bound_us, now_us)) {
            continue;
        }
        judge->judged[RCP_07]++;
        if (!was_told(judge, view, row)) {
            judge_violated(judge, finding_of(RCP_07, row->room, view->device, row->seq, row->seq),
                           "at rest, device %u does not see that user %u read seq %" PRIu64
                           " of room %u",
                           view->device, row->user, row->seq, row->room);
        }
    }
}

void rcp_told_end(struct judge *judge, int64_t now_us)
{
    wishes_end(judge, now_us);
    for (uint32_t i = 0; i < judge->rcp->rows_len; i++) {
        seen_end(judge, i, now_us);
    }
}
