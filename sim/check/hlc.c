/* HLC: stamps grow, per node and per room, and stay near the clocks.
 *
 * Evidence: the log, and the nodes' own stamps as they go out with their transactions. A stamp
 * whose transaction never committed was seen by nobody, so over a restart a node is held only to
 * those that were committed. */
#include "sim/check/truth.h"

#include "server/protocol/hlc.h"

#include <inttypes.h>

void hlc_neighbours(struct judge *judge, const struct obs *obs, const struct t_room *room)
{
    const struct t_entry *before = obs->seq > 1 ? &room->log[obs->seq - 2] : NULL;
    const struct t_entry *after = obs->seq < room->log_len ? &room->log[obs->seq] : NULL;

    if (before != NULL && before->known) {
        judged(judge, HLC_03);
        if (obs->hlc <= before->hlc) {
            violation_say(truth_violation(judge, HLC_03, obs),
                          "room %u: place %" PRIu64 " has stamp %016" PRIx64 ", place %" PRIu64
                          " before it %016" PRIx64,
                          (unsigned)obs->room, obs->seq, obs->hlc, obs->seq - 1, before->hlc);
        }
    }
    if (after != NULL && after->known) {
        judged(judge, HLC_03);
        if (obs->hlc >= after->hlc) {
            violation_say(truth_violation(judge, HLC_03, obs),
                          "room %u: place %" PRIu64 " has stamp %016" PRIx64 ", place %" PRIu64
                          " after it %016" PRIx64,
                          (unsigned)obs->room, obs->seq, obs->hlc, obs->seq + 1, after->hlc);
        }
    }
}

void hlc_commit(struct judge *judge, const struct obs *obs, const struct t_room *room)
{
    const uint64_t key = truth_mix(truth_mix(obs->room, obs->hlc), obs->node);

    hlc_neighbours(judge, obs, room);
    judged(judge, HLC_04);
    if (u64map_get(&judge->stamps, key, NULL)) {
        violation_say(truth_violation(judge, HLC_04, obs),
                      "room %u: place %" PRIu64 " has a stamp, %016" PRIx64
                      ", that another entry of the room has",
                      (unsigned)obs->room, obs->seq, obs->hlc);
    }
    u64map_put(&judge->stamps, key, 1);
    const int64_t ms = hlc_ms((struct hlc_stamp){obs->hlc});
    if (judge->stamps_count == 0) {
        /* The initial state: no node stamped it. It sets the floor. */
        judge->wall_max_ms = ms > judge->wall_max_ms ? ms : judge->wall_max_ms;
    }
    judged(judge, HLC_05);
    if (ms > judge->wall_max_ms + 1 + (int64_t)(judge->stamps_count >> HLC_COUNTER_BITS)) {
        violation_say(truth_violation(judge, HLC_05, obs),
                      "room %u: place %" PRIu64 " is stamped %" PRId64
                      " ms ahead of every node's clock so far",
                      (unsigned)obs->room, obs->seq, ms - judge->wall_max_ms);
    }
    if (obs->node != OBS_NODE_NONE && obs->node < TRUTH_NODES_MAX) {
        struct t_node *node = &judge->nodes[obs->node];
        if ((uint64_t)obs->value > node->stamp_committed) {
            node->stamp_committed = (uint64_t)obs->value;
        }
    }
}

void hlc_stamp_seen(struct judge *judge, const struct obs *obs)
{
    HB_ASSERT(obs->node < TRUTH_NODES_MAX);
    struct t_node *node = &judge->nodes[obs->node];
    uint64_t index;

    judge->stamps_count++;
    if (obs->value > judge->wall_max_ms) {
        judge->wall_max_ms = obs->value;
    }
    judged(judge, HLC_01);
    if (obs->hlc <= node->stamp || obs->hlc <= node->floor) {
        violation_say(truth_violation(judge, HLC_01, obs),
                      "node %u gave stamp %016" PRIx64 " after %016" PRIx64, (unsigned)obs->node,
                      obs->hlc, obs->hlc <= node->stamp ? node->stamp : node->floor);
    }
    node->stamp = obs->hlc;
    if (obs->client_id == 0 || obs->user == OBS_NONE ||
        !u64map_get(&judge->send_of, truth_mix(obs->user, obs->client_id), &index)) {
        return;
    }
    struct t_send *send = &judge->sends[index];
    send->wall_ms = obs->value;
    if (send->seen > 0 &&
        hlc_ms((struct hlc_stamp){send->seen}) <= obs->value + judge->bounds.skew_ms) {
        judged(judge, HLC_02);
        if (obs->hlc <= send->seen) {
            struct violation *violation = truth_violation(judge, HLC_02, obs);
            violation->room = send->room;
            violation_device(violation, send->device);
            violation_say(violation,
                          "node %u took stamp %016" PRIx64
                          " with a message of device %u and stamped it %016" PRIx64,
                          (unsigned)obs->node, send->seen, (unsigned)send->device, obs->hlc);
        }
    }
}
