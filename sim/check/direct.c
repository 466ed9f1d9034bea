/* DIR-01: one room a pair. See direct.h. */
#include "sim/check/direct.h"

#include "server/base/mem.h"
#include "sim/check/finding.h"

#include <inttypes.h>
#include <stdlib.h>

struct direct_truth {
    struct u64map whom; /* a send, by its number -> the pair that it is between */
    struct u64map
        room_of; /* pair -> where their first message stands, or they first typed to each other */
    struct u64map pair_of; /* the same room -> pair */
    struct u64map there;   /* the same room, once something of it was told -> 1 */
};

void direct_init(struct judge *judge)
{
    judge->direct = hb_calloc(1, sizeof *judge->direct);
}

void direct_deinit(struct judge *judge)
{
    u64map_deinit(&judge->direct->whom);
    u64map_deinit(&judge->direct->room_of);
    u64map_deinit(&judge->direct->pair_of);
    u64map_deinit(&judge->direct->there);
    free(judge->direct);
}

static uint64_t pair(uint32_t a, uint32_t b)
{
    return a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
}

static bool of_pair(uint64_t both, uint32_t user)
{
    return user == (uint32_t)(both >> 32) || user == (uint32_t)both;
}

void direct_writes_to(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);

    if (device == NULL || device->user == NONE || truth_user(judge, obs->user) == NULL ||
        obs->client_id == 0) {
        judge->ignored++;
        return;
    }
    const uint64_t sender = truth_sender_of_device(judge, obs->device);
    struct send *send = truth_send_make(judge, sender, obs->client_id);
    send->flags |= SEND_DIRECT;
    u64map_put(&judge->direct->whom, truth_send_index(judge, send), pair(device->user, obs->user));
}

/* Somebody beside the two. */
static void judge_other(struct judge *judge, uint32_t room, uint64_t both, uint32_t user)
{
    const struct finding finding = finding_of(DIR_01, room, NONE, 0, 0);

    judge->judged[DIR_01]++;
    if (!of_pair(both, user)) {
        judge_violated(judge, finding,
                       "user %u is in room %u, where users %u and %u write to each other", user,
                       room, (unsigned)(both >> 32), (unsigned)both);
    }
}

/* Those who were in it before anybody wrote: the two. */
static void judge_members(struct judge *judge, uint32_t index, uint64_t both)
{
    const struct room *room = &judge->rooms[index];
    uint32_t present = 0;

    for (uint32_t i = 0; i < room->members_len; i++) {
        judge_other(judge, index, both, room->members[i].user);
        present += of_pair(both, room->members[i].user) && room->members[i].from != SEQ_UNKNOWN;
    }
    if (present != 2) {
        judge_violated(judge, finding_of(DIR_01, index, NONE, 0, 0),
                       "users %u and %u write to each other in room %u, and not both are in it",
                       (unsigned)(both >> 32), (unsigned)both, index);
    }
}

/* What these two say to each other is in this room. */
static void claim(struct judge *judge, uint64_t both, uint32_t room, uint64_t seq)
{
    struct direct_truth *direct = judge->direct;
    const struct finding finding = finding_of(DIR_01, room, NONE, seq, seq);
    uint64_t other;

    judge->judged[DIR_01]++;
    if (u64map_get(&direct->room_of, both, &other)) {
        if (other != room) {
            judge_violated(judge, finding,
                           "users %u and %u write to each other in room %u, and before in room %u",
                           (unsigned)(both >> 32), (unsigned)both, room, (unsigned)other);
        }
        return;
    }
    u64map_put(&direct->room_of, both, room);
    if (u64map_get(&direct->pair_of, room, &other) && other != both) {
        judge_violated(
            judge, finding, "users %u and %u write to each other in room %u, as do users %u and %u",
            (unsigned)(both >> 32), (unsigned)both, room, (unsigned)(other >> 32), (unsigned)other);
    }
    u64map_put(&direct->pair_of, room, both);
}

/* Something of the room reached somebody. */
static void is_there(struct judge *judge, uint32_t room, uint64_t both)
{
    uint64_t seen;

    if (!u64map_get(&judge->direct->there, room, &seen)) {
        u64map_put(&judge->direct->there, room, 1);
        judge_members(judge, room, both);
    }
}

void direct_placed(struct judge *judge, const struct placed *placed)
{
    const uint32_t room = placed->obs->room;
    uint64_t both;

    if (judge_saw(judge, OBS_WRITES_TO) && placed->send != NULL &&
        u64map_get(&judge->direct->whom, truth_send_index(judge, placed->send), &both)) {
        claim(judge, both, room, placed->obs->seq);
        is_there(judge, room, both);
    }
}

void direct_typed(struct judge *judge, const struct obs *obs)
{
    const struct device *device = truth_device(judge, obs->device);

    if (obs->seq != 0 && device != NULL && device->user != NONE &&
        truth_user(judge, (uint32_t)(obs->seq - 1)) != NULL &&
        truth_room(judge, obs->room) != NULL) {
        claim(judge, pair(device->user, (uint32_t)(obs->seq - 1)), obs->room, 0);
    }
}

void direct_told(struct judge *judge, const struct obs *obs)
{
    uint64_t both;

    if (u64map_get(&judge->direct->pair_of, obs->room, &both)) {
        is_there(judge, obs->room, both);
    }
}

void direct_member(struct judge *judge, const struct obs *obs)
{
    uint64_t both;

    if (u64map_get(&judge->direct->pair_of, obs->room, &both)) {
        judge_other(judge, obs->room, both, obs->user);
    }
}
