/* SYN: nothing lost, nothing made up, nothing twice. Sync sessions are in syn_page.c, delivery in
 * time (SYN-02) in liv.c. */
#include "sim/check/syn.h"

#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/syn_page.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t syn_shown(const struct judge *judge, enum invariant invariant)
{
    return invariant == SYN_03 && judge_saw(judge, OBS_SEND) ? judge->messages_shown : 0;
}

/* SYN-04. */
void syn_placed(struct judge *judge, const struct placed *placed)
{
    const struct obs *obs = placed->obs;
    if (placed->send == NULL) {
        return;
    }
    judge->judged[SYN_04]++;
    if (placed->again) {
        const uint64_t first = placed->send->seq;
        judge_violated(
            judge,
            finding_of(SYN_04, obs->room, placed->send->device, first < obs->seq ? first : obs->seq,
                       first < obs->seq ? obs->seq : first),
            "one message of user %u was committed twice in room %u, at seq %" PRIu64 " and "
            "seq %" PRIu64,
            obs->user, obs->room, first, obs->seq);
    }
}

/* SYN-03: the row is not known to be what its sender wrote. */
void syn_row_unfaithful(struct judge *judge, const struct obs *obs)
{
    const struct send *send = truth_send(judge, obs->sender, obs->client_id);
    if (send == NULL) { /* whose writer's name was never told */
        send = truth_send(judge, 0, obs->client_id);
        send = send != NULL && send->sender == 0 ? send : NULL;
    }
    if (send != NULL && (send->flags & SEND_WRITTEN) != 0 && send->content == obs->content &&
        send->room == obs->room) {
        return;
    }
    const bool written = send != NULL && (send->flags & SEND_WRITTEN) != 0;
    struct finding finding = finding_of(SYN_03, obs->room, obs->device, obs->seq, obs->seq);
    finding.other = written ? send->device : NONE;
    judge_violated(judge, finding,
                   "device %u was shown a message at seq %" PRIu64 " of room %u that its sender %s",
                   obs->device, obs->seq, obs->room,
                   !written                        ? "never wrote"
                   : send->content != obs->content ? "wrote with another content"
                                                   : "wrote to another room");
}

/* SYN-10: the first row after a welcome. With nothing shown before, a room goes on at the head that
 * the first welcome named. */
void syn_resumed(struct judge *judge, const struct obs *obs, struct view *view)
{
    view->flags &= ~(uint32_t)VIEW_RESUMED;
    const uint64_t had = view->last > 0 ? view->last : view->base;
    if (had == SEQ_UNKNOWN) {
        return;
    }
    judge->judged[SYN_10]++;
    if (obs->seq != had + 1 && obs->seq != view->from) {
        judge_violated(judge, finding_of(SYN_10, obs->room, obs->device, had + 1, obs->seq),
                       "device %u had room %u up to seq %" PRIu64
                       "; after its connect it was shown seq "
                       "%" PRIu64 " next",
                       obs->device, obs->room, had, obs->seq);
    }
}

/* SYN-16. */
void syn_ack_sent(struct judge *judge, const struct obs *obs)
{
    const uint64_t sender = truth_sender_of_device(judge, obs->device);

    if (!judge_saw(judge, OBS_COMMIT)) {
        return;
    }
    judge->judged[SYN_16]++;
    const struct send *send = truth_send(judge, sender, obs->client_id);
    const struct row *row =
        obs->room < judge->rooms_len ? truth_row(&judge->rooms[obs->room], obs->seq) : NULL;
    if (send != NULL && send->seq == obs->seq && obs->seq != 0 &&
        (obs->room == OBS_NONE || (row != NULL && row->id == obs->id))) {
        return;
    }
    judge_violated(judge, finding_of(SYN_16, obs->room, obs->device, obs->seq, obs->seq),
                   "node %u acked a message of device %u as seq %" PRIu64
                   " of room %u before it was committed there",
                   (unsigned)obs->node, obs->device, obs->seq, obs->room);
}

