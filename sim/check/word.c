/* See word.h. */
#include "sim/check/word.h"

#include "sim/check/finding.h"
#include "sim/check/table.h"

#include <inttypes.h>
#include <stdlib.h>

struct word_truth {
    struct table resets; /* by device: bool, it was told that its log is no more */
};

void word_truth_init(struct judge *judge)
{
    static const bool none = false;
    judge->word = hb_calloc(1, sizeof *judge->word);
    judge->word->resets = (struct table){.bytes = sizeof none, .fresh = &none};
}

void word_truth_deinit(struct judge *judge)
{
    table_deinit(&judge->word->resets);
    free(judge->word);
}

/* --- ORD-15, ORD-12: heads ------------------------------------------------------------------ */

static bool beyond_log(struct judge *judge, const struct room *room, const struct obs *obs)
{
    if (!judge_saw(judge, OBS_COMMIT)) {
        return false;
    }
    judge->judged[ORD_15]++;
    return obs->seq > room->head;
}

void word_announced(struct judge *judge, const struct obs *obs)
{
    const struct room *room = truth_room(judge, obs->room);

    if (room != NULL && beyond_log(judge, room, obs)) {
        judge_violated(judge, finding_of(ORD_15, obs->room, NONE, room->head, obs->seq),
                       "node %u announced the head %" PRIu64
                       " of room %u to the other nodes; the log ends at %" PRIu64,
                       (unsigned)obs->node, obs->seq, obs->room, room->head);
    }
}

void word_head(struct judge *judge, const struct obs *obs)
{
    struct edge_conn *conn = edge_conn(judge, obs);
    const struct room *room = truth_room(judge, obs->room);

    if (conn == NULL || room == NULL) {
        return;
    }
    if (beyond_log(judge, room, obs)) {
        judge_violated(judge, finding_of(ORD_15, obs->room, obs->device, room->head, obs->seq),
                       "node %u named the head %" PRIu64
                       " of room %u to device %u; the log ends at %" PRIu64,
                       (unsigned)conn->node, obs->seq, obs->room, obs->device, room->head);
    }
    struct edge_room *of = edge_room(conn, obs->room);
    if (of->head != SEQ_UNKNOWN) {
        judge->judged[ORD_12]++;
        if (obs->seq < of->head) {
            judge_violated(judge, finding_of(ORD_12, obs->room, obs->device, obs->seq, of->head),
                           "node %u named the head %" PRIu64
                           " of room %u to device %u after it had named %" PRIu64,
                           (unsigned)conn->node, obs->seq, obs->room, obs->device, of->head);
        }
    }
    of->head = of->head == SEQ_UNKNOWN || obs->seq > of->head ? obs->seq : of->head;
}

/* --- Requests ------------------------------------------------------------------------------- */

void word_heard(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);
    struct edge_request **at = &conn->requests;

    if (obs->content != edge_words(judge)->sync_request || device == NULL) {
        return;
    }
    struct edge_request *request =
        hb_calloc(1, sizeof *request + conn->parts_len * sizeof request->asked[0]);
    request->ref = obs->id;
    request->flags = obs->flags;
    for (uint32_t i = 0; i < conn->parts_len; i++) {
        const struct edge_part *part = &conn->parts[i];
        const struct edge_stay *stay = edge_stay(judge, device->user, part->room);
        request->asked[request->asked_len++] =
            (struct edge_asked){.seq = part->seq,
                                .head = judge->rooms[part->room].head,
                                .acked = stay != NULL ? stay->acked : 0,
                                .room = part->room};
    }
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = request;
}

static struct edge_request *take(struct edge_conn *conn, uint64_t ref)
{
    struct edge_request **at = &conn->requests;

    while (*at != NULL && (*at)->ref != ref) {
        at = &(*at)->next;
    }
    struct edge_request *request = *at;
    if (request != NULL) {
        *at = request->next;
    }
    return request;
}

/* --- Answers -------------------------------------------------------------------------------- */

static const struct edge_part *part_of(const struct edge_conn *conn, enum obs_kind kind,
                                       uint32_t room)
{
    for (uint32_t i = 0; i < conn->parts_len; i++) {
        if (conn->parts[i].kind == kind && conn->parts[i].room == room) {
            return &conn->parts[i];
        }
    }
    return NULL;
}

