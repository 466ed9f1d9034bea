/* See typ_said.h. */
#include "sim/check/typ_said.h"

#include "server/protocol/id.h"
#include "sim/check/finding.h"
#include "sim/check/path.h"
#include "sim/check/typ_shown.h"
#include "sim/check/typ_told.h"

/* --- A device and its keys -------------------------------------------------------------------- */

/* On one connection since then, and nothing kept its frames. */
static bool connected(const struct judge *judge, uint32_t index, int64_t since_us, int64_t key_us)
{
    const struct device *device = &judge->devices[index];

    return device->live_us <= key_us && device->own.until_us < since_us &&
           device->node < judge->nodes_len && path_paused_until(judge, device->node) < since_us &&
           judge->nodes[device->node].down_us < since_us;
}

void typ_said_key(struct judge *judge, const struct obs *obs)
{
    struct typ_writer *writer = typ_writer(judge, obs->device);

    if (writer == NULL) {
        judge->ignored++;
        return;
    }
    if ((obs->flags & OBS_LEFT) != 0 || obs->room != writer->room) {
        writer->reset_us = obs->at_us;
    }
    writer->room = obs->room;
    if ((obs->flags & OBS_LEFT) == 0) {
        if (writer->key_us == INT64_MIN ||
            obs->at_us - writer->key_us >= judge->bounds.typing_pause_us) {
            writer->gap_us = obs->at_us;
        }
        writer->key_us = obs->at_us;
        due_push(&judge->dues, (struct due){.at_us = obs->at_us + judge->bounds.client_latency_us,
                                            .kind = DUE_KEY,
                                            .a = obs->device});
    }
}

void typ_said_send(struct judge *judge, const struct obs *obs)
{
    struct typ_writer *writer = typ_writer(judge, obs->device);

    if (writer != NULL && writer->room == obs->room) {
        writer->reset_us = obs->at_us;
    }
}

/* A way after a key: the node has heard that they type, within what their client waits before it says so again. */
static void key_due(struct judge *judge, struct due due)
{
    const struct typ_writer *writer = typ_writer(judge, due.a);
    const int64_t key_us = due.at_us - judge->bounds.client_latency_us;
    const int64_t since_us = due.at_us - judge_bound(judge, BOUND_TYPING_KEY);

    if (writer->reset_us > key_us || !connected(judge, due.a, since_us, key_us) ||
        writer->gone_conn == judge->devices[due.a].connection) { /* its node has ended it */
        return;
    }
    judge->judged[TYP_06]++;
    if (writer->start_room != writer->room || writer->start_us < since_us) {
        struct finding finding = finding_of(TYP_06, writer->room, due.a, 0, 0);
        finding.at_us = due.at_us;
        judge_violated(judge, finding, "device %u says nothing of the key of %lld us",
                       (unsigned)due.a, (long long)key_us);
    }
}

/* A stop needs a pause, an empty field, a message or another room. */
static void judge_stop(struct judge *judge, const struct typ_writer *writer, const struct obs *obs)
{
    const int64_t way_us = judge->bounds.client_latency_us;

    if (!connected(judge, obs->device, obs->at_us - way_us, obs->at_us)) {
        return;
    }
    judge->judged[TYP_06]++;
    if (later(writer->reset_us, writer->gap_us) < obs->at_us - way_us &&
        obs->at_us < writer->key_us + judge->bounds.typing_pause_us) {
        judge_violated(judge, finding_of(TYP_06, obs->room, obs->device, 0, 0),
                       "device %u says that its person stopped, who pressed a key at %lld us",
                       (unsigned)obs->device, (long long)writer->key_us);
    }
}

/* --- What a node hears ------------------------------------------------------------------------ */

static void start(struct judge *judge, struct typ_pair *pair, const struct obs *obs)
{
    const int64_t close_us = judge->bounds.typing_us - judge_bound(judge, BOUND_TYPING_SHOWN);
    const bool goes_on = pair->run_us != NEVER_US && !pair->ended && pair->last_us != INT64_MIN &&
                         obs->at_us - pair->last_us <= close_us;

    pair->run_us = goes_on ? pair->run_us : obs->at_us;
    if (pair->commit_us !=
        INT64_MIN) { /* what they wrote may end it once more, wherever it comes late */
        pair->run_us = later(pair->run_us, pair->commit_us + judge_bound(judge, BOUND_AWAY));
    }
    if (pair->named && pair->device != obs->device) {
        pair->beside_us = pair->last_us;
    }
    pair->last_us = obs->at_us;
    pair->clock_us = obs->timestamp;
    pair->start_us[obs->node % TYP_NODES_MAX] = obs->at_us;
    pair->device = obs->device;
    pair->conn = obs->value;
    pair->node = obs->node;
    pair->named = obs->seq != 0;
    pair->ended = false;
}