/* --- At rest: SYN-11 ------------------------------------------------------------------------- */

/* What a device has of a room in which it was shown nothing is the head that its welcome named; if none
 * was named, only what was committed since then can be missing. */
static uint64_t had_at_end(const struct device *device, const struct room *room,
                           const struct view *view)
{
    if (view->last > 0 || view->base != SEQ_UNKNOWN) {
        return view->last > 0 ? view->last : view->base;
    }
    const struct row *row = truth_row(room, room->head);
    return row != NULL && row->commit_us > device->live_us && room->head > view->from ? 0
                                                                                      : room->head;
}

/* From when on it had nothing to do but to come to rest: no fault, nothing new, and a connection. */
static int64_t rest_from(const struct judge *judge, const struct device *device,
                         const struct room *room)
{
    const struct row *row = truth_row(room, room->head);
    int64_t from = later(judge->calm_us, device->live_us);

    from = later(from, device->own.until_us);
    return row != NULL && row->commit_us != NEVER_US ? later(from, row->commit_us) : from;
}

/* One that lacks something when the run ended before rest is judged if its own time was over. */
static void judge_rest(struct judge *judge, const struct room *room, const struct view *view,
                       bool quiet)
{
    const struct device *device = &judge->devices[view->device];
    const uint32_t index = (uint32_t)(room - judge->rooms);

    if (device->live_us == NEVER_US || view->from == SEQ_UNKNOWN) {
        return;
    }
    const uint64_t has = had_at_end(device, room, view);
    const uint64_t missing = has < room->head ? room->head - has : 0;
    if (has != room->head && !quiet &&
        rest_from(judge, device, room) + path_rest_us(judge, page_most(judge) + missing) >
            judge->now->at_us) {
        (void)snprintf(judge->unrest, sizeof judge->unrest,
                       "the run ended before rest: device %u had room %u up to seq %" PRIu64
                       " of %" PRIu64 ", and time left for the others",
                       view->device, index, has, room->head);
        return;
    }
    judge->judged[SYN_11]++;
    if (has != room->head) {
        judge_violated(
            judge,
            finding_of(SYN_11, index, view->device, has < room->head ? has + 1 : room->head + 1,
                       has < room->head ? room->head : has),
            "at rest, device %u is online and has room %u up to seq %" PRIu64 "; the log ends "
            "at %" PRIu64,
            view->device, index, has, room->head);
    }
}

/* How long after the last fault, write and connection the last row was shown. */
static void judge_pace(struct judge *judge)
{
    int64_t from = judge->calm_us;

    for (uint32_t r = 0; r < judge->rooms_len; r++) {
        const struct row *row = truth_row(&judge->rooms[r], judge->rooms[r].head);
        from = row != NULL && row->commit_us != NEVER_US ? later(from, row->commit_us) : from;
    }
    if (judge->shown_last_us > from) {
        judge_margin(judge, SYN_11, judge->shown_last_us - from,
                     path_rest_us(judge, page_most(judge)));
    }
}

void syn_end(struct judge *judge, const struct obs *obs)
{
    const bool quiet = (obs->flags & OBS_QUIET) != 0;

    if (judge->form == FORM_BLACK_BOX || !judge_saw(judge, OBS_COMMIT)) {
        return;
    }
    if (!quiet && judge_saw(judge, OBS_CALM)) {
        (void)snprintf(judge->unrest, sizeof judge->unrest,
                       "the run ended before rest: somebody was offline, syncing, or had something "
                       "to send");
    }
    for (uint32_t r = 0; r < judge->rooms_len; r++) {
        const struct room *room = &judge->rooms[r];
        for (uint32_t v = 0; v < room->views_len; v++) {
            judge_rest(judge, room, &room->views[v], quiet);
        }
    }
    judge_pace(judge);
}