/* What a page says of one of the rooms that were asked for. */
static void judge_room(struct judge *judge, const struct edge_conn *conn, const struct obs *obs,
                       const struct edge_request *request, const struct edge_asked *asked)
{
    const struct edge_part *head = part_of(conn, OBS_SAID_HEAD, asked->room);
    const struct edge_part *cursor = part_of(conn, OBS_SAID_CURSOR, asked->room);
    const struct edge_stay *stay = edge_stay(judge, judge->devices[obs->device].user, asked->room);
    const bool begins = (request->flags & OBS_MORE) == 0;
    const bool ends = (obs->flags & OBS_MORE) == 0;

    if (head == NULL || cursor == NULL) {
        if (stay != NULL && stay->joined != SEQ_UNKNOWN && stay->left == 0) {
            judge_violated(judge,
                           finding_of(SYN_18, asked->room, obs->device, asked->seq, asked->head),
                           "node %u answered a sync of device %u without room %u, which it asked "
                           "for",
                           (unsigned)obs->node, obs->device, asked->room);
        }
        return;
    }
    judge->judged[ORD_12]++;
    if (cursor->seq < asked->seq) {
        judge_violated(judge, finding_of(ORD_12, asked->room, obs->device, cursor->seq, asked->seq),
                       "node %u gave device %u a cursor at seq %" PRIu64
                       " of room %u; it had asked from %" PRIu64,
                       (unsigned)obs->node, obs->device, cursor->seq, asked->room, asked->seq);
    }
    judge->judged[SYN_15] += begins;
    if (begins && ends && head->seq < asked->acked) {
        judge_violated(judge, finding_of(SYN_15, asked->room, obs->device, head->seq, asked->acked),
                       "node %u answered a sync of device %u with the head %" PRIu64
                       " of room %u; its user had been acked seq %" PRIu64 " before it asked",
                       (unsigned)obs->node, obs->device, head->seq, asked->room, asked->acked);
    }
    if ((begins && head->seq < asked->head) || (ends && cursor->seq < head->seq)) {
        judge_violated(
            judge, finding_of(SYN_18, asked->room, obs->device, asked->seq, asked->head),
            "node %u answered a sync of device %u up to seq %" PRIu64
            " of room %u and the head %" PRIu64 "; the log had %" PRIu64 " when it was asked",
            (unsigned)obs->node, obs->device, cursor->seq, asked->room, head->seq, asked->head);
    }
}

/* SYN-13: whether the log, or a key, is another one than the request is of. */
static bool other_log(const struct edge_request *request)
{
    bool above = (request->flags & OBS_LEFT) != 0;

    for (uint32_t i = 0; i < request->asked_len; i++) {
        above = above || request->asked[i].seq > request->asked[i].head;
    }
    return above;
}

static void judge_log(struct judge *judge, const struct obs *obs,
                      const struct edge_request *request, bool page)
{
    const uint32_t room = request->asked_len > 0 ? request->asked[0].room : NONE;
    const bool reset = obs->content == edge_words(judge)->reset;

    judge->judged[SYN_13] += page || reset;
    if (reset && !other_log(request)) {
        judge_violated(judge, finding_of(SYN_13, room, obs->device, 0, 0),
                       "node %u told device %u to reset; what it asked from is of this log",
                       (unsigned)obs->node, obs->device);
    } else if (page && (request->flags & OBS_LEFT) != 0) {
        judge_violated(judge, finding_of(SYN_13, room, obs->device, 0, 0),
                       "node %u gave device %u a page for a position of another log",
                       (unsigned)obs->node, obs->device);
    }
}

static void answered(struct judge *judge, struct edge_conn *conn, const struct obs *obs, bool page)
{
    struct edge_request *request = take(conn, obs->id);

    judge->judged[SYN_18]++;
    if (request == NULL) {
        judge_violated(judge, finding_of(SYN_18, NONE, obs->device, 0, 0),
                       "node %u answered a sync of device %u that was not asked for, or had its "
                       "answer",
                       (unsigned)obs->node, obs->device);
        return;
    }
    judge_log(judge, obs, request, page);
    for (uint32_t i = 0; page && i < request->asked_len; i++) {
        judge_room(judge, conn, obs, request, &request->asked[i]);
    }
    free(request);
}

void word_said(struct judge *judge, struct edge_conn *conn, const struct obs *obs)
{
    const struct edge_words *words = edge_words(judge);
    const bool page = obs->content == words->page;

    if ((obs->flags & OBS_LEFT) != 0) {
        judge_violated(judge, finding_of(SYN_13, NONE, obs->device, 0, 0),
                       "node %u named another log than there is to device %u", (unsigned)obs->node,
                       obs->device);
    }
    if (obs->content == words->reset || (obs->flags & OBS_LEFT) != 0) {
        *(bool *)table_at(&judge->word->resets, obs->device) = true;
    }
    if (page || (obs->id != 0 && obs->content != words->welcome &&
                 !edge_answers_refresh(judge, conn, obs))) {
        answered(judge, conn, obs, page);
    }
}

/* By itself a client does so only for a room that it has left and joined again. */
void word_reset(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);

    if (device == NULL || device->user == NONE || !judge_saw(judge, OBS_SAID)) {
        return;
    }
    const struct edge_stay *stay = edge_stay(judge, device->user, obs->room);
    const bool left = stay != NULL && stay->left > 0;
    judge->judged[SYN_13]++;
    if (!left && !*(bool *)table_at(&judge->word->resets, obs->device)) {
        judge_violated(judge, finding_of(SYN_13, obs->room, obs->device, 0, 0),
                       "device %u began room %u again, and nothing had told it to", obs->device,
                       obs->room);
    }
}