/* The same at a node, by the person or the end of their connection. */
static void end(struct judge *judge, struct typ_pair *pair, const struct obs *obs,
                enum invariant by)
{
    pair->run_us = NEVER_US;
    if (pair->last_us == INT64_MIN || pair->ended ||
        typ_crossed(judge, pair, obs->node, obs->at_us) ||
        (pair->named && pair->node != obs->node)) {
        return; /* two words on two ways: either may come last */
    }
    pair->ended = true;
    pair->end_us = obs->at_us;
    pair->end_by = by;
    typ_told_stop(judge, pair, obs);
    typ_shown_look_all(judge, pair, obs->at_us);
}

void typ_said_heard(struct judge *judge, const struct obs *obs)
{
    struct typ_writer *writer = typ_writer(judge, obs->device);
    const bool stop = (obs->flags & OBS_LEFT) != 0;

    if (writer == NULL || truth_node(judge, obs->node) == NULL ||
        truth_room(judge, obs->room) == NULL) {
        judge->ignored++;
        return;
    }
    if (obs->value != judge->devices[obs->device].connection) {
        /* Said long ago on a connection before this one, to a node that did nothing meanwhile. */
    } else if (stop) {
        judge_stop(judge, writer, obs);
    } else {
        writer->start_room = obs->room;
        writer->start_us = obs->at_us;
    }
    const uint32_t user = judge->devices[obs->device].user;
    if (user == NONE || (obs->seq == 0 && !typ_member(judge, obs->room, user))) {
        judge->judged[TYP_10]++;
        writer->refused_us = obs->at_us;
        due_push(&judge->dues,
                 (struct due){.at_us = obs->at_us, .kind = DUE_KEY, .a = obs->device, .b = 1});
        return;
    }
    struct typ_pair *pair = typ_pair_make(judge, obs->room, user);
    if (pair == NULL) {
        return;
    }
    if (stop) {
        end(judge, pair, obs, TYP_03);
    } else {
        start(judge, pair, obs);
    }
}

void typ_said_refused(struct judge *judge, const struct obs *obs)
{
    struct typ_writer *writer = typ_writer(judge, obs->device);

    if (writer != NULL && obs->content == id_key(TEXT("denied"))) {
        writer->refused_us = NEVER_US;
    }
}

void typ_said_due(struct judge *judge, struct due due)
{
    struct typ_writer *writer = typ_writer(judge, due.a);

    if (due.b == 0) {
        key_due(judge, due);
    } else if (writer->refused_us <= due.at_us) {
        struct finding finding = finding_of(TYP_10, NONE, due.a, 0, 0);
        finding.at_us = due.at_us;
        writer->refused_us = NEVER_US;
        judge_violated(judge, finding,
                       "device %u types in a room that is not theirs, and is not refused",
                       (unsigned)due.a);
    }
}

void typ_said_gone(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);
    const int64_t before_us =
        obs->at_us - judge->bounds.typing_us; /* of two, which was the last? */
    const struct view *view;
    uint32_t room;

    struct typ_writer *writer = typ_writer(judge, obs->device);
    if (writer != NULL) {
        writer->gone_conn = later(writer->gone_conn, obs->value); /* older ones may end later */
    }
    for (uint32_t i = 0; device != NULL && (view = truth_view_at(judge, device, i, &room)) != NULL;
         i++) {
        struct typ_pair *pair = typ_pair(judge, room, truth_sender_of_device(judge, obs->device));
        if (pair == NULL) {
            continue;
        }
        pair->run_us = NEVER_US;
        if (pair->device == obs->device && pair->conn == obs->value && pair->node == obs->node &&
            pair->beside_us < before_us && /* of which its node keeps one a connection */
            !typ_crossed(judge, pair, obs->node, before_us)) {
            end(judge, pair, obs, TYP_07);
        }
    }
}

void typ_said_commit(struct judge *judge, const struct obs *obs)
{
    /* Who comes in has typed nothing yet; who writes may have, and it is heard later. */
    struct typ_pair *pair = (obs->flags & OBS_EVENT) != 0
                                ? typ_pair(judge, obs->room, obs->sender)
                                : typ_pair_make(judge, obs->room, obs->user);

    if (pair != NULL) {
        pair->commit_seq = obs->seq;
        pair->commit_us = obs->at_us;
        pair->run_us = NEVER_US;
        typ_told_forget(judge, pair);
    }
}
